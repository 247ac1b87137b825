"""Changed decisions, against logits whose answer is known, and against a slow count."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from effdash.decision import compare, decisions, margins
from effdash.vocab import UserError

LN3 = np.log(3)


def test_changes_by_hand() -> None:
    before = np.array([[4.0, 0, 0], [0, 1, 0], [0, 0, 2], [0, 3, 0]])
    after = np.array([[3.0, 0, 0], [2, 1, 0], [0, 0.5, 2], [5, 3, 1]])
    changes = compare(before, after)
    assert changes.which.tolist() == [1, 3]
    assert (changes.count, changes.samples, changes.agreement) == (2, 4, 0.5)
    assert changes.margin_before.tolist() == [4, 1, 2, 3]
    assert changes.margin_left.tolist() == [3, -1, 1.5, -2]
    assert changes.smallest_margin == -2
    assert changes.halved == 0.5
    table = changes.table()
    assert table.to_dict("records") == [{"from": 1, "to": 0, "samples": 2}]
    assert changes.table(["a", "b", "c"]).to_dict("records") == [{"from": "b", "to": "a", "samples": 2}]


def test_probabilities_by_hand() -> None:
    # One logit L is (0, L): L = ln 3 is a probability of 3/4, -ln 3 one of 1/4.
    changes = compare(np.array([LN3, 0.0, -LN3]), np.array([-LN3, 0.0, 0.0]))
    np.testing.assert_allclose(changes.probability_change, [0.5, 0, 0.25], atol=1e-15)
    assert changes.largest_change == pytest.approx(0.5)
    assert changes.change_99 == pytest.approx(np.percentile([0.5, 0, 0.25], 99))


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_one_logit_decides_by_its_sign(shape: tuple[int, ...]) -> None:
    before, after = np.array([2.0, -1, 0, 3]).reshape(shape), np.array([-2.0, -1, 1e-9, 3]).reshape(shape)
    changes = compare(before, after)
    # Logit 0 is a tie, and of equals the first class is answered.
    assert changes.before.tolist() == [1, 0, 0, 1]
    assert changes.after.tolist() == [0, 0, 1, 1]
    assert changes.which.tolist() == [0, 2]
    assert changes.margin_before.tolist() == [2, 1, 0, 3]


def test_of_equal_logits_the_first_decides_and_the_margin_is_0() -> None:
    logits = np.array([[1.0, 1, 0], [0, 2, 2], [3, 3, 3]])
    assert decisions(logits).tolist() == [0, 1, 0]
    assert margins(logits).tolist() == [0, 0, 0]
    same = compare(logits, logits)
    assert (same.count, same.agreement, same.halved, same.smallest_margin) == (0, 1, 0, 0)
    assert same.table().empty


def test_from_and_to_are_sorted_by_how_many() -> None:
    one = np.eye(3)[[0, 0, 1, 2, 2, 2, 1]]
    two = np.eye(3)[[1, 2, 0, 1, 1, 2, 1]]
    assert compare(one, two).table().values.tolist() == [[2, 1, 2], [0, 1, 1], [0, 2, 1], [1, 0, 1]]


logits = arrays(np.float64, (12, 3), elements=st.integers(-2, 2).map(float))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(before=logits, after=logits)
def test_changes_are_those_of_a_slow_count(before: np.ndarray, after: np.ndarray) -> None:
    changes = compare(before, after)
    pairs = [
        (max(range(3), key=a.__getitem__), max(range(3), key=b.__getitem__))
        for a, b in zip(before, after, strict=True)
    ]
    assert changes.which.tolist() == [i for i, (a, b) in enumerate(pairs) if a != b]
    counted = {(row["from"], row["to"]): row["samples"] for row in changes.table().to_dict("records")}
    assert counted == {pair: pairs.count(pair) for pair in set(pairs) if pair[0] != pair[1]}
    lead = [min(b[a] - b[c] for c in range(3) if c != a) for (a, _), b in zip(pairs, after, strict=True)]
    np.testing.assert_allclose(changes.margin_left, lead)
    np.testing.assert_allclose(changes.margin_before, margins(before))
    assert (changes.margin_left[changes.which] <= 0).all()


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (np.zeros((3, 2)), np.zeros((3, 4)), r"before have shape \(3, 2\), those after \(3, 4\)"),
        (np.zeros((0, 2)), np.zeros((0, 2)), r"before have shape \(0, 2\); they should be one row"),
        (np.zeros((2, 2, 2)), np.zeros((2, 2, 2)), r"before have shape \(2, 2, 2\)"),
        (
            np.zeros((2, 2)),
            np.array([[0, 1], [np.nan, 1]]),
            "the logits after hold a nan or an infinite value, .* sample 1",
        ),
        (
            np.array([[np.inf, 1.0]]),
            np.zeros((1, 2)),
            "the logits before hold a nan or an infinite value, .* sample 0",
        ),
    ],
)
def test_logits_that_cannot_be_compared(before: np.ndarray, after: np.ndarray, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        compare(before, after)
