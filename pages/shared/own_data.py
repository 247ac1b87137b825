"""A person's own table or images: dropped, looked at before anything is done with it, and read as asked."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from effdash.data import Dataset
from effdash.data.own import ENDINGS, MISSING, Preview, preview, read_own
from effdash.runs.stored_data import MOST_BYTES
from pages.shared import jobs, prose
from pages.shared.class_balance import class_balance_html
from pages.shared.dropped import Dropped, drop_place

PATIENCE_SECONDS: Final = 0.3
"""So long a page waits for a job before it shows its progress."""

NO_LABEL: Final = "– none –"
IMAGES: Final = "images"
MISSING_WORDS: Final = {
    "refuse": "refused",
    "mean": "filled with the mean",
    "drop": "left out with their rows",
}
EXPLAINED: Final = (
    "A table (CSV, Parquet), an NPZ with X and y, or a ZIP of images, one folder a class. "
    f"A run keeps its data, at most {MOST_BYTES // 4_000_000} million numbers ({MOST_BYTES // 1_000_000} MB)"
)
HEAD_HEIGHT: Final = 212
ROW_HEIGHT: Final = 28


@dataclass(frozen=True)
class OwnFile:
    """A dropped file and how it is to be read. `label`: the column of classes, where one holds them."""

    file: Dropped
    label: str | None
    missing: str
    no_label: bool

    @property
    def key(self) -> tuple[str, str | None, str, bool]:
        """All that the data depend on."""
        return self.file.key, self.label, self.missing, self.no_label

    @property
    def how(self) -> dict[str, Any]:
        """The same as keywords of `read_own`."""
        return {"label": self.label, "missing": self.missing, "no_label": self.no_label}

    def read(self, **how: Any) -> Dataset:
        """The data.

        Raises:
            UserError: they cannot be read so, in a sentence that names the file as the person knows it.
        """
        with self.file.called_by_its_name():
            return read_own(self.file.path, **self.how, **how)


def draw(key: str, *, wide: bool) -> OwnFile | None:
    """A place to drop a file, and what is in it; `None` as long as there is none that can be read.

    `wide`: there is the page's whole width for it.
    """
    types = [ending.removeprefix(".") for ending in ENDINGS]
    dropped = drop_place(EXPLAINED, key=key, types=types)
    if not dropped:
        return None
    (file,) = dropped
    seen = _look(key, file, None)
    if seen is None:
        return None
    if wide:
        asked, rows, balance = st.columns([0.24, 0.5, 0.26], gap="medium")
    else:
        asked = rows = balance = st.container()
    with asked:
        label = _label(seen, f"{key} label of {file.key}")
        missing = _missing(seen, f"{key} missing of {file.key}")
        if label not in (None, seen.label):
            seen = _look(f"{key} by label", file, label) or seen
    no_label = label is None and seen.kind != IMAGES
    with rows:
        _first_rows(seen)
        for problem in seen.problems:
            settled = no_label if problem.about == "label" else missing != MISSING[0]
            if problem.about == "column" or not settled:
                st.warning(prose.literal(prose.sentence(file.named(problem.sentence))))
    with balance:
        _balance(None if no_label else seen.classes)
    return OwnFile(file, label, missing, no_label)


def _look(key: str, file: Dropped, label: str | None) -> Preview | None:
    """What is in the file; `None` while it is looked at, and where it cannot be."""
    job = jobs.session_jobs().find_or_start(
        f"preview of {key}",
        (file.key, label),
        partial(_preview, file, label),
        f"Looking into {prose.plain(file.name)}",
    )
    job.wait(PATIENCE_SECONDS)
    jobs.draw(job, key=f"preview of {key}")
    return job.result


def _preview(file: Dropped, label: str | None, report: jobs.Report) -> Preview:
    with file.called_by_its_name():
        return preview(file.path, label=label)


def _label(seen: Preview, key: str) -> str | None:
    """The column that holds the classes: the guess, until somebody says otherwise."""
    if seen.kind == IMAGES:
        st.caption("The folders of the images are the classes.")
        return None
    columns = [str(name) for name in seen.columns["column"]]
    options = [*columns, NO_LABEL]
    if key not in st.session_state:
        st.session_state[key] = seen.label if seen.label in columns else NO_LABEL
    chosen = st.selectbox(
        "Column of the classes",
        options,
        key=key,
        help=f"Guessed from its name and what is in it. “{NO_LABEL}”: the data have no classes.",
    )
    return None if chosen == NO_LABEL else chosen


def _missing(seen: Preview, key: str) -> str:
    """What becomes of values that are missing; asked where there are any."""
    holes = seen.columns[seen.columns["missing"] > 0] if "missing" in seen.columns else seen.columns.iloc[:0]
    if holes.empty:
        return MISSING[0]
    named = ", ".join(f"{row.column} ({row.missing:,})" for row in holes.head(4).itertuples())
    return st.selectbox(
        "Missing values are",
        MISSING,
        format_func=lambda choice: MISSING_WORDS.get(choice, choice),
        key=key,
        help=f"Missing in {prose.literal(named)}.",
    )


def _first_rows(seen: Preview) -> None:
    size = f"{seen.rows:,} rows" if seen.rows is not None else ""
    st.html(prose.figure_title("First images" if seen.kind == IMAGES else "First rows", size))
    if len(seen.head):
        height = min(HEAD_HEIGHT, 34 + ROW_HEIGHT * len(seen.head))
        st.dataframe(seen.head, hide_index=True, row_height=ROW_HEIGHT, height=height)
    for note in seen.notes:
        st.caption(prose.literal(note))


def _balance(counts: pd.Series | None) -> None:
    if counts is None:
        st.html(prose.figure_title("Classes", "none"))
        return
    st.html(prose.figure_title("Samples by class", f"{len(counts):,} classes"))
    st.html(class_balance_html(counts))
