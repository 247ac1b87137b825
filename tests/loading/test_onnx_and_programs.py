"""Files that hold their steps themselves: ONNX by bytes and path, torch.export programs on trust alone."""

from pathlib import Path

import pytest
import torch
from torch import nn

from effdash.data import as_dataset
from effdash.loading import load, look_at
from effdash.pruning.export import onnx_bytes
from effdash.vocab import UserError
from tests.loading.test_look import Known, corners


def test_an_onnx_file_from_disk_and_by_its_bytes(tmp_path: Path) -> None:
    model, data = Known().eval(), corners()
    content = onnx_bytes(model, data.X_train)
    file = tmp_path / "known.onnx"
    file.write_bytes(content)
    for loaded in (load(file), load("known.pt", content=content)):
        assert (loaded.kind, loaded.name, loaded.input_shape) == ("onnx", "known", (2,))
        assert torch.allclose(loaded.model(data.X_train), model(data.X_train))
        assert loaded.guess == ()
    look = look_at(load(file), data)
    assert look.layers["layer"].tolist() == ["fc"]
    assert look.accuracy_test == 0.75
    with pytest.raises(UserError, match="holds its architecture itself; leave out architecture"):
        load(file, architecture="rectangular")


def test_a_program_is_read_on_trust_alone(tmp_path: Path) -> None:
    steps = (nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 2))
    model = nn.Sequential(*steps).eval()
    x = torch.randn(4, 1, 8, 8)
    program = torch.export.export(model, (x,), dynamic_shapes=({0: torch.export.Dim("samples")},))
    file = tmp_path / "net.pt2"
    torch.export.save(program, file)
    with pytest.raises(UserError, match=r"reading one unpickles, which can run .*--trust.*trust=True"):
        load(file)
    loaded = load(file, trust=True)
    assert (loaded.kind, loaded.input_shape) == ("torch.export", (1, 8, 8))
    assert torch.allclose(loaded.model(x), model(x), atol=1e-5)
    y = torch.tensor([0, 1, 0, 1])
    assert look_at(loaded, as_dataset((x, y, x, y))).layers["units"].tolist() == [2]
