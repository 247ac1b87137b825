"""How much the regularizer weighs, epoch by epoch."""

from math import cos, pi

from effdash.vocab import UserError


def scheduled_weight(weight: float, schedule: str, epoch: int, epochs: int) -> float:
    """The weight lambda in `epoch`, counted from 0 to `epochs`.

    `constant` keeps `weight`; `cosine` falls from `weight` at epoch 0 to 0 at the end along half a cosine.

    Raises:
        UserError: an unknown schedule, or an epoch outside 0 to `epochs`.
    """
    if not 0 <= epoch <= epochs or epochs < 1:
        raise UserError(f"epoch is {epoch}, but should lie between 0 and epochs, {epochs}")
    if schedule == "constant":
        return weight
    if schedule == "cosine":
        return weight * (1 + cos(pi * epoch / epochs)) / 2
    raise UserError(f"schedule {schedule!r} is unknown; known are constant, cosine")
