"""The samples as a layer sees them, on a map over the epochs; behind “More” the units of the layer."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import streamlit as st

from effdash.figures import sample_map_payload, unit_places_payload
from effdash.figures.status import layer_starts
from effdash.permutations.embedding import FEWEST
from pages.shared import canvas, glossary, jobs, prose
from pages.shared import readers as run_readers
from pages.shared.permutations import looked_at, mapping
from pages.shared.permutations.looked_at import LookedAt
from pages.shared.permutations.mapping import Maps, Wanted
from pages.shared.view import change_view

HEIGHT: Final = 500
PROGRESS_HEIGHT: Final = 56
POLL_SECONDS: Final = 1.0
WANTED: Final = "maps wanted"
"""In the session: the kinds of map that the person asked for, which are then made for other layers, too."""
MOVED: Final = "map was used"
"""In the session: something was done on a map that the whole page has to follow."""
TITLES: Final = {mapping.SAMPLES: "Map of the samples", mapping.UNITS: "Map of the units"}
TEXTS: Final = {
    mapping.SAMPLES: "Samples that this layer tells alike lie near each other, epoch after epoch.",
    mapping.UNITS: "Units that put the samples in like orders lie near each other, epoch after epoch.",
}


def draw(at: LookedAt) -> None:
    """The map of the samples, and the other one."""
    _draw_kind(at, mapping.SAMPLES)
    with st.expander("More: map of the units"):
        _draw_kind(at, mapping.UNITS)


def _draw_kind(at: LookedAt, kind: str) -> None:
    wanted = Wanted.of(at, kind)
    if wanted.items < FEWEST:
        things = "samples" if kind == mapping.SAMPLES else "units"
        _say(at, kind, f"A map needs at least {FEWEST} {things}; here there are {wanted.items}.")
        return
    maps = mapping.finished(wanted.key)
    job = jobs.session_jobs().find(kind, wanted.key)
    if maps is None and job is None and kind in st.session_state.get(WANTED, ()):
        job = _start(wanted)
    if maps is None and job is None:
        _say(at, kind, TEXTS[kind])
        st.button("Make the map", key=f"make {kind}", on_click=_ask, args=(kind, wanted))
        return
    if job is not None and job.running:
        _while_made(at, kind, wanted, job)
    elif maps is not None:
        _figure(at, kind, maps, wanted)
        if wanted.has_new_epochs(maps):
            _offer_new_epochs(kind, wanted, maps)
    elif job is not None:
        _after_a_stop(at, kind, wanted, job)


def _while_made(at: LookedAt, kind: str, wanted: Wanted, job: jobs.Job[Maps]) -> None:
    """What is there already, epoch after epoch; a click on it reruns the page as everywhere."""

    @st.fragment(run_every=POLL_SECONDS)
    def watch() -> None:
        if st.session_state.pop(MOVED, False):
            st.rerun()
        if job.so_far is not None:
            _figure(at, kind, job.so_far, wanted, height=HEIGHT - PROGRESS_HEIGHT)
            return
        with st.container(height=HEIGHT - PROGRESS_HEIGHT, border=False):
            _say(at, kind, TEXTS[kind])

    with st.container(height=HEIGHT, border=False, gap=None):
        with st.container(height=PROGRESS_HEIGHT, border=False):
            jobs.draw(job, key=kind)
        watch()


def _offer_new_epochs(kind: str, wanted: Wanted, maps: Maps) -> None:
    """The run went on: weights are kept that are on no map yet."""
    st.button(
        f"Map the epochs after {maps.epochs[-1]}",
        key=f"go on {kind}",
        type="tertiary",
        on_click=_go_on,
        args=(wanted, maps),
    )


def _after_a_stop(at: LookedAt, kind: str, wanted: Wanted, job: jobs.Job[Maps]) -> None:
    """What was made up to then, and no other map of this kind unasked."""
    st.session_state[WANTED] = set(st.session_state.get(WANTED, ())) - {kind}
    if job.so_far is not None:
        _figure(at, kind, job.so_far, wanted)
    jobs.draw(job, key=kind)
    st.button("Make the map", key=f"again {kind}", on_click=_ask, args=(kind, wanted))


def _say(at: LookedAt, kind: str, text: str) -> None:
    st.html(prose.figure_title(TITLES[kind], f"{at.layer} · {at.picked.split_words}"))
    st.caption(text, help=glossary.markdown("map"))


def _ask(kind: str, wanted: Wanted) -> None:
    st.session_state[WANTED] = {*st.session_state.get(WANTED, ()), kind}
    _start(wanted)


def _go_on(wanted: Wanted, maps: Maps) -> None:
    _start(wanted, maps)


def _start(wanted: Wanted, known: Maps | None = None) -> jobs.Job[Maps]:
    words = "Making the first map" if known is None else "Mapping the new epochs"
    return jobs.session_jobs().start(wanted.kind, wanted.key, wanted.work(known), words)


def _moved(handler: Callable[[Any], None], value: int | None) -> None:
    """Inside the fragment of a job, too, the whole page follows."""
    handler(value)
    st.session_state[MOVED] = True


def _status(at: LookedAt, epochs: np.ndarray) -> np.ndarray:
    """Of the layer's units at kept epochs, uint8 (epoch, unit)."""
    picked = at.picked
    history = run_readers.status_history(picked.run.id, picked.split, picked.version)
    rows = np.searchsorted(history.epochs, epochs, side="right") - 1
    place = [layer.name for layer in picked.run.layers].index(at.layer)
    start = layer_starts(picked.run.layers)[place]
    return history.status[np.maximum(rows, 0), start : start + len(at.reading.erased)]


def _figure(at: LookedAt, kind: str, maps: Maps, wanted: Wanted, *, height: int = HEIGHT) -> None:
    picked = at.picked
    common: dict[str, Any] = {
        "link": picked.link.name,
        "epoch": picked.epoch,
        "end": int(picked.epochs[-1]) if picked.link.end is None else picked.link.end,
    }
    if kind == mapping.SAMPLES:
        samples, rows = at.samples, wanted.rows
        total = picked.run.data_size(picked.split).total
        part = "" if len(rows) == total else f", {len(rows):,} of {total:,}"
        canvas.sample_map(
            sample_map_payload(
                maps.epochs,
                maps.places,
                samples.classes[rows],
                samples.class_names,
                samples.numbers[rows],
                followed=at.follow,
                qualifier=f"{at.layer} · {picked.split}{part}",
                caption=f"Near: {at.layer} tells them alike. A click follows a sample.",
                **common,
            ),
            key="map",
            height=height,
            on_sample=lambda number: _moved(looked_at.toggle_followed, number),
            on_epoch=lambda epoch: _moved(lambda to: change_view(epoch=to), epoch),
        )
        return
    canvas.unit_places(
        unit_places_payload(
            maps.epochs,
            maps.places,
            _status(at, maps.epochs),
            layer=at.layer,
            split=picked.split.value,
            chosen=at.unit,
            qualifier=f"{at.layer} · {picked.split_words}",
            caption="Near: they put the samples in like orders. A click turns to a unit.",
            **common,
        ),
        key="map of units",
        height=height,
        on_unit=lambda unit: _moved(lambda to: looked_at.look(at.layer, to), unit),
        on_epoch=lambda epoch: _moved(lambda to: change_view(epoch=to), epoch),
    )
