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

OnUnitOfLayer = Callable[[int], None]
"""Given a unit's number within its layer."""

OnPair = Callable[[int, int], None]
"""Given two units' numbers within their layer; the same one twice is that unit alone."""

OnSample = Callable[[int], None]
"""Given a sample's number in its split."""

OnImage = Callable[[int], None]
"""Given the place of a picture among those shown."""

OnLayer = Callable[[int], None]
"""Given a layer's number."""

OnAmount = Callable[[int, int], None]
"""Given how many units are to go, and the number of the gesture that says so, the same in all of a drag."""

OnSteps = Callable[[int], None]
"""Given how many steps are to be undone, below 0, or done again, above."""

OnEpoch = Callable[[int | None], None]
"""Given the epoch where the person stopped; `None`: at the newest one, to be followed."""


def unit_map(
    payload: Payload,
    *,
    key: str,
    height: int = 560,
    controls: bool = True,
    autoplay: bool = False,
    on_unit: OnUnit | None = None,
    on_epoch: OnEpoch | None = None,
) -> None:
    """Map and history of every unit (`unit_map_payload`), at most so high; `controls`: play and slider.

    With `autoplay` it plays over and over until somebody takes the slider.
    """
    on = {"unit": on_unit, "epoch": _told(on_epoch)}
    view = {"controls": controls, "autoplay": autoplay}
    mount(
        "unit_map",
        payload,
        key=key,
        height=height,
        shrinks=True,
        on=on,
        **view,
    )


def epoch_slider(payload: Payload, *, key: str, height: int = 56, on_epoch: OnEpoch | None = None) -> None:
    """Play button and slider alone (`epochs_payload`): every figure with the same link follows it."""
    mount("epoch_slider", payload, key=key, height=height, on={"epoch": _told(on_epoch)})


def status_shares(payload: Payload, *, key: str, height: int = 170, on_epoch: OnEpoch | None = None) -> None:
    """Share of dead, linear and nonlinear units over the epochs (`shares_payload`); with changes 224 high."""
    mount("status_shares", payload, key=key, height=height, on={"epoch": _told(on_epoch)})


def curves(payload: Payload, *, key: str, height: int = 290, on_epoch: OnEpoch | None = None) -> None:
    """Loss and accuracy over the epochs (`curves_payload`)."""
    mount(
        "curves",
        payload,
        key=key,
        height=height,
        on={"epoch": _told(on_epoch)},
    )


def status_band(payload: Payload, *, key: str, height: int = 82, on_epoch: OnEpoch | None = None) -> None:
    """The status of one unit over the epochs, train and test (`band_payload`)."""
    mount(
        "status_band",
        payload,
        key=key,
        height=height,
        on={"epoch": _told(on_epoch)},
    )


def layer_band(
    payload: Payload,
    *,
    key: str,
    height: int = 300,
    on_unit: OnUnitOfLayer | None = None,
    on_epoch: OnEpoch | None = None,
) -> None:
    """Every unit of a layer over the epochs (`layer_band_payload`), at most so high, scrolled beyond."""
    on = {"unit": on_unit, "epoch": _told(on_epoch)}
    mount("layer_band", payload, key=key, height=height, shrinks=True, on=on)


def sample_efficiency(
    payload: Payload, *, key: str, height: int = 160, on_epoch: OnEpoch | None = None
) -> None:
    """How much of the network the samples reach, over the epochs (`sample_efficiency_payload`)."""
    on = {"epoch": _told(on_epoch)}
    mount("sample_efficiency", payload, key=key, height=height, shrinks=True, on=on)


def sample_plane(payload: Payload, *, key: str, height: int = 330, on_sample: OnSample | None = None) -> None:
    """The samples on the plane of two features, the silent ones ringed (`sample_plane_payload`)."""
    mount("sample_plane", payload, key=key, height=height, on={"sample": on_sample})


def sample_way(payload: Payload, *, key: str, height: int = 330) -> None:
    """What each layer does with one sample (`sample_way_payload`), scrolled where they are many."""
    mount("sample_way", payload, key=key, height=height, shrinks=True)


def samples_by_layer(payload: Payload, *, key: str, height: int = 170) -> None:
    """Share of dead, linear and nonlinear samples at each layer (`samples_by_layer_payload`)."""
    mount("layer_samples", payload, key=key, height=height, shrinks=True)


def glance(payload: Payload, *, key: str, height: int = 240, on_unit: OnUnitOfLayer | None = None) -> None:
    """A small picture of every unit of a layer (`glance_payload`), scrolled where they are many."""
    mount("glance", payload, key=key, height=height, on={"unit": on_unit})


def confusion(payload: Payload, *, key: str, height: int = 170) -> None:
    """Units by their status on train and on test (`confusion_payload`)."""
    mount("confusion", payload, key=key, height=height)


def class_rows(payload: Payload, *, key: str, height: int = 280) -> None:
    """Mean and spread of one unit by class (`class_rows_payload`)."""
    mount("class_rows", payload, key=key, height=height)


def histogram(payload: Payload, *, key: str, height: int = 280) -> None:
    """Pre-activations of one unit by class (`histogram_payload`)."""
    mount("histogram", payload, key=key, height=height)


def decision(payload: Payload, *, key: str, height: int = 320) -> None:
    """The decision function on the plane of two features (`decision_payload`)."""
    mount("decision", payload, key=key, height=height)


def fold(payload: Payload, *, key: str, height: int = 280) -> None:
    """Where a unit's pre-activation is 0 on the plane of two features (`fold_payload`)."""
    mount("fold", payload, key=key, height=height)


def images(payload: Payload, *, key: str, height: int = 130, on_image: OnImage | None = None) -> None:
    """Incoming weights or samples as pictures (`weights_payload`, `samples_payload`)."""
    mount("images", payload, key=key, height=height, on={"image": on_image})


def strips(payload: Payload, *, key: str, height: int = 640, on_unit: OnUnitOfLayer | None = None) -> None:
    """The samples in every unit's order (`strips_payload`), at most so high, scrolled beyond."""
    mount("strips", payload, key=key, height=height, shrinks=True, on={"unit": on_unit})


def similarity(payload: Payload, *, key: str, height: int = 560, on_pair: OnPair | None = None) -> None:
    """How alike all units of a layer are (`similarity_payload`): a square, at most so high."""
    units = payload.header["units"]
    told = None if on_pair is None else lambda pair: on_pair(*divmod(pair, units))
    mount("similarity", payload, key=key, height=height, shrinks=True, on={"pair": told})


def amount(payload: Payload, *, key: str, height: int = 61, on_amount: OnAmount | None = None) -> None:
    """How many units are to go (`amount_payload`): told while the hand moves, one amount at a time."""
    mount("amount", payload, key=key, height=height, on={"amount": on_amount})


def steps(
    payload: Payload,
    *,
    key: str,
    height: int = 35,
    on_step: OnSteps | None = None,
    on_rest: Callable[[int], None] | None = None,
    on_look: Callable[[int], None] | None = None,
) -> None:
    """Undo and redo (`steps_payload`), by button and by key, every press a step.

    `on_rest` is called when the hand rests, where the page is behind it; `on_look`, again and again, where an
    exact answer is awaited.
    """
    mount("steps", payload, key=key, height=height, on={"step": on_step, "rest": on_rest, "look": on_look})


def prune_map(
    payload: Payload,
    *,
    key: str,
    height: int = 440,
    on_pin: OnUnit | None = None,
    on_look: OnUnit | None = None,
    on_lock: OnLayer | None = None,
) -> None:
    """Kept and removed units (`prune_map_payload`), at most so high, scrolled beyond."""
    on = {"pin": on_pin, "look": on_look, "lock": on_lock}
    mount("prune_map", payload, key=key, height=height, shrinks=True, on=on)


def removal_path(payload: Payload, *, key: str, height: int = 230, on_amount: OnAmount | None = None) -> None:
    """Same answers the more units go (`removal_path_payload`); a click or a drag sets the amount."""
    mount("removal_path", payload, key=key, height=height, on={"amount": on_amount})


def widths(payload: Payload, *, key: str, height: int = 170) -> None:
    """How wide each layer is left (`widths_payload`), scrolled where they are many."""
    mount("widths", payload, key=key, height=height, shrinks=True)


def decision_change(payload: Payload, *, key: str, height: int = 330) -> None:
    """The decision function before and after, and the difference (`decision_change_payload`).

    Where the page is narrow, the difference stands below the others, and the figure is half as high again.
    """
    mount("decision_change", payload, key=key, height=height, shrinks=True)


def face_to_face(payload: Payload, *, key: str, height: int = 420, on_sample: OnSample | None = None) -> None:
    """Two units and the same samples in the order of either (`face_to_face_payload`)."""
    mount("face_to_face", payload, key=key, height=height, on={"sample": on_sample})


def joint_order(
    payload: Payload, *, key: str, height: int = 226, on_unit: OnUnitOfLayer | None = None
) -> None:
    """The units that together tell the order of one (`joint_order_payload`)."""
    mount("joint_order", payload, key=key, height=height, on={"unit": on_unit})


def depth(
    payload: Payload,
    *,
    key: str,
    height: int = 320,
    on_sample: OnSample | None = None,
    on_layer: OnLayer | None = None,
) -> None:
    """Where samples stand in the order of one unit a layer (`depth_payload`)."""
    mount("depth", payload, key=key, height=height, on={"sample": on_sample, "layer": on_layer})


def sample_map(
    payload: Payload,
    *,
    key: str,
    height: int = 460,
    on_sample: OnSample | None = None,
    on_epoch: OnEpoch | None = None,
) -> None:
    """The samples at a layer, near ones told alike, over the epochs (`sample_map_payload`)."""
    on = {"sample": on_sample, "epoch": _told(on_epoch)}
    mount("sample_map", payload, key=key, height=height, on=on)


def unit_places(
    payload: Payload,
    *,
    key: str,
    height: int = 460,
    on_unit: OnUnitOfLayer | None = None,
    on_epoch: OnEpoch | None = None,
) -> None:
    """The units of a layer, near ones with like orders, over the epochs (`unit_places_payload`)."""
    mount("unit_places", payload, key=key, height=height, on={"unit": on_unit, "epoch": _told(on_epoch)})


def _told(on_epoch: OnEpoch | None) -> Callable[[int], None] | None:
    if on_epoch is None:
        return None
    return lambda epoch: on_epoch(None if epoch == NEWEST else epoch)
