"""The samples that are looked at: a seeded part, with the classes in their shares."""

import numpy as np
import pytest

from effdash.training.probe import stratified


def test_classes_keep_their_shares():
    y = np.repeat([0, 1, 2], [600, 300, 100])
    rows = stratified(y, 100, seed=0)
    assert np.bincount(y[rows]).tolist() == [60, 30, 10]
    assert np.array_equal(rows, stratified(y, 100, seed=0))
    assert not np.array_equal(rows, stratified(y, 100, seed=1))


@pytest.mark.parametrize("count", [1, 2, 97, 98, 99, 100, 200])
def test_any_number_of_rows_can_be_had(count):
    """Also where so few are left out that not every class is among them."""
    rows = stratified(np.arange(100) % 3, count, seed=0)
    assert len(rows) == len(set(rows.tolist())) == min(count, 100)
    assert (np.diff(rows) > 0).all()
