"""`effdash verify` and `effdash prune`: what they find, what they say, and with which exit codes."""

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from effdash.decision import clopper_pearson, decisions, logits_of, margins
from effdash.runs import open_run
from effdash.runs.weights import pack_tensors, unpack_tensors
from tests.shell import Shell

SHIPPED = Path(__file__).parent.parent / "assets" / "runs"


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    runs = tmp_path / "runs"
    runs.mkdir()
    return Shell(runs, capsys)


def with_weights(shell: Shell, name: str, weights: dict[str, Tensor]) -> str:
    """A copy of digits-wide with other weights at its end."""
    path = shell.runs / f"{name}.effdash"
    shutil.copy(SHIPPED / "digits-wide.effdash", path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE checkpoint SET weights = ? WHERE epoch = (SELECT max(epoch) FROM checkpoint)",
            (pack_tensors(weights, "the weights"),),
        )
    return name


@pytest.fixture
def planted(shell: Shell) -> tuple[str, int, int, int]:
    """A network that decides as digits-wide but for one test sample; that sample, its class before and after.

    The bias of the runner-up of the narrowest decision is raised just so far that this one is overtaken.
    """
    original = open_run(SHIPPED / "digits-wide.effdash")
    data, (_, weights) = original.data(), original.weights()
    logits = logits_of(original.model(), data.X_test)
    narrowest = int(margins(logits).argmin())
    rival = int(np.argsort(logits[narrowest])[-2])
    weights["out.bias"][rival] += 1.001 * margins(logits)[narrowest]
    name = with_weights(shell, "planted", weights)
    return name, narrowest, int(decisions(logits)[narrowest]), rival


# Verify


def test_equal_networks_decide_alike(shell: Shell) -> None:
    said = shell("verify", "digits-wide", "digits-wide")
    assert said.startswith("Original digits-wide · pruned digits-wide · on digits\n")
    assert re.search(
        r"^train +1437 +0 +1.000 +1.000 +1.000 +no bound: these data chose the units$", said, re.MULTILINE
    )
    assert re.search(r"^test +360 +0 +1.000 +0.969 +0.969 +at most 1.0 %$", said, re.MULTILINE)
    assert "Changed samples" not in said


def test_one_planted_change_is_found(shell: Shell, planted: tuple[str, int, int, int]) -> None:
    name, sample, was, now = planted
    answer = shell.json("verify", "digits-wide", name, code=1)
    assert (answer["original"], answer["pruned"], answer["data"]) == ("digits-wide", name, "digits")
    assert (answer["samples"], answer["changed"]) == (1797, 1)
    train, test = answer["parts"]
    assert (train["part"], train["samples"], train["changed"], train["which"]) == ("train", 1437, 0, [])
    assert train["bound"] == {"upper": None, "level": 0.95, "reason": "these data chose the units"}
    assert (test["part"], test["samples"], test["changed"], test["which"]) == ("test", 360, 1, [sample])
    assert test["changes"] == [{"from": was, "to": now, "samples": 1}]
    assert test["agreement"] == pytest.approx(359 / 360)
    assert test["bound"] == {"upper": clopper_pearson(1, 360)[1], "level": 0.95, "reason": None}
    assert test["smallest_margin"] < 0 < train["smallest_margin"]
    said = shell("verify", "digits-wide", name, code=1)
    assert f"Changed samples: {sample}\n" in said
    assert re.search(rf"^ +{was} +{now} +1$", said, re.MULTILINE)
    assert re.search(r"^test +360 +1 +0.997 .* at most 1.5 %$", said, re.MULTILINE)


def test_a_split_is_verified_alone(shell: Shell, planted: tuple[str, int, int, int]) -> None:
    assert [
        part["part"] for part in shell.json("verify", "digits-wide", planted[0], "--split", "train")["parts"]
    ] == ["train"]
    shell("verify", "digits-wide", planted[0], "--split", "test", code=1)


def test_the_process_ends_with_the_exit_code(shell: Shell, planted: tuple[str, int, int, int]) -> None:
    words = ["verify", "digits-wide", str(shell.runs / f"{planted[0]}.effdash"), "--runs", str(shell.runs)]
    done = subprocess.run(
        [sys.executable, "-m", "effdash", *words], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (1, "")


def test_a_file_of_samples_is_verified(
    shell: Shell, planted: tuple[str, int, int, int], tmp_path: Path
) -> None:
    name, sample, was, _ = planted
    data = open_run(SHIPPED / "digits-wide.effdash").data()
    file = tmp_path / "audit.npz"
    np.savez(file, X=data.X_test[sample - 1 : sample + 2], y=np.array([was] * 3))
    answer = shell.json("verify", "digits-wide", name, "--data", str(file), code=1)
    (part,) = answer["parts"]
    assert (answer["data"], part["part"], part["samples"], part["which"]) == (str(file), "file", 3, [1])
    assert part["bound"]["upper"] == pytest.approx(clopper_pearson(1, 3)[1])
    # Without classes: no accuracy. Samples that the network was pruned on: no bound.
    np.savez(file, X=np.concatenate([data.X_test[:2], data.X_train[5:6]]))
    (part,) = shell.json("verify", "digits-wide", name, "--data", str(file))["parts"]
    assert part["accuracy_before"] is part["accuracy_after"] is None
    assert part["bound"]["upper"] is None
    assert part["bound"]["reason"] == "1 of 3 samples are among those that chose the units"


def test_a_data_set_by_name_is_held_out_where_it_is_other_data(shell: Shell) -> None:
    answer = shell.json("verify", "born-dead", "born-dead", "--data", "circles")
    assert [(part["part"], part["bound"]["reason"]) for part in answer["parts"]] == [
        ("train", None),
        ("test", None),
    ]
    own = shell.json("verify", "born-dead", "born-dead", "--data", "moons")
    assert own == shell.json("verify", "born-dead", "born-dead")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("digits-wide nothing", "run 'nothing' is not in"),
        (
            "digits-wide born-dead",
            "takes inputs of shape (64,), run 'born-dead' of shape (2,): their decisions",
        ),
        (
            "digits-wide digits-deep --data nobody",
            "data 'nobody' is neither a file nor a data set; those are moons",
        ),
        (
            "digits-wide digits-deep --data moons",
            "data 'moons' has inputs of shape (2,); run 'digits-wide' takes",
        ),
        ("digits-wide digits-deep --split valid", "split 'valid' is unknown; known are train, test"),
        ("digits-wide digits-deep --data {file} --split test", "--split test belongs to data sets"),
        ("digits-wide digits-deep --data {file}", "holds samples of shape (2,); the network takes (64,)"),
        ("digits-wide digits-deep --data {runs}", "is neither a file nor a data set"),
        ("digits-wide", "Missing argument 'PRUNED'"),
    ],
)
def test_what_cannot_be_verified_is_one_line(shell: Shell, tmp_path: Path, words: str, sentence: str) -> None:
    file = tmp_path / "two.csv"
    file.write_text("a,b\n1,2\n")
    assert sentence in shell.refused("verify", *words.format(file=file, runs=shell.runs).split())


def test_a_network_that_answers_nan_is_refused(shell: Shell) -> None:
    _, weights = open_run(SHIPPED / "digits-wide.effdash").weights()
    weights["out.bias"][3] = float("nan")
    name = with_weights(shell, "broken", weights)
    assert "the logits after hold a nan or an infinite value, first for sample 0" in shell.refused(
        "verify", "digits-wide", name
    )


# Prune


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
    assert said.startswith("Run half · pruned from digits-wide by l2\n")
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


# Plans, reports, and networks for other engines


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


def test_a_report_holds_the_plan_that_gives_the_same_again(shell: Shell, tmp_path: Path) -> None:
    report, csv, weights = (tmp_path / name for name in ("r.html", "units.csv", "w.safetensors"))
    words = ("--report", str(report), "--csv", str(csv), "--weights", str(weights))
    first = shell.json("prune", "digits-deep", "--amount", "0.4", *words)
    assert first["files"] == {"report": str(report), "csv": str(csv), "weights": str(weights)}
    assert report.read_bytes().startswith(b"<!doctype html>")
    lines = csv.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("layer,unit,kept,stage,reason,heir")
    assert len(lines) == 1 + 256
    assert sum(",False," in line for line in lines) == len(first["removed"])
    again = shell.json("prune", "digits-deep", "--plan", str(report))
    assert again["plan"] == first["plan"]
    assert again["removed"] == first["removed"]
    one, other = (open_run(found["path"]).weights()[1] for found in (first, again))
    assert unpack_tensors(weights.read_bytes()).keys() >= one.keys() == other.keys()
    assert all((one[name] == other[name]).all() for name in one)


def test_an_exported_network_is_verified(shell: Shell, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    onnx = pytest.importorskip("onnx")
    file = tmp_path / "small.onnx"
    answer = shell.json("prune", "digits-wide", "--amount", "0.3", "--onnx", str(file))
    # The run and the file are the same network.
    found = shell.json("verify", answer["run"], str(file))
    assert (found["original"], found["pruned"], found["changed"]) == (answer["run"], str(file), 0)
    assert max(part["largest_probability_change"] for part in found["parts"]) < 1e-5
    changed = sum(part["changed"] for part in answer["parts"])
    told = shell.json("verify", "digits-wide", str(file), code=1 if changed else 0)
    assert [part["which"] for part in told["parts"]] == [part["which"] for part in answer["parts"]]
    # One decision changed on purpose, as above, in the file.
    data = open_run(SHIPPED / "digits-wide.effdash").data()
    logits = logits_of(open_run(answer["path"]).model(), data.X_test)
    narrowest = int(margins(logits).argmin())
    was, rival = np.argsort(logits[narrowest])[[-1, -2]].tolist()
    model = onnx.load(file)
    (bias,) = [one for one in model.graph.initializer if one.name == "out.bias"]
    values = onnx.numpy_helper.to_array(bias).copy()
    values[rival] += 1.001 * margins(logits)[narrowest]
    bias.CopyFrom(onnx.numpy_helper.from_array(values, "out.bias"))
    onnx.save(model, file)
    test = shell.json("verify", answer["run"], str(file), "--split", "test", code=1)["parts"][0]
    assert test["which"] == [narrowest]
    assert test["changes"] == [{"from": was, "to": rival, "samples": 1}]
    refusal = "run 'born-dead' takes inputs of shape (2,)"
    assert refusal in shell.refused("verify", "born-dead", str(file))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("verify digits-wide nothing.onnx", "nothing.onnx is no file"),
        ("verify digits-wide {text}.onnx", "text.onnx is no ONNX network that can be run"),
        ("prune digits-wide --report r.pdf", "--report r.pdf should end in .html"),
        ("prune digits-wide --onnx nowhere/n.onnx", "there is no folder nowhere"),
        ("prune digits-wide --plan nothing.json", "--plan nothing.json is no file"),
        ("prune digits-wide --plan {text}.onnx", "the plan file is no JSON"),
        ("prune digits-wide --plan {text}.html", "the HTML file holds no plan"),
        ("prune digits-wide --plan x.json --amount 0.5", "--plan says itself what goes and how"),
        ("prune digits-wide --plan x.json --no-compensate", "--plan says itself what goes and how"),
        ("prune digits-wide --epoch -1", "'--epoch'"),
    ],
)
def test_what_cannot_be_exported_or_verified_is_one_line(
    shell: Shell, tmp_path: Path, words: str, sentence: str
) -> None:
    (tmp_path / "text.onnx").write_text("no network")
    (tmp_path / "text.html").write_text("<p>no plan</p>")
    assert sentence in shell.refused(*words.format(text=tmp_path / "text").split())
    assert not list(shell.runs.glob("*"))
