"""How sure a count of changed decisions is: exact bounds for held-out data."""

from dataclasses import dataclass
from typing import Final

from effdash.vocab import UserError

LEVEL: Final = 0.95
CHOSE_THE_UNITS: Final = "these data chose the units"


@dataclass(frozen=True)
class Bound:
    """The largest share of changed decisions that a count on held-out data leaves likely, or why none is."""

    upper: float | None
    level: float
    reason: str | None

    def sentence(self) -> str:
        """`at most 2.0 %`, or `no bound: these data chose the units`."""
        return f"no bound: {self.reason}" if self.upper is None else f"at most {100 * self.upper:.1f} %"


def clopper_pearson(changed: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Exact two-sided bounds of a share of which `changed` of `n` independent samples were seen.

    Below the lower bound so many or more, above the upper one so few or fewer, come up with probability
    (1 - level) / 2 at most. 2 of 360 at level .95: from .0007 to .0199.

    Raises:
        UserError: no samples, a count that is none of them, or a level that is not between 0 and 1.

    Source:
        Clopper and Pearson, Biometrika 26 (1934), 404-413.
    """
    from scipy.stats import beta

    if n < 1:
        raise UserError(f"n = {n}: a share needs at least one sample")
    if not 0 <= changed <= n:
        raise UserError(f"changed = {changed} is out of range; it lies between 0 and {n}")
    if not 0 < level < 1:
        raise UserError(f"level = {level:g} is out of range; it lies between 0 and 1")
    tail = (1 - level) / 2
    lower = float(beta.ppf(tail, changed, n - changed + 1)) if changed > 0 else 0.0
    upper = float(beta.isf(tail, changed + 1, n - changed)) if changed < n else 1.0
    return lower, upper


def held_out_bound(changed: int, n: int, *, held_out: bool, level: float = LEVEL) -> Bound:
    """The upper bound that `changed` of `n` decisions put on samples like these.

    Only held-out data carry one. On data that chose the units (`held_out=False`), decisions were kept on
    purpose: a count there says nothing about other samples.

    Raises:
        UserError: as `clopper_pearson`.
    """
    _, upper = clopper_pearson(changed, n, level)
    return Bound(upper, level, None) if held_out else Bound(None, level, CHOSE_THE_UNITS)
