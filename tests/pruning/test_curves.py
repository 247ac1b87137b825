"""The curve of a path: the agreement of its networks."""

import numpy as np
import pytest

from effdash.decision import compare, logits_of
from effdash.pruning import agreement_along, rebuilt
from effdash.pruning.curves import paths_of_all_methods
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


def test_as_many_methods_are_told_as_time_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("effdash.pruning.curves.METHODS", ("l1", "l2"))
    reference, _ = moons()
    paths = paths_of_all_methods(reference, split="test")
    assert [(one.method, one.compensated) for one in paths] == [
        ("l1", True),
        ("l1", False),
        ("l2", True),
        ("l2", False),
    ]
    assert all(one.amounts[0] == 0 and one.agreement[0] == 1 for one in paths)
    monkeypatch.setattr("effdash.pruning.curves.PATIENCE", -1.0)
    assert paths_of_all_methods(reference, split="test") == ()
