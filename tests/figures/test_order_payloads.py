"""Orders face to face, told by others, through the depth and on a map, against slow and hand-known ones."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from effdash.figures import (
    Payload,
    UnitOrder,
    depth_payload,
    face_to_face_payload,
    joint_order_payload,
    sample_map_payload,
    unit_places_payload,
)
from effdash.figures.depth import telling_samples
from effdash.figures.face_to_face import MOST_LINES
from effdash.permutations import (
    compare_orders,
    find_partners,
    joint_orders,
    order_ranks,
    ranks_through_depth,
)
from effdash.vocab import UserError


def face(first: np.ndarray, second: np.ndarray, **more: Any) -> Payload:
    """Two ReLU units."""
    told = np.maximum(first, 0), np.maximum(second, 0)
    orders = [
        UnitOrder(f"fc1 · {unit}", values, int((values <= 0).sum()))
        for unit, values in enumerate((first, second))
    ]
    given = {"classes": np.zeros(len(first), dtype=int), "class_names": ["a"], "split": "train", **more}
    return face_to_face_payload(
        *orders, compare_orders(*told), given.pop("classes"), given.pop("class_names"), **given
    )


def test_places_erased_and_numbers_of_hand_known_orders() -> None:
    payload = face(
        np.array([-1.0, 2.0, 1.0, -3.0]),
        np.array([5.0, 7.0, 8.0, -1.0]),
        numbers=np.array([3, 8, 20, 21]),
        followed=[2],
    )
    assert payload.arrays["places"].tolist() == [[1, 3, 2, 0], [1, 2, 3, 0]]
    assert payload.header["erased"] == [2, 1]
    assert payload.header["followed"] == [20]
    assert payload.arrays["samples"].tolist() == [3, 8, 20, 21]
    # The first cannot tell sample 0 from 3; of the other five pairs it is 1 and 2 that change places.
    assert payload.header["numbers"][2] == ("pairs swapped", "20 %")
    assert payload.header["caption"].startswith("They swap 1 of the 5 pairs that both tell apart.")
    assert payload.header["slopes"]


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    arrays.arrays(
        np.float64, st.tuples(st.just(2), st.integers(1, 12)), elements=st.integers(-2, 3).map(float)
    )
)
def test_places_and_swapped_pairs_agree_with_the_obvious_way(values: np.ndarray) -> None:
    payload = face(*values)
    for side in range(2):
        slow = [
            sum(other < value for other in values[side])
            + (sum(other == value for other in values[side]) - 1) / 2
            for value in values[side]
        ]
        assert payload.arrays["places"][side].tolist() == slow
    told = np.maximum(values, 0)
    compared = [
        (told[0, i] - told[0, j]) * (told[1, i] - told[1, j])
        for i, j in combinations(range(values.shape[1]), 2)
        if told[0, i] != told[0, j] and told[1, i] != told[1, j]
    ]
    swapped = sum(product < 0 for product in compared)
    if compared:
        assert f"They swap {swapped:,} of the {len(compared):,} pairs" in payload.header["caption"]
    else:
        assert payload.header["caption"].startswith("There is no pair")
        assert payload.header["numbers"][2][1] == "–"


@pytest.mark.parametrize("n_samples", [1, 2, MOST_LINES, MOST_LINES + 1, 10_000])
def test_any_number_of_samples_is_drawn_as_lines_or_as_dots(n_samples: int) -> None:
    values = np.linspace(-1, 1, n_samples)
    payload = face(values, values[::-1].copy(), classes=np.arange(n_samples) % 300, class_names=["x"] * 300)
    assert payload.header["slopes"] == (n_samples <= MOST_LINES)
    assert Payload.from_bytes(payload.to_bytes()).arrays["places"].shape == (2, n_samples)


def test_a_silent_unit_and_samples_without_labels_can_be_compared() -> None:
    payload = face(np.array([-1.0, -1.0, -1.0]), np.array([1.0, 2.0, 3.0]), classes=None)
    assert payload.arrays["places"][0].tolist() == [1, 1, 1]
    assert payload.header["numbers"][0] == ("Spearman", "0.00")
    assert payload.header["classes"] == []
    assert "labels" not in payload.arrays


@pytest.mark.parametrize(
    ("second", "classes", "message"),
    [
        (np.zeros(2), np.zeros(3, dtype=int), "the first unit has 3 samples, the second 2"),
        (np.zeros(3), np.zeros(4, dtype=int), "there are 4 classes for 3 samples"),
        (np.zeros(3), np.array([0, 1, 2]), "a sample has class 2; there are 2 class names"),
    ],
)
def test_what_does_not_fit_is_refused(second: np.ndarray, classes: np.ndarray, message: str) -> None:
    pair = compare_orders(np.zeros(3), np.zeros(3))
    units = UnitOrder("a", np.zeros(3)), UnitOrder("b", second)
    with pytest.raises(UserError, match=message):
        face_to_face_payload(*units, pair, classes, ["a", "b"], split="train")
    with pytest.raises(UserError, match="at least one sample"):
        face_to_face_payload(UnitOrder("a", np.zeros(0)), units[1], pair, None, [], split="train")


def joint(n_samples: int, n_units: int = 5, unit: int = 0) -> Payload:
    """The unit is the sum of the next two, nearly."""
    values = np.random.default_rng(0).normal(size=(n_samples, n_units))
    if n_units > 2:
        values[:, 0] = values[:, 1] - values[:, 2]
    ranks = order_ranks(values)
    return joint_order_payload(
        find_partners(ranks, unit, range(n_units)),
        float(joint_orders(ranks)[unit]),
        layer="fc1",
        unit=unit,
        tellers=n_units - 1,
        samples=n_samples,
        qualifier="train",
    )


def test_the_units_that_tell_an_order_come_with_weights_and_how_far_they_tell() -> None:
    payload = joint(300)
    assert set(payload.arrays["units"][:2].tolist()) == {1, 2}
    weights = dict(zip(payload.arrays["units"].tolist(), payload.arrays["weights"].tolist(), strict=True))
    assert weights[1] > 0.5
    assert weights[2] < -0.5
    told = payload.arrays["joint"]
    assert told[0] < 0.8
    assert told[1] > 0.95
    assert payload.header["sentence"] == (
        f"The 4 others that vary tell the order of fc1 · 0 to {payload.header['all']:.2f}. The best of them "
        f"alone tells it to {told[0]:.2f}, the best {len(told)} to {told[-1]:.2f}."
    )


def test_a_joint_order_that_is_not_determined_says_what_it_takes() -> None:
    payload = joint(7)
    assert payload.header["all"] is None
    assert "takes 8 samples or more, and there are 7" in payload.header["sentence"]
    payload.to_bytes()


def test_where_there_is_no_order_to_tell_or_nobody_to_tell_it_a_sentence_says_so() -> None:
    assert (
        joint(20, n_units=1).header["sentence"].startswith("No other unit of the layer tells samples apart")
    )
    ranks = np.zeros((4, 2))
    ranks[:, 1] = order_ranks(np.arange(4.0)[:, None])[:, 0]
    silent = joint_order_payload(find_partners(ranks, 0, [1]), 0.0, layer="fc1", unit=0, tellers=1, samples=4)
    assert silent.header["sentence"] == "fc1 · 0 tells all samples the same: there is no order to tell."
    assert silent.arrays["units"].size == 0
    own = pd.DataFrame({"unit": [1], "weight": [1.0], "joint_order": [1.0]})
    with pytest.raises(UserError, match="unit 1 cannot tell its own order"):
        joint_order_payload(own, 1.0, layer="fc1", unit=1, tellers=1, samples=4)


def depth(**more: Any) -> Payload:
    rows = np.arange(6.0)
    ranks = {
        "fc1": order_ranks(np.stack([rows, -rows], axis=1)),
        "fc2": order_ranks(np.stack([-rows, np.zeros(6), rows], axis=1)),
    }
    return depth_payload(
        ranks_through_depth(ranks, "fc1", 1, [0, 5, 2]),
        **{
            "layer": "fc1",
            "erased": np.array([0.5, 0.0]),
            "classes": np.array([1, 0, 1]),
            "class_names": ["a", "b"],
            "numbers": np.array([7, 40, 3]),
            **more,
        },
    )


def test_ranks_travel_layer_by_layer_with_the_unit_of_each() -> None:
    payload = depth(followed=[40])
    assert payload.arrays["units"].tolist() == [1, 0]
    assert np.allclose(payload.arrays["ranks"], [[1, 0, 0.6], [1, 0, 0.6]])
    assert payload.arrays["similarity"].tolist() == [1, 1]
    assert (payload.header["layers"], payload.header["start"]) == (["fc1", "fc2"], 0)
    assert payload.header["followed"] == [40]
    assert "labels" not in depth(classes=None).arrays


def test_ranks_of_other_samples_or_layers_are_refused() -> None:
    with pytest.raises(UserError, match="6 ranks are not those of 2 samples at 2 layers"):
        depth(numbers=np.array([1, 2]), classes=None)
    with pytest.raises(UserError, match="there are 2 classes for 3 samples"):
        depth(classes=np.array([1, 0]))
    with pytest.raises(UserError, match="3 shares of erased samples for 2 layers"):
        depth(erased=np.zeros(3))


def test_telling_samples_are_spread_through_the_classes() -> None:
    order = np.array([0.0, 1, 2, 10, 11, 12, 5, 6, 7])
    classes = np.repeat([0, 1, 2], 3)
    assert telling_samples(order, classes, 3) == [1, 7, 4]
    assert telling_samples(order, classes, 2) == [1, 4]
    assert telling_samples(order, classes, 8) == [0, 2, 6, 8, 3, 5]
    assert telling_samples(order, classes, 99) == [0, 1, 2, 6, 7, 8, 3, 4, 5]
    assert telling_samples(order, None, 3) == [0, 7, 5]
    assert telling_samples(np.zeros(1), np.zeros(1, dtype=int), 8) == [0]


def test_a_map_fills_its_square_with_every_epoch_and_keeps_what_is_near() -> None:
    rng = np.random.default_rng(1)
    one = rng.normal(size=(9, 2))
    places = np.stack([one, 5 * one + 3]).astype(np.float32)  # size and place of a map mean nothing
    payload = sample_map_payload(np.array([1, 4]), places, None, [], np.arange(9), link="run")
    steps = payload.arrays["places"].astype(float)
    assert np.abs(steps[0] - steps[1]).max() <= 1
    assert steps.max() == 65_535 or steps.min() == 0
    shape = np.linalg.norm(one[:, None] - one, axis=2)
    drawn = np.linalg.norm(steps[0][:, None] - steps[0], axis=2)
    assert np.allclose(shape / shape.max(), drawn / drawn.max(), atol=1e-3)
    across, up = np.ptp(steps[1], axis=0)
    assert np.std(steps[1][:, 0]) >= np.std(steps[1][:, 1])
    assert across > 0 < up


@pytest.mark.parametrize("turn", [-0.6, -0.2, 0.2, 0.6])
def test_a_map_that_is_turned_a_little_is_not_mirrored(turn: float) -> None:
    wide = np.random.default_rng(2).normal(size=(40, 2)) * [3, 1]
    turned = wide @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    places = turned[None].astype(np.float32)
    payload = sample_map_payload(np.array([1]), places, None, [], np.arange(40), link="run")
    for axis in (0, 1):
        assert np.corrcoef(payload.arrays["places"][0, :, axis], wide[:, axis])[0, 1] > 0.9


def test_equal_places_and_what_does_not_fit_on_a_map() -> None:
    flat = np.zeros((2, 4, 2), dtype=np.float32)
    epochs = np.array([0, 3])
    middle = sample_map_payload(epochs, flat, None, [], np.arange(4), link="run").arrays["places"]
    assert set(middle.ravel().tolist()) == {32_768}
    with pytest.raises(UserError, match="there are 2 maps for 1 epochs"):
        sample_map_payload(epochs[:1], flat, None, [], np.arange(4), link="run")
    with pytest.raises(UserError, match="there are 3 numbers for 4 samples"):
        sample_map_payload(epochs, flat, None, [], np.arange(3), link="run")
    with pytest.raises(UserError, match="at least one epoch"):
        sample_map_payload(epochs[:0], flat[:0], None, [], np.arange(4), link="run")
    status = np.zeros((2, 3), dtype=np.uint8)
    with pytest.raises(UserError, match=r"statuses of \(2, 3\) do not fit a map of \(2, 4\)"):
        unit_places_payload(epochs, flat, status, layer="fc1", split="train", link="run")
