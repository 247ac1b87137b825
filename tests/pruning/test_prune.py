"""The whole operation: what comes out, what it reports, and what it refuses."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import relu

import effdash as ed
from effdash.decision import clopper_pearson
from effdash.pruning import Report
from effdash.vocab import UserError
from tests.pruning.planting import KINDS, drawn, plant

Data = tuple[Tensor, Tensor | None, Tensor | None, Tensor | None]


def labelled(model: nn.Module, X: Tensor) -> Data:
    """Training and test data on which the model is right but for every seventh sample."""
    with torch.no_grad():
        y = model(X).argmax(1)
    y[::7] = (y[::7] + 1) % 3
    half = len(X) // 2
    return X[:half], y[:half], X[half:], y[half:]


@pytest.fixture
def dense() -> tuple[nn.Module, Data]:
    model, X = drawn("dense", seed=0, samples=120)
    plant(model, X, "dense")
    return model, labelled(model, X)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_becomes_a_smaller_network_of_its_class(kind: str) -> None:
    model, X = drawn(kind, seed=1, samples=60)
    plant(model, X, kind)
    model = model.float()
    data = labelled(model, X.float())
    before = copy.deepcopy(model.state_dict())
    pruned, report = ed.prune(model, data, amount=0.4)
    assert type(pruned) is type(model)
    assert report.parameters[1] < report.parameters[0]
    assert report.macs is not None and report.macs[1] < report.macs[0]
    assert report.parameters[1] == sum(parameter.numel() for parameter in pruned.parameters())
    assert pruned(data[0]).dtype == torch.float32
    sizes = {layer.name: layer.units for layer in ed.find_layers(pruned, data[0])}
    assert list(sizes.values()) == report.layers()["left"].tolist()
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in pruned.modules())


def test_report_counts_what_is_there(dense: tuple[nn.Module, Data]) -> None:
    model, data = dense
    pruned, report = ed.prune(model, data, amount=0.5)
    X_train, y_train, X_test, y_test = data
    for split, X, y in (("train", X_train, y_train), ("test", X_test, y_test)):
        before, after = model(X).argmax(1), pruned(X).argmax(1)
        row = report.summary().set_index("split").loc[split]
        assert row["samples"] == 60
        assert row["changed"] == int((before != after).sum())
        assert row["agreement"] == pytest.approx(float((before == after).double().mean()))
        assert row["accuracy_before"] == pytest.approx(float((before == y).double().mean()))
        assert row["accuracy_after"] == pytest.approx(float((after == y).double().mean()))
    assert report.macs == (5 * 8 + 8 * 8 + 8 * 8 + 8 * 3, macs_of(pruned))
    assert report.bound.upper == clopper_pearson(report.changes["test"].count, 60)[1]
    assert (report.units, report.removed) == (24, 12)


def macs_of(chain: nn.Module) -> int:
    return sum(m.in_features * m.out_features for m in chain.modules() if isinstance(m, nn.Linear))


def test_every_unit_has_a_row_and_a_reason(dense: tuple[nn.Module, Data]) -> None:
    model, data = dense
    plan = ed.plan_pruning(model, data)
    _, report = ed.prune(model, data, amount=0.5)
    table = report.table
    assert len(table) == 24
    assert table["reason"].str.len().min() > 10
    taken = set(zip(plan["layer"][:12], plan["unit"][:12], strict=True))
    gone = table[~table["kept"]]
    assert set(zip(gone["layer"], gone["unit"], strict=True)) == taken
    assert set(gone["stage"]) == {"dead", "constant"}
    kept = table[table["kept"]]
    assert kept["stage"].isna().all()
    assert kept["reason"].str.startswith("kept: ").all()
    assert kept["reason"].str.match("kept: it would go next, of [0-9]+ that still could; ").sum() == 1
    assert kept["reason"].str.match("kept: 1 would go before it, of ").sum() == 1


def test_only_what_is_named_goes(dense: tuple[nn.Module, Data]) -> None:
    model, data = dense
    pruned, report = ed.prune(model, data, units={"fc1": [0, 6], "fc3": [7]})
    gone = report.table[~report.table["kept"]]
    assert sorted(zip(gone["layer"], gone["unit"], strict=True)) == [("fc1", 0), ("fc1", 6), ("fc3", 7)]
    assert torch.equal(pruned.fc1.weight, model.fc1.weight[[1, 2, 3, 4, 5, 7]])
    assert pruned.out.in_features == 7


def test_coupled_units_go_together() -> None:
    model, X = drawn("with ways around", seed=2, samples=60)
    layers = [layer.name for layer in ed.find_layers(model, X)]
    pruned, report = ed.prune(model, X, units={layers[0]: [3]})
    gone = report.table[~report.table["kept"]]
    assert gone["unit"].tolist() == [3, 3, 3]
    assert gone["layer"].tolist() == [layers[0], layers[2], layers[4]]
    assert pruned.conv1.out_channels == pruned.conv3.out_channels == pruned.conv5.out_channels == 7


def test_amount_none_and_all(dense: tuple[nn.Module, Data]) -> None:
    model, data = dense
    same, report = ed.prune(model, data, amount=0.0)
    assert report.removed == 0
    assert torch.equal(same(data[0]), model(data[0]))
    least, report = ed.prune(model, data, amount=1.0)
    assert report.layers()["left"].tolist() == [1, 1, 1]
    assert any("24 units were to go, but only 21 can" in note for note in report.notes)
    assert least(data[0]).shape == (60, 3)


def test_auto_keeps_every_decision_on_the_training_part(dense: tuple[nn.Module, Data]) -> None:
    model, data = dense
    _, report = ed.prune(model, data, auto=True)
    assert report.changes["train"].count == 0
    assert report.removed >= 9


def test_without_compensation_rows_are_only_cut_out(dense: tuple[nn.Module, Data]) -> None:
    model, data = dense
    pruned, _ = ed.prune(model, data, units={"fc2": [7]}, compensate=False)
    assert torch.equal(pruned.fc3.weight, model.fc3.weight[:, :7])


def test_labels_and_test_data_are_not_needed(dense: tuple[nn.Module, Data]) -> None:
    model, (X, *_) = dense
    with_all, _ = ed.prune(model, dense[1], auto=True)
    without, report = ed.prune(model, X, auto=True)
    assert all(torch.equal(a, b) for a, b in zip(with_all.parameters(), without.parameters(), strict=True))
    assert report.accuracy == {}
    assert report.bound.upper is None
    assert np.isnan(report.summary()["accuracy_before"]).all()


def test_result_has_the_mode_the_type_and_the_flags_of_the_argument() -> None:
    model, X = drawn("residual", seed=3, samples=40)
    model.train()
    model.blocks[0].eval()
    model.conv.weight.requires_grad_(False)
    model.half()
    pruned, _ = ed.prune(model, X.half(), amount=0.3)
    assert pruned.training and pruned.fc.training and not pruned.blocks[0].training
    assert model.training and not model.blocks[0].training
    assert {p.dtype for p in pruned.parameters()} == {torch.float16}
    assert not pruned.conv.weight.requires_grad
    assert pruned.fc.weight.requires_grad and pruned.conv.bias.requires_grad


def test_what_cannot_go_is_named_and_stays() -> None:
    model, X = drawn("tokens", seed=4)
    _, report = ed.prune(model, X, amount=0.5)
    model, X = Twice().double(), torch.randn(40, 5, dtype=torch.float64)
    pruned, report = ed.prune(model, X, amount=0.5)
    stays = report.table[report.table["layer"].str.startswith("twice")]
    assert stays["kept"].all()
    assert stays["reason"].str.contains("used 2 times").all()
    assert pruned.twice.out_features == 6
    assert pruned.last.out_features < 7


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.twice, self.last, self.out = (
            nn.Linear(*sizes) for sizes in ((5, 6), (6, 6), (6, 7), (7, 3))
        )

    def forward(self, x: Tensor) -> Tensor:
        x = relu(self.twice(relu(self.twice(relu(self.first(x))))))
        return self.out(relu(self.last(x)))


class Winding(nn.Module):
    """Chooses its way by the values."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(5, 6), nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = relu(self.fc1(x))
        return self.fc2(h) if h.sum() >= 0 else h


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "give one of auto=True, amount=… and units=…, not none of them"),
    "two": ({"auto": True, "amount": 0.5}, "give one of .*, not auto and amount"),
    "share": ({"amount": 1.5}, "amount = 1.5 is out of range; it is a share of the units, from 0 to 1"),
    "nan": ({"amount": float("nan")}, "amount = nan is out of range"),
    "tolerance": ({"auto": True, "tolerance": -1.0}, "tolerance = -1.0 is out of range"),
    "idle tolerance": ({"amount": 0.5, "tolerance": 0.1}, "tolerance is a matter of auto=True"),
    "method": ({"amount": 0.5, "method": "magic"}, "method 'magic' is unknown; known are margin, "),
    "layer": ({"units": {"fc9": [0]}}, "layer 'fc9' is not in this model; it has fc1, fc2, fc3"),
    "unit": ({"units": {"fc1": [8]}}, "layer 'fc1' has no unit 8; it has 8"),
    "all": ({"units": {"fc2": range(8)}}, "all units of layer 'fc2' are to go, and the layer would vanish"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_one_sentence(dense: tuple[nn.Module, Data], case: str) -> None:
    arguments, sentence = REFUSED[case]
    with pytest.raises(UserError, match=sentence):
        ed.prune(*dense, **arguments)


def test_what_cannot_be_traced_is_offered_masks() -> None:
    model, X = Winding(), torch.randn(30, 5)
    with pytest.raises(UserError, match=r"the model cannot be traced: .*; masks=True silences units"):
        ed.prune(model, X, amount=0.5)
    masked, report = ed.prune(model, X, amount=0.5, masks=True)
    assert isinstance(report, Report)
    assert report.removed == 3
    assert masked(X).shape == (30, 3)
