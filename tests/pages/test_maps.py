"""The map of the samples and that of the units: made in a job, kept, and refused where they cannot be."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from effdash.config import DataConfig, NetworkConfig
from effdash.training.session import train
from pages.shared.permutations import mapping

from .conftest import PLANE, again, figures, plainly, press

pytestmark = pytest.mark.usefixtures("shelf")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """In UMAP's place the first two columns; how many items each map had."""
    sizes: list[int] = []

    def maps(epochs: list[np.ndarray]) -> Iterator[np.ndarray]:
        for items in epochs:
            sizes.append(len(items))
            yield items[:, :2].astype(np.float32)

    monkeypatch.setattr(mapping, "map_epochs", maps)
    mapping._store.clear()
    yield sizes
    mapping._store.clear()


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
