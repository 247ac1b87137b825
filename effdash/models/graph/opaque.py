"""Steps of a live model that no operator describes: they are called as the model called them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn


@dataclass(frozen=True)
class Slot:
    """Where in the arguments a node's input stands."""

    place: int


@dataclass(frozen=True, eq=False)
class OpaqueCall:
    """What is called, a function or the module at a node's path, and with which arguments."""

    function: Callable[..., Any] | None
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __call__(self, module: nn.Module | None, inputs: list[Any]) -> Any:
        target = self.function if module is None else module
        assert target is not None
        args, kwargs = filled((self.args, self.kwargs), lambda slot: inputs[slot.place])
        return target(*args, **kwargs)


def filled(arguments: Any, value_of: Callable[[Slot], Any]) -> Any:
    """Nested arguments with their slots replaced."""
    if isinstance(arguments, Slot):
        return value_of(arguments)
    if isinstance(arguments, list | tuple):
        return type(arguments)(filled(item, value_of) for item in arguments)
    if isinstance(arguments, dict):
        return {key: filled(value, value_of) for key, value in arguments.items()}
    if isinstance(arguments, slice):
        return slice(*(filled(end, value_of) for end in (arguments.start, arguments.stop, arguments.step)))
    return arguments
