"""What is seen of a choice: the map, the path, the decision function before and after, and the widths."""

from contextlib import suppress
from typing import Any, Final, NamedTuple

import numpy as np
import streamlit as st

from effdash.figures import (
    decision_change_payload,
    prune_map_payload,
    removal_path_payload,
    widths_payload,
)
from effdash.figures.plane import Points
from effdash.pruning import Choice, Stage, clicked
from effdash.pruning.reference import why_locked
from effdash.vocab import Split, UserError
from pages.shared import canvas, page, readers
from pages.shared.prune import baselines, planes, state
from pages.shared.prune.bench import Bench
from pages.shared.prune.foreseen import Foreseen
from pages.shared.prune.readers import Result
from pages.shared.selection import Picked
from pages.shared.unit_overview import chosen_unit, locate

MAP_HEIGHT: Final = 400
PATH_HEIGHT: Final = 230
TRIPLE_HEIGHT: Final = 360
WIDTHS_HEIGHT: Final = 190


def prepare(picked: Picked, result: Result) -> None:
    """All that takes time, before anything is drawn: what comes in one go is painted in one go."""
    _ = result.leaving, result.most, reasons(result)
    with suppress(UserError):  # `draw_decision` says it
        planes.map_of(result, planes.ground_of(result.bench, picked.view.plane))


def draw_map(
    picked: Picked, result: Result, *, on_pin: canvas.OnUnit, on_look: canvas.OnUnit, on_lock: canvas.OnLayer
) -> None:
    """Every unit, kept or removed; a click pins it, a click on a layer's name locks the layer."""
    choice, outcome = result.choice, result.outcome
    layers = picked.run.layers
    canvas.prune_map(
        prune_map_payload(
            layers,
            readers.status_history(picked.run.id, picked.split, picked.version).status[picked.row],
            np.concatenate([outcome.removed[layer.name] for layer in layers]),
            split=picked.split_words,
            link=result.bench.link,
            pinned_kept=numbers_of(result.bench, choice.kept),
            pinned_removed=numbers_of(result.bench, choice.removed),
            locked=[place for place, layer in enumerate(layers) if layer.name in choice.locked],
            stuck=result.bench.made.get("stuck", lambda: _stuck(result.bench)),
            **reasons(result),
            amount=choice.amount,
            goes_at=result.leaving if choice.multiple == 1 else None,
            selected=chosen_unit(picked),
        ),
        key="prune map",
        height=MAP_HEIGHT,
        on_pin=on_pin,
        on_look=on_look,
        on_lock=on_lock,
    )


def draw_pins(picked: Picked, result: Result) -> None:
    """What takes all pins and locks off again."""
    choice = result.choice
    pins = len(choice.kept) + len(choice.removed)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            f"Clear {pins} pins" if pins > 1 else "Clear pins",
            type="tertiary",
            key="clear pins",
            disabled=not pins,
            on_click=lambda: state.turn(picked, Choice.without_pins),
        )
        st.button(
            "Unlock layers",
            type="tertiary",
            disabled=not choice.locked,
            on_click=lambda: state.turn(picked, unlocked),
        )


def pin(picked: Picked, result: Result, unit: int) -> None:
    """What a click on a unit means: it goes, it comes back, or it is free again.

    Raises:
        UserError: it cannot go, or its layer would vanish.
    """
    place, within = locate(picked.run.layers, unit)
    bench = result.bench
    state.decide(picked, clicked(bench.reference, result.outcome, picked.run.layers[place].name, within))


def lock(picked: Picked, result: Result, place: int) -> None:
    """Locks a layer, whose units then stay, or unlocks it."""
    choice, layer = result.choice, picked.run.layers[place].name
    state.decide(picked, choice.locking(layer, layer not in choice.locked))


def unlocked(choice: Choice) -> Choice:
    """The same with all layers unlocked."""
    for layer in choice.locked:
        choice = choice.locking(layer, False)
    return choice


def draw_path(result: Result, *, on_amount: canvas.OnAmount) -> None:
    """The same answers against the share removed, of all methods; a click takes the amount."""
    bench, choice = result.bench, result.choice
    seen = result.changes[bench.told_on]
    canvas.removal_path(
        removal_path_payload(
            baselines.curves(result),
            amount=choice.amount,
            most=result.most,
            units=result.outcome.units[1],
            split=bench.told_on.value,
            samples=seen.samples,
            link=bench.link,
            exact=result.outcome.path.exact,
            auto=choice.amount if choice.auto else None,
            agreement=None if isinstance(result, Foreseen) else seen.agreement,
        ),
        key="removal path",
        height=PATH_HEIGHT,
        on_amount=on_amount,
    )


def draw_decision(picked: Picked, result: Result) -> None:
    """The decision function before and after, and where they differ."""
    bench = result.bench
    try:
        ground = planes.ground_of(bench, picked.view.plane)
        after = planes.map_of(result, ground)
    except UserError as error:
        page.complain(error)
        return
    kept, units = result.outcome.units
    points = bench.made.get(("points", picked.view.plane), lambda: _points(bench, ground))
    canvas.decision_change(
        decision_change_payload(
            ground.before,
            after,
            near=ground.near,
            class_names=bench.data.class_names,
            units=(units, kept),
            train=points.train,
            test=points.test,
            anchors=points.anchors,
            changed=(_changed(result, Split.TRAIN), _changed(result, Split.TEST)),
            off_plane=ground.off_plane,
        ),
        key="decision change",
        height=TRIPLE_HEIGHT,
    )


def draw_widths(picked: Picked, result: Result) -> None:
    """How wide each layer was and is."""
    layers, removed = picked.run.layers, result.outcome.removed
    canvas.widths(
        widths_payload(
            layers,
            np.array([int((~removed[layer.name]).sum()) for layer in layers]),
            locked=[place for place, layer in enumerate(layers) if layer.name in result.choice.locked],
        ),
        key="widths",
        height=WIDTHS_HEIGHT,
    )


def numbers_of(bench: Bench, units: frozenset[tuple[str, int]]) -> list[int]:
    """Units of layers, numbered over all layers."""
    return sorted(bench.starts[layer] + unit for layer, unit in units)


def _stuck(bench: Bench) -> list[str]:
    """Why nothing of a layer can go, a text each; empty where something can."""
    reference = bench.reference
    words = {layer.name: "" for layer in reference.layers}
    for number, group in enumerate(reference.groups):
        if number not in reference.prunable:
            words |= dict.fromkeys(group.sites, why_locked(group))
    return list(words.values())


def reasons(result: Result) -> dict[str, Any]:
    """What the map says of a removed unit: by which stage it went, who takes over, and how alike they are."""
    return result.made.get("reasons", lambda: _reasons(result))


def _reasons(result: Result) -> dict[str, Any]:
    """Of the removals themselves: the table of reasons, which says the same, takes longer."""
    starts, path = result.bench.starts, result.outcome.path
    n_units = result.outcome.units[1]
    stages, heirs = np.zeros(n_units, np.uint8), np.full(n_units, -1, np.int64)
    alike = np.full(n_units, np.nan)
    words = [str(stage) for stage in Stage]
    for step, removal in enumerate(result.outcome.removals, start=1):
        for layer, units in path.groups[removal.group].sites.items():
            gone = starts[layer] + units[removal.channel]
            stages[gone] = 1 + words.index(removal.stage)
            if removal.heir is not None:
                heirs[gone] = starts[layer] + units[removal.heir]
            if removal.pair_order is not None:
                alike[gone] = removal.pair_order
        for layer, unit in path.along.get(step, ()):
            stages[starts[layer] + unit] = 1 + words.index(removal.stage)
    return {"stage_words": words, "stages": stages, "heirs": heirs, "alike": alike}


class Drawn(NamedTuple):
    """The samples that are drawn on a plane, by what they are there for."""

    train: Points | None = None
    test: Points | None = None
    anchors: Points | None = None


def _changed(result: Result, split: Split) -> np.ndarray:
    """The samples whose decision changed."""
    seen = result.changes.get(split)
    return np.empty(0, np.int64) if seen is None else seen.which


def _points(bench: Bench, ground: planes.Ground) -> Drawn:
    """The samples where they lie on the plane; else those through which it goes."""
    data, plane = bench.data, ground.plane
    if data.input_shape == (2,):
        return Drawn(
            (plane.coordinates(data.X_train), data.y_train.numpy()),
            (plane.coordinates(data.X_test), data.y_test.numpy()),
        )
    if not plane.anchors:
        return Drawn()
    anchors = list(plane.anchors)
    return Drawn(anchors=(plane.coordinates(data.X_train[anchors]), data.y_train[anchors].numpy()))
