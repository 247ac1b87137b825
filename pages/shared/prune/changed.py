"""What changed in the answers: from which class to which, by how much, and the samples themselves."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from effdash.decision import Changes
from effdash.figures import samples_payload
from effdash.vocab import Split
from pages.shared import canvas, prose
from pages.shared.prune.bench import Bench
from pages.shared.prune.changes_table import changes_html
from pages.shared.prune.readers import Result

PICTURES: Final = 8
PICTURES_HEIGHT: Final = 108
MOST_ROWS: Final = 1_000
MOST_KINDS: Final = 6
ANSWERS_HEIGHT: Final = 330
TITLE_HEIGHT: Final = 32
TABLE_HEIGHT: Final = 132
ROW_HEIGHT: Final = 28


def draw_answers(result: Result) -> None:
    """From which class to which, and by how much probabilities and margins moved."""
    with st.container(height=ANSWERS_HEIGHT, border=False, gap="small"):
        st.html(prose.figure_title("Changed answers", "from → to, by split"))
        st.html(changes_html(result.changes, result.bench.data.class_names, most=MOST_KINDS))
        if result.outcome.removals:
            st.html(prose.facts(moved(result.changes)))


def draw_samples(result: Result) -> None:
    """The samples whose decision changed, or came nearest to it; as pictures where they are pictures."""
    are_pictures = result.bench.data.image_shape is not None
    height = PICTURES_HEIGHT if are_pictures else TITLE_HEIGHT + TABLE_HEIGHT
    for column, (split, seen) in zip(st.columns(2, gap="medium"), result.changes.items(), strict=False):
        with column, st.container(height=height, border=False, gap="xsmall"):
            if are_pictures:
                _pictures(result.bench, split, seen)
            else:
                _table(result.bench, split, seen)


def shown(seen: Changes, most: int) -> tuple[np.ndarray, str]:
    """The samples whose decision changed, or else those that came nearest to it; and which these are."""
    if not seen.count:
        return np.argsort(seen.margin_left, kind="stable")[:most], "none; these are the nearest to it"
    rows = seen.which[:most]
    return rows, "" if len(rows) == seen.count else f"the first {len(rows):,} of {seen.count:,}"


def moved(changes: Mapping[str, Changes]) -> dict[str, str]:
    """How far the answers moved, changed or not, in words and numbers."""

    def by_split(number: Callable[[Changes], str]) -> str:
        return " · ".join(f"{split} {number(seen)}" for split, seen in changes.items())

    return {
        "largest change of a probability": by_split(lambda seen: f"{seen.largest_change:.3f}"),
        "99 % of the samples, at most": by_split(lambda seen: f"{seen.change_99:.3f}"),
        "smallest margin left": by_split(lambda seen: f"{seen.smallest_margin:.2g}".replace("-", "−")),
    }


def _pictures(bench: Bench, split: str, seen: Changes) -> None:
    data, labels = bench.data, bench.labels.get(Split(split))
    assert data.image_shape is not None
    rows, which = shown(seen, PICTURES)
    X = bench.samples[Split(split)][rows.copy()] * data.scale + data.mean
    images = X.reshape(-1, *data.image_shape)[:, 0]
    what = "from → to" if seen.count else "margin left"
    told = what if labels is None else f"true class: {what}"
    canvas.images(
        samples_payload(
            images.numpy(),
            captions=[_caption(bench, split, seen, row) for row in rows],
            classes=None if labels is None else labels[rows],
            hints=[_in_words(bench, split, seen, row) for row in rows],
            title=f"Changed on {split}",
            qualifier="; ".join(filter(None, (which, told))),
        ),
        key=f"changed {split}",
        height=PICTURES_HEIGHT,
    )


def _table(bench: Bench, split: str, seen: Changes) -> None:
    rows, which = shown(seen, MOST_ROWS)
    labels = bench.labels.get(Split(split))
    table = pd.DataFrame({"sample": rows, "from → to": [_from_to(bench, seen, row) for row in rows]})
    if labels is not None:
        table["is"] = [bench.data.class_names[labels[row]] for row in rows]
    table["margin before"] = seen.margin_before[rows]
    table["margin after"] = seen.margin_left[rows]
    st.html(prose.figure_title(f"Changed on {split}", which))
    st.dataframe(
        table,
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=TABLE_HEIGHT,
        key=f"changed {split}",
        column_config={
            "margin before": st.column_config.NumberColumn(format="%.3g"),
            "margin after": st.column_config.NumberColumn(format="%.3g"),
        },
    )


def _caption(bench: Bench, split: str, seen: Changes, row: int) -> str:
    """Such as `3: 3→8`, which has little room, or `3: 0.04` of a sample whose decision did not change."""
    labels = bench.labels.get(Split(split))
    told = _from_to(bench, seen, row).replace(" → ", "→") if seen.count else f"{seen.margin_left[row]:.2g}"
    return told if labels is None else f"{bench.data.class_names[labels[row]]}: {told}"


def _from_to(bench: Bench, seen: Changes, row: int) -> str:
    names = bench.data.class_names
    return f"{names[seen.before[row]]} → {names[seen.after[row]]}"


def _in_words(bench: Bench, split: str, seen: Changes, row: int) -> str:
    """What hovering over a picture says."""
    names, labels = bench.data.class_names, bench.labels.get(Split(split))
    true = "" if labels is None else f"; it is {names[labels[row]]}"
    return f"{split} sample {row}: {names[seen.before[row]]} before, {names[seen.after[row]]} after{true}"
