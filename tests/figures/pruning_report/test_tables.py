"""The numbers of the report are the pruning's."""

from dataclasses import replace

import pytest
import torch

import effdash as ed
from effdash.figures.pruning_report import plan_in, pruning_report
from effdash.pruning import Choice, Reference, find_auto, outcome_of, plan_removals
from effdash.pruning.dossier import Dossier, dossier_of
from effdash.pruning.plan_file import applies_to, read_plan
from tests.figures.pruning_report.reader import SHIPPED, Page, number


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
    told = {**report.changes, "audit: mine.csv": digits.audit.changes}
    for row, (split, changes) in zip(page.table("Decisions"), told.items(), strict=True):
        assert row[:3] == [split, f"{changes.samples:,}", f"{changes.count:,}"]
        assert float(row[3]) == pytest.approx(changes.agreement, abs=6e-4)
        assert float(row[5]) == pytest.approx(changes.largest_change, abs=1e-3)
        assert float(row[6]) == pytest.approx(changes.change_99, abs=1e-3)
        assert number(row[7]) == pytest.approx(changes.smallest_margin, rel=6e-3)
        assert float(row[8].removesuffix(" %")) == pytest.approx(100 * changes.halved, abs=0.06)
    assert page.table("Decisions")[2][4] == digits.audit.bound.sentence()
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


def test_long_latencies_are_written_out(digits: Dossier) -> None:
    assert digits.latency is not None
    times = [column for column in digits.latency if column not in ("batch", "runs")]
    slow = digits.latency.assign(**{column: 1000 * digits.latency[column] for column in times})
    page = Page(pruning_report(replace(digits, latency=slow)))
    rows = {row[0]: row[1:3] for row in page.table("Before and after")}
    assert rows["latency, 256 samples"] == ["1400 ms", "650 ms"]
    words = page.root.one(id="result").all("p", class_="words")[0].text
    assert "1: 33 to 35 ms, 256: 640 to 660 ms." in words


def test_nothing_changed_is_said() -> None:
    run = ed.open_run(SHIPPED)
    model, data = run.model(), run.data()
    reference = Reference.prepare(model, data)
    outcome = outcome_of(reference, plan_removals(reference), Choice())
    dossier = dossier_of(reference, outcome, model, data, run)
    page = Page(pruning_report(dossier))
    assert "On train, no decision of 1,437 changed." in page.root.one("p", class_="lead").text
    assert "No unit went." in page.root.one(id="why").text
    assert "No sample is answered otherwise" in page.root.one(id="decisions").text
    assert [row[1] for row in page.table("Removal path")][-1] == "1.000"
    assert "all methods" not in page.root.one(id="path").text
    assert [one.text for one in page.root.all(class_="changed")] == ["Magenta"]


def test_auto_and_other_words() -> None:
    run = ed.open_run(SHIPPED)
    model, data = run.model(), run.data()
    reference = Reference.prepare(model, data)
    path = plan_removals(reference)
    choice = find_auto(reference, path, Choice(locked=frozenset({"fc1"}), multiple=8))
    dossier = dossier_of(reference, outcome_of(reference, path, choice), model, data, run)
    words = [one.text for one in Page(pruning_report(dossier)).root.one("header").all("p", class_="words")]
    assert words == [
        "Units chosen by the decision margins, as many as can go with no decision on train changed, "
        "survivors take over, fc1 locked, widths rounded up to multiples of 8."
    ]
    alone = replace(dossier, view=None)
    assert "there is no plane to draw" in Page(pruning_report(alone)).root.one(id="plane").text


def test_an_audit_is_told_with_its_accuracy_and_fingerprint(digits: Dossier, page: Page) -> None:
    assert digits.audit is not None
    assert digits.audit.accuracy is not None
    rows = {row[0]: row[1:3] for row in page.table("Before and after")}
    told = [float(cell) for cell in rows["accuracy, audit: mine.csv"]]
    assert told == pytest.approx(digits.audit.accuracy, abs=6e-4)
    words = page.root.one("header").all("p", class_="words")[1].text
    assert words == f"Audit on mine.csv, which never chose a unit: {digits.audit.sentence()}"
    prints = dict(row[:2] for row in page.table("Fingerprints"))
    assert prints["audit, mine.csv"] == digits.audit.fingerprint


def test_the_plane_is_the_one_that_was_asked_for(digits: Dossier, page: Page) -> None:
    assert digits.view is not None
    assert digits.view.plane.steps == 24
    assert len(page.table("Every point of the plane")) == 24
    assert "principal" in page.figure("Decision function").one("figcaption").text


def test_data_without_classes_are_told_by_the_answers() -> None:
    run = ed.open_run(SHIPPED)
    model, data = run.model(), run.data()
    none = replace(
        data,
        class_names=(),
        y_train=torch.zeros_like(data.y_train),
        y_test=torch.zeros_like(data.y_test),
    )
    reference = Reference.prepare(model, none)
    outcome = outcome_of(reference, plan_removals(reference), Choice(amount=235))
    dossier = dossier_of(reference, outcome, model, none, run)
    assert dossier.report.accuracy == {}
    assert dossier.class_names == tuple(f"answer {number}" for number in range(10))
    changed = dossier.changed
    assert (changed["class"] == changed["before"]).all()
    assert "none; the answers are compared" in Page(pruning_report(dossier)).root.one(id="origin").text
