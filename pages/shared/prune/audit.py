"""An audit file: samples that never chose a unit, on which the decisions before and after are compared."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import streamlit as st

from effdash.data.file import READERS, Samples, read_samples
from effdash.decision import compare, held_out_bound, logits_of
from effdash.vocab import UserError
from pages.shared import page, prose
from pages.shared.prune.readers import Bench, Result

LABEL: Final = "Audit: samples of your own, which never choose a unit"
EXPLAINED: Final = (
    "A CSV or Parquet with a column a feature, or an NPZ with X, as the network takes them; `y` or `label` "
    "holds the classes, where there are any. Decisions are compared, nothing is chosen by them."
)


def draw(result: Result) -> None:
    """A place to drop a file, and what became of the decisions about its samples."""
    with st.expander(LABEL):
        dropped = st.file_uploader(
            EXPLAINED, type=[ending.removeprefix(".") for ending in READERS], key="audit"
        )
        if dropped is None:
            return
        try:
            samples = result.bench.made.get(
                ("audit", dropped.file_id), lambda: _read(result.bench, dropped.name, dropped.getvalue())
            )
            told = sentence(result, samples)
        except UserError as error:
            page.complain(error)
            return
        st.markdown(prose.literal(f"{dropped.name}: {told}"))


def sentence(result: Result, samples: Samples) -> str:
    """How many decisions change on these samples, at most how many on others like them, and the accuracy."""
    bench = result.bench
    before = logits_of(bench.model, samples.X)
    seen = compare(before, logits_of(result.network, samples.X))
    bound = held_out_bound(seen.count, seen.samples, held_out=True)
    told = f"{seen.count:,} of {seen.samples:,} decisions change"
    told += f"; on samples like these {bound.sentence()} (95 %)."
    if samples.y is None:
        return told
    labels = samples.y.numpy()
    was, is_now = (float((answers == labels).mean()) for answers in (seen.before, seen.after))
    return f"{told} Accuracy {is_now:.3f}, was {was:.3f}."


def _read(bench: Bench, name: str, content: bytes) -> Samples:
    """The samples of a dropped file; errors name it as the person knows it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(content)
        try:
            return read_samples(path, bench.data.input_shape, bench.data.n_classes)
        except UserError as error:
            raise UserError(str(error).replace(str(path), path.name)) from None
