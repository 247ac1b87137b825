"""Steps of a graph with attributes and inputs as they come, most of which torch takes."""

from collections.abc import Callable
from typing import Any

import torch
from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]
Case = tuple[dict[str, Any], list[tuple[int, ...]]]
"""Attributes, and the shapes of the inputs."""


def drawn(draw: Draw, least: int, most: int) -> int:
    return draw(st.integers(least, most))


def shape(draw: Draw, rank: int, most: int = 4) -> tuple[int, ...]:
    return tuple(drawn(draw, 1, most) for _ in range(rank))


def several(draw: Draw, count: int, least: int, most: int) -> list[int]:
    return [drawn(draw, least, most) for _ in range(count)]


def image(draw: Draw, dims: int) -> tuple[int, ...]:
    """Mostly with samples and channels; sometimes a dimension more or less."""
    rank = dims + draw(st.sampled_from([2, 2, 2, 1, 3, 0]))
    return tuple(several(draw, min(rank - dims, 2), 1, 4) + several(draw, rank - min(rank - dims, 2), 1, 6))


def channels_of(draw: Draw, given: tuple[int, ...], dims: int) -> int:
    """Mostly those that there are."""
    fits = given[-dims - 1] if len(given) > dims else 1
    return draw(st.sampled_from([fits, fits, fits, fits + 1]))


def convolution(draw: Draw, dims: int) -> Case:
    given = image(draw, dims)
    channels = channels_of(draw, given, dims)
    attributes = {
        "in_channels": channels,
        "out_channels": 2 * channels,
        "kernel_size": several(draw, dims, 1, 4),
        "stride": several(draw, dims, 1, 3),
        "padding": draw(st.sampled_from(["same", "valid", *([several(draw, dims, 0, 3)] * 2)])),
        "dilation": several(draw, dims, 1, 2),
        "groups": draw(st.sampled_from([1, channels])),
        "bias": draw(st.booleans()),
        "padding_mode": draw(st.sampled_from(["zeros", "zeros", "reflect", "replicate", "circular"])),
    }
    if attributes["padding"] == "same":
        attributes["stride"] = [1] * dims
    return attributes, [given]


def transposed(draw: Draw, dims: int) -> Case:
    given = image(draw, dims)
    channels = channels_of(draw, given, dims)
    attributes = {
        "in_channels": channels,
        "out_channels": 3 * channels,
        "kernel_size": several(draw, dims, 1, 4),
        "stride": several(draw, dims, 1, 3),
        "padding": several(draw, dims, 0, 3),
        "output_padding": several(draw, dims, 0, 2),
        "groups": draw(st.sampled_from([1, channels])),
        "bias": draw(st.booleans()),
        "dilation": several(draw, dims, 1, 2),
    }
    return attributes, [given]


def pool(draw: Draw, dims: int, kind: str) -> Case:
    attributes: dict[str, Any] = {
        "kernel_size": several(draw, dims, 1, 4),
        "stride": several(draw, dims, 1, 4),
        "padding": several(draw, dims, 0, 2),
        "ceil_mode": draw(st.booleans()),
    }
    if kind == "max":
        attributes["dilation"] = several(draw, dims, 1, 2)
    else:
        attributes["count_include_pad"] = draw(st.booleans())
    return attributes, [image(draw, dims)]


def adaptive(draw: Draw, dims: int) -> Case:
    sides = [draw(st.one_of(st.none(), st.integers(1, 5))) for _ in range(dims)]
    return {"output_size": sides}, [image(draw, dims)]


MODES = ["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"]


def upsample(draw: Draw) -> Case:
    given = image(draw, drawn(draw, 1, 3))
    sides = draw(st.sampled_from([len(given) - 2] * 3 + [1]))
    sizes = st.one_of(st.none(), st.integers(1, 5), st.just(several(draw, max(sides, 1), 1, 5)))
    factor = st.floats(0.1, 3)
    factors = st.one_of(st.none(), factor, st.lists(factor, min_size=max(sides, 1), max_size=max(sides, 1)))
    size = draw(sizes)
    attributes = {
        "size": size,
        "scale_factor": None if size is not None and drawn(draw, 0, 3) else draw(factors),
        "mode": draw(st.sampled_from(MODES)),
        "align_corners": draw(st.sampled_from([None, None, True, False])),
    }
    return attributes, [given]


def pad(draw: Draw) -> Case:
    given = shape(draw, drawn(draw, 1, 5), 5)
    attributes = {
        "pad": several(draw, drawn(draw, 2, 6), -2, 4),
        "mode": draw(st.sampled_from(["constant", "constant", "reflect", "replicate", "circular"])),
        "value": draw(st.sampled_from([None, None, 1.0])),
    }
    return attributes, [given]


def dims_of(draw: Draw, rank: int) -> int:
    return drawn(draw, -rank - 1, rank)


def reduction(draw: Draw) -> Case:
    given = shape(draw, drawn(draw, 1, 4))
    dims = [dims_of(draw, len(given)) for _ in range(drawn(draw, 1, 3))]
    return {"dim": dims, "keepdim": draw(st.booleans())}, [given]


def along(key: str, *more: tuple[str, int, int]) -> Callable[[Draw], Case]:
    def case(draw: Draw) -> Case:
        given = shape(draw, drawn(draw, 1, 4))
        return {key: dims_of(draw, len(given))} | {name: drawn(draw, *ends) for name, *ends in more}, [given]

    return case


def together(draw: Draw, count: int) -> list[tuple[int, ...]]:
    """Mostly shapes that fit each other."""
    given = shape(draw, drawn(draw, 1, 4))
    found = [given]
    for _ in range(count - 1):
        kept = [side if drawn(draw, 0, 2) else 1 for side in given][drawn(draw, 0, 1) :]
        found.append(tuple(kept) if drawn(draw, 0, 5) else shape(draw, drawn(draw, 0, 4)))
    return found


def cat(draw: Draw) -> Case:
    given = shape(draw, drawn(draw, 1, 4))
    at = dims_of(draw, len(given))
    others = []
    for _ in range(drawn(draw, 0, 2)):
        other = list(given)
        other[draw(st.sampled_from([at, at, at, 0])) % len(given)] = drawn(draw, 1, 5)
        others.append(tuple(other))
    return {"dim": at}, [given, *others]


def matmul(draw: Draw) -> Case:
    rows, inner, columns = several(draw, 3, 1, 4)
    batch = together(draw, 2) if draw(st.booleans()) else [(), ()]
    first, second = (*batch[0], rows, inner), (*batch[1], inner, columns)
    choice = drawn(draw, 0, 5)
    first = (inner,) if choice in (0, 1) else first
    second = (inner,) if choice in (0, 2) else second
    return {}, [first, second if choice < 5 else shape(draw, 3)]


def reshape(draw: Draw) -> Case:
    given = shape(draw, drawn(draw, 1, 4))
    sides = list(given)
    if draw(st.booleans()):
        at = drawn(draw, 0, len(sides) - 1)
        sides[at:] = [torch.Size(sides[at:]).numel()]
    for at in range(len(sides)):
        sides[at] = draw(st.sampled_from([sides[at], sides[at], 0, -1, 3]))
    return {"shape": sides}, [given]


def expand(draw: Draw) -> Case:
    given = together(draw, 2)
    sides = [draw(st.sampled_from([side, side, -1])) for side in given[0]]
    return {"shape": sides}, [given[1]]


def index(draw: Draw) -> Case:
    given = shape(draw, drawn(draw, 1, 4))
    ends = st.one_of(st.none(), st.integers(-5, 5))
    item = st.one_of(
        st.none(),
        st.integers(-4, 4),
        st.tuples(ends, ends, st.one_of(st.none(), st.integers(1, 3))).map(list),
    )
    return {"items": draw(st.lists(item, max_size=len(given) + 1))}, [given]


def norm(draw: Draw, **attributes: Any) -> Case:
    return attributes, [shape(draw, drawn(draw, 1, 5))]


CASES: dict[str, Callable[[Draw], Case]] = {
    **{f"conv{dims}d": lambda draw, dims=dims: convolution(draw, dims) for dims in (1, 2, 3)},
    **{f"conv_transpose{dims}d": lambda draw, dims=dims: transposed(draw, dims) for dims in (1, 2, 3)},
    **{
        f"{kind}_pool{dims}d": lambda draw, dims=dims, kind=kind: pool(draw, dims, kind)
        for kind in ("max", "avg")
        for dims in (1, 2, 3)
    },
    **{
        f"adaptive_{kind}_pool{dims}d": lambda draw, dims=dims: adaptive(draw, dims)
        for kind in ("max", "avg")
        for dims in (1, 2, 3)
    },
    **dict.fromkeys(("mean", "sum", "amax", "amin"), reduction),
    **dict.fromkeys(("squeeze", "unsqueeze", "softmax", "log_softmax"), along("dim")),
    **dict.fromkeys(
        ("add", "sub", "mul", "div", "pow", "gt", "ge", "lt", "le", "maximum", "minimum"),
        lambda draw: ({"number": None, "number_first": False}, together(draw, 2)),
    ),
    "linear": lambda draw: norm(draw, in_features=3, out_features=2, bias=True),
    "batch_norm": lambda draw: norm(
        draw,
        dims=drawn(draw, 1, 3),
        num_features=2,
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
    ),
    "layer_norm": lambda draw: norm(
        draw,
        normalized_shape=several(draw, drawn(draw, 1, 2), 1, 3),
        eps=1e-5,
        elementwise_affine=True,
        bias=True,
    ),
    "group_norm": lambda draw: norm(draw, num_groups=1, num_channels=2, eps=1e-5, affine=True),
    "dropout": lambda draw: norm(draw, kind="Dropout", p=0.5),
    "prelu": lambda draw: norm(draw, num_parameters=drawn(draw, 1, 3)),
    "linked": lambda draw: norm(draw, kind="lk-relu"),
    "upsample": upsample,
    "pad": pad,
    "cat": cat,
    "matmul": matmul,
    "reshape": reshape,
    "flatten": along("start_dim", ("end_dim", -4, 3)),
    "expand": expand,
    "expand_as": lambda draw: ({}, together(draw, 2)[::-1]),
    "index": index,
    "chunk": along("dim", ("chunks", 1, 5)),
    "split": lambda draw: (
        {
            "split_size_or_sections": draw(
                st.one_of(st.integers(1, 4), st.lists(st.integers(0, 3), min_size=1, max_size=3))
            ),
            "dim": drawn(draw, -3, 2),
        },
        [shape(draw, 2)],
    ),
    "index_select": lambda draw: (
        {"dim": drawn(draw, -3, 2), "index": several(draw, drawn(draw, 1, 3), -4, 3)},
        [shape(draw, 2)],
    ),
    "permute": lambda draw: (
        {"dims": draw(st.one_of(st.permutations(range(3)), st.just(several(draw, 3, -3, 2))))},
        [shape(draw, 3)],
    ),
}
