"""Strips: a row a unit, the samples in its order, coloured by class."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from jaxtyping import Integer, UInt8

from effdash.figures.payload import Payload
from effdash.figures.theme import palette
from effdash.permutations import Grouping, GroupKind, SampleOrders, UnitGroup
from effdash.vocab import UserError

MOST_SINGLE: Final = 200
"""Up to so many samples each is drawn by itself; more are counted in bins."""

BINS: Final = 60
MOST_SHARES: Final = 6_000_000
"""Bytes of class shares that travel; where rows and classes are many, there are fewer bins."""

LEAST_BINS: Final = 12
MOST_NAMED: Final = 12
FEW_ALONE: Final = 4
"""So many units that are like no other stand open below the groups."""

WHOLE: Final = 255
"""A share of 1 as a byte."""


@dataclass(frozen=True)
class StripSection:
    """Rows that stand together: `words` and, where they are bracketed, `detail`; `hover` says what it means.

    `folded`: one line of these words, which a click opens.
    """

    units: tuple[int, ...]
    words: str
    detail: str = ""
    hover: str = ""
    folded: bool = False


def strips_payload(
    orders: SampleOrders,
    erased: Integer[np.ndarray, " units"],
    status: UInt8[np.ndarray, " units"],
    classes: Integer[np.ndarray, " samples"],
    sections: Sequence[StripSection],
    *,
    class_names: Sequence[str],
    layer: str,
    taken: str,
    split: str,
    numbers: Integer[np.ndarray, " samples"] | None = None,
    chosen: int | None = None,
    other: int | None = None,
    caption: str = "",
    title: str = "What order each unit puts the samples in",
) -> Payload:
    """The rows of some units of a layer, in the order of the sections.

    Args:
        orders: of every unit of the layer: the places of the samples from its lowest to its highest, and the
            cut, which is marked in its row.
        erased: how many of the lowest samples lose their order; dimmed.
        status: codes of the units on `split`.
        classes: of the samples, by place.
        taken: on which data and when: `train · epoch 60`.
        numbers: of the samples in their split; their places, if not given.
        chosen: the unit that is ringed.
        other: the unit face to face with it, outlined.

    Raises:
        UserError: no samples; sizes that do not fit; a section that names a unit twice or one there is not.
    """
    n_units, n_samples = orders.orders.shape
    units = np.array([unit for section in sections for unit in section.units], dtype=np.int64)
    _check(n_units, n_samples, classes, class_names, units)
    header: dict[str, Any] = {
        "title": title,
        "qualifier": f"{layer} · {n_samples:,} samples · {taken}",
        "layer": layer,
        "split": split,
        "samples": n_samples,
        "classes": list(class_names),
        "sections": [
            {
                "count": len(section.units),
                "words": section.words,
                "detail": section.detail,
                "hover": section.hover,
                "folded": section.folded,
            }
            for section in sections
        ],
        "chosen": chosen,
        "other": other,
        "caption": caption,
    }
    arrays = {
        "units": units.astype(np.uint32),
        "status": status[units],
        "cut": orders.cut[units].astype(np.uint32),
        "erased": erased[units].astype(np.uint32),
    }
    if n_samples <= MOST_SINGLE:
        named = np.arange(n_samples) if numbers is None else numbers
        arrays["places"] = orders.orders[units].astype(np.uint16)
        arrays["classes"] = classes.astype(np.uint32)
        arrays["numbers"] = named.astype(np.uint32)
    else:
        edges = bin_edges(n_samples, n_bins(len(units), len(class_names)))
        arrays["edges"] = edges.astype(np.uint32)
        arrays["shares"] = class_shares(classes[orders.orders[units]], edges, len(class_names))
    return Payload(header, arrays)


def n_bins(n_rows: int, n_classes: int) -> int:
    """How many bins each row has."""
    return min(BINS, max(LEAST_BINS, MOST_SHARES // max(1, n_rows * n_classes)))


def bin_edges(n_samples: int, bins: int) -> Integer[np.ndarray, " edges"]:
    """Where bins of (nearly) equal count begin, and where the last ends."""
    return np.linspace(0, n_samples, bins + 1).round().astype(np.int64)


def class_shares(
    ordered: Integer[np.ndarray, "rows samples"], edges: Integer[np.ndarray, " edges"], n_classes: int
) -> UInt8[np.ndarray, "rows bins classes"]:
    """Share of each class in each bin, 255 for the whole; `ordered` has the classes in each row's order."""
    n_rows, bins = len(ordered), len(edges) - 1
    sizes = np.diff(edges)
    bin_of_place = np.repeat(np.arange(bins), sizes)
    shares = np.empty((n_rows, bins, n_classes), dtype=np.uint8)
    for row, classes in enumerate(ordered):
        counts = np.bincount(bin_of_place * n_classes + classes, minlength=bins * n_classes)
        shares[row] = np.rint(counts.reshape(bins, n_classes) * (WHOLE / sizes)[:, None])
    return shares


def sections_of(grouping: Grouping) -> list[StripSection]:
    """A section a group, then the units that are alone: folded, unless they are few or there is no group."""
    sections = [_section(group) for group in grouping.groups]
    alone = grouping.alone
    if alone:
        words = "like no other" if grouping.groups else ""
        folded = bool(grouping.groups) and len(alone) > FEW_ALONE
        sections.append(StripSection(alone, f"{len(alone):,} {words}" if folded else words, folded=folded))
    return sections


def strips_caption(
    grouping: Grouping, n_samples: int, *, kind: str, erases: bool, over: str = "", classes: int = 2
) -> str:
    """What to look for, and which units have no row.

    `kind` is the nonlinearity; `erases`: whether it erases any order; `over`: what a response is taken over;
    `classes`: how many there are.
    """
    each = (
        "one tick a sample" if n_samples <= MOST_SINGLE else "the classes in columns of equally many samples"
    )
    below = f"{kind} erases the order left of it (dimmed)" if erases else f"{kind} erases no order"
    parts = [f"A row a unit, {each}, by rising pre-activation{over}. The mark is the cut at 0: {below}."]
    silent = grouping.silent
    if not grouping.groups and len(grouping.alone) > 1:
        parts.append("No two are alike.")
    if classes > len(palette().classes):
        parts.append("Colours repeat: a class of the legend can be shown against the rest.")
    if silent:
        named = ", ".join(map(str, silent[:MOST_NAMED])) + (" and others" if len(silent) > MOST_NAMED else "")
        who = "1 silent unit tells" if len(silent) == 1 else f"{len(silent):,} silent units tell"
        parts.append(
            f"{who} all samples the same and {'has' if len(silent) == 1 else 'have'} no row: {named}."
        )
    return " ".join(parts)


def _section(group: UnitGroup) -> StripSection:
    if group.kind == GroupKind.MIRROR:
        detail = f"Spearman {signed(group.similarity)}"
        hover = "One puts the samples in nearly the opposite order of the other: together a linked neuron."
    elif group.same_signature:
        detail, hover = (
            "exactly the same",
            "They tell the next layer exactly the same order of the same samples.",
        )
    elif group.kind == GroupKind.ALIKE:
        detail = each_pair(group)
        hover = "They put the samples in nearly the same order, as far as it is told to the next layer."
    else:
        detail = each_pair(group)
        hover = "The same samples are above 0 for all of them, but in other orders."
    return StripSection(group.units, str(group.kind), detail, hover)


def each_pair(group: UnitGroup) -> str:
    """The smallest similarity in the group, rounded down: `each pair ≥ 0.86`; of two `Spearman 0.86`."""
    floor = math.floor(100 * group.similarity + 1e-9) / 100
    return f"Spearman {signed(group.similarity)}" if len(group.units) == 2 else f"each pair ≥ {signed(floor)}"


def signed(value: float) -> str:
    """A correlation with two digits and a true minus."""
    text = f"{value:.2f}"
    return text.replace("-", "−") if float(text) else "0.00"


def _check(
    n_units: int,
    n_samples: int,
    classes: Integer[np.ndarray, " samples"],
    class_names: Sequence[str],
    units: Integer[np.ndarray, " rows"],
) -> None:
    if not n_samples:
        raise UserError("strips need at least one sample")
    if len(classes) != n_samples:
        raise UserError(f"there are {len(classes)} classes for {n_samples} samples")
    if classes.min() < 0 or classes.max() >= len(class_names):
        raise UserError(f"a sample has class {int(classes.max())}; there are {len(class_names)} class names")
    if len(np.unique(units)) != len(units):
        raise UserError("a unit stands in two sections")
    if len(units) and not 0 <= units.min() <= units.max() < n_units:
        raise UserError(f"a section names unit {int(units.max())}; the layer has {n_units}")
