"""`effdash verify`: which decisions changed, on which data, and with which exit code."""

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from torch import Tensor

from effdash.decision import clopper_pearson, decisions, logits_of, margins
from effdash.runs import open_run
from effdash.runs.weights import pack_tensors
from tests.shell import SHIPPED, Shell


def with_weights(shell: Shell, name: str, weights: dict[str, Tensor]) -> str:
    """A copy of digits-wide with other weights at its end."""
    shell.runs.mkdir()
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
