"""Pre-activations of every forward pass: discovered on the first, taken by cheap hooks from then on."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from effdash.observe.curve import Curve, LinkedCurve
from effdash.observe.discovery import Discovery, Visitor
from effdash.observe.follow import Follower
from effdash.observe.layers import Layer
from effdash.observe.names import unwrapped, watched_root
from effdash.observe.plan import Plan, describe, make_plan
from effdash.observe.untouched import as_input, untouched
from effdash.vocab import UserError


class Recorder:
    """Records a network's pre-activations until it is closed.

    `preactivations` are those of the latest forward of the network, in the order of `layers`, with their
    graph; a new list each forward. `forwards` counts them. `unrecognised` says, in sentences, which
    nonlinearities were met that are not observed. All are empty before the first forward, which finds the
    layers (once in training mode and once in evaluation mode, as a network may differ there).

    Attach it before `torch.compile`, or record the original module: a compiled one runs without hooks.

    Raises:
        UserError: the model is compiled or scripted. From the forward: it applies no nonlinearity, or one
            inside reentrant activation checkpointing while gradients are wanted; it took another path than
            in its first forward.
    """

    def __init__(self, model: nn.Module) -> None:
        self.layers: list[Layer] = []
        self.curves: list[Curve | LinkedCurve] = []
        self.unrecognised: list[str] = []
        self.preactivations: list[Tensor] = []
        self.visited: list[Any] = []
        self.forwards = 0
        self._model = watched_root(model)
        self._plans: dict[bool, Plan] = {}
        self._varies = False
        self._visit: Visitor | None = None
        self._keep = True
        self._discovery: Discovery | None = None
        self._follower: Follower | None = None
        self._root_handles: list[RemovableHandle] = []
        self.attach()

    # ------------------------------------------------------------------ for those who use it

    def __getitem__(self, name: str) -> Tensor:
        """The latest pre-activation of a layer, `(sample, unit, *position)`."""
        if self.forwards == 0:
            raise UserError(
                "nothing has been recorded: call the model first (if torch.compile had run it before the "
                "recorder was attached, it runs without hooks: record the original module)"
            )
        names = [layer.name for layer in self.layers]
        if name not in names:
            raise UserError(f"layer {name!r} is not in this model; it has {', '.join(names)}")
        if not self.preactivations:
            raise UserError(f"the pre-activations of layer {name!r} were let go: call the model again")
        return self.preactivations[names.index(name)]

    def clear(self) -> None:
        """Let go of the latest pre-activations and their graph."""
        self.preactivations = []

    def attach(self) -> None:
        """Record again after `close`. What is known of the layers is kept: the next forward is cheap."""
        if not self._root_handles:
            self._root_handles = [
                self._model.register_forward_pre_hook(StartHook(self), with_kwargs=True),
                self._model.register_forward_hook(FinishHook(self), always_call=True),
            ]

    def close(self) -> None:
        """Remove every hook. What was recorded stays readable."""
        self.stop()
        self._remove_follower()
        for handle in self._root_handles:
            handle.remove()
        self._root_handles = []

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def check_is_for(self, model: nn.Module) -> None:
        """Raises a UserError where it records another model, or was closed."""
        if self._model is not unwrapped(model):
            raise UserError("the recorder is attached to another model than the one to observe")
        if not self._root_handles:
            raise UserError("the recorder is closed; attach a new one")

    @contextlib.contextmanager
    def visiting(self, visit: Visitor, *, keep: bool = False) -> Iterator[None]:
        """Within it `visit` sees every pre-activation; `visited` has what it returned, in layer order.

        Without `keep` the pre-activations are let go at once, and those recorded before are there again
        afterwards.
        """
        before = self._visit, self._keep
        latest = self.layers, self.curves, self.unrecognised, self.preactivations, self.visited, self.forwards
        self._visit, self._keep = visit, keep
        try:
            yield
        finally:
            self._visit, self._keep = before
            if not keep:
                self.layers, self.curves, self.unrecognised = latest[:3]
                self.preactivations, self.visited, self.forwards = latest[3:]

    # ------------------------------------------------------------------ one forward

    def start(self, training: bool, inputs: Any) -> None:
        """A forward of the network begins."""
        self.stop()
        if torch._C._current_graph_task_id() != -1:
            return  # activation checkpointing runs the forward a second time, inside a backward
        plan = None if self._varies else self._plans.get(training)
        if plan is None:
            self._discovery = Discovery(self._model, visit=self._visit, keep=self._keep)
            self._discovery.begin(inputs)
            return
        if self._follower is None or self._follower.plan is not plan:
            self._remove_follower()
            self._follower = Follower(self._model, plan)
        self._follower.start(self._visit, self._keep)

    def finish(self, training: bool) -> None:
        """A forward of the network went through."""
        discovery, follower = self._discovery, self._follower
        if discovery is not None:
            self.stop()
            self.forwards += 1
            self._learn(discovery, training)
        elif follower is not None and follower.running:
            as_planned = follower.stop()
            self.forwards += 1
            self._collect(follower, as_planned)

    def _learn(self, discovery: Discovery, training: bool) -> None:
        sites = discovery.layers()
        self.unrecognised = discovery.unrecognised()
        if not sites:
            said = "".join(f"; {sentence}" for sentence in self.unrecognised)
            raise UserError(f"the model applies no nonlinearity between its parameters{said}")
        self.layers, self.curves = describe(sites)
        self.preactivations = [site.value for site in sites if site.value is not None]
        self.visited = [site.visited for site in sites if site.visited is not None]
        if not self._varies:
            plan = make_plan(sites, discovery.calls, discovery.watched)
            # One plan for both modes where it is the same, so that its hooks can stay.
            self._plans[training] = next((other for other in self._plans.values() if plan.like(other)), plan)

    def _collect(self, follower: Follower, as_planned: bool) -> None:
        plan = follower.plan
        self.layers, self.curves = plan.layers, plan.curves
        self.preactivations = [value for value in follower.values if value is not None]
        self.visited = [value for value in follower.visited if value is not None]
        follower.values, follower.visited = [], []
        if as_planned:
            return
        self._varies = True
        self._remove_follower()
        raise UserError(
            "the network took another path than in its first forward, so that pre-activations were missed; "
            "from now on every forward is looked at closely: call it again"
        )

    def _remove_follower(self) -> None:
        if self._follower is not None:
            self._follower.remove()
            self._follower = None

    def stop(self) -> None:
        """End what a forward began, also one that an error ended."""
        discovery, self._discovery = self._discovery, None
        if discovery is not None:
            discovery.finish()
        if self._follower is not None and self._follower.running:
            self._follower.stop()


class StartHook:
    """Runs before the network. A copy of the model (deepcopy, pickle) carries it without effect."""

    def __init__(self, recorder: Recorder | None = None) -> None:
        self._recorder = recorder

    def __call__(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self._recorder is not None:
            self._recorder.start(model.training, (args, kwargs))

    def __reduce__(self) -> tuple[Any, ...]:
        return StartHook, ()


class FinishHook:
    """Runs after the network, also after an error in it. A copy of the model carries it without effect."""

    def __init__(self, recorder: Recorder | None = None) -> None:
        self._recorder = recorder

    def __call__(self, model: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        if self._recorder is None:
            return
        if output is None and sys.exc_info()[0] is not None:
            self._recorder.stop()
        else:
            self._recorder.finish(model.training)

    def __reduce__(self) -> tuple[Any, ...]:
        return FinishHook, ()


def record_preactivations(model: nn.Module) -> Recorder:
    """Record a network's pre-activations, `with record_preactivations(model) as record: …`.

    After `model(x)`, `record["fc1"]` is that layer's, `(sample, unit, *position)`.

    Raises:
        UserError: the model is compiled or scripted.
    """
    return Recorder(model)


def find_layers(model: nn.Module, x: Tensor | np.ndarray) -> list[Layer]:
    """The layers of a model in the order in which they are applied to `x`, a batch of one sample or more.

    They do not depend on how the network is written. The logits, and an activation of the output, are no
    layers. The model is left as it was.

    Raises:
        UserError: the model applies no nonlinearity between its parameters; `x` does not fit it.
    """
    network = unwrapped(model)
    with untouched(network), record_preactivations(network) as record:
        network(as_input(network, x))
    return record.layers
