"""How pre-activations are taken once their places are known: the cheapest way there is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from effdash.observe.curve import Curve, LinkedCurve
from effdash.observe.layers import Layer
from effdash.observe.traces import Call, Site


@dataclass(frozen=True)
class Take:
    """Which layer a pre-activation belongs to, and how it has to be treated on its way."""

    layer: int
    clone: bool
    features_last: bool

    @cached_property
    def plain(self) -> bool:
        return not (self.clone or self.features_last)


@dataclass(frozen=True)
class Tap:
    """A module whose input or output is a pre-activation.

    It is called `calls` times in a forward; `takes` says what the first of these are (None: no layer).
    """

    module: str
    takes_input: bool
    takes: tuple[Take | None, ...]
    calls: int


@dataclass(frozen=True)
class Plan:
    """Where the layers of a network are found: at `taps`, or, if `picks` is not empty, by a light mode alone.

    `picks` maps the number of a watched call, of which there are `watched`, to the argument that is wanted.
    """

    layers: list[Layer]
    curves: list[Curve | LinkedCurve]
    taps: tuple[Tap, ...] = ()
    picks: Mapping[int, tuple[int, Take]] = field(default_factory=dict)
    watched: int = 0

    def like(self, other: "Plan") -> bool:
        """Whether both take the same pre-activations at the same places."""
        mine, others = (
            (one.layers, one.taps, one.picks, one.watched if one.picks else 0) for one in (self, other)
        )
        return mine == others


def make_plan(sites: Sequence[Site], calls: Mapping[str, int], watched: int) -> Plan:
    """The cheapest way to the pre-activations of these sites, which are the layers in order.

    `calls` says how often each module was called, `watched` how many watched calls there were.
    """
    layers, curves = describe(sites)
    takes = [Take(i, site.overwritten, site.features_last) for i, site in enumerate(sites)]
    places = [_hook_of(site) for site in sites]
    if any(place is None for place in places):
        picks = {
            site.pick.number: (site.pick.argument, take) for site, take in zip(sites, takes, strict=True)
        }
        return Plan(layers, curves, picks=picks, watched=watched)
    wanted: dict[tuple[str, bool], dict[int, Take]] = {}
    for place, take in zip(places, takes, strict=True):
        if place is not None:
            call, takes_input = place
            wanted.setdefault((call.path, takes_input), {})[call.number] = take
    taps = tuple(
        Tap(path, takes_input, tuple(map(at.get, range(max(at) + 1))), calls[path])
        for (path, takes_input), at in wanted.items()
    )
    return Plan(layers, curves, taps=taps)


def describe(sites: Sequence[Site]) -> tuple[list[Layer], list[Curve | LinkedCurve]]:
    """Layers and their nonlinearities; a name that comes again gets `#2`, `#3`."""
    seen: Counter[str] = Counter()
    layers, curves = [], []
    for site in sites:
        if site.curve is None:
            raise AssertionError(f"{site.name} is a layer without a nonlinearity")
        seen[site.name] += 1
        name = site.name if seen[site.name] == 1 else f"{site.name}#{seen[site.name]}"
        layers.append(Layer(name, site.curve.kind, site.shape[1], tuple(site.shape[2:])))
        curves.append(site.curve)
    return layers, curves


def _hook_of(site: Site) -> tuple[Call, bool] | None:
    """The module call whose input (True) or output (False) is the pre-activation itself."""
    if site.pre_hook is not None:
        return site.pre_hook, True
    if site.hook is not None:
        return site.hook, False
    return None
