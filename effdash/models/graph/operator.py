"""What an operator is: a torch function or module, with the attributes that it may have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from effdash.models.graph.checks import Check


@dataclass(frozen=True)
class Operator:
    """`function(*inputs, **attributes)`, or `module(**attributes)` of the network, which gets the inputs."""

    function: Callable[..., Any] | None = None
    module: Callable[..., nn.Module] | None = None
    attributes: Mapping[str, Check] = field(default_factory=dict)
    inputs: tuple[int, int] = (1, 1)
    activation: bool = False
    """It bends the values of each unit: where it is applied may be a layer."""
    is_parameter: bool = False


def as_tuples(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes with the lists of JSON as the tuples that torch expects."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in attributes.items()}
