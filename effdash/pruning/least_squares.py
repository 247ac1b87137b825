"""Weighted least squares with a ridge, from normal equations that are gathered batch by batch.

Source:
    SCIENCE.md 6, compensation: consumers are solved so that what is left reproduces their original output.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from effdash.vocab import CONSTANT_RANGE

RIDGE: Final = 1e-6
"""In shares of the mean diagonal of the Gram matrix."""


class Solution(NamedTuple):
    """`outputs ~ columns @ weight.T + bias`."""

    weight: Float[Tensor, "output column"]
    bias: Float[Tensor, " output"]

    def unshifted(self, shift: Float[Tensor, " column"]) -> "Solution":
        """The same of columns from which `shift` was not taken."""
        return Solution(self.weight, self.bias - self.weight @ shift.to(self.weight.dtype))

    def towards(self, other: "Solution", step: float) -> "Solution":
        """`step` of the way to the other; 1 is the other itself."""
        return Solution(torch.lerp(self.weight, other.weight, step), torch.lerp(self.bias, other.bias, step))


class NormalEquations:
    """The weighted moments of columns and outputs, all that a least-squares solution depends on.

    `gram` (column, column) and `cross` (column, output) are sums of weighted products, `column_sum` and
    `output_sum` weighted sums, `total` the sum of the weights: float64, not centred.
    """

    def __init__(self, columns: int, outputs: int) -> None:
        self.gram = torch.zeros(columns, columns, dtype=torch.float64)
        self.cross = torch.zeros(columns, outputs, dtype=torch.float64)
        self.column_sum = torch.zeros(columns, dtype=torch.float64)
        self.output_sum = torch.zeros(outputs, dtype=torch.float64)
        self.total = torch.zeros((), dtype=torch.float64)

    def add(
        self,
        columns: Float[Tensor, "column row"],
        outputs: Float[Tensor, "output row"],
        weights: Float[Tensor, " row"],
    ) -> None:
        """Takes in further rows, each with its weight; they lie one after the other in memory.

        Those of one call are summed in their own dtype, and that to the others in float64.
        """
        weighted = columns * weights
        self.gram += weighted @ columns.T
        self.cross += weighted @ outputs.T
        self.column_sum += weighted.sum(1)
        self.output_sum += outputs @ weights
        self.total += weights.sum()

    def asking(
        self, rows: Iterable[tuple[Float[Tensor, "column row"], Tensor, Float[Tensor, " row"]]]
    ) -> "NormalEquations":
        """The equations of the same columns and weights for other outputs: columns, outputs and weights."""
        other = NormalEquations(0, 0)
        other.gram, other.column_sum, other.total = self.gram, self.column_sum, self.total
        other.cross = torch.zeros_like(self.cross)
        other.output_sum = torch.zeros_like(self.output_sum)
        for columns, outputs, weights in rows:
            weighted = outputs * weights
            other.cross += columns @ weighted.T
            other.output_sum += weighted.sum(1)
        return other

    def part(
        self,
        kept: Int64[Tensor, " kept"],
        weight: Float[Tensor, "output column"] | None = None,
        bias: Float[Tensor, " output"] | None = None,
    ) -> "NormalEquations":
        """The equations of some columns, where the outputs are `weight` of all columns plus `bias`.

        Without them the outputs are the columns. No data are needed for it: products with a linear function
        of the columns follow from their Gram matrix.
        """
        if weight is None or bias is None:
            weight = torch.eye(len(self.gram), dtype=torch.float64)
            bias = torch.zeros(len(self.gram), dtype=torch.float64)
        part = NormalEquations(0, 0)
        part.gram = self.gram[kept][:, kept]
        part.cross = self.gram[kept] @ weight.T + torch.outer(self.column_sum[kept], bias)
        part.column_sum = self.column_sum[kept]
        part.output_sum = weight @ self.column_sum + bias * self.total
        part.total = self.total
        return part

    def solve(
        self,
        prior: Float[Tensor, "output column"] | None = None,
        *,
        ridge: float = RIDGE,
        intercept: bool = True,
    ) -> Solution:
        """The weights that leave the least weighted squared error, drawn to `prior` (0) by the ridge.

        Where the data do not determine the weights, what they leave open stays as in `prior`. Without an
        `intercept` the bias is 0.
        """
        gram, cross = self.gram, self.cross
        if intercept:
            gram = gram - torch.outer(self.column_sum, self.column_sum) / self.total
            cross = cross - torch.outer(self.column_sum, self.output_sum) / self.total
        if prior is not None:
            cross = cross - gram @ prior.T
        weight = solve_ridged(gram, cross, ridge, rounding=rounding_of(self.gram)).T
        if prior is not None:
            weight = weight + prior
        if not intercept:
            return Solution(weight, torch.zeros_like(self.output_sum))
        return Solution(weight, (self.output_sum - weight @ self.column_sum) / self.total)


def solve_ridged(
    gram: Float[Tensor, "column column"],
    cross: Float[Tensor, "column output"],
    ridge: float,
    rounding: float = 0.0,
) -> Float[Tensor, "column output"]:
    """`(gram + ridge * mean diagonal) X = cross`; 0 where no column is more than `rounding`."""
    mean = float(gram.diagonal().mean()) if len(gram) else 0.0
    size = ridge * mean + rounding
    if mean <= rounding:
        return torch.zeros_like(cross)
    loaded = gram.clone()
    loaded.diagonal().add_(size)
    return torch.cholesky_solve(cross, torch.linalg.cholesky(loaded))


def rounding_of(gram: Float[Tensor, "column column"]) -> float:
    """What counts as nothing on the diagonal of a Gram matrix once means are taken out of it.

    Of columns that vary by less than a constant unit may, next to their size, what is left is rounding, and
    need not be positive.
    """
    return CONSTANT_RANGE**2 * float(gram.diagonal().max()) if len(gram) else 0.0
