"""What layers are called."""

import torch
from torch import Tensor, nn

from effdash.observe import find_layers, observe, record_preactivations
from tests.observe.networks import Applying, names_of, plain


def test_residual_sum_is_named_after_its_new_summand() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
            self.conv2, self.bn2 = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
            self.down = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4))
            self.relu = nn.ReLU(inplace=True)

        def forward(self, x: Tensor) -> Tensor:
            out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
            out += self.down(x)
            return self.relu(out)

    model = nn.Sequential(Block(), Block(), nn.Flatten(), nn.Linear(4 * 9, 2))
    expected = ["0.bn1", "0.bn2", "1.bn1", "1.bn2"]
    assert names_of(model, torch.randn(2, 4, 3, 3)) == expected


def test_without_a_producer_the_place_gives_the_name() -> None:
    class Start(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = Applying(torch.tanh)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(torch.relu(x))

    assert names_of(Start(), torch.randn(2, 4)) == ["relu", "head.fc"]


def test_wrappers_and_parametrizations_do_not_show() -> None:
    assert names_of(nn.DataParallel(plain()), torch.randn(2, 4)) == ["0", "2"]
    model = plain()
    nn.utils.parametrizations.weight_norm(model[0])
    assert names_of(model, torch.randn(2, 4)) == ["0", "2"]


def test_norm_without_parameters_gives_the_name() -> None:
    model = nn.Sequential(
        nn.Linear(4, 5), nn.LayerNorm(5, elementwise_affine=False), nn.ReLU(), nn.Linear(5, 2)
    )
    assert names_of(model, torch.randn(2, 4)) == ["1"]
    model[1] = nn.BatchNorm1d(5, affine=False)
    assert names_of(model, torch.randn(2, 4)) == ["1"]


def test_linear_over_a_sequence_has_neurons_as_units() -> None:
    model = nn.TransformerEncoderLayer(4, 2, dim_feedforward=7, batch_first=True)
    x = torch.randn(3, 5, 4)
    layers = find_layers(model, x)
    assert [(layer.name, layer.kind, layer.units, layer.positions) for layer in layers] == [
        ("linear1", "relu", 7, (5,))
    ]
    with record_preactivations(model.eval()) as record:
        for _ in range(2):
            model(x)
            attended = model.norm1(x + model.self_attn(x, x, x, need_weights=False)[0])
            torch.testing.assert_close(record["linear1"], model.linear1(attended).movedim(-1, 1))
    assert observe(model, x).n_samples == 3
