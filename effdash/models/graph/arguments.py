"""The arguments of a call that torch.fx saw, and what each was when the example was run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor


class UnfitError(Exception):
    """The call is no operator: it is kept as it is."""


@dataclass(frozen=True, eq=False)
class Value:
    """What an argument was when the example was run: alone, and with one more sample.

    `name` is the node that gives it; `None` where it does not depend on the number of samples and is no
    tensor.
    """

    name: str | None
    first: Any
    second: Any

    @property
    def is_tensor(self) -> bool:
        return isinstance(self.first, Tensor)


@dataclass(frozen=True, eq=False)
class Call:
    """A function or method by its name without a trailing underscore, with its arguments."""

    name: str
    args: Sequence[Any]
    kwargs: Mapping[str, Any]

    @property
    def tensor(self) -> Value:
        """The first argument, which has to be a tensor."""
        first = self.args[0] if self.args else self.kwargs.get("input")
        if not isinstance(first, Value) or not isinstance(first.first, Tensor) or first.name is None:
            raise UnfitError
        return first

    def bound(self, defaults: Mapping[str, Any], *ignored: str) -> dict[str, Any]:
        """The arguments after the first by name, those that are not given as in `defaults`."""
        rest = list(self.args[1:])
        if len(rest) > len(defaults):
            raise UnfitError
        given = dict(zip(defaults, rest, strict=False))
        given |= {key: value for key, value in self.kwargs.items() if key not in ("input", *ignored)}
        if not set(given) <= set(defaults):
            raise UnfitError
        return dict(defaults) | given


Found = tuple[str, dict[str, Any], list[Value]]
"""An operator, its attributes and its inputs."""


def plain(value: Any) -> Any:
    """A value as JSON has it; what depends on the number of samples, or is a tensor, does not fit."""
    if isinstance(value, Value):
        if value.name is not None or isinstance(value.first, Tensor):
            raise UnfitError
        return plain(value.first)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise UnfitError


def plain_values(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: plain(value) for key, value in given.items()}
