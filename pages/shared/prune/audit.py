"""An audit file: samples that never chose a unit, on which the decisions before and after are compared."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import streamlit as st

from effdash.data.file import READERS, Samples, read_samples
from effdash.pruning.audit import Audit, audit_on
from effdash.vocab import UserError
from pages.shared import page, prose
from pages.shared.prune.readers import Bench, Result

SLOT: Final = "audit"
"""Under this the session keeps the file."""
LABEL: Final = "Audit: samples of your own, which never choose a unit"
EXPLAINED: Final = (
    "A CSV or Parquet with a column a feature, or an NPZ with X, as the network takes them, or as the file "
    "that it was trained on; `y` or `label` holds the classes, where there are any. Decisions are compared, "
    "nothing is chosen by them."
)


def draw(result: Result) -> None:
    """A place to drop a file, and what became of the decisions about its samples."""
    with st.expander(LABEL):
        st.file_uploader(EXPLAINED, type=[ending.removeprefix(".") for ending in READERS], key=SLOT)
        try:
            found = dropped(result)
        except UserError as error:
            page.complain(error)
            return
        if found is not None:
            st.markdown(prose.literal(f"{found.name}: {found.on(result).sentence()}"))


class Dropped(NamedTuple):
    """A file that was dropped on the page."""

    name: str
    samples: Samples

    def on(self, result: Result) -> Audit:
        """What became of the decisions about its samples; made once."""
        X, y = self.samples
        return result.made.get(
            ("audit", id(self.samples)),
            lambda: audit_on(result.bench.model, result.network, X, y, name=self.name),
        )


def dropped(result: Result) -> Dropped | None:
    """The file that lies on the page; `None`: there is none.

    Raises:
        UserError: it is no table, or its samples do not fit the network.
    """
    file = st.session_state.get(SLOT)
    if file is None:
        return None
    samples = result.bench.made.get(
        ("audit", file.file_id), lambda: _read(result.bench, file.name, file.getvalue())
    )
    return Dropped(file.name, samples)


def _read(bench: Bench, name: str, content: bytes) -> Samples:
    """The samples of a dropped file; errors name it as the person knows it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(content)
        try:
            return read_samples(path, bench.data.input_shape, bench.data.n_classes, like=bench.alike)
        except UserError as error:
            raise UserError(str(error).replace(str(path), path.name)) from None
