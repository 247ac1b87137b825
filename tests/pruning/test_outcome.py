"""What a choice gives: as much as asked for, by hand and by auto, with widths rounded; clicks; reasons."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import effdash as ed
from effdash.decision import compare, logits_of
from effdash.pruning import (
    Choice,
    Outcome,
    Path,
    Reference,
    Stage,
    agreement_along,
    alone,
    changes_of,
    clicked,
    find_auto,
    most,
    narrowed,
    outcome_of,
    plan_removals,
    rebuilt,
    removals_of,
    why_table,
)
from effdash.pruning.auto import ALL_STAY
from effdash.pruning.outcome import OTHERS_STAY
from effdash.vocab import UserError
from tests.pruning.planting import drawn, plant


@lru_cache
def moons() -> tuple[Reference, Path]:
    """A network that tells two moons apart, wider than it needs to be."""
    data = ed.load_data("moons", seed=0)
    model = ed.build_model(
        "rectangular", input_shape=(2,), n_classes=2, depth=2, width=16, activation="relu", seed=0
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(data.X_train), data.y_train).backward()
        optimizer.step()
    reference = Reference.prepare(model, data)
    return reference, plan_removals(reference)


@lru_cache
def residual() -> tuple[Reference, Path]:
    """Two layers and more are coupled in it."""
    model, X = drawn("residual", seed=3, samples=60)
    plant(model, X, "residual")
    reference = Reference.prepare(model, (X, None, X[:20] * 1.1, None))
    return reference, plan_removals(reference)


def gone(outcome: Outcome) -> set[tuple[str, int]]:
    return {(layer, int(unit)) for layer, units in outcome.removed.items() for unit in np.flatnonzero(units)}


# ---------------------------------------------------------------------- amounts


def test_without_pins_an_amount_is_the_beginning_of_the_path() -> None:
    reference, path = moons()
    for amount in (0, 1, 9, 30):
        outcome = outcome_of(reference, path, Choice(amount=amount))
        assert outcome.removals == path.removals[:amount]
        assert outcome.units == (32 - amount, 32)
        expected = rebuilt(reference, path.removals[:amount]).logits
        np.testing.assert_array_equal(outcome.rebuilt.logits, expected)
        np.testing.assert_allclose(
            logits_of(outcome.rebuilt.model, reference.X), outcome.rebuilt.logits, atol=1e-9, rtol=1e-9
        )
        widths = outcome.widths()
        assert widths["left"].sum() == 32 - amount
        assert widths["units"].tolist() == [16, 16]


def test_pinned_units_count_and_go_beyond_the_amount() -> None:
    reference, path = moons()
    pins = frozenset(("fc1", unit) for unit in (0, 3, 7))
    outcome = outcome_of(reference, path, Choice(amount=1, removed=pins))
    assert gone(outcome) == pins
    more = outcome_of(reference, path, Choice(amount=10, removed=pins))
    assert len(gone(more)) == 10
    assert gone(more) > pins
    assert more.path.removals[:10] == more.removals


def test_an_outcome_is_remembered_and_says_what_became_of_the_decisions() -> None:
    reference, path = moons()
    outcome = outcome_of(reference, path, Choice(amount=28))
    assert outcome_of(reference, path, Choice(amount=28)) is outcome
    changes = changes_of(reference, outcome)
    assert list(changes) == ["train", "test"]
    assert reference.X_test is not None
    before, after = (logits_of(model, reference.X_test) for model in (reference.model, outcome.rebuilt.model))
    assert changes["test"].count == compare(before, after).count
    assert changes["train"].samples == len(reference.X)


def test_coupled_units_go_together_and_no_more_than_asked_for() -> None:
    reference, path = residual()
    for amount in range(0, most(reference, path, Choice()) + 1, 7):
        outcome = outcome_of(reference, path, Choice(amount=amount))
        rows = len(gone(outcome))
        assert rows == len(path.table().query("step <= @outcome.removals.__len__()"))
        assert amount - 4 <= rows <= amount


def test_more_than_can_go_is_told() -> None:
    reference, path = moons()
    assert most(reference, path, Choice()) == 30
    told = outcome_of(reference, path, Choice(amount=31)).notes
    assert "31 units were to go, but only 30 can: no layer vanishes" in told
    kept = Choice(amount=31, kept=frozenset({("fc1", 0)}))
    assert any(
        note.endswith("and what is pinned as kept or locked stays")
        for note in outcome_of(reference, path, kept).notes
    )


@pytest.mark.parametrize("choice", [Choice(amount=5), Choice(auto=True)])
def test_where_all_layers_are_locked_nothing_goes_and_that_is_told(choice: Choice) -> None:
    reference, path = moons()
    outcome = outcome_of(reference, path, replace(choice, locked=frozenset({"fc1", "fc2"})))
    assert outcome.units == (32, 32)
    assert "all layers are locked, so nothing goes but what is pinned as removed" in outcome.notes


# ---------------------------------------------------------------------- widths


@settings(derandomize=True, deadline=None, max_examples=25)
@given(amount=st.integers(0, 30), multiple=st.integers(2, 9), is_residual=st.booleans())
def test_widths_are_rounded_up_with_as_few_units_as_will_do(
    amount: int, multiple: int, is_residual: bool
) -> None:
    reference, path = residual() if is_residual else moons()
    exactly = outcome_of(reference, path, Choice(amount=amount))
    rounded = outcome_of(reference, path, Choice(amount=amount, multiple=multiple))
    assert gone(rounded) <= gone(exactly)
    for row, before in zip(rounded.widths().itertuples(), exactly.widths().itertuples(), strict=True):
        assert row.left % multiple == 0 or row.left == row.units
        if not is_residual:
            assert row.left - before.left < multiple
    assert rounded.path.removals[: len(rounded.removals)] == rounded.removals
    assert {one.channel for one in rounded.path.removals} == {one.channel for one in exactly.path.removals}


def test_units_pinned_as_removed_do_not_come_back_for_a_multiple() -> None:
    reference, path = moons()
    choice = Choice(removed=frozenset({("fc1", 2)}), multiple=8)
    outcome = outcome_of(reference, path, choice)
    assert gone(outcome) == {("fc1", 2)}
    assert (
        "fc1 keeps 15 units, no multiple of 8, as units pinned as removed do not come back" in outcome.notes
    )


# ---------------------------------------------------------------------- auto


def test_auto_obeys_pins_locks_and_multiples_and_keeps_all_decisions() -> None:
    reference, path = moons()
    plain = find_auto(reference, path, Choice())
    first = path.removals[path.exact]
    kept = (*reference.groups[first.group].sites,)[0], first.channel
    for choice in (
        Choice(),
        Choice(kept=frozenset({kept})),
        Choice(removed=frozenset({kept})),
        Choice(locked=frozenset({"fc2"})),
        Choice(multiple=4),
        Choice(compensate=False),
    ):
        found = find_auto(reference, path, choice)
        assert found == replace(choice, amount=found.amount, auto=True)
        outcome = outcome_of(reference, path, found)
        assert changes_of(reference, outcome)["train"].count == 0
        if choice.compensate:
            assert plain.amount // 3 < found.amount
        assert not gone(outcome) & choice.kept
        assert gone(outcome) >= choice.removed
        assert not {layer for layer, _ in gone(outcome)} & choice.locked


def test_auto_tells_how_far_it_is_and_can_be_stopped() -> None:
    reference, path = moons()
    heard: list[tuple[int, int]] = []
    find_auto(reference, path, Choice(), on_step=lambda done, of: heard.append((done, of)))
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert all(done <= of for done, of in heard)
    assert heard[-1][0] == heard[-1][1]

    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_auto(reference, path, Choice(), on_step=stop)
    with pytest.raises(KeyboardInterrupt):
        plan_removals(reference, on_step=stop)


def test_planning_tells_how_far_it_is() -> None:
    reference, path = moons()
    heard: list[tuple[int, int]] = []
    assert plan_removals(reference, on_step=lambda *step: heard.append(step)).removals == path.removals
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert heard[-1][0] == heard[-1][1]


@lru_cache
def bent() -> tuple[Reference, Path]:
    """Its two units are the two sides of a bend: without either, some decision has to change."""
    model = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    with torch.no_grad():
        model[0].weight[:] = torch.tensor([[1.0], [-1.0]])
        model[0].bias[:] = torch.tensor([-1.0, -1.0])
        model[2].weight[:] = torch.tensor([[1.0, 1.0]])
        model[2].bias[:] = -1.0
    reference = Reference.prepare(model, torch.linspace(-4, 4, 81)[:, None])
    return reference, plan_removals(reference)


def test_where_the_first_unit_changes_a_decision_auto_keeps_all_and_says_so() -> None:
    reference, path = bent()
    choice = find_auto(reference, path, Choice())
    assert choice == Choice(amount=0, auto=True)
    assert ALL_STAY in outcome_of(reference, path, choice).notes


def test_beside_pinned_units_auto_may_find_none_to_go() -> None:
    torch.manual_seed(0)
    reference, path = moons()
    pinned = frozenset(("fc2", unit) for unit in range(15))
    choice = find_auto(reference, path, Choice(removed=pinned, locked=frozenset({"fc1"})))
    assert choice.amount == 15
    assert OTHERS_STAY not in outcome_of(reference, path, choice).notes  # there is none left that could go
    choice = find_auto(reference, path, Choice(removed=pinned, compensate=False))
    if choice.amount == 15:
        assert OTHERS_STAY in outcome_of(reference, path, choice).notes


# ---------------------------------------------------------------------- clicks


@pytest.mark.parametrize("make", [moons, residual])
def test_clicks_turn_one_unit_and_those_coupled_with_it_and_no_other(make: "lru_cache") -> None:
    reference, path = make()
    rng = np.random.default_rng(0)
    outcome = outcome_of(reference, path, Choice(amount=most(reference, path, Choice()) // 2))
    sites = [(layer, unit) for layer, units in outcome.removed.items() for unit in range(len(units))]
    for _ in range(25):
        layer, unit = sites[rng.integers(len(sites))]
        try:
            choice = clicked(reference, outcome, layer, unit)
        except UserError:
            continue
        after = outcome_of(reference, path, choice)
        turned = gone(after) ^ gone(outcome)
        if outcome.choice.pin(layer, unit) is None and choice.pin(layer, unit) is not None:
            assert (layer, unit) in turned
            assert choice.pin(layer, unit) == ("removed" if outcome.removed[layer][unit] == 0 else "kept")
        freed = {one.channel for one in outcome.removals if one.stage is not Stage.REDUNDANT}
        assert len({channel_of(reference, *one) for one in turned}) <= 1 or freed
        outcome = after


def channel_of(reference: Reference, layer: str, unit: int) -> tuple[int, int]:
    number = next(n for n, group in enumerate(reference.groups) if unit in group.sites.get(layer, ()))
    return number, int(np.flatnonzero((reference.groups[number].sites[layer] == unit).any(axis=1))[0])


def test_a_second_click_gives_a_unit_back_to_the_plan() -> None:
    reference, path = moons()
    start = outcome_of(reference, path, Choice(amount=12))
    layer, unit = sorted(gone(start))[3]
    back = outcome_of(reference, path, clicked(reference, start, layer, unit))
    assert back.choice == Choice(amount=11, kept=frozenset({(layer, unit)}))
    assert gone(start) - gone(back) == {(layer, unit)}
    again = clicked(reference, back, layer, unit)
    assert gone(outcome_of(reference, path, again)) == gone(start)
    assert again == Choice(amount=12)


def test_a_unit_that_the_plan_keeps_comes_back_alone_when_its_pin_goes() -> None:
    reference, path = moons()
    start = outcome_of(reference, path, Choice(amount=12))
    late = path.removals[25]
    layer = (*reference.groups[late.group].sites,)[0]
    pinned = outcome_of(reference, path, clicked(reference, start, layer, late.channel))
    assert gone(pinned) - gone(start) == {(layer, late.channel)}
    assert gone(start) <= gone(pinned)
    assert clicked(reference, pinned, layer, late.channel) == start.choice


def test_a_click_that_would_make_a_layer_vanish_is_refused() -> None:
    reference, path = moons()
    pinned = frozenset(("fc1", unit) for unit in range(15))
    outcome = outcome_of(reference, path, Choice(removed=pinned))
    with pytest.raises(UserError, match="all units of fc1 are to go"):
        clicked(reference, outcome, "fc1", 15)
    with pytest.raises(UserError, match="layer 'fc9' is not in this model"):
        clicked(reference, outcome, "fc9", 0)


def test_alone_is_the_original_without_a_unit_and_the_pruned_network_with_it() -> None:
    reference, path = moons()
    outcome = outcome_of(reference, path, Choice(amount=26))
    removal = outcome.removals[-1]
    layer = (*reference.groups[removal.group].sites,)[0]
    found = alone(reference, outcome, layer, removal.channel)
    without = rebuilt(reference, removals_of(reference, {layer: [removal.channel]}).removals)
    assert found.goes is not None and found.turned is not None
    np.testing.assert_array_equal(found.goes["train"].after, without.logits.argmax(axis=1))
    with_it = rebuilt(reference, outcome.removals[:-1])
    np.testing.assert_allclose(
        found.turned["train"].margin_left, compare(reference.logits, with_it.logits).margin_left, atol=1e-6
    )
    kept = next(unit for unit in range(16) if not outcome.removed[layer][unit])
    assert alone(reference, outcome, layer, kept).turned is not None


# ---------------------------------------------------------------------- why


def test_every_unit_says_why_it_goes_or_stays() -> None:
    reference, path = moons()
    last = next(
        unit
        for unit in range(16)
        if ("fc1", unit) not in gone(outcome_of(reference, path, Choice(amount=30)))
    )
    choice = Choice(
        amount=14,
        kept=frozenset({("fc1", (last + 1) % 16)}),
        removed=frozenset({("fc1", (last + 2) % 16)}),
        multiple=4,
    )
    outcome = outcome_of(reference, path, choice)
    table = why_table(reference, outcome).set_index(["layer", "unit"])
    assert len(table) == 32
    assert set(table.index[~table["kept"]]) == gone(outcome)
    reasons = table["reason"]
    assert reasons["fc1", (last + 1) % 16] == "kept: pinned as kept"
    assert reasons["fc1", (last + 2) % 16].endswith("pinned as removed")
    assert reasons["fc1", last] == "kept: the last that the plan leaves of fc1"
    assert table["pin"].dropna().tolist() in (["kept", "removed"], ["removed", "kept"])
    kept = reasons[table["kept"]]
    assert kept.str.match(r"kept: (pinned|the path ended|the last|makes the width)").all()
    rounded = outcome_of(reference, path, Choice(amount=13, multiple=8))
    assert (
        why_table(reference, rounded)["reason"]
        .str.contains("makes the width of its layer a multiple of 8")
        .any()
    )
    locked = outcome_of(reference, path, Choice(amount=5, locked=frozenset({"fc2"})))
    by_unit = why_table(reference, locked).query("layer == 'fc2'")
    assert set(by_unit["reason"]) == {"kept: its layer is locked"}


def test_coupled_units_say_what_holds_them() -> None:
    reference, path = residual()
    group = next(
        reference.groups[number] for number in reference.prunable if len(reference.groups[number].sites) > 1
    )
    (one, units), (other, others) = list(group.sites.items())[:2]
    outcome = outcome_of(reference, path, Choice(kept=frozenset({(one, int(units[7, 0]))})))
    reasons = why_table(reference, outcome).set_index(["layer", "unit"])["reason"]
    assert (
        reasons[other, int(others[7, 0])]
        == f"kept: coupled with {one} · {units[7, 0]}, which is pinned as kept"
    )
    locked = outcome_of(reference, path, Choice(locked=frozenset({one})))
    reasons = why_table(reference, locked).set_index(["layer", "unit"])["reason"]
    assert reasons[other, 0] == f"kept: coupled with {one}, which is locked"


# ---------------------------------------------------------------------- curves


def test_the_curve_of_a_path_is_the_agreement_of_its_networks() -> None:
    reference, path = moons()
    amounts = [30, 0, 7, 7, 99]
    assert reference.X_test is not None
    for split, X in (("train", reference.X), ("test", reference.X_test)):
        for compensate in (True, False):
            found = agreement_along(reference, path, amounts, compensate=compensate, split=split)
            expected = [
                compare(
                    logits_of(reference.model, X),
                    logits_of(rebuilt(reference, path.removals[:amount], compensate=compensate).model, X),
                ).agreement
                for amount in amounts
            ]
            np.testing.assert_allclose(found, expected)
    assert found[1] == 1


def test_there_is_no_curve_on_what_is_not_there() -> None:
    reference, path = bent()
    with pytest.raises(UserError, match="the data have no test part"):
        agreement_along(reference, path, [0], split="test")
    with pytest.raises(UserError, match="split 'audit' is unknown; there are train and test"):
        agreement_along(reference, path, [0], split="audit")


def test_a_narrowed_path_is_of_another_method_only_where_it_is() -> None:
    reference, path = moons()
    assert narrowed(reference, path, Choice(amount=3)) is path
