"""An ONNX file as what it says: looked through without running, unpickling or looking up anything in it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from effdash.loading.onnx.tensors import array_of
from effdash.loading.onnx.values import Array
from effdash.vocab import UserError

MOST_BYTES: Final = 2**31 - 1
"""What the format itself can hold in one file."""
MOST_NODES: Final = 100_000
MOST_NUMBERS: Final = 10**9
"""Of all weights together, wherever they lie."""
OLDEST: Final = 6
"""Of ONNX's operator sets."""
ONNX: Final = ("", "ai.onnx")
"""The domain of ONNX's own operators."""
FLOATS: Final = ("FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16")
QUANTISED: Final = frozenset(
    {
        "QuantizeLinear",
        "DequantizeLinear",
        "DynamicQuantizeLinear",
        "QLinearConv",
        "QLinearMatMul",
        "ConvInteger",
        "MatMulInteger",
    }
)


@dataclass(frozen=True, eq=False)
class OnnxFile:
    """A network's own input and first output, and the nodes that lie between, in an order that can be run."""

    proto: Any
    opset: int
    input: Any
    output: str
    outputs: tuple[str, ...]
    nodes: tuple[Any, ...]
    arrays: dict[str, Array]
    """The initializers that the nodes read."""
    users: Counter[str]


def check_installed() -> None:
    """Raises a UserError where the package that reads the format is not installed."""
    if find_spec("onnx") is None:
        raise UserError('to open ONNX files, onnx must be installed: pip install "effdash[onnx]"')


def node_words(node: Any) -> str:
    """An operator and its node, for a sentence."""
    kind = node.op_type if node.domain in ONNX else f"{node.domain}.{node.op_type}"
    named = (
        f"node {node.name!r:.80}" if node.name else f"the node that gives {next(iter(node.output), '')!r:.80}"
    )
    plain = "".join(letter if letter.isprintable() else "?" for letter in kind)
    return f"operator {plain:.80} ({named})"


def read_file(content: bytes, folder: Path | None, known: frozenset[str]) -> OnnxFile:
    """What a file's bytes say.

    Args:
        folder: In which weights outside the file are looked for; `None`: nowhere.
        known: Operators that can be converted.

    Raises:
        UserError: it is none, or not whole; several inputs; operators that are not known; nodes that go round
            in a circle or give one name twice; weights that are not there.
    """
    proto = _parsed(content)
    graph = proto.graph
    opset = _opset(proto)
    initial = {tensor.name: tensor for tensor in graph.initializer}
    if graph.sparse_initializer:
        raise UserError("it has sparse weights, which effdash does not read")
    taken = [given for given in graph.input if given.name not in initial]
    if len(taken) != 1:
        names = ", ".join(repr(given.name)[:80] for given in taken[:8])
        many = f"{len(taken)} inputs ({names})" if taken else "no input"
        raise UserError(f"it takes {many}; effdash knows networks of one input")
    if not graph.output:
        raise UserError("it says no output")
    outputs = tuple(given.name for given in graph.output)
    makers = _makers(graph.node, {taken[0].name, *initial})
    nodes = _in_order(graph.node, makers, outputs[0])
    _check_known(nodes, known)
    users = Counter(name for node in nodes for name in node.input)
    users[outputs[0]] += 1
    arrays = _arrays([tensor for name, tensor in initial.items() if users[name]], folder)
    _take_inside(initial, arrays)
    return OnnxFile(proto, opset, taken[0], outputs[0], outputs, nodes, arrays, users)


def _parsed(content: bytes) -> Any:
    check_installed()
    from google.protobuf.message import DecodeError
    from onnx import ModelProto

    if not content:
        raise UserError("it is an empty file")
    if content.startswith(b"PK\x03\x04"):
        raise UserError("it is a zip archive, as torch.save makes them, and no ONNX file")
    proto = ModelProto()
    try:
        proto.ParseFromString(content)
    except DecodeError:
        raise UserError("it is no ONNX file, or only a part of one") from None
    if not proto.HasField("graph") or not proto.graph.node:
        raise UserError("it is no ONNX file: it holds no network")
    if len(proto.graph.node) > MOST_NODES:
        raise UserError(f"it has {len(proto.graph.node):,} nodes; {MOST_NODES:,} are the most")
    if any(isinstance(name, bytes) for name in _names(proto.graph)):
        raise UserError("it has names that are no text; it may be damaged")
    return proto


def _names(graph: Any) -> Iterator[str | bytes]:
    """All names that are looked at; what is no UTF-8 is bytes."""
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        for attribute in node.attribute:
            yield from (attribute.name, attribute.ref_attr_name, attribute.t.name)
    for given in (*graph.input, *graph.output):
        yield given.name
        yield from (dim.dim_param for dim in given.type.tensor_type.shape.dim)
    for tensor in graph.initializer:
        yield tensor.name
        for entry in tensor.external_data:
            yield from (entry.key, entry.value)


def _arrays(tensors: Sequence[Any], folder: Path | None) -> dict[str, Array]:
    found: dict[str, Array] = {}
    count = 0
    for tensor in tensors:
        found[tensor.name] = array = array_of(tensor, folder)
        count += array.size
        if count > MOST_NUMBERS:
            raise UserError(f"its weights are more than {MOST_NUMBERS:,} numbers")
    return found


def _take_inside(initial: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Weights from another file become the file's own, so that nobody looks for them again."""
    for name, tensor in initial.items():
        if tensor.data_location == tensor.EXTERNAL:
            tensor.raw_data = arrays[name].tobytes() if name in arrays else b""
            tensor.dims[:] = tensor.dims if name in arrays else [0]
            tensor.data_location = tensor.DEFAULT
            del tensor.external_data[:]


def _opset(proto: Any) -> int:
    versions = [entry.version for entry in proto.opset_import if entry.domain in ONNX]
    if not versions:
        raise UserError("it says no version of ONNX's operators")
    if versions[0] < OLDEST:
        raise UserError(
            f"its operators are of ONNX's set {versions[0]}; effdash reads sets from {OLDEST} on, to which "
            "onnx.version_converter brings it"
        )
    return int(versions[0])


def _makers(nodes: Sequence[Any], given: set[str]) -> dict[str, int]:
    """Which node gives each name."""
    makers: dict[str, int] = {}
    for place, node in enumerate(nodes):
        for name in node.output:
            if name and (name in makers or name in given):
                raise UserError(f"{node_words(node)} gives {name!r:.80}, which is given already")
            makers[name] = place
    return makers


def _in_order(nodes: Sequence[Any], makers: dict[str, int], output: str) -> tuple[Any, ...]:
    """The nodes that an output needs, each behind those that it reads."""
    needed: set[int] = set()
    waiting = [output]
    while waiting:
        place = makers.get(waiting.pop())
        if place is not None and place not in needed:
            needed.add(place)
            waiting += nodes[place].input
    missing: dict[int, int] = {}
    readers: dict[int, list[int]] = {}
    for place in needed:
        before = {makers[name] for name in nodes[place].input if name in makers}
        missing[place] = len(before)
        for other in before:
            readers.setdefault(other, []).append(place)
    ready = sorted(place for place in needed if not missing[place])
    ordered: list[int] = []
    while ready:
        place = heappop(ready)
        ordered.append(place)
        for reader in readers.get(place, ()):
            missing[reader] -= 1
            if not missing[reader]:
                heappush(ready, reader)
    if len(ordered) < len(needed):
        caught = min(needed - set(ordered))
        raise UserError(f"{node_words(nodes[caught])} needs its own result: the nodes go round in a circle")
    return tuple(nodes[place] for place in ordered)


def _check_known(nodes: Sequence[Any], known: frozenset[str]) -> None:
    """Raises a UserError that names the first operator that is not known, and which others are not."""
    unknown = [node for node in nodes if node.domain not in ONNX or node.op_type not in known]
    if not unknown:
        return
    first = unknown[0]
    words = node_words(first)
    quantised = next((node for node in nodes if node.op_type in QUANTISED), None)
    if quantised is not None:
        raise UserError(
            f"it is quantised to whole numbers, as {node_words(quantised)} says; effdash reads networks of "
            "floating numbers: export it before it is quantised"
        )
    if first.domain not in ONNX:
        raise UserError(f"{words} is of the domain {first.domain!r:.80}, not one of ONNX's own operators")
    if any(attribute.HasField("g") or attribute.graphs for attribute in first.attribute):
        raise UserError(
            f"{words} chooses or repeats a graph of its own while it runs, which effdash does not follow"
        )
    others = sorted({node.op_type for node in unknown} - {first.op_type})
    more = f", nor {'is' if len(others) == 1 else 'are'} {', '.join(others)[:200]}" if others else ""
    raise UserError(f"{words} is not known{more}")
