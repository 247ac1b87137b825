"""`effdash prune`: what goes, what it says of it, and what it refuses."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from effdash.decision import logits_of
from effdash.runs import open_run
from tests.shell import SHIPPED, Shell


def test_auto_changes_no_decision_on_train_and_verify_agrees(shell: Shell) -> None:
    answer = shell.json("prune", "digits-wide")
    run, parent = open_run(answer["path"]), open_run(SHIPPED / "digits-wide.effdash")
    assert (answer["parent"], answer["method"], run.id, run.parent) == (
        "digits-wide",
        "margin",
        answer["run"],
        "digits-wide",
    )
    assert Path(answer["path"]).parent == shell.runs
    kept = answer["units"]["kept"]
    assert answer["units"]["before"] == 256
    assert kept == run.n_units == sum(row["left"] for row in answer["layers"]) < 64
    assert len(answer["removed"]) == sum(answer["stages"].values()) == 256 - kept
    model = run.model()
    assert answer["parameters"] == {
        "before": sum(parameter.numel() for parameter in parent.model().parameters()),
        "after": sum(parameter.numel() for parameter in model.parameters()),
    }
    # Two hidden layers: 64 → a → b → 10.
    first, second = (row["left"] for row in answer["layers"])
    assert answer["macs"]["after"] == 64 * first + first * second + second * 10
    train, test = answer["parts"]
    assert (train["part"], train["changed"], train["bound"]["reason"]) == (
        "train",
        0,
        "these data chose the units",
    )
    # An independent look at the file finds the same.
    shell("verify", "digits-wide", answer["run"], "--split", "train")
    found = shell.json("verify", "digits-wide", answer["run"], code=1 if test["changed"] else 0)
    for ours, theirs in zip(answer["parts"], found["parts"], strict=True):
        for fact in ("part", "samples", "changed", "which", "changes", "accuracy_after", "bound"):
            assert ours[fact] == theirs[fact]


def test_an_amount_is_removed_and_told(shell: Shell) -> None:
    file = shell.runs.parent / "half.effdash"
    said = shell(
        "prune", "digits-wide", "--amount", "0.5", "--method", "l2", "--no-compensate", "--out", str(file)
    )
    assert said.startswith("Run half · pruned from digits-wide at epoch 40 by l2\n")
    assert "units       128 kept of 256\n" in said
    assert re.search(r"^layers +fc1 128 → \d+, fc2 128 → \d+$", said, re.MULTILINE)
    assert re.search(r"^removed +1 dead, 0 constant, 0 twin, 127 redundant$", said, re.MULTILINE)
    assert re.search(r"^train +1437 +\d+ .* no bound: these data chose the units$", said, re.MULTILINE)
    assert re.search(r"^test +360 +\d+ .* at most \d+\.\d %$", said, re.MULTILINE)
    assert (
        len(re.findall(r"^fc[12] · \d+ +(?:redundant +the survivors|dead +exact)", said, re.MULTILINE)) == 10
    )
    assert "… and 118 more; --json lists all\n" in said
    assert f"file        {file}\n" in said
    assert open_run(file).n_units == 128
    assert not list(shell.runs.glob("*"))


def test_an_epoch_in_between_has_the_weights_kept_before_it(shell: Shell) -> None:
    parent = open_run(SHIPPED / "digits-wide.effdash")
    kept, later = parent.checkpoints()[1:3]
    answer = shell.json("prune", "digits-wide", "--amount", "0", "--epoch", str(later - 1))
    assert answer["epoch"] == kept < later - 1
    X = parent.data().X_test
    pruned = open_run(answer["path"]).model()
    np.testing.assert_allclose(logits_of(pruned, X), logits_of(parent.model(kept), X), atol=1e-5)


def test_every_reason_is_told_and_every_stage_has_something_to_do(shell: Shell) -> None:
    answer = shell.json("prune", "digits-deep", "--amount", "0.5")
    assert answer["units"] == {"before": 256, "kept": 128}
    assert answer["stages"]["dead"] > 0
    assert {row["stage"] for row in answer["removed"]} <= {"dead", "constant", "twin", "redundant"}
    assert all(row["reason"] for row in answer["removed"])
    assert all(row["heir"] is None for row in answer["removed"] if row["stage"] == "dead")


def test_a_pruned_run_is_a_run(shell: Shell) -> None:
    run = shell.json("prune", "born-dead", "--amount", "0.3")["run"]
    shown = shell.json("runs", "show", run)
    assert (shown["parent"], shown["state"], shown["last_epoch"]) == ("born-dead", "finished", 0)
    assert shell.json("status", run)["units"]
    (listed,) = [row for row in shell.json("runs")["runs"] if row["run"] == run]
    assert listed["problem"] is None
    kept = sum(layer["units"] for layer in shown["layers"])
    assert listed["name"] == f"Born dead, {kept} of 240 units"
    # Its only epoch is no start of a training,
    assert "first step" not in shell.json("diagnose", run)["paragraph"]
    # nor do the settings of its parent describe it.
    refusal = f"run '{run}' holds a pruned network, which no settings describe; --from trains it on"
    assert refusal in shell.refused("train", "--like", run)
    # It can be trained on,
    tuned = shell.json("train", "--from", run, "--epochs", "2")
    assert shell.json("runs", "show", tuned["run"])["layers"] == shown["layers"]
    # and pruned on.
    again = shell.json("prune", run, "--amount", "0.5")
    assert (again["parent"], again["units"]["before"]) == (
        run,
        sum(layer["units"] for layer in shown["layers"]),
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("nothing", "run 'nothing' is not in"),
        ("digits-wide --method magic", "'magic'"),
        ("digits-wide --amount 1.5", "amount"),
        ("digits-wide --amount half", "'--amount': Input should be a valid number"),
        ("digits-wide --amount 0.5 --auto", "--auto and --amount both say how much goes; give one of them"),
        ("digits-wide --amount 0.5 --tolerance 0.1", "--tolerance belongs to --auto"),
        ("digits-wide --tolerance 2", "tolerance"),
        ("digits-wide --out x.onnx", "--out x.onnx should end in .effdash"),
        ("digits-wide --out {shipped}", "digits-deep.effdash is there already"),
    ],
)
def test_what_cannot_be_pruned_is_one_line_and_leaves_nothing(
    shell: Shell, words: str, sentence: str
) -> None:
    said = shell.refused("prune", *words.format(shipped=SHIPPED / "digits-deep.effdash").split())
    assert sentence in said
    assert not list(shell.runs.glob("*"))


def test_the_help_knows_every_method() -> None:
    import inspect

    from effdash.cli.prune import prune
    from effdash.pruning.plan import METHODS

    said = inspect.signature(prune).parameters["method"].annotation.__metadata__[0].help
    assert set(METHODS) <= set(re.findall(r"[a-z][a-z0-9-]*", said))


def test_whole_branches_go_where_that_is_asked_for(shell: Shell) -> None:
    trained = shell.json(
        "train", "--data", "iris", "--depth", "5", "--width", "6", "--skip", "2", "--epochs", "2"
    )
    plain = shell.json("prune", trained["run"], "--amount", "1")
    assert all(row["left"] == 1 for row in plain["layers"])
    answer = shell.json("prune", trained["run"], "--amount", "1", "--vanish")
    assert [row["left"] for row in answer["layers"]] == [1, 0, 0, 0, 0]
    assert answer["plan"] == "margin-n30-v"
    assert any("the branch of fc4 and fc5 is gone" in note for note in answer["notes"])
    assert open_run(answer["path"]).model()(torch.zeros(2, 4)).shape == (2, 3)
