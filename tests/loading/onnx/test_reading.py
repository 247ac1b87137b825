"""What a file leaves open, and what is checked and said of it on load."""

import numpy as np
import pytest
import torch
from onnx import numpy_helper

from effdash.loading.onnx import checking
from effdash.loading.onnx.rules import layers
from effdash.models.graph import GraphModel
from effdash.vocab import UserError
from tests.loading.onnx.files import kernel, made, node, read


@pytest.mark.parametrize(("kind", "word"), [(10, "float16"), (11, "double")])
def test_other_precisions_become_float32_and_that_is_said(kind: int, word: str) -> None:
    dtype = {10: np.float16, 11: np.float64}[kind]
    model = made([node("Gemm", "x w", "y")], {"w": kernel(4, 3)}, kind=kind)
    weight = model.graph.initializer[0]
    weight.CopyFrom(numpy_helper.from_array(kernel(4, 3).astype(dtype), "w"))
    network = read(model)
    assert f"its numbers are {word} in the file and float32 here" in network.notes
    assert all(tensor.dtype == torch.float32 for tensor in network.weights.values())
    assert network.difference is not None and network.difference < (1e-2 if kind == 10 else 1e-6)


@pytest.mark.parametrize("count", [1, 5])
def test_a_file_for_a_fixed_number_of_samples_takes_any(count: int) -> None:
    nodes = [node("Relu", "x", "a"), node("Reshape", "a s", "b"), node("Gemm", "b w", "y")]
    model = made(nodes, {"s": np.array([count, 12]), "w": kernel(12, 2)}, shape=(count, 3, 4))
    network = read(model)
    words = "one sample" if count == 1 else "5 samples"
    assert network.notes == (f"the file is written for {words} at a time; here it takes any number",)
    assert network.input_shape == (3, 4)
    assert network.model()(torch.ones(7, 3, 4)).shape == (7, 2)


def test_of_several_outputs_the_first_is_read() -> None:
    model = made([node("Relu", "x", "y"), node("GRU", "y w r", "z h")], outputs=("y", "h"))
    network = read(model)
    assert network.output_name == "y"
    assert "it has 2 outputs, of which 'y' is read, not 'h'" in network.notes


def test_a_last_softmax_is_said() -> None:
    network = read(made([node("Softmax", "x", "y", axis=1)]))
    assert network.notes == ("its last step is a softmax, so that it answers probabilities, no logits",)


def test_without_onnxruntime_that_nothing_was_checked_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "find_spec", lambda name: None)
    network = read(made([node("Relu", "x", "y")]))
    assert network.difference is None
    assert network.notes == ("onnxruntime is not installed, so that nothing checked how the file was read",)
    with pytest.raises(UserError, match="its answer to a sample depends on the samples beside it"):
        read(made([node("Softmax", "x", "y", axis=0)]))


@pytest.mark.parametrize(
    ("factor", "words"), [(1.01, ""), (1.5, "effdash reads it wrongly: on random samples its")]
)
def test_a_difference_is_said_and_a_large_one_refused(
    factor: float, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a rule were wrong."""
    right = layers._linear
    monkeypatch.setattr(
        layers, "_linear", lambda step, flow, weight, *rest: right(step, flow, weight * factor, *rest)
    )
    model = made([node("Gemm", "x w", "y")], {"w": kernel(4, 3)})
    if words:
        with pytest.raises(UserError, match=words):
            read(model)
    else:
        (note,) = read(model).notes
        assert note.startswith("on random samples its answers differ by up to 0.0")


def test_a_file_for_very_many_samples_takes_no_memory_for_them() -> None:
    network = read(made([node("Relu", "x", "y")], shape=(10**12, 4)))
    assert network.difference is None
    assert network.notes[-1].startswith("it takes so much to compute that nothing checked")
    assert network.model()(torch.ones(2, 4)).shape == (2, 4)


def test_what_would_compute_for_hours_is_not_tried() -> None:
    wide = node("AveragePool", "x", "y", kernel_shape=[3000, 3000])
    network = read(made([wide], shape=("n", 1, 4000, 4000)))
    assert network.difference is None
    assert network.notes == ("it takes so much to compute that nothing checked how the file was read",)


def test_a_network_is_a_graph_model_that_shares_its_weights() -> None:
    network = read(made([node("Gemm", "x w", "y", name="fc")], {"w": kernel(4, 3)}))
    model = network.model()
    assert isinstance(model, GraphModel)
    assert not model.training
    assert model.fc.weight.data_ptr() == network.weights["fc.weight"].data_ptr()
