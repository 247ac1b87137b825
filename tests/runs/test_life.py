"""A trainer lives and dies; what it committed stays, and nobody is taken for a trainer who is none."""

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from effdash.runs import RunWriter, open_run
from effdash.runs import writer as writer_module
from effdash.runs.ownership import SILENCE_SECONDS, Owner
from effdash.vocab import RunState, UserError

TRAINERS = Path(__file__).with_name("trainers.py")


def run_trainers(*arguments: object) -> list[str]:
    command = [sys.executable, str(TRAINERS), *(str(argument) for argument in arguments)]
    found = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr
    return found.stdout.splitlines()


def own(path: Path, owner: Owner) -> None:
    """Makes `owner` the trainer that a file names."""
    with closing(sqlite3.connect(path)) as connection, connection:
        columns = "host = ?, boot = ?, pid = ?, started = ?, heartbeat = ?"
        connection.execute(f"UPDATE run SET state = 'running', {columns}", owner)


@pytest.mark.parametrize(("how", "seed"), [("kill", 1), ("kill", 2), ("kill-without-wal", 3)])
def test_killed_trainers_lose_nothing(tmp_path, how, seed):
    """Eight kills at random moments; every later trainer goes on with a killed one's file."""
    run_trainers(how, tmp_path, 2, 4, seed)
    for file in range(2):
        path = tmp_path / f"run-{file}.effdash"
        log = tmp_path / f"run-{file}.committed"
        said = [int(epoch) for epoch in log.read_text().split()] if log.exists() else []
        if not path.exists():
            assert said == []
            continue
        run = open_run(path)
        # An epoch may have been committed in the moment before it could be said.
        assert run.recorded_epochs[: len(said)] == said == list(range(len(said)))
        assert len(run.recorded_epochs) <= len(said) + 1
        assert (run.state, run.message) == (RunState.INTERRUPTED, "its trainer is gone")
        epochs, values = run.history("max")
        assert np.array_equal(values, np.repeat(epochs[:, None], 200, axis=1))
        assert np.array_equal(run.status_history(), values % 3)
        assert run.epochs().loss.tolist() == run.recorded_epochs
        beside = [name.name for name in tmp_path.iterdir() if name.name.startswith(f"{path.name}-")]
        assert beside == [], "the first opening makes one file of it"
        writer = RunWriter.claim(path)
        assert open_run(path).state == RunState.RUNNING
        writer.close(RunState.FINISHED)


def test_one_of_many_claims_wins(make_finished, tmp_path):
    path = make_finished(tmp_path, "raced")
    answers = run_trainers("race", path, 4, 3)
    for start in (0, 4, 8):
        claimed, *refused = sorted(answers[start : start + 4])
        assert claimed == "claimed"
        assert len(refused) == 3
        assert all("run 'raced' is being trained by process" in answer for answer in refused)
    assert open_run(path).state == RunState.INTERRUPTED


def test_a_run_that_is_trained_cannot_be_claimed(writer):
    with pytest.raises(UserError, match=f"run 'one' is being trained by process {os.getpid()} on"):
        RunWriter.claim(writer.path)


def test_a_claim_goes_on_where_the_run_was(make_finished, tmp_path, record_of):
    path = make_finished(tmp_path, "again")
    writer = RunWriter.claim(path)
    assert open_run(path).state == RunState.RUNNING
    writer.epoch(record_of(5))
    writer.close(RunState.FINISHED)
    assert open_run(path).recorded_epochs == [0, 1, 4, 5]


def test_a_trainer_that_was_replaced_notices(writer, record_of, monkeypatch):
    # The first trainer's connection stays open.
    monkeypatch.setattr(writer_module, "CLOSING_SECONDS", 0.1)
    writer.epoch(record_of(0))
    own(writer.path, Owner("elsewhere", "boot", 1, 0.0, time.time() - SILENCE_SECONDS - 1))
    second = RunWriter.claim(writer.path)
    with pytest.raises(UserError, match="another trainer has taken the run over"):
        writer.epoch(record_of(1))
    second.epoch(record_of(1))
    second.close(RunState.FINISHED)
    assert open_run(writer.path).recorded_epochs == [0, 1]


def test_an_owner_on_this_host_is_asked_for_its_process():
    here = Owner.here()
    assert here.alive
    assert not here._replace(started=here.started - 60).alive, "another process has this number now"
    assert not here._replace(boot="another").alive
    assert not here._replace(pid=2**22 + 1).alive
    assert here._replace(heartbeat=0.0).alive, "a process that is there needs no heartbeat"


def test_a_killed_process_nobody_asked_for_is_gone():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    import psutil

    owner = Owner.here()._replace(pid=child.pid, started=psutil.Process(child.pid).create_time())
    assert owner.alive
    child.kill()
    deadline = time.monotonic() + 5
    while owner.alive and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not owner.alive
    child.communicate()


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.PAUSED])
def test_an_owner_elsewhere_is_alive_while_it_is_heard_of(make_finished, tmp_path, state, tamper):
    path = make_finished(tmp_path, "far")
    now = time.time()
    own(path, Owner("elsewhere", "boot", 1, 0.0, now))
    tamper(path, "UPDATE run SET state = ?", values=(state.value,))
    assert open_run(path).state == state
    own(path, Owner("elsewhere", "boot", 1, 0.0, now - SILENCE_SECONDS - 1))
    tamper(path, "UPDATE run SET state = ?", values=(state.value,))
    assert open_run(path).state == RunState.INTERRUPTED
    RunWriter.claim(path).close(RunState.FINISHED)


def test_a_heartbeat_is_written_now_and_then_and_changes_no_version(writer, monkeypatch):
    def heard():
        return writer._connection.execute("SELECT heartbeat FROM run").fetchone()[0]

    run = open_run(writer.path)
    before, version = heard(), run.version
    writer.heartbeat()
    assert heard() == before
    monkeypatch.setattr(writer_module, "HEARTBEAT_SECONDS", 0.0)
    writer.heartbeat()
    assert heard() > before
    assert run.version == version


def test_pause_is_only_as_alive_as_its_trainer(writer):
    writer.state(RunState.PAUSED, "at epoch 3")
    run = open_run(writer.path)
    assert (run.state, run.message) == (RunState.PAUSED, "at epoch 3")
    gone = Owner.here()._replace(pid=2**22 + 1)
    writer._connection.execute("UPDATE run SET pid = ?", (gone.pid,))
    assert (run.state, run.message) == (RunState.INTERRUPTED, "at epoch 3")
