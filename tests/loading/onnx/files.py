"""Small ONNX files, made node by node, and what onnxruntime answers to them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from effdash.loading.onnx import OnnxNetwork, read_onnx

Sides = Sequence[int | str | None]

IMAGE = ("n", 2, 7, 6)
_RNG = np.random.default_rng(0)


def kernel(*shape: int) -> np.ndarray:
    return _RNG.normal(size=shape).astype(np.float32)


def made(
    nodes: Sequence[Any],
    weights: Mapping[str, Any] | None = None,
    *,
    shape: Sides = ("n", 4),
    kind: int = TensorProto.FLOAT,
    outputs: Sequence[str] = ("y",),
    opset: int = 17,
    domains: Sequence[str] = (),
) -> Any:
    """A model that makes `y` of `x`; arrays of float64 among the weights become float32."""
    arrays = {
        name: np.asarray(value, np.float32) if np.asarray(value).dtype == np.float64 else np.asarray(value)
        for name, value in (weights or {}).items()
    }
    graph = helper.make_graph(
        list(nodes),
        "network",
        [helper.make_tensor_value_info("x", kind, list(shape))],
        [helper.make_tensor_value_info(name, kind, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    imports = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def node(kind: str, given: str, gives: str, *, name: str = "", domain: str = "", **attributes: Any) -> Any:
    """A node of names with spaces between; `_` is an input that is left out."""
    inputs = ["" if one == "_" else one for one in given.split()]
    return helper.make_node(kind, inputs, gives.split(), name, domain=domain, **attributes)


def read(model: Any, **more: Any) -> OnnxNetwork:
    return read_onnx(model.SerializeToString(), **more)


def answered(model: Any, X: Tensor, output: str = "y") -> Tensor:
    """What onnxruntime answers."""
    (found,) = answers(model, X, [output])
    return found


def answers(model: Any, X: Tensor, outputs: Sequence[str]) -> list[Tensor]:
    """What onnxruntime gives under several names."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    found = session.run(list(outputs), {session.get_inputs()[0].name: X.numpy()})
    return [torch.from_numpy(array) for array in found]


def exposed(model: Any, names: Sequence[str]) -> Any:
    """The model with these tensors as further outputs."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for name in names:
        copy.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    return copy
