"""`effdash train --data FILE`."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effdash.runs import open_run
from tests.shell import TINY, Shell

ROWS = [
    f"{number / 4};{'red' if number % 3 else 'blue'};{'yes' if number % 2 else 'no'}" for number in range(30)
]


@pytest.fixture
def flowers(tmp_path: Path) -> str:
    path = tmp_path / "flowers.csv"
    path.write_text("\n".join(["size;colour;sold", *ROWS]))
    return str(path)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that commands run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_table_is_trained_on_and_all_that_follows_needs_the_run_alone(shell: Shell, flowers: str) -> None:
    first = shell.json("train", "--data", flowers, "--label", "sold", "--seed", "3", *TINY)
    run = open_run(first["path"])
    assert (run.input_shape, run.n_classes, run.data().name) == ((3,), 2, "flowers")
    assert run.config.data.own is not None
    assert (run.config.data.name, run.config.data.seed, run.config.data.own.label) == ("flowers", 3, "sold")
    Path(flowers).unlink()
    again = shell.json("train", "--like", first["run"])
    assert again["train_accuracy"] == first["train_accuracy"]
    other_seed = shell.json("train", "--like", first["run"], "--seed", "5")
    child = shell.json("train", "--from", first["run"], "--epochs", "2")
    for answer in (again, other_seed, child):
        assert open_run(answer["path"]).data().X_train.equal(run.data().X_train)
    assert shell.json("train", "--like", first["run"], "--data", "moons")["epochs"] == 4
    assert shell.json("status", first["run"])["samples"] == 24
    assert shell.json("verify", first["run"], again["run"])["data"] == "flowers"


def test_a_file_like_the_one_trained_on_is_read_alike(shell: Shell, flowers: str, tmp_path: Path) -> None:
    run = shell.json("train", "--data", flowers, *TINY)
    answer = shell.json("verify", run["run"], run["run"], "--data", flowers)
    (part,) = answer["parts"]
    assert answer["samples"] == 30
    # All are known again, so none of them gives a bound.
    assert "24 of 30 samples are among those that chose the units" in str(part)
    new = tmp_path / "new.csv"
    new.write_text("colour;size;sold\nred;0,5;yes\nblue;0,7;no\n")
    assert shell.json("verify", run["run"], run["run"], "--data", str(new))["samples"] == 2


def test_a_run_on_own_data_is_not_split_anew(shell: Shell, flowers: str) -> None:
    run = shell.json("train", "--data", flowers, *TINY)["run"]
    said = shell.refused("train", "--like", run, "--test-share", "0.4")
    assert "data.test_share = 0.4: the data of run" in said
    assert "lie in its file, already drawn and split" in said
    new = shell.json("train", "--like", run, "--data", flowers, "--test-share", "0.4")
    assert len(open_run(new["path"]).data().X_test) == 12


def test_a_file_named_in_the_yaml_of_the_person_is_read(shell: Shell, flowers: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        f"data: {{name: {flowers}, own: {{label: sold, leave_out: [colour]}}, samples: 20}}\n"
        "network: {depth: 2, width: 3}\nepochs: 2\n"
    )
    run = open_run(shell.json("train", str(file))["path"])
    assert run.data().feature_names == ("size",)
    assert run.config.data.samples == len(run.data().X_train) + len(run.data().X_test) == 20


def test_a_data_set_goes_before_a_file_of_its_name(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "moons").mkdir()
    assert not open_run(shell.json("train", *TINY)["path"]).stores_data


def test_a_folder_of_images_is_trained_on_by_convolutions(shell: Shell, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for number in range(10):
        place = tmp_path / "shapes" / ("a" if number % 2 else "b") / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (12, 12, 3), dtype=np.uint8)).save(place)
    words = ("train", "--data", str(tmp_path / "shapes"), "--network", "convolutional", *TINY)
    run = open_run(shell.json(*words, "--image-size", "8x9", "--colour")["path"])
    assert run.input_shape == (3, 8, 9)
    assert run.data().image_shape == (3, 8, 9)
    assert open_run(shell.json(*words, "--grey")["path"]).input_shape == (1, 12, 12)


def test_more_than_a_run_file_holds_is_refused_with_the_numbers(
    shell: Shell, flowers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("effdash.runs.stored_data.MOST_BYTES", 1_500)
    said = shell.refused("train", "--data", flowers, *TINY)
    assert (
        "becomes 30 samples of 3 features, 1.62 kB; a run file holds 1.5 kB: take a part of them (samples: "
        "23)" in said
    )


@pytest.mark.parametrize(
    ("content", "words", "sentence"),
    [
        ("a,y\n1,0\n2,1\n", ("--label", "z"), "label = 'z' is no column of bad.csv; it has 'a', 'y'"),
        (
            "a,y\n1,0\n2,1\n",
            ("--missing", "guess"),
            "missing = 'guess': input should be 'refuse', 'mean' or 'drop'",
        ),
        ("a,y\n1,0\n2,1\n", ("--image-size", "big"), "image size 'big' is not of the form 64 or 48x64"),
        ("a,y\n1,0\n2,1\n", ("--noise", "0.5"), "noise = 0.5: data from a file have none"),
    ],
)
def test_bad_files_are_one_line_and_leave_nothing(
    shell: Shell,
    work: Path,
    content: str,
    words: tuple[str, ...],
    sentence: str,
) -> None:
    (work / "bad.csv").write_text(content)
    assert sentence in shell.refused("train", "--data", "bad.csv", *words)
    assert not list(shell.runs.glob("*"))


def test_options_for_files_need_a_file(shell: Shell) -> None:
    assert "--label says how a file is read; name the file with --data" in shell.refused(
        "train", "--label", "y"
    )
    assert "there is no file or folder no.csv" in shell.refused("train", "--data", "no.csv")
    assert "leave out --label" in shell.refused("train", "--resume", "x", "--label", "y")
