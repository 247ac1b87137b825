"""Of many weights the first, the last, and evenly between them as many as there is room for are kept."""

import sqlite3
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from effdash.config import RunConfig
from effdash.runs import RunWriter, checkpoints, open_run
from effdash.runs.checkpoints import add_checkpoint
from effdash.runs.schema import create_tables
from effdash.vocab import RunState


@pytest.fixture
def connection():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    create_tables(connection)
    yield connection
    connection.close()


def kept(connection, epochs, most, size=1):
    """What is kept after `epochs` were added one after the other."""
    connection.execute("DELETE FROM checkpoint")
    connection.execute("DELETE FROM run")
    connection.execute(
        "INSERT INTO run (id, created, note, versions, input_shape, classes, state, revision, stride, claim) "
        "VALUES (1, 0, '', '{}', '[]', 2, 'running', 0, 1, 1)"
    )
    for epoch in epochs:
        add_checkpoint(connection, epoch, bytes(size), most)
    return [epoch for (epoch,) in connection.execute("SELECT epoch FROM checkpoint ORDER BY epoch")]


def test_all_are_kept_while_there_is_room(connection):
    assert kept(connection, range(6), 6) == [0, 1, 2, 3, 4, 5]


def test_every_other_one_goes_when_there_is_none(connection):
    assert kept(connection, range(7), 6) == [0, 2, 4, 6]
    assert kept(connection, range(8), 6) == [0, 2, 4, 6, 7]
    assert kept(connection, range(13), 6) == [0, 4, 8, 12]


def test_a_stride_of_the_trainer_is_thinned_evenly(connection):
    assert kept(connection, [0, 1, *range(4, 801, 4)], 40) == [*range(0, 801, 32)]


def test_weights_taken_at_a_pause_go_before_the_planned_ones(connection):
    assert kept(connection, [0, 20, 40, 41, 60, 80], 5) == [0, 20, 40, 60, 80]


def test_the_first_and_the_last_are_always_kept(connection):
    assert kept(connection, range(0, 100, 3), 1) == [0, 99]


def test_no_more_than_their_room(connection, monkeypatch):
    monkeypatch.setattr(checkpoints, "MOST_BYTES", 1000)
    assert kept(connection, range(10), 40, size=300) == [0, 8, 9]
    assert kept(connection, range(10), 40, size=2000) == [0, 9]


@settings(derandomize=True, deadline=None, max_examples=50)
@given(
    steps=st.lists(st.integers(1, 30), min_size=1, max_size=60),
    most=st.integers(1, 20),
)
def test_whatever_the_epochs(steps, most):
    epochs = [sum(steps[:count]) for count in range(len(steps) + 1)]
    connection = sqlite3.connect(":memory:", isolation_level=None)
    create_tables(connection)
    found = kept(connection, epochs, most)
    connection.close()
    assert found[0] == 0 and found[-1] == epochs[-1]
    assert len(found) <= max(most, 2)
    assert set(found) <= set(epochs)
    if len(epochs) > most > 2:
        gaps = [after - before for before, after in pairwise(found[:-1])]
        assert all(gap <= 4 * max(sum(steps) / most, *steps) for gap in gaps)


def test_a_resumed_run_keeps_what_it_has_not_trained_again(connection):
    before = kept(connection, range(0, 61, 2), 10)
    add_checkpoint(connection, 42, b"again", 10)
    after = [epoch for (epoch,) in connection.execute("SELECT epoch FROM checkpoint ORDER BY epoch")]
    assert set(before) <= set(after) and 42 in after


def test_the_config_says_how_many(tmp_path, describe, record_of):
    writer = RunWriter.create(tmp_path, describe(config=RunConfig(checkpoints=3)))
    for epoch in range(9):
        writer.epoch(record_of(epoch), checkpoint={"w": torch.tensor(float(epoch))})
    run = open_run(writer.path)
    assert run.checkpoints() == [0, 4, 8]
    assert run.weights(7)[0] == 4 and run.weights(7)[1]["w"] == 4
    writer.close(RunState.FINISHED)
