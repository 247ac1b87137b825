"""Samples that come block by block are those that are read at once."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from effdash.data.own import matrix, read_own, stream_own

TABLE = "x1,x2,colour,kind\n" + "".join(
    f"{n / 7},{'' if n % 9 == 4 else n % 5},{'red' if n % 3 else 'blue'},{'even' if n % 2 else 'odd'}\n"
    for n in range(60)
)


def sorted_rows(X: np.ndarray) -> np.ndarray:
    return X[np.lexsort(X.T)]


def agree(path: Path, size: int = 7, **how: Any) -> int:
    """How many samples there are, alike in both ways."""
    samples, first = stream_own(path, **how)
    whole = read_own(path, test_share=0.0, standardise=how.pop("standardise", False), **how)
    batches = list(samples.batches(size))
    assert max(map(len, batches)) <= size
    X = torch.cat(batches)
    assert len(X) == samples.total == len(whole.X_train)
    np.testing.assert_allclose(
        sorted_rows(X.numpy()), sorted_rows(whole.X_train.numpy()), rtol=1e-5, atol=1e-6
    )
    assert torch.equal(first.X_train, X[: len(first.X_train)])
    assert first.class_names == whole.class_names
    assert torch.equal(torch.cat(list(samples.batches(1000))), X)
    return len(X)


@pytest.mark.parametrize("standardise", [False, True])
@pytest.mark.parametrize(("missing", "rows"), [("drop", 53), ("mean", 60)])
def test_a_table(tmp_path: Path, missing: str, rows: int, standardise: bool) -> None:
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    assert agree(path, label="kind", missing=missing, standardise=standardise) == rows


def test_arrays_in_several_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "VALUES", 60)
    assert matrix.rows_of_block((2, 3)) == 10
    rng = np.random.default_rng(0)
    path = tmp_path / "arrays.npz"
    np.savez(path, X=rng.normal(size=(50, 2, 3)).astype(np.float32), y=np.arange(50) % 3)
    assert agree(path) == 50
