"""From a plan on the Prune page to a run, a file, and a network that trains on."""

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from effdash.launcher import shipped_runs
from effdash.pruning import Choice
from effdash.runs import open_run

from .conftest import view_of, visit

pytestmark = pytest.mark.browser
PLAN = "margin-n200"


def test_saved_taken_along_and_trained_on(page: Page, runs: Path, tmp_path: Path) -> None:
    shutil.copyfile(shipped_runs() / "digits-deep.effdash", runs / "to-prune.effdash")
    before = {path.stem for path in runs.glob("*.effdash")}
    visit(page, f"/prune?run=to-prune&plan={PLAN}")
    page.get_by_role("button", name="Save", exact=True).click()
    with page.expect_download() as got:
        page.get_by_role("button", name="Plan (JSON)").click()
    got.value.save_as(tmp_path / "plan.json")
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert Choice.from_json(plan["choice"]) == Choice.from_text(PLAN)
    page.get_by_role("button", name="Save as a run").click()
    expect(page.get_by_role("button", name="Open it")).to_be_visible()
    (small,) = {path.stem for path in runs.glob("*.effdash")} - before
    assert open_run(runs / f"{small}.effdash").n_units == 56

    page.get_by_role("button", name="Fine-tune").click()
    page.get_by_role("button", name="Train it on").click()
    page.wait_for_url("**/train?*")
    child = open_run(runs / f"{view_of(page)['run']}.effdash")
    assert child.parent == small
    expect(page.get_by_text(f"weights of {open_run(runs / f'{small}.effdash').name}")).to_be_visible()
    expect(page.get_by_text("/ 20")).to_be_visible()
    expect(page.get_by_text("finished", exact=True).first).to_be_visible()
    assert (child.n_units, child.last_epoch) == (56, 20)
