"""Payloads against hand-known arrays, and the bytes they travel as."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from effdash.figures import (
    Payload,
    band_payload,
    curves_payload,
    decision_payload,
    fold_payload,
    samples_payload,
    unit_map_payload,
    weights_payload,
)
from effdash.figures.curves import change_marks
from effdash.figures.payload import DTYPES
from effdash.figures.status import layer_counts, layer_starts, total_counts
from effdash.figures.unit_map import map_frames, nearest_earlier
from effdash.vocab import UserError


@dataclass
class Layer:
    name: str
    units: int


LAYERS = [Layer("fc1", 2), Layer("fc2", 3)]
EPOCHS = np.array([0, 1, 10])
HISTORY = np.array([[0, 1, 2, 2, 0], [0, 0, 2, 1, 0], [2, 2, 2, 2, 0]], dtype=np.uint8)


@given(st.data())
@settings(derandomize=True, deadline=None, max_examples=40)
def test_bytes_bring_back_words_and_arrays(data: st.DataObject) -> None:
    shapes = array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5)
    kinds = st.sampled_from([kind for kind in DTYPES if kind != "float32"])
    parts = data.draw(st.dictionaries(st.text(min_size=1, max_size=5), arrays(kinds, shapes), max_size=4))
    header = data.draw(st.dictionaries(st.text(max_size=5).filter(lambda name: name != "arrays"), st.text()))
    sent = Payload(header, parts).to_bytes()
    back = Payload.from_bytes(sent)
    assert len(sent) % 8 == 0
    assert back.header == header
    assert list(back.arrays) == list(parts)
    for name, part in parts.items():
        assert back.arrays[name].dtype == part.dtype
        np.testing.assert_array_equal(back.arrays[name], part)


def test_what_javascript_cannot_read_is_refused() -> None:
    with pytest.raises(UserError, match="array 'x' has type int64; a canvas reads uint8, "):
        Payload({}, {"x": np.zeros(2, dtype=np.int64)}).to_bytes()


def test_unit_map_holds_every_cell_and_the_counts_of_every_layer() -> None:
    payload = unit_map_payload(LAYERS, EPOCHS, HISTORY, split="train", link="run", epoch=5, selected=4)
    np.testing.assert_array_equal(payload.arrays["status"], HISTORY)
    np.testing.assert_array_equal(payload.arrays["frames"], [0, 1, 2])
    assert payload.arrays["counts"].tolist()[1] == [[2, 0, 0], [1, 1, 1]]
    assert payload.header["layers"] == ["fc1", "fc2"]
    assert payload.header["epoch"] == 1
    assert payload.header["selected"] == 4
    assert not payload.header["hasConstant"]


def test_following_the_newest_epoch_is_none() -> None:
    assert unit_map_payload(LAYERS, EPOCHS, HISTORY, split="train", link="run").header["epoch"] is None


def test_constant_units_carry_a_bit_of_their_own() -> None:
    constant = HISTORY == 1
    payload = unit_map_payload(LAYERS, EPOCHS, HISTORY, split="train", link="run", constant=constant)
    np.testing.assert_array_equal(payload.arrays["status"], HISTORY + 4 * constant)
    assert payload.header["hasConstant"]


def test_a_large_history_sends_some_epochs_whole_and_counts_for_all() -> None:
    history = np.zeros((100, 5), dtype=np.uint8)
    history[37] = 2
    frames = np.array([0, 37, 99])
    constant = np.zeros((3, 5), dtype=bool)
    constant[2, 1] = True
    payload = unit_map_payload(
        LAYERS, np.arange(100), history, split="train", link="run", frames=frames, constant=constant
    )
    assert payload.arrays["frames"].tolist() == frames.tolist()
    assert payload.arrays["counts"].shape == (100, 2, 3)
    assert payload.arrays["status"].tolist() == [[0] * 5, [2] * 5, [0, 4, 0, 0, 0]]


@given(st.integers(1, 500), st.integers(1, 600), st.integers(1, 100_000))
@settings(derandomize=True, deadline=None)
def test_map_frames_rise_keep_both_ends_and_fit_the_bytes(epochs: int, units: int, frame_bytes: int) -> None:
    frames = map_frames(epochs, units, frame_bytes)
    assert (np.diff(frames) > 0).all()
    assert frames[0] == 0 and frames[-1] == epochs - 1
    assert len(frames) == epochs or len(frames) * units <= max(frame_bytes, 2 * units)


@given(
    arrays(np.uint8, st.tuples(st.integers(1, 4), st.just(7)), elements=st.integers(0, 2)),
    st.sampled_from([[7], [1] * 7, [3, 4], [1, 5, 1]]),
)
@settings(derandomize=True, deadline=None)
def test_layer_counts_equal_counting_by_hand(history: np.ndarray, sizes: list[int]) -> None:
    counts = layer_counts(history, np.array(sizes))
    start = 0
    for layer, size in enumerate(sizes):
        for epoch in range(len(history)):
            units = history[epoch, start : start + size].tolist()
            assert counts[epoch, layer].tolist() == [units.count(0), units.count(1), units.count(2)]
        start += size
    np.testing.assert_array_equal(total_counts(history), counts.sum(axis=1))


@pytest.mark.parametrize(("epoch", "place"), [(-5, 0), (0, 0), (1, 1), (9, 1), (10, 2), (99, 2)])
def test_nearest_earlier_epoch(epoch: int, place: int) -> None:
    assert nearest_earlier(EPOCHS, epoch) == place


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": LAYERS[:1]}, "the layers have 2 units, the status history has 5"),
        ({"epochs": EPOCHS[::-1]}, "have to rise"),
        ({"history": HISTORY + np.uint8(1)}, "status 3 is none of"),
        ({"selected": 5}, "unit 5 is not in this network; it has units 0 to 4"),
        ({"history": HISTORY[:0], "epochs": EPOCHS[:0]}, "at least one recorded epoch"),
    ],
)
def test_unit_map_says_what_does_not_fit(change: dict, message: str) -> None:
    given_ = {"layers": LAYERS, "epochs": EPOCHS, "history": HISTORY, "split": "train", "link": "run"}
    with pytest.raises(UserError, match=message):
        unit_map_payload(**{**given_, **change})


def test_units_are_numbered_over_all_layers() -> None:
    assert layer_starts([*LAYERS, Layer("fc3", 1)]) == [0, 2, 5]


def test_band_has_a_row_for_each_split() -> None:
    payload = band_payload(EPOCHS, {"train": HISTORY[:, 0], "test": HISTORY[:, 1]}, link="run")
    assert payload.header["rows"] == ["train", "test"]
    assert payload.arrays["status"].tolist() == [[0, 0, 2], [1, 0, 2]]


def curve_table() -> pd.DataFrame:
    columns = ("loss", "task_loss", "jumpstart_loss", "train_accuracy")
    table = pd.DataFrame({"epoch": EPOCHS, **{column: [1.0, 0.5, 0.25] for column in columns}})
    return table.assign(test_accuracy=pd.array([0.5, None, 0.75], dtype="Float64"))


def test_curves_hold_the_columns_and_the_marks() -> None:
    changes = pd.DataFrame(
        {"epoch": [10, 1, 1], "field": ["lr", "jumpstart", "lr"], "value": [1e-4, 0.3, 0.001]}
    )
    payload = curves_payload(curve_table(), changes, link="run", chance=0.52)
    assert payload.arrays["loss"].tolist() == [1.0, 0.5, 0.25]
    assert np.isnan(payload.arrays["test_accuracy"][1])
    assert payload.header["changes"] == [
        {"epoch": 1, "text": "λ 0.3, lr 0.001"},
        {"epoch": 10, "text": "lr 0.0001"},
    ]
    Payload.from_bytes(payload.to_bytes())


def test_curves_may_hold_something_else_beside_the_loss() -> None:
    table = curve_table().assign(gap=[3.0, 2.0, np.nan])
    payload = curves_payload(table, link="run", extra="gap")
    assert payload.header["extra"] == "gap"
    assert payload.arrays["extra"][:2].tolist() == [3.0, 2.0]
    plain = curves_payload(table, link="run")
    assert plain.header["extra"] is None
    assert "extra" not in plain.arrays


def test_no_changes_no_marks() -> None:
    assert change_marks(None) == []
    assert change_marks(pd.DataFrame({"epoch": [], "field": [], "value": []})) == []


def test_decision_travels_in_small_types() -> None:
    points = (np.array([[0.0, 1.0]]), np.array([1]))
    more = (np.array([[2.0, 3.0], [4.0, 5.0]]), np.array([0, 1]))
    payload = decision_payload(
        np.array([[0, 1]]), np.array([[0.0, 1.5]]), (0, 1, 0, 1), ["a", "b"], train=points, test=more
    )
    assert payload.arrays["answers"].tolist() == [[0, 1]]
    assert payload.arrays["confidence"].tolist() == [[0, 255]]
    assert payload.arrays["heldOut"].tolist() == [0, 1, 1]
    assert payload.arrays["points"].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert payload.arrays["labels"].tolist() == [1, 0, 1]


def test_decision_names_a_class_that_is_not_there() -> None:
    points = (np.zeros((1, 2)), np.zeros(1, dtype=int))
    with pytest.raises(UserError, match="an answer is class 2, but only 2 have names"):
        decision_payload(np.array([[2]]), np.ones((1, 1)), (0, 1, 0, 1), ["a", "b"], train=points)
    with pytest.raises(UserError, match=r"grid of \(1, 1\), their confidence one of \(1, 2\)"):
        decision_payload(np.array([[1]]), np.ones((1, 2)), (0, 1, 0, 1), ["a", "b"], train=points)


def test_fold_keeps_the_grid() -> None:
    points = (np.zeros((1, 2)), np.zeros(1, dtype=int))
    grid = np.array([[-1.0, 0.0], [0.5, 2.0]])
    payload = fold_payload(grid, (0, 1, 0, 1), ["a"], train=points)
    np.testing.assert_array_equal(payload.arrays["preactivation"], grid)


def test_weights_are_symmetric_about_zero_and_samples_are_not() -> None:
    images = np.array([[[-0.5, 0.25]]])
    weights, samples = weights_payload(images), samples_payload(images + 1, classes=np.array([3]))
    assert (weights.header["low"], weights.header["high"], weights.header["diverging"]) == (-0.5, 0.5, True)
    assert (samples.header["low"], samples.header["high"], samples.header["classes"]) == (0.0, 1.25, [3])


def test_images_say_what_is_wrong() -> None:
    with pytest.raises(UserError, match="1 images and 2 captions"):
        samples_payload(np.zeros((1, 2, 2)), captions=["a", "b"])
    with pytest.raises(UserError, match="not finite"):
        weights_payload(np.full((1, 2, 2), np.nan))
