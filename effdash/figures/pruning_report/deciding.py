"""What became of the decisions: how many changed, from what to what, which, and how near the others are."""

import base64
import struct
import zlib
from collections import Counter
from itertools import pairwise
from typing import Final

import numpy as np
from jaxtyping import Float

from effdash.decision import Changes
from effdash.figures.pruning_report.book import NUMBER, Book, Column, Table, Title, beside
from effdash.figures.pruning_report.markup import Content, Markup, joined, tag
from effdash.figures.pruning_report.numerals import count, percent, share, signed
from effdash.pruning.dossier import Dossier
from effdash.vocab import POINT, SPLIT, Split

EDGES: Final = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""Of the shares of the margin that are left, at which the table is divided."""
LISTED: Final = 40
"""More changed samples are listed on demand."""


def deciding_section(book: Book, dossier: Dossier) -> Markup:
    report = dossier.report
    splits = _splits_table(book, dossier).markup
    margins = _margins_table(book, dossier).markup
    if not any(changes.count for changes in report.changes.values()):
        none = tag("p", "No sample is answered otherwise than before.", class_="words")
        return joined(splits, beside(margins, none))
    pairs = _pairs_table(book, dossier).markup
    changed = _changed_table(book, dossier).markup
    if len(dossier.changed) > LISTED:
        return joined(splits, beside(margins, pairs), changed)
    return joined(splits, beside(joined(margins, pairs), changed))


def _splits_table(book: Book, dossier: Dossier) -> Table:
    report = dossier.report
    rows = [
        _decided(str(split), changes, _bound_words(dossier, split))
        for split, changes in report.changes.items()
    ]
    if (audit := dossier.audit) is not None:
        rows.append(_decided(f"audit: {audit.name}", audit.changes, audit.bound.sentence()))
    columns: list[Title] = [
        "data",
        Column("samples", NUMBER),
        Column("changed", NUMBER),
        Column("same answers", NUMBER),
        Column("95 % bound", "word"),
        Column("largest change of a probability", NUMBER),
        Column("99 % of samples within", NUMBER),
        Column("smallest margin left", NUMBER),
        Column("margin halved", NUMBER),
    ]
    return book.table("Decisions", "of the pruned network against the original", columns, rows)


def _bound_words(dossier: Dossier, split: str) -> str:
    """What the changes on a split say of other samples."""
    if split == Split.TEST:
        return dossier.report.bound.sentence()
    return "no bound: these data chose the units"


def _decided(name: str, changes: Changes, bound: str) -> tuple[Content, ...]:
    """A row of the table of decisions."""
    return (
        name,
        count(changes.samples),
        _magenta(changes.count),
        share(changes.agreement),
        bound,
        share(changes.largest_change),
        share(changes.change_99),
        signed(changes.smallest_margin),
        percent(changes.halved),
    )


def _margins_table(book: Book, dossier: Dossier) -> Table:
    """How many samples keep which share of their margin, with a bar each."""
    found = {split: margin_counts(changes) for split, changes in dossier.report.changes.items()}
    largest = max((counts / counts.sum()).max() for counts in found.values())
    names = ["below 0: decision changed"]
    names += [f"{low:g} to {high:g}" for low, high in pairwise(EDGES)]
    names.append(f"{EDGES[-1]:g} and more")
    rows = []
    for place, name in enumerate(names):
        row: list[Content] = [name]
        for counts in found.values():
            number = int(counts[place])
            # Both columns in shares of their split, so that they can be compared.
            row += [_magenta(number) if place == 0 else count(number), bar(number / counts.sum() / largest)]
        rows.append(row)
    columns: list[Title] = ["share of the margin left"]
    for split in found:
        columns += [Column(str(split), NUMBER), Column("", "bar")]
    return book.table(
        "Margins left", "samples by the share of their decision margin that is left", columns, rows
    )


def margin_counts(changes: Changes) -> np.ndarray:
    """Samples in the divisions of `EDGES`, those whose decision changed first."""
    changed = changes.before != changes.after
    # Where there was no margin, none is lost.
    before = np.where(changes.margin_before > 0, changes.margin_before, 1.0)
    shares = np.where(changes.margin_before > 0, changes.margin_left.clip(min=0) / before, 1.0)
    places = np.where(changed, 0, np.searchsorted(EDGES, shares, side="right"))
    return np.bincount(places.clip(max=len(EDGES)), minlength=len(EDGES) + 1)


def _pairs_table(book: Book, dossier: Dossier) -> Table:
    """From which class to which, a column a split."""
    changes = dossier.report.changes
    counts: Counter[tuple[int, int, str]] = Counter()
    for split, seen in changes.items():
        for row in seen.table().to_dict("records"):
            counts[row["from"], row["to"], split] = row["samples"]
    pairs = sorted(
        {(before, after) for before, after, _ in counts},
        key=lambda pair: (-sum(counts[*pair, split] for split in changes), pair),
    )
    names = dossier.class_names
    rows = [
        (names[before], names[after], *(_magenta(counts[before, after, split]) for split in changes))
        for before, after in pairs
    ]
    columns: list[Title] = ["before", "after", *(Column(str(split), NUMBER) for split in changes)]
    return book.table("Changes from one class to another", "samples", columns, rows)


def _changed_table(book: Book, dossier: Dossier) -> Table:
    names, pictures = dossier.class_names, dossier.pictures
    rows = []
    for one in dossier.changed.to_dict("records"):
        picture = pictures.get((one[SPLIT], one[POINT]))
        row: list[Content] = [
            f"{one[SPLIT]} {count(one[POINT])}",
            names[one["class"]],
            names[one["before"]],
            tag("span", names[one["after"]], class_="changed"),
            signed(one["margin_before"]),
            signed(one["margin_left"]),
            share(one["probability_change"]),
        ]
        if pictures:
            name = f"{one[SPLIT]} sample {one[POINT]}"
            row.append("" if picture is None else _image(picture, name))
        rows.append(row)
    columns: list[Title] = ["sample", "is", "before", "after"]
    columns += [
        Column("margin before", NUMBER),
        Column("margin left", NUMBER),
        Column("largest change of a probability", NUMBER),
    ]
    if pictures:
        columns.append("picture")
    return book.table(
        "Changed samples",
        f"{count(len(rows))}; their numbers count from 0",
        columns,
        rows,
        folded=len(rows) > LISTED,
    )


def bar(share_of_all: float | int) -> Markup:
    """As long as a share; nothing where there is none."""
    if not share_of_all:
        return Markup("")
    return tag("i", class_="bar", style=f"width:{100 * share_of_all:.2f}%")


def _magenta(number: int) -> Content:
    return tag("b", count(number), class_="changed") if number else count(number)


def _image(picture: Float[np.ndarray, "rows columns"], name: str) -> Markup:
    data = base64.b64encode(_png(picture)).decode()
    return tag("img", src=f"data:image/png;base64,{data}", alt=name, width=40, height=40)


def _png(picture: Float[np.ndarray, "rows columns"]) -> bytes:
    """A grey picture of values in [0, 1] as a PNG file."""
    rows, columns = picture.shape
    grey = np.rint(255 * picture).astype(np.uint8)
    # Every line starts with 0: stored as it is.
    lines = np.hstack([np.zeros((rows, 1), np.uint8), grey]).tobytes()
    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)
