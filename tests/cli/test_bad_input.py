"""Bad input of every command: one line, exit code 2, and nothing is left."""

from pathlib import Path

import pytest

from effdash.cli import main
from effdash.vocab import UserError
from tests.shell import TINY, Shell


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
            "--from goes on with the run's own network; leave out --depth, --no-batch-norm, or train another",
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
