"""Somebody's own loop on the first page: the lines to paste, and the wait until it has an epoch."""

import pytest
from streamlit.testing.v1 import AppTest

from effdash.runs import RunWriter
from effdash.vocab import RunState

from .conftest import address, again, figures, plainly, press
from .foreign_runs import plane, watched
from .odd_runs import make_run

WAITING = "Waiting for the first epoch of a new run"


@pytest.fixture
def door(visit, shelf) -> AppTest:
    """The first page with the door open, beside a run that is over."""
    shelf.finished("done")
    return press(visit("runs"), "Watch my own loop")


def test_a_watched_loop_is_waited_for_and_opened(door, shelf):
    (code,) = door.code
    assert str(shelf.path) in code.value
    assert WAITING in plainly(door)
    run = watched(shelf.path, plane())
    again(door)
    assert address(door)["run"] == run
    assert "map" in figures(door)


def test_a_loop_without_an_epoch_is_named_as_long_as_it_goes_on(door, shelf):
    path = make_run(shelf.path, "mine", plane(), foreign=True, epochs=0)
    assert WAITING in plainly(again(door))
    writer = RunWriter.claim(path)
    assert "“mine” is there; its first epoch is not recorded yet." in plainly(again(door))
    writer.close(RunState.FINISHED)
    assert WAITING in plainly(again(door))


def test_a_run_that_effdash_trains_is_not_what_is_waited_for(door, shelf):
    shelf.finished("another")
    assert WAITING in plainly(again(door))


def test_the_wait_can_be_closed(door):
    assert not press(door, "Close").code
