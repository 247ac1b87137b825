"""A pruned network as bytes: onnxruntime answers alike, the weights open again, the table reads back."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load
from torch import nn

import effdash as ed
from effdash.decision.exported import ExportedNetwork
from effdash.models.graph import Graph, GraphModel
from effdash.pruning import export
from effdash.pruning.export import csv_bytes, onnx_bytes, safetensors_bytes, units_with_notes
from effdash.vocab import UserError
from tests.pruning.test_saving import pruned_of


@pytest.mark.parametrize("kind", ["dense", "padded", "residual", "linked convolutions"])
def test_onnxruntime_answers_alike_for_any_number_of_samples(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    pruned, data = pruned_of(kind)
    pruned.train()
    path = tmp_path / "pruned.onnx"
    path.write_bytes(onnx_bytes(pruned, data[0]))
    assert all(module.training for module in pruned.modules())
    network = ExportedNetwork(path)
    pruned.eval()
    for X in (data[0][:1], data[0]):
        with torch.no_grad():
            expected = pruned(X).numpy()
        np.testing.assert_allclose(network.logits(X), expected, rtol=1e-5, atol=1e-5)


def test_an_onnx_file_says_what_it_is_and_not_where_it_was_made() -> None:
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    pruned, data = pruned_of("dense")
    content = onnx_bytes(pruned, data[0][:1], metadata={"run": "digits-wide"})
    model = onnx.load_model_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    assert {entry.key: entry.value for entry in model.metadata_props} == {
        "effdash": ed.__version__,
        "run": "digits-wide",
    }
    assert [one.name for one in (*model.graph.input, *model.graph.output)] == ["x", "logits"]
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "samples"
    for origin in (b".py", b"stack_trace", b"tests.", b"site-packages"):
        assert origin not in content


def test_what_is_missing_for_onnx_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "find_spec", lambda name: None if name == "onnxscript" else object())
    with pytest.raises(UserError, match=r"^to export to ONNX, onnxscript must be installed: pip install"):
        onnx_bytes(nn.Linear(2, 2), torch.zeros(3, 2))


class Chooses(nn.Module):
    """Goes another way where the values say so, which no exporter can follow."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2 if x.sum() > 0 else x


def test_what_onnx_cannot_say_is_one_sentence() -> None:
    pytest.importorskip("onnxscript")
    with pytest.raises(UserError, match=r"^the network cannot be exported to ONNX: [^\n]+$"):
        onnx_bytes(Chooses(), torch.zeros(3, 2))


@pytest.mark.parametrize("kind", ["dense", "residual"])
def test_safetensors_hold_weights_and_steps(kind: str) -> None:
    pruned, data = pruned_of(kind)
    content = safetensors_bytes(pruned, data[0])
    length = int.from_bytes(content[:8], "little")
    metadata = json.loads(content[8 : 8 + length])["__metadata__"]
    assert metadata["effdash"] == ed.__version__
    weights = load(content)
    assert weights.keys() == pruned.state_dict().keys()
    model = GraphModel(Graph.from_json(metadata["graph"]), weights)
    with torch.no_grad():
        torch.testing.assert_close(model(data[0]), pruned.eval()(data[0]), rtol=1e-6, atol=1e-6)


def test_the_table_reads_back_with_its_notes() -> None:
    table = pd.DataFrame(
        {
            "layer": ["fc1", "fc1", "=HYPERLINK(1)"],
            "unit": [0, 1, 0],
            "kept": [True, False, True],
            "reason": ["kept: pinned as kept", 'redundant: "so", they said,\nand why', "kept"],
            "heir": [None, "fc1 · 0", None],
            "cost": [float("nan"), 1 / 3, float("nan")],
        }
    )
    notes = {("fc1", 0): "+1, says é", ("fc1", 7): "of no unit"}
    told = units_with_notes(table, notes)
    assert told["note"].tolist() == ["+1, says é", "", ""]
    assert "note" not in table
    found = pd.read_csv(io.BytesIO(csv_bytes(told)), keep_default_na=False)
    assert found["layer"].tolist() == ["fc1", "fc1", "'=HYPERLINK(1)"]
    assert found["note"].tolist() == ["'+1, says é", "", ""]
    assert found["reason"].tolist() == table["reason"].tolist()
    assert float(found["cost"][1]) == 1 / 3
