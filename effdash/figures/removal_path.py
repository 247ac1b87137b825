"""The removal path: how many answers stay the same, the more units go."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from effdash.figures.amount import amount_header
from effdash.figures.payload import Payload
from effdash.vocab import UserError


@dataclass(frozen=True, eq=False)
class RemovalCurve:
    """The share of same answers along the path of a method."""

    name: str
    amounts: Integer[np.ndarray, " _"]
    """So many units are gone, rising."""
    agreement: Float[np.ndarray, " _"]
    """In [0, 1]; nan: not known."""
    compensated: bool = True
    """Whether the survivors take over."""
    chosen: bool = False
    """Whether this is the path of the network shown."""

    def __post_init__(self) -> None:
        if self.amounts.shape != self.agreement.shape:
            raise UserError(
                f"curve {self.name!r} has {len(self.amounts)} amounts and {len(self.agreement)} agreements"
            )
        if (np.diff(self.amounts) <= 0).any():
            raise UserError(f"the amounts of curve {self.name!r} have to rise")


def removal_path_payload(
    curves: Sequence[RemovalCurve],
    *,
    amount: int,
    most: int,
    units: int,
    split: str,
    samples: int,
    link: str,
    exact: int = 0,
    auto: int | None = None,
    agreement: float | None = None,
    title: str = "Removal path",
) -> Payload:
    """Same answers against the share of units removed, a line a method.

    Args:
        curves: those that are known by now; the chosen one is drawn thick.
        amount, most, units, link, exact, auto: as for `amount_payload`.
        split: the data on which answers are compared, in words.
        samples: so many are compared.
        agreement: at the very network shown; `None`: where the chosen curve is at `amount`.

    Raises:
        UserError: no samples, or as `amount_payload`.
    """
    if samples < 1:
        raise UserError("same answers are a share of samples; there are none")
    known = [np.isfinite(curve.agreement) for curve in curves]
    header = {
        **amount_header(amount, most=most, units=units, link=link, exact=exact, auto=auto),
        "title": title,
        "qualifier": f"{split} · same answers, by share removed",
        "split": split,
        "samples": samples,
        "agreement": None if agreement is None or np.isnan(agreement) else float(agreement),
        "curves": [
            {
                "name": curve.name,
                "compensated": curve.compensated,
                "chosen": curve.chosen,
                "points": int(mask.sum()),
            }
            for curve, mask in zip(curves, known, strict=True)
        ],
    }
    amounts = [curve.amounts[mask] for curve, mask in zip(curves, known, strict=True)]
    agreements = [curve.agreement[mask] for curve, mask in zip(curves, known, strict=True)]
    arrays = {
        "amounts": np.concatenate([*amounts, np.empty(0)]).astype(np.int32),
        "agreements": np.concatenate([*agreements, np.empty(0)]).astype(np.float32),
    }
    return Payload(header, arrays)
