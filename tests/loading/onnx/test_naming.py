"""Layers are called as their authors called them, where that can be told."""

from tests.loading.onnx.files import kernel, made, node, read


def names_of(*pairs: tuple[str, str], kind: str = "Gemm") -> list[str | None]:
    """The paths of layers, one after the other, whose nodes and weights are called so."""
    count = len(pairs)
    nodes = [
        node(kind, "", f"t{place + 1}" if place + 1 < count else "y", name=called)
        for place, (called, _) in enumerate(pairs)
    ]
    for place, (one, (_, weight)) in enumerate(zip(nodes, pairs, strict=True)):
        one.input.extend([f"t{place}" if place else "x", weight])
    network = read(made(nodes, {weight: kernel(4, 4) for _, weight in pairs}))
    network.model()
    return [one.path for one in network.graph.nodes[1:]]


def test_layers_are_called_as_their_authors_called_them() -> None:
    assert names_of(("node_linear", "features.0.weight"), ("node_linear_1", "fc.weight")) == [
        "features.0",
        "fc",
    ]
    assert names_of(("/layers/layers.0/fc/Gemm", "onnx::Gemm_12"), ("/head/Gemm", "onnx::Gemm_13")) == [
        "layers.0.fc",
        "head",
    ]
    assert names_of(
        ("a/dense_3/MatMul_add", "a/dense_3/MatMul/ReadVariableOp/resource:0"), ("n", "conv1_weights")
    ) == [
        "dense_3",
        "conv1",
    ]
    assert names_of(("Gemm@0", "W_1"), ("", "val_15")) == ["Gemm_0", "linear"]


def test_names_that_cannot_be_are_changed() -> None:
    assert names_of(("schöne Schicht", "重み.weight"), ("重み", "w2"), ("__class__", "w3")) == [
        "sch_ne_Schicht",
        "w2",
        "class",
    ]
    assert names_of(("", "forward.weight"), ("", "_modules.weight"), ("", "_effdash_graph.weight")) == [
        "forward_",
        "_modules_",
        "_effdash_graph_",
    ]
    assert names_of(("", "fc.weight"), ("", "fc.1.weight"), ("same", "5"), ("same", "6")) == [
        "fc",
        "fc_1",
        "same",
        "linear",
    ]
    assert names_of(("", "5"), ("", "6"), ("", "7")) == ["linear", "linear_1", "linear_2"]
    assert names_of(("", "." * 50 + "weight"), ("a" * 999, "b")) == ["weight", "a" * 80]
