"""Two runs beside each other at one epoch: what differs in their settings, and the same figures of both."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import streamlit as st

from effdash.figures import curves_payload
from effdash.runs import RunSummary
from effdash.runs.differences import Settings, different_samples, titles
from pages.shared import canvas, model_readers, page, prose, readers, unit_card
from pages.shared.selection import LIVE, Picked
from pages.shared.unit_overview import chosen_unit, draw_map, draw_shares, locate, telling_unit
from pages.shared.view import change_view, open_run_view, stand_beside, swap_runs

MAP_HEIGHT: Final = 430
SHARES_HEIGHT: Final = 170
CURVES_HEIGHT: Final = 290
LONGEST_IN_TITLE: Final = 26
"""Letters of a run's name in the title of a figure, which has to tell the epoch as well."""
DIFFERENT_NETWORKS: Final = "Different networks: units of one name share nothing else."


def draw(first: Picked, second: Picked) -> None:
    """The same of both in every row, so that a row compares, also where columns stack."""
    _bar(first, second)
    words = _titles(first, second)
    for (picked, _), differs in zip(_columns(first, second), words, strict=True):
        _heading(picked, differs)
    for picked, side in _columns(first, second):
        draw_map(picked, key=f"map {side}", height=MAP_HEIGHT, title=f"Unit map of {_short(picked)}")
    with st.container(key="units beside"):
        _units(first, second)
    for picked, side in _columns(first, second):
        draw_shares(
            picked, key=f"shares {side}", height=SHARES_HEIGHT, title=f"Share of units of {_short(picked)}"
        )
    for (picked, side), other in zip(_columns(first, second), (second, first), strict=True):
        _curves(picked, other, key=f"curves {side}")


def _columns(first: Picked, second: Picked) -> Iterator[tuple[Picked, str]]:
    """Both runs, each within its column of a row, and what tells its figures' keys from the other's."""
    for column, picked, side in zip(
        st.columns(2, gap="medium"), (first, second), ("left", "right"), strict=True
    ):
        with column:
            yield picked, side


def _bar(first: Picked, second: Picked) -> None:
    """What both have in common, and what can be done with the two."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(prose.literal(_in_common(first, second)), width="content")
        st.space("stretch")
        for picked, other in ((first, second), (second, first)):
            if picked.state in LIVE and picked.config is not None:
                _steering(picked, other)
        # The sidebar has to follow, so the whole page runs again, not only the fragment around.
        if st.button("Swap"):
            swap_runs(second.run.id, first.run.id)
            st.rerun()
        if st.button("Close the second"):
            stand_beside(None)
            st.rerun()


def _steering(picked: Picked, other: Picked) -> None:
    pressed = st.button(
        f"Steer “{prose.literal(_short(picked))}”",
        key=f"steer {picked.run.id}",
        help="λ, learning rate, pause and stop of this run, on the Train page.",
    )
    if pressed:
        swap_runs(picked.run.id, other.run.id)
        st.switch_page(page.PAGES["train"])


def _in_common(first: Picked, second: Picked) -> str:
    one, other = first.config, second.config
    if one is None or other is None:
        return _of_foreign_runs(first, second)
    differs = different_samples(one, other)
    shared = [one.data.name] if differs is None else []
    if one.network == other.network and first.run.layers == second.run.layers:
        shared.append(prose.network_words(one.network, pruned=first.run.graph is not None))
    sentences = [f"Both: {'; '.join(shared)}."] if shared else []
    if differs is not None:
        sentences.append(differs)
    if first.run.layers != second.run.layers:
        sentences.append(DIFFERENT_NETWORKS)
    return " ".join(sentences)


def _of_foreign_runs(first: Picked, second: Picked) -> str:
    """What can be said of two runs of which effdash did not train one."""
    names = [prose.plain(each.data) for each in _summaries(first, second)]
    sentences = [
        f"Both: {names[0]}; whether the samples are the same is not known."
        if names[0] == names[1]
        else f"Different data, {names[0]} and {names[1]}: the statuses are not on the same samples."
    ]
    if first.run.layers != second.run.layers:
        sentences.append(DIFFERENT_NETWORKS)
    return " ".join(sentences)


def _titles(first: Picked, second: Picked) -> tuple[str, str]:
    """What differs in their settings; of runs that effdash did not train, data and network."""
    one, other = (_settings(picked) for picked in (first, second))
    if one is not None and other is not None:
        return titles(one, other)
    words = [f"{each.data}; {each.network}" for each in _summaries(first, second)]
    return prose.plain(words[0]), prose.plain(words[1])


def _summaries(first: Picked, second: Picked) -> list[RunSummary]:
    return [readers.summary(picked.run.id, picked.version) for picked in (first, second)]


def _short(picked: Picked) -> str:
    return prose.plain(picked.run.name, LONGEST_IN_TITLE)


def _settings(picked: Picked) -> Settings | None:
    config = picked.config
    if config is None:
        return None
    changes = readers.changes_table(picked.run.id, picked.version)
    return Settings(config, changes, pruned=picked.run.graph is not None)


def _heading(picked: Picked, differs: str) -> None:
    findings = model_readers.findings(picked.run.id, picked.split, picked.version)
    sentence = findings[0].sentence if findings else ""
    planned = picked.planned_epochs
    state = f"{picked.state}, epoch {picked.version.last_epoch}" + (f" of {planned}" if planned else "")
    st.html(
        prose.run_heading(prose.plain(picked.run.name), differs, state, sentence[:1].upper() + sentence[1:])
    )


def _units(first: Picked, second: Picked) -> None:
    """The unit that the address names, in each network that has it."""
    if chosen_unit(first) is None and chosen_unit(second) is None:
        first, second = _turned_to_a_telling_unit(first, second)
    view = first.view
    name = f"{view.layer} · {view.unit}"
    for picked, side in _columns(first, second):
        index = chosen_unit(picked)
        if index is None:
            st.caption(f"“{prose.markdown(name)}” is not a unit of this network.")
            continue
        unit_card.draw_briefly(picked, index, key=f"band {side}")
        label = f"Whole card in “{prose.markdown(picked.run.name)}”"
        icon = ":material/arrow_forward:"
        if st.button(label, key=f"whole card {side}", type="tertiary", icon=icon, icon_position="right"):
            open_run_view(picked.run.id)
            change_view(epoch=view.epoch, layer=view.layer, unit=view.unit)
            st.rerun()


def _turned_to_a_telling_unit(first: Picked, second: Picked) -> tuple[Picked, Picked]:
    """Both at a unit of the first that is worth looking at, where none is chosen, or none has the name."""
    view = first.view
    asked = [str(part) for part in (view.layer, view.unit) if part is not None]
    if asked:
        name = prose.markdown(" · ".join(asked))
        st.warning(f"“{name}” is not a unit of these networks; this is another one.")
    place, unit = locate(first.run.layers, telling_unit(first))
    view = replace(view, layer=first.run.layers[place].name, unit=unit)
    return replace(first, view=view), replace(second, view=view)


def _curves(picked: Picked, other: Picked, *, key: str) -> None:
    canvas.curves(
        curves_payload(
            readers.epochs_table(picked.run.id, picked.version),
            readers.changes_table(picked.run.id, picked.version),
            link=picked.link.name,
            epoch=picked.epoch,
            end=picked.link.end,
            chance=model_readers.chance(picked.run.id, picked.run.incarnation),
            beside=readers.epochs_table(other.run.id, other.version),
            title=f"Training of {_short(picked)}",
        ),
        key=key,
        height=CURVES_HEIGHT,
        on_epoch=lambda epoch: change_view(epoch=epoch),
    )
