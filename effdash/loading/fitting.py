"""A network and data brought together: shapes, classes, and what the answers mean."""

from dataclasses import dataclass, replace
from math import prod
from typing import Final

import torch
from torch import Tensor, nn

from effdash.data import Dataset
from effdash.data.dataset import numbered
from effdash.loading.loaded import LoadedModel
from effdash.loading.opening import traced
from effdash.models.graph import Graph, rewired
from effdash.observe.untouched import as_input, untouched
from effdash.vocab import UserError

NOT_DESCRIBED: Final = (
    "the network cannot be told as steps that effdash knows, so a run of it keeps tables only: Prune and "
    "what needs the network itself stay closed"
)

WHOLE: Final = 1e-5
"""As a share of its deviation, how near a whole number a value is taken for one."""

Shape = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A network and data that fit each other, and in sentences what was done for that."""

    loaded: LoadedModel
    data: Dataset
    notes: tuple[str, ...]


def as_it_is(data: Dataset) -> Dataset:
    """Data with their original values: what was standardised no longer is."""
    if is_as_it_is(data):
        return data
    mean, scale = data.mean.double(), data.scale.double()
    parts = [X.double() * scale + mean for X in (data.X_train, data.X_test)]
    # What were whole numbers, such as those of pixels, are some again.
    whole = all(bool(((X - X.round()).abs() <= WHOLE * scale).all()) for X in parts)
    train, test = (X.round() if whole else X for X in parts)
    return replace(
        data,
        X_train=train.to(data.X_train.dtype),
        X_test=test.to(data.X_test.dtype),
        mean=torch.zeros_like(data.mean),
        scale=torch.ones_like(data.scale),
    )


def is_as_it_is(data: Dataset) -> bool:
    """Whether the samples have their original values."""
    return bool((data.mean == 0).all()) and bool((data.scale == 1).all())


def fit(loaded: LoadedModel, data: Dataset) -> Fitted:
    """The network with its steps, and the data in the shape and with the classes that it answers.

    Raises:
        UserError: samples of a shape that the network cannot take, or a label that it has no answer for.
    """
    expected = data.input_shape if loaded.input_shape is None else loaded.input_shape
    found, notes = _in_shape(data, expected, loaded.name)
    output = _answer(loaded, found)
    graph = traced(loaded.model, expected) if loaded.graph is None else loaded.graph
    model: nn.Module = loaded.model
    if graph is None:
        notes.append(NOT_DESCRIBED)
    elif found.n_classes and _is_one_share(graph, output):
        graph = _without_last(graph)
        model = rewired(model, graph)
        notes.append("its last step, a sigmoid, is left out: the one answer is taken as a logit L beside 0")
    found, more = _with_classes(found, output, loaded.name)
    fitted = replace(loaded, model=model, graph=graph, input_shape=expected)
    return Fitted(fitted, found, (*notes, *more))


# ---------------------------------------------------------------------------- shapes


def _in_shape(data: Dataset, shape: Shape, name: str) -> tuple[Dataset, list[str]]:
    given = data.input_shape
    if given == shape:
        return data, []
    same_but_ones = [side for side in given if side > 1] == [side for side in shape if side > 1]
    if prod(given) != prod(shape) or not (len(given) == 1 or len(shape) == 1 or same_but_ones):
        hint = ""
        if sorted(given) == sorted(shape):
            hint = "; the sides are in another order (networks of torch take channels first)"
        raise UserError(
            f"{name} takes samples of shape {shape}; the data have samples of shape {given}{hint}"
        )
    reshaped = replace(
        data,
        X_train=data.X_train.reshape(len(data.X_train), *shape),
        X_test=data.X_test.reshape(len(data.X_test), *shape),
        mean=data.mean.reshape(shape),
        scale=data.scale.reshape(shape),
        feature_names=data.feature_names if len(shape) == 1 else (),
        image_shape=(shape[0], shape[1], shape[2]) if len(shape) == 3 else data.image_shape,
    )
    if len(shape) == 1 and len(data.feature_names) != shape[0]:
        reshaped = replace(reshaped, feature_names=numbered("x", shape[0], start=1))
    return reshaped, [
        f"the {prod(given):,} numbers of a sample are taken as shape {shape}; they come as {given}"
    ]


def _answer(loaded: LoadedModel, data: Dataset) -> Tensor:
    """What the network gives for two samples.

    Raises:
        UserError: it cannot take them, or gives no tensor with a row a sample.
    """
    samples = data.X_train[:2]
    with untouched(loaded.model):
        try:
            output = loaded.model(as_input(loaded.model, samples))
        except Exception as error:  # a stranger's forward raises what it likes
            said = " ".join(str(error).split())[:200] or type(error).__name__
            raise UserError(
                f"{loaded.name} cannot take samples of shape {tuple(samples.shape[1:])}: {said}"
            ) from error
    if not isinstance(output, Tensor):
        raise UserError(f"{loaded.name} answers a {type(output).__name__}; it should answer one tensor")
    if output.shape[:1] != samples.shape[:1]:
        raise UserError(
            f"{loaded.name} answers shape {tuple(output.shape)} to {len(samples)} samples; it should answer "
            "one row a sample"
        )
    return output


# ---------------------------------------------------------------------------- answers


def answers_of(output: Tensor) -> int | None:
    """How many classes an output tells apart; one number counts as two classes; `None`: it is no row."""
    if output.ndim == 1:
        return 2
    return max(output.shape[1], 2) if output.ndim == 2 and output.shape[1] else None


def _is_one_share(graph: Graph, output: Tensor) -> bool:
    """Whether the answer is one number that a sigmoid brought between 0 and 1."""
    return graph[graph.output].op == "sigmoid" and prod(output.shape[1:]) == 1


def _without_last(graph: Graph) -> Graph:
    last = graph[graph.output]
    return Graph(tuple(node for node in graph.nodes if node.name != last.name), last.inputs[0])


def _with_classes(data: Dataset, output: Tensor, name: str) -> tuple[Dataset, list[str]]:
    """The data with as many classes as the network answers."""
    if not data.n_classes:
        return data, []
    answers = answers_of(output)
    if answers is None:
        shape = tuple(output.shape[1:])
        note = f"its answers have shape {shape}, which are no classes: nothing is said of accuracy"
        return _without_classes(data), [note]
    highest = max(int(y.max()) for y in (data.y_train, data.y_test) if len(y))
    if highest >= answers:
        one = prod(output.shape[1:]) == 1
        what = "one number, which tells two classes apart" if one else f"{answers} classes"
        raise UserError(
            f"the data have the label {highest} ({data.class_names[highest]}), but {name} answers {what}, "
            f"0 to {answers - 1}"
        )
    if data.n_classes == answers:
        return data, []
    names = (*data.class_names, *numbered("class", answers, start=0)[data.n_classes :])[:answers]
    note = f"it answers {answers} classes; of these the data know {data.n_classes}"
    return replace(data, class_names=names), [note] if data.n_classes < answers else []


def _without_classes(data: Dataset) -> Dataset:
    return replace(
        data,
        y_train=torch.zeros_like(data.y_train),
        y_test=torch.zeros_like(data.y_test),
        class_names=(),
    )
