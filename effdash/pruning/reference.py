"""What pruning has to keep: a frozen copy of the network, and what it does with the pruning data."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, Final, TypeVar

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor, nn

from effdash.decision import decisions, logits_of, margins
from effdash.models.graph import Graph, trace_graph
from effdash.observe import Layer, find_layers
from effdash.observe.names import unwrapped
from effdash.observe.untouched import as_input, device_of
from effdash.permutations import observe_orders, order_ranks
from effdash.pruning.asked import layers_named
from effdash.pruning.consumers import Consumer, consumer_at, output_metrics, pausing
from effdash.pruning.convolving import convolving_swiftly
from effdash.pruning.forward_pass import forward_pass, forward_steps, most_rows
from effdash.pruning.intake import blocks_of, gram_of, hear
from effdash.pruning.samples import Samples
from effdash.pruning.steps import OnPart, OnStep, Steps, unheard
from effdash.pruning.structure import Group, find_groups
from effdash.vocab import UserError

Made = TypeVar("Made")

MOST_GRAMS: Final = 6 * 2**30
"""Bytes that what the units of all layers have in common, pair by pair, may take."""

PROBES: Final = (4, 8)
"""Fewest and most random directions of the logits from which the metrics of the outputs are taken."""

PROBED: Final = 16_384
"""Samples times directions that are enough."""


@dataclass(frozen=True, eq=False)
class Reference:
    """A network and the pruning data, seen once: `n` samples, `c` classes (one logit L counts as (0, L)).

    `model` is a float64 copy in evaluation mode on the CPU, that nobody may change; `groups` are the channels
    that go or stay together; `inputs` and `outputs` are what every consumer of a prunable group gets and
    gives, in the order in which the consumers run.
    """

    model: nn.Module
    original_dtype: torch.dtype
    original_device: torch.device
    graph: Graph
    layers: list[Layer]
    groups: list[Group]
    X: Float64[Tensor, "n *feature"]
    y_train: Int64[Tensor, " n"] | None
    X_test: Float64[Tensor, "test *feature"] | None
    y_test: Int64[Tensor, " test"] | None
    total: int
    """Training samples there are; `n` of them are looked at."""
    logits: Float64[np.ndarray, "n c"]
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    seed: int
    derived: dict[str, Any] = field(default_factory=dict)
    """What others make of it once, by name; gone when it is."""

    @classmethod
    def prepare(
        cls, model: nn.Module, data: Any, *, seed: int = 0, on_step: OnStep | None = None
    ) -> "Reference":
        """The reference of a model on data; the model is left as it was.

        Args:
            data: A Dataset, `(X_train, y_train, X_test, y_test)`, in which the labels and the test part may
                be `None`, or the training samples alone. Of more than 10,000 training samples, or more than
                fit into memory, a seeded part is taken, classes in their shares.
            on_step: Hears how far it has come, layer by layer; what it raises stops it.

        Raises:
            UserError: a nan; the input does not fit the model; it does not answer classes, or fewer than the
                labels have; its structure cannot be traced; it is too wide for the memory.
        """
        samples = Samples.of(data)
        steps = Steps(on_step, of=forward_steps(model, len(samples.X_train)))
        copy = deepcopy(unwrapped(model)).requires_grad_(False)
        steps.pass_one()
        copy = copy.to(device="cpu", dtype=torch.float64).eval()
        steps.pass_one()
        example = samples.X_train[:2].to(device="cpu", dtype=torch.float64)
        logits_of(pausing(copy, steps.pass_one), example)
        if samples.without_classes and copy(as_input(copy, example)).numel() == len(example):
            raise UserError(
                "the network answers one number a sample and its data have no classes, so there are no "
                "decisions to keep"
            )
        graph = trace_graph(copy, example)
        steps.pass_one()
        layers = find_layers(copy, example)
        steps.pass_one()
        groups = find_groups(copy, graph, example, layers)
        steps.pass_one()
        _check_size(groups)
        consumers = _consumers(graph, groups)
        rows = samples.rows(most_rows(copy, example, consumers), seed)
        X = samples.X_train[rows].to(example)
        logits, inputs, outputs = forward_pass(copy, X, consumers, steps.pass_one)
        steps.pass_to(steps.of)
        samples.check_labels(logits.shape[1])
        return cls(
            model=copy,
            original_dtype=_floating_dtype(model),
            original_device=device_of(model),
            graph=graph,
            layers=layers,
            groups=groups,
            X=X,
            y_train=None if samples.y_train is None else samples.y_train[rows],
            X_test=None if samples.X_test is None else samples.X_test.to(example),
            y_test=samples.y_test,
            total=len(samples.X_train),
            logits=logits,
            inputs=inputs,
            outputs=outputs,
            seed=seed,
        )

    def part(self, rows: Int64[np.ndarray, " row"]) -> "Reference":
        """The same on some of the samples; itself where these are all."""
        if len(rows) == len(self.X):
            return self
        chosen = torch.from_numpy(rows)
        return replace(
            self,
            X=self.X[chosen],
            y_train=None if self.y_train is None else self.y_train[chosen],
            logits=self.logits[rows],
            inputs={path: tensor[chosen] for path, tensor in self.inputs.items()},
            outputs={path: tensor[chosen] for path, tensor in self.outputs.items()},
            derived={},
        )

    def remembered(self, name: str, make: Callable[..., Made], most: int) -> Callable[..., Made]:
        """`make`, which keeps what it made of its last `most` arguments, while the reference is there."""
        kept: Callable[..., Made] = self.derived.setdefault(name, lru_cache(most)(make))
        return kept

    @property
    def example(self) -> Float64[Tensor, "few *feature"]:
        return self.X[:2]

    @property
    def consumers(self) -> tuple[str, ...]:
        """Paths of the Linear layers and convolutions that hear a prunable group, as they run."""
        return tuple(self.inputs)

    def consumer(self, path: str) -> Consumer:
        return consumer_at(self.model, path)

    @cached_property
    def prunable(self) -> tuple[int, ...]:
        """Numbers of the groups that hold units and can lose some."""
        return tuple(number for number, group in enumerate(self.groups) if is_prunable(group))

    @cached_property
    def decisions(self) -> Int64[np.ndarray, " n"]:
        return decisions(self.logits)

    @cached_property
    def test_logits(self) -> Float64[np.ndarray, "test c"]:
        """Of the test part, which there has to be."""
        assert self.X_test is not None
        return logits_of(self.model, self.X_test)

    @cached_property
    def margins(self) -> Float64[np.ndarray, " n"]:
        return margins(self.logits)

    @cached_property
    def weights(self) -> Float64[np.ndarray, " n"]:
        """A changed logit matters where the decision is narrow: `1 / (margin² + (median margin / 4)²)`.

        Where all margins are 0 samples weigh alike; where only most are, the median is that of the others.
        """
        if not self.margins.any():
            return np.ones_like(self.margins)
        median = np.median(self.margins) or np.median(self.margins[self.margins > 0])
        return 1 / (self.margins**2 + (median / 4) ** 2)

    def metrics(self, on_part: OnPart = unheard) -> Mapping[str, Float64[np.ndarray, "output output"]]:
        """How a change of each consumer's output tells in the margins. Made once, layer by layer."""

        def make() -> Mapping[str, np.ndarray]:
            fewest, most = PROBES
            return output_metrics(
                pausing(convolving_swiftly(self.model), on_part),
                self.X,
                self.weights,
                self.consumers,
                probes=min(most, max(fewest, PROBED // len(self.X))),
                seed=self.seed,
                on_part=on_part,
            )

        return self._once("metrics", make)

    def gram(self, number: int, path: str) -> Float64[np.ndarray, "channels b channels b"]:
        """The weighted centred Gram matrix of what a consumer hears of a group. Made once."""
        columns = self.groups[number].inputs[path]
        return self._once(
            f"gram of {number} at {path}",
            lambda: gram_of(hear(self.consumer(path), self.inputs[path], columns), self.weights),
        )

    def ranks(self, on_part: OnPart = unheard) -> Mapping[str, Float64[np.ndarray, "n unit"]]:
        """How the units of every layer that can be pruned order the samples, see `order_ranks`. Made once."""

        def make() -> Mapping[str, np.ndarray]:
            layers = {layer for number in self.prunable for layer in self.groups[number].sites}
            ranks = {}
            for orders in observe_orders(pausing(self.model, on_part), self.X, sorted(layers)):
                on_part()
                ranks[orders.layer.name] = order_ranks(orders.told)
            return ranks

        return self._once("ranks", make)

    def _once(self, name: str, make: Callable[[], Made]) -> Made:
        """What is kept by this name, made where it is not there; twice where two ask at once."""
        if name not in self.derived:
            self.derived[name] = make()
        made: Made = self.derived[name]
        return made

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of it, in sentences."""
        found = []
        if len(self.X) < self.total:
            found.append(f"seen on {len(self.X):,} of {self.total:,} training samples")
        for number, group in enumerate(self.groups):
            if number not in self.prunable:
                found += [
                    f"{layer} is left alone ({_count(units)}): it {why_locked(group)}"
                    for layer, units in group.sites.items()
                ]
        return tuple(found)


def is_prunable(group: Group) -> bool:
    """Whether a group holds units of layers, is not locked, and is heard by a consumer that can take over."""
    return group.locked is None and bool(group.sites) and bool(group.inputs)


def why_locked(group: Group) -> str:
    """Why nothing of it can go, as a predicate."""
    return group.locked or "is heard by no layer that could take over"


def _count(units: np.ndarray) -> str:
    return "1 unit" if units.size == 1 else f"{units.size} units"


def _consumers(graph: Graph, groups: list[Group]) -> list[str]:
    heard = {path for group in groups if is_prunable(group) for path in group.inputs}
    return [path for path in dict.fromkeys(node.path for node in graph.nodes) if path in heard]


def _check_size(groups: list[Group]) -> None:
    """Refuses a network whose Gram matrices would not fit, before anything is computed."""
    sizes = {
        layers_named(group.sites): sum(
            8 * (group.channels * blocks_of(columns.shape[1])) ** 2 for columns in group.inputs.values()
        )
        for group in groups
        if is_prunable(group)
    }
    taken = sum(sizes.values())
    if taken > MOST_GRAMS:
        widest = max(sizes, key=lambda sites: sizes[sites])
        gib = 2**30
        raise UserError(
            "the network is too wide to prune: what its units have in common would take "
            f"{taken / gib:,.0f} GiB, {sizes[widest] / gib:,.0f} of it in {widest}; "
            f"{MOST_GRAMS / gib:.0f} are the most"
        )


def _floating_dtype(model: nn.Module) -> torch.dtype:
    return next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)
