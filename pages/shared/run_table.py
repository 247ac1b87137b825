"""The table of runs and what can be done with the chosen one."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import quote

import pandas as pd
import streamlit as st

from effdash.figures.theme import palette
from effdash.runs import RunSummary, export_file, export_tables
from effdash.vocab import UserError
from pages.shared import page, prose, readers
from pages.shared.sidebar import labels_of
from pages.shared.view import open_run_view

ROW_HEIGHT: Final = 28
FILTER: Final = "filter"
MOST_ROWS: Final = 16
HEADER_HEIGHT: Final = 34


def filter_box() -> None:
    """Where the words are typed that `matching` looks for."""
    st.text_input(
        "Filter", placeholder="name, data, network …", label_visibility="collapsed", width=260, key=FILTER
    )


def matching(runs: Sequence[RunSummary]) -> list[RunSummary]:
    """The runs in whose name, note, data, network or state every word of the filter occurs."""
    wanted = str(st.session_state.get(FILTER, "")).casefold().split()
    return [run for run in runs if all(word in _searchable(run) for word in wanted)]


def draw(runs: Sequence[RunSummary]) -> RunSummary | None:
    """The table; returns the row that is chosen."""
    if not runs:
        st.caption("No run matches." if readers.list_runs() else "No run yet.")
        return None
    chosen = st.dataframe(
        _as_table(runs),
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=ROW_HEIGHT * min(len(runs), MOST_ROWS) + HEADER_HEIGHT,
        on_select="rerun",
        selection_mode="single-row-required",
        placeholder="",
        key="runs",
        column_config={
            "units": st.column_config.ImageColumn(
                "dead · linear · nonlinear", width=150, help="Share of units on train at the last epoch."
            ),
            "train": st.column_config.NumberColumn("train", format="%.3f", help="Accuracy on train."),
            "test": st.column_config.NumberColumn("test", format="%.3f", help="Accuracy on test."),
            "λ": st.column_config.NumberColumn(
                "λ", format="%g", help="Weight of jumpstart, as it was set last."
            ),
        },
    )
    rows = chosen["selection"]["rows"]
    return runs[rows[0]] if rows and rows[0] < len(runs) else None


def actions(run: RunSummary) -> None:
    """Open, put beside another one, rename, export and delete the chosen run; in a line."""
    if run.problem is not None:
        st.markdown(f":red[{prose.literal(run.problem)}]", width="content")
    else:
        if st.button(f"Open “{prose.markdown(run.name)}”"):
            open_run_view(run.id)
            st.switch_page(page.PAGES["units"])
        _side_by_side(run)
        if not run.shipped:
            _name_and_note(run)
        _export(run)
    if not run.shipped and st.button("Delete …"):
        _confirm_deletion(run)


def drop_zone() -> None:
    """A run file that is dropped here is checked, copied into the folder, and opened."""
    dropped = st.file_uploader(
        "Open a run file", type="effdash", key=f"dropped {st.session_state.get('drops', 0)}"
    )
    if dropped is None:
        return
    try:
        run_id = readers.run_folder().import_file(dropped.getvalue(), dropped.name)
    except UserError as error:
        page.complain(error)
        return
    st.session_state["drops"] = st.session_state.get("drops", 0) + 1
    open_run_view(run_id)
    st.switch_page(page.PAGES["units"])


def _side_by_side(run: RunSummary) -> None:
    """Opens the run with another one beside it, which is chosen from all."""
    labels = labels_of(other for other in readers.list_runs() if other.problem is None)
    others = [run_id for run_id in labels if run_id != run.id]
    if not others:
        return
    with st.popover("Side by side"):
        beside = st.selectbox(
            f"“{prose.markdown(run.name)}” beside",
            others,
            index=None,
            placeholder="another run",
            format_func=labels.__getitem__,
            key=f"beside {run.id}",
        )
    if beside is not None:
        open_run_view(run.id, beside=beside)
        st.switch_page(page.PAGES["units"])


def _name_and_note(run: RunSummary) -> None:
    with st.popover("Rename"):
        name = st.text_input("Name", run.name, key=f"name of {run.id}")
        note = st.text_area("Note", run.note, key=f"note of {run.id}")
        if st.button("Save"):
            try:
                opened = readers.find_run(run.id)
                opened.rename(name)
                opened.set_note(note)
                st.rerun()
            except UserError as error:
                page.complain(error)


def _export(run: RunSummary) -> None:
    with st.popover("Export"):
        st.download_button(
            "Run file", lambda: _run_file(run.id), file_name=f"{run.id}.effdash", on_click="ignore"
        )
        st.download_button(
            "Tables (Parquet, CSV)",
            lambda: _tables(run.id),
            file_name=f"{run.id}-tables.zip",
            on_click="ignore",
        )


@st.dialog("Delete this run?")
def _confirm_deletion(run: RunSummary) -> None:
    st.text(
        f"“{prose.plain(run.name)}” goes, with all its epochs up to {run.epochs or 0} and its weights. "
        "There is no undo."
    )
    with st.container(horizontal=True):
        if st.button("Delete", type="primary"):
            try:
                readers.run_folder().delete(run.id)
            except UserError as error:
                page.complain(error)
                return
            st.rerun()
        if st.button("Keep"):
            st.rerun()


def _run_file(run_id: str) -> bytes:
    with TemporaryDirectory() as folder:
        return export_file(readers.find_run(run_id), Path(folder) / f"{run_id}.effdash").read_bytes()


def _tables(run_id: str) -> bytes:
    with TemporaryDirectory() as folder:
        export_tables(readers.find_run(run_id), Path(folder))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(Path(folder).iterdir()):
                archive.write(path, path.name)
        return packed.getvalue()


def _as_table(runs: Sequence[RunSummary]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": [prose.plain(run.name) for run in runs],
            "data": [run.data for run in runs],
            "network": [run.network for run in runs],
            "activation": [run.activation for run in runs],
            "λ": [run.jumpstart for run in runs],
            "epochs": [run.epochs for run in runs],
            "train": [run.train_accuracy for run in runs],
            "test": [run.test_accuracy for run in runs],
            "units": [share_bar(run) for run in runs],
            "state": ["example" if run.shipped else str(run.state or "cannot be read") for run in runs],
            "parent": [run.parent for run in runs],
            "note": [prose.plain(run.note) for run in runs],
        }
    )


def share_bar(run: RunSummary) -> str | None:
    """The shares of dead, linear and nonlinear units as a small picture."""
    counts = [run.dead or 0, run.linear or 0, run.nonlinear or 0]
    if not sum(counts):
        return None
    colors = palette(st.context.theme.type or "light").status
    left, bars = 0.0, []
    for count, color in zip(counts, colors, strict=True):
        width = 140 * count / sum(counts)
        bars.append(f'<rect x="{left:.2f}" y="4" width="{width:.2f}" height="8" fill="{color}"/>')
        left += width
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="140" height="16">{"".join(bars)}</svg>'
    return f"data:image/svg+xml,{quote(svg)}"


def _searchable(run: RunSummary) -> str:
    return " ".join(
        [run.id, run.name, run.note, run.data, run.network, run.activation, str(run.state)]
    ).casefold()
