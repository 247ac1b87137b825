"""A run's network on the bench, seen once by all sessions: nothing here may be changed."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from torch import Tensor, nn

from effdash.data import Dataset
from effdash.decision import logits_of
from effdash.figures.status import layer_starts
from effdash.pruning import Path, Reference, has_branches, hash_of_weights, plan_removals
from effdash.pruning.named_answers import with_answers
from effdash.pruning.size import count_parameters
from effdash.runs import Run
from effdash.runs.settings import file_like
from effdash.vocab import Split, UserError
from pages.shared.prune.precedence import Precedence
from pages.shared.prune.recent import Recent

MOST_RESULTS: Final = 64
DIGITS: Final = 8
"""Of a hash, in the address: enough to tell weights apart."""


@dataclass(frozen=True, eq=False)
class Bench:
    """A run's network with the weights of a kept epoch, in evaluation mode, and the data it learnt from."""

    run_id: str
    checkpoint: int
    model: nn.Module
    data: Dataset
    """With a name for every answer, see `with_answers`."""
    stored: Dataset
    """As the run holds them."""
    alike: Dataset | None
    """The same where they came from a file of somebody's own: another file is then read as that one was."""
    reference: Reference
    samples: Mapping[Split, Tensor]
    """What is looked at of each split: of train what the units are chosen on."""
    labels: Mapping[Split, np.ndarray]
    logits: Mapping[Split, np.ndarray]
    """What the network answers to them."""
    weights: str
    """The first digits of the hash of the weights."""
    paths: dict[tuple[str, bool], "Plan"] = field(default_factory=dict)
    """By method, and whether branches may vanish; as they are asked for."""
    made: Recent = field(default_factory=lambda: Recent(MOST_RESULTS))
    """What else was made of it."""
    precedence: Precedence = field(default_factory=Precedence)

    @classmethod
    def of(
        cls, run: Run, checkpoint: int, data: Dataset, on_step: Callable[[int, int], None] | None = None
    ) -> "Bench":
        """Sees the network once; `on_step` hears how far it has come, and may stop it.

        Raises:
            UserError: it cannot be rebuilt or traced, does not fit its data, or its run has other layers.
        """
        model = run.model(checkpoint).eval().requires_grad_(False)
        reference = Reference.prepare(model, data, on_step=on_step)
        in_network, in_run = ([(layer.name, layer.units) for layer in of.layers] for of in (reference, run))
        if in_network != in_run:
            raise UserError("its layers are not those of its network")
        first = next(model.parameters())
        samples = {Split.TRAIN: reference.X.to(first)}
        labels = {} if reference.y_train is None else {Split.TRAIN: reference.y_train.numpy()}
        if reference.X_test is not None:
            samples[Split.TEST] = reference.X_test.to(first)
        if reference.y_test is not None:
            labels[Split.TEST] = reference.y_test.numpy()
        logits = {split: logits_of(model, X) for split, X in samples.items()}
        return cls(
            run.id,
            checkpoint,
            model,
            with_answers(data, model, reference),
            data,
            file_like(run),
            reference,
            samples,
            labels,
            logits,
            hash_of_weights(model)[:DIGITS],
        )

    @property
    def link(self) -> str:
        """What the figures of this network have in common."""
        return f"{self.run_id} at {self.checkpoint}"

    @cached_property
    def starts(self) -> Mapping[str, int]:
        """The number of each layer's first unit over all layers."""
        layers = self.reference.layers
        return dict(zip((layer.name for layer in layers), layer_starts(layers), strict=True))

    @cached_property
    def has_branches(self) -> bool:
        """Whether there are some that could go as a whole."""
        return has_branches(self.reference)

    @cached_property
    def parameters(self) -> int:
        """Of the network as it is."""
        return count_parameters(self.model)

    @property
    def told_on(self) -> Split:
        """The split that the removal path is drawn on: test where there is one."""
        return Split.TEST if Split.TEST in self.samples else Split.TRAIN


@dataclass(frozen=True, eq=False)
class Plan:
    """The order in which a method lets the units of a network go, and how long it took to find."""

    bench: Bench
    path: Path
    seconds: float
    kind: tuple[str, bool]
    """The method, and whether branches may vanish."""


def plan_of(
    bench: Bench,
    method: str,
    report: Callable[[int, int], None] | None = None,
    *,
    vanish: bool = False,
) -> Plan:
    """The plan of a method for a network on the bench, made where it is not there.

    `vanish`: whole branches come last on it, where there are ways around them.
    """
    key = method, vanish
    if key not in bench.paths:
        began = time.monotonic()
        path = plan_removals(bench.reference, method, vanish=vanish, on_step=report)
        bench.paths[key] = Plan(bench, path, time.monotonic() - began, key)
    return bench.paths[key]
