"""What a choice gives: as much as asked for, by hand and by auto, with widths rounded."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effdash.decision import compare, logits_of
from effdash.pruning import Choice, changes_of, find_auto, most, outcome_of, plan_removals, rebuilt
from effdash.pruning.auto import ALL_STAY
from effdash.pruning.exact import exact_removals
from effdash.pruning.outcome import OTHERS_STAY, PINS_CHANGE
from effdash.pruning.steps import Steps
from tests.pruning.planned import bent, gone, moons, residual


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


def test_planning_can_be_stopped_before_the_exact_stages_are_over() -> None:
    reference, _ = moons()
    assert len(reference.prunable) > 1
    heard = []

    def stop(done: int, of: int) -> None:
        heard.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exact_removals(reference, steps=Steps(stop, of=9))
    assert heard == [1]


def test_where_the_first_unit_changes_a_decision_auto_keeps_all_and_says_so() -> None:
    reference, path = bent()
    choice = find_auto(reference, path, Choice())
    assert choice == Choice(amount=0, auto=True)
    assert ALL_STAY in outcome_of(reference, path, choice).notes


@pytest.mark.parametrize(("pinned", "told"), [(2, OTHERS_STAY), (0, PINS_CHANGE)])
def test_beside_a_pinned_unit_auto_may_find_none_to_go_and_says_why(pinned: int, told: str) -> None:
    """Its first two units are the sides of a bend; the third is dead."""
    reference, path = bent(dead=1)
    choice = find_auto(reference, path, Choice(removed=frozenset({("0", pinned)})))
    assert choice.amount == 1
    outcome = outcome_of(reference, path, choice)
    assert gone(outcome) == {("0", pinned)}
    assert told in outcome.notes
    assert (changes_of(reference, outcome)["train"].count > 0) == (told == PINS_CHANGE)


def test_where_none_is_left_that_could_go_auto_tells_nothing() -> None:
    reference, path = moons()
    pinned = frozenset(("fc2", unit) for unit in range(15))
    choice = find_auto(reference, path, Choice(removed=pinned, locked=frozenset({"fc1"})))
    assert choice.amount == 15
    assert not {OTHERS_STAY, PINS_CHANGE} & {*outcome_of(reference, path, choice).notes}
