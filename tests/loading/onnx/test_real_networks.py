"""Networks that others trained and ship: every unit's status as onnxruntime's own pre-activations say it.

They come in packages that are installed for the tests alone, without what these need to run.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor

import effdash as ed
from effdash.loading.onnx import read_onnx
from effdash.loading.onnx.checking import seeded_samples
from effdash.observe import find_layers, record_preactivations
from tests.loading.onnx.files import answers, exposed


def path_of(package: str, *inside: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"{package} is not installed: make test installs it without its dependencies")
    found = sorted(Path(spec.submodule_search_locations[0]).joinpath(*inside[:-1]).glob(inside[-1]))
    if not found:
        pytest.skip(f"this version of {package} holds no {inside[-1]}")
    return found[0]


def smaller(path: Path, *sides: int) -> Any:
    """The network for smaller samples: its weights do not hang on their size, and the tests' time does."""
    model = onnx.load(path)
    for dim, side in zip(model.graph.input[0].type.tensor_type.shape.dim[1:], sides, strict=True):
        dim.dim_value = side
    return model


def relu_inputs(model: Any) -> list[str]:
    return [node.input[0] for node in model.graph.node if node.op_type == "Relu"]


def status_of(z: np.ndarray) -> list[str]:
    """By the definition: below zero for all samples and places: dead; above for all: linear."""
    rows = np.moveaxis(z, 1, 0).reshape(z.shape[1], -1)
    low, high = rows.min(1), rows.max(1)
    return [
        "dead" if most <= 0 else "linear" if least >= 0 else "nonlinear"
        for least, most in zip(low, high, strict=True)
    ]


def samples(count: int, *sides: int) -> Tensor:
    """Of very different sizes, as spectra are: so that some units are dead, some linear, some neither."""
    X = seeded_samples(count, sides)
    return X * torch.logspace(-2, 0, count).reshape(-1, *[1] * len(sides))


NETWORKS = {
    "model_v8": (("speechmos", "dnsmos_models", "model_v8.onnx"), (40, 120)),
    "bak_ovr": (("speechmos", "dnsmos_models", "bak_ovr.onnx"), (40, 32)),
    "sig": (("speechmos", "dnsmos_models", "sig.onnx"), (40, 32)),
    "sig_bak_ovr": (("speechmos", "dnsmos_models", "sig_bak_ovr.onnx"), (144160,)),
    "text direction": (("rapidocr", "models", "ch_ppocr_mobile_v2.0_cls*.onnx"), (3, 48, 192)),
    "text detector": (("rapidocr", "models", "*_det_*.onnx"), (3, 64, 64)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_units_status_is_the_one_that_onnxruntime_tells(name: str) -> None:
    inside, sides = NETWORKS[name]
    count = 1 if name == "sig_bak_ovr" else 6
    model = smaller(path_of(*inside), *sides)
    network = read_onnx(model.SerializeToString(), name=name)
    assert network.input_shape == sides
    assert network.difference is not None
    twin, X = network.model(), samples(count, *sides)

    (output,) = (one.name for one in model.graph.output)
    names = relu_inputs(model)
    expected, *told = answers(exposed(model, names), X, [output, *names])
    with torch.no_grad():
        found = twin(X)
    difference = float((expected - found).abs().max())
    assert difference <= 1e-5 * max(1.0, float(expected.abs().max()))

    layers = [layer.name for layer in find_layers(twin, X[:2]) if layer.kind == "relu"]
    status = ed.unit_status(twin, X)
    assert len(layers) == len(names)
    units = 0
    counts = {"dead": 0, "linear": 0, "nonlinear": 0}
    for layer, pre in zip(layers, told, strict=True):
        z = pre.numpy()
        ours = status[status["layer"] == layer]
        assert ours["status"].tolist() == status_of(z), layer
        np.testing.assert_allclose(
            ours["max"], z.max(axis=tuple({*range(z.ndim)} - {1})), rtol=1e-3, atol=1e-3
        )
        units += len(ours)
        for word in ours["status"]:
            counts[word] += 1
    print(
        f"{name}: {units} units of {len(layers)} layers alike ({counts}), answers differ by {difference:.2g}"
    )
    assert units > 100


def test_a_whole_file_opens_and_its_pre_activations_are_the_same_tensors() -> None:
    """As it is shipped: 900 frames of 120 bands."""
    path = path_of("speechmos", "dnsmos_models", "model_v8.onnx")
    network = read_onnx(path)
    assert network.input_shape == (900, 120)
    assert network.notes == ()
    twin, X = network.model(), samples(2, 900, 120)
    model = onnx.load(path)
    weights = [one for one in model.graph.initializer if one.data_type == one.FLOAT]
    in_file = sum(int(np.prod(one.dims)) for one in weights)
    assert sum(tensor.numel() for tensor in network.weights.values()) == in_file > 50_000
    with torch.no_grad(), record_preactivations(twin) as record:
        twin(X)
    assert record.layers[0].name.startswith("conv2d")
    names = relu_inputs(model)
    for z, told in zip(record.preactivations, answers(exposed(model, names), X, names), strict=True):
        torch.testing.assert_close(z, told, rtol=1e-4, atol=1e-4)


def test_networks_with_memory_are_refused_by_what_they_ask_for() -> None:
    with pytest.raises(ed.UserError, match=r"it takes 2 inputs \('degraded_audio', 'rater_embed'\)"):
        read_onnx(path_of("speechmos", "plcmos_models", "plcmos_v2.onnx"))


def test_a_real_network_can_be_pruned() -> None:
    """Two fifths of a speech rater's units, by 60 samples of a smaller size."""
    model = smaller(path_of("speechmos", "dnsmos_models", "model_v8.onnx"), 24, 24)
    twin = read_onnx(model.SerializeToString()).model()
    X = samples(60, 24, 24)
    plan = ed.plan_pruning(twin, X, method="l2")
    assert set(plan["layer"]) == {layer.name for layer in find_layers(twin, X[:2])}
    lighter, _ = ed.prune(twin, X, method="l2", amount=0.4)
    with torch.no_grad():
        assert lighter(X).shape == twin(X).shape
    assert sum(p.numel() for p in lighter.parameters()) < 0.7 * sum(p.numel() for p in twin.parameters())
