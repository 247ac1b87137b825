"""What there is to see of a loaded network before anything is done with it."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor, nn

from effdash import vocab
from effdash.data import Dataset
from effdash.decision import class_logits
from effdash.loading.fitting import NOT_DESCRIBED, Fitted, answers_of, fit, is_as_it_is
from effdash.loading.loaded import LoadedModel
from effdash.models.graph import OPAQUE, trace_graph
from effdash.numbers import accuracy
from effdash.observe import Layer, record_preactivations
from effdash.observe.untouched import as_input, untouched
from effdash.pruning.reference import is_prunable, why_locked
from effdash.pruning.structure import Group, find_groups
from effdash.vocab import Split, UserError

SAMPLES: Final = 5
COLUMNS: Final = (vocab.LAYER, "activation", "units", "consumer", "prunable", "why_not")
BATCH: Final = 1024
LISTED: Final = 10
"""So many classes are listed."""
NOTHING: Final = 1e-6
"""A mean below this share of the largest value is what rounding leaves of 0."""


@dataclass(frozen=True, eq=False)
class ModelLook:
    """A network and data at first sight.

    `layers`: layer, activation, units, consumer (what reads it), prunable, why_not. `answers`: sample, split,
    label, answer, probability; without classes, `answer` is what the network gives and the rest is empty.
    """

    layers: pd.DataFrame
    answers: pd.DataFrame
    accuracy_train: float | None
    accuracy_test: float | None
    input_words: str
    not_understood: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def accuracy_question(self) -> str | None:
        """The accuracy, with the question whether it is as expected."""
        if self.accuracy_test is not None:
            return f"accuracy on test {accuracy(self.accuracy_test)}: is that what you expect?"
        if self.accuracy_train is not None:
            return f"accuracy on train {accuracy(self.accuracy_train)}: is that what you expect?"
        return None


def look_at(loaded: LoadedModel, data: Dataset) -> ModelLook:
    """The layers, five answers, the accuracy, and what was not understood. Model and data stay as they are.

    Raises:
        UserError: the data do not fit the network, or it applies no nonlinearity.
    """
    fitted = fit(loaded, data)
    model, found = fitted.loaded.model, fitted.data
    layers, unrecognised = _layers_of(model, found.X_train[:2])
    table, opaque = _layer_table(fitted, layers)
    undescribed = [NOT_DESCRIBED] if fitted.loaded.graph is None else []
    tested = len(found.X_test) > 0
    shown = Split.TEST if tested else Split.TRAIN
    return ModelLook(
        layers=table,
        answers=_answers(model, found, shown),
        accuracy_train=_accuracy(model, found.X_train, found.y_train) if found.n_classes else None,
        accuracy_test=_accuracy(model, found.X_test, found.y_test) if found.n_classes and tested else None,
        input_words=_input_words(found),
        not_understood=tuple(dict.fromkeys([*undescribed, *unrecognised, *opaque])),
        notes=tuple(note for note in fitted.notes if note != NOT_DESCRIBED),
    )


# ---------------------------------------------------------------------------- layers


def _layers_of(model: nn.Module, X: Tensor) -> tuple[list[Layer], list[str]]:
    with untouched(model), record_preactivations(model) as record:
        model(as_input(model, X))
    return record.layers, record.unrecognised


def _layer_table(fitted: Fitted, layers: list[Layer]) -> tuple[pd.DataFrame, list[str]]:
    """A row a layer, and what of the network nothing is known of."""
    groups, opaque, trouble = _groups(fitted, layers)
    rows = []
    for layer in layers:
        own = [group for group in groups if layer.name in group.sites]
        reasons = dict.fromkeys(f"it {why_locked(group)}" for group in own if not is_prunable(group))
        consumers = dict.fromkeys(path for group in own for path in group.inputs)
        prunable = not trouble and any(map(is_prunable, own))
        why = trouble or "; ".join(reasons)
        rows.append((layer.name, layer.kind, layer.units, ", ".join(consumers), prunable, why))
    return pd.DataFrame(rows, columns=list(COLUMNS)), opaque


def _groups(fitted: Fitted, layers: list[Layer]) -> tuple[list[Group], list[str], str]:
    """What hangs together; the steps that are not known; and why nothing can be pruned, if so."""
    network = copy.deepcopy(fitted.loaded.model)
    example = as_input(network, fitted.data.X_train[:2])
    try:
        graph = trace_graph(network, example)
        groups = find_groups(network, graph, example, layers)
    except UserError as error:
        return [], [], str(error)
    opaque = [
        f"{node.attributes['what']} is none of the steps that effdash knows"
        for node in graph.nodes
        if node.op == OPAQUE
    ]
    return groups, opaque, _no_decisions(_outputs(network, example), fitted.data)


def _no_decisions(output: Tensor, data: Dataset) -> str:
    """Why there are no decisions that pruning could keep; empty: there are."""
    if answers_of(output) is None:
        return "the network answers no classes"
    if not data.n_classes and output[0].numel() == 1:
        return "the network answers one number a sample and the data have no classes: no decisions to keep"
    return ""


# ---------------------------------------------------------------------------- answers


def _outputs(model: nn.Module, X: Tensor) -> Tensor:
    with untouched(model):
        output: Tensor = model(as_input(model, X))
    return output.double().cpu()


def _accuracy(model: nn.Module, X: Tensor, y: Tensor) -> float:
    batches = zip(X.split(BATCH), y.split(BATCH), strict=True)
    right = sum(int((class_logits(_outputs(model, some)).argmax(1) == own).sum()) for some, own in batches)
    return right / len(X)


def _answers(model: nn.Module, data: Dataset, split: Split) -> pd.DataFrame:
    X, y = (data.X_test, data.y_test) if split is Split.TEST else (data.X_train, data.y_train)
    rows = _some(y.numpy())
    output = _outputs(model, X[torch.from_numpy(rows)])
    if data.n_classes:
        share = _shares(class_logits(output))
        answered = share.argmax(1)
        told = [data.class_names[int(number)] for number in answered]
        labels = [data.class_names[int(y[row])] for row in rows]
        shares = share.amax(1).tolist()
    else:
        told = [", ".join(f"{value:.4g}" for value in row.flatten()[:4].tolist()) for row in output]
        labels, shares = [""] * len(rows), [float("nan")] * len(rows)
    return pd.DataFrame(
        {"sample": rows, "split": str(split), "label": labels, "answer": told, "probability": shares}
    )


def _some(y: np.ndarray) -> np.ndarray:
    """Up to five samples: the first of each class, then the first ones."""
    firsts = np.sort(np.unique(y, return_index=True)[1])[:SAMPLES]
    order = dict.fromkeys([*firsts.tolist(), *range(min(SAMPLES, len(y)))])
    return np.array(sorted(list(order)[:SAMPLES]), dtype=np.int64)


def _shares(logits: Float[Tensor, "sample classes"]) -> Float[Tensor, "sample classes"]:
    """Probabilities; answers that are some already stay."""
    sums = logits.sum(1)
    already = bool((logits >= 0).all()) and torch.allclose(sums, torch.ones_like(sums))
    return logits if already else logits.softmax(1)


# ---------------------------------------------------------------------------- words


def _input_words(data: Dataset) -> str:
    return " ".join([*_shape_words(data), *_value_words(data), *_class_words(data)])


def _shape_words(data: Dataset) -> Iterator[str]:
    shape = data.input_shape
    tests = f"{len(data.X_test):,}" if len(data.X_test) else "no"
    layout = {1: "one number a feature", 3: "channels, height, width (NCHW)", 4: "channels first"}
    read = f": {layout[len(shape)]}" if len(shape) in layout else ""
    yield f"{len(data.X_train):,} train and {tests} test samples of shape {shape}{read}."


def _value_words(data: Dataset) -> Iterator[str]:
    X = data.X_train
    low, high = float(X.min()), float(X.max())
    mean, deviation = float(X.double().mean()), float(X.double().std(unbiased=False))
    mean = mean if abs(mean) > NOTHING * max(abs(low), abs(high)) else 0.0
    yield f"Values from {low:.4g} to {high:.4g}, mean {mean:.3g}, standard deviation {deviation:.3g}."
    if is_as_it_is(data):
        yield "They are as they came: nothing is standardised unless asked."
    else:
        yield "They are standardised with mean and deviation of the training part, as asked."


def _class_words(data: Dataset) -> Iterator[str]:
    if not data.n_classes:
        yield "No classes."
        return
    named = ", ".join(data.class_names[:LISTED])
    more = f" and {data.n_classes - LISTED:,} more" if data.n_classes > LISTED else ""
    yield f"The answers are of these classes, in this order: {named}{more}."
