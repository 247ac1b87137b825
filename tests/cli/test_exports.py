"""What a pruned network is taken along in: reports and the plans in them, and networks for other engines."""

from pathlib import Path

import numpy as np
import pytest

from effdash.decision import logits_of, margins
from effdash.runs import open_run
from effdash.runs.weights import unpack_tensors
from tests.shell import SHIPPED, Shell


def test_a_report_holds_the_plan_that_gives_the_same_again(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("effdash.pruning.curves.METHODS", ("l2",))
    report, csv, weights = (tmp_path / name for name in ("r.html", "units.csv", "w.safetensors"))
    words = ("--report", str(report), "--csv", str(csv), "--weights", str(weights))
    first = shell.json("prune", "digits-deep", "--amount", "0.4", *words)
    assert first["files"] == {"report": str(report), "csv": str(csv), "weights": str(weights)}
    assert report.read_bytes().startswith(b"<!doctype html>")
    lines = csv.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("layer,unit,kept,stage,reason,heir")
    assert lines[0].endswith("pin,status,note")
    assert "all methods" in report.read_text(encoding="utf-8")
    assert len(lines) == 1 + 256
    assert sum(",False," in line for line in lines) == len(first["removed"])
    again = shell.json("prune", "digits-deep", "--plan", str(report))
    assert again["plan"] == first["plan"]
    assert again["removed"] == first["removed"]
    one, other = (open_run(found["path"]).weights()[1] for found in (first, again))
    assert unpack_tensors(weights.read_bytes()).keys() >= one.keys() == other.keys()
    assert all((one[name] == other[name]).all() for name in one)


def test_an_exported_network_is_verified(shell: Shell, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    onnx = pytest.importorskip("onnx")
    file = tmp_path / "small.onnx"
    answer = shell.json("prune", "digits-wide", "--amount", "0.3", "--onnx", str(file))
    # The run and the file are the same network.
    found = shell.json("verify", answer["run"], str(file))
    assert (found["original"], found["pruned"], found["changed"]) == (answer["run"], str(file), 0)
    assert max(part["largest_probability_change"] for part in found["parts"]) < 1e-5
    changed = sum(part["changed"] for part in answer["parts"])
    told = shell.json("verify", "digits-wide", str(file), code=1 if changed else 0)
    assert [part["which"] for part in told["parts"]] == [part["which"] for part in answer["parts"]]
    # One decision changed on purpose, as above, in the file.
    data = open_run(SHIPPED / "digits-wide.effdash").data()
    logits = logits_of(open_run(answer["path"]).model(), data.X_test)
    narrowest = int(margins(logits).argmin())
    was, rival = np.argsort(logits[narrowest])[[-1, -2]].tolist()
    model = onnx.load(file)
    (bias,) = [one for one in model.graph.initializer if one.name == "out.bias"]
    values = onnx.numpy_helper.to_array(bias).copy()
    values[rival] += 1.001 * margins(logits)[narrowest]
    bias.CopyFrom(onnx.numpy_helper.from_array(values, "out.bias"))
    onnx.save(model, file)
    test = shell.json("verify", answer["run"], str(file), "--split", "test", code=1)["parts"][0]
    assert test["which"] == [narrowest]
    assert test["changes"] == [{"from": was, "to": rival, "samples": 1}]
    refusal = "run 'born-dead' takes inputs of shape (2,)"
    assert refusal in shell.refused("verify", "born-dead", str(file))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("verify digits-wide nothing.onnx", "nothing.onnx is no file"),
        ("verify digits-wide {text}.onnx", "text.onnx is no ONNX network that can be run"),
        ("prune digits-wide --report r.pdf", "--report r.pdf should end in .html"),
        ("prune digits-wide --onnx nowhere/n.onnx", "there is no folder nowhere"),
        ("prune digits-wide --plan nothing.json", "--plan nothing.json is no file"),
        ("prune digits-wide --plan {text}.onnx", "the plan file is no JSON"),
        ("prune digits-wide --plan {text}.html", "the HTML file holds no plan"),
        ("prune digits-wide --plan x.json --amount 0.5", "--plan says itself what goes and how"),
        ("prune digits-wide --plan x.json --no-compensate", "--plan says itself what goes and how"),
        ("prune digits-wide --epoch -1", "'--epoch'"),
    ],
)
def test_what_cannot_be_exported_or_verified_is_one_line(
    shell: Shell, tmp_path: Path, words: str, sentence: str
) -> None:
    (tmp_path / "text.onnx").write_text("no network")
    (tmp_path / "text.html").write_text("<p>no plan</p>")
    assert sentence in shell.refused(*words.format(text=tmp_path / "text").split())
    assert not list(shell.runs.glob("*"))
