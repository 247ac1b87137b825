"""How weights begin: their distributions, and that looks-linear networks are linear."""

import pytest
import torch
from torch import Tensor, nn

from effdash.models import build_model
from effdash.models.chain import Chain


def network(name: str = "rectangular", **options) -> Chain:
    settings = {"input_shape": (64,), "n_classes": 10, "depth": 3, "width": 200, "seed": 0} | options
    return build_model(name, **settings)


def biases(model: nn.Module) -> Tensor:
    return torch.cat([value.flatten() for name, value in model.named_parameters() if name.endswith("bias")])


def test_default_is_what_torch_itself_gives():
    torch.manual_seed(3)
    first, second, third, out = nn.Linear(64, 5), nn.Linear(5, 5), nn.Linear(5, 5), nn.Linear(5, 10)
    model = network(width=5, seed=3)
    for ours, torchs in zip(model.producers(), [first, second, third, out], strict=True):
        assert torch.equal(ours.weight, torchs.weight)
        assert torch.equal(ours.bias, torchs.bias)


@pytest.mark.parametrize(
    ("name", "activation", "module", "fan_in"),
    [
        ("rectangular", "relu", "fc1", 64),
        ("rectangular", "relu", "fc2", 200),
        ("rectangular", "lk-relu", "fc2", 400),
        ("rectangular", "relu", "out", 200),
        ("convolutional", "relu", "conv2", 200 * 9),
    ],
)
def test_kaiming_has_variance_two_over_fan_in(name, activation, module, fan_in):
    model = network(name, activation=activation, init="kaiming")
    weight = model.get_submodule(module).weight
    assert weight.var().item() == pytest.approx(2 / fan_in, rel=0.1)
    # Normal, not uniform: the fourth moment is three times the squared variance.
    assert (weight**4).mean().item() == pytest.approx(3 * (2 / fan_in) ** 2, rel=0.2)
    assert (biases(model) == 0).all()


def test_glorot_is_uniform_within_its_bound():
    model = network(init="glorot")
    bound = (6 / (200 + 200)) ** 0.5
    assert model.fc2.weight.abs().max().item() == pytest.approx(bound, rel=1e-3)
    assert model.fc2.weight.var().item() == pytest.approx(bound**2 / 3, rel=0.05)
    assert (biases(model) == 0).all()


def test_zero_is_zero():
    assert all((parameter == 0).all() for parameter in network(init="zero", width=4).parameters())


def test_normalization_and_slopes_keep_their_beginning():
    model = network(init="zero", activation="prelu", batch_norm=True, width=4)
    assert (model.bn1.weight == 1).all()
    assert (model.act1.weight == 0.25).all()


@pytest.mark.parametrize(
    "activation", ["lk-relu", "lk-prelu", "lk-swish", "relu", "leaky_relu", "prelu", "gelu", "silu"]
)
@pytest.mark.parametrize(("depth", "width", "skip"), [(1, 4, 0), (20, 6, 0), (5, 7, 0), (7, 6, 2), (4, 3, 1)])
def test_a_looks_linear_network_is_linear(activation, depth, width, skip):
    model = network(
        input_shape=(5,), depth=depth, width=width, skip=skip, activation=activation, init="looks-linear"
    ).double()
    # PReLU's slope and the orthogonal factors are float32 numbers.
    x, y = torch.randn(2, 8, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    combined = model(2 * x - 3 * y)
    apart = 2 * model(x) - 3 * model(y)
    assert torch.allclose(combined, apart, rtol=1e-4, atol=1e-5)
    assert combined.abs().max() > 1e-2


def test_a_looks_linear_network_keeps_lengths_through_any_depth():
    """Square orthogonal factors all the way; only the output, with one row a class, may drop something."""
    for activation, width in (("lk-prelu", 6), ("relu", 12), ("prelu", 12)):
        model = network(
            input_shape=(6,), n_classes=6, depth=40, width=width, activation=activation, init="looks-linear"
        ).double()
        x = torch.randn(9, 6, dtype=torch.float64)
        assert torch.allclose(model(x).norm(dim=1), x.norm(dim=1), rtol=1e-4)


def test_looks_linear_plain_units_mirror_each_other():
    model = network(input_shape=(3,), depth=2, width=5, init="looks-linear")
    z = model.fc1(torch.randn(4, 3))
    assert torch.equal(z[:, :2], -z[:, 2:4])
    assert (model.fc2.weight[:, 4] == 0).all()
    assert torch.equal(model.fc2.weight[:2, :2], -model.fc2.weight[:2, 2:4])
    assert torch.equal(model.fc2.weight[:2, :2], model.fc2.weight[2:4, 2:4])


@pytest.mark.parametrize("activation", ["relu", "lk-relu"])
def test_looks_linear_convolutions_are_linear_but_for_the_pooling(activation):
    model = network("convolutional", depth=4, width=6, activation=activation, init="looks-linear").double()
    model.pool = nn.AvgPool2d(2)
    x, y = torch.randn(2, 3, 64, dtype=torch.float64)
    assert torch.allclose(model(x - 2 * y), model(x) - 2 * model(y), rtol=1e-4, atol=1e-6)
