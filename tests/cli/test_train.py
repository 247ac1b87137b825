"""`effdash train`: where its settings come from, what it says, and how it ends."""

import json
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from effdash import presets
from effdash.cli import main
from effdash.cli.settings import with_settings
from effdash.config import Change
from effdash.runs import EpochRecord
from tests.shell import TINY, Shell


def test_flags_go_over_what_they_start_from() -> None:
    base = presets.preset("revived")
    settings = with_settings(base, {"width": 6, "batch_norm": False, "batch_size": "16", "jumpstart": 0.1})
    assert settings.network.depth == base.network.depth
    assert (settings.network.width, settings.network.batch_norm) == (6, False)
    assert settings.batch_size == 16
    assert settings.jumpstart.weight == 0.1
    assert settings.changes == base.changes
    assert base == presets.preset("revived")


def test_changes_given_replace_those_of_the_base() -> None:
    settings = with_settings(presets.preset("revived"), {"change": ["10:lr=0.1", "20:jumpstart=0,lr=0.01"]})
    assert settings.changes == (Change(epoch=10, lr=0.1), Change(epoch=20, jumpstart=0, lr=0.01))


def test_a_file_a_preset_and_a_run_are_starting_points(shell: Shell, tmp_path: Path, trained: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("network: {depth: 2, width: 3}\nepochs: 2\nseed: 5\n")
    from_file = shell.json("train", str(file), "--width", "5")
    assert (sum(from_file["units"].values()), from_file["epochs"]) == (10, 2)
    from_preset = shell.json("train", "--preset", "linked", "--epochs", "1", "--depth", "2")
    assert sum(from_preset["units"].values()) == 12
    again = shell.json("train", "--like", trained)
    first = shell.json("runs", "show", trained)
    second = shell.json("runs", "show", again["run"])
    assert second["parent"] == trained
    assert second["name"] == again["run"]
    assert {**second["config"], "name": "first"} == first["config"]
    assert second["train_accuracy"] == first["train_accuracy"]


# Training


def test_training_ends_with_one_json_object(shell: Shell) -> None:
    lines = shell("train", *TINY, "--json").splitlines()
    assert len(lines) == 1
    answer = json.loads(lines[0])
    assert set(answer) == {"run", "state", "train_accuracy", "test_accuracy", "units", "epochs", "path"}
    assert answer["state"] == "finished"
    assert answer["epochs"] == 4
    assert set(answer["units"]) == {"dead", "linear", "nonlinear"}
    assert sum(answer["units"].values()) == 12
    assert Path(answer["path"]).is_file()


def test_training_says_what_came_of_it(shell: Shell) -> None:
    said = shell("train", *TINY)
    assert re.search(r"^Run \S+ · finished · epoch 4$", said, re.MULTILINE)
    assert re.search(r"^accuracy  train \d\.\d{3} · test \d\.\d{3}$", said, re.MULTILINE)
    assert re.search(r"^units     \d+ dead, \d+ linear, \d+ nonlinear of 12, on train$", said, re.MULTILINE)


def test_a_loss_that_becomes_nan_is_bad_input(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--optimizer", "sgd", "--lr", "1e30", "--schedule", "constant", "--depth", "3", "--epochs", "9")
    answer = json.loads(shell("train", *words, "--json", code=2))
    assert answer["state"] == "failed"
    assert answer["epochs"] < 9
    shell("train", *words, code=2)
    main(["train", *words, "--runs", str(shell.runs)])
    assert re.fullmatch(r"effdash: [^\n]*(nan|infinite)[^\n]*\n", capsys.readouterr().err)


def test_ctrl_c_keeps_what_was_trained_and_resume_goes_on(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--depth", "2", "--width", "4", "--epochs", "30", "--runs", str(shell.runs)]

    presses = iter([signal.SIGINT])

    def press_once(record: EpochRecord, _: int) -> None:
        if record.epoch == 11:
            for number in presses:
                signal.raise_signal(number)

    @contextmanager
    def impatient(*, silent: bool) -> Iterator[Callable[[EpochRecord, int], None]]:
        yield press_once

    with monkeypatch.context() as patch:
        patch.setattr("effdash.cli.training.watched", impatient)
        assert main([*words, "--json"]) == 130
    out, errors = capsys.readouterr()
    stopped = json.loads(out)
    assert (stopped["state"], stopped["epochs"]) == ("interrupted", 11)
    assert re.fullmatch(
        rf"Stopped; everything up to epoch 11 is kept. Go on with: effdash train --resume {stopped['run']}\n",
        errors,
    )
    resumed = shell.json("train", "--resume", stopped["run"])
    straight = shell.json("train", *words[1:7])
    differing = {"run": "", "path": ""}
    assert {**resumed, **differing} == {**straight, **differing}
    assert resumed["run"] == stopped["run"]
