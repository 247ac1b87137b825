"""The numbers of every figure of the report stand in a table."""

import re

import numpy as np
import pytest

from effdash.figures.pruning_report import pruning_report
from effdash.figures.pruning_report.plane_drawing import STEPS, sureness
from effdash.pruning.dossier import Dossier
from tests.figures.pruning_report.reader import Page, number


def test_every_figure_names_tables_that_are_there(page: Page) -> None:
    figures = page.root.all("figure")
    assert len(figures) == 3
    tables = {one.attributes["id"] for one in page.root.all(class_="table")}
    for figure in figures:
        named = figure.attributes["data-tables"].split()
        links = [link.attributes["href"] for link in figure.one("figcaption").all("a")]
        assert links == [f"#{table}" for table in named]
        assert set(named) <= tables
    assert not [one for one in page.root.all("svg") if one.attributes.get("role") != "img"]
    in_figures = sum(len(figure.all("svg")) for figure in figures)
    assert in_figures == len(page.root.all("svg"))


def test_cells_lead_to_the_rows_of_their_units(digits: Dossier, page: Page) -> None:
    cells = page.figure("Kept and removed").all("a", class_="cell")
    assert len(cells) == digits.report.units
    rows = {row.attributes["id"]: row for row in page.root.all("tr") if "id" in row.attributes}
    for cell, unit in zip(cells, digits.units.to_dict("records"), strict=True):
        row = rows[cell.attributes["href"].removeprefix("#")]
        assert row.all("th")[0].text.startswith(f"{unit['layer']} · {unit['unit']}")
        classes = cell.attributes["class"].split()
        assert ("removed" in classes) == (not unit["kept"])
        assert unit["status"] in classes
        assert ("pinned" in classes) == isinstance(unit["pin"], str)
    widths = {row[0]: [int(row[1]), int(row[2])] for row in page.table("Widths by layer")}
    assert widths == {
        row["layer"]: [row["units"], row["left"]] for row in digits.report.layers().to_dict("records")
    }
    for row in page.table("Widths by layer"):
        assert int(row[1]) - int(row[2]) == sum(map(int, row[4:]))


def test_the_removal_path_is_its_table(digits: Dossier, page: Page) -> None:
    figure = page.figure("Removal path")
    *rows, last = page.table("Removal path")
    labels = {
        float(one.attributes["style"].split(":")[1][:-1]): float(one.text)
        for one in figure.all("span", class_="y")
    }
    (low, at_low), (high, at_high) = min(labels.items()), max(labels.items())
    for column, split in ((1, "train"), (2, "test")):
        (line,) = [one for one in figure.all("path") if one.attributes["class"] == f"line {split}"]
        points = [
            tuple(map(float, pair.split())) for pair in line.attributes["d"].removeprefix("M").split("L")
        ]
        assert [round(x * digits.report.units / 100) for x, _ in points] == [int(row[0]) for row in rows]
        drawn = [at_low + (y - low) / (high - low) * (at_high - at_low) for _, y in points]
        assert drawn == pytest.approx([float(row[column]) for row in rows], abs=2e-3)
        assert digits.curve[split].tolist() == pytest.approx([float(row[column]) for row in rows], abs=6e-4)
    assert last[0] == f"{digits.report.removed}: this network"
    assert [float(cell) for cell in last[1:]] == pytest.approx(
        [changes.agreement for changes in digits.report.changes.values()], abs=6e-4
    )


def test_the_thin_lines_are_their_tables(digits: Dossier, page: Page) -> None:
    figure = page.figure("Removal path")
    labels = {
        float(one.attributes["style"].split(":")[1][:-1]): float(one.text)
        for one in figure.all("span", class_="y")
    }
    (low, at_low), (high, at_high) = min(labels.items()), max(labels.items())
    lines = [one for one in figure.all("path") if "thin" in one.attributes["class"].split()]
    assert [line.one("title").text for line in lines] == [
        "decision margins, survivors take over",
        "L2 norm of the weights, survivors take over",
        "L2 norm of the weights, survivors stay as they are",
    ]
    columns = [("Removal paths of all methods", 1), ("Removal paths of all methods", 2)]
    columns.append(("Removal paths of all methods, survivors as they are", 1))
    for line, (title, column) in zip(lines, columns, strict=True):
        rows = page.table(title)
        points = [
            tuple(map(float, pair.split())) for pair in line.attributes["d"].removeprefix("M").split("L")
        ]
        assert [round(x * digits.report.units / 100) for x, _ in points] == [int(row[0]) for row in rows]
        drawn = [at_low + (y - low) / (high - low) * (at_high - at_low) for _, y in points]
        assert drawn == pytest.approx([float(row[column]) for row in rows], abs=5e-3)
    assert "3 of 18 were computed when this was written." in figure.one("figcaption").text


@pytest.mark.parametrize("which", ["digits", "hostile"])
def test_every_point_of_the_decision_function_stands_in_a_table(
    which: str, request: pytest.FixtureRequest
) -> None:
    dossier: Dossier = request.getfixturevalue(which)
    view = dossier.view
    assert view is not None
    page = Page(pruning_report(dossier))
    steps = view.plane.steps
    rows = page.table("Every point of the plane")
    assert len(rows) == steps
    for column, found in ((1, view.before), (2, view.after)):
        told = [
            (int(number), int(sure))
            for row in rows
            for number, sure, length in re.findall(r"(\d+)/(\d)×(\d+)", row[column])
            for _ in range(int(length))
        ]
        grid = np.array(told).reshape(steps, steps, 2)[::-1]
        np.testing.assert_array_equal(grid[..., 0], found.classes)
        np.testing.assert_array_equal(grid[..., 1], sureness(found))
        assert grid[..., 1].max() <= STEPS
    near = [
        word == "near"
        for row in rows
        for word, n in re.findall(r"(near|far)×(\d+)", row[3])
        for _ in range(int(n))
    ]
    np.testing.assert_array_equal(np.reshape(near, (steps, steps))[::-1], view.near)
    pictures = page.figure("Decision function").all("svg")
    for picture, found in zip(pictures, (view.before, view.after), strict=False):
        drawn = np.full((steps, steps), -1)
        for path in picture.one("g", class_="regions").all("path"):
            number = int(path.attributes["class"].split()[0].removeprefix("class-"))
            _paint(drawn, path.attributes["d"], number)
        np.testing.assert_array_equal(drawn[::-1], found.classes)
    differs = np.zeros((steps, steps), int)
    for path in pictures[2].all("path", class_="differs"):
        _paint(differs, path.attributes["d"], 1)
    np.testing.assert_array_equal(differs[::-1].astype(bool), view.difference.differs)
    answers = page.table("Answers on the plane")
    assert sum(int(cell.replace(",", "")) for row in answers for cell in row[3:5]) == steps**2


def _paint(grid: np.ndarray, path: str, value: int) -> None:
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path):
        grid[int(y), int(x) : int(x) + int(length)] = value


def test_samples_on_the_plane_are_drawn_where_the_table_says(hostile: Dossier) -> None:
    view = hostile.view
    assert view is not None
    page = Page(pruning_report(hostile))
    rows = page.table("Samples on the plane")
    assert len(rows) == 90
    picture = page.figure("Decision function").all("svg")[0]
    dots = [one for one in picture.all("circle") if "ring" not in one.attributes["class"]]
    left, right, bottom, top = view.plane.extent
    for row, dot in zip(rows, dots, strict=True):
        x = left + float(dot.attributes["cx"]) / view.plane.steps * (right - left)
        y = top - float(dot.attributes["cy"]) / view.plane.steps * (top - bottom)
        assert x == pytest.approx(number(row[1]), abs=0.03)
        assert y == pytest.approx(number(row[2]), abs=0.03)
    changed = sum(row[4] != row[5] for row in rows)
    assert len(picture.all("circle", class_="ring")) == changed


def test_more_units_than_can_be_drawn_are_not(digits: Dossier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("effdash.figures.pruning_report.went.MOST_CELLS", 200)
    section = Page(pruning_report(digits)).root.one(id="units")
    assert (
        section.text
        == "Kept and removed256 units are too many to draw one by one; Table 2 has the widths of the layers."
    )
