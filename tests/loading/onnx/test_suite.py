"""Operator by operator: what is read computes what ONNX's own test cases expect."""

import contextlib
import copy
import importlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from effdash.loading.onnx import read_onnx
from effdash.vocab import UserError

GROUPS = (
    *("clip", "convtranspose", "depthtospace", "gather", "gemm", "groupnormalization", "hardsigmoid"),
    *("instance_normalization", "layernormalization", "pad", "prelu", "reducel2", "resize", "slice"),
    *("softmax", "spacetodepth", "split", "squeeze", "upsample"),
)

SPEC_AND_RUNTIME_DISAGREE = {
    "test_resize_downsample_scales_linear_align_corners",
    "test_resize_downsample_scales_cubic_align_corners",
}
"""onnxruntime and torch place these points alike, and the test cases otherwise."""


def cases() -> Iterator[tuple[str, Any, np.ndarray, np.ndarray]]:
    """Networks of one operator, whose further inputs become constants."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        suite = importlib.import_module("onnx.backend.test.case.node")
        for group in GROUPS:
            importlib.import_module(f"onnx.backend.test.case.node.{group}")
    for case in suite._NodeTestCases:
        model = copy.deepcopy(case.model)
        given, expected = case.data_sets[0]
        if (
            not case.name.endswith("_expanded")
            and isinstance(given[0], np.ndarray)
            and given[0].dtype == np.float32
        ):
            for entry, array in list(zip(model.graph.input, given, strict=True))[1:]:
                model.graph.initializer.append(numpy_helper.from_array(np.asarray(array), entry.name))
            yield case.name, model, given[0], expected[0]


def stored_cases() -> Iterator[tuple[str, Any, np.ndarray, np.ndarray]]:
    root = Path(onnx.__file__).parent / "backend" / "test" / "data"
    for path in sorted(root.glob("pytorch-*/*/model.onnx")):
        given, expected = (
            numpy_helper.to_array(
                onnx.TensorProto.FromString((path.parent / "test_data_set_0" / f"{which}_0.pb").read_bytes())
            )
            for which in ("input", "output")
        )
        if given.dtype == np.float32:
            yield path.parent.name, onnx.load(path), given, expected


@pytest.mark.parametrize("which", ["cases", "stored cases"])
def test_what_is_read_computes_what_onnx_expects(which: str) -> None:
    right, wrong, refused = [], [], []
    for name, model, given, expected in cases() if which == "cases" else stored_cases():
        try:
            network = read_onnx(model.SerializeToString())
        except UserError as error:
            refused.append(f"{name}: {error}")
            continue
        with torch.no_grad():
            found = network.model()(torch.tensor(given)).numpy()
        is_right = found.shape == expected.shape and np.allclose(found, expected, 1e-3, 1e-5, equal_nan=True)
        (right if is_right or name in SPEC_AND_RUNTIME_DISAGREE else wrong).append(name)
    print(f"{len(right)} right, {len(refused)} refused")
    assert not wrong
    assert not [sentence for sentence in refused if "reads it wrongly" in sentence]
    assert len(right) >= 80
