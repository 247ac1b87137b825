"""What torch.fx saw, as the steps of a graph."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, fx, nn

from effdash.models.graph.arguments import Call, UnfitError, Value
from effdash.models.graph.description import Graph, Node, reachable
from effdash.models.graph.modules import describe_module
from effdash.models.graph.opaque import OpaqueCall, Slot
from effdash.models.graph.operators import INPUT, OPAQUE
from effdash.models.graph.running import apply_node
from effdash.models.graph.spellings import operator_of_call
from effdash.vocab import UserError

_TORCHS = ("torch", "_operator", "operator", "math", "builtins")


class NotTraceableError(UserError):
    """The steps of a model cannot be followed; the message says where it stopped."""


class Conversion:
    """Takes the nodes of torch.fx in order and tries each on the example, alone and with one more sample.

    So the shapes are known, and which numbers follow from the number of samples.
    """

    def __init__(
        self, model: nn.Module, traced: fx.Graph, example: Tensor, constants: dict[str, Any]
    ) -> None:
        self._model = model
        self._traced = traced
        self._examples = (example, torch.cat([example, example[:1]]))
        self._constants = constants
        self._nodes: dict[str, Node] = {}
        self._values: dict[fx.Node, Value] = {}
        self._results: dict[str, tuple[Any, Any]] = {}

    def graph(self) -> Graph:
        """Raises `UserError` where a step fails on the example, or the result is no tensor."""
        output = ""
        for node in self._traced.nodes:
            try:
                if node.op == "output":
                    output = self._output(node.args[0])
                else:
                    self._values[node] = self._step(node)
            except UserError:
                raise
            except Exception as error:
                raise NotTraceableError(
                    f"the model cannot be traced: {_words(node)} failed on the example: {error}"
                ) from error
        return Graph(tuple(reachable(self._nodes, output).values()), output)

    def _output(self, result: Any) -> str:
        value = self._values.get(result) if isinstance(result, fx.Node) else None
        if value is None or value.name is None or not value.is_tensor:
            raise NotTraceableError("the model cannot be traced: its result is not one tensor")
        return value.name

    # ------------------------------------------------------------------ one step

    def _step(self, node: fx.Node) -> Value:
        if node.op == "placeholder":
            return self._placeholder(node)
        if node.op == "get_attr":
            return self._attribute(node)
        call = Call(_plain_name(node), self._arguments(node.args), self._arguments(node.kwargs))
        if node.op == "call_module":
            return self._module(node, call)
        try:
            if not _is_torchs(node.target):
                raise UnfitError
            op, attributes, inputs = operator_of_call(call)
        except UnfitError:
            return self._opaque(node, call)
        value = self._add(Node(node.name, op, _names(inputs), attributes))
        if is_in_place(node):
            self._replace(inputs[0], value)
        return value

    def _placeholder(self, node: fx.Node) -> Value:
        if not self._nodes:
            self._nodes[node.name] = Node(node.name, INPUT, (), {})
            self._results[node.name] = self._examples
            return Value(node.name, *self._examples)
        if node.users:
            raise NotTraceableError(
                f"the model cannot be traced: its forward takes {node.target!r} as well; "
                "effdash knows one input"
            )
        return Value(None, None, None)

    def _attribute(self, node: fx.Node) -> Value:
        path = str(node.target)
        if path in self._constants:
            constant = self._constants[path]
            if constant.dim() == 0:
                return Value(None, constant.item(), constant.item())
            return self._add(
                Node(node.name, OPAQUE, (), {"what": "a constant tensor", "call": _returns(constant)})
            )
        parent, _, name = path.rpartition(".")
        owner = self._model.get_submodule(parent)
        tensor = getattr(owner, name)
        if name in owner._parameters or (
            name in owner._buffers and name not in owner._non_persistent_buffers_set
        ):
            op = "parameter" if name in owner._parameters else "buffer"
            return self._add(Node(node.name, op, (), {"shape": list(tensor.shape)}, path))
        return self._add(
            Node(node.name, OPAQUE, (), {"what": f"the tensor {path}", "call": _returns(tensor)})
        )

    def _module(self, node: fx.Node, call: Call) -> Value:
        path = str(node.target)
        module = self._model.get_submodule(path)
        described = describe_module(module)
        if described is None or call.kwargs or len(call.args) != 1 or not isinstance(call.args[0], Value):
            return self._opaque(node, call)
        op, attributes, is_module = described
        (given,) = call.args
        value = self._add(Node(node.name, op, _names([given]), attributes, path if is_module else None))
        if getattr(module, "inplace", False):
            self._replace(given, value)
        return value

    def _opaque(self, node: fx.Node, call: Call) -> Value:
        """A step that is called as the model called it; a number that no sample changes is no step."""
        if is_in_place(node):
            raise NotTraceableError(
                f"the model cannot be traced: {_words(node)} writes over a tensor in a way that effdash "
                "does not follow"
            )
        inputs: list[str] = []

        def slot(value: Value) -> Any:
            if value.name is None:
                return value.first
            if value.name not in inputs:
                inputs.append(value.name)
            return Slot(inputs.index(value.name))

        args, kwargs = _mapped((call.args, call.kwargs), slot)
        is_module = node.op == "call_module"
        function = None if is_module else _function(node)
        path = str(node.target) if is_module else None
        what = f"{type(self._model.get_submodule(str(path))).__name__} {path}" if is_module else _words(node)
        step = Node(
            node.name,
            OPAQUE,
            tuple(inputs),
            {"what": what, "call": OpaqueCall(function, tuple(args), dict(kwargs))},
            path,
        )
        value = self._add(step)
        if not _holds_tensors(value.first) and _same(value.first, value.second):
            del self._nodes[node.name]
            return Value(None, value.first, value.second)
        return value

    def _add(self, node: Node) -> Value:
        self._nodes[node.name] = node
        first, second = (
            apply_node(node, self._model, [self._results[name][place] for name in node.inputs])
            for place in (0, 1)
        )
        self._results[node.name] = (first, second)
        return Value(node.name, first, second)

    def _replace(self, written: Value, value: Value) -> None:
        """Whoever reads a tensor after it was written over reads what was written."""
        for node, known in self._values.items():
            if known.name == written.name:
                self._values[node] = value

    def _arguments(self, arguments: Any) -> Any:
        """Arguments of torch.fx with values in the place of its nodes."""
        values: Any = self._values
        return fx.map_arg(arguments, lambda node: values[node])


def _names(values: list[Value]) -> tuple[str, ...]:
    if any(value.name is None for value in values):
        raise UnfitError
    return tuple(str(value.name) for value in values)


def _mapped(arguments: Any, change: Callable[[Value], Any]) -> Any:
    """Nested arguments with their values replaced."""
    if isinstance(arguments, Value):
        return change(arguments)
    if isinstance(arguments, list | tuple):
        return tuple(_mapped(item, change) for item in arguments)
    if isinstance(arguments, dict):
        return {key: _mapped(value, change) for key, value in arguments.items()}
    if isinstance(arguments, slice):
        return slice(*(_mapped(end, change) for end in (arguments.start, arguments.stop, arguments.step)))
    return arguments


def _plain_name(node: fx.Node) -> str:
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    return name if name.startswith("__") else name.rstrip("_")


def _is_torchs(target: Any) -> bool:
    """Whether it is a method of a tensor, or a function of torch or Python, by its name."""
    module = getattr(target, "__module__", None)
    return isinstance(target, str) or module is None or module.split(".")[0] in _TORCHS


def is_in_place(node: fx.Node) -> bool:
    """Whether a call writes over its first argument; of a module its own flag says so."""
    if node.op == "call_module":
        return False
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    if name.endswith("_") and not name.startswith("__"):
        return True
    return node.kwargs.get("inplace") is True or name in ("iadd", "isub", "imul", "itruediv", "setitem")


def _function(node: fx.Node) -> Callable[..., Any]:
    if not isinstance(node.target, str):
        return node.target
    name = node.target
    return lambda owner, *args, **kwargs: getattr(owner, name)(*args, **kwargs)


def _returns(constant: Any) -> OpaqueCall:
    return OpaqueCall(lambda: constant, (), {})


def _words(node: fx.Node) -> str:
    """What a step is, for a sentence."""
    if node.op == "call_module":
        return f"module {node.target}"
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
    return f"{name} at {node.name}"


def _holds_tensors(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_holds_tensors, value))
    if isinstance(value, dict):
        return any(map(_holds_tensors, value.values()))
    return isinstance(value, Tensor)


def _same(first: Any, second: Any) -> bool:
    try:
        return bool(first == second)
    except (RuntimeError, ValueError, TypeError):
        return False
