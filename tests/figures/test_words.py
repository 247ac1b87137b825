"""Sentences about units, word for word."""

import numpy as np
import pytest

from effdash.figures.words import UnitOnSplit, gradient_sentence, unit_sentence

DEAD, LINEAR, NONLINEAR = 0, 1, 2
EPOCHS = [0, 1, 5, 10]


def on(status, share, samples, constant=False):
    return UnitOnSplit(np.array(status, np.uint8), share, samples, constant)


@pytest.mark.parametrize(
    ("train", "test", "expected"),
    [
        (
            on([2, 2, 2, 2], 74 / 85, 85),
            on([2, 2, 2, 1], 1.0, 15),
            "Nonlinear on train since the start: passes 74 of 85 samples and silences 11. "
            "On test it passes all 15: there it is linear.",
        ),
        (
            on([2, 2, 0, 0], 0.0, 85),
            on([2, 2, 2, 2], 3 / 15, 15),
            "Dead on train since epoch 5: answers 0 to all 85 samples. "
            "On test it fires for 3 of 15: there it is nonlinear.",
        ),
        (
            on([0, 1, 0, 1], 1.0, 85),
            on([0, 1, 0, 1], 1.0, 15),
            "Linear on train since epoch 10: passes all 85 samples and bends nothing. "
            "On test it passes all 15.",
        ),
        (
            on([2, 2, 2, 2], 74 / 85, 85),
            None,
            "Nonlinear on train since the start: passes 74 of 85 samples and silences 11. "
            "There is no test data.",
        ),
        (
            on([2, 2, 2, 2], np.nan, 85),
            on([2, 2, 2, 0], np.nan, 15),
            "Nonlinear on train since the start: for how many samples it is above 0 was not recorded. "
            "On test it is dead.",
        ),
        (
            on([1, 1, 1, 1], 1.0, 85, constant=True),
            on([1, 1, 1, 1], 1.0, 15, constant=True),
            "Linear on train since the start, and constant: it says the same of every sample. "
            "On test it passes all 15.",
        ),
        (
            on([0, 0, 0, 0], 0.0, 85),
            on([0, 0, 0, 0], 0.0, 15),
            "Dead on train since the start: answers 0 to all 85 samples. On test it answers 0 to all 15.",
        ),
    ],
)
def test_sentences_of_a_dense_relu_unit(train, test, expected):
    assert unit_sentence(EPOCHS, 3, kind="relu", positions=1, train=train, test=test) == expected


def test_the_past_is_not_told_the_future():
    train = on([2, 2, 0, 0], 0.5, 85)
    assert unit_sentence(EPOCHS, 1, kind="relu", positions=1, train=train, test=train).startswith(
        "Nonlinear on train since the start"
    )


def test_a_channel_counts_positions():
    train = on([2] * 4, 0.345, 100)
    sentence = unit_sentence(EPOCHS, 3, kind="relu", positions=64, train=train, test=on([0] * 4, 0.0, 20))
    assert sentence == (
        "Nonlinear on train since the start: above 0 at 34 % of the positions in 100 samples. "
        "On test it is dead."
    )


def test_other_activations_do_not_silence():
    train = on([1] * 4, 0.5, 100)
    sentence = unit_sentence(EPOCHS, 3, kind="tanh", positions=1, train=train, test=train)
    assert (
        sentence
        == "Linear on train since the start: above 0 for 50 of 100 samples. On test it is linear, too."
    )


def test_no_gradient_is_said_in_words():
    assert gradient_sentence(0.0) == "No gradient reaches it."
    assert gradient_sentence(float("nan")) == "Which gradient reaches it was not recorded."
    assert gradient_sentence(2e-5) == "The mean gradient that reaches it is 2.0 × 10⁻⁵."
