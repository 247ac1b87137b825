"""Weights in another file: read from the folder of the network alone."""

from pathlib import Path

import numpy as np
import pytest
import torch
from onnx import external_data_helper

from effdash.loading.onnx import read_onnx
from effdash.vocab import UserError
from tests.loading.onnx.files import made, node

W = np.ones((4, 3), np.float32)


def outside(folder: Path, location: str) -> Path:
    """A file whose weights should lie at `location`."""
    model = made([node("Gemm", "x w", "y", name="fc")], {"w": W})
    tensor = model.graph.initializer[0]
    external_data_helper.set_external_data(tensor, location, 0, len(tensor.raw_data))
    tensor.ClearField("raw_data")
    path = folder / "network.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def test_weights_in_the_folder_are_found(tmp_path: Path) -> None:
    path = outside(tmp_path, "weights.bin")
    (tmp_path / "weights.bin").write_bytes(W.tobytes())
    network = read_onnx(path)
    assert torch.equal(network.weights["fc.weight"], torch.ones(3, 4))
    assert network.difference == 0


def test_weights_that_are_missing_or_too_short_are_named(tmp_path: Path) -> None:
    path = outside(tmp_path, "weights.bin")
    with pytest.raises(UserError, match=r"its weights should lie in 'weights\.bin' beside it"):
        read_onnx(path)
    (tmp_path / "weights.bin").write_bytes(b"\0" * 40)
    with pytest.raises(UserError, match=r"would end behind the end of 'weights\.bin'"):
        read_onnx(path)
    with pytest.raises(
        UserError, match=r"its weights lie in another file, 'weights\.bin', which a file opened"
    ):
        read_onnx(path.read_bytes())


@pytest.mark.parametrize("way", ["up", "absolute", "link", "drive", "nowhere"])
def test_nothing_outside_the_folder_is_read(way: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.bin"
    secret.write_bytes(W.tobytes())
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.bin").symlink_to(secret)
    location = {
        "up": "../secret.bin",
        "absolute": str(secret),
        "link": "link.bin",
        "drive": "C:\\secret.bin",
        "nowhere": "",
    }[way]
    with pytest.raises(UserError, match="outside its folder; nothing is read there"):
        read_onnx(outside(folder, location))
