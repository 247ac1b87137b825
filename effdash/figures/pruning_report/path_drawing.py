"""The removal path: same answers against the share of units removed."""

import math
from typing import Final

import pandas as pd

from effdash.figures.pruning_report.markup import Markup, joined, tag
from effdash.figures.pruning_report.numerals import percent, share

TOP: Final = 1.0
STEPS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25)
"""Between two lines."""
LINES: Final = 5
ROOM: Final = 0.04
"""Above the highest value, as a share of the height."""


def path_drawing(
    curve: pd.DataFrame, units: int, removed: int, agreement: dict[str, float], paths: pd.DataFrame
) -> Markup:
    """A line a split, and the network of this report on it: `removed` units of `units` gone.

    `paths` are thin lines behind them: `name`, `compensated`, `removed`, `agreement`. Words stand beside the
    drawing as HTML, so that they keep their size where it is stretched.
    """
    splits = [str(column) for column in curve.columns if column != "removed"]
    lowest = min(float(curve[splits].min().min()), *agreement.values(), *paths["agreement"])
    step = next(step for step in STEPS if 1 - lowest <= LINES * step)
    # Where all answers stay the same there is one step all the same.
    steps = max(1, math.ceil((TOP - lowest) / step - 1e-9))
    levels = [TOP - place * step for place in range(steps + 1)]
    bottom = levels[-1]

    def x(amount: float | int) -> float:
        return 100 * amount / units

    def y(value: float) -> float:
        return 100 * (ROOM + (1 - ROOM) * (TOP - value) / (TOP - bottom))

    grid = [tag("path", d=f"M0 {y(level):.2f}H100", class_="grid") for level in levels]

    def line(amounts: pd.Series, values: pd.Series, kind: str, *children: Markup) -> Markup:
        points = (f"{x(a):.2f} {y(v):.2f}" for a, v in zip(amounts, values, strict=True))
        return tag("path", *children, d=f"M{'L'.join(points)}", class_=kind)

    thin = [
        line(
            one["removed"],
            one["agreement"],
            "thin" if compensated else "thin without",
            tag("title", f"{name}, survivors {'take over' if compensated else 'stay as they are'}"),
        )
        for (name, compensated), one in paths.groupby(["name", "compensated"], sort=False)
    ]
    lines = [line(curve["removed"], curve[split], f"line {split}") for split in splits]
    here = tag("path", d=f"M{x(removed):.2f} 0V100", class_="here")
    drawing = tag(
        "svg",
        *grid,
        *thin,
        *lines,
        here,
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
        role="img",
        aria_label="Same answers against the share of units removed",
    )
    dots = [
        tag("i", class_=f"mark {split}", style=f"left:{x(removed):.2f}%;top:{y(value):.2f}%")
        for split, value in agreement.items()
    ]
    ticks = [
        *(tag("span", share(level), class_="y", style=f"top:{y(level):.2f}%") for level in levels),
        *(tag("span", f"{25 * step} %", class_="x", style=f"left:{25 * step}%") for step in range(5)),
    ]
    keys = [
        tag(
            "li",
            tag("i", class_=f"key {split}"),
            f"{split}, at {percent(removed / units)} removed ",
            tag("b", share(value)),
        )
        for split, value in agreement.items()
    ]
    kinds = [bool(kind) for kind in paths["compensated"].unique()]
    keys += [
        tag("li", tag("i", class_=f"key {css}"), f"all methods, {words}")
        for css, words, compensated in (
            ("thin", "survivors take over", True),
            ("thin without", "survivors as they are", False),
        )
        if compensated in kinds
    ]
    return joined(tag("ul", *keys, class_="legend"), tag("div", drawing, *dots, *ticks, class_="chart"))
