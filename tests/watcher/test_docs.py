"""The examples in docs/watching.md: all are Python; those that need no other package run."""

import ast
import re
import runpy
from pathlib import Path

import pytest
import torch
from torch import nn

from .loops import loader_of, make_net, only_run

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "watching.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


class Accelerator:
    """As much of one as the example asks for."""

    def prepare(self, *parts):
        return parts

    def backward(self, loss):
        loss.backward()


def test_every_example_is_python():
    assert len(EXAMPLES) == 6
    for example in EXAMPLES:
        ast.parse(example)


@pytest.mark.parametrize("word", ["accelerator.prepare", "ed.Jumpstart", "...  # your training"])
def test_an_example_records_a_run(tmp_path, monkeypatch, word):
    monkeypatch.setenv("EFFDASH_RUNS", str(tmp_path))
    (example,) = [example for example in EXAMPLES if word in example]
    model = make_net()
    names = {
        "model": model,
        "epochs": 2,
        "accelerator": Accelerator(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.1),
        "loss": torch.tensor(1.0),
        "loss_function": nn.functional.cross_entropy,
    } | dict.fromkeys(("train_loader", "test_loader", "loader"), loader_of())
    script = tmp_path / "script.py"
    script.write_text(example, encoding="utf-8")
    runpy.run_path(str(script), names)
    run = only_run(tmp_path)
    assert (run.state, run.recorded_epochs, run.n_classes) == ("finished", [1, 2], 3)


def test_the_script_of_a_stranger_has_three_lines_and_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("EFFDASH_RUNS", str(tmp_path))
    path = DOCS / "examples" / "train_digits.py"
    text = path.read_text(encoding="utf-8")
    assert [line.strip()[:9] for line in text.splitlines() if "# <- " in line] == [
        "import ef",
        "with ed.w",
        "run.epoch",
    ]
    script = runpy.run_path(str(path))
    script["train"](script["parsed"](["--epochs", "1", "--width", "2", "--device", "cpu"]))
    run = only_run(tmp_path)
    assert [layer.name for layer in run.layers] == ["bn1", "conv2", "fc1"]
    assert run.graph is not None and run.splits == ["train", "test"]
    assert "epoch 1: loss" in capsys.readouterr().out
