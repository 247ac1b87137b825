"""The table of runs: open, rename, note, export, delete, and files that are dropped on it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from effdash.config import NetworkConfig, RunConfig
from effdash.runs import open_run
from effdash.training.session import train

from .conftest import settled, unit_map, view_of, visit, wait_for_view

pytestmark = pytest.mark.browser
NAME = "mine <b>&amp;</b> *stars* 🦄"


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """A run of another folder."""
    config = RunConfig(name="small", network=NetworkConfig(depth=3, width=4), epochs=4, device="cpu")
    return train(config, runs=tmp_path_factory.mktemp("elsewhere"), run_id="small").path


@pytest.fixture
def dropped(small, runs):
    """The same in the folder of the dashboard, there for one test."""
    path = runs / "small.effdash"
    path.write_bytes(small.read_bytes())
    yield path
    path.unlink(missing_ok=True)


def only(page: Page, words: str) -> None:
    """Filters the table until one run is left, which is then the chosen one."""
    box = page.get_by_role("textbox", name="Filter")
    box.fill(words)
    box.press("Enter")


def test_a_run_is_renamed_and_noted(page, dropped):
    visit(page, "/")
    only(page, "small")
    expect(page.get_by_role("button", name="Open “small”")).to_be_visible()
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill(NAME)
    page.get_by_role("textbox", name="Note").fill("a note\nof two lines")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name=f"Open “{NAME}”")).to_be_visible()
    run = open_run(dropped)
    assert (run.name, run.note) == (NAME, "a note\nof two lines")


def test_a_run_is_exported_as_one_file_and_as_tables(page, dropped, tmp_path):
    visit(page, "/")
    only(page, "small")
    page.get_by_role("button", name="Open “small”").wait_for()
    for label, name, start in (
        ("Run file", "small.effdash", b"SQLite format 3"),
        ("Tables", "small-tables.zip", b"PK"),
    ):
        settled(page)
        page.get_by_role("button", name="Export").click()
        page.get_by_role("button", name=label).wait_for()
        settled(page)
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        assert download.value.suggested_filename == name
        download.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start)
        page.keyboard.press("Escape")
    assert open_run(tmp_path / "small.effdash").recorded_epochs == [0, 1, 2, 3, 4]


def test_a_run_is_deleted_after_a_question(page, dropped):
    visit(page, "/")
    only(page, "small")
    page.get_by_role("button", name="Open “small”").wait_for()
    page.get_by_role("button", name="Delete …").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("There is no undo.")
    dialog.get_by_role("button", name="Keep").click()
    expect(dialog).to_have_count(0)
    assert dropped.exists()
    page.get_by_role("button", name="Delete …").click()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("No run matches.")).to_be_visible()
    assert not dropped.exists()


def test_a_dropped_file_is_opened(page, small, runs):
    visit(page, "/")
    page.locator("input[type=file]").set_input_files(small)
    wait_for_view(page, run="small")
    unit_map(settled(page))
    assert (runs / "small.effdash").exists()
    page.get_by_role("link", name="Runs").click()
    only(settled(page), "small")
    page.get_by_role("button", name="Delete …").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("No run matches.")).to_be_visible()


def garbage(small: Path, path: Path) -> str:
    path.write_bytes(b"This is a letter, not a run. " * 100)
    return "is not a run file of effdash"


def cut_short(small: Path, path: Path) -> str:
    path.write_bytes(small.read_bytes()[:9000])
    return "damaged or cut short"


def newer(small: Path, path: Path) -> str:
    _tamper(small, path, "PRAGMA user_version = 9")
    return "was made by a newer effdash"


def hostile(small: Path, path: Path) -> str:
    _tamper(small, path, "CREATE TRIGGER trap AFTER UPDATE ON run BEGIN DELETE FROM epoch; END")
    return "is not part of one"


def absurd(small: Path, path: Path) -> str:
    _tamper(small, path, "UPDATE layer SET units = 7")
    return "damaged"


def _tamper(small: Path, path: Path, statement: str) -> None:
    path.write_bytes(small.read_bytes())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_file_that_cannot_be_opened_is_one_sentence(page, small, runs, tmp_path):
    visit(page, "/")
    before = sorted(runs.iterdir())
    for make in (garbage, cut_short, newer, hostile, absurd):
        path = tmp_path / f"{make.__name__} *a* <b>.effdash"
        reason = make(small, path)
        page.locator("input[type=file]").set_input_files(path)
        alert = page.get_by_role("alert").filter(has_text=reason)
        expect(alert).to_have_count(1)
        assert len(alert.inner_text().splitlines()) == 1
        settled(page)
        assert sorted(runs.iterdir()) == before
        assert "run" not in view_of(page)
