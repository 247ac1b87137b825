"""Units that a person asks for, by layer."""

from collections.abc import Iterable, Mapping

from effdash.vocab import UserError

Units = Mapping[str, Iterable[int]]
"""Numbers of units by layer; some may be named twice."""


def checked_units(sizes: Mapping[str, int], units: Units) -> dict[str, list[int]]:
    """The units asked for, each once, rising; `sizes`: how many units every layer has.

    Raises:
        UserError: no such layer, or no such unit in it.
    """
    asked = {}
    for layer, numbers in units.items():
        if layer not in sizes:
            raise UserError(f"layer {layer!r} is not in this model; it has {', '.join(sizes)}")
        asked[layer] = sorted(set(numbers))
        for unit in asked[layer]:
            if not 0 <= unit < sizes[layer]:
                raise UserError(f"layer {layer!r} has no unit {unit}; it has {sizes[layer]}, counted from 0")
    return asked


def would_vanish(layers: Iterable[str], *, branch: Iterable[str] = (), by: str = "vanish=True") -> UserError:
    """What to say where all units of these layers, which are coupled, are to go.

    `branch`: the layers that are in a branch with them, where a way leads around it; `by`: what lets it go.
    """
    told = f"all units of {layers_named(layers)} are to go, and the layer would vanish; leave one at least"
    if branch:
        told += f", or let the whole branch of {layers_named(branch)} go, around which there is a way: {by}"
    return UserError(told)


def layers_named(layers: Iterable[str]) -> str:
    """Such as `layer 'fc1'` or `layers 'a' and 'b'`: names of layers may be mere numbers."""
    names = [f"{name!r}" for name in layers]
    return f"layer{'s' if len(names) > 1 else ''} {' and '.join(names)}"
