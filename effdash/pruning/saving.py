"""A pruned network as a run: one file that opens again with the same outputs."""

import copy
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from effdash.data.dataset import as_dataset
from effdash.decision import decisions, logits_of
from effdash.models.graph import Graph, trace_graph
from effdash.models.graph.building import build_modules
from effdash.observe import observe
from effdash.observe.names import unwrapped
from effdash.runs import DataSize, EpochRecord, LayerInfo, Run, RunDescription, RunWriter
from effdash.runs.settings import config_or_none
from effdash.runs.weights import require_room
from effdash.training.probe import Probe
from effdash.training.recording import split_record, versions
from effdash.training.trainer import Look
from effdash.vocab import TEST_ACCURACY, TRAIN_ACCURACY, RunState, Split

ACCURACIES: Final = {Split.TRAIN: TRAIN_ACCURACY, Split.TEST: TEST_ACCURACY}


def save_pruned(
    model: nn.Module,
    data: Any,
    folder: str | Path,
    *,
    parent: Run | None = None,
    name: str | None = None,
    note: str = "",
    run_id: str | None = None,
) -> Path:
    """A finished run of one epoch, 0, that holds `model` as a graph, and what its units do with the data.

    `parent` is the run that was pruned: its configuration says where the network came from, and the data are
    those it names. Without one the data go into the file.

    Raises:
        UserError: the model has a step, or a name, that a file cannot describe; the folder cannot be written,
            or has a run of this id; the data or the weights are larger than a run file holds.
    """
    dataset = as_dataset(data)
    require_room(unwrapped(model).state_dict(), "the weights of epoch 0")
    network = copy.deepcopy(unwrapped(model)).cpu().eval()
    first = next(network.parameters())
    graph = trace_graph(network, dataset.X_train[:2].to(first))
    text = graph.to_json()
    # What could not be read again is not written.
    Graph.from_json(text)
    with torch.device("meta"):
        skeleton = nn.Module()
        build_modules(skeleton, graph)
    weights = network.state_dict()
    config = None if parent is None else config_or_none(parent)
    if config is not None:
        # What its parent began with is told there; this one begins with what it holds.
        config = config.model_copy(update={"start": None})
    probes = {split: Probe.of(dataset, split, 0 if config is None else config.data_seed) for split in Split}
    probes = {split: probe for split, probe in probes.items() if len(probe.y)}
    looks = {split: _look(network, probe) for split, probe in probes.items()}
    description = RunDescription(
        config=config,
        graph=text,
        layers=[
            LayerInfo(layer.name, layer.kind, layer.units, layer.positions)
            for layer in looks[Split.TRAIN].observation.layers
        ],
        input_shape=dataset.input_shape,
        n_classes=dataset.n_classes,
        data_sizes={split: DataSize(len(probe.y), probe.total) for split, probe in probes.items()},
        probe={split: probe.rows[probe.points] for split, probe in probes.items()},
        versions=versions(),
        data=dataset if parent is None or config is None or parent.stores_data else None,
        parent=None if parent is None else parent.id,
        name=name,
        note=note,
    )
    writer = RunWriter.create(folder, description, run_id)
    records = {split: split_record(look, probes[split]) for split, look in looks.items()}
    record = EpochRecord(
        epoch=0,
        scalars={ACCURACIES[split]: look.accuracy for split, look in looks.items()},
        train=records[Split.TRAIN],
        test=records.get(Split.TEST),
    )
    writer.epoch(record, checkpoint={name: weights[name] for name in skeleton.state_dict()})
    writer.close(RunState.FINISHED)
    return writer.path


def _look(network: nn.Module, probe: Probe) -> Look:
    right = decisions(logits_of(network, probe.X)) == probe.y.numpy()
    return Look(observe(network, probe.X), float(right.mean()))
