"""The channels of one group that the exact stages leave, with all that a criterion may look at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float64, Int64

from effdash.permutations import joint_orders_along
from effdash.pruning.consumers import Consumer
from effdash.pruning.elimination import Intake
from effdash.pruning.intake import hear, sends_of
from effdash.pruning.reference import Reference
from effdash.pruning.stages import Exact, Heard, Stage
from effdash.pruning.steps import OnPart, unheard
from effdash.pruning.structure import Group


@dataclass(frozen=True, eq=False)
class Candidates:
    """`channels` of the group of this `number`. They speak for their twins in `exact`, which are merged."""

    reference: Reference
    number: int
    channels: Int64[np.ndarray, " left"]
    exact: Sequence[Exact]
    on_part: OnPart = unheard
    """Called within what takes long."""

    @classmethod
    def after(
        cls, reference: Reference, number: int, exact: Sequence[Exact], on_part: OnPart = unheard
    ) -> "Candidates":
        left = np.ones(reference.groups[number].channels, bool)
        left[[one.channel for one in exact]] = False
        return cls(reference, number, np.flatnonzero(left), exact, on_part)

    @property
    def group(self) -> Group:
        return self.reference.groups[self.number]

    def heard(self) -> Iterator[Heard]:
        """What each consumer hears of them, one consumer after the other."""
        for path, columns in self.group.inputs.items():
            yield hear(self.reference.consumer(path), self.reference.inputs[path], columns[self.channels])

    @cached_property
    def intakes(self) -> list[Intake]:
        """What each consumer hears of them and, with what their twins send, what it makes of that."""
        found = []
        for path, columns in self.group.inputs.items():
            gram = self.reference.gram(self.number, path)
            metric = self.reference.metrics(self.on_part)[path]
            sends = sends_of(self.reference.consumer(path), columns, metric)
            self.on_part()
            sends = np.einsum("lc,cjdk,md->ljmk", self._speak_for, sends, self._speak_for, optimize=True)
            found.append(Intake(gram[self.channels][:, :, self.channels], sends))
        return found

    @cached_property
    def ranks(self) -> list[Float64[np.ndarray, "n left"]]:
        """How they order the samples, wherever they are units of a layer; a column's length is 1."""
        of_layers = self.reference.ranks(self.on_part)
        return [
            of_layers[layer][:, numbers]
            for layer, units in self.group.sites.items()
            for numbers in units[self.channels].T
        ]

    @cached_property
    def similarity(self) -> Float64[np.ndarray, "left left"]:
        """How alike they order the samples, the mean over the places where they are units."""
        return sum(ranks.T @ ranks for ranks in self.ranks) / len(self.ranks)

    def heirs(
        self, order: Int64[np.ndarray, " removals"]
    ) -> tuple[Int64[np.ndarray, " removals"], Float64[np.ndarray, " removals"]]:
        """Of each that goes, the one most alike among those that are there after it, and how alike."""
        goes_at = np.full(len(self.channels), len(order))
        goes_at[order] = np.arange(len(order))
        alike = np.where(goes_at > np.arange(len(order))[:, None], self.similarity[order], -np.inf)
        return alike.argmax(axis=1), alike.max(axis=1, initial=-np.inf)

    def joint_orders(self, order: Int64[np.ndarray, " removals"]) -> Float64[np.ndarray, " removals"]:
        """How well those that are left tell the order of each that goes, averaged as `similarity`."""
        return np.mean([joint_orders_along(ranks, order) for ranks in self.ranks], axis=0)

    def own_weights(self) -> Iterator[Float64[np.ndarray, "left weight"]]:
        """The weights with which each producer makes them."""
        for path, rows in self.group.outputs.items():
            module = self.reference.model.get_submodule(path)
            if isinstance(module, Consumer):
                weights = module.weight.detach()[torch.from_numpy(rows[self.channels])]
                yield weights.double().flatten(1).numpy()

    @cached_property
    def _speak_for(self) -> Float64[np.ndarray, "left channels"]:
        """How much of every channel of the group each of them says: of itself all, of a twin its factor."""
        place = {int(channel): row for row, channel in enumerate(self.channels)}
        share = np.zeros((len(self.channels), self.group.channels))
        share[np.arange(len(self.channels)), self.channels] = 1.0
        for one in self.exact:
            if one.stage is Stage.TWIN and one.heir in place:
                share[place[one.heir], one.channel] = one.factor
        return share
