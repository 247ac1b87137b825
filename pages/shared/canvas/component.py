"""Registers the canvases with streamlit and mounts them."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

from effdash.figures.payload import Payload
from pages.shared.canvas.bundle import bundle
from pages.shared.glossary import lines

HTML = '<div class="effdash"></div>'
STYLE = Path(__file__).parent / "canvas.css"

EXPLAINED: Final = {
    "unit_map": ("status", "constant", "wall", "gradient"),
    "status_shares": ("status",),
    "layer_samples": ("dead_sample",),
    "layer_band": ("layer_band", "status", "constant"),
    "sample_efficiency": ("sample_efficiency",),
    "sample_plane": ("silent_sample",),
    "sample_way": ("silent_sample", "dead_sample"),
    "status_band": ("split",),
    "curves": ("chance", "jumpstart"),
    "decision": ("decision",),
    "histogram": ("unit",),
    "class_rows": ("unit",),
    "fold": ("fold",),
    "glance": ("fold",),
    "confusion": ("split",),
    "amount": ("units_kept",),
    "prune_map": ("removed", "pin", "stage", "status"),
    "removal_path": ("removal_path", "chosen_by", "take_over"),
    "widths": ("removed",),
    "decision_change": ("decision", "near_data", "plane"),
    "strips": ("order", "alike"),
    "similarity": ("order_similarity",),
    "face_to_face": ("face_to_face", "order_similarity"),
    "joint_order": ("joint_order", "partners"),
    "depth": ("depth",),
    "sample_map": ("map",),
    "unit_places": ("map",),
}
"""The glossary entries that a figure's `?` opens."""

Handler = Callable[..., None]
"""Given the value, and the number of the gesture where the figure tells that."""


def mount(
    kind: str,
    payload: Payload,
    *,
    key: str,
    height: int,
    shrinks: bool = False,
    on: Mapping[str, Handler | None] | None = None,
    **view: Any,
) -> None:
    """Shows a payload on the canvas of this kind.

    Args:
        kind: the JavaScript module that draws it.
        key: stays the same as long as the figure is the same one, which is then updated in place.
        height: of the whole figure, title included, in pixels; it never changes by itself.
        shrinks: the figure takes less where its content needs less.
        on: what to call when the person did something, by event name; called before the script runs again.
        view: what only this page wants, added to the payload's header.
    """
    handlers = {event: handler for event, handler in (on or {}).items() if handler is not None}
    # An event that nobody listens to would rerun the script all the same: so a figure knows what it may send.
    callbacks = {f"on_{event}_change": _callback(key, event, handler) for event, handler in handlers.items()}
    data = payload.to_bytes(
        height=height,
        sends=sorted(handlers),
        help=lines(*EXPLAINED.get(kind, ())),
        heard=max(_heard(key).values(), default=0),
        **view,
    )
    _component(kind)(key=key, data=data, height="content" if shrinks else height, **callbacks)


@cache
def _component(kind: str) -> Any:
    return st.components.v2.component(
        f"effdash_{kind}", html=HTML, css=STYLE.read_text("utf-8"), js=bundle(kind)
    )


def _callback(key: str, event: str, handler: Handler) -> Callable[[], None]:
    """Tells the handler once, and the canvas that the event with this number was heard (`stage.js`).

    streamlit tells of an event twice where a fragment that runs by itself asks in the same moment.
    """

    def call() -> None:
        told = st.session_state[key].get(event)
        if told is None:
            return
        heard, turn = _heard(key), int(told["turn"])
        if turn <= heard.get(event, 0):
            return
        heard[event] = turn
        handler(int(told["value"]), *(int(told[name]) for name in ("gesture",) if name in told))

    return call


def _heard(key: str) -> dict[str, int]:
    """The number of the last event of each name that a figure was told of; events come in any order."""
    heard: dict[str, int] = st.session_state.setdefault(f"heard of {key}", {})
    return heard
