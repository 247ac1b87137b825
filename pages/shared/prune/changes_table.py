"""The table of changed decisions: from which class to which, and how often."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

import numpy as np

from effdash.decision import Changes
from pages.shared.prose import plain

LONGEST_CLASS: Final = 28


def changes_html(changes: Mapping[str, Changes], class_names: Sequence[str], *, most: int = 8) -> str:
    """The commonest `most` changes with their counts by split, or a sentence where nothing changed."""
    pairs, counts = changed_counts(changes)
    if not len(pairs):
        samples = " and ".join(f"{seen.samples:,} {split}" for split, seen in changes.items())
        return f'<p class="caption">None of the {samples} samples is answered differently.</p>'
    head = "".join(f"<th>{escape(split)}</th>" for split in changes)
    rows = "".join(
        f"<tr><td>{_name(class_names, before)} → {_name(class_names, after)}</td>{_cells(seen)}</tr>"
        for (before, after), seen in zip(pairs[:most].tolist(), counts[:most].tolist(), strict=True)
    )
    rest = counts[most:]
    if len(rest):
        told = f"{len(rest):,} more {'kind' if len(rest) == 1 else 'kinds'} of change"
        rows += f'<tr class="rest"><td>{told}</td>{_cells(rest.sum(axis=0).tolist())}</tr>'
    return f'<table class="changes"><tr><th>from → to</th>{head}</tr>{rows}</table>'


def changed_counts(changes: Mapping[str, Changes]) -> tuple[np.ndarray, np.ndarray]:
    """Classes before and after (kind, 2), and counts (kind, split); the commonest first."""
    changed = [np.column_stack([seen.before, seen.after])[seen.which] for seen in changes.values()]
    pairs, kinds = np.unique(np.concatenate(changed), axis=0, return_inverse=True)
    parts = np.split(kinds.ravel(), np.cumsum([len(of_split) for of_split in changed[:-1]]))
    counts = np.column_stack([np.bincount(part, minlength=len(pairs)) for part in parts])
    order = np.argsort(-counts.sum(axis=1), kind="stable")  # the pairs are in order already
    return pairs[order], counts[order]


def _name(class_names: Sequence[str], number: int) -> str:
    return escape(plain(class_names[number], LONGEST_CLASS))


def _cells(counts: Iterable[int]) -> str:
    return "".join(f"<td>{int(count):,}</td>" for count in counts)
