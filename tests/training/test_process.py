"""The trainer's own process: started, steered, killed, and taken up again."""

import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from effdash.config import NetworkConfig, RunConfig
from effdash.data import as_dataset, load_data
from effdash.data.own import own_config
from effdash.runs import control, open_run
from effdash.training.process import TrainerProcess
from effdash.training.session import resume, train
from effdash.vocab import RunState, UserError


def wait_for(condition, seconds: float = 60.0):
    """The first true answer of `condition`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


@pytest.fixture(autouse=True)
def no_trainer_left_behind(monkeypatch):
    """Ends every trainer that a test started, also where the test fails."""
    pids = []
    started = TrainerProcess.__init__

    def noted(self):
        started(self)
        pids.append(self.pid)

    monkeypatch.setattr(TrainerProcess, "__init__", noted)
    yield
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def long_run() -> RunConfig:
    return RunConfig(network=NetworkConfig(depth=3, width=6), epochs=100_000, device="cpu")


def test_a_run_trains_in_its_own_process_and_can_be_stopped(tmp_path):
    process = TrainerProcess()
    assert process.waiting
    run_id = process.train(long_run(), tmp_path)
    assert not process.waiting
    path = tmp_path / f"{run_id}.effdash"
    wait_for(lambda: open_run(path).last_epoch)
    assert open_run(path).state == RunState.RUNNING
    control.send(path, "stop")
    wait_for(lambda: open_run(path).state == RunState.INTERRUPTED)
    assert open_run(path).message.startswith("stopped at epoch ")
    wait_for(lambda: list(tmp_path.iterdir()) == [path])


def test_an_impossible_order_is_answered_in_a_sentence(tmp_path):
    with pytest.raises(UserError, match="nonsense"):
        TrainerProcess().train(RunConfig(network=NetworkConfig(activation="nonsense")), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_waiting_process_goes_with_its_parent():
    process = TrainerProcess()
    process.close()
    wait_for(lambda: not psutil.pid_exists(process.pid))


def test_a_pace_is_kept(tmp_path):
    run_id = TrainerProcess().train(long_run(), tmp_path, pace=20.0)
    path = tmp_path / f"{run_id}.effdash"
    wait_for(lambda: open_run(path).last_epoch)
    control.send(path, "step")
    wait_for(lambda: open_run(path).state == RunState.PAUSED)
    before = open_run(path).last_epoch
    control.send(path, "step")
    wait_for(lambda: open_run(path).last_epoch == before + 1)
    control.send(path, "stop")
    wait_for(lambda: open_run(path).state == RunState.INTERRUPTED)


def test_killed_at_random_moments_nothing_committed_is_lost_and_resuming_is_exact(tmp_path):
    """A shorter sibling of `benchmarks/kill_a_hundred.py`."""
    config = RunConfig(network=NetworkConfig(depth=3, width=6), epochs=3000, device="cpu")
    chance = random.Random(0)
    process = TrainerProcess()
    path = tmp_path / f"{process.train(config, tmp_path)}.effdash"
    kills = 0
    while kills < 2:
        time.sleep(chance.uniform(0, 0.4))
        run = open_run(path)
        if run.state == RunState.FINISHED:
            break
        seen = run.recorded_epochs
        kill(process.pid)
        kills += 1
        run = open_run(path)
        assert run.state == RunState.INTERRUPTED
        assert run.recorded_epochs[: len(seen)] == seen
        process = TrainerProcess()
        process.resume(path)
    wait_for(lambda: open_run(path).state == RunState.FINISHED)
    assert kills == 2
    whole = train(config, runs=tmp_path)
    _, expected = open_run(whole.path).weights(3000)
    _, actual = open_run(path).weights(3000)
    assert all(torch.equal(actual[name], expected[name]) for name in expected)
    assert open_run(path).epochs()["loss"].equals(open_run(whole.path).epochs()["loss"])


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not psutil.pid_exists(pid))


def test_a_running_run_is_not_taken_up_twice(tmp_path):
    run_id = TrainerProcess().train(long_run(), tmp_path)
    path = tmp_path / f"{run_id}.effdash"
    with pytest.raises(UserError, match=run_id):
        resume(path)
    with pytest.raises(UserError, match=run_id):
        TrainerProcess().resume(path)
    control.send(path, "stop")
    wait_for(lambda: open_run(path).state == RunState.INTERRUPTED)


def test_data_go_along_with_the_order(tmp_path):
    """They are larger than a pipe takes at once."""
    X = np.random.default_rng(0).normal(size=(3000, 10))
    data = as_dataset((X, np.arange(3000) % 2, X[:50], np.arange(50) % 2))
    config = own_config(long_run().model_copy(update={"epochs": 1}), data)
    path = tmp_path / f"{TrainerProcess().train(config, tmp_path, data=data)}.effdash"
    wait_for(lambda: open_run(path).state == RunState.FINISHED)
    assert torch.equal(open_run(path).data().X_train, data.X_train)


def test_data_that_cannot_be_trained_on_let_the_process_go():
    process = TrainerProcess()
    data = replace(load_data("moons"), class_names=())
    with pytest.raises(UserError, match="have no classes"):
        process.train(long_run(), Path(), data=data)
    assert not process.waiting
