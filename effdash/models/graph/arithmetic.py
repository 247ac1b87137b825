"""The operators that take numbers one by one: sums, products, comparisons, powers."""

import operator
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor

from effdash.models.graph.checks import number, optional, truth
from effdash.models.graph.operator import Operator


def _elementwise(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Of two tensors, or of one and a number, which `number_first` puts in front."""

    def apply(
        first: Tensor, second: Tensor | None = None, *, number: float | int | None, number_first: bool
    ) -> Tensor:
        other = number if second is None else second
        return function(other, first) if number_first else function(first, other)

    return apply


def _of_tensors(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A function that takes no numbers, of which one may be a number."""

    def apply(first: Any, second: Any) -> Tensor:
        if not isinstance(second, Tensor):
            second = torch.as_tensor(second, dtype=first.dtype, device=first.device)
        elif not isinstance(first, Tensor):
            first = torch.as_tensor(first, dtype=second.dtype, device=second.device)
        return function(first, second)

    return apply


_ALONE: Final[dict[str, Callable[..., Tensor]]] = {
    "neg": torch.neg,
    "abs": torch.abs,
    "sqrt": torch.sqrt,
    "exp": torch.exp,
    "log": torch.log,
    "erf": torch.erf,
    "zeros_like": torch.zeros_like,
}

ARITHMETIC: Final[dict[str, Operator]] = {
    **{
        name: Operator(
            _elementwise(function),
            attributes={"number": optional(number()), "number_first": truth()},
            inputs=(1, 2),
        )
        for name, function in {
            "add": operator.add,
            "sub": operator.sub,
            "mul": operator.mul,
            "div": operator.truediv,
            "pow": operator.pow,
            "gt": operator.gt,
            "ge": operator.ge,
            "lt": operator.lt,
            "le": operator.le,
            "maximum": _of_tensors(torch.maximum),
            "minimum": _of_tensors(torch.minimum),
        }.items()
    },
    **{name: Operator(function) for name, function in _ALONE.items()},
    "where": Operator(torch.where, inputs=(3, 3)),
}
