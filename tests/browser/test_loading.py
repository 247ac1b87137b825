"""Somebody's own data, model and loop, in Chromium: dropped, looked at, and opened in Units and Prune."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from playwright.sync_api import Page, expect
from safetensors.torch import save_file
from torch import nn

from .conftest import settled, unit_map, visit

pytestmark = pytest.mark.browser
LOOP = """
import sys, time, torch, effdash as ed
torch.manual_seed(0)
X = torch.randn(60, 2)
y = (X[:, 0] > 0).long()
model = torch.nn.Sequential(torch.nn.Linear(2, 6), torch.nn.ReLU(), torch.nn.Linear(6, 2))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
sys.stdin.readline()
with ed.watch(model, (X, y), name="a stranger's loop", runs={runs!r}) as run:
    for epoch in range(400):
        loss = torch.nn.functional.cross_entropy(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        run.epoch(loss=loss)
        time.sleep(0.2)
"""
"""A script as anybody writes it; it waits for a line before it begins."""


@pytest.fixture(scope="module")
def loop(runs) -> Iterator[subprocess.Popen]:
    """That script as a process, which has imported what it needs by the time it is wanted."""
    script = LOOP.format(runs=str(runs))
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def network(features: int, classes: int, *, seed: int = 0) -> nn.Module:
    """Two layers of six units."""
    torch.manual_seed(seed)
    layers = [nn.Linear(features, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, classes)]
    return nn.Sequential(*layers)


def as_onnx(model: nn.Module) -> bytes:
    """The same network as an exporter writes it, without an exporter, which takes long."""
    linears = [layer for layer in model if isinstance(layer, nn.Linear)]
    steps, weights, told = [], [], "x"
    for number, layer in enumerate(linears):
        names = [f"fc{number}.{name}" for name, _ in layer.named_parameters()]
        weights += [
            onnx.numpy_helper.from_array(values.detach().numpy(), name)
            for name, values in zip(names, layer.parameters(), strict=True)
        ]
        steps.append(onnx.helper.make_node("Gemm", [told, *names], [f"z{number}"], transB=1))
        told = f"z{number}"
        if layer is not linears[-1]:
            steps.append(onnx.helper.make_node("Relu", [told], [f"a{number}"]))
            told = f"a{number}"
    ends = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["samples", size])
        for name, size in (("x", linears[0].in_features), (told, linears[-1].out_features))
    ]
    graph = onnx.helper.make_graph(steps, "stranger", ends[:1], ends[1:], weights)
    opsets = [onnx.helper.make_opsetid("", 17)]
    return onnx.helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def write_table(path: Path) -> Path:
    """Eighty rows of three features and a class."""
    values = np.random.default_rng(0).normal(size=(80, 3)).round(3)
    rows = [",".join(map(str, [*row, "low" if row[0] < 0 else "high"])) for row in values]
    path.write_text("a,b,c,level\n" + "\n".join(rows))
    return path


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).last.click()
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def drop(page: Page, *files: Path) -> None:
    page.locator("input[type=file]").last.set_input_files(files)
    settled(page)


def test_an_onnx_file_and_a_table_come_to_units_and_prune(page, loop, tmp_path):
    model = tmp_path / "stranger.onnx"
    model.write_bytes(as_onnx(network(3, 2)))
    visit(page, "/load")
    drop(page, model)
    choose(page, "Data", "own file …")
    drop(page, write_table(tmp_path / "measured.csv"))
    expect(page.get_by_text("Samples by class")).to_be_visible()
    expect(page.get_by_text("is that what you expect?")).to_be_visible()
    expect(page.get_by_text("2 found")).to_be_visible()
    page.get_by_role("button", name="Open in Units").click()
    page.wait_for_url(re.compile("/units"))
    unit_map(page)
    expect(page.locator(".facts")).to_contain_text("measured")
    page.get_by_role("link", name="Prune").click()
    page.wait_for_url(re.compile("/prune"))
    expect(page.get_by_role("button", name="Auto: no decision changed")).to_be_visible()


def test_checkpoints_dropped_together_become_a_film(page, tmp_path):
    files = [tmp_path / f"film-epoch-{epoch}.safetensors" for epoch in (0, 5, 20)]
    for seed, path in enumerate(files):
        save_file(network(4, 3, seed=seed).state_dict(), path)
    visit(page, "/load")
    drop(page, *reversed(files))
    choose(page, "Data", "iris")
    expect(page.get_by_text("3 checkpoints, epochs 0 to 20")).to_be_visible()
    page.get_by_text("Yes, this is the network").click()
    page.get_by_role("button", name="Open in Units").click()
    page.wait_for_url(re.compile("/units"))
    slider = page.get_by_role("slider", name="epoch")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("epoch 20"))
    unit_map(page)
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("epoch 5"))


def test_a_strangers_loop_appears_by_itself(page, loop, runs):
    visit(page, "/")
    page.get_by_role("button", name="Watch my own loop").click()
    expect(page.get_by_text("Waiting for the first epoch of a new run")).to_be_visible()
    assert str(runs) in page.locator("[data-testid=stCode]").inner_text()
    print(file=loop.stdin, flush=True)
    page.wait_for_url(re.compile("/units"))
    unit_map(page)
    expect(page.locator(".facts")).to_contain_text("running")
    slider = page.get_by_role("slider", name="epoch")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"epoch ([5-9]|\d\d)"))
