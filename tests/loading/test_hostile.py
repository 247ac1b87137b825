"""Hostile, broken and foreign files: one sentence each, and nothing of them runs."""

import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save
from torch import nn

from effdash.loading import load
from effdash.vocab import UserError
from tests.loading import files

WEIGHTS = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)).state_dict()


def refusal(name: str, content: bytes) -> str:
    """The one sentence with which a file is refused."""
    with pytest.raises(UserError) as caught:
        load(name, content=content)
    said = str(caught.value)
    assert name in said
    assert "\n" not in said
    return said


@pytest.mark.parametrize("name", list(files.hostile(Path())))
def test_no_pickle_runs_whatever_it_is_disguised_as(name: str, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    content = files.hostile(trap)[name]
    refusal(name, content)
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(UserError):
        load(file)
    assert not trap.exists()


def test_the_planted_effect_would_show(tmp_path: Path) -> None:
    import pickle

    trap = tmp_path / "trap"
    pickle.loads(files.hostile(trap)["plain.pt"])
    assert trap.exists()


def test_a_pickle_says_how_to_save_weights(tmp_path: Path) -> None:
    said = refusal("plain.onnx", files.hostile(tmp_path / "x")["plain.onnx"])
    assert "is a pickle" in said and "torch.save(model.state_dict(), 'weights.pt')" in said


def test_a_whole_module_is_named_and_the_way_out_told() -> None:
    for old in (False, True):
        said = refusal("whole.pt", files.saved(files.Net(), old=old))
        assert "holds more than weights (" in said and "files.Net)" in said
        assert "torch.save(model.state_dict()" in said


def test_torchscript_is_refused_with_the_reason() -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import io

        file = io.BytesIO()
        torch.jit.save(torch.jit.trace(files.Net(), torch.zeros(1, 4)), file)
    assert "is a TorchScript file, which holds code that runs" in refusal("net.pt", file.getvalue())


def test_a_zip_bomb_is_refused_before_it_is_read() -> None:
    bomb = files.zipped({"m/data.pkl": b"", "m/data/0": bytes(50_000_000)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000
    assert "would take 50,000,000 unpacked" in refusal("bomb.pt", bomb)
    assert "would take 50,000,000 unpacked" in refusal("bomb.onnx", bomb)


def test_claims_beyond_the_file_are_refused() -> None:
    spread = torch.zeros(1).expand(10**9)
    assert "claims more numbers than the file holds" in refusal("w.pt", files.saved({"fc.weight": spread}))
    many = {f"layer{number}.weight": torch.zeros(200_000).view(400, 500) for number in range(1)}
    many |= {f"copy{number}.weight": many["layer0.weight"] for number in range(9)}
    assert "claims more numbers than the file holds" in refusal("w.pt", files.saved(many))


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.999])
def test_truncated_files_are_named(share: float) -> None:
    whole = {
        "net.pt": files.saved(WEIGHTS),
        "old.pt": files.saved(WEIGHTS, old=True),
        "net.safetensors": save(WEIGHTS),
    }
    for name, content in whole.items():
        load(name, content=content)
        refusal(name, content[: int(share * len(content))])


def test_empty_and_unknown_files(tmp_path: Path) -> None:
    for name in ("a.onnx", "a.safetensors", "a.pt"):
        assert refusal(name, b"") == f"{name} is empty"
    assert "is no model that effdash can open: that is an ONNX file" in refusal("a.h5", b"\x89HDF\r\n\x1a\n")
    assert "zip archive without a model" in refusal("a.zip", files.zipped({"x.csv": b"1,2"}))
    for path, said in ((tmp_path, "is a folder"), (tmp_path / "none.pt", "is no file")):
        with pytest.raises(UserError, match=said):
            load(path)


def test_what_is_no_state_dict_is_told() -> None:
    assert "it holds epoch, lr" in refusal("a.pt", files.saved({"epoch": 3, "lr": 0.1}))
    assert "holds a list" in refusal("a.pt", files.saved([1, 2]))
    assert "holds no weights" in refusal("a.safetensors", save({}))
    sparse = {"fc.weight": torch.eye(3).to_sparse()}
    assert "quantized, sparse or empty" in refusal("a.pt", files.saved(sparse))


def test_an_upload_runs_no_code() -> None:
    for more in ({"trust": True}, {"architecture": "tests.loading.files:Net"}):
        with pytest.raises(UserError, match="use the command line or the library"):
            load("net.pt", content=files.saved(WEIGHTS), **more)
