"""Bad files on the command line: one line and exit code 2 each, nothing in them runs, and no run is left."""

import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from onnx import external_data_helper
from safetensors.torch import save

from tests.data.own.planted import planted_pickle
from tests.data.own.test_images import bomb, image
from tests.loading import files
from tests.loading.onnx.files import made, node
from tests.loading.test_look import Known
from tests.shell import TINY, Shell

WEIGHTS = Known().state_dict()
POINTS = "x1,x2,kind\n" + "".join(f"{place / 30},{place % 7 / 7},{'ab'[place % 2]}\n" for place in range(30))


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that commands run in, with a good model and a good table."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "known.pt").write_bytes(files.saved(WEIGHTS))
    (tmp_path / "points.csv").write_text(POINTS)
    return tmp_path


def packed(content: dict[str, bytes]) -> bytes:
    return files.zipped(content, zipfile.ZIP_DEFLATED)


def plain() -> Any:
    return made([node("Gemm", "x w", "y")], {"w": np.ones((2, 2))}, shape=("n", 2))


def custom() -> bytes:
    fancy = node("FancyRelu", "x", "y", name="f", domain="com.acme")
    return bytes(made([fancy], domains=["com.acme"]).SerializeToString())


def beside() -> bytes:
    """Its weights should lie in a file that is not there."""
    model = plain()
    external_data_helper.set_external_data(model.graph.initializer[0], "weights.bin")
    model.graph.initializer[0].ClearField("raw_data")
    return bytes(model.SerializeToString())


def open_sides() -> bytes:
    relu = node("Relu", "x", "y")
    return bytes(made([relu], shape=("n", 3, "height", "width")).SerializeToString())


MODELS: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.onnx": (lambda: b"", "empty.onnx is empty"),
    "empty.pt": (lambda: b"", "empty.pt is empty"),
    "letter.pt": (lambda: b"Dear Sir, ", "letter.pt is no model that effdash can open: that is an ONNX"),
    "cut.pt": (lambda: files.saved(WEIGHTS)[:700], "cut.pt is damaged or cut off"),
    "cut.safetensors": (lambda: save(WEIGHTS)[:-9], "cut.safetensors is no whole safetensors file"),
    "cut.onnx": (lambda: plain().SerializeToString()[:-1], "it is no ONNX file, or only a part of one"),
    "bomb.pt": (
        lambda: packed({"m/data.pkl": b"", "m/data/0": bytes(5_000_000)}),
        "would take 5,000,000 unpacked: no file of weights does, so it is refused",
    ),
    "bomb.onnx": (lambda: packed({"m": bytes(5_000_000)}), "would take 5,000,000 unpacked"),
    "beside.onnx": (beside, "its weights should lie in 'weights.bin' beside it"),
    "custom.onnx": (custom, "operator com.acme.FancyRelu (node 'f') is of the domain 'com.acme'"),
    "open.onnx": (open_sides, "leaves 'height', 'width' open in samples of 3 x height x width"),
}


@pytest.mark.parametrize("name", MODELS)
def test_bad_models(shell: Shell, work: Path, name: str) -> None:
    content, sentence = MODELS[name]
    (work / name).write_bytes(content())
    assert sentence in shell.refused("load", name, "--data", "points.csv", "--label", "kind")
    assert not list(shell.runs.glob("*"))


@pytest.mark.parametrize("name", files.hostile(Path()))
def test_pickles_disguised_as_models(shell: Shell, work: Path, name: str) -> None:
    trap = work / "trap"
    (work / name).write_bytes(files.hostile(trap)[name])
    assert name in shell.refused("load", name, "--data", "points.csv")
    assert not trap.exists()
    assert not list(shell.runs.glob("*"))


@pytest.mark.parametrize("words", ["status {}", "diagnose {}", "prune {}", "verify {} born-dead"])
def test_every_command_refuses_a_pickle(shell: Shell, work: Path, words: str) -> None:
    trap = work / "trap"
    (work / "evil.pt").write_bytes(files.hostile(trap)["plain.pt"])
    said = shell.refused(*words.format("evil.pt").split(), "--data", "points.csv")
    assert "evil.pt is a pickle, and reading one can run any code" in said
    assert not trap.exists()
    assert not list(shell.runs.glob("*"))


def test_a_factory_that_raises(shell: Shell, work: Path) -> None:
    (work / "factory_of_this_test.py").write_text("def make():\n    raise RuntimeError('no GPU\\nhere')\n")
    words = ("load", "known.pt", "--data", "points.csv", "--architecture", "factory_of_this_test:make")
    try:
        assert "raised RuntimeError: no GPU here" in shell.refused(*words)
    finally:
        sys.modules.pop("factory_of_this_test")
    assert not list(shell.runs.glob("*"))


# ---------------------------------------------------------------------------- data


def text(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content)


def folder(**content: bytes) -> Callable[[Path], None]:
    """Files of a folder; `class_1` stands for `class/1.png`."""

    def make(path: Path) -> None:
        path.mkdir()
        for name, inside in content.items():
            file = path / f"{name.replace('_', '/')}.png"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(inside)

    return make


def cut(save_table: Callable[[Path], object]) -> Callable[[Path], None]:
    """The first nine tenths of a file."""

    def make(path: Path) -> None:
        save_table(path)
        content = path.read_bytes()
        path.write_bytes(content[: len(content) * 9 // 10])

    return make


def vast(path: Path) -> None:
    """An array whose header promises 8 TB."""
    header = io.BytesIO()
    said = {"descr": "<f8", "fortran_order": False, "shape": (10**9, 1000)}
    np.lib.format.write_array_header_1_0(header, said)
    path.write_bytes(packed({"X.npy": header.getvalue(), "y.npy": header.getvalue()}))


TABLE = pd.DataFrame({"x1": np.arange(90.0), "x2": np.arange(90) / 7, "y": np.arange(90) % 2})
X, Y = TABLE[["x1", "x2"]].to_numpy(), TABLE["y"].to_numpy()
PICTURE = image((6, 6))
PICTURES = folder(a_1=PICTURE, a_2=PICTURE, b_1=PICTURE, b_2=PICTURE)

DATA: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty.csv": (text(""), "empty.csv is empty"),
    "words.csv": (text("a,b\n1,2\n3,oops\n5,6\n"), "column 'b' of words.csv holds 'oops' in row 3"),
    "twice.csv": (text("a,a\n1,2\n"), "several columns of one name: 'a'"),
    "one.csv": (text("a,y\n1,0\n2,0\n3,0\n"), "holds one class only, '0'"),
    "gaps.csv": (text("a,y\n1,0\n,1\n3,0\n"), "lacks 1 value, in column 'a' (1)"),
    "cut.parquet": (cut(TABLE.to_parquet), "it is damaged"),
    "cut.npz": (cut(lambda path: np.savez(path, X=X, y=Y)), "it is damaged"),
    "cut.zip": (
        cut(lambda path: path.write_bytes(files.zipped({"a/1.png": PICTURE, "b/1.png": PICTURE}))),
        "cannot read cut.zip: it is damaged",
    ),
    "vast.npz": (vast, "ends before its 1,000,000,000,000 values"),
    "bomb.zip": (
        lambda path: path.write_bytes(packed({"a/1.png": bytes(20_000_000), "b/1.png": bytes(20_000_000)})),
        "would unpack to 40,000,000; it is not opened",
    ),
    "nothing": (folder(), "holds no images; they should lie in one subfolder a class"),
    "alike": (folder(a_1=PICTURE, a_2=PICTURE), "holds images of one class only, 'a'"),
    "huge": (folder(a_1=PICTURE, b_1=bomb(60_000)), "b/1.png of huge says that it has too many pixels"),
    "broken": (
        folder(**{f"{name}_{number}": PICTURE for name in "ab" for number in range(4)}, b_4=PICTURE[:60]),
        "b/4.png of broken cannot be read as an image",
    ),
    **{
        f"evil.{ending}": (
            lambda path: path.write_bytes(planted_pickle(path.parent / "mark")),
            "a pickle, which is never opened",
        )
        for ending in ("csv", "parquet", "npz", "zip")
    },
}


@pytest.mark.parametrize("words", ["train", "load known.pt"])
@pytest.mark.parametrize("name", DATA)
def test_bad_data(shell: Shell, work: Path, name: str, words: str) -> None:
    make, sentence = DATA[name]
    make(work / name)
    label = ("--label", "a") if name == "words.csv" else ()
    assert sentence in shell.refused(*words.split(), "--data", name, *label)
    assert not (work / "mark").exists()
    assert not list(shell.runs.glob("*"))


def test_such_data_are_good_where_nothing_is_wrong_with_them(shell: Shell, work: Path) -> None:
    TABLE.to_parquet(work / "good.parquet")
    np.savez(work / "good.npz", X=X, y=Y)
    for name in ("good.parquet", "good.npz"):
        assert shell.json("load", "known.pt", "--data", name)["accuracy"]["test"] is not None
    PICTURES(work / "pictures")
    assert shell.json("train", "--data", "pictures", "--test-share", "0.5", *TINY)["epochs"] == 4


def test_byte_order_mark_semicolons_and_decimal_commas(shell: Shell, work: Path) -> None:
    european = POINTS.replace(",", ";").replace(".", ",")
    (work / "european.csv").write_bytes(b"\xef\xbb\xbf" + european.encode())
    answers = [
        shell.json("load", "known.pt", "--data", name, "--label", "kind")["answers"]
        for name in ("points.csv", "european.csv")
    ]
    assert answers[0] == answers[1]
