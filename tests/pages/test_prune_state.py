"""What is to be pruned, in the address, with its steps; and a person's notes."""

from types import SimpleNamespace

import pytest
import streamlit as st

from effdash.pruning import Choice
from effdash.vocab import RunState, UserError
from pages.shared.prune import state
from pages.shared.prune.state import History
from pages.shared.view import change_view, current_view


@pytest.fixture
def picked(monkeypatch):
    """As much of `Picked` as the plan looks at, in a session that has just begun."""
    monkeypatch.setattr(st, "query_params", {})
    monkeypatch.setattr(st, "session_state", {})
    return SimpleNamespace(run=SimpleNamespace(id="a"), view=current_view())


def present(picked) -> Choice:
    picked.view = current_view()
    return state.asked(picked)


def test_nothing_is_removed_at_first(picked):
    assert present(picked) == Choice()
    assert st.query_params == {}


def test_a_choice_is_in_the_address_and_read_from_it(picked):
    choice = Choice(amount=7, kept=frozenset({("fc1", 3)}), locked=frozenset({"fc2"}))
    state.decide(picked, choice)
    assert st.query_params["plan"] == choice.to_text()
    assert present(picked) == choice


def test_ten_steps_are_undone_and_done_again(picked):
    for amount in range(1, 11):
        state.decide(picked, Choice(amount=amount))
    for amount in range(9, -1, -1):
        state.undo(picked)
        assert present(picked).amount == amount
    assert "plan" not in st.query_params
    state.undo(picked)
    assert present(picked) == Choice()
    for amount in range(1, 11):
        state.redo(picked)
        assert present(picked).amount == amount
    state.redo(picked)
    assert present(picked).amount == 10


def test_a_new_step_forgets_what_was_undone(picked):
    state.decide(picked, Choice(amount=1))
    state.decide(picked, Choice(amount=2))
    state.undo(picked)
    state.decide(picked, Choice(amount=5))
    state.redo(picked)
    assert present(picked).amount == 5
    state.undo(picked)
    assert present(picked).amount == 1


def test_the_same_choice_is_no_step(picked):
    state.decide(picked, Choice(amount=1))
    state.decide(picked, Choice(amount=1))
    state.undo(picked)
    assert present(picked) == Choice()


def test_every_run_has_its_own_steps(picked):
    state.decide(picked, Choice(amount=1))
    other = SimpleNamespace(run=SimpleNamespace(id="b"), view=picked.view)
    state.undo(other)
    assert present(picked).amount == 1


def test_a_drag_is_one_step():
    history = History()
    history.step(None, gesture=1)
    history.step("n1", gesture=1)
    history.step("n2", gesture=1)
    assert history.past == [None]
    history.step("n3", gesture=2)
    assert history.past == [None, "n3"]
    history.step("n4")
    history.step("n5", gesture=2)
    assert history.past == [None, "n3", "n4", "n5"]
    assert history.undo("n6") == "n5"
    history.step("n5", gesture=2)
    assert history.past == [None, "n3", "n4", "n5"]


def bench(weights: str, checkpoint: int = 6) -> SimpleNamespace:
    return SimpleNamespace(weights=weights, checkpoint=checkpoint)


def test_a_plan_names_the_weights_that_it_is_of_and_is_refused_for_others(picked):
    picked.state = RunState.FINISHED
    state.bind(picked, bench("aaaaaaaa"))
    state.decide(picked, Choice(amount=7))
    assert st.query_params["weights"] == "aaaaaaaa"
    assert "epoch" not in st.query_params
    present(picked)
    state.require_same_weights(picked, bench("aaaaaaaa"))
    with pytest.raises(UserError, match="it was made of other weights than this run has at epoch 6"):
        state.require_same_weights(picked, bench("bbbbbbbb"))
    assert state.history("a").past == []
    state.undo(picked)
    state.drop(picked, UserError("other weights"))
    assert "weights" not in st.query_params


def test_another_epoch_is_looked_at_with_the_same_plan(picked):
    picked.state = RunState.FINISHED
    state.bind(picked, bench("aaaaaaaa"))
    state.decide(picked, Choice(amount=7))
    change_view(epoch=3)
    assert present(picked).amount == 7
    state.require_same_weights(picked, bench("bbbbbbbb", 3))


def test_a_plan_of_a_run_that_still_trains_names_the_epoch(picked):
    picked.state = RunState.RUNNING
    state.bind(picked, bench("aaaaaaaa"))
    state.decide(picked, Choice(amount=7))
    assert (st.query_params["epoch"], st.query_params["weights"]) == ("6", "aaaaaaaa")


def test_what_is_no_plan_is_refused(picked):
    st.query_params["plan"] = "nonsense-x"
    with pytest.raises(UserError):
        present(picked)
    state.drop(picked, UserError("it is no plan"))
    assert present(picked) == Choice()


def test_what_cannot_be_done_is_kept_as_a_sentence_and_told_once(picked):
    def refuse() -> None:
        raise UserError("fc1 would vanish")

    state.attempt(refuse)
    assert state.take_problem() == "fc1 would vanish"
    assert state.take_problem() is None
    state.attempt(lambda: state.decide(picked, Choice(amount=1)))
    assert state.take_problem() is None
    assert present(picked).amount == 1


def test_notes_are_kept_and_an_empty_one_is_none(picked):
    state.note("a", "fc1", 3, "  odd  ")
    state.note("a", "fc1", 4, "x")
    state.note("a", "fc1", 4, "   ")
    assert state.notes("a") == {("fc1", 3): "odd"}
    assert state.notes("b") == {}
