"""Networks of ours and of torch, exported to ONNX and read back: the same answers, layers and statuses."""

import contextlib
import io
import logging
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor, nn

import effdash as ed
from effdash.loading.onnx import OnnxNetwork, read_onnx
from effdash.models import build_model
from effdash.models.graph import trace_graph
from effdash.models.linked import lk_relu
from effdash.observe import find_layers
from effdash.pruning.export import onnx_bytes

pytest.importorskip("onnxscript")


class Residual(nn.Module):
    """As people write them: a stem, a sum, a gate, a head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 6, 3, padding="same")
        self.bn = nn.BatchNorm2d(6)
        self.conv1, self.conv2 = nn.Conv2d(6, 8, 3, padding=1), nn.Conv2d(8, 6, 3, padding=1, groups=2)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(6, 6, 1), nn.Hardsigmoid())
        self.head = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.bn(self.stem(x)))
        x = x + self.conv2(torch.relu(self.conv1(x)))
        return self.head((x * self.gate(x)).mean((2, 3)))


class Tokens(nn.Module):
    """Linear layers over a sequence, a normalization, attention by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.norm = nn.Linear(4, 8), nn.LayerNorm(8)
        self.q, self.k, self.v = nn.Linear(8, 8), nn.Linear(8, 8, bias=False), nn.Linear(8, 8)
        self.up, self.down, self.head = nn.Linear(8, 16), nn.Linear(16, 8), nn.Linear(40, 2)

    def forward(self, x: Tensor) -> Tensor:
        h = self.embed(x)
        n = self.norm(h)
        weights = torch.softmax(self.q(n) @ self.k(n).transpose(1, 2) / 8**0.5, -1)
        h = h + weights @ self.v(n)
        h = h + self.down(nn.functional.gelu(self.up(h)))
        return self.head(h.reshape(h.shape[0], -1))


class Decoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Conv1d(2, 4, 4, stride=2, padding=1), nn.PReLU(4))
        self.up = nn.Sequential(nn.ConvTranspose1d(4, 4, 4, stride=2, padding=1), nn.SiLU())
        self.rest = nn.Conv1d(4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.up(self.down(nn.functional.pad(x, (1, 1))))
        return self.rest(nn.functional.interpolate(h, scale_factor=2, mode="nearest")).amax(2)


class Linked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2, self.out = nn.Linear(4, 6), nn.Linear(12, 5), nn.Linear(10, 2)
        self.act = lk_relu()

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.act(self.fc2(self.act(self.fc1(x)))))


def activations() -> nn.Module:
    """One layer of each."""
    kinds = [
        nn.ReLU(),
        nn.ReLU6(),
        nn.LeakyReLU(0.2),
        nn.ELU(0.7),
        nn.SELU(),
        nn.CELU(1.3),
        nn.GELU(),
        nn.GELU("tanh"),
        nn.SiLU(),
        nn.Mish(),
        nn.Softplus(),
        nn.Tanh(),
        nn.Sigmoid(),
        nn.Hardswish(),
        nn.Hardsigmoid(),
        nn.Softsign(),
        nn.Hardtanh(),
    ]
    layers = [part for kind in kinds for part in (nn.Linear(5, 5), kind)]
    return nn.Sequential(*layers, nn.Linear(5, 2))


def images() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.ReLU(),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.Conv2d(4, 6, 3, padding=1, dilation=1),
        nn.ReLU6(),
        nn.AvgPool2d(2),
        nn.Dropout(0.5),
        nn.Flatten(),
        nn.Linear(6, 3),
    )


OURS: dict[str, dict[str, Any]] = {
    "rectangular": {"input_shape": (6,), "skip": 2},
    "convolutional": {"input_shape": (1, 8, 8), "activation": "lk-relu"},
}
NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "residual": (Residual, (1, 6, 6)),
    "tokens": (Tokens, (5, 4)),
    "decoder": (Decoder, (2, 8)),
    "linked": (Linked, (4,)),
    "activations": (activations, (5,)),
    "images": (images, (1, 7, 7)),
}
FUSED = {"bn": "stem"}
"""torch's exporters put a normalization into the convolution before it."""


def of(name: str) -> tuple[nn.Module, Tensor]:
    make, shape = NETWORKS[name]
    model = make().eval()
    with torch.no_grad():
        for parameter in model.parameters():  # as trained: away from zero
            parameter.add_(torch.randn_like(parameter), alpha=0.3)
    return model, torch.randn(40, *shape)


def by_older_exporter(model: nn.Module, X: Tensor) -> bytes:
    """With names of nodes as scopes, and shapes computed by nodes."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, (X[:2],), buffer, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "n"}}
        )
    return buffer.getvalue()


def is_the_same(network: OnnxNetwork, model: nn.Module, X: Tensor) -> None:
    twin = network.model()
    with torch.no_grad():
        torch.testing.assert_close(twin(X), model(X), rtol=1e-5, atol=1e-6)
    layers = [layer.name for layer in find_layers(model, X)]
    assert [layer.name for layer in find_layers(twin, X)] == [FUSED.get(name, name) for name in layers]
    ours, theirs = ed.unit_status(twin, X), ed.unit_status(model, X)
    assert ours["status"].tolist() == theirs["status"].tolist()
    assert ours["unit"].tolist() == theirs["unit"].tolist()
    pd.testing.assert_series_equal(ours["max"], theirs["max"], rtol=1e-4, atol=1e-5, check_dtype=False)
    assert network.difference is not None and network.difference < 1e-5
    assert trace_graph(twin, X) == network.graph


@pytest.mark.parametrize(
    ("exporter", "name"),
    [*(("older", name) for name in NETWORKS), *(("torch.export", name) for name in ("residual", "tokens"))],
)
def test_a_network_of_torch_comes_back(exporter: str, name: str) -> None:
    model, X = of(name)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    content = onnx_bytes(model, X) if exporter == "torch.export" else by_older_exporter(model, X)
    is_the_same(read_onnx(content), model, X)


@pytest.mark.parametrize("name", OURS)
def test_a_network_of_ours_comes_back(name: str) -> None:
    model = build_model(name, n_classes=3, depth=4, width=6, init="kaiming", seed=0, **OURS[name]).eval()
    X = torch.randn(40, *OURS[name]["input_shape"])
    is_the_same(read_onnx(by_older_exporter(model, X)), model, X)


def test_what_is_read_can_be_pruned_and_goes_out_again() -> None:
    model, X = of("residual")
    twin = read_onnx(onnx_bytes(model, X)).model()
    assert set(ed.plan_pruning(twin, X)["layer"]) == {"stem", "conv1", "gate.1"}
    smaller, _ = ed.prune(twin, X, amount=0.4)
    assert sum(p.numel() for p in smaller.parameters()) < sum(p.numel() for p in twin.parameters())
    again = read_onnx(onnx_bytes(smaller, X)).model()
    with torch.no_grad():
        torch.testing.assert_close(again(X), smaller(X), rtol=1e-4, atol=1e-5)


def test_a_dead_unit_is_removed_exactly_from_what_is_read() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
    with torch.no_grad():
        model[0].weight.fill_(1)
        model[0].bias.copy_(torch.tensor([-3.0, 1.0, -0.5]))
    X = torch.rand(50, 2)
    twin = read_onnx(onnx_bytes(model.eval(), X)).model()
    assert ed.unit_status(twin, X)["status"].tolist() == ["dead", "linear", "nonlinear"]
    smaller, _ = ed.prune(twin, X, units={"0": [0]})
    with torch.no_grad():
        torch.testing.assert_close(smaller(X), model(X))
    assert smaller.get_submodule("0").out_features == 2
