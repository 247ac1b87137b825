"""The map of the samples and that of the units: made in a job, kept, and refused where they cannot be."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest

from effdash.config import DataConfig, NetworkConfig
from effdash.training.session import train
from pages.shared import jobs
from pages.shared.permutations import mapping

from .conftest import PLANE, again, figures, labels, plainly, press, tamper

pytestmark = pytest.mark.usefixtures("shelf")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """In UMAP's place the first two columns; how many items each map had."""
    sizes: list[int] = []

    def maps(epochs: list[np.ndarray], *, before: np.ndarray | None = None) -> Iterator[np.ndarray]:
        for items in epochs:
            sizes.append(len(items))
            yield items[:, :2].astype(np.float32)

    monkeypatch.setattr(mapping, "map_epochs", maps)
    mapping._store.clear()
    yield sizes
    mapping._store.clear()


def jobs_of(app: Any) -> dict[str, Any]:
    """The jobs of a session, by slot."""
    slots: dict[str, Any] = app.session_state[jobs.JOBS]._slots
    return slots


def until(app: Any, key: str) -> Any:
    """Runs the page until a figure is there."""
    for _ in range(100):
        if key in figures(app):
            return app
        time.sleep(0.1)
        again(app)
    raise AssertionError(f"no {key}: {figures(app)}")


def test_a_map_is_made_when_asked_for_and_kept(shelf: Any, visit: Any, quick: list[int]) -> None:
    shelf.finished()
    app = visit("permutations", run="done", layer="fc2")
    assert "Samples that this layer tells alike lie near each other" in plainly(app)
    assert "map" not in figures(app)
    until(press(app, "Make the map"), "map")
    made = list(quick)
    assert len(made) > 1
    assert "map" in figures(visit("permutations", run="done", layer="fc2"))  # in another session, too
    assert quick == made
    app.query_params["layer"] = "fc1"
    until(again(app), "map")  # once asked for, for other layers, too
    assert len(quick) == 2 * len(made)


def test_the_map_of_units_has_the_units_of_the_layer(shelf: Any, visit: Any, quick: list[int]) -> None:
    shelf.finished()
    app = visit("permutations", run="done", layer="fc2")
    next(button for button in app.button if button.key == f"make {mapping.UNITS}").click()
    until(again(app), "map of units")
    assert set(quick) == {PLANE.network.width}


def test_too_few_units_or_samples_for_a_map_are_said(shelf: Any, visit: Any) -> None:
    config = PLANE.model_copy(
        update={
            "name": "small",
            "network": NetworkConfig(depth=2, width=2),
            "data": DataConfig(name="moons", samples=20, test_share=0.15),
        }
    )
    train(config, runs=shelf.path, run_id="small")
    words = plainly(visit("permutations", run="small", layer="fc1"))
    assert "A map needs at least 4 units; here there are 2." in words
    words = plainly(visit("permutations", run="small", layer="fc1", split="test"))
    assert "A map needs at least 4 samples; here there are 3." in words


def test_the_epochs_that_came_since_are_mapped_when_asked_for(
    shelf: Any, visit: Any, quick: list[int]
) -> None:
    tamper(shelf.finished("all"), "DELETE FROM checkpoint WHERE epoch > 3")
    app = visit("permutations", run="all", layer="fc2")
    until(press(app, "Make the map"), "map")
    made = len(quick)
    assert "Map the epochs after 3" not in labels(again(app))
    with closing(sqlite3.connect(shelf.path / "all.effdash")) as run, run:
        run.execute("ATTACH ? AS whole", [str(shelf.finished("whole"))])
        run.execute("INSERT INTO checkpoint SELECT * FROM whole.checkpoint WHERE epoch > 3")
    press(again(app), "Map the epochs after 3")
    for _ in range(100):
        if "Map the epochs after 3" not in labels(again(app)):
            break
        time.sleep(0.1)
    (maps,) = mapping._store()._maps.values()
    assert maps.epochs.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert len(quick) == made + 3


@pytest.mark.parametrize(
    ("compiled", "told"), [(False, "only its first use on this machine"), (True, "epoch")]
)
def test_while_umap_is_compiled_it_is_said(
    shelf: Any, visit: Any, monkeypatch: pytest.MonkeyPatch, compiled: bool, told: str
) -> None:
    go_on = threading.Event()

    def slow(epochs: list[np.ndarray], *, before: np.ndarray | None = None) -> Iterator[np.ndarray]:
        go_on.wait(20)
        yield from (items[:, :2].astype(np.float32) for items in epochs)

    monkeypatch.setattr(mapping, "map_epochs", slow)
    monkeypatch.setattr(mapping, "umap_is_compiled", lambda: compiled)
    shelf.finished()
    app = press(visit("permutations", run="done", layer="fc2"), "Make the map")
    job = jobs_of(app)[mapping.SAMPLES][1]
    for _ in range(100):
        if told in job.progress.words and "Reading" not in job.progress.words:
            break
        time.sleep(0.05)
    assert told in job.progress.words
    go_on.set()
    job.wait(20)
