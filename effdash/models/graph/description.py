"""A network as a list of steps, and as text that can be believed once it was read."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from effdash.models.graph.operators import INPUT, OPAQUE, OPERATORS
from effdash.vocab import UserError

MOST_TEXT: Final = 10_000_000
MOST_NODES: Final = 20_000
MOST_DEPTH: Final = 32
"""Dots in a module's path."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,255}")
_PATH_PART: Final = re.compile(r"(?!__)[A-Za-z0-9_]{1,255}")
_FIELDS: Final = frozenset({"name", "op", "inputs", "attributes", "path"})
_FORMAT: Final = 1


@dataclass(frozen=True)
class Node:
    """One step: `op` of `inputs`, the names of earlier nodes, with `attributes` as in torch's own signature.

    `path` is the module that does it, or the parameter that it gives; `None` where it is a function.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    path: str | None = None


@dataclass(frozen=True)
class Graph:
    """The steps of a network in the order in which they are taken; the first is the input."""

    nodes: tuple[Node, ...]
    output: str

    def __getitem__(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)

    def check_describable(self) -> None:
        """Raises a UserError where a step is not one of effdash's operators; the message names it."""
        for node in self.nodes:
            if node.op == OPAQUE:
                raise UserError(
                    f"the network cannot be described in a file: {node.attributes['what']} is not among the "
                    f"operators that effdash knows"
                )

    def to_json(self) -> str:
        """The graph as text that `from_json` reads.

        Raises:
            UserError: as `check_describable`.
        """
        self.check_describable()
        nodes = [
            {
                "name": node.name,
                "op": node.op,
                "inputs": list(node.inputs),
                "attributes": dict(node.attributes),
                "path": node.path,
            }
            for node in self.nodes
        ]
        content = {"format": _FORMAT, "nodes": nodes, "output": self.output}
        return json.dumps(content, allow_nan=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Graph":
        """The graph that a text describes. Nothing of the text is executed, looked up or built.

        Raises:
            UserError: it has an operator, an attribute, an order or a name that cannot be; one sentence says
                which.
        """
        if len(text) > MOST_TEXT:
            raise UserError(f"the graph is a text of {len(text):,} characters; {MOST_TEXT:,} are the most")
        try:
            content = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_without_repeats)
        except (ValueError, RecursionError) as error:
            raise UserError(f"the graph is not JSON that effdash reads: {error}") from None
        if not isinstance(content, dict) or set(content) != {"format", "nodes", "output"}:
            raise UserError("the graph is not an object of format, nodes and output")
        if content["format"] != _FORMAT:
            raise UserError(f"the graph is of format {content['format']!r:.40}; this effdash reads {_FORMAT}")
        listed = content["nodes"]
        if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_NODES:
            raise UserError(f"the graph has no list of 1 to {MOST_NODES:,} nodes")
        seen: dict[str, Node] = {}
        for place, entry in enumerate(listed):
            node = _node_of(entry, place, seen)
            seen[node.name] = node
        output = content["output"]
        if not isinstance(output, str) or output not in seen:
            raise UserError(f"the graph's output {output!r:.80} is none of its nodes")
        _check_paths(seen)
        return cls(tuple(seen.values()), output)


def reachable(nodes: Mapping[str, Node], output: str) -> dict[str, Node]:
    """The first node, which is the input, and what the output needs, in order."""
    wanted, waiting = {next(iter(nodes)), output}, [output]
    while waiting:
        for name in nodes[waiting.pop()].inputs:
            if name not in wanted:
                wanted.add(name)
                waiting.append(name)
    return {name: node for name, node in nodes.items() if name in wanted}


def _no_constant(text: str) -> Any:
    raise ValueError(f"it holds {text}")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has one key twice")
    return found


def _node_of(entry: Any, place: int, seen: Mapping[str, Node]) -> Node:
    """The checked node of an entry; `seen` are those before it."""
    if not isinstance(entry, dict) or set(entry) != _FIELDS:
        raise UserError(f"node {place} of the graph is not an object of {', '.join(sorted(_FIELDS))}")
    name, op, inputs = entry["name"], entry["op"], entry["inputs"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UserError(f"node {place} of the graph is called {name!r:.80}, which is no plain name")
    if name in seen:
        raise UserError(f"two nodes of the graph are called {name!r:.80}")
    if not isinstance(op, str) or op not in OPERATORS:
        raise UserError(
            f"node {name!r} of the graph has the operator {op!r:.80}, which effdash does not know"
        )
    if (op == INPUT) != (place == 0):
        raise UserError(f"node {name!r} of the graph: its first node and no other is its input")
    fewest, most = OPERATORS[op].inputs
    if not isinstance(inputs, list) or not fewest <= len(inputs) <= most:
        raise UserError(f"node {name!r} of the graph has not as many inputs as {op} takes")
    for source in inputs:
        if not isinstance(source, str) or source not in seen:
            raise UserError(f"node {name!r} of the graph reads {source!r:.80}, which is no node before it")
    return Node(
        name,
        op,
        tuple(inputs),
        _attributes_of(entry["attributes"], name, op),
        _path_of(entry["path"], name, op),
    )


def _attributes_of(attributes: Any, name: str, op: str) -> dict[str, Any]:
    operator = OPERATORS[op]
    if not isinstance(attributes, dict) or set(attributes) != set(operator.attributes):
        wanted = ", ".join(operator.attributes) or "none"
        raise UserError(f"node {name!r} of the graph has not the attributes of {op}: {wanted}")
    for key, check in operator.attributes.items():
        if not check.fits(attributes[key]):
            raise UserError(
                f"node {name!r} of the graph has {key} = {attributes[key]!r:.80}; {op} takes {check.words}"
            )
    return attributes


def _path_of(path: Any, name: str, op: str) -> str | None:
    operator = OPERATORS[op]
    if path is None:
        if operator.function is None:
            raise UserError(f"node {name!r} of the graph has no path; {op} has parameters, which have one")
        return None
    if operator.module is None and not operator.is_parameter:
        raise UserError(f"node {name!r} of the graph has a path; {op} is no module")
    parts = path.split(".", MOST_DEPTH) if isinstance(path, str) else []
    if not 1 <= len(parts) <= MOST_DEPTH or not all(map(_PATH_PART.fullmatch, parts)):
        raise UserError(f"node {name!r} of the graph has the path {path!r:.80}, which is no module's")
    return str(path)


def _check_paths(nodes: Mapping[str, Node]) -> None:
    """One module has one description, and none stands inside another."""
    modules: dict[str, Node] = {}
    for node in nodes.values():
        if node.path is None:
            continue
        first = modules.setdefault(node.path, node)
        if (first.op, first.attributes) != (node.op, node.attributes):
            raise UserError(f"nodes {first.name!r} and {node.name!r} describe {node.path!r} differently")
    for path, node in modules.items():
        parts = path.split(".")
        for end in range(1, len(parts)):
            outer = ".".join(parts[:end])
            if outer in modules and not OPERATORS[node.op].is_parameter:
                raise UserError(f"node {node.name!r} has its module {path!r} inside the module {outer!r}")
