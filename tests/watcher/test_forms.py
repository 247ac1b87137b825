"""Data in every form, labels of every sort, and networks of several inputs."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    IterableDataset,
    Sampler,
    SubsetRandomSampler,
    TensorDataset,
)
from torch.utils.data import Dataset as TorchDataset

import effdash as ed
from effdash.vocab import UserError
from effdash.watcher.forms import split_forms
from effdash.watcher.probe import class_numbers, take_probe

from .loops import blobs, make_net, run_of

X, Y = blobs(40)


class Stream(IterableDataset):
    def __iter__(self):
        return iter([(x, y) for x, y in zip(X, Y, strict=True)])


def dicts() -> list[dict[str, torch.Tensor]]:
    return [{"x": X[i : i + 8], "labels": Y[i : i + 8]} for i in range(0, 40, 8)]


class Named(nn.Module):
    """Takes its samples by name."""

    def __init__(self) -> None:
        super().__init__()
        self.body = make_net()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x)


FORMS = {
    "X alone": (make_net, X),
    "arrays": (make_net, (X.numpy(), Y.numpy())),
    "four": (make_net, (X, Y, X[:9], Y[:9])),
    "data set of torch": (make_net, TensorDataset(X, Y)),
    "loader": (make_net, DataLoader(TensorDataset(X, Y), batch_size=16, shuffle=True, drop_last=True)),
    "stream": (make_net, DataLoader(Stream(), batch_size=7)),
    "list of batches": (make_net, [[X[:25], Y[:25]], [X[25:], Y[25:]]]),
    "dictionaries": (Named, dicts()),
    "columns by name": (Named, {"x": X, "y": Y}),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_shows_the_same_units(tmp_path, form):
    make, data = FORMS[form]
    model = make()
    with ed.watch(model, data, runs=tmp_path, strict=True) as run:
        run.epoch(loss=1.0)
    found = run_of(run)
    units, expected = found.units(epoch=1), ed.unit_status(model, X)
    assert found.data_size() == (40, 40)
    assert list(units.status.astype(str)) == list(expected.status.astype(str))
    np.testing.assert_allclose(units["max"], expected["max"], rtol=1e-5, atol=1e-6)
    assert found.splits == (["train", "test"] if form == "four" else ["train"])
    labelled = form != "X alone"
    assert found.n_classes == (3 if labelled else 0)
    accuracy = float((model.eval()(X).argmax(1) == Y).float().mean())
    assert found.epochs().train_accuracy.iloc[0] == (
        pytest.approx(accuracy) if labelled else pytest.approx(np.nan, nan_ok=True)
    )
    assert torch.equal(found.data().X_train.sort(0).values, X.sort(0).values)
    assert torch.allclose(
        found.model(1)(X), (model.eval().body if make is Named else model.eval())(X), atol=1e-6
    )


class Several(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left, self.right, self.out = nn.Linear(4, 6), nn.Linear(2, 5), nn.Linear(11, 3)

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return self.out(torch.cat([self.left(left).relu(), self.right(right).relu()], 1))


@pytest.mark.parametrize(
    "data",
    [
        (X, X[:, :2], Y),
        [(X[:20], X[:20, :2], Y[:20]), (X[20:], X[20:, :2], Y[20:])],
        {"left": X, "right": X[:, :2], "target": Y},
    ],
    ids=["columns", "batches", "names"],
)
def test_several_inputs_have_tables_and_no_data(tmp_path, data):
    model = Several()
    with ed.watch(model, data, runs=tmp_path, strict=True) as run:
        run.epoch()
    found = run_of(run)
    assert [layer.name for layer in found.layers] == ["left", "right"]
    np.testing.assert_allclose(found.units(epoch=1)["max"][:6], model.left(X).detach().amax(0), rtol=1e-5)
    assert found.n_classes == 3 and not np.isnan(found.epochs().train_accuracy.iloc[0])
    assert not found.stores_data and found.graph is None
    with pytest.raises(UserError, match="has no data in its file"):
        found.data()
    with pytest.raises(UserError, match="cannot rebuild"):
        found.model()
    assert set(found.weights()[1]) == set(model.state_dict())


def test_call_says_how_a_model_is_called(tmp_path):
    batches = [{"image": X, "mask": None, "weight": Y}]
    with ed.watch(
        make_net(), batches, runs=tmp_path, strict=True, call=lambda model, batch: model(batch["image"])
    ) as run:
        run.epoch()
    assert len(run_of(run).units(epoch=1)) == 20
    with pytest.raises(UserError, match="call= has to run the model once for a batch; it ran it 0 times"):
        ed.watch(make_net(), batches, runs=tmp_path, strict=True, call=lambda model, batch: batch["image"])


REGRESSION = {
    "one number": (1, torch.randn(40)),
    "several": (3, torch.randn(40, 3)),
    "whole numbers that are no classes": (1, torch.arange(40)),
    "pictures as labels": (3, torch.zeros(40, 2, 2, dtype=torch.long)),
}


@pytest.mark.parametrize("case", REGRESSION)
def test_a_regression_has_no_classes_and_no_accuracy(tmp_path, case):
    outputs, y = REGRESSION[case]
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, outputs))
    with ed.watch(model, (X, y), test=(X[:5], y[:5]), runs=tmp_path, strict=True) as run:
        run.epoch(loss=0.3)
    found = run_of(run)
    assert found.n_classes == 0 and found.data().class_names == ()
    assert found.epochs()[["train_accuracy", "test_accuracy"]].isna().all(axis=None)
    assert found.model()(X).shape == (40, outputs)
    assert found.units(epoch=1).grad_mean_abs.isna().all()


@pytest.mark.parametrize("y", [Y.clamp(max=1), Y.clamp(max=1).float()[:, None]], ids=["whole", "floating"])
def test_one_logit_is_two_classes_and_a_sigmoid_is_none(tmp_path, y):
    net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))
    right = ((net(X)[:, 0] > 0).long() == y.reshape(-1)).double().mean().item()
    for model, classes in ((net, 2), (nn.Sequential(*net, nn.Sigmoid()), 0)):
        with ed.watch(model, (X, y), runs=tmp_path, strict=True) as run:
            run.epoch()
        found = run_of(run)
        assert found.n_classes == classes
        assert found.epochs().train_accuracy.iloc[0] == pytest.approx(right)


def test_gradient_reach_is_that_of_the_cross_entropy(tmp_path):
    model = make_net().eval()
    with ed.watch(model, (X, Y), runs=tmp_path, strict=True) as run:
        run.epoch()
    z1 = model[1](model[0](X)).detach().requires_grad_()
    z2 = model[4](z1.relu())
    z2.retain_grad()
    nn.functional.cross_entropy(model[6](z2.relu()), Y).backward()
    expected = torch.cat([z1.grad.abs().mean(0), z2.grad.abs().mean(0)])
    np.testing.assert_allclose(run_of(run).units(epoch=1).grad_mean_abs, expected, rtol=1e-5, atol=1e-9)


def test_a_loader_is_read_by_its_sampler_and_not_by_its_workers():
    class Refusing(DataLoader):
        def __iter__(self):
            raise AssertionError("the loader itself was gone through")

    chosen = [3, 5, 8, 13, 21]
    loader = Refusing(TensorDataset(X, Y), batch_size=2, sampler=SubsetRandomSampler(chosen), num_workers=2)
    probe = take_probe(split_forms(loader, None)[0], seed=0)
    assert torch.equal(probe.single_input(), X[chosen]) and torch.equal(probe.labels(), Y[chosen])
    assert probe.total == 5


class Forever(Sampler):
    """Draws without end, as some do that count steps instead of epochs."""

    def __iter__(self):
        return itertools.cycle(range(40))


class InBatches(TorchDataset):
    """Every item is a batch."""

    def __len__(self):
        return 5

    def __getitem__(self, place):
        return X[8 * place : 8 * place + 8], Y[8 * place : 8 * place + 8]


class Scaled(TorchDataset):
    """Is asked for a sample and a size at once."""

    def __getitem__(self, asked):
        place, size = asked
        return X[place] * size, Y[place]


@pytest.mark.parametrize(
    "loader",
    [
        DataLoader(TensorDataset(X, Y), batch_size=16, sampler=Forever()),
        DataLoader(TensorDataset(X, Y), batch_sampler=BatchSampler(Forever(), 16, drop_last=True)),
        DataLoader(InBatches(), batch_size=None),
        DataLoader(Scaled(), batch_size=16, sampler=[(place, 1.0) for place in range(40)]),
    ],
    ids=["without end", "batches without end", "ready batches", "rows that are pairs"],
)
def test_odd_loaders_are_read_once(loader):
    probe = take_probe(split_forms(loader, None)[0], seed=0)
    assert probe.total == probe.size == 40
    assert torch.equal(probe.single_input(), X) and torch.equal(probe.labels(), Y)


def test_of_many_samples_some_are_looked_at_the_same_every_time():
    many = torch.arange(30_000.0)[:, None]
    for data in (
        many,
        (many.numpy(), np.arange(30_000) % 3),
        DataLoader(TensorDataset(many), batch_size=100),
    ):
        form = split_forms(data, None)[0]
        probes = [take_probe(form, seed=0) for _ in range(2)]
        taken = [probe.single_input() for probe in probes]
        assert torch.equal(*taken) and len(taken[0]) == 10_000 and probes[0].total == 30_000
        assert len(taken[0].unique()) == 10_000
        assert 14_000 < taken[0].mean() < 16_000


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "watch needs data"),
        (3, "data is a int; it should be arrays"),
        (iter([X]), "data is an iterator, which is used up"),
        ((X, Y[:5]), "the parts of data hold different numbers of samples: 40, 5"),
        ((X[:0], Y[:0]), "data holds no samples"),
        ([], "data holds no samples"),
        ([{"x": 3}], "holds no tensor with samples"),
    ],
)
def test_what_is_no_data_is_said_in_a_sentence(tmp_path, data, sentence):
    with pytest.raises(UserError, match=sentence):
        ed.watch(make_net(), data, runs=tmp_path, strict=True)
    assert not tmp_path.exists() or not list(tmp_path.iterdir())


def test_labels_that_are_classes():
    assert class_numbers(torch.tensor([0.5, 1.0])) is None
    assert class_numbers(torch.tensor([-1, 0])) is None
    assert class_numbers(torch.tensor([[1], [0]])).tolist() == [1, 0]
    assert class_numbers(torch.tensor([True, False])).tolist() == [1, 0]
    assert class_numbers(torch.tensor([2, 7], dtype=torch.uint8)).tolist() == [2, 7]


def test_a_layer_with_other_rows_than_samples_has_units_without_points(tmp_path):
    class Folded(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.out = nn.Linear(2, 5), nn.Linear(10, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.out(self.inner(x.reshape(-1, 2)).relu().reshape(len(x), -1))

    with ed.watch(Folded(), (X, Y), runs=tmp_path, strict=True) as run:
        run.epoch()
    found = run_of(run)
    assert len(found.units(epoch=1)) == 5
    assert len(found.points(epoch=1)) == 0
