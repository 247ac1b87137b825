"""Masks silence units and make nothing smaller."""

import pytest
import torch
from torch import nn

from effdash.pruning.masks import silence
from effdash.vocab import UserError


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(64, 5),
        nn.ReLU(),
        nn.Linear(5, 3),
    ).eval()


def test_masked_units_answer_nothing_and_the_argument_stays() -> None:
    model, X = network(), torch.randn(20, 1, 6, 6)
    before = model(X)
    masked, report = silence(model, X, units={"1": [2], "4": [0, 3]})
    hidden = masked[:3](X)
    assert (hidden[:, 2] == 0).all() and (hidden[:, 0] != 0).any()
    assert (masked[:6](X)[:, [0, 3]] == 0).all()
    assert torch.equal(model(X), before)
    assert report.table[~report.table["kept"]][["layer", "unit"]].to_numpy().tolist() == [
        ["1", 2],
        ["4", 0],
        ["4", 3],
    ]
    assert report.parameters[0] - report.parameters[1] == 2 + 2 * 65
    assert report.macs is None


def test_masks_stay_in_force_in_training() -> None:
    model, X = network(), torch.randn(20, 1, 6, 6)
    masked, _ = silence(model, X, units={"4": [1]})
    optimizer = torch.optim.SGD(masked.parameters(), lr=0.1)
    masked(X).square().sum().backward()
    optimizer.step()
    assert (masked[:6](X)[:, 1] == 0).all()


def test_amount_takes_the_smallest_weights_beside_their_layers_mean() -> None:
    model = nn.Sequential(nn.Linear(1, 4), nn.ReLU(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    with torch.no_grad():
        model[0].weight[:] = torch.tensor([[1.0], [4.0], [5.0], [6.0]])
        model[2].weight[:] = torch.tensor([[30.0], [10.0], [20.0]])
    _, report = silence(model, torch.randn(20, 1), amount=2 / 7)
    gone = report.table[~report.table["kept"]]
    assert gone[["layer", "unit"]].to_numpy().tolist() == [["0", 0], ["2", 1]]


def test_a_unit_of_every_layer_stays() -> None:
    _, report = silence(network(), torch.randn(20, 1, 6, 6), amount=1.0)
    assert report.layers()["left"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "masks=True needs units=… or amount=…"),
        ({"units": {"9": [0]}}, "layer '9' is not in this model; it has 1, 4"),
        ({"units": {"4": [5]}}, "layer '4' has no unit 5; it has 5"),
        ({"units": {"4": range(5)}}, "all units of layer '4' are to go"),
    ],
)
def test_bad_input(arguments: dict, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        silence(network(), torch.randn(20, 1, 6, 6), **arguments)
