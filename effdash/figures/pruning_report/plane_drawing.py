"""The decision function before, after, and where both differ: the three pictures."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, TypeVar

import numpy as np
from jaxtyping import Bool, Int64

from effdash.decision import DecisionMap, PlaneKind
from effdash.figures.pruning_report.markup import Markup, joined, tag
from effdash.figures.theme import LIGHT, palette
from effdash.pruning.plane_view import PlaneView
from effdash.vocab import POINT, SPLIT, Split

STEPS: Final = 4
"""Of how sure the network is: the least sure is the palest."""
RADIUS: Final = 0.013
"""Of a sample, as a share of the picture."""
NAMED: Final = 0.015
"""A class that takes at least this share of the plane has its name in it."""

Value = TypeVar("Value")


def plane_pictures(view: PlaneView, class_names: Sequence[str]) -> Markup:
    """Before, after and difference side by side, and a legend."""
    layers = (_differing(view), _samples(view, class_names))
    pictures = (
        _answers("Before", view.before, view, class_names),
        _answers("After", view.after, view, class_names),
        _picture("Difference", "where before and after differ", view, *layers),
    )
    return joined(tag("div", *pictures, class_="planes"), _legend(view, class_names))


def runs_of(values: Sequence[Value]) -> list[tuple[Value, int]]:
    """Equal neighbours together: what they are, and how many."""
    return [(value, len(list(members))) for value, members in groupby(values)]


def sureness(found: DecisionMap) -> Int64[np.ndarray, "steps steps"]:
    """How sure the network is, from 1 to `STEPS`."""
    return np.clip(np.ceil(found.confidence * STEPS), 1, STEPS).astype(np.int64)


def _answers(title: str, found: DecisionMap, view: PlaneView, class_names: Sequence[str]) -> Markup:
    far = tag("path", d=_path(~view.near), class_="far")
    # Where samples lie about, names would hide them, and two features need none.
    names = () if view.plane.kind is PlaneKind.RAW else _names(found, class_names)
    layers = (_regions(found), far, _samples(view, class_names), *names)
    return _picture(title, "the class answered at every point of the plane", view, *layers)


def _picture(title: str, label: str, view: PlaneView, *layers: Markup) -> Markup:
    """The drawing's unit is a point of the grid; y grows downwards."""
    steps = view.plane.steps
    drawing = tag(
        "svg",
        *layers,
        viewBox=f"0 0 {steps} {steps}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"{title}: {label}",
    )
    return tag("div", tag("p", title), drawing)


def _stretches(grid: np.ndarray) -> Iterator[tuple[int, str]]:
    """Every stretch of equal points in a row of a grid: what stands there, and its path."""
    last = len(grid) - 1
    for y, row in enumerate(grid.tolist()):
        x = 0
        for value, length in runs_of(row):
            yield value, f"M{x} {last - y}h{length}v1h-{length}z"
            x += length


def _regions(found: DecisionMap) -> Markup:
    """A path for each class and sureness."""
    paths: dict[int, list[str]] = {}
    for value, path in _stretches(found.classes.astype(np.int64) * (STEPS + 1) + sureness(found)):
        paths.setdefault(value, []).append(path)
    parts = []
    for value, stretches in sorted(paths.items()):
        number, sure = divmod(value, STEPS + 1)
        parts.append(tag("path", d="".join(stretches), class_=f"{class_name(number)} sure-{sure}"))
    return tag("g", *parts, class_="regions")


def _differing(view: PlaneView) -> Markup:
    """Magenta where both differ; the rest is veiled where no data are."""
    far = _path(~view.near)
    parts = [
        tag("path", d=_path(view.difference.differs & view.near), class_="differs"),
        tag("path", d=_path(view.difference.differs & ~view.near), class_="differs veiled"),
        tag("path", d=far, class_="far"),
    ]
    return tag("g", *parts, class_="regions difference")


def _path(where: Bool[np.ndarray, "steps steps"]) -> str:
    return "".join(path for value, path in _stretches(where) if value)


def _samples(view: PlaneView, class_names: Sequence[str]) -> Markup:
    """Train samples filled, test ones hollow; those whose decision changed are ringed."""
    left, right, bottom, top = view.plane.extent
    steps = view.plane.steps
    radius = RADIUS * steps
    dots = []
    for row in view.samples.to_dict("records"):
        x = steps * (row["x"] - left) / (right - left)
        y = steps * (top - row["y"]) / (top - bottom)
        place = {"cx": f"{x:.2f}", "cy": f"{y:.2f}"}
        kind = "train" if row[SPLIT] == Split.TRAIN else "test"
        if row["before"] != row["after"]:
            dots.append(tag("circle", **place, r=f"{2 * radius:.2f}", class_="ring"))
        hover = tag("title", f"{row[SPLIT]} {row[POINT]}: {class_names[row['class']]}")
        dots.append(
            tag("circle", hover, **place, r=f"{radius:.2f}", class_=f"{class_name(row['class'])} {kind}")
        )
    return tag("g", *dots, class_="samples")


def _names(found: DecisionMap, class_names: Sequence[str]) -> list[Markup]:
    """The name of every class that takes enough of the plane, where it has most room."""
    from scipy.ndimage import distance_transform_edt

    names = []
    for number in np.unique(found.classes).tolist():
        inside = found.classes == number
        if inside.mean() < NAMED:
            continue
        room = distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
        y, x = np.unravel_index(int(room.argmax()), room.shape)
        middle = f"{x + 0.5:g}", f"{len(room) - y - 0.5:g}"
        names.append(tag("text", class_names[number], x=middle[0], y=middle[1], class_="name"))
    return names


def _legend(view: PlaneView, class_names: Sequence[str]) -> Markup:
    """The classes that are seen."""
    maps = (view.before.classes, view.after.classes, view.samples["class"].to_numpy(dtype=int))
    seen = sorted(set(np.concatenate([one.ravel() for one in maps]).tolist()))
    keys = [
        tag("li", tag("i", class_=f"swatch {class_name(number)}"), class_names[number]) for number in seen
    ]
    if len(view.samples):
        keys.append(tag("li", tag("i", class_="dot train"), "train sample"))
    if (view.samples[SPLIT] == Split.TEST).any():
        keys.append(tag("li", tag("i", class_="dot test"), "test sample"))
    keys.append(tag("li", tag("i", class_="swatch differs"), "answered otherwise"))
    return tag("ul", *keys, class_="legend")


def class_name(number: int) -> str:
    """What the style sheet calls the colour of a class."""
    return f"class-{number % len(palette(LIGHT).classes)}"
