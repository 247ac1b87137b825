"""A pruned network for others, as bytes: ONNX, safetensors, and the table of its units as CSV."""

import contextlib
import copy
import logging
import warnings
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any, Final

import pandas as pd
import torch
from torch import Tensor, nn

from effdash import __version__, vocab
from effdash.models.graph import trace_graph
from effdash.observe.names import unwrapped
from effdash.observe.untouched import as_input
from effdash.pruning.report import REASON
from effdash.vocab import UserError

INPUT: Final = "x"
OUTPUT: Final = "logits"
NOTE: Final = "note"

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes a cell for a formula by."""
TEXTS: Final = (vocab.LAYER, REASON, "heir", NOTE)
"""Columns that hold words that others chose."""


def onnx_bytes(model: nn.Module, X: Tensor, *, metadata: Mapping[str, str] | None = None) -> bytes:
    """The network as an ONNX file that answers `logits` to any number of samples `x`, in its own dtype.

    Nothing in the file tells where it was made; `metadata` are its properties, next to the version of
    effdash. The model is left as it was.

    Args:
        X: Samples as the model gets them; their shape and type alone matter.

    Raises:
        UserError: onnx or onnxscript is not installed, or the model has a step that ONNX has not.
    """
    missing = [name for name in ("onnx", "onnxscript") if find_spec(name) is None]
    if missing:
        raise UserError(
            f"to export to ONNX, {' and '.join(missing)} must be installed: pip install 'effdash[onnx]'"
        )
    network = copy.deepcopy(unwrapped(model)).cpu().eval().requires_grad_(False)
    try:
        with _quiet():
            program = torch.onnx.export(
                network,
                (_two(network, X),),
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_shapes=({0: torch.export.Dim("samples")},),
                dynamo=True,
                verbose=False,
            )
    except torch.onnx.OnnxExporterError as error:
        cause = error.__cause__ or error
        raise UserError(f"the network cannot be exported to ONNX: {str(cause).splitlines()[0]}") from error
    assert program is not None
    file = program.model_proto
    _forget_origins(file.graph)
    for key, value in {"effdash": __version__, **(metadata or {})}.items():
        file.metadata_props.add(key=key, value=value)
    return bytes(file.SerializeToString())


def safetensors_bytes(model: nn.Module, X: Tensor) -> bytes:
    """The weights as safetensors, with the network's steps as a graph (`Graph.to_json`) in its metadata.

    Raises:
        UserError: the model's structure cannot be traced.
    """
    from safetensors.torch import save

    network = copy.deepcopy(unwrapped(model)).cpu().eval()
    graph = trace_graph(network, _two(network, X))
    weights = {
        name: value.detach().clone(memory_format=torch.contiguous_format)
        for name, value in network.state_dict().items()
    }
    return bytes(save(weights, {"effdash": __version__, "graph": graph.to_json()}))


def units_with_notes(table: pd.DataFrame, notes: Mapping[tuple[str, int], str]) -> pd.DataFrame:
    """A table of units with what a person noted to some of them, in a column `note`; else it is empty."""
    units = zip(table[vocab.LAYER], table[vocab.UNIT], strict=True)
    return table.assign(**{NOTE: [notes.get((str(layer), int(unit)), "") for layer, unit in units]})


def csv_bytes(units: pd.DataFrame) -> bytes:
    """A table of units as CSV, a row a unit, in UTF-8.

    A name or note that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    texts = {column: units[column].map(_harmless) for column in TEXTS if column in units}
    return units.assign(**texts).to_csv(index=False, lineterminator="\n").encode()


def _harmless(text: Any) -> Any:
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULA) else text


def _two(network: nn.Module, X: Tensor) -> Tensor:
    """Two samples: of one alone, an exporter would take the number for fixed."""
    return as_input(network, torch.cat([X[:1], X[:1]]))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter says of packages that it would know, too."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _forget_origins(graph: Any) -> None:
    """Takes out what the exporter noted of source files and classes, of a graph and of those within it."""
    for part in (*graph.input, *graph.output, *graph.value_info, *graph.node, *graph.initializer):
        del part.metadata_props[:]
    for node in graph.node:
        for attribute in node.attribute:
            # Even to look into a graph that is not there would make one.
            inner = [attribute.g] if attribute.HasField("g") else []
            for each in (*inner, *attribute.graphs):
                _forget_origins(each)
    del graph.metadata_props[:]
