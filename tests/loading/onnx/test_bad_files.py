"""Files that are no network, or none that can be read: one sentence each, and nothing in them is executed."""

import io
import pickle
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from effdash.loading.onnx import drawing, read_onnx
from effdash.loading.onnx import file as onnx_file
from effdash.vocab import UserError
from tests.loading.onnx.files import made, node, read

W = np.ones((4, 3))


def plain(**more: Any) -> Any:
    return made([node("Gemm", "x w", "z", name="fc"), node("Relu", "z", "y", name="act")], {"w": W}, **more)


class Planted:
    """Writes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("zipped", [False, True], ids=["pickle", "torch.save"])
def test_a_pickle_in_disguise_is_refused_and_does_nothing(
    protocol: int, zipped: bool, tmp_path: Path
) -> None:
    planted, path = tmp_path / "planted", tmp_path / "network.onnx"
    if zipped:
        torch.save(Planted(planted), path, pickle_protocol=protocol)
    else:
        path.write_bytes(pickle.dumps(Planted(planted), protocol=protocol))
    with pytest.raises(
        UserError, match=r"^network\.onnx cannot be opened: it is (no ONNX file|a zip archive)"
    ):
        read_onnx(path)
    assert not planted.exists()
    torch.load(path, weights_only=False) if zipped else pickle.loads(path.read_bytes())
    assert planted.exists(), "it would have done something"


def zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(10**7))
    return buffer.getvalue()


BYTES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "it is an empty file"),
    "text": (lambda: b"PK? no: a letter to a friend\n" * 9, "it is no ONNX file"),
    "zip bomb": (zip_bomb, "it is a zip archive, as torch.save makes them"),
    "half": (lambda: plain().SerializeToString()[:100], "it is no ONNX file, or only a part of one"),
    "all but a byte": (lambda: plain().SerializeToString()[:-1], "it is no ONNX file, or only a part of one"),
    "no nodes": (lambda: made([]).SerializeToString(), "it holds no network"),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_network_are_refused(name: str) -> None:
    content, words = BYTES[name]
    with pytest.raises(UserError, match=f"the ONNX file cannot be opened: .*{words}") as caught:
        read_onnx(content())
    assert "\n" not in str(caught.value)


def many_inputs() -> Any:
    model = made([node("Add", "x h0", "y")])
    model.graph.input.append(helper.make_tensor_value_info("h0", TensorProto.FLOAT, ["n", 4]))
    return model


def claims(dims: list[int], raw: bytes) -> Any:
    model = plain()
    del model.graph.initializer[:]
    model.graph.initializer.append(
        TensorProto(name="w", data_type=TensorProto.FLOAT, dims=dims, raw_data=raw)
    )
    return model


def renamed_twice() -> Any:
    return made([node("Relu", "x", "z"), node("Tanh", "x", "z"), node("Neg", "z", "y")])


def conditional() -> Any:
    inner = helper.make_graph([node("Neg", "x", "z")], "g", [], [helper.make_tensor_value_info("z", 1, None)])
    choice = helper.make_node("If", ["c"], ["y"], "maybe", then_branch=inner, else_branch=inner)
    return made([choice], {"c": np.array(True)})


def quantised() -> Any:
    nodes = [node("QuantizeLinear", "x s", "q", name="to8"), node("DequantizeLinear", "q s", "y")]
    return made(nodes, {"s": np.float32(0.1)})


def sparse() -> Any:
    model = plain()
    model.graph.sparse_initializer.append(onnx.SparseTensorProto())
    return model


def without_opset() -> Any:
    model = plain()
    del model.opset_import[:]
    return model


def test_a_file_with_a_byte_changed_is_read_or_refused() -> None:
    """Whatever that byte is: no other error, and no warning."""
    nodes = [
        node("Conv", "x w b", "c", pads=[1, 1, 1, 1], strides=[2, 2]),
        node("BatchNormalization", "c b b b b", "n"),
        node("Relu", "n", "r"),
        node("MaxPool", "r", "p", kernel_shape=[2, 2]),
        node("Reshape", "p s", "f"),
        node("Gemm", "f v", "y"),
    ]
    weights = {"w": np.ones((2, 1, 3, 3)), "b": np.ones(2), "s": np.array([-1, 8]), "v": np.ones((8, 3))}
    content = made(nodes, weights, shape=("n", 1, 8, 8)).SerializeToString()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(80):
        changed = bytearray(content)
        changed[rng.integers(len(content))] = rng.integers(256)
        try:
            read_onnx(bytes(changed))
        except UserError as error:
            refused += 1
            assert "\n" not in str(error)
    assert 12 < refused < 80


MODELS: dict[str, tuple[Callable[[], Any], str]] = {
    "unknown": (
        lambda: made([node("Hardmax", "x", "y", name="bar")]),
        r"operator Hardmax \(node 'bar'\) is not known$",
    ),
    "several unknown": (
        lambda: made([node("Sign", "x", "z"), node("Hardmax", "z", "w"), node("Round", "w", "y")]),
        r"operator Sign \(the node that gives 'z'\) is not known, nor are Hardmax, Round$",
    ),
    "custom": (
        lambda: made([node("FancyRelu", "x", "y", name="f", domain="com.acme")], domains=["com.acme"]),
        r"operator com.acme.FancyRelu \(node 'f'\) is of the domain 'com.acme', not one of ONNX's own",
    ),
    "if": (conditional, r"operator If \(node 'maybe'\) chooses or repeats a graph of its own"),
    "int8": (quantised, r"it is quantised to whole numbers, as operator QuantizeLinear \(node 'to8'\) says"),
    "two inputs": (many_inputs, r"it takes 2 inputs \('x', 'h0'\)"),
    "whole numbers": (
        lambda: made([node("Identity", "x", "y")], kind=TensorProto.INT64),
        "its input 'x' is of the type INT64",
    ),
    "circle": (
        lambda: made([node("Add", "x b", "a", name="one"), node("Relu", "a", "b"), node("Neg", "b", "y")]),
        r"operator Add \(node 'one'\) needs its own result: the nodes go round in a circle",
    ),
    "itself": (lambda: made([node("Add", "x y", "y", name="me")]), r"\(node 'me'\) needs its own result"),
    "twice": (renamed_twice, r"operator Tanh \(the node that gives 'z'\) gives 'z', which is given already"),
    "nothing gives": (lambda: made([node("Add", "x nowhere", "y")]), "reads 'nowhere', which nothing gives"),
    "no answer": (lambda: made([node("Relu", "x", "z")]), "its output 'y' does not depend on its input"),
    "constant answer": (
        lambda: made([node("Identity", "w", "y")], {"w": W}),
        "its output 'y' does not depend on its input",
    ),
    "truths": (
        lambda: made([node("Greater", "x w", "y")], {"w": [0.0]}),
        "its output 'y' is not of floating",
    ),
    "claims more": (
        lambda: claims([10**6, 10**6], b"\0" * 48),
        "the tensor 'w' should have 1,000,000,000,000 numbers and has 12",
    ),
    "negative": (lambda: claims([-4, -3], b"\0" * 48), r"the tensor 'w' has the dimensions \[-4, -3\]"),
    "odd bytes": (lambda: claims([4, 3], b"\0" * 47), "the tensor 'w' ends in the middle of a number"),
    "sparse": (sparse, "it has sparse weights"),
    "no version": (without_opset, "it says no version of ONNX's operators"),
    "old": (lambda: plain(opset=3), "its operators are of ONNX's set 3"),
    "open sides": (
        lambda: made([node("Relu", "x", "y")], shape=("n", 3, "height", "width")),
        "leaves 'height', 'width' open in samples of 3 x height x width; give input_shape",
    ),
    "no samples": (lambda: made([node("Relu", "x", "y")], shape=()), "its input 'x' is a single number"),
    "weights do not fit": (
        lambda: made([node("Gemm", "x w", "y", name="fc")], {"w": np.ones((5, 3))}),
        r"operator Gemm \(node 'fc'\) cannot be computed",
    ),
    "missing attribute": (
        lambda: made([node("MaxPool", "x", "y", name="pool")], shape=("n", 1, 4, 4)),
        r"operator MaxPool \(node 'pool'\) cannot be computed: 'kernel_shape'",
    ),
    "huge constant": (
        lambda: made(
            [node("ConstantOfShape", "s", "c", name="big"), node("Add", "x c", "y")],
            {"s": np.array([10**5, 10**5])},
        ),
        r"operator ConstantOfShape \(node 'big'\): a constant would have the shape \(100000, 100000\)",
    ),
    "growing constants": (
        lambda: made(
            [
                *(node("Concat", f"c{n} c{n}", f"c{n + 1}", axis=0) for n in range(40)),
                node("Add", "x c40", "y"),
            ],
            {"c0": np.ones((1000, 4))},
        ),
        "its constants would be more than 100,000,000 numbers",
    ),
    "growing steps": (
        lambda: made(
            [
                node("Relu", "x", "c0"),
                *(node("Concat", f"c{n} c{n}", f"c{n + 1}", axis=1) for n in range(40)),
                node("Relu", "c40", "y"),
            ],
        ),
        "its steps are too large: a sample may take 500,000,000 numbers",
    ),
    "wide constants": (
        lambda: made(
            [
                node("ConstantOfShape", "s", "c"),
                node("Concat", " ".join(["c"] * 1000), "d", name="all", axis=0),
                node("Add", "x d", "y"),
            ],
            {"s": np.array([10**4, 10**4])},
        ),
        r"operator Concat \(node 'all'\): a constant would have the shape \(100000000000,\)",
    ),
    "long list": (
        lambda: made(
            [node("ConstantOfShape", "n", "s"), node("Reshape", "x s", "y", name="lay")],
            {"n": np.array([10**8])},
        ),
        r"operator Reshape \(node 'lay'\): it is given a list of 100,000,000 numbers",
    ),
    "long gather": (
        lambda: made(
            [
                node("ConstantOfShape", "n", "c"),
                node("Cast", "c", "i", to=7),
                node("Gather", "x i", "y", axis=1),
            ],
            {"n": np.array([10**6])},
        ),
        "it is given a list of 1,000,000 numbers",
    ),
    "huge samples": (
        lambda: made([node("Relu", "x", "y")], shape=("n", 2**40, 2**40)),
        "its steps are too large: a sample may take 500,000,000 numbers",
    ),
    "mixes samples": (
        lambda: made([node("Softmax", "x", "y", axis=0)]),
        "its answer to a sample depends on the samples beside it",
    ),
    "no row a sample": (
        lambda: made([node("ReduceSum", "x", "y", keepdims=0)]),
        "it answers 2 samples by numbers of the shape , not a row a sample",
    ),
    "training": (
        lambda: made(
            [node("BatchNormalization", "x s b m v", "y", name="bn", training_mode=1)],
            {"s": np.ones(4), "b": np.ones(4), "m": np.ones(4), "v": np.ones(4)},
        ),
        r"operator BatchNormalization \(node 'bn'\) is in training mode",
    ),
}


def test_weights_may_be_used_so_often_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each layer has its own copy."""
    chain = [node("Gemm", f"{given} w", gives) for given, gives in pairwise(["x", *"abcde", "y"])]
    model = made(chain, {"w": np.ones((4, 4))})
    monkeypatch.setattr(drawing, "MOST_NUMBERS", 96)
    read(model)
    monkeypatch.setattr(drawing, "MOST_NUMBERS", 95)
    with pytest.raises(UserError, match="the weights of its layers are more than 95 numbers"):
        read(model)
    monkeypatch.setattr(onnx_file, "MOST_NUMBERS", 15)
    with pytest.raises(UserError, match="its weights are more than 15 numbers"):
        read(model)


@pytest.mark.parametrize("name", MODELS)
def test_a_network_that_cannot_be_read_is_refused_by_its_node(name: str) -> None:
    model, words = MODELS[name]
    with pytest.raises(UserError, match=words) as caught:
        read(model(), name="strange.onnx")
    assert str(caught.value).startswith("strange.onnx cannot be opened: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_an_input_shape_has_to_fit() -> None:
    model = made([node("Relu", "x", "y")], shape=("n", 3, "side"))
    assert read(model, input_shape=(3, 8)).input_shape == (3, 8)
    with pytest.raises(UserError, match=r"takes samples of 3 x side, and input_shape is 4 x 8"):
        read(model, input_shape=(4, 8))
    with pytest.raises(UserError, match=r"takes samples of 3 x side, and input_shape is 8"):
        read(model, input_shape=(8,))


# ---------------------------------------------------------------------------- around the file


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^gone\.onnx cannot be opened: there is no such file$"):
        read_onnx(tmp_path / "gone.onnx")


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r'onnx must be installed: pip install "effdash\[onnx\]"'):
        read_onnx(b"")
