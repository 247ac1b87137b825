"""One sample on its way through the layers: what happens to it at each, and what the network answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer, UInt8

from effdash.figures.payload import Payload
from effdash.figures.status import HasUnits
from effdash.figures.words import HINGES
from effdash.vocab import UnitStatus, UserError


@dataclass(frozen=True)
class Answer:
    """What the network answers to a sample, by class name; `probability` is that of the answer."""

    answer: str
    probability: float
    truth: str
    is_right: bool
    """Two classes may go by one name."""


def sample_way_payload(
    layers: Sequence[HasUnits],
    kinds: Sequence[str],
    status: UInt8[np.ndarray, " layers"],
    *,
    sample: int,
    taken: str,
    firing: Integer[np.ndarray, " layers"] | None = None,
    answer: Answer | None = None,
    chain: bool = True,
    image: Float[np.ndarray, "rows columns"] | None = None,
    title: str = "Through the layers",
) -> Payload:
    """A row a layer: the sample's status there, and how many of the units fire for it.

    Args:
        layers: in order of application.
        kinds: the activation of each; what is not a hinge at 0 does not fire, it is above 0.
        status: codes of the sample at each layer.
        sample: its number in its split.
        taken: on which data and when: `train · epoch 40`.
        firing: how many units of each layer are above 0; unknown where no weights are kept.
        answer: unknown where no weights are kept.
        chain: nothing leads round a layer, so that a sample that is dead at one is silent from there on.
        image: the sample as a picture, the upper row first.

    Raises:
        UserError: sizes that do not fit each other, or more units firing than there are.
    """
    sizes = np.array([layer.units for layer in layers], dtype=np.uint32)
    for what, values in (("statuses", status), ("activations", kinds)):
        if len(values) != len(sizes):
            raise UserError(f"there are {len(values)} {what} for {len(sizes)} layers")
    if firing is not None and (firing > sizes).any():
        raise UserError("more units fire than the layer has")
    names = [layer.name for layer in layers]
    silent = _first_dead(status) if chain else None
    header = {
        "title": title,
        "sample": sample,
        "qualifier": taken,
        "layers": names,
        "silent": silent,
        "fires": all(kind in HINGES for kind in kinds),
        "sentence": way_sentence(names, status, chain=chain, answer=answer),
        "hasFiring": firing is not None,
    }
    arrays = {"sizes": sizes, "status": status}
    if firing is not None:
        arrays["firing"] = firing.astype(np.uint32)
    if image is not None:
        arrays["image"] = image.astype(np.float32)
    return Payload(header, arrays)


def way_sentence(
    layers: Sequence[str], status: UInt8[np.ndarray, " layers"], *, chain: bool, answer: Answer | None
) -> str:
    """How far the sample gets, and what becomes of it."""
    words = _how_far(layers, status, chain)
    if answer is None:
        return f"{words} Without its weights the answer is not known."
    share = f"“{answer.answer}” ({100 * answer.probability:.0f} %)"
    rightly = "which is right" if answer.is_right else f"but it is “{answer.truth}”"
    return f"{words} The network answers {share}, {rightly}."


def _how_far(layers: Sequence[str], status: UInt8[np.ndarray, " layers"], chain: bool) -> str:
    first = _first_dead(status)
    if first is None:
        return "Heard at every layer."
    if not chain:
        dead = int((status == UnitStatus.DEAD).sum())
        at = f"at {layers[first]}" if dead == 1 else f"at {dead} of {len(layers)} layers"
        return f"Dead {at}; connections that skip layers may carry it round."
    rest = len(layers) - first - 1
    if not rest:
        return f"Silent from {layers[first]} on, the last layer."
    those = f"the {rest} layers after it answer" if rest > 1 else "the layer after it answers"
    return f"Silent from {layers[first]} on: {those} the same to every sample that is dead there."


def _first_dead(status: UInt8[np.ndarray, " layers"]) -> int | None:
    dead = np.flatnonzero(status == UnitStatus.DEAD)
    return int(dead[0]) if len(dead) else None
