"""One address for one view: `?run=…&epoch=…&layer=…&unit=…&split=…`, and what a page adds to it.

Units adds `with`, `sample`, `mark` and `finding`, Permutations `other` and `follow`, Prune `plan`, `weights`
and `plane`. The address is the truth. What it leaves out is what was chosen before in this session, so that a
switch of pages, which clears the address, keeps the view.
"""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from effdash.vocab import Split
from pages.shared.prose import plain

WITH: Final = "with"
OF_A_RUN: Final = (
    "epoch",
    "layer",
    "unit",
    "sample",
    "mark",
    "finding",
    "other",
    "follow",
    "plan",
    "weights",
    "plane",
)
"""What means nothing in another run."""
KEYS: Final = ("run", WITH, "split", *OF_A_RUN)
MOST_FOLLOWED: Final = 8
REMEMBERED: Final = "remembered view"
LONGEST_NUMBER: Final = 18


@dataclass(frozen=True)
class View:
    """What is asked for; `None` where the page should choose. Nothing here is known to exist."""

    run: str | None
    epoch: int | None
    layer: str | None
    unit: int | None
    split: Split
    beside: str | None = None
    """The second run, `with` in the address."""
    sample: int | None = None
    """A sample's number in the split."""
    mark: str | None = None
    """The chip whose units are outlined in the map."""
    finding: str | None = None
    """The kind of the finding whose units are; never together with a mark."""
    other: int | None = None
    """The second unit of the same layer, face to face with the first."""
    follow: tuple[int, ...] = ()
    """The numbers of the samples that are followed; eight at most."""
    plan: str | None = None
    """What is to be pruned and how, as `Choice.to_text` writes it."""
    weights: str | None = None
    """Of which weights the plan was made, the first digits of their hash."""
    plane: str | None = None
    """Where the decision function is drawn: `axes`, or three train samples, `12,80,301`."""
    strange: tuple[str, ...] = ()
    """What the address says that cannot be, a sentence each."""


def current_view() -> View:
    """Reads the address, completes it from the session, and writes the whole back."""
    remembered = st.session_state.setdefault(REMEMBERED, {})
    for key in KEYS:
        if key in st.query_params:
            remembered[key] = st.query_params[key]
        elif key in remembered:
            st.query_params[key] = remembered[key]
    epoch, split = remembered.get("epoch"), remembered.get("split")
    strange = []
    if epoch is not None and _number(epoch) is None:
        strange.append(f"There is no epoch “{plain(epoch)}”; this is the newest.")
    if split is not None and split not in list(Split):
        strange.append(f"There is no split “{plain(split)}”; this is {Split.TRAIN}.")
    return View(
        run=remembered.get("run"),
        epoch=_number(epoch),
        layer=remembered.get("layer"),
        unit=_number(remembered.get("unit")),
        split=Split.TEST if split == Split.TEST else Split.TRAIN,
        beside=remembered.get(WITH),
        sample=_number(remembered.get("sample")),
        mark=remembered.get("mark"),
        finding=remembered.get("finding"),
        other=_number(remembered.get("other")),
        follow=_numbers(remembered.get("follow")),
        plan=remembered.get("plan"),
        weights=remembered.get("weights"),
        plane=remembered.get("plane"),
        strange=tuple(strange),
    )


def change_view(**changes: str | int | None) -> None:
    """Sets parts of the view in address and session; `None` leaves that part to the page.

    `follow` takes the numbers with commas between them. Another unit comes without the one that the unit
    before stood face to face with, and a plan goes along to the weights of another epoch.
    """
    if "epoch" in changes:
        changes.setdefault("weights", None)
    if "unit" in changes:
        changes.setdefault("other", None)
    remembered = st.session_state.setdefault(REMEMBERED, {})
    for key, value in changes.items():
        if value is None:
            remembered.pop(key, None)
            if key in st.query_params:
                del st.query_params[key]
        else:
            remembered[key] = str(value)
            if st.query_params.get(key) != str(value):  # the browser would be told all the same
                st.query_params[key] = str(value)


def open_run_view(run: str, *, beside: str | None = None) -> None:
    """Turns to another run, alone or beside a second one, at the last epoch and without a chosen unit."""
    change_view(run=run, **dict.fromkeys(OF_A_RUN), **{WITH: beside})


def stand_beside(beside: str | None) -> None:
    """Puts a second run beside the first; `None`: the first stands alone."""
    change_view(**{WITH: beside})


def swap_runs(run: str, beside: str) -> None:
    """Puts two runs in this order, at the epoch and the unit that are looked at."""
    change_view(run=run, **{WITH: beside})


def _numbers(text: str | None) -> tuple[int, ...]:
    """Those that are numbers, each once, in their order."""
    found = [_number(part) for part in (text or "").split(",")]
    return tuple(dict.fromkeys(number for number in found if number is not None))[:MOST_FOLLOWED]


def _number(text: str | None) -> int | None:
    if text is None or not text.isdecimal() or len(text) > LONGEST_NUMBER:
        return None
    return int(text)
