"""One call of a torch function, and which sort of function it is, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from torch import Tensor

from effdash.observe.traces import tensors_in


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Calls that a light mode counts: everything that can have a pre-activation among its arguments.
WATCHED: Final = names("""
    relu relu6 hardtanh leaky_relu prelu rrelu elu selu celu gelu silu mish softplus tanh sigmoid
    special_expit logsigmoid log_sigmoid softsign tanhshrink hardswish hardsigmoid hardshrink softshrink
    threshold _threshold clamp clip clamp_min clamp_max maximum max fmax where mul __mul__ __rmul__ __imul__
    multiply masked_fill __setitem__
""")
# Their result does not depend on the values of the tensors they are given.
VALUELESS: Final = names("""
    rand_like randn_like randint_like zeros_like ones_like empty_like full_like new_zeros new_ones new_empty
    new_full new_tensor size dim
""")
# Their result is no application of parameters, although a parameter may be among the arguments.
ONLY_LIKE: Final = names("to type_as view_as reshape_as expand_as __get__")
# They may move dimensions.
LAYOUT: Final = names("""
    permute transpose swapaxes swapdims movedim moveaxis t reshape view flatten unflatten __get__ __getitem__
    select unbind
""")
# After these, what bent the values of single units is only part of a statistic.
REDUCTIONS: Final = names("mean sum var std norm logsumexp var_mean std_mean linalg_norm")
NORMS: Final = names("layer_norm batch_norm instance_norm group_norm rms_norm")
# Their result has its units in the last dimension.
FEATURES_LAST: Final = names("linear layer_norm rms_norm bilinear")
_WRITING_OPERATORS: Final = names("""
    __setitem__ __iadd__ __isub__ __imul__ __itruediv__ __idiv__ __ipow__ __ifloordiv__
""")


def plain_name(name: str) -> str:
    """`relu_` and `relu` are one function."""
    return name if name.startswith("_") else name.rstrip("_")


def is_watched(function: Any) -> bool:
    return plain_name(getattr(function, "__name__", "")) in WATCHED


@dataclass(frozen=True, eq=False)
class TorchCall:
    """A torch function or method with what it is given; the `number`-th watched call of a forward."""

    name: str
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    number: int

    @cached_property
    def plain(self) -> str:
        return plain_name(self.name)

    @cached_property
    def operands(self) -> list[Any]:
        """All arguments in order, those given by name last."""
        return [*self.args, *self.kwargs.values()]

    @cached_property
    def tensors(self) -> list[Tensor]:
        """All tensors among the arguments, also those inside lists."""
        return list(tensors_in(self.operands))

    @cached_property
    def writes(self) -> Tensor | None:
        """The tensor that is written over, if it works in place."""
        in_place = (
            self.name in _WRITING_OPERATORS or self.plain != self.name or self.kwargs.get("inplace") is True
        )
        target = self.operands[0] if in_place and self.operands else None
        return target if isinstance(target, Tensor) else None

    def argument(self, key: str, place: int, default: Any) -> Any:
        """An argument that may be given by place or by name."""
        return self.args[place] if len(self.args) > place else self.kwargs.get(key, default)
