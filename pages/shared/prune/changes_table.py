"""The table of changed decisions: from which class to which, and how often."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

import pandas as pd

from effdash.decision import Changes
from effdash.decision.changes import FROM, SAMPLES, TO
from pages.shared.prose import plain

LONGEST_CLASS: Final = 28


def changes_html(changes: Mapping[str, Changes], class_names: Sequence[str], *, most: int = 8) -> str:
    """The commonest `most` changes with their counts by split, or a sentence where nothing changed."""
    counts = changed_counts(changes)
    if counts.empty:
        samples = " and ".join(f"{seen.samples:,} {split}" for split, seen in changes.items())
        return f'<p class="caption">None of the {samples} samples is answered differently.</p>'
    splits = list(counts.columns[2:])
    head = "".join(f"<th>{escape(split)}</th>" for split in splits)
    rows = "".join(
        f"<tr><td>{_name(class_names, before)} → {_name(class_names, after)}</td>{_cells(seen)}</tr>"
        for before, after, *seen in counts[:most].itertuples(index=False)
    )
    rest = counts[most:]
    if len(rest):
        told = f"{len(rest):,} more {'kind' if len(rest) == 1 else 'kinds'} of change"
        rows += f'<tr class="rest"><td>{told}</td>{_cells(rest[splits].sum())}</tr>'
    return f'<table class="changes"><tr><th>from → to</th>{head}</tr>{rows}</table>'


def changed_counts(changes: Mapping[str, Changes]) -> pd.DataFrame:
    """`from` and `to` as class numbers, then a column of counts for each split; the commonest first."""
    by_split = {str(split): seen.table().set_index([FROM, TO])[SAMPLES] for split, seen in changes.items()}
    counts = pd.DataFrame(by_split).fillna(0).astype(int)
    order = (-counts.sum(axis=1)).argsort(kind="stable")  # the pairs are in order already
    return counts.iloc[order].reset_index(names=[FROM, TO])


def _name(class_names: Sequence[str], number: int) -> str:
    return escape(plain(class_names[number], LONGEST_CLASS))


def _cells(counts: Iterable[int]) -> str:
    return "".join(f"<td>{int(count):,}</td>" for count in counts)
