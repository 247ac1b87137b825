"""The decision function on a plane, with tables that hold every point of its pictures."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from effdash.decision import DecisionMap
from effdash.figures.pruning_report.book import NUMBER, Book, Column, Table, Title
from effdash.figures.pruning_report.markup import Content, Markup, joined, tag
from effdash.figures.pruning_report.numerals import count, percent, signed
from effdash.figures.pruning_report.plane_drawing import STEPS, plane_pictures, runs_of, sureness
from effdash.pruning.plane_view import PlaneView
from effdash.vocab import POINT, SPLIT

NO_PLANE: Final = "All train samples lie on one line, so there is no plane to draw the decision function on."


def plane_section(book: Book, view: PlaneView | None, class_names: Sequence[str]) -> Markup:
    if view is None:
        return tag("p", NO_PLANE, class_="words")
    tables = [_answers_table(book, view, class_names), _points_table(book, view)]
    if len(view.samples):
        tables.append(_samples_table(book, view, class_names))
    near, far = percent(view.difference.near), percent(view.difference.far)
    caption = joined(
        f"The plane: {view.plane.description}. Colour: the class answered, paler where unsure; veiled "
        "where no data are. ",
        tag("span", "Magenta", class_="changed"),
        f": answered otherwise than before, {near} near data and {far} where no data are.",
    )
    figure = book.figure(
        "Decision function",
        f"difference: {near} near data, {far} where no data are",
        plane_pictures(view, class_names),
        caption,
        of=tables,
    )
    return joined(figure, *(table.markup for table in tables))


def _answers_table(book: Book, view: PlaneView, class_names: Sequence[str]) -> Table:
    """Which class gave way to which, as shares of the plane, and of its parts near data and far from them."""
    pairs = np.stack([view.before.classes.ravel(), view.after.classes.ravel()], axis=1).astype(np.int64)
    near = view.near.ravel()
    found, places, counts = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    places = places.ravel()
    rows: list[tuple[int, list[Content]]] = []
    for place, ((before, after), points) in enumerate(zip(found.tolist(), counts.tolist(), strict=True)):
        here = places == place
        close, distant = int((here & near).sum()), int((here & ~near).sum())
        name: Content = class_names[after]
        if before != after:
            name = tag("span", class_names[after], class_="changed")
        rows.append(
            (points, [class_names[before], name, percent(points / len(pairs)), count(close), count(distant)])
        )
    rows.sort(key=lambda row: -row[0])
    columns: list[Title] = ["before", "after"]
    numbers = ("of the plane", "points near data", "points where no data are")
    return book.table(
        "Answers on the plane",
        f"{count(len(pairs))} points, {count(int(near.sum()))} of them near data",
        [*columns, *(Column(title, NUMBER) for title in numbers)],
        [row for _, row in rows],
    )


def _points_table(book: Book, view: PlaneView) -> Table:
    """The pictures' rows as runs of equal points."""
    left, right, bottom, top = view.plane.extent
    heights = np.linspace(bottom, top, view.plane.steps)
    rows = [
        (
            signed(height),
            _answer_runs(view.before, row),
            _answer_runs(view.after, row),
            _near_runs(view.near[row]),
        )
        for row, height in reversed(list(enumerate(heights.tolist())))
    ]
    return book.table(
        "Every point of the plane",
        f"from left, {signed(left)}, to right, {signed(right)}: class number / how sure, 1 to {STEPS} "
        "(quarters of probability), × points in a row",
        [Column("height", NUMBER), Column("before", "runs"), Column("after", "runs"), Column("data", "runs")],
        rows,
        folded=True,
    )


def _answer_runs(found: DecisionMap, row: int) -> str:
    points = list(zip(found.classes[row].tolist(), sureness(found)[row].tolist(), strict=True))
    return " ".join(f"{number}/{sure}×{length}" for (number, sure), length in runs_of(points))


def _near_runs(row: np.ndarray) -> str:
    return " ".join(f"{'near' if near else 'far'}×{length}" for near, length in runs_of(row.tolist()))


def _samples_table(book: Book, view: PlaneView, class_names: Sequence[str]) -> Table:
    rows = []
    for one in view.samples.to_dict("records"):
        after: Content = class_names[one["after"]]
        if one["before"] != one["after"]:
            after = tag("span", class_names[one["after"]], class_="changed")
        rows.append(
            (
                f"{one[SPLIT]} {count(one[POINT])}",
                signed(one["x"]),
                signed(one["y"]),
                class_names[one["class"]],
                class_names[one["before"]],
                after,
            )
        )
    columns: list[Title] = ["sample", Column("across", NUMBER), Column("up", NUMBER), "is", "before", "after"]
    return book.table("Samples on the plane", f"{count(len(rows))} samples", columns, rows, folded=True)
