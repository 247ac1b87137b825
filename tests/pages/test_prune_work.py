"""What the Prune page does when somebody acts: pins, locks, amounts, Auto, planes, tables."""

import numpy as np
import pandas as pd
import pytest
import streamlit as st
import torch

from effdash.config import NetworkConfig, RunConfig
from effdash.data.file import Samples
from effdash.data.own import own_config, read_own
from effdash.pruning import METHODS, Choice
from effdash.runs import open_run
from effdash.training.session import train
from effdash.vocab import UserError
from pages.shared import jobs, selection
from pages.shared.prune import audit, baselines, figures, latency, planes, readers, state, toolbar, why
from pages.shared.prune.bench import Bench, plan_of
from pages.shared.prune.recent import Recent
from pages.shared.view import change_view, current_view

LONGEST = 30.0


@pytest.fixture
def session(monkeypatch):
    """A session that has just begun."""
    monkeypatch.setattr(st, "query_params", {})
    monkeypatch.setattr(st, "session_state", {})


@pytest.fixture
def pick(shelf, session):
    """Picks a run as the sidebar does."""
    readers._benches.clear()

    def picked(of: str = "plane") -> selection.Picked:
        shelf.finished(of, of=of)
        change_view(run=of)
        return selection.as_picked(open_run(shelf.path / f"{of}.effdash"), current_view())

    return picked


def plan_for(picked, method: str = "margin") -> readers.Plan:
    job = readers.find_plan(picked, method)
    assert job.wait(LONGEST)
    assert job.problem is None
    return job.result


def present(picked, plan) -> readers.Result:
    return readers.result_of(plan, Choice.from_text(current_view().plan or "margin"))


def test_all_methods_have_words():
    assert set(toolbar.METHOD_WORDS) == set(METHODS)


def test_a_network_is_seen_once_and_a_choice_made_once(pick):
    picked = pick()
    plan = plan_for(picked)
    assert plan_for(picked) is plan
    assert readers.result_of(plan, Choice(amount=3)) is readers.result_of(plan, Choice(amount=3))


def test_what_is_looked_at_again_and_again_is_kept():
    made = Recent(3)
    made.get("latency", lambda: 7)
    for unit in range(5):  # a page that shows the latency, and the evidence of one unit after the other
        assert made.peek("latency") == 7
        made.get(("tellers", unit), lambda: "new")
    assert made.peek(("tellers", 0)) is None


def test_nothing_removed_is_the_network_itself(pick):
    result = readers.result_of(plan_for(pick()), Choice())
    assert result.outcome.units == (12, 12)
    assert result.parameters == result.bench.parameters
    assert all(seen.count == 0 for seen in result.changes.values())
    assert all(before == after for before, after in result.accuracy.values())


def test_a_click_pins_a_unit_and_another_frees_it(pick):
    picked = pick()
    plan = plan_for(picked)
    figures.pin(picked, present(picked, plan), 5)
    after = present(picked, plan)
    assert after.choice.removed == {("fc2", 1)}
    assert after.outcome.removed["fc2"].tolist() == [False, True, False, False]
    figures.pin(picked, after, 5)
    assert present(picked, plan).choice == Choice()
    for _ in range(2):
        state.undo(picked)
    assert current_view().plan is None


def test_a_layer_cannot_be_emptied_by_clicks(pick):
    picked = pick()
    plan = plan_for(picked)
    for unit in range(3):
        figures.pin(picked, present(picked, plan), unit)
    before = current_view().plan
    state.attempt(lambda: figures.pin(picked, present(picked, plan), 3))
    assert "fc1" in state.take_problem()
    assert current_view().plan == before


def test_a_locked_layer_keeps_its_units(pick):
    picked = pick()
    plan = plan_for(picked)
    figures.lock(picked, present(picked, plan), 1)
    toolbar.take(picked, present(picked, plan).choice, 12)
    result = present(picked, plan)
    assert result.choice.locked == {"fc2"}
    assert not result.outcome.removed["fc2"].any()
    assert [int(gone.sum()) for gone in result.outcome.removed.values()] == [3, 0, 3]
    assert result.most == 6
    state.turn(picked, figures.unlocked)
    assert present(picked, plan).choice.locked == frozenset()


def test_auto_is_one_step_that_changes_no_decision_on_train(pick):
    picked = pick()
    plan = plan_for(picked)
    choice = present(picked, plan).choice
    toolbar.start_auto(plan, choice)
    assert jobs.session_jobs().find(toolbar.AUTO, toolbar._auto_key(plan, choice)).wait(LONGEST)
    found = toolbar.finish_auto(picked, plan, choice)
    result = present(picked, plan)
    assert found == result.choice
    assert found.auto
    assert result.changes["train"].count == 0
    assert toolbar.finish_auto(picked, plan, found) is found
    assert state.history("plane").past == [None]


def test_pins_stop_an_auto_that_did_not_know_of_them(pick):
    picked = pick()
    plan = plan_for(picked)
    choice = present(picked, plan).choice
    toolbar.start_auto(plan, choice)
    pinned = choice.pinned("fc1", 0, kept=True)
    assert toolbar.finish_auto(picked, plan, pinned) is pinned
    assert jobs.session_jobs().find(toolbar.AUTO, toolbar._auto_key(plan, choice)) is None


def test_the_table_tells_the_units_in_the_order_in_which_they_went(pick):
    plan = plan_for(pick())
    result = readers.result_of(plan, Choice(amount=6))
    gone = why.rows(result, why.GONE, {("fc1", 0): "odd"})
    in_order = [
        (layer, int(unit))
        for removal in result.outcome.removals
        for layer, units in result.outcome.path.groups[removal.group].sites.items()
        for unit in units[removal.channel]
    ]
    assert list(zip(gone["layer"], gone["unit"], strict=True)) == in_order
    stays, everything = (why.rows(result, which, {}) for which in (why.STAYS, why.ALL))
    assert len(gone) + len(stays) == len(everything) == 12
    pd.testing.assert_frame_equal(everything.head(len(gone)), why.rows(result, why.GONE, {}))
    assert not stays["kept"].eq(False).any()
    assert stays["stage"].eq("kept").all()
    assert not stays["reason"].str.contains("kept|redundant").any()
    noted = why.rows(result, why.ALL, {("fc1", 0): "odd"})
    assert noted.loc[noted["name"] == "fc1 · 0", "note"].tolist() == ["odd"]


def test_curves_come_one_after_the_other_and_the_present_one_is_marked(pick):
    picked = pick()
    result = readers.result_of(plan_for(picked), Choice(amount=6))
    baselines.curves(result)
    job = baselines.known(result)
    assert job.wait(LONGEST)
    curves = baselines.curves(result)
    assert len(curves) == 2 * len(METHODS)
    (chosen,) = (curve for curve in curves if curve.chosen)
    assert chosen is not None
    assert (chosen.name, chosen.compensated) == ("decision margin", True)
    assert all(curve.agreement[0] == 1 for curve in curves)


def test_a_measured_latency_stays_with_its_network(pick):
    result = readers.result_of(plan_for(pick()), Choice(amount=6))
    assert latency.known(result) is None
    result.measure()
    assert all(value > 0 for value in latency.known(result))
    assert latency.sentence(result).startswith("Latency on one thread")
    assert readers.result_of(result.plan, Choice(amount=6)).latency is not None
    assert readers.result_of(result.plan, Choice(amount=5)).latency is None


@pytest.mark.parametrize("asked", [None, "axes", "0,1,2"])
def test_the_decision_function_of_images_is_drawn_on_a_plane(pick, asked):
    bench = plan_for(pick("images")).bench
    ground = planes.ground_of(bench, asked)
    assert ground.before.classes.shape == ground.near.shape
    assert ground.off_plane > 0
    assert ground.near.any()
    same = planes.map_of(readers.result_of(plan_for_bench(bench), Choice()), ground)
    np.testing.assert_array_equal(same.classes, ground.before.classes)


def plan_for_bench(bench) -> readers.Plan:
    return plan_of(bench, "margin")


@pytest.mark.parametrize("asked", ["x", "1,2", "1,2,3,4", "0,1,999999", "-1,2,3", "0,0,0", "1,2," + "9" * 40])
def test_what_is_no_plane_is_said(pick, asked):
    bench = plan_for(pick("images")).bench
    with pytest.raises(UserError):
        planes.ground_of(bench, asked)


def test_an_audit_counts_what_changes_on_other_samples(pick):
    result = readers.result_of(plan_for(pick()), Choice())
    data = result.bench.data
    told = audit.Dropped("mine.csv", Samples(data.X_test, data.y_test)).on(result).sentence()
    assert told.startswith("0 of 15 decisions change; on samples like these at most 21.8 % (95 %).")
    accuracy = result.accuracy["test"][0]
    assert told.endswith(f"Accuracy {accuracy:.3f}, was {accuracy:.3f}.")
    assert "Accuracy" not in audit.Dropped("x.csv", Samples(data.X_test, None)).on(result).sentence()


def test_an_audit_file_is_read_as_the_file_that_the_run_was_trained_on(tmp_path):
    table = tmp_path / "shapes.csv"
    rows = [f"{n % 7},{'red' if n % 3 else 'blue'},{'yes' if n % 2 else 'no'}" for n in range(40)]
    table.write_text("\n".join(["size,colour,kind", *rows]))
    data = read_own(table, label="kind")
    config = own_config(RunConfig(network=NetworkConfig(depth=1, width=4), epochs=1, device="cpu"), data)
    run = open_run(train(config, runs=tmp_path, data=data).path)
    bench = Bench.of(run, 1, run.data())
    samples = audit._read(bench, "new.csv", b"colour,kind,size\nred,no,6\nblue,yes,0\n")
    size, *colours = samples.X.T
    assert torch.allclose(size, (torch.tensor([6.0, 0.0]) - data.mean[0]) / data.scale[0])
    assert (colours[0] != colours[1]).all()
    assert samples.y.tolist() == [0, 1]


def test_an_audit_file_that_does_not_fit_is_said_by_its_name(pick):
    bench = plan_for(pick()).bench
    with pytest.raises(UserError, match=r"^mine\.csv holds samples of shape \(4,\)"):
        audit._read(bench, "mine.csv", b"a,b,c,d\n1,2,3,4\n4,5,6,7\n")
    with pytest.raises(UserError, match=r"^(cannot read )?mine\.txt"):
        audit._read(bench, "../mine.txt", b"hello")
    samples = audit._read(bench, "mine.csv", b"a,b,y\n1,2,0\n4,5,1\n")
    assert samples.X.shape == (2, 2)


def test_the_map_tells_of_a_removed_unit_what_the_table_tells(pick):
    result = readers.result_of(plan_for(pick()), Choice(amount=9))
    told, why_each = figures.reasons(result), result.why
    names = (why_each["layer"] + " · " + why_each["unit"].astype(str)).tolist()
    words = [None if not number else told["stage_words"][number - 1] for number in told["stages"]]
    heirs = [None if number < 0 else names[number] for number in told["heirs"]]
    assert words == [stage if isinstance(stage, str) else None for stage in why_each["stage"]]
    assert heirs == [heir if isinstance(heir, str) else None for heir in why_each["heir"]]
    np.testing.assert_allclose(told["alike"], why_each["pair_order"].to_numpy(float))
