"""What a run file can say of somebody's network and data: a graph where it can be followed, some samples."""

import copy
import logging
import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from effdash.data import Dataset
from effdash.data.dataset import numbered
from effdash.models.graph import Graph, GraphModel, trace_graph
from effdash.models.graph.building import build_modules
from effdash.observe.batches import for_model
from effdash.runs.rebuilding import answers_classes
from effdash.training.probe import POINTS, stratified
from effdash.vocab import Split
from effdash.watcher.probe import Probe, class_numbers

LOGGER: Final = logging.getLogger("effdash")
STORED_BYTES: Final = 60_000_000
"""What the samples in a run file may take, of the 64 MB that it holds of them."""
FEWEST: Final = 16
"""Samples of a split below which none are stored: so few say nothing of the data."""
LARGEST_COPY: Final = 500_000_000
"""Bytes of a network up to which it is copied to be followed."""
HOOKS: Final = (
    "_forward_hooks",
    "_forward_pre_hooks",
    "_backward_hooks",
    "_backward_pre_hooks",
    "_state_dict_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_pre_hooks_with_kwargs",
    "_forward_hooks_always_called",
)


@dataclass(frozen=True, eq=False)
class Described:
    """A network's graph as text, and which tensors of its state belong to it; nothing where it has none."""

    graph: str | None = None
    names: tuple[str, ...] | None = None

    def weights(self, network: nn.Module) -> dict[str, Tensor]:
        """What a checkpoint keeps of a network."""
        state: Mapping[str, Any] = network.state_dict()
        names = list(state) if self.names is None else self.names
        return {name: state[name] for name in names if isinstance(state[name], Tensor)}


def describe_network(network: nn.Module, samples: Tensor | None, n_classes: int) -> Described:
    """The graph of a network of one floating input, if it can be followed and gives the same when rebuilt.

    A copy is followed, without the hooks of the original.
    """
    if samples is None or bytes_of(network) > LARGEST_COPY:
        return Described()
    try:
        twin = _without_hooks(network)
        graph = trace_graph(twin, for_model(twin, samples[:2]))
        text = graph.to_json()
        names = _names_in(Graph.from_json(text))
        weights = {name: value.detach().cpu() for name, value in twin.state_dict().items() if name in names}
        rebuilt = GraphModel(Graph.from_json(text), weights).eval()
        with torch.no_grad():
            answer = rebuilt(for_model(rebuilt, samples[:1]))
        if not answers_classes(tuple(answer.shape), n_classes):
            return Described()
    except Exception:
        # Whatever a stranger's module raises when it is copied or followed: the tables do without a graph.
        LOGGER.debug("a network is recorded without its graph", exc_info=True)
        return Described()
    return Described(text, names)


def bytes_of(network: nn.Module) -> int:
    """What a network's parameters and buffers take."""
    tensors = [*network.parameters(), *network.buffers()]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def ends_in_sigmoid(described: Described) -> bool:
    """Whether what the network answers are probabilities of one class."""
    if described.graph is None:
        return False
    graph = Graph.from_json(described.graph)
    node = graph[graph.output]
    while node.op in ("flatten", "squeeze", "reshape", "view") and node.inputs:
        node = graph[node.inputs[0]]
    return node.op == "sigmoid"


def stored_data(
    parts: Mapping[Split, Probe], n_classes: int, whole: Dataset | None, seed: int
) -> tuple[Dataset, dict[Split, np.ndarray]] | None:
    """A data set for the run file, and which of the samples looked at it holds; `None`: it cannot hold them.

    Where all would take too much, it has as many as there is room for, in equal numbers of train and test.
    """
    inputs = {split: probe.single_input() for split, probe in parts.items()}
    if any(X is None for X in inputs.values()):
        return None
    rows, tensors = {}, {}
    for split, X in inputs.items():
        assert X is not None
        room = STORED_BYTES // len(parts) // (math.prod(X.shape[1:]) * X.element_size())
        if room < min(FEWEST, len(X)):
            return None
        numbers = class_numbers(parts[split].labels()) if n_classes else None
        y = np.zeros(len(X), np.int64) if numbers is None else numbers
        rows[split] = stratified(y, room, seed)
        tensors[split] = X[rows[split]], torch.from_numpy(y[rows[split]])
    X_train, y_train = tensors[Split.TRAIN]
    shape = X_train.shape[1:]
    X_test, y_test = tensors.get(Split.TEST, (X_train.new_empty(0, *shape), y_train.new_empty(0)))
    if X_test.shape[1:] != shape:
        return None
    found: dict[str, Any] = {
        "X_train": X_train,
        "y_train": y_train,
        "X_test": X_test.to(X_train.dtype),
        "y_test": y_test,
    }
    if whole is not None and whole.n_classes == n_classes:
        return replace(whole, **found), rows
    data = Dataset(
        **found,
        class_names=numbered("class", n_classes, start=0) if n_classes else (),
        feature_names=numbered("x", shape[0], start=1) if len(shape) == 1 else (),
        image_shape=(shape[0], shape[1], shape[2]) if len(shape) == 3 else None,
        mean=X_train.new_zeros(shape),
        scale=X_train.new_ones(shape),
    )
    return data, rows


def points_of(y: np.ndarray, seed: int) -> np.ndarray:
    """Which samples are followed one by one."""
    return stratified(y, POINTS, seed)


def _names_in(graph: Graph) -> tuple[str, ...]:
    with torch.device("meta"):
        skeleton = nn.Module()
        build_modules(skeleton, graph)
    return tuple(skeleton.state_dict())


def _without_hooks(network: nn.Module) -> nn.Module:
    """A copy; what hooks hold on to is not copied."""
    memo: dict[int, Any] = {}
    for module in network.modules():
        for name in HOOKS:
            hooks = module.__dict__.get(name)
            if hooks:
                memo[id(hooks)] = OrderedDict()
    return copy.deepcopy(network, memo).requires_grad_(False).eval()
