"""Units of any number of samples, in any form: the same as in one batch, and in memory that does not grow."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import effdash as ed
from effdash.observe import observe, room, unit_status
from effdash.observe.batches import mapped
from effdash.vocab import UserError

NET = nn.Sequential(nn.Linear(3, 7), nn.ReLU(), nn.Linear(7, 5), nn.Tanh(), nn.Linear(5, 2)).double()
X = torch.randn(50, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
Y = torch.arange(50) % 2


def same(units: pd.DataFrame) -> None:
    """As in one batch."""
    pd.testing.assert_frame_equal(units, unit_status(NET, X, batch_size=1_000), rtol=1e-12)


def test_every_form_of_batches_shows_the_same_units(tmp_path):
    np.save(tmp_path / "X.npy", X.numpy())
    mapped_file = np.load(tmp_path / "X.npy", mmap_mode="r")
    forms = [
        X.numpy(),
        mapped_file,
        (mapped_file, Y.numpy()),
        (X, Y),
        [(X[:20], Y[:20]), (X[20:], Y[20:])],
        [[X[:20], Y[:20]], [X[20:], Y[20:]]],
        (part for part in X.split(11)),
        DataLoader(TensorDataset(X, Y), batch_size=16),
    ]
    for form in forms:
        same(unit_status(NET, form, batch_size=9))
    named = [{"input": X[:20], "labels": Y[:20]}, {"input": X[20:], "labels": Y[20:]}]
    same(unit_status(NET, named))
    same(unit_status(NET, named, call=lambda model, batch: model(batch["input"])))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=8), st.integers(1, 9))
def test_streamed_is_in_one(sizes: list[int], most: int) -> None:
    samples = torch.randn(sum(sizes), 3, dtype=torch.float64)
    whole = observe(NET, samples, points=False)
    for seen in (
        observe(NET, iter(samples.split(sizes)), points=False),
        observe(NET, samples, batch_size=most),
    ):
        assert np.array_equal(seen.unit_status, whole.unit_status) and seen.n_samples == len(samples)
        np.testing.assert_allclose(seen.unit_max, whole.unit_max, rtol=1e-6)
        assert np.array_equal(seen.active_share, whole.active_share)


def test_batches_are_smaller_where_layers_are_wide(monkeypatch):
    sizes: list[int] = []

    class Told(nn.Sequential):
        def forward(self, x: Tensor) -> Tensor:
            sizes.append(len(x))
            return super().forward(x)

    net = Told(*NET)
    monkeypatch.setattr(room, "MOST_ENTRIES", 70)
    same(unit_status(net, X))
    # Two samples tell how wide the layers are; then ten have room.
    assert sizes == [2, 10, 10, 10, 10, 10]


def test_progress_is_told_sample_by_sample(capsys):
    told: list[tuple[int, int | None]] = []
    unit_status(NET, X, batch_size=20, progress=lambda done, total: told.append((done, total)))
    assert told == [(20, 50), (40, 50), (50, 50)]
    told.clear()
    unit_status(NET, iter(X.split(30)), progress=lambda done, total: told.append((done, total)))
    assert told == [(30, None), (50, None)]
    unit_status(NET, X, progress=True)
    printed = capsys.readouterr()
    assert printed.out == "" and "50/50" in printed.err


class Endless:
    """Many batches, of which none is kept by anybody."""

    def __init__(self) -> None:
        self.alive = self.most = 0

    def __iter__(self) -> Iterator[Tensor]:
        import weakref

        for _ in range(200):
            batch = torch.randn(64, 3, dtype=torch.float64)
            self.alive += 1
            self.most = max(self.most, self.alive)
            weakref.finalize(batch, self._gone)
            yield batch

    def _gone(self) -> None:
        self.alive -= 1


def test_no_batch_is_kept():
    stream = Endless()
    seen = observe(NET, stream, points=False)
    assert seen.n_samples == 12_800
    assert stream.most <= 3


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (3, "X is a int; it should be samples, or go through batches"),
        ("file.csv", "X is a str"),
        ([], "X has no samples"),
        (iter([]), "X has no samples"),
        ((X, Y[:3]), "different numbers of samples: 50, 3"),
        ([None], "a batch holds no tensor with samples"),
    ],
)
def test_what_is_no_samples(what, sentence):
    with pytest.raises(UserError, match=sentence):
        unit_status(NET, what)


def test_a_model_in_autocast_is_seen_in_its_own_precision():
    single = nn.Sequential(nn.Linear(3, 7), nn.ReLU(), nn.Linear(7, 2))
    expected = ed.unit_status(single, X)
    with torch.autocast("cpu", torch.bfloat16):
        pd.testing.assert_frame_equal(ed.unit_status(single, X), expected)


def test_nests_keep_their_kind():
    from collections import namedtuple

    pair = namedtuple("pair", "a b")
    nest = {"x": [torch.ones(2), (torch.zeros(1), "word")], "p": pair(torch.ones(1), 3)}
    found = mapped(lambda tensor: tensor + 1, nest)
    assert isinstance(found["p"], pair) and found["p"].b == 3 and found["x"][1][1] == "word"
    assert found["x"][0].tolist() == [2, 2]
