"""The report as a browser reads it: its numbers are the pruning's, and those of a figure stand in a table."""

import re
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import effdash as ed
from effdash.data import Dataset
from effdash.figures.pruning_report import plan_in, pruning_report
from effdash.figures.pruning_report.markup import Markup, tag
from effdash.figures.pruning_report.plane_drawing import STEPS, sureness
from effdash.launcher import static_folder
from effdash.pruning import Choice, Reference, find_auto, outcome_of, plan_removals, save_pruned
from effdash.pruning.dossier import Dossier, dossier_of
from effdash.pruning.plan_file import applies_to, read_plan
from effdash.vocab import UserError
from tests.figures.report_reader import Page

SHIPPED = Path(__file__).parents[2] / "assets" / "runs" / "digits-wide.effdash"
HOSTILE = "<script>alert(1)</script>\"'&<img src=//evil onerror=x>\x00\u202e"
LATENCY = pd.DataFrame(
    [
        {"batch": 1, "runs": 2000, "before": 0.0361, "before_low": 0.03, "before_high": 0.04}
        | {"after": 0.0341, "after_low": 0.033, "after_high": 0.035},
        {"batch": 256, "runs": 900, "before": 1.39, "before_low": 1.3, "before_high": 1.4}
        | {"after": 0.651, "after_low": 0.64, "after_high": 0.66},
    ]
)


@pytest.fixture(scope="module")
def digits() -> Dossier:
    """Digits, nine tenths gone, with pins and notes: decisions change."""
    run = ed.open_run(SHIPPED)
    model, data = run.model(), run.data()
    reference = Reference.prepare(model, data)
    path = plan_removals(reference)
    choice = Choice(amount=230).pinned("fc1", 3, kept=True).pinned("fc2", 9, kept=False).locking("fc1", False)
    outcome = outcome_of(reference, path, choice)
    return dossier_of(
        reference,
        outcome,
        model,
        data,
        run,
        file="it's.html",
        notes={("fc1", 5): "look again"},
        latency=LATENCY,
    )


@pytest.fixture(scope="module")
def page(digits: Dossier) -> Page:
    return Page(pruning_report(digits))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    """Two features, three classes, and names that would like to be more than names."""
    torch.manual_seed(0)
    X, y = torch.randn(90, 2), torch.arange(90) % 3
    X += torch.nn.functional.one_hot(y, 3)[:, :2] * 3.0
    layers = [
        (f"{HOSTILE}a", nn.Linear(2, 12)),
        ("act1", nn.ReLU()),
        ("=b", nn.Linear(12, 9)),
        ("act2", nn.ReLU()),
    ]
    model = nn.Sequential(OrderedDict([*layers, ("out", nn.Linear(9, 3))]))
    data = Dataset(
        X_train=X[:60],
        y_train=y[:60],
        X_test=X[60:],
        y_test=y[60:],
        class_names=("</td></table><h1>", HOSTILE, "c"),
        feature_names=("</svg>", "<x2"),
        image_shape=None,
        mean=torch.zeros(2),
        scale=torch.ones(2),
    )
    folder = tmp_path_factory.mktemp("runs")
    run = ed.open_run(save_pruned(model, data, folder, name=f"</title>{HOSTILE}"))
    reference = Reference.prepare(model, data)
    outcome = outcome_of(reference, plan_removals(reference), Choice(amount=17))
    notes = {(f"{HOSTILE}a", unit): f"{HOSTILE} --></pre>" for unit in range(12)}
    return dossier_of(reference, outcome, model, data, run, notes=notes)


# What it says


def test_size_and_accuracy_are_the_reports(digits: Dossier, page: Page) -> None:
    report = digits.report
    left = report.units - report.removed
    assert report.macs is not None
    rows = {row[0]: row[1:3] for row in page.table("Before and after")}
    assert rows["units"] == [f"{report.units}", f"{left}"]
    assert rows["parameters"] == [f"{report.parameters[0]:,}", f"{report.parameters[1]:,}"]
    assert rows["multiply-adds a sample"] == [f"{report.macs[0]:,}", f"{report.macs[1]:,}"]
    for split, accuracies in report.accuracy.items():
        assert [float(cell) for cell in rows[f"accuracy, {split}"]] == pytest.approx(accuracies, abs=6e-4)
    assert rows["latency, 1 sample"] == ["0.036 ms", "0.034 ms"]
    assert rows["latency, 256 samples"] == ["1.4 ms", "0.65 ms"]


def test_the_large_numbers_stand_in_the_tables(digits: Dossier, page: Page) -> None:
    report = digits.report
    shown = {
        cell.one("dt").text: (cell.one("b").text, cell.one("span").text)
        for cell in page.root.one("dl", class_="numbers").all("div")
    }
    sizes = {row[0]: row[1:3] for row in page.table("Before and after")}
    decided = {row[0]: row for row in page.table("Decisions")}
    assert shown["units kept"] == (sizes["units"][1], f"of {sizes['units'][0]}")
    assert shown["parameters"] == (sizes["parameters"][1], f"of {sizes['parameters'][0]}")
    for split in ("train", "test"):
        assert shown[f"decisions changed, {split}"] == (decided[split][2], f"of {decided[split][1]}")
        before, after = sizes[f"accuracy, {split}"]
        assert shown[f"accuracy, {split}"] == (after, f"was {before}")
    sentence = page.root.one("p", class_="lead").text
    assert f"{report.removed} of {report.units} units went" in sentence
    assert report.bound.sentence() in sentence


def test_decisions_are_the_reports(digits: Dossier, page: Page) -> None:
    report = digits.report
    for row, (split, changes) in zip(page.table("Decisions"), report.changes.items(), strict=True):
        assert row[:3] == [split, f"{changes.samples:,}", f"{changes.count:,}"]
        assert float(row[3]) == pytest.approx(changes.agreement, abs=6e-4)
        assert float(row[5]) == pytest.approx(changes.largest_change, abs=1e-3)
        assert float(row[6]) == pytest.approx(changes.change_99, abs=1e-3)
        assert float(row[7].replace("−", "-")) == pytest.approx(changes.smallest_margin, rel=6e-3)
        assert float(row[8].removesuffix(" %")) == pytest.approx(100 * changes.halved, abs=0.06)
    assert page.table("Decisions")[0][4] == "no bound: these data chose the units"
    assert page.table("Decisions")[1][4] == report.bound.sentence()
    margins = page.table("Margins left")
    for column, changes in ((1, report.changes["train"]), (3, report.changes["test"])):
        counts = [int(row[column].replace(",", "")) for row in margins]
        assert sum(counts) == changes.samples
        assert counts[0] == changes.count
        below_half = (
            (changes.margin_left < changes.margin_before / 2) & (changes.before == changes.after)
        ).sum()
        assert sum(counts[1:3]) == below_half


def test_changes_from_class_to_class_and_sample_by_sample(digits: Dossier, page: Page) -> None:
    pairs = page.table("Changes from one class to another")
    for column, changes in ((2, digits.report.changes["train"]), (3, digits.report.changes["test"])):
        told = {(row[0], row[1]): int(row[column]) for row in pairs if row[column] != "0"}
        expected = changes.table(digits.class_names)
        assert told == dict(
            zip(zip(expected["from"], expected["to"], strict=True), expected["samples"], strict=True)
        )
    data = ed.open_run(SHIPPED).data()
    rows = page.table("Changed samples")
    assert len(rows) == sum(changes.count for changes in digits.report.changes.values())
    for row in rows:
        split, number = row[0].split()
        y = data.y_train if split == "train" else data.y_test
        assert row[1] == digits.class_names[int(y[int(number.replace(",", ""))])]
    images = page.root.all("img")
    assert len(images) == min(60, len(rows))
    assert images[0].attributes["alt"] == f"{rows[0][0].split()[0]} sample {rows[0][0].split()[1]}"
    assert all(image.attributes["src"].startswith("data:image/png;base64,") for image in images)


def test_every_unit_is_there_with_its_reason_and_note(digits: Dossier, page: Page) -> None:
    units = digits.units
    gone = {row[0]: row[1:] for row in page.table("Why each unit went")}
    kept = {row[0]: row[1:] for row in page.table("Why each other unit stays")}
    assert len(gone) == digits.report.removed
    assert len(gone) + len(kept) == digits.report.units
    for unit in units.to_dict("records"):
        name = f"{unit['layer']} · {unit['unit']}"
        if isinstance(unit["pin"], str):
            name += f" pinned as {unit['pin']}"
        cells = kept[name] if unit["kept"] else gone[name]
        assert cells[-1] == unit["note"]
        assert cells[-2] == unit["status"]
        if unit["kept"]:
            assert f"kept: {cells[0]}" == unit["reason"]
        else:
            assert cells[0] == unit["stage"]
            assert unit["reason"] in (cells[1], f"{cells[0]}: {cells[1]}")
            assert cells[2] == (unit["heir"] if isinstance(unit["heir"], str) else "–")
    assert "fc1 · 3 pinned as kept" in kept and "fc2 · 9 pinned as removed" in gone
    assert {**gone, **kept}["fc1 · 5"][-1] == "look again"


def test_origin_fingerprints_versions_command_and_plan(digits: Dossier, page: Page) -> None:
    run = ed.open_run(SHIPPED)
    model, data = run.model(), run.data()
    origin = dict(page.table("What was pruned"))
    assert origin["run"] == "digits-wide"
    assert origin["epoch"] == str(run.weights()[0])
    assert origin["samples"] == "1,437 train, 360 test, of 64"
    prints = dict(page.table("Fingerprints"))
    applies = applies_to(model, data, run_id="digits-wide")
    assert prints["weights before"] == applies.weights
    assert prints["data"] == applies.data
    assert prints["weights after"] == digits.fingerprints["weights after"] != prints["weights before"]
    versions = dict(page.table("Made with"))
    assert versions["effdash"] == ed.__version__
    assert versions["torch"] == torch.__version__.partition("+")[0] or versions["torch"] == torch.__version__
    assert page.root.one("pre", class_="command").text == "effdash prune digits-wide --plan 'it'\"'\"'s.html'"
    text = plan_in(pruning_report(digits).decode())
    assert text == digits.plan == page.root.one("pre", id="plan").text
    assert read_plan(text, applies) == digits.choice


def test_nothing_changed_is_said() -> None:
    run = ed.open_run(SHIPPED)
    model, data = run.model(), run.data()
    reference = Reference.prepare(model, data)
    outcome = outcome_of(reference, plan_removals(reference), Choice())
    dossier = dossier_of(reference, outcome, model, data, run, curve=False)
    page = Page(pruning_report(dossier))
    assert "On train, no decision of 1,437 changed." in page.root.one("p", class_="lead").text
    assert "No unit went." in page.root.one(id="why").text
    assert "No sample is answered otherwise" in page.root.one(id="decisions").text
    assert "It was not asked for." in page.root.one(id="path").text
    assert [one.text for one in page.root.all(class_="changed")] == ["Magenta"]


# Every figure is traceable


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
        assert digits.curve is not None
        assert digits.curve[split].tolist() == pytest.approx([float(row[column]) for row in rows], abs=6e-4)
    assert last[0] == f"{digits.report.removed}: this network"
    assert [float(cell) for cell in last[1:]] == pytest.approx(
        [changes.agreement for changes in digits.report.changes.values()], abs=6e-4
    )


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
        assert x == pytest.approx(float(row[1].replace("−", "-")), abs=0.03)
        assert y == pytest.approx(float(row[2].replace("−", "-")), abs=0.03)
    changed = sum(row[4] != row[5] for row in rows)
    assert len(picture.all("circle", class_="ring")) == changed


# Alone in the world


def test_names_and_notes_stay_text(hostile: Dossier) -> None:
    content = pruning_report(hostile)
    page = Page(content)
    names = {one.name for one in page.elements}
    assert not names & {"script", "iframe", "object", "link", "base", "form"}
    assert not [one for one in page.elements if any(key.startswith("on") for key in one.attributes)]
    assert len(page.root.all("h1")) == len(page.root.one("head").all("title")) == 1
    shown = HOSTILE.replace("\x00", "\ufffd")
    assert page.root.one("h1").text == f"</title>{shown}"
    assert any(shown in row[-1] for row in page.table("Why each unit went"))
    assert page.table("Widths by layer")[0][0] == f"{shown}a"
    assert b"<script" not in content and b"<img" not in content
    assert b"\x00" not in content


@pytest.mark.parametrize("which", ["digits", "hostile"])
def test_nothing_is_loaded(which: str, request: pytest.FixtureRequest) -> None:
    content = pruning_report(request.getfixturevalue(which), fonts=static_folder())
    page = Page(content)
    for one in page.elements:
        for key, value in one.attributes.items():
            if key in ("src", "href", "srcset", "action", "data", "poster", "xlink:href"):
                assert value.startswith(("#", "data:")), f"<{one.name} {key}={value!r}>"
    style = page.root.one("style").text
    assert not re.search(r"@import|url\((?!data:)", style)
    assert style.count("url(data:font/woff2;base64,") == 2
    policy = page.root.all("meta")[1].attributes
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert policy["content"].startswith("default-src 'none'")
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    targets = {one.attributes["href"] for one in page.root.all("a")}
    assert targets <= {f"#{one}" for one in ids}


def test_what_is_no_markup_is_escaped() -> None:
    assert tag("td", "<b>", 3, None, Markup("<i></i>")) == "<td>&lt;b&gt;3<i></i></td>"
    assert tag("a", href='"><b', class_="x", title=None) == '<a href="&quot;&gt;&lt;b" class="x"></a>'
    assert isinstance(tag("td"), Markup)
    assert not isinstance(tag("td").lower(), Markup)


def test_a_file_without_a_plan_is_refused() -> None:
    with pytest.raises(UserError, match="the HTML file holds no plan"):
        plan_in("<html><pre>{}</pre></html>")


def test_more_units_than_can_be_drawn_are_not(digits: Dossier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("effdash.figures.pruning_report.went.MOST_CELLS", 200)
    section = Page(pruning_report(digits)).root.one(id="units")
    assert (
        section.text
        == "Kept and removed256 units are too many to draw one by one; Table 2 has the widths of the layers."
    )


def test_auto_and_other_words() -> None:
    run = ed.open_run(SHIPPED)
    model, data = run.model(), run.data()
    reference = Reference.prepare(model, data)
    path = plan_removals(reference)
    choice = find_auto(reference, path, Choice(locked=frozenset({"fc1"}), multiple=8))
    dossier = dossier_of(reference, outcome_of(reference, path, choice), model, data, run, curve=False)
    words = [one.text for one in Page(pruning_report(dossier)).root.one("header").all("p", class_="words")]
    assert words == [
        "Units chosen by the decision margins, as many as can go with no decision on train changed, "
        "survivors take over, fc1 locked, widths rounded up to multiples of 8."
    ]
    alone = replace(dossier, view=None)
    assert "there is no plane to draw" in Page(pruning_report(alone)).root.one(id="plane").text
