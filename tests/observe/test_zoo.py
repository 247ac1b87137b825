"""Every way of writing a network: its layers, its pre-activations, and its status against a slow loop."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from effdash.observe import find_layers, observe, point_status, record_preactivations, unit_status


@pytest.fixture
def data(specimen) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(5)
    train = torch.randn(20, *specimen.input_shape, generator=generator)
    return train, 2 * torch.randn(9, *specimen.input_shape, generator=generator)


def test_finds_the_layers_its_owner_would_name(specimen, network, data) -> None:
    with torch.no_grad():
        truth = specimen.truth(network.eval(), data[0])
    layers = find_layers(network, data[0][:2])
    assert [(layer.name, layer.kind) for layer in layers] == [(name, kind) for name, kind, _ in truth]
    assert [(layer.units, *layer.positions) for layer in layers] == [tuple(z.shape[1:]) for _, _, z in truth]


@pytest.mark.parametrize("training", [False, True])
def test_records_what_goes_into_the_nonlinearity(specimen, network, data, training: bool) -> None:
    network.train(training)
    if training and any(isinstance(m, nn.BatchNorm1d) for m in network.modules()):
        pytest.skip("the truth would move the running statistics")
    with record_preactivations(network) as record:
        for _ in range(3):  # discovery, then twice by hooks
            with torch.random.fork_rng():
                torch.manual_seed(3)
                output = network(data[0])
            with torch.random.fork_rng(), torch.no_grad():
                truth = specimen.truth(network, data[0])
            names = [name for name, *_ in truth]
            assert [layer.name for layer in record.layers] == names
            for name, _, z in truth:
                if training and name == "c":
                    continue  # dropout stands between its producer and its ReLU
                torch.testing.assert_close(record[name], z)
            output.sum().backward()


def test_status_equals_a_slow_loop(specimen, network, data) -> None:
    network.eval()
    for X in data:
        observation = observe(network, X, batch_size=7)
        with torch.no_grad():
            truth = specimen.truth(network, X)
        units, points = unit_status(network, X), point_status(network, X)
        expected = [slow_status(kind, z[:, u], network, u) for _, kind, z in truth for u in range(z.shape[1])]
        assert list(units.status.astype(str)) == expected
        assert units.status.cat.codes.tolist() == observation.unit_status.tolist()
        shares = [(z[:, u] > 0).float().mean().item() for _, _, z in truth for u in range(z.shape[1])]
        np.testing.assert_allclose(observation.active_share, shares, atol=1e-6)
        for i, (_, kind, z) in enumerate(truth):
            lows = [z[n].min().item() for n in range(len(z))]
            np.testing.assert_allclose(observation.point_min[i], lows, rtol=1e-5, atol=1e-6)
            slow = [slow_point(kind, z[n], network) for n in range(len(z))]
            assert list(points.status.astype(str)[points.layer == truth[i][0]]) == slow


def test_planted_units(specimen, network, data) -> None:
    """Units 0 to 2 of a first layer never vary; of ReLU, 3 and 4 lie wholly on either side."""
    units = unit_status(network.eval(), data[0])
    kind = find_layers(network, data[0][:1])[0].kind
    first = units[units.layer == units.layer[0]]
    assert first.constant[:3].all()
    assert first["min"][0] == first["max"][0] == 0
    if kind in ("relu", "relu6"):
        above = "linear" if kind == "relu" else "dead"
        assert list(first.status[:5]) == ["dead", "linear", "dead", "dead", above]
    if kind == "lk-relu":
        assert list(first.status[:5]) == ["dead", "linear", "linear", "linear", "linear"]


def slow_status(kind: str, z: Tensor, network: nn.Module, unit: int) -> str:
    """By the definition, one unit after the other, with plain Python numbers and a fine grid."""
    low, high = float(z.min()), float(z.max())
    if kind == "relu":
        return "dead" if high <= 0 else "linear" if low > 0 else "nonlinear"
    if kind == "relu6" and low <= 0:
        return "dead" if high <= 0 else "nonlinear"
    if kind.startswith("lk-"):
        plain = {"lk-relu": "leaky0", "lk-swish": "silu", "lk-prelu": "prelu"}[kind]
        both = {on_interval(plain, low, high, 0.25), on_interval(plain, -high, -low, 0.25)}
        return "nonlinear" if "nonlinear" in both else "dead" if both == {"dead"} else "linear"
    slope = 0.25
    if kind == "prelu" and hasattr(network, "act"):
        slope = network.act.weight[unit].item()
    return on_interval(kind, low, high, slope)


def slow_point(kind: str, z: Tensor, network: nn.Module) -> str:
    """A point's interval is that of all units; each unit's own nonlinearity has to be straight on it."""
    units = range(z.shape[0]) if hasattr(network, "act") and kind == "prelu" else range(1)
    each = {slow_status(kind, z, network, unit) for unit in units}
    return "nonlinear" if "nonlinear" in each else "dead" if each == {"dead"} else "linear"


PLAIN = {
    "leaky0": lambda z, a: max(z, 0.0),
    "relu6": lambda z, a: min(max(z, 0.0), 6.0),
    "hardtanh": lambda z, a: min(max(z, -1.0), 1.0),
    "hardsigmoid": lambda z, a: min(max(z + 3, 0.0), 6.0) / 6,
    "hardswish": lambda z, a: z * min(max(z + 3, 0.0), 6.0) / 6,
    "leaky_relu": lambda z, a: z if z > 0 else 0.01 * z,
    "prelu": lambda z, a: z if z > 0 else a * z,
    "elu": lambda z, a: z if z > 0 else math.expm1(z),
    "selu": lambda z, a: 1.0507009873554805 * (z if z > 0 else 1.6732632423543772 * math.expm1(z)),
    "gelu": lambda z, a: z * 0.5 * (1 + math.erf(z / math.sqrt(2))),
    "silu": lambda z, a: z / (1 + math.exp(-z)),
    "mish": lambda z, a: z * math.tanh(math.log1p(math.exp(z)) if z < 30 else z),
    "softplus": lambda z, a: math.log1p(math.exp(z)) if z < 20 else z,
    "tanh": lambda z, a: math.tanh(z),
    "sigmoid": lambda z, a: 1 / (1 + math.exp(-z)),
}
CURVED = {"elu", "selu", "gelu", "silu", "mish", "softplus", "tanh", "sigmoid"}


def on_interval(kind: str, low: float, high: float, slope: float) -> str:
    phi = PLAIN[kind]
    steps = 50
    if low == high:
        if kind in CURVED:
            return "linear"
        # flat around (on one side of a kink: the flat one)
        left, right = phi(low - 1e-9, slope), phi(low + 1e-9, slope)
        return "dead" if phi(low, slope) in (left, right) else "linear"
    grid = [low + (high - low) * i / steps for i in range(steps)] + [high]
    grid += [kink for kink in (-3.0, -1.0, 0.0, 1.0, 3.0, 6.0) if low < kink < high]
    values = [phi(z, slope) for z in grid]
    spread = max(values) - min(values)
    if spread == 0:
        return "dead"
    first, last = phi(low, slope), phi(high, slope)
    chord = [first + (last - first) * (z - low) / (high - low) for z in grid]
    deviation = max(abs(v - c) for v, c in zip(values, chord, strict=True))
    return "linear" if deviation <= 1e-6 * spread else "nonlinear"
