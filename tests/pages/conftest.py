"""The dashboard without a browser, over runs that a test makes, with a trainer that only notes its orders."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from effdash.config import DataConfig, NetworkConfig, RunConfig
from effdash.data import Dataset
from effdash.runs import Run, RunWriter
from effdash.training.session import train
from effdash.vocab import RunState, UserError
from pages.shared import canvas, model_readers, readers, trainers
from pages.shared.permutations import readers as permutation_readers
from pages.shared.prune import readers as prune_readers

ROOT = Path(__file__).parents[2]
PLANE = RunConfig(name="plane", network=NetworkConfig(depth=3, width=4), epochs=6, device="cpu")
IMAGES = RunConfig(
    name="images",
    data=DataConfig(name="digits"),
    network=NetworkConfig(name="convolutional", depth=2, width=3),
    epochs=2,
    batch_size=512,
    device="cpu",
)
LONE_SECONDS = 20


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> dict[str, Path]:
    """Finished runs: `plane` on moons, 3 x 4 units, epochs 0 to 6; `images` on digits, two convolutions."""
    folder = tmp_path_factory.mktemp("trained")
    return {config.name: train(config, runs=folder, run_id=config.name).path for config in (PLANE, IMAGES)}


class Shelf:
    """A folder of runs in every state."""

    def __init__(self, path: Path, trained: dict[str, Path]) -> None:
        self.path = path
        self._trained = trained
        self._writers: list[RunWriter] = []

    def finished(self, run_id: str = "done", of: str = "plane") -> Path:
        return Path(shutil.copyfile(self._trained[of], self.path / f"{run_id}.effdash"))

    def running(self, run_id: str = "live") -> RunWriter:
        """A run whose trainer is this process."""
        writer = RunWriter.claim(self.finished(run_id))
        self._writers.append(writer)
        return writer

    def paused(self, run_id: str = "paused") -> RunWriter:
        writer = self.running(run_id)
        writer.state(RunState.PAUSED)
        return writer

    def interrupted(self, run_id: str = "gone") -> Path:
        """A run whose trainer was a process that is no more."""
        path = self.running(run_id).path
        tamper(path, "UPDATE run SET pid = 4000000, started = 1")
        return path

    def failed(self, message: str, run_id: str = "failed") -> Path:
        writer = RunWriter.claim(self.finished(run_id))
        writer.close(RunState.FAILED, message)
        return writer.path

    def newer(self, run_id: str = "newer") -> Path:
        path = self.finished(run_id)
        tamper(path, "PRAGMA user_version = 7")
        return path

    def truncated(self, run_id: str = "short") -> Path:
        path = self.finished(run_id)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        return path

    def no_run(self, run_id: str = "letter") -> Path:
        path = self.path / f"{run_id}.effdash"
        path.write_text("Dear effdash, this is a letter.")
        return path

    def close(self) -> None:
        for writer in self._writers:
            try:
                writer.close(RunState.FINISHED)
            except UserError:
                writer._connection.close()


def tamper(path: Path, statement: str, *values: object) -> None:
    """Runs SQL on a run file, past all checks."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


@pytest.fixture
def shelf(tmp_path, trained, monkeypatch):
    """An empty folder of runs, which the dashboard serves; no run is shipped."""
    path = tmp_path / "runs"
    path.mkdir()
    monkeypatch.setenv("EFFDASH_RUNS", str(path))
    monkeypatch.setattr(readers, "shipped_runs", lambda: tmp_path / "shipped")
    forget()
    shelf = Shelf(path, trained)
    yield shelf
    shelf.close()
    forget()


@pytest.fixture
def shipped(tmp_path, shelf, trained):
    """The same with two shipped runs."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    for run_id in ("plane", "images"):
        shutil.copyfile(trained[run_id], folder / f"{run_id}.effdash")
    return folder


def forget() -> None:
    """Empties the caches of what belongs to a folder, but keeps what the process as a whole did once."""
    st.cache_data.clear()
    readers.run_folder.clear()
    model_readers.dataset.clear()
    permutation_readers._readings.clear()
    permutation_readers._samples.clear()
    readers.status_history.clear()
    readers._frames.clear()
    trainers.trainer_pool.clear()


class NotedOrders:
    """Stands in for the pool of trainers: notes what it is told, and answers with the next of `answers`."""

    def __init__(self) -> None:
        self.started: list[tuple[RunConfig, float | None]] = []
        self.parents: list[str | None] = []
        self.starts: list[tuple[str, int | None] | None] = []
        self.data: list[Dataset | None] = []
        self.resumed: list[Path] = []
        self.answer: str | UserError = "done"

    def train(
        self,
        config: RunConfig,
        runs: Path,
        *,
        parent: str | None,
        pace: float | None,
        start: Run | None = None,
        start_epoch: int | None = None,
        data: Dataset | None = None,
    ) -> str:
        self.data.append(data)
        self.started.append((config, pace))
        self.parents.append(parent)
        self.starts.append(None if start is None else (start.id, start_epoch))
        return self._answer()

    def resume(self, path: Path) -> str:
        self.resumed.append(path)
        return self._answer()

    def _answer(self) -> str:
        if isinstance(self.answer, UserError):
            raise self.answer
        return self.answer


@pytest.fixture
def orders(shelf, monkeypatch) -> NotedOrders:
    """What the pages told the trainers."""
    pool = NotedOrders()
    monkeypatch.setattr(trainers, "TrainerPool", lambda: pool)
    return pool


@pytest.fixture
def visit(orders) -> Callable[..., AppTest]:
    """Opens a page by its address, as a browser on a fresh session does; no traceback may be shown."""

    def open_page(page: str, **query: object) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=LONE_SECONDS)
        for key, value in query.items():
            app.query_params[key] = str(value)
        if page != "runs":
            app.switch_page(f"pages/explore/{page}.py")
        return again(app)

    return open_page


@pytest.fixture
def patient(monkeypatch) -> None:
    """Plans of the Prune page are waited for, and no bench is left from another folder of runs."""
    monkeypatch.setattr(prune_readers, "PATIENCE_SECONDS", 30.0)
    prune_readers._benches.clear()


@pytest.fixture
def undo(monkeypatch) -> Callable[[AppTest], AppTest]:
    """Takes back the last step on the Prune page: the button is a canvas, so a stand-in presses it."""
    presses: list[int] = []

    def steps(_payload, *, on_step, **_others) -> None:
        if presses:
            on_step(presses.pop())

    def undo(app: AppTest) -> AppTest:
        presses.append(-1)
        again(app)
        assert not presses
        return again(app)

    monkeypatch.setattr(canvas, "steps", steps)
    return undo


def address(app: AppTest) -> dict[str, str]:
    """What the address says."""
    return {key: value[0] if isinstance(value, list) else value for key, value in app.query_params.items()}


def again(app: AppTest) -> AppTest:
    """Lets the script run, as after a click that was prepared."""
    app.run()
    assert not app.exception, app.exception[0].message
    return app


def said(app: AppTest) -> str:
    """All sentences and HTML on the page and its sidebar."""
    kinds = (app.error, app.warning, app.caption, app.markdown, app.html, app.text)
    return "\n".join(
        str(element.value if hasattr(element, "value") else "") for kind in kinds for element in kind
    )


def plainly(app: AppTest) -> str:
    """The same as a person reads it: markdown's escapes are gone."""
    return said(app).replace("\\", "")


def figures(app: AppTest) -> set[str]:
    """The keys of the canvases that are mounted."""
    return {element.key for element in app.get("bidi_component")}


def labels(app: AppTest) -> list[str]:
    """What can be pressed."""
    return [button.label for button in app.button]


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Drops files on the first place for them, together."""
    app.file_uploader[0].set_value([(name, content, "application/octet-stream") for name, content in files])
    return again(app)


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return again(app)
