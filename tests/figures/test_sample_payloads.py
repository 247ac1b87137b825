"""What is drawn of single samples and of one layer's units, against hand-known arrays; what is refused."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from effdash.figures import (
    Payload,
    layer_band_payload,
    sample_efficiency_payload,
    sample_plane_payload,
    sample_way_payload,
    samples_payload,
)
from effdash.figures.glance import MOST_PICTURES
from effdash.figures.sample_way import Answer
from effdash.figures.silence import silence_sentence
from effdash.vocab import Split, UserError


@dataclass
class Layer:
    name: str
    units: int


EPOCHS = np.array([0, 5, 9])
HISTORY = np.array([[0, 2], [0, 1], [2, 1]], dtype=np.uint8)
LAYERS = [Layer("fc1", 4), Layer("fc2", 3), Layer("fc3", 2)]
RELU = ["relu"] * 3


def band(history: np.ndarray = HISTORY, **more: Any) -> Payload:
    return layer_band_payload(EPOCHS, history, layer="fc2", split="train", link="run", **more)


def test_a_band_has_a_row_a_unit_and_marks_what_is_constant() -> None:
    constant = np.array([[True, False], [False, False], [False, True]])
    payload = band(constant=constant, chosen=1)
    assert payload.arrays["status"].tolist() == [[4, 0, 2], [2, 1, 5]]
    assert payload.arrays["counts"].tolist() == [[1, 0, 1], [1, 1, 0], [0, 1, 1]]
    assert payload.arrays["constants"].tolist() == [1, 0, 1]
    assert (payload.header["first"], payload.header["units"], payload.header["chosen"]) == (0, 2, 1)
    assert payload.header["hasConstant"]
    assert not band().header["hasConstant"]
    assert HISTORY.max() == 2  # what was given stays as it was


def test_of_a_wide_layer_the_block_with_the_chosen_unit_travels() -> None:
    units = 100_000
    history = np.zeros((3, units), dtype=np.uint8)
    history[:, 70_000] = 2
    payload = band(history, chosen=70_000, constant=history == 0)
    first = payload.header["first"]
    assert payload.arrays["status"].shape == (MOST_PICTURES, 3)
    assert payload.arrays["status"][70_000 - first].tolist() == [2, 2, 2]
    assert payload.arrays["counts"][0].tolist() == [units - 1, 0, 1]
    assert len(payload.to_bytes()) < 3000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chosen": 2}, "unit 2 is not in layer 'fc2'; it has units 0 to 1"),
        ({"history": HISTORY[:, :0]}, "needs units and epochs; there are 0 and 3"),
    ],
)
def test_a_band_says_what_is_wrong(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        band(**change)


def test_efficiency_becomes_a_sentence_where_it_is_whole_throughout() -> None:
    part = sample_efficiency_payload(EPOCHS, np.array([1, 0.25, 1]), split="train", link="run")
    assert part.arrays["efficiency"].tolist() == [1, 0.25, 1]
    assert not part.header["alwaysWhole"]
    assert sample_efficiency_payload(EPOCHS, np.ones(3), split="train", link="run").header["alwaysWhole"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.5, 0.5, 1.5], "between 0 and 1"),
        ([0, 0, np.nan], "between"),
    ],
)
def test_efficiency_says_what_is_wrong(values: list[float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        sample_efficiency_payload(EPOCHS, np.array(values), split="train", link="run")


def way(status: list[int], **more: Any) -> Payload:
    return sample_way_payload(
        LAYERS, more.pop("kinds", RELU), np.array(status, dtype=np.uint8), sample=7, taken="train", **more
    )


RIGHT = Answer("cat", 0.987, "cat", is_right=True)
WRONG = Answer("cat", 0.512, "dog", is_right=False)


@pytest.mark.parametrize(
    ("status", "more", "silent", "sentence"),
    [
        (
            [2, 1, 2],
            {"answer": RIGHT},
            None,
            "Heard at every layer. The network answers “cat” (99 %), which is right.",
        ),
        (
            [0, 2, 0],
            {"answer": WRONG},
            0,
            "Silent from fc1 on: the 2 layers after it answer the same to every sample that is dead there. "
            "The network answers “cat” (51 %), but it is “dog”.",
        ),
        (
            [2, 0, 2],
            {},
            1,
            "Silent from fc2 on: the layer after it answers the same to every sample that is dead there. "
            "Without its weights the answer is not known.",
        ),
        (
            [2, 2, 0],
            {"answer": RIGHT},
            2,
            "Silent from fc3 on, the last layer. The network answers “cat” (99 %)",
        ),
        ([0, 2, 2], {"chain": False}, None, "Dead at fc1; connections that skip layers may carry it round."),
        ([0, 2, 0], {"chain": False}, None, "Dead at 2 of 3 layers; connections that skip layers may carry"),
    ],
)
def test_the_way_in_a_sentence(
    status: list[int], more: dict[str, Any], silent: int | None, sentence: str
) -> None:
    header = way(status, **more).header
    assert header["silent"] == silent
    assert header["sentence"].startswith(sentence)


def test_the_way_counts_the_units_that_fire() -> None:
    payload = way([2, 2, 2], firing=np.array([1, 3, 2]), image=np.eye(3))
    assert payload.arrays["firing"].tolist() == [1, 3, 2]
    assert payload.arrays["sizes"].tolist() == [4, 3, 2]
    assert payload.arrays["image"].shape == (3, 3)
    assert payload.header["fires"]
    assert not way([2, 2, 2], kinds=["relu", "relu", "tanh"]).header["fires"]
    assert "firing" not in way([2, 2, 2]).arrays


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"status": [2, 2]}, "2 statuses for 3 layers"),
        ({"status": [2, 2, 2], "kinds": ["relu"]}, "1 activations for 3 layers"),
        ({"status": [2, 2, 2], "firing": np.array([5, 1, 1])}, "more units fire than the layer has"),
    ],
)
def test_the_way_says_what_is_wrong(more: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        way(**more)


@pytest.mark.parametrize(
    ("silent", "total", "sentence"),
    [
        ([3, 3], 2, "Every train sample is heard at every layer."),
        (
            [3, 3],
            1437,
            "Every one of the 2 train samples that are followed (of 1,437) is heard at every layer.",
        ),
        ([0, 3], 2, "Nobody hears 1 of 2 train samples. It falls silent at a."),
        ([1, 1], 2, "Nobody hears any of the 2 train samples. They fall silent at b."),
        ([2, 0, 2, 3], 4, "Nobody hears 3 of 4 train samples. They fall silent: 1 at a and 2 at c."),
        (
            [2, 0, 3],
            9,
            "Nobody hears 2 of 3 train samples that are followed (of 9). "
            "They fall silent: 1 at a and 1 at c.",
        ),
    ],
)
def test_silence_in_a_sentence(silent: list[int], total: int, sentence: str) -> None:
    assert silence_sentence(np.array(silent), ["a", "b", "c"], split="train", total=total) == sentence


def test_of_many_layers_those_that_silence_most_are_named_in_their_order() -> None:
    silent = np.repeat([0, 1, 2, 3, 4], [2, 9, 1, 5, 3])
    sentence = silence_sentence(silent, list("abcdef"), split="test", total=20)
    assert sentence == (
        "Nobody hears any of the 20 test samples. They fall silent: 9 at b, 5 at d, 3 at e and 3 elsewhere."
    )


def plane(**more: Any) -> Payload:
    values: dict[str, Any] = {
        "places": np.array([[0.0, 1.0], [0.5, 0.5]]),
        "classes": np.array([1, 0]),
        "silent": np.array([2, 0]),
        "numbers": np.array([4, 9]),
        "split": Split.TEST,
        **more,
    }
    split = values.pop("split")
    return sample_plane_payload(
        *values.values(),
        layers=["a", "b"],
        class_names=["x", "y"],
        extent=(0, 1, 0, 1),
        split=split,
        chosen=9,
    )


def test_samples_on_the_plane_keep_number_class_and_split() -> None:
    payload = plane()
    assert payload.arrays["silent"].tolist() == [2, 0]
    assert payload.arrays["numbers"].tolist() == [4, 9]
    assert payload.arrays["heldOut"].tolist() == [1, 1]
    assert plane(split=Split.TRAIN).arrays["heldOut"].tolist() == [0, 0]
    assert payload.header["chosen"] == 9


def test_samples_on_the_plane_say_what_is_wrong() -> None:
    with pytest.raises(UserError, match="silent from layer 3; there are 2 layers"):
        plane(silent=np.array([3, 0]))


def test_pictures_can_have_hints() -> None:
    images = np.zeros((2, 3, 3))
    header = samples_payload(images, hints=["a", "b"], chosen=1).header
    assert (header["hints"], header["chosen"]) == (["a", "b"], 1)
    with pytest.raises(UserError, match="2 images and 1 hints"):
        samples_payload(images, hints=["a"])
