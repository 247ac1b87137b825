"""What the layers of a network from an ONNX file are called: as its author did, where that can be told."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from torch import Tensor, nn

from effdash.loading.onnx.drawing import Drawing
from effdash.models.graph import Graph, Node
from effdash.models.graph.description import MOST_DEPTH

_MOST_LETTERS: Final = 80
_TORCHS: Final = re.compile(r"((?:\w+\.)*\w+)\.(?:weight|bias|running_mean|running_var)")
_SCOPE: Final = re.compile(r"/(.+)/\w+")
"""A node's name as torch's older exporter writes it: `/layers/layers.0/conv/Conv`."""
_COUNTED: Final = re.compile(r"onnx::.*|_?v(?:al)?_\d+|\d+|(?:auto|p2o)\..*|node_\w+_\d+")
"""Names that exporters give by counting."""
_TAIL: Final = re.compile(r"(?:/ReadVariableOp)?(?:/resource)?(?::\d+)?$")
_ROLE: Final = re.compile(
    r"[./_](?:weights?|kernel|[wW](?:_\d+)?|bias(?:es)?|[bB](?:_\d+)?|offset|scale|gamma|beta|slope|alpha|"
    r"MatMul|BiasAdd|Conv[123]D)$"
)
_RESERVED: Final = frozenset({*dir(nn.Module()), "_effdash_graph"})


def named(drawing: Drawing, nodes: Mapping[str, Node], output: str) -> tuple[Graph, dict[str, Tensor]]:
    """The graph with names of its own, and the weights by these names."""
    names = _Names()
    paths: dict[str, str] = {}
    weights: dict[str, Tensor] = {}
    for node in nodes.values():
        if node.path is None or node.path in paths:
            continue
        holder = drawing.holders[node.path]
        wanted = _constant_names if node.op == "buffer" else _layer_names
        paths[node.path] = path = names.take([*wanted(holder.hints), node.op])
        for key, tensor in holder.weights.items():
            weights[f"{path}.{key}" if key else path] = tensor
    given = _node_names(drawing, nodes, paths)
    renamed = tuple(
        replace(
            node,
            name=given[node.name],
            inputs=tuple(given[name] for name in node.inputs),
            path=None if node.path is None else paths[node.path],
        )
        for node in nodes.values()
    )
    return Graph(renamed, given[output]), weights


def _layer_names(hints: Sequence[str]) -> Iterator[str]:
    """Paths that a layer might have: torch's own, then what its weights are called, then its node."""
    plain = [hint for hint in hints if hint and not _COUNTED.fullmatch(hint)]
    for hint in plain:
        match = _TORCHS.fullmatch(hint)
        if match:
            yield _legal(match[1])
    for hint in plain:
        match = _SCOPE.fullmatch(hint)
        if match:
            yield _legal(_path_of_scope(match[1]))
    for hint in plain:
        rest = _without_role(_TAIL.sub("", hint))
        if rest != hint and not _COUNTED.fullmatch(rest):
            yield _legal(rest.rpartition("/")[2].replace(".", "_"))
            yield _legal(re.sub(r"[./]", "_", rest))
    for hint in plain:
        yield _legal(re.sub(r"[./]", "_", hint))


def _constant_names(hints: Sequence[str]) -> Iterator[str]:
    for hint in hints:
        if hint and not _COUNTED.fullmatch(hint):
            yield _legal(re.sub(r"[./]", "_", _TAIL.sub("", hint)))


def _path_of_scope(scope: str) -> str:
    """`layers/layers.0/conv` is the module `layers.0.conv`."""
    parts: list[str] = []
    for part in scope.split("/"):
        if parts and part.startswith(f"{parts[-1]}."):
            parts[-1] = part
        else:
            parts.append(part)
    return ".".join(parts)


def _without_role(name: str) -> str:
    while True:
        rest = _ROLE.sub("", name)
        if rest == name:
            return name
        name = rest


def _legal(path: str) -> str:
    """A path that a module can have; empty where nothing is left of it."""
    parts = []
    for part in path.split("."):
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", part)[:_MOST_LETTERS]
        plain = plain.strip("_") if plain.startswith("__") or plain != part else plain
        if not plain:
            return ""
        parts.append(f"{plain}_" if plain in _RESERVED else plain)
    return ".".join(parts) if len(parts) <= MOST_DEPTH else "_".join(parts)[:_MOST_LETTERS]


class _Names:
    """Paths that are given once, none of which stands inside another."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._outer: set[str] = set()
        self._counts: Counter[str] = Counter()

    def take(self, candidates: Sequence[str]) -> str:
        """The first that is free, else the first with a number."""
        usable = [name for name in candidates if name]
        free = next(filter(self._is_free, usable), None)
        base = usable[0].replace(".", "_")
        while free is None:
            self._counts[base] += 1
            numbered = f"{base}_{self._counts[base]}"
            free = numbered if self._is_free(numbered) else None
        self._taken.add(free)
        self._outer.update(_outer(free))
        return free

    def _is_free(self, path: str) -> bool:
        nested = any(outer in self._taken for outer in _outer(path))
        return path not in self._taken and path not in self._outer and not nested


def _outer(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def _node_names(drawing: Drawing, nodes: Mapping[str, Node], paths: Mapping[str, str]) -> dict[str, str]:
    """A layer's node is called as its path, a function's as the node in the file."""
    names = _Names()
    found: dict[str, str] = {}
    for node in nodes.values():
        wanted = drawing.hints[node.name] if node.path is None else paths[node.path]
        plain = _legal(re.sub(r"[./]", "_", wanted))
        if plain and not (plain[0].isascii() and (plain[0].isalpha() or plain[0] == "_")):
            plain = f"_{plain}"
        found[node.name] = names.take([plain, node.op])
    return found
