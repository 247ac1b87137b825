"""The command line: what it says, what it refuses, and with which exit codes."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from pydantic import BaseModel

from effdash import __version__, presets
from effdash.cli import main
from effdash.cli.output import table
from effdash.cli.training import SETTINGS, with_settings
from effdash.config import Change, RunConfig
from effdash.data import DATASETS
from effdash.models import ACTIVATIONS, INITIALISATIONS, NETWORKS
from effdash.runs import EpochRecord
from effdash.vocab import UserError
from tests.shell import Shell

README: Final = Path(__file__).parent.parent / "README.md"
TINY: Final = ("--depth", "3", "--width", "4", "--epochs", "4")


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "runs", capsys)


@pytest.fixture
def trained(shell: Shell) -> str:
    return str(shell.json("train", *TINY, "--name", "first", "--seed", "7")["run"])


# Help


def test_help_and_version_answer_without_loading_the_library() -> None:
    script = (
        "import sys; from effdash.cli import main\n"
        "assert main(['--help']) == main(['train', '--help']) == main(['--version']) == 0\n"
        "slow = {'torch', 'pandas', 'numpy', 'streamlit', 'plotly'} & set(sys.modules)\n"
        "assert not slow, slow"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert f"effdash {__version__}" in done.stdout
    for command in ("dashboard", "train", "runs", "status", "diagnose", "prune", "verify", "export"):
        assert command in done.stdout


def help_of(option: str) -> str:
    """The help text of an option of `train`."""
    import inspect

    from effdash.cli.training import train

    parameter = inspect.signature(train).parameters[option]
    return str(parameter.annotation.__metadata__[0].help)


@pytest.mark.parametrize(
    ("option", "names"),
    [
        ("data", DATASETS),
        ("network", NETWORKS),
        ("activation", ACTIVATIONS),
        ("init", INITIALISATIONS),
        ("preset", presets.PRESETS),
    ],
)
def test_the_help_knows_every_name(option: str, names: dict[str, object]) -> None:
    listed = set(re.findall(r"[a-z][a-z_-]*", help_of(option)))
    assert set(names) <= listed


def leaves(part: BaseModel, place: tuple[str, ...] = ()) -> dict[tuple[str, ...], object]:
    """Every setting of a configuration by its place, with its value."""
    found: dict[tuple[str, ...], object] = {}
    for name in type(part).model_fields:
        value = getattr(part, name)
        below = leaves(value, (*place, name)) if isinstance(value, BaseModel) else {(*place, name): value}
        found.update(below)
    return found


def test_every_setting_has_an_option_and_its_default_is_said() -> None:
    defaults = leaves(RunConfig())
    assert set(SETTINGS.values()) == set(defaults) - {("start",)}  # which --from sets
    for option, place in SETTINGS.items():
        said = re.search(r"\(default: ([^);]+)\)", help_of(option))
        value = defaults[place]
        if said and value is not None:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            assert (float(said[1]) if number else said[1]) == value, option


# Settings


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


# Bad input


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("train --data monkeys", "'monkeys' is unknown; known are moons"),
        ("train --network transformer", "'transformer' is unknown; known are rectangular"),
        ("train --activation step", "'step' is unknown; known are relu"),
        ("train --init magic", "'magic' is unknown; known are default"),
        ("train --preset best", "preset 'best' is unknown; known are born-dead"),
        ("train --depth 0", "network.depth = 0: input should be greater than or equal to 1"),
        ("train --depth deep", "'--depth': Input should be a valid integer"),
        ("train --width 0", "network.width = 0: input should be greater than or equal to 1"),
        ("train --epochs 0", "epochs = 0: input should be greater than or equal to 1"),
        ("train --batch-size 0", "batch_size = '0'"),
        ("train --batch-size some", "batch_size = 'some'"),
        ("train --jumpstart -1", "jumpstart.weight = -1.0: input should be greater than or equal to 0"),
        ("train --lr 0", "optimizer.lr = 0.0: input should be greater than 0"),
        ("train --lr nan", "optimizer.lr = nan"),
        ("train --optimizer rmsprop", "optimizer.name = 'rmsprop': input should be 'adam', 'adamw' or 'sgd'"),
        ("train --samples 3", "data.samples = 3"),
        ("train --device tpu", "device = 'tpu': is no device; known are auto, cpu, cuda, cuda:N, mps"),
        ("train --device cuda:99", "device 'cuda:99' is not on this machine"),
        ("train --change 150", "change '150' is not of the form EPOCH:NAME=VALUE"),
        ("train --change 1:depth=3", "unknown field 'depth'"),
        ("train --change 900:lr=1", "the change at epoch 900 comes after the last epoch, 800"),
        ("train --no-unit --no-point", "jumpstart needs unit or point terms"),
        ("train no.yaml", "cannot read no.yaml: No such file or directory"),
        ("train --preset linked --from x", "settings come from one place, not from --preset and --from"),
        ("train a.yaml --preset linked", "settings come from one place, not from CONFIG.yaml and --preset"),
        ("train --resume x --lr 1", "--resume goes on with the run's own settings; leave out --lr"),
        ("train --resume x", "x"),
        ("train --from x", "x"),
        ("train --like x", "x"),
        ("train --from x --like y", "settings come from one place, not from --from and --like"),
        (
            "train --from born-dead --depth 3 --no-batch-norm --lr 1",
            "--from goes on with the run's own network; leave out --depth, --batch-norm, or train another",
        ),
        (
            "train --from born-dead --data digits",
            "data 'digits' has samples of shape (64,) in 10 classes; the network of run 'born-dead' takes "
            "(2,) and answers 2",
        ),
        ("train --deph 3", "No such option: --deph"),
        ("trian", "No such command 'trian'. Did you mean 'train'?"),
        ("runs show x", "x"),
        ("runs delete x --yes", "x"),
        ("status x", "x"),
        ("diagnose x", "x"),
        ("export x --tables t", "x"),
        ("export x", "Missing option '--tables'"),
        ("dashboard --port 99999", "'--port': Input should be less than or equal to 65535"),
        ("dashboard --host 192.0.2.1", "host '192.0.2.1' is not an address of this machine"),
        ("--port many", "'--port': Input should be a valid integer"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(shell: Shell, words: str, sentence: str) -> None:
    assert sentence in shell.refused(*words.split())
    assert not list(shell.runs.glob("*"))


def test_a_misspelt_yaml_field_is_named(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("network: {dept: 3}\n")
    assert "unknown field 'network.dept'; known here are name, depth" in shell.refused("train", str(file))


def test_a_folder_of_runs_that_is_a_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "runs").write_text("not a folder")
    shell = Shell(tmp_path / "runs", capsys)
    for words in (("train", *TINY), ("runs",), ("dashboard", "--no-browser")):
        assert f"{tmp_path / 'runs'} is a file; runs live in a folder" in shell.refused(*words)
    assert (tmp_path / "runs").read_text() == "not a folder"


def test_only_bad_input_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise ValueError("a bug, not the user's fault")

    monkeypatch.setattr("effdash.config.read_config", broken)
    with pytest.raises(ValueError, match="a bug"):
        main(["train", "a.yaml"])
    assert issubclass(UserError, ValueError)


# Runs


def test_runs_are_listed(shell: Shell, trained: str) -> None:
    rows = shell.json("runs")["runs"]
    mine = next(row for row in rows if row["run"] == trained)
    assert (mine["name"], mine["data"], mine["state"], mine["epochs"]) == ("first", "moons", "finished", 4)
    text = shell("runs")
    assert re.search(rf"^{trained} +first +moons +rectangular 3 × 4 ", text, re.MULTILINE)


def test_a_run_is_shown(shell: Shell, trained: str) -> None:
    shown = shell.json("runs", "show", trained)
    assert shown["run"] == trained
    assert shown["config"]["seed"] == 7
    assert shown["layers"] == [{"layer": f"fc{n}", "kind": "relu", "units": 4} for n in (1, 2, 3)]
    text = shell("runs", "show", trained)
    assert "first" in text
    assert "finished" in text
    assert "depth: 3" in text


def test_a_run_is_found_by_its_file_too(shell: Shell, trained: str) -> None:
    path = shell.runs / f"{trained}.effdash"
    assert shell.json("runs", "show", str(path))["run"] == trained
    assert shell.json("status", str(path))["run"] == trained


def test_deleting_asks_for_a_yes(shell: Shell, trained: str) -> None:
    assert f"deleting {trained} cannot be undone; say --yes" in shell.refused("runs", "delete", trained)
    assert shell.json("runs", "delete", trained, "--yes") == {"deleted": trained}
    assert not list(shell.runs.glob(f"{trained}*"))


def test_status_counts_what_the_run_holds(shell: Shell, trained: str) -> None:
    for split, samples in (("train", 85), ("test", 15)):
        answer = shell.json("status", trained, "--split", split)
        assert (answer["split"], answer["samples"], answer["epoch"]) == (split, samples, 4)
        assert [row["layer"] for row in answer["layers"]] == ["fc1", "fc2", "fc3"]
        for word, count in answer["units"].items():
            assert sum(row[word] for row in answer["layers"]) == count
        assert sum(answer["units"].values()) == 12
    finished = shell.json("runs", "show", trained)
    assert finished["units"] == shell.json("status", trained)["units"]
    assert "fc2" in shell("status", trained)


def test_status_on_the_run_s_own_data_is_what_was_recorded(shell: Shell, trained: str) -> None:
    recorded = shell.json("status", trained)
    anew = shell.json("status", trained, "--data", "moons")
    assert anew["layers"] == recorded["layers"]


def test_status_refuses_data_that_do_not_fit(shell: Shell, trained: str) -> None:
    assert "digits" in shell.refused("status", trained, "--data", "digits")


def test_status_refuses_a_split_that_is_not_there(shell: Shell, trained: str) -> None:
    for words in ((), ("--data", "moons")):
        assert "split 'validation' is" in shell.refused("status", trained, "--split", "validation", *words)


def test_diagnose_says_what_is_wrong_and_what_to_try(shell: Shell) -> None:
    said = " ".join(shell("diagnose", "born-dead").split())
    assert said.startswith("Run born-dead · epoch 800 · on train ill 94 % of the units were dead or linear")
    assert "Try: jumpstart, another initialisation, skip connections." in said
    assert "it learned: train accuracy 1.00" in shell("diagnose", "digits-wide")


def test_diagnose_as_json_names_the_evidence(shell: Shell) -> None:
    answer = shell.json("diagnose", "dies-in-training", "--split", "test")
    assert (answer["run"], answer["epoch"], answer["split"]) == ("dies-in-training", 40, "test")
    assert answer["paragraph"].endswith(
        "Try: a learning rate ten times lower (0.005), which jumpstart does not replace."
    )
    (fell,) = [finding for finding in answer["findings"] if finding["kind"] == "learning_rate"]
    assert fell["severity"] == "ill"
    assert fell["evidence"]["epoch"] == 5
    assert fell["try"] == fell["remedies"][0]


def test_diagnose_of_a_run_that_hardly_began_says_so(shell: Shell, trained: str) -> None:
    assert "too early to say whether it learns" in " ".join(shell("diagnose", trained).split())


def test_diagnose_on_other_data_says_which(shell: Shell, trained: str) -> None:
    said = " ".join(shell("diagnose", trained, "--data", "circles", "--split", "test").split())
    assert "on circles, test" in said
    assert "too early" not in said
    answer = shell.json("diagnose", "digits-wide", "--data", "digits", "--split", "test")
    assert (answer["data"], answer["split"], answer["epoch"]) == ("digits", "test", 40)
    assert answer["findings"][0]["sentence"].startswith("accuracy on digits, test is .97 at epoch 40")
    assert answer["findings"][0]["evidence"]["split"] is None


def test_diagnose_on_data_that_do_not_fit_is_refused(shell: Shell) -> None:
    refused = shell.refused("diagnose", "digits-wide", "--data", "moons")
    assert "data 'moons' has inputs of shape (2,); run 'digits-wide' takes (64,)" in refused
    assert "is neither a file nor a data set" in shell.refused("diagnose", "digits-wide", "--data", "nowhere")


def test_diagnose_refuses_a_split_that_is_not_there(shell: Shell, trained: str) -> None:
    assert "split 'validation' is" in shell.refused("diagnose", trained, "--split", "validation")


def test_status_says_that_it_takes_runs(shell: Shell, tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(b"")
    assert f"'{model}' is not a run; give a run's id or a file that ends in .effdash" in shell.refused(
        "status", str(model)
    )


def test_tables_are_exported(shell: Shell, trained: str, tmp_path: Path) -> None:
    import pandas as pd

    folder = tmp_path / "tables"
    files = [Path(file) for file in shell.json("export", trained, "--tables", str(folder))["files"]]
    assert files
    assert all(file.is_file() and file.parent == folder for file in files)
    assert {file.suffix for file in files} == {".csv", ".parquet"}
    units = next(file for file in files if file.name.startswith("units") and file.suffix == ".parquet")
    assert {"epoch", "layer", "unit", "status"} <= set(pd.read_parquet(units).columns)


# Output


def test_numbers_stand_to_the_right() -> None:
    assert (
        table(("name", "n"), [("a", "1"), ("long name", "12")])
        == "name        n\na           1\nlong name  12"
    )


def test_the_readme_s_python_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert "nonlinear" in capsys.readouterr().out
    assert len(list((tmp_path / "runs").glob("*.effdash"))) == 1


def test_the_readme_s_commands_exist() -> None:
    """Every `effdash …` line of the README names commands and options that there are."""
    from typer.main import get_command

    from effdash.cli import app

    known = {
        option for command in get_command(app).commands.values() for p in command.params for option in p.opts
    }
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (block,) = [block for block in blocks if "effdash train" in block]
    for line in block.splitlines():
        words = line.partition("#")[0].split()
        assert words[0] == "effdash"
        assert {word for word in words if word.startswith("--")} <= known
