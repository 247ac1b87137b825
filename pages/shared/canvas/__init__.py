"""The figures that move under the hand. Each takes a payload of `effdash.figures` and is updated in place.

What a person does on them counts at once in the browser; handlers are told afterwards, before the script (or
the fragment around the figure) runs again.
"""

from collections.abc import Callable

from effdash.figures import Payload
from pages.shared.canvas.component import mount

NEWEST = -1
"""What a canvas sends for the newest epoch, which it follows."""

OnUnit = Callable[[int], None]
"""Given a unit's number in the network."""

OnEpoch = Callable[[int | None], None]
"""Given the epoch where the person stopped; `None`: at the newest one, to be followed."""


def unit_map(
    payload: Payload,
    *,
    key: str,
    height: int = 560,
    controls: bool = True,
    on_unit: OnUnit | None = None,
    on_epoch: OnEpoch | None = None,
) -> None:
    """Map and history of every unit (`unit_map_payload`), at most so high; `controls`: play and slider."""
    on = {"unit": on_unit, "epoch": _told(on_epoch)}
    mount("unit_map", payload, key=key, height=height, shrinks=True, controls=controls, on=on)


def epoch_slider(payload: Payload, *, key: str, height: int = 56, on_epoch: OnEpoch | None = None) -> None:
    """Play button and slider alone (`epochs_payload`): every figure with the same link follows it."""
    mount("epoch_slider", payload, key=key, height=height, on={"epoch": _told(on_epoch)})


def status_shares(payload: Payload, *, key: str, height: int = 170, on_epoch: OnEpoch | None = None) -> None:
    """Share of dead, linear and nonlinear units over the epochs (`shares_payload`)."""
    mount("status_shares", payload, key=key, height=height, on={"epoch": _told(on_epoch)})


def curves(payload: Payload, *, key: str, height: int = 290, on_epoch: OnEpoch | None = None) -> None:
    """Loss and accuracy over the epochs (`curves_payload`)."""
    mount("curves", payload, key=key, height=height, on={"epoch": _told(on_epoch)})


def status_band(payload: Payload, *, key: str, height: int = 82, on_epoch: OnEpoch | None = None) -> None:
    """The status of one unit over the epochs, train and test (`band_payload`)."""
    mount("status_band", payload, key=key, height=height, on={"epoch": _told(on_epoch)})


def histogram(payload: Payload, *, key: str, height: int = 280) -> None:
    """Pre-activations of one unit by class (`histogram_payload`)."""
    mount("histogram", payload, key=key, height=height)


def decision(payload: Payload, *, key: str, height: int = 320) -> None:
    """The decision function on the plane of two features (`decision_payload`)."""
    mount("decision", payload, key=key, height=height)


def fold(payload: Payload, *, key: str, height: int = 280) -> None:
    """Where a unit's pre-activation is 0 on the plane of two features (`fold_payload`)."""
    mount("fold", payload, key=key, height=height)


def images(payload: Payload, *, key: str, height: int = 130) -> None:
    """Incoming weights or samples as pictures (`weights_payload`, `samples_payload`)."""
    mount("images", payload, key=key, height=height)


def _told(on_epoch: OnEpoch | None) -> Callable[[int], None] | None:
    if on_epoch is None:
        return None
    return lambda epoch: on_epoch(None if epoch == NEWEST else epoch)
