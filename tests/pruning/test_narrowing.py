"""A path under pins and locks: what goes, what stays, and that what is exact stays exact, twins and all."""

from functools import lru_cache

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from effdash.pruning import (
    Choice,
    Path,
    Reference,
    Stage,
    most,
    narrowed,
    outcome_of,
    plan_removals,
    rebuilt,
    removals_of,
)
from effdash.pruning.narrowing import explained
from effdash.vocab import UserError
from tests.pruning.dense import mlp, samples
from tests.pruning.planting import drawn, plant

PLANTED = ("dense", "linked", "padded", "residual", "pre-activation", "concatenated", "grouped", "tokens")


@lru_cache
def planned(kind: str) -> tuple[Reference, Path]:
    model, X = drawn(kind, seed=2, samples=60)
    plant(model, X, kind)
    reference = Reference.prepare(model, X)
    return reference, plan_removals(reference)


@st.composite
def pins(draw: st.DrawFn, reference: Reference) -> Choice:
    """Any channels of any groups pinned, by one of the units that they stand for; of a group one is free."""
    kept, removed = set(), set()
    for number in reference.prunable:
        group = reference.groups[number]
        free = draw(st.integers(0, group.channels - 1))
        for channel in set(draw(st.lists(st.integers(0, group.channels - 1), max_size=6))) - {free}:
            layer = draw(st.sampled_from(sorted(group.sites)))
            unit = draw(st.sampled_from(group.sites[layer][channel].tolist()))
            (kept if draw(st.integers(0, 2)) == 0 else removed).add((layer, unit))
    return Choice(kept=frozenset(kept), removed=frozenset(removed))


def channels(reference: Reference, units: frozenset[tuple[str, int]]) -> set[tuple[int, int]]:
    """Groups and channels that some units stand for."""
    return {
        (number, channel)
        for number, group in enumerate(reference.groups)
        for layer, numbers in group.sites.items()
        for channel, row in enumerate(numbers.tolist())
        if any((layer, unit) in units for unit in row)
    }


@pytest.mark.parametrize("kind", PLANTED)
@settings(derandomize=True, deadline=None, max_examples=12)
@given(data=st.data())
def test_pins_go_first_or_never_and_a_channel_of_every_group_stays(kind: str, data: st.DataObject) -> None:
    reference, path = planned(kind)
    choice = data.draw(pins(reference))
    along = narrowed(reference, path, choice)
    order = [(one.group, one.channel) for one in along.removals]
    goes, stays = channels(reference, choice.removed), channels(reference, choice.kept)
    assert set(order[: len(goes)]) == goes
    assert {one.pinned for one in along.removals[: len(goes)]} <= {True}
    assert not {one.pinned for one in along.removals[len(goes) :]} & {True}
    assert len(set(order)) == len(order)
    assert not stays & set(order)
    everything = {
        (number, place) for number in reference.prunable for place in range(channels_of(reference, number))
    }
    left = everything - set(order)
    for number in reference.prunable:
        assert any(group == number for group, _ in left)
    exact = {(one.group, one.channel) for one in along.removals if one.stage is not Stage.REDUNDANT}
    for one in along.removals:
        if one.stage is not Stage.REDUNDANT:
            assert (one.group, one.heir) not in exact
    for step, one in enumerate(along.removals):
        if one.stage is Stage.REDUNDANT:
            assert (one.group, one.heir) not in order[: step + 1]


def channels_of(reference: Reference, number: int) -> int:
    return reference.groups[number].channels


@pytest.mark.parametrize("kind", PLANTED)
@settings(derandomize=True, deadline=None, max_examples=12)
@given(data=st.data())
def test_what_is_pinned_as_removed_goes_as_if_it_were_asked_for_alone(kind: str, data: st.DataObject) -> None:
    reference, path = planned(kind)
    choice = data.draw(pins(reference))
    assume(choice.removed)
    units: dict[str, list[int]] = {}
    for layer, unit in choice.removed:
        units.setdefault(layer, []).append(unit)
    asked = removals_of(reference, units)
    # Least squares leaves open, up to its ridge, which of several twins takes over.
    for compensate, tolerance in ((False, 1e-9), (True, 1e-4)):
        outcome = outcome_of(reference, path, choice.compensating(compensate))
        expected = rebuilt(reference, asked.removals, compensate=compensate)
        scale = np.abs(expected.logits).max()
        assert np.abs(outcome.rebuilt.logits - expected.logits).max() <= tolerance * scale
        gone = {(one.group, one.channel) for one in outcome.removals}
        assert gone == {(one.group, one.channel) for one in asked.removals}


@pytest.mark.parametrize("kind", PLANTED)
@settings(derandomize=True, deadline=None, max_examples=12)
@given(data=st.data())
def test_what_is_exact_stays_exact_whatever_is_pinned(kind: str, data: st.DataObject) -> None:
    """Pins move heirs: one that is to go hands itself to its twins, one that outlives its heir inherits."""
    reference, path = planned(kind)
    along = narrowed(reference, path, data.draw(pins(reference)))
    exact = [one for one in along.removals if one.stage is not Stage.REDUNDANT]
    count = data.draw(st.integers(0, len(exact)))
    some = [exact[place] for place in data.draw(st.permutations(range(len(exact))))[:count]]
    network = rebuilt(reference, some, compensate=False)
    assert np.abs(network.logits - reference.logits).max() <= 1e-9


def test_a_twin_that_stays_inherits_from_its_heir() -> None:
    """Units 2 and 4 are twins of unit 1, which is the loudest."""
    reference, path = twins()
    assert {(one.channel, one.heir) for one in path.removals if one.stage is Stage.TWIN} == {(2, 1), (4, 1)}
    kept = narrowed(reference, path, Choice(kept=frozenset({("0", 4)})))
    assert {(one.channel, one.heir) for one in kept.removals if one.stage is Stage.TWIN} == {(1, 4), (2, 4)}
    gone = narrowed(reference, path, Choice(removed=frozenset({("0", 1)})))
    first = gone.removals[0]
    assert (first.channel, first.stage, first.heir, first.pinned) == (1, Stage.TWIN, 4, True)
    both = narrowed(reference, path, Choice(removed=frozenset({("0", 1), ("0", 4)})))
    assert {(one.channel, one.heir) for one in both.removals if one.pinned} == {(1, 2), (4, 2)}
    # The twin that inherited takes the place of its heir in what follows.
    place = [one.channel for one in path.removals].index(1)
    assert [one.channel for one in gone.removals].index(4) == place
    everyone = narrowed(reference, path, Choice(removed=frozenset({("0", 1), ("0", 2), ("0", 4)})))
    assert [one.stage for one in everyone.removals[:3]] == [Stage.TWIN, Stage.TWIN, Stage.REDUNDANT]


def twins() -> tuple[Reference, Path]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(6)
        model = nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 2)).double()
    with torch.no_grad():
        for parameter in (model[0].weight, model[0].bias):
            parameter[1] *= 4
            parameter[2] = parameter[1] / 8
            parameter[4] = parameter[1] / 2
    X = torch.randn(50, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    reference = Reference.prepare(model, X)
    return reference, plan_removals(reference)


def test_of_a_layer_of_dead_units_another_stays_where_the_one_left_is_to_go() -> None:
    model = mlp().double()
    with torch.no_grad():
        model[2].bias[:] = -1e3
    reference = Reference.prepare(model, samples().double())
    path = plan_removals(reference)
    left = next(iter(set(range(6)) - {one.channel for one in path.removals if one.group == 1}))
    along = narrowed(reference, path, Choice(removed=frozenset({("2", left)})))
    assert (along.removals[0].channel, along.removals[0].stage) == (left, Stage.DEAD)
    assert sum(one.group == 1 for one in along.removals) == 5


def test_the_unit_that_a_plan_leaves_can_be_pinned_as_removed() -> None:
    reference, path = planned("dense")
    number = reference.prunable[0]
    (layer,) = reference.groups[number].sites
    gone = {one.channel for one in path.removals if one.group == number}
    last = next(channel for channel in range(8) if channel not in gone)
    along = narrowed(reference, path, Choice(removed=frozenset({(layer, last)})))
    assert along.removals[0].channel == last
    assert sum(one.group == number for one in along.removals) == 7


def test_of_a_locked_layer_nothing_goes_but_what_is_pinned() -> None:
    reference, path = planned("dense")
    layers = [layer.name for layer in reference.layers]
    locked = Choice(locked=frozenset(layers))
    assert narrowed(reference, path, locked).removals == ()
    assert most(reference, path, locked) == 0
    along = narrowed(reference, path, locked.pinned(layers[1], 6, kept=False))
    assert [(one.group, one.channel, one.pinned) for one in along.removals] == [(1, 6, True)]


def test_where_nothing_is_fixed_the_path_stays_as_it_is() -> None:
    reference, path = planned("dense")
    assert narrowed(reference, path, Choice(amount=3)) is path


def test_all_joint_orders_are_there_once_they_are_asked_for() -> None:
    reference, path = planned("residual")
    layer = reference.layers[0].name
    along = narrowed(reference, path, Choice(removed=frozenset({(layer, 0)}), kept=frozenset({(layer, 6)})))
    assert any(one.joint_order is None for one in along.removals if one.stage is Stage.REDUNDANT)
    told = explained(reference, along)
    assert all(one.joint_order is not None for one in told.removals if one.stage is Stage.REDUNDANT)
    assert "tell its order" in " ".join(told.table()["reason"])
    assert explained(reference, path) is path
    untouched = {one.channel: one.joint_order for one in path.removals if one.group == 1}
    assert {one.channel: one.joint_order for one in told.removals if one.group == 1} == untouched


# ---------------------------------------------------------------------- what cannot be


def coupled(reference: Reference) -> list[tuple[str, int]]:
    """Units of two layers that go or stay together."""
    group = next(
        reference.groups[number] for number in reference.prunable if len(reference.groups[number].sites) > 1
    )
    return [(layer, int(units[0, 0])) for layer, units in group.sites.items()][:2]


def test_pins_that_contradict_each_other_through_coupling_are_told() -> None:
    reference, path = planned("residual")
    one, other = coupled(reference)
    choice = Choice(removed=frozenset({one}), kept=frozenset({other}))
    with pytest.raises(
        UserError, match=rf"{one[0]} · 0 is pinned as removed, but {other[0]} · 0, which goes with"
    ):
        narrowed(reference, path, choice)


@pytest.mark.parametrize(
    ("choice", "why"),
    [
        (Choice(kept=frozenset({("fc9", 0)})), "layer 'fc9' is not in this model; it has fc1, fc2, fc3"),
        (Choice(removed=frozenset({("fc1", 8)})), "layer 'fc1' has no unit 8; it has 8"),
        (Choice(locked=frozenset({"nope"})), "layer 'nope' is not in this model"),
        (Choice(removed=frozenset(("fc2", unit) for unit in range(8))), "all units of layer 'fc2' are to go"),
        (Choice("l1"), "the choice is by 'l1', but the path by 'margin'"),
    ],
)
def test_what_does_not_fit_the_network_is_told(choice: Choice, why: str) -> None:
    reference, path = planned("dense")
    with pytest.raises(UserError, match=why):
        narrowed(reference, path, choice)
