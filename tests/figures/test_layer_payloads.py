"""Payloads of layers and units against hand-known arrays, and what they refuse."""

from dataclasses import dataclass

import numpy as np
import pytest

from effdash.figures import (
    LayerFigures,
    Payload,
    class_rows_payload,
    confusion_payload,
    glance_payload,
    layer_figures,
    samples_by_layer_payload,
    shares_payload,
    unit_map_payload,
)
from effdash.figures.class_rows import class_spread
from effdash.figures.confusion import confusion, confusion_sentence
from effdash.figures.glance import MOST_PICTURES, MOST_SAMPLES, glance_window
from effdash.figures.status import total_counts, turnover
from effdash.vocab import UserError


@dataclass
class Layer:
    name: str
    units: int


LAYERS = [Layer("fc1", 2), Layer("fc2", 3)]
EPOCHS = np.array([0, 10])
HISTORY = np.array([[0, 1, 2, 2, 0], [0, 0, 2, 1, 0]], dtype=np.uint8)


def figures_of_layers(dead: float = 0.25) -> LayerFigures:
    share = np.full((2, 2), dead, dtype=np.float32)
    zero = np.zeros((2, 2), dtype=np.float32)
    return LayerFigures(share, zero, zero + 1, np.full((2, 2), np.nan, dtype=np.float32))


def test_row_figures_of_a_layer_by_hand() -> None:
    points = np.array([[[0, 0, 1, 2], [2, 2, 2, 2]]], dtype=np.uint8)
    low = np.array([[0, -1, 0, 0, 0]], dtype=np.float32)
    high = np.array([[2, 3, 1, 5, 2]], dtype=np.float32)
    gradient = np.array([[1, 3, 0, 0, 3]], dtype=np.float32)
    rows = layer_figures(LAYERS, points, low, high, gradient)
    assert rows.dead_samples.tolist() == [[0.5, 0]]
    assert rows.linear_samples.tolist() == [[0.25, 0]]
    assert rows.median_range.tolist() == [[3, 2]]
    assert rows.mean_gradient.tolist() == [[2, 1]]
    assert np.isnan(layer_figures(LAYERS, points, low, high).mean_gradient).all()


def test_a_map_carries_rows_and_the_highlighted_units() -> None:
    highlight = np.array([False, True, False, False, True])
    payload = unit_map_payload(
        LAYERS,
        EPOCHS,
        HISTORY,
        split="train",
        link="run",
        epoch=3,
        rows=figures_of_layers(),
        highlight=highlight,
        highlight_words="dead now",
    )
    assert payload.arrays["highlight"].tolist() == [1, 4]
    assert payload.arrays["deadSamples"].tolist() == [[0.25, 0.25], [0.25, 0.25]]
    assert (payload.header["highlightWords"], payload.header["highlightEpoch"]) == ("dead now", 0)
    assert payload.header["walls"]
    Payload.from_bytes(payload.to_bytes())


def test_row_figures_of_another_run_are_refused() -> None:
    with pytest.raises(UserError, match="of 2 x 2 maps and layers; there are 1 x 2"):
        unit_map_payload(LAYERS, EPOCHS[:1], HISTORY[:1], split="train", link="run", rows=figures_of_layers())


def test_shares_carry_changes_where_asked() -> None:
    assert "changes" not in shares_payload(EPOCHS, total_counts(HISTORY), split="train", link="run").arrays
    payload = shares_payload(
        EPOCHS, total_counts(HISTORY), split="train", link="run", changes=turnover(HISTORY)
    )
    assert payload.arrays["changes"].tolist() == [[0, 0], [1, 0]]


def test_samples_by_layer_know_whether_there_is_anything_to_tell() -> None:
    points = np.full((2, 2, 4), 2, dtype=np.uint8)
    assert samples_by_layer_payload(LAYERS, EPOCHS, points, split="train", link="run").header["neverTold"]
    points[1, 0] = [0, 1, 1, 2]
    payload = samples_by_layer_payload(LAYERS, EPOCHS, points, split="train", link="run")
    assert not payload.header["neverTold"]
    assert payload.arrays["deadSamples"].tolist() == [[0, 0], [0.25, 0]]
    assert payload.arrays["linearSamples"].tolist() == [[0, 0], [0.5, 0]]


@pytest.mark.parametrize(
    ("train", "test", "sentence"),
    [
        ([0, 0, 0, 2], [1, 2, 0, 0], "2 units dead on train fire on test; 1 dead on test fires on train."),
        ([0, 1], [2, 1], "1 unit dead on train fires on test; 0 dead on test fire on train."),
        ([2, 1], [2, 2], "0 units dead on train fire on test; 0 dead on test fire on train."),
    ],
)
def test_train_against_test_in_a_sentence(train: list[int], test: list[int], sentence: str) -> None:
    payload = confusion_payload(np.array(train, dtype=np.uint8), np.array(test, dtype=np.uint8))
    assert payload.header["sentence"] == sentence


def test_confusion_equals_counting_pairs() -> None:
    rng = np.random.default_rng(0)
    train, test = (rng.integers(0, 3, 200).astype(np.uint8) for _ in range(2))
    counts = confusion(train, test)
    for row in range(3):
        for column in range(3):
            assert counts[row, column] == ((train == row) & (test == column)).sum()
    assert confusion_sentence(np.zeros((3, 3), dtype=np.uint32)).startswith("0 units")


def glance_of(units: int, **more: object) -> Payload:
    pictures = np.arange(units * 4, dtype=np.float32).reshape(units, 2, 2)
    status = (np.arange(units) % 3).astype(np.uint8)
    return glance_payload(pictures, status, layer="fc1", split="train", **more)


def test_a_glance_holds_a_picture_and_a_status_of_every_unit() -> None:
    payload = glance_of(4, chosen=2)
    assert payload.arrays["pictures"].shape == (4, 2, 2)
    assert payload.arrays["status"].tolist() == [0, 1, 2, 0]
    assert (payload.header["units"], payload.header["first"], payload.header["chosen"]) == (4, 0, 2)


def test_of_a_very_wide_layer_the_block_with_the_chosen_unit_travels() -> None:
    payload = glance_of(1300, chosen=600)
    assert glance_window(1300, 600) == slice(MOST_PICTURES, 2 * MOST_PICTURES)
    assert (payload.header["units"], payload.header["first"]) == (1300, MOST_PICTURES)
    assert payload.arrays["pictures"][0, 0, 0] == 4 * MOST_PICTURES
    assert glance_window(1300, 1299) == slice(1024, 1300)
    assert glance_window(1300, None) == slice(0, MOST_PICTURES)


def test_many_samples_are_thinned_evenly() -> None:
    points = np.tile(np.arange(1000.0)[:, None], 2)
    payload = glance_of(1, samples=(points, np.zeros(1000, dtype=np.int64)), extent=(0, 1, 0, 1))
    kept = payload.arrays["points"][:, 0]
    assert len(kept) == MOST_SAMPLES
    assert (kept[0], kept[-1]) == (0, 999)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "classes"}, "pictures of kind 'classes' have 2 dimensions; these have 3"),
        ({"chosen": 4}, "unit 4 is not in this layer; it has units 0 to 3"),
        ({"samples": (np.zeros((1, 2)), np.zeros(1, dtype=int))}, "the extent of the plane is needed"),
    ],
)
def test_a_glance_says_what_does_not_fit(change: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        glance_of(4, **change)


def test_a_glance_refuses_what_cannot_be_drawn() -> None:
    status = np.zeros(1, dtype=np.uint8)
    with pytest.raises(UserError, match="not finite"):
        glance_payload(np.full((1, 2, 2), np.nan), status, layer="fc1", split="train")
    with pytest.raises(UserError, match="means of 3 classes and 1 class names"):
        glance_payload(
            np.zeros((1, 3)), status, layer="fc1", split="train", kind="classes", class_names=["a"]
        )
    with pytest.raises(UserError, match="at least one unit"):
        glance_payload(np.zeros((0, 2, 2)), status[:0], layer="fc1", split="train")


def test_class_rows_by_hand() -> None:
    values, classes = np.array([0.0, 1.0, 2.0, 3.0, 8.0, -1.0]), np.array([0, 0, 0, 0, 0, 2])
    table = class_spread(values, classes, 3)
    assert table[0].tolist() == pytest.approx([0, 1, 2.8, 3, 8])
    assert np.isnan(table[1]).all()
    assert table[2].tolist() == [-1, -1, -1, -1, -1]
    payload = class_rows_payload(values, classes, ["a", "b", "c"], split="train")
    assert payload.arrays["counts"].tolist() == [5, 0, 1]
    assert (payload.header["low"], payload.header["high"]) == (-1, 8)


def test_class_rows_pass_over_what_is_not_finite() -> None:
    payload = class_rows_payload(np.array([np.nan, 1.0]), np.array([0, 0]), ["a"], split="train")
    assert payload.header["samples"] == 1
    with pytest.raises(UserError, match="at least one finite"):
        class_rows_payload(np.array([np.nan]), np.array([0]), ["a"], split="train")
