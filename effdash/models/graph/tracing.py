"""A live network as a graph: followed symbolically once, with every step tried on an example."""

import inspect
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import jaxtyping
import torch
from torch import Tensor, fx, nn

from effdash.models.graph.building import skeleton
from effdash.models.graph.conversion import Conversion, NotTraceableError, is_in_place
from effdash.models.graph.description import Graph, Node
from effdash.models.graph.module import GraphModel
from effdash.models.graph.modules import describe_module
from effdash.models.graph.operators import OPERATORS
from effdash.models.graph.running import run_graph
from effdash.models.linked import Linked

_ONE_AT_A_TIME: Final = threading.Lock()
"""While torch.fx traces, it replaces the call of all modules there are."""


def trace_graph(model: nn.Module, example: Tensor) -> Graph:
    """The steps that a model takes in evaluation mode; it is left as it was.

    Modules of torch and `Linked` are steps; what other modules do is looked into, or, where that cannot be
    followed, taken as one opaque step. Whatever effdash has no operator for is an opaque step, too.

    Args:
        example: Some samples, `(sample, ...)`, with the model's dtype and on its device.

    Raises:
        NotTraceableError: the model's own forward cannot be followed, or its result is no tensor, or its
            steps do not give what it gives; the message says where it stopped.
    """
    with evaluating(model):
        if isinstance(model, GraphModel):
            return _refreshed(model)
        traced, constants = _followed(model)
        graph = Conversion(model, traced, example, constants).graph()
        expected = model(example)
        found = run_graph(graph, model, example, keep=False)[graph.output]
    if not isinstance(expected, Tensor) or found.shape != expected.shape:
        raise NotTraceableError("the model cannot be traced: its forward gives something else than its steps")
    if not torch.allclose(found, expected, rtol=1e-4, atol=1e-6, equal_nan=True):
        raise NotTraceableError(
            "the model cannot be traced: its steps one after the other give another result than its forward; "
            "it may write over a tensor that it reads again, or choose its way by the values in it"
        )
    return graph


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; afterwards modes and torch's random state are as they were."""
    training = [module for module in model.modules() if module.training]
    try:
        for module in training:
            module.__dict__["training"] = False
        with torch.random.fork_rng(devices=[]), torch.inference_mode(False), torch.no_grad():
            yield
    finally:
        for module in training:
            module.__dict__["training"] = True


class _Tracer(fx.Tracer):
    """Follows a model down to the modules of torch; a module that cannot be followed is one step."""

    proxy_buffer_attributes = True

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, Linked) or super().is_leaf_module(m, module_qualified_name)

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if threading.get_ident() != self._thread:
            return forward(*args, **kwargs)
        path = self.path_of_module(m)
        if self.is_leaf_module(m, path):
            return super().call_module(m, forward, args, kwargs)
        before, stack = len(self.graph.nodes), self.module_stack.copy()
        try:
            return super().call_module(m, forward, args, kwargs)
        except Exception:
            # Whatever a stranger's module raises at what is no tensor yet: it is one step then.
            # Parameters that were met stay: torch.fx would hand out the same nodes again.
            for node in list(self.graph.nodes)[: before - 1 : -1]:
                if node.op != "get_attr":
                    self.graph.erase_node(node)
            self.module_stack = stack
            return self.create_proxy("call_module", path, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        if threading.get_ident() != self._thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)


def _followed(model: nn.Module) -> tuple[fx.Graph, dict[str, Any]]:
    """What torch.fx makes of a model, and the tensors that are constants in its code."""
    before = set(model.__dict__)
    defaults = _defaults_of(model)
    with _ONE_AT_A_TIME, _without_type_checks():
        try:
            traced = _Tracer().trace(model, defaults or None)
        except Exception as error:
            raise NotTraceableError(f"the model cannot be traced: {_where(error)}") from error
        finally:
            constants = {name: model.__dict__.pop(name) for name in set(model.__dict__) - before}
    _drop_dead_steps(traced)
    return traced, constants


@contextmanager
def _without_type_checks() -> Iterator[None]:
    """Annotations checked while a model runs ask for tensors, and what torch.fx follows is none yet."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", before)


def _drop_dead_steps(traced: fx.Graph) -> None:
    """What nobody reads, such as the assertions torch.fx makes of arguments that it was told."""
    for node in reversed(list(traced.nodes)):
        if not node.users and node.op not in ("placeholder", "output") and not is_in_place(node):
            traced.erase_node(node)


def _defaults_of(model: nn.Module) -> dict[str, Any]:
    """What the arguments of forward after the first are where nobody gives them."""
    parameters = list(inspect.signature(type(model).forward).parameters.values())[2:]
    return {one.name: one.default for one in parameters if one.default is not inspect.Parameter.empty}


def _where(error: Exception) -> str:
    """What went wrong, with the line of the model's own code."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "/torch/" not in frame.filename and frame.filename != __file__
    ]
    said = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    if not frames:
        return said
    last = frames[-1]
    return f"{said} (in {last.name}, {last.filename}:{last.lineno}: {last.line})"


def rewired(model: nn.Module, graph: Graph) -> GraphModel:
    """The network that takes other steps with the modules and parameters that `model` has at their paths."""
    described = Graph(tuple(_node_as_it_is(node, model) for node in graph.nodes), graph.output)
    weights = model.state_dict()
    return GraphModel(described, {name: weights[name] for name in skeleton(described).state_dict()})


def _refreshed(model: GraphModel) -> Graph:
    """The graph of a model that was made from one, with what its modules are by now."""
    graph = model._effdash_graph
    return Graph(tuple(_node_as_it_is(node, model) for node in graph.nodes), graph.output)


def _node_as_it_is(node: Node, model: nn.Module) -> Node:
    if node.path is None or OPERATORS[node.op].is_parameter:
        return node
    described = describe_module(model.get_submodule(node.path))
    if described is None:
        what = f"its module {node.path!r} is none that effdash knows"
        raise NotTraceableError(f"the model cannot be traced: {what}")
    op, attributes, is_module = described
    return Node(node.name, op, node.inputs, attributes, node.path if is_module else None)
