"""Takes pre-activations where a plan says: by module hooks, or by a light mode where these do not reach."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle

from effdash.observe.calls import is_watched
from effdash.observe.discovery import Visitor, refuse_reentrant_checkpoint, units_second
from effdash.observe.plan import Plan, Take, Tap


class Follower:
    """Hooks on a plan's modules; from `start` to `stop` they fill `values` and `visited`, in layer order."""

    def __init__(self, model: nn.Module, plan: Plan) -> None:
        self.plan = plan
        self.running = False
        self.values: list[Any] = []
        self.visited: list[Any] = []
        self._visit: Visitor | None = None
        self._keep = True
        self._gradients = False
        self._taken = 0
        self._light: LightMode | None = None
        self._hooks: list[TapHook] = []
        self._handles: list[RemovableHandle] = []
        for tap in plan.taps:
            hook = TapHook(self, tap)
            module = model.get_submodule(tap.module)
            register = module.register_forward_pre_hook if tap.takes_input else module.register_forward_hook
            self._hooks.append(hook)
            self._handles.append(register(hook))

    def start(self, visit: Visitor | None, keep: bool) -> None:
        self._visit, self._keep = visit, keep
        self._gradients = torch.is_grad_enabled()
        self.values = [None] * len(self.plan.layers)
        self.visited = [None] * len(self.plan.layers)
        self._taken = 0
        for hook in self._hooks:
            hook.calls = 0
        self.running = True
        if self.plan.picks:
            self._light = LightMode(self)
            self._light.__enter__()

    def take(self, take: Take, z: Tensor) -> None:
        if self._gradients and not torch.is_grad_enabled():
            refuse_reentrant_checkpoint()
        self._taken += 1
        if self._visit is not None:
            self.visited[take.layer] = self._visit(z, take.features_last)
        if self._keep:
            self.values[take.layer] = z if take.plain else _as_asked(z, take)

    def stop(self) -> bool:
        """The forward is over, or failed. True if it took the path that was planned."""
        self.running = False
        light, self._light = self._light, None
        if light is not None:
            light.__exit__(None, None, None)
            return light.watched == self.plan.watched and self._taken == len(self.plan.layers)
        calls = all(hook.calls == hook.tap.calls for hook in self._hooks)
        return calls and self._taken == len(self.plan.layers)

    def remove(self) -> None:
        if self.running:
            self.stop()
        for handle in self._handles:
            handle.remove()


def _as_asked(z: Tensor, take: Take) -> Tensor:
    z = units_second(z, take.features_last)
    return z.clone() if take.clone else z


class TapHook:
    """The hook of one tap. A copy of the model (deepcopy, pickle) carries it without effect."""

    __slots__ = ("_follower", "_takes", "_takes_input", "calls", "tap")

    def __init__(self, follower: Follower | None, tap: Tap) -> None:
        self.tap = tap
        self.calls = 0
        self._follower = follower
        self._takes = tap.takes
        self._takes_input = tap.takes_input

    def __call__(self, module: nn.Module, args: tuple[Any, ...], output: Any = None) -> None:
        follower = self._follower
        if follower is None or not follower.running:
            return
        call = self.calls
        self.calls = call + 1
        if call < len(self._takes):
            take = self._takes[call]
            if take is not None:
                follower.take(take, args[0] if self._takes_input else output)

    def __reduce__(self) -> tuple[Any, ...]:
        return TapHook, (None, self.tap)


class LightMode(TorchFunctionMode):
    """Counts watched calls and takes the arguments that are planned."""

    def __init__(self, follower: Follower) -> None:
        super().__init__()
        self.watched = 0
        self._follower = follower
        self._picks = follower.plan.picks

    def __torch_function__(
        self, function: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if is_watched(function):
            pick = self._picks.get(self.watched)
            self.watched += 1
            if pick is not None:
                argument, take = pick
                self._follower.take(take, [*args, *kwargs.values()][argument])
        return function(*args, **kwargs)
