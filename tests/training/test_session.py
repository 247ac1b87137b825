"""A run's life in its file: recorded, steered, stopped, resumed."""

import re

import numpy as np
import pytest
import torch

from effdash.config import Change, OptimizerConfig
from effdash.runs import RunWriter, control, open_run
from effdash.training.session import Session, resume, train
from effdash.vocab import RunState, UserError


def at_epoch(wanted: int, act):
    """An `on_epoch` that acts once when an epoch has been recorded."""

    def on_epoch(record, epochs):
        if record.epoch == wanted:
            act()

    return on_epoch


def steered(config, runs, wanted: int, *commands) -> Session:
    """A session that finds commands in its run file once epoch `wanted` is recorded."""
    session = Session.begin(config, runs)

    def send():
        for name, value in commands:
            control.send(session.writer.path, name, value)
        session._poll_due = 0.0  # look at once, so that the test does not depend on how fast epochs are

    session.on_epoch = at_epoch(wanted, send)
    return session


def final_weights(path) -> dict[str, torch.Tensor]:
    run = open_run(path)
    epoch, weights = run.weights(run.last_epoch)
    assert epoch == run.last_epoch
    return weights


def assert_same(one, other) -> None:
    assert one.keys() == other.keys()
    for name in one:
        assert torch.equal(one[name], other[name]), name


def test_a_run_is_recorded_from_before_its_first_step(moons, tmp_path):
    result = train(moons, runs=tmp_path)
    run = open_run(result.path)
    assert (result.state, result.message, result.epochs) == (RunState.FINISHED, None, 12)
    assert run.state == RunState.FINISHED
    assert list(run.epochs()["epoch"]) == list(range(13))
    assert sum(result.units.values()) == 18
    last = run.units(epoch=12, split="train")["status"].value_counts()
    assert {word: int(last[word]) for word in result.units} == result.units
    assert run.epochs()["train_accuracy"].iloc[-1] == pytest.approx(result.train_accuracy)
    assert sorted(path.name for path in tmp_path.iterdir()) == [result.path.name]


def test_epoch_0_is_the_untrained_network(moons, tmp_path):
    from effdash import data, models
    from effdash.observe import unit_status

    result = train(moons, runs=tmp_path)
    sets = data.from_config(moons.data, moons.seed)
    model = models.from_config(moons.network, input_shape=(2,), n_classes=2, seed=moons.seed)
    expected = unit_status(model, sets.X_train)
    recorded = open_run(result.path).units(epoch=0, split="train")
    assert list(recorded["status"]) == list(expected["status"])
    np.testing.assert_allclose(recorded["min"], expected["min"], rtol=1e-5)


def test_planned_changes_are_made_and_written_down(moons, tmp_path):
    config = moons.model_copy(update={"changes": (Change(epoch=5, jumpstart=0.7), Change(epoch=8, lr=0.001))})
    run = open_run(train(config, runs=tmp_path).path)
    epochs = run.epochs().set_index("epoch")
    assert list(epochs["jumpstart"][[0, 4, 5, 12]]) == pytest.approx([0.1, 0.1, 0.7, 0.7])
    assert epochs["lr"][8] < 0.001 < epochs["lr"][7]
    assert run.changes()[["epoch", "field", "value"]].values.tolist() == [
        [5, "jumpstart", 0.7],
        [8, "lr", 0.001],
    ]


@pytest.mark.parametrize("which", ["moons", "batches"])
def test_stopped_and_resumed_equals_never_stopped(which, request, tmp_path):
    config = request.getfixturevalue(which).model_copy(
        update={"changes": (Change(epoch=3, jumpstart=0.5), Change(epoch=9, lr=0.002))}
    )
    whole = train(config, runs=tmp_path)
    stopped = steered(config, tmp_path, 6, ("stop", None)).run()
    assert stopped.state == RunState.INTERRUPTED
    assert stopped.message == f"stopped at epoch 6 of {config.epochs}"
    assert open_run(stopped.path).last_epoch == 6
    resumed = resume(stopped.path)
    assert resumed.state == RunState.FINISHED
    assert_same(final_weights(whole.path), final_weights(resumed.path))
    one, other = open_run(whole.path), open_run(resumed.path)
    columns = ["epoch", "loss", "train_accuracy", "test_accuracy", "jumpstart", "lr"]
    assert one.epochs()[columns].equals(other.epochs()[columns])
    assert np.array_equal(one.status_history("train"), other.status_history("train"))
    assert one.changes()[["epoch", "field", "value"]].equals(other.changes()[["epoch", "field", "value"]])


def test_a_stop_keeps_weights_and_state_of_the_last_whole_epoch(moons, tmp_path):
    config = moons.model_copy(
        update={"epochs": 401, "checkpoints": 3}
    )  # of its own it would keep 0, 200, 401
    stopped = steered(config, tmp_path, 6, ("stop", None)).run()
    assert stopped.epochs == 6
    assert 6 in open_run(stopped.path).checkpoints()
    writer = RunWriter.claim(stopped.path)
    state = writer.read_resume_state()
    writer.close(RunState.INTERRUPTED)
    assert state.epoch == 6


def test_a_run_taken_up_and_stopped_at_once_answers_what_its_file_says(moons, tmp_path, monkeypatch):
    stopped = steered(moons, tmp_path, 6, ("stop", None)).run()
    session = Session.take_up(stopped.path)
    monkeypatch.setattr(session, "_stopping", True)
    again = session.run()
    assert again == stopped
    assert (again.epochs, sum(again.units.values())) == (6, 18)
    assert open_run(again.path).last_epoch == 6


def test_values_turned_by_hand_apply_from_the_next_epoch_and_survive_resuming(moons, tmp_path):
    session = steered(moons, tmp_path, 4, ("jumpstart", 0.9), ("lr", 0.02), ("stop", None))
    stopped = session.run()
    resumed = resume(stopped.path)
    run = open_run(resumed.path)
    epochs = run.epochs().set_index("epoch")
    assert list(epochs["jumpstart"][[4, 5, 12]]) == pytest.approx([0.1, 0.9, 0.9])
    assert epochs["lr"][4] < 0.005 < epochs["lr"][5]
    assert resumed.epochs == 12


def test_a_turned_value_is_in_force_and_marked(moons, tmp_path):
    run = open_run(steered(moons, tmp_path, 4, ("jumpstart", 0.9)).run().path)
    epochs = run.epochs().set_index("epoch")
    assert epochs["jumpstart"][4] == pytest.approx(0.1)
    assert epochs["jumpstart"][5] == pytest.approx(0.9)
    assert run.changes()[["epoch", "field", "value"]].values.tolist() == [[5, "jumpstart", 0.9]]


def test_what_is_turned_in_mid_epoch_counts_from_the_next_one(batches, tmp_path, monkeypatch):
    session = Session.begin(batches, tmp_path)
    train_epoch = session.trainer.train_epoch

    def turn_in_the_fourth(interrupted):
        if session.trainer.epoch == 3:
            control.send(session.writer.path, "jumpstart", 0.7)
            session._poll_due = 0.0
        return train_epoch(interrupted)

    monkeypatch.setattr(session.trainer, "train_epoch", turn_in_the_fourth)
    run = open_run(session.run().path)
    assert run.changes()[["epoch", "field", "value"]].values.tolist() == [[5, "jumpstart", 0.7]]
    assert run.epochs().set_index("epoch")["jumpstart"][4] < 0.1


def test_a_paused_run_waits_steps_and_goes_on(moons, tmp_path, monkeypatch):
    session = steered(moons, tmp_path, 3, ("pause", None))
    seen = []

    def instead_of_sleeping(seconds):
        run = open_run(session.writer.path)
        seen.append((run.state, run.last_epoch))
        control.send(session.writer.path, "step" if len(seen) == 1 else "continue")
        session._poll_due = 0.0

    monkeypatch.setattr("effdash.training.session.time.sleep", instead_of_sleeping)
    result = session.run()
    assert seen == [(RunState.PAUSED, 3), (RunState.PAUSED, 4)]
    assert result.state == RunState.FINISHED
    assert_same(final_weights(result.path), final_weights(train(moons, runs=tmp_path).path))


def test_a_stop_in_mid_epoch_drops_the_unfinished_epoch(batches, tmp_path, monkeypatch):
    session = Session.begin(batches, tmp_path)
    train_epoch = session.trainer.train_epoch

    def stop_in_the_fourth(interrupted):
        if session.trainer.epoch < 3:
            return train_epoch(interrupted)
        session._stopping = True
        return train_epoch(interrupted)

    monkeypatch.setattr(session.trainer, "train_epoch", stop_in_the_fourth)
    stopped = session.run()
    assert (stopped.epochs, stopped.message) == (3, "stopped at epoch 3 of 10")
    assert_same(final_weights(resume(stopped.path).path), final_weights(train(batches, runs=tmp_path).path))


def test_a_nan_stops_the_run_and_keeps_what_came_before(moons, tmp_path):
    config = moons.model_copy(
        update={
            "optimizer": OptimizerConfig(name="sgd", lr=0.01, schedule="constant"),
            "changes": (Change(epoch=6, lr=1e30),),
        }
    )
    result = train(config, runs=tmp_path)
    run = open_run(result.path)
    assert result.state == run.state == RunState.FAILED
    assert "nan" in run.message or "infinite" in run.message
    assert re.search(r"epoch [67]\b", run.message)
    assert "epochs before are kept" in run.message
    assert run.last_epoch >= 5
    assert np.isfinite(run.epochs()["loss"]).all()


def test_a_finished_run_cannot_be_resumed(moons, tmp_path):
    path = train(moons, runs=tmp_path).path
    with pytest.raises(UserError, match="is finished: it has all of its 12 epochs"):
        resume(path)


def test_a_run_of_many_epochs_records_two_hundred(moons, tmp_path):
    run = open_run(train(moons.model_copy(update={"epochs": 401, "checkpoints": 5}), runs=tmp_path).path)
    epochs = list(run.epochs()["epoch"])
    assert epochs[:3] == [0, 1, 3]
    assert epochs[-1] == 401
    assert len(epochs) < 205
    assert len(run.checkpoints()) == 5


def test_the_parent_is_kept(moons, tmp_path):
    first = train(moons, runs=tmp_path)
    second = train(moons, runs=tmp_path, parent=first.run)
    assert open_run(second.path).parent == first.run
