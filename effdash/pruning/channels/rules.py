"""What every operator does to the channels that enter it. What is not understood locks them."""

from typing import Final

from effdash.models.graph import OPAQUE, OPERATORS
from effdash.pruning.channels.along import (
    index_rule,
    keeps_rule,
    pad_rule,
    reduction_rule,
    softmax_rule,
    spatial_rule,
    split_rule,
)
from effdash.pruning.channels.book import Book, Channels, Rule, Step, lost
from effdash.pruning.channels.layouts import (
    flatten_rule,
    permute_rule,
    reshape_rule,
    squeeze_rule,
    unsqueeze_rule,
)
from effdash.pruning.channels.several import cat_rule, together_rule
from effdash.pruning.channels.weighted import (
    batch_norm_rule,
    convolution_rule,
    group_norm_rule,
    layer_norm_rule,
    linear_rule,
    linked_rule,
    prelu_rule,
)


def unknown_rule(step: Step, book: Book) -> Channels | None:
    what = step.node.attributes["what"] if step.node.op == OPAQUE else f"{step.node.op} at {step.node.name}"
    return lost(step, book, f"feeds {what}, which effdash does not look into")


_ALONE: Final = ("identity", "dropout", "neg", "abs", "sqrt", "exp", "log", "erf", "zeros_like", "item")
_TOGETHER: Final = ("add", "sub", "mul", "div", "pow", "maximum", "minimum", "expand_as")
_COMPARING: Final = ("gt", "ge", "lt", "le")

RULES: Final[dict[str, Rule]] = {
    **{op: keeps_rule for op, operator in OPERATORS.items() if operator.activation},
    **dict.fromkeys(_ALONE, keeps_rule),
    **{f"conv{dims}d": convolution_rule for dims in (1, 2, 3)},
    **{
        f"{pool}{dims}d": spatial_rule(dims)
        for pool in ("max_pool", "avg_pool", "adaptive_avg_pool", "adaptive_max_pool")
        for dims in (1, 2, 3)
    },
    **dict.fromkeys(("softmax", "log_softmax"), softmax_rule),
    **dict.fromkeys(("mean", "sum", "amax", "amin"), reduction_rule),
    **dict.fromkeys(("chunk", "split", "index_select"), split_rule),
    **dict.fromkeys((*_TOGETHER, *_COMPARING), together_rule),
    "linear": linear_rule,
    "batch_norm": batch_norm_rule,
    "prelu": prelu_rule,
    "layer_norm": layer_norm_rule,
    "group_norm": group_norm_rule,
    "linked": linked_rule,
    "upsample": spatial_rule(None),
    "pad": pad_rule,
    "index": index_rule,
    "flatten": flatten_rule,
    "reshape": reshape_rule,
    "permute": permute_rule,
    "squeeze": squeeze_rule,
    "unsqueeze": unsqueeze_rule,
    "cat": cat_rule,
    **{f"conv_transpose{dims}d": unknown_rule for dims in (1, 2, 3)},
    **dict.fromkeys(("matmul", "where", "expand"), unknown_rule),
    OPAQUE: unknown_rule,
    "input": lambda step, book: None,
    "parameter": lambda step, book: None,
    "buffer": lambda step, book: None,
}
