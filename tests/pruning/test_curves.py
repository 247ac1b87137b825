"""The curve of a path: the agreement of its networks."""

import numpy as np
import pytest

from effdash.decision import compare, logits_of
from effdash.pruning import agreement_along, rebuilt
from effdash.vocab import UserError
from tests.pruning.planned import bent, moons


def test_the_curve_of_a_path_is_the_agreement_of_its_networks() -> None:
    reference, path = moons()
    amounts = [30, 0, 7, 7, 99]
    assert reference.X_test is not None
    for split, X in (("train", reference.X), ("test", reference.X_test)):
        for compensate in (True, False):
            found = agreement_along(reference, path, amounts, compensate=compensate, split=split)
            expected = [
                compare(
                    logits_of(reference.model, X),
                    logits_of(rebuilt(reference, path.removals[:amount], compensate=compensate).model, X),
                ).agreement
                for amount in amounts
            ]
            np.testing.assert_allclose(found, expected)
    assert found[1] == 1


def test_there_is_no_curve_on_what_is_not_there() -> None:
    reference, path = bent()
    with pytest.raises(UserError, match="the data have no test part"):
        agreement_along(reference, path, [0], split="test")
    with pytest.raises(UserError, match="split 'audit' is unknown; there are train and test"):
        agreement_along(reference, path, [0], split="audit")
