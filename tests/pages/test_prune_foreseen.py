"""Networks that take long to be rebuilt: told nearly at once, exactly as soon as a thread has found it."""

import numpy as np
import pytest
import streamlit as st

from effdash.pruning import Choice, turned
from effdash.runs import open_run
from pages.shared import selection
from pages.shared.prune import foreseen, numbers, readers
from pages.shared.view import change_view, current_view

LONGEST = 30.0


@pytest.fixture
def plan(shelf, monkeypatch):
    """The plan of a run, in a session that has just begun, for a network that counts as slow."""
    monkeypatch.setattr(st, "query_params", {})
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(foreseen, "SLOW_SECONDS", -1.0)
    monkeypatch.setattr(foreseen, "SLOW_PLAN_SECONDS", -1.0)
    readers._benches.clear()
    shelf.finished("plane", of="plane")
    change_view(run="plane")
    picked = selection.as_picked(open_run(shelf.path / "plane.effdash"), current_view())
    job = readers.find_plan(picked, "margin")
    assert job.wait(LONGEST)
    return job.result


class Held:
    """Stands in for the thread, as long as it is not let go."""

    running, problem = True, None

    def __init__(self, work, words) -> None:
        self.work = work

    def let_go(self) -> None:
        self.work(lambda *_: None)
        self.running = False

    def wait(self, seconds) -> None:
        self.let_go()


@pytest.fixture
def thread(monkeypatch):
    monkeypatch.setattr(foreseen, "Job", Held)
    return lambda: st.session_state[foreseen.MAKING][1]


def words(result) -> dict[str, str]:
    return {number.name: f"{number.value} {number.of}" for number in numbers.numbers_of(result)}


def test_a_click_is_told_nearly_and_then_exactly(plan, thread):
    reference = plan.bench.reference
    before, awaited = foreseen.result_at_once(plan, Choice(amount=3), None)
    assert not isinstance(before, foreseen.Foreseen)  # nothing stood before: this one is waited for
    assert awaited
    thread().let_go()
    choice = turned(reference, before.outcome, "fc2", 1)
    near, awaited = foreseen.result_at_once(plan, choice, None)
    assert awaited
    assert isinstance(near, foreseen.Foreseen)
    assert foreseen.seen(near) is before
    told = words(near)
    assert told["decisions changed, train"].startswith("≈ ")
    assert told["decisions changed, train"].endswith("approximate")
    assert told["accuracy, train"].startswith("≈ 0.")
    assert told["decisions changed, test"].startswith("… ")
    thread().let_go()
    exact, awaited = foreseen.result_at_once(plan, choice, None)
    assert not awaited
    assert not isinstance(exact, foreseen.Foreseen)
    for layer, gone in exact.outcome.removed.items():
        np.testing.assert_array_equal(near.outcome.removed[layer], gone)
    assert near.outcome.units == exact.outcome.units
    assert words(exact)["units kept"] == told["units kept"]
    assert "…" not in " ".join(words(exact).values())
    # All training samples of this small network were looked at, and one layer alone was solved anew.
    assert near.near.total == len(near.near.rows) == exact.changes["train"].samples
    assert abs(near.near.changes.count - exact.changes["train"].count) <= 0.1 * near.near.total


def test_more_clicks_than_one_are_counted_and_nothing_is_made_up(plan, thread):
    before, _ = foreseen.result_at_once(plan, Choice(amount=2), None)
    thread().let_go()
    far, awaited = foreseen.result_at_once(plan, Choice(amount=7), None)
    assert awaited
    assert far.near is None
    assert far.outcome.units == readers.result_of(plan, Choice(amount=7)).outcome.units
    assert words(far)["accuracy, train"].startswith("…")
    assert foreseen.seen(far) is before


def test_one_network_is_made_at_a_time_and_the_latest_in_the_end(plan, thread):
    foreseen.result_at_once(plan, Choice(amount=2), None)
    first = thread()
    first.let_go()
    foreseen.result_at_once(plan, Choice(amount=3), None)
    second = thread()
    assert second is not first
    for amount in (4, 5):
        _, awaited = foreseen.result_at_once(plan, Choice(amount=amount), None)
        assert awaited
        assert thread() is second
    second.let_go()
    foreseen.result_at_once(plan, Choice(amount=5), None)
    thread().let_go()
    result, awaited = foreseen.result_at_once(plan, Choice(amount=5), None)
    assert (result.choice.amount, awaited) == (5, False)
    assert plan.bench.made.peek(("result", Choice(amount=4))) is None


def test_the_whole_page_waits_for_the_exact_one(plan, thread):
    foreseen.result_at_once(plan, Choice(amount=2), None)
    thread().let_go()
    foreseen.result_at_once(plan, Choice(amount=3), None)
    exact = foreseen.exact_result(plan, Choice(amount=3))
    assert exact is readers.result_of(plan, Choice(amount=3))
    assert not thread().running


def test_a_quick_network_is_told_exactly(plan, monkeypatch):
    monkeypatch.setattr(foreseen, "SLOW_SECONDS", 60.0)
    monkeypatch.setattr(foreseen, "SLOW_PLAN_SECONDS", 60.0)
    result, awaited = foreseen.result_at_once(plan, Choice(amount=6), None)
    assert not awaited
    assert result is readers.result_of(plan, Choice(amount=6))
    assert foreseen.MAKING not in st.session_state
