"""A run that trains on while Prune is open: one epoch is pruned, until the newest weights are wanted."""

from collections.abc import Iterator

import pytest
import torch

from effdash.watcher import Watch, watch
from pages.shared.prune import holding

from .conftest import address, again, figures, labels, plainly, press
from .foreign_runs import network, plane

pytestmark = pytest.mark.usefixtures("patient")


class Loop:
    """Somebody's training, an epoch at a time: every one leaves other weights."""

    def __init__(self, shelf, **how) -> None:
        self.model = network()
        self.run: Watch = watch(self.model, plane(), name="mine", runs=shelf.path, strict=True, **how)

    def train(self, epochs: int = 1) -> str:
        for _ in range(epochs):
            with torch.no_grad():
                self.model[0].weight.add_(0.05)
            self.run.epoch(loss=1.0)
        assert self.run.id is not None
        return self.run.id


@pytest.fixture
def loop(shelf) -> Iterator[Loop]:
    loop = Loop(shelf)
    yield loop
    loop.run.close()


def pruned(epoch: int) -> str:
    return f"The run still trains; what is pruned is epoch {epoch}."


def test_the_epoch_stays_while_the_run_trains_on_until_the_newest_is_wanted(visit, loop):
    app = visit("prune", run=loop.train(2))
    assert pruned(2) in plainly(app)
    loop.train(3)
    assert pruned(2) in plainly(again(app))
    assert "epoch" not in address(app)
    press(app, holding.NEWEST)
    assert pruned(5) in plainly(app)
    loop.train()
    assert pruned(5) in plainly(again(app))


def test_what_was_chosen_goes_along_to_the_newest_weights(visit, loop):
    app = visit("prune", run=loop.train(2), layer="2", unit=1)
    press(app, "Take it out")
    chosen = address(app)
    assert chosen["epoch"] == "2"
    loop.train()
    assert pruned(2) in plainly(again(app))
    press(app, holding.NEWEST)
    assert pruned(3) in plainly(app)
    assert address(app)["plan"] == chosen["plan"]
    assert not {"epoch", "weights"} & set(address(app))
    assert "does not fit this run" not in plainly(app)


def test_where_the_run_is_over_its_last_weights_are_pruned(visit, loop):
    app = visit("prune", run=loop.train(2))
    loop.train()
    loop.run.close()
    again(app)
    assert holding.NEWEST not in labels(app)
    assert "The run still trains" not in plainly(app)
    press(app, "Auto: no decision changed")
    assert "epoch" not in address(app)


def test_a_run_that_keeps_no_weights_shows_its_units_and_says_why(visit, shelf):
    loop = Loop(shelf, checkpoints=0)
    app = visit("prune", run=loop.train(2))
    assert "This run cannot be pruned: no weights are kept" in plainly(app)
    assert "map" in figures(app)
    loop.run.close()
