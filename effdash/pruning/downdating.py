"""An answer at once when one unit is taken away or put back: approximate, until the network is rebuilt."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from effdash.pruning.baseline import Baseline
from effdash.pruning.least_squares import RIDGE, rounding_of
from effdash.pruning.patches import zero_padded
from effdash.pruning.reference import Reference
from effdash.pruning.surgery import Weighted, weighted
from effdash.vocab import UserError

REFINEMENTS: Final = 2


class Downdate:
    """What the consumers of one group make of the channels that are left, each toggle a rank-one step.

    The rest of the network is taken to be as it was: what the consumers hear are the original's activations,
    and a convolution takes over by mixing channels alone. With all channels there the weights are the
    original's. Rounding adds up over thousands of toggles; `rebuild` gives the network itself.

    Raises:
        UserError: the group cannot be pruned, or a consumer of it is too large or too divided for this.
    """

    def __init__(self, reference: Reference, group: int) -> None:
        if group not in reference.prunable:
            raise UserError(f"group {group} cannot be pruned; {list(reference.prunable)} can")
        self.kept = np.ones(reference.groups[group].channels, dtype=bool)
        """Which channels are there."""
        self._columns = reference.groups[group].inputs
        with torch.no_grad():
            self._consumers = {path: _Consumer.of(reference, path) for path in self._columns}

    def keep(self, kept: Bool[np.ndarray, " channels"]) -> None:
        """Leaves these channels there and takes all others away, in one step."""
        self.kept[:] = kept
        with torch.no_grad():
            for path, consumer in self._consumers.items():
                consumer.keep_all_but(torch.from_numpy(self._columns[path][~kept].ravel()))

    def remove(self, channel: int) -> float:
        """Takes a channel away; by how much that changes what consumers give.

        In mean squares over samples, weighted by their margins, summed over the outputs of all consumers.

        Raises:
            UserError: it is away already, or the last one.
        """
        if not self.kept[channel] or self.kept.sum() == 1:
            raise UserError(f"channel {channel} cannot be taken away: it is the last one, or away already")
        self.kept[channel] = False
        with torch.no_grad():
            return sum(
                consumer.remove(torch.from_numpy(self._columns[path][channel]))
                for path, consumer in self._consumers.items()
            )

    def restore(self, channel: int) -> None:
        """Puts a channel back.

        Raises:
            UserError: it is there.
        """
        if self.kept[channel]:
            raise UserError(f"channel {channel} cannot be put back: it is there")
        self.kept[channel] = True
        with torch.no_grad():
            for path, consumer in self._consumers.items():
                consumer.restore(torch.from_numpy(self._columns[path][channel]))

    def layer(self, path: str) -> tuple[Tensor, Tensor]:
        """The weights of a consumer, in their own shape, 0 on what is away, and its bias."""
        return self._consumers[path].layer()


@dataclass(eq=False)
class _Consumer:
    """One consumer: `outgoing` are its weights, a row an output (and tap), a column an input."""

    module: Weighted
    ridged: Float[Tensor, "column column"]
    """The Gram matrix of all columns with its ridge."""
    mean: Float[Tensor, " column"]
    original: Float[Tensor, "row column"]
    outgoing: Float[Tensor, "row column"]
    inverse: Float[Tensor, "column column"]
    """Of `ridged` on the columns that are there; 0 elsewhere."""

    @classmethod
    def of(cls, reference: Reference, path: str) -> "_Consumer":
        baseline = Baseline.of(reference)
        module = weighted(reference.model, path)
        node = next(node for node in reference.graph.nodes if node.path == path)
        is_dense = isinstance(module, nn.Linear)
        moments = baseline.equations(node) if is_dense else baseline.mixing(node)
        if moments is None or (not isinstance(module, nn.Linear) and module.groups > 1):
            raise UserError(f"{path} is too large, or a grouped convolution; rebuild the network instead")
        mean = moments.column_sum / moments.total
        gram = moments.gram / moments.total
        if isinstance(module, nn.Linear) or not zero_padded(module):
            gram = gram - torch.outer(mean, mean)
        else:
            mean = torch.zeros_like(mean)
        ridge = RIDGE * float(gram.diagonal().mean()) + rounding_of(moments.gram) / float(moments.total)
        # Of columns that are all 0, any ridge makes the same of them: nothing.
        gram.diagonal().add_(ridge if ridge > 0 else 1.0)
        outgoing = module.weight.flatten(2).movedim(1, -1).flatten(0, 1) if not is_dense else module.weight
        inverse = torch.cholesky_inverse(torch.linalg.cholesky(gram))
        return cls(module, gram, mean, outgoing.clone(), outgoing.clone(), inverse)

    def keep_all_but(self, gone: Int64[Tensor, " gone"]) -> None:
        stays = torch.ones(len(self.ridged), dtype=torch.bool)
        stays[gone] = False
        there = stays.nonzero()[:, 0]
        self.inverse.zero_()
        inverse = torch.cholesky_inverse(torch.linalg.cholesky(self.ridged[there][:, there]))
        self.inverse[there[:, None], there] = inverse
        known = inverse @ self.ridged[there][:, gone]
        self.outgoing.zero_()
        self.outgoing[:, there] = self.original[:, there] + self.original[:, gone] @ known.T

    def remove(self, columns: Int64[Tensor, " gone"]) -> float:
        block = torch.linalg.inv(self.inverse[columns][:, columns])
        share = block @ self.inverse[columns]
        told = self.outgoing[:, columns].clone()
        cost = float(((told @ block) * told).sum())
        self.outgoing.addmm_(told, share, alpha=-1)
        self.inverse.addmm_(self.inverse[:, columns].clone(), share, alpha=-1)
        for tensor in (self.outgoing, self.inverse):
            tensor[:, columns] = 0
        self.inverse[columns] = 0
        return cost

    def restore(self, columns: Int64[Tensor, " back"]) -> None:
        known = self._regressed(columns)
        left = torch.linalg.inv(self.ridged[columns][:, columns] - self.ridged[columns] @ known)
        missing = (self.original - self.outgoing) @ self.ridged[:, columns] @ left
        self.outgoing.addmm_(missing, known.T, alpha=-1)
        self.outgoing[:, columns] = missing
        self.inverse.addmm_(known @ left, known.T)
        self.inverse[:, columns] = -known @ left
        self.inverse[columns] = -(known @ left).T
        self.inverse[columns[:, None], columns] = left

    def _regressed(self, columns: Tensor) -> Tensor:
        """How the columns that are there tell these, refined: the little they leave open is what matters."""
        there = (self.inverse.diagonal() > 0)[:, None]
        wanted = self.ridged[:, columns]
        known = self.inverse @ wanted
        for _ in range(REFINEMENTS):
            known += self.inverse @ torch.where(there, wanted - self.ridged @ known, 0)
        return known

    def layer(self) -> tuple[Tensor, Tensor]:
        weight = self.module.weight
        taps = weight.flatten(2).shape[2] if weight.dim() > 2 else 1
        by_tap = self.outgoing.view(len(weight), taps, -1)
        moved = ((self.original - self.outgoing) @ self.mean).view(len(weight), taps).sum(1)
        bias = moved if self.module.bias is None else self.module.bias + moved
        return by_tap.movedim(-1, 1).reshape(weight.shape).clone(), bias
