"""The layer of the chosen unit over the epochs, and what becomes of single samples.

Of each split a run follows at most 1,024 samples one by one; where the split has more, every figure says so.
"""

from typing import Final

import numpy as np
import streamlit as st

from effdash.figures import layer_band_payload, sample_efficiency_payload, sample_way_payload
from effdash.figures.sample_way import Answer
from effdash.figures.status import layer_starts
from effdash.vocab import UserError
from pages.shared import canvas, glossary, prose, readers, sample_readers, silent_samples
from pages.shared.followed import Followed, follow, followed_words, is_chain
from pages.shared.selection import Picked
from pages.shared.unit_overview import locate, unit_shown
from pages.shared.view import change_view

BAND_HEIGHT: Final = 330
EFFICIENCY_HEIGHT: Final = 170
WAY_HEIGHT: Final = 370
SKIPPED: Final = (
    "Not told for this network: connections may skip its layers, and a sample that is dead at one goes round "
    "it. Nor is sample efficiency defined for it."
)


def draw(picked: Picked) -> None:
    """The silent samples, one sample's way, and sample efficiency."""
    followed = follow(picked)
    if followed.chain and _has_a_figure(followed):
        left, right = st.columns(2, gap="medium")
    else:
        left = right = st.container()
    with left:
        if followed.chain:
            silent_samples.draw(followed)
        else:
            st.html(prose.figure_title("Silent samples", followed_words(picked)))
            st.caption(SKIPPED, help=glossary.markdown("sample_efficiency"))
    with right:
        _choice(followed)
        _way(followed)
    if is_chain(picked):
        _efficiency(picked)


def _has_a_figure(followed: Followed) -> bool:
    return followed.ever_silent or (followed.values is not None and followed.values.on_plane)


def draw_layer(picked: Picked) -> None:
    """The layer of the unit that is shown, over the epochs."""
    place, unit = locate(picked.run.layers, unit_shown(picked))
    layer = picked.run.layers[place]
    start = layer_starts(picked.run.layers)[place]
    units = slice(start, start + layer.units)
    history = readers.status_history(picked.run.id, picked.split, picked.version)
    frames = readers.map_frames(picked.run.id, picked.split, picked.version, picked.row)
    frame_of_epoch = np.searchsorted(frames.places, np.arange(len(history.epochs)), side="right") - 1
    canvas.layer_band(
        layer_band_payload(
            history.epochs,
            history.status[:, units],
            layer=layer.name,
            split=picked.split_words,
            link=picked.link.name,
            epoch=picked.epoch,
            end=picked.link.end,
            chosen=unit,
            constant=frames.constant[:, units][frame_of_epoch],
        ),
        key="layer band",
        height=BAND_HEIGHT,
        on_unit=lambda within: change_view(layer=layer.name, unit=within),
        on_epoch=lambda epoch: change_view(epoch=epoch),
    )


def _efficiency(picked: Picked) -> None:
    canvas.sample_efficiency(
        sample_efficiency_payload(
            readers.status_history(picked.run.id, picked.split, picked.version).epochs,
            sample_readers.efficiency(picked.run.id, picked.split, picked.version),
            split=followed_words(picked),
            link=picked.link.name,
            epoch=picked.epoch,
            end=picked.link.end,
        ),
        key="sample efficiency",
        height=EFFICIENCY_HEIGHT,
        on_epoch=lambda epoch: change_view(epoch=epoch),
    )


def _choice(followed: Followed) -> None:
    """Any of the samples, by number."""
    key = f"sample after {followed.picked.split} {followed.number}"
    st.selectbox(
        "Sample",
        range(len(followed.numbers)),
        index=followed.chosen,
        format_func=followed.name_of,
        key=key,
        on_change=lambda: change_view(sample=int(followed.numbers[st.session_state[key]])),
        label_visibility="collapsed",
    )


def _way(followed: Followed) -> None:
    """What each layer does with the chosen sample, and what the network answers to it."""
    picked, values = followed.picked, followed.values
    epoch, passage = _passage(followed)
    status = sample_readers.point_status(picked.run.id, picked.nearest(epoch), picked.split, picked.version)
    images = None if values is None else values.images([followed.chosen])
    taken = "" if epoch == picked.shown_epoch else "weights of "
    canvas.sample_way(
        sample_way_payload(
            picked.run.layers,
            [layer.kind for layer in picked.run.layers],
            status[:, followed.chosen],
            sample=followed.number,
            taken=f"{picked.split} · {taken}epoch {epoch}",
            firing=None if passage is None else passage.firing,
            answer=_answer(followed, passage),
            chain=followed.chain,
            image=None if images is None else images[0],
        ),
        key="sample way",
        height=WAY_HEIGHT,
    )


def _passage(followed: Followed) -> tuple[int, sample_readers.Passage | None]:
    """The chosen sample in the network at the nearest kept epoch, and which epoch; without weights the shown.

    All that is told of the way is taken at that epoch, so that statuses and counts of units belong together.
    """
    picked = followed.picked
    try:
        epoch = picked.kept_weights
        run = picked.run
        return epoch, sample_readers.passage(run.id, run.incarnation, epoch, picked.split, followed.number)
    except UserError:
        return picked.shown_epoch, None


def _answer(followed: Followed, passage: sample_readers.Passage | None) -> Answer | None:
    """What the network answers to the chosen sample; `None` where nobody knows, or there are no classes."""
    values = followed.values
    if passage is None or values is None or not followed.picked.run.n_classes:
        return None
    answered = int(passage.probabilities.argmax())
    truth = int(values.classes[followed.chosen])
    names = values.class_names
    return Answer(
        names[answered], float(passage.probabilities[answered]), names[truth], is_right=answered == truth
    )
