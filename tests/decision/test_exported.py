"""What an ONNX file answers: against hand-known networks, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import torch

from effdash.decision import exported
from effdash.decision.exported import ExportedNetwork
from effdash.vocab import UserError

pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")


def scores(path: Path, *, batch: str | int = "n", width: int = 2, dtype: int = 1, classes: int = 3) -> Path:
    """A file of a network that answers `x @ [[0, 1, ...], [classes, classes + 1, ...]]`."""
    helper = onnx.helper
    x = helper.make_tensor_value_info("x", dtype, [batch, width])
    y = helper.make_tensor_value_info("y", dtype, [batch, classes])
    weight = helper.make_tensor("w", dtype, [width, classes], list(range(width * classes)))
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [x], [y], [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def test_logits_are_those_of_the_file(tmp_path: Path) -> None:
    network = ExportedNetwork(scores(tmp_path / "s.onnx"))
    X = torch.tensor([[1.0, 0.0], [0.0, 2.0], [-1.0, 1.0]])
    np.testing.assert_array_equal(network.logits(X), [[0, 1, 2], [6, 8, 10], [3, 3, 3]])
    assert network.logits(X).dtype == np.float64
    assert network.input_shape == (2,)
    assert network.takes((2,)) and not network.takes((3,)) and not network.takes((2, 1))


@pytest.mark.parametrize("dtype", [10, 11])
def test_other_floating_types_and_a_fixed_batch(tmp_path: Path, dtype: int) -> None:
    network = ExportedNetwork(scores(tmp_path / "s.onnx", batch=1, dtype=dtype))
    X = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    np.testing.assert_array_equal(network.logits(X), [[0, 1, 2], [6, 8, 10]])


def test_one_logit_counts_as_two(tmp_path: Path) -> None:
    network = ExportedNetwork(scores(tmp_path / "s.onnx", classes=1))
    np.testing.assert_array_equal(network.logits(torch.tensor([[1.0, 5.0]])), [[0, 5]])


def test_what_cannot_be_asked_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"nothing\.onnx is no file"):
        ExportedNetwork(tmp_path / "nothing.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network at all")
    with pytest.raises(UserError, match=r"^\S+broken\.onnx is no ONNX network that can be run: [^\n]+$"):
        ExportedNetwork(broken)
    with pytest.raises(UserError, match=r"takes a tensor\(int64\); samples are of"):
        ExportedNetwork(scores(tmp_path / "whole.onnx", dtype=7))
    good = ExportedNetwork(scores(tmp_path / "good.onnx"))
    with pytest.raises(UserError, match=r"cannot take samples of shape \(5,\): [^\n]+$"):
        good.logits(torch.zeros(1, 5))
    with pytest.raises(UserError, match="there are no samples"):
        good.logits(torch.zeros(0, 2))
    monkeypatch.setattr(exported, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="onnxruntime must be installed: pip install onnxruntime"):
        ExportedNetwork(tmp_path / "good.onnx")
