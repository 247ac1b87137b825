"""`effdash load`, and the commands that take a model file in place of a run."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import effdash as ed
from tests.loading import files
from tests.loading.onnx.files import made, node
from tests.loading.test_look import Known, corners
from tests.shell import Shell


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Forty points of the corners' kind, as a CSV."""
    X = np.random.default_rng(0).random((40, 2)).round(3)
    kind = np.where(X.sum(1) > 0.5, "high", "low")
    file = tmp_path / "points.csv"
    pd.DataFrame({"x1": X[:, 0], "x2": X[:, 1], "kind": kind}).to_csv(file, index=False)
    return file


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model that answers class 1, "low", where x1 + x2 is large: wrong everywhere."""
    file = tmp_path / "known.pt"
    file.write_bytes(files.saved(Known().state_dict()))
    return file


def test_a_model_and_a_table_become_a_run(shell: Shell, model: Path, table: Path) -> None:
    told = shell.json("load", str(model), "--data", str(table), "--label", "kind", "--name", "mine")
    assert told["kind"] == "state dict"
    assert told["accuracy"]["train"] == told["accuracy"]["test"] == 0
    assert told["layers"] == [
        {
            "layer": "fc",
            "activation": "relu",
            "units": 3,
            "consumer": "out",
            "prunable": True,
            "why_not": "",
        }
    ]
    assert len(told["answers"]) == 5
    assert "nothing is standardised unless asked" in told["input"]
    assert "taken to be relu" in " ".join(told["guess"])
    run = ed.open_run(told["path"])
    assert (run.name, run.recorded_epochs, run.data().class_names) == ("mine", [0], ("high", "low"))
    assert "\nsettings  none: the network is somebody's own" in shell("runs", "show", told["run"])
    shown = shell.json("status", told["run"])
    same = shell.json("status", str(model), "--data", str(table), "--label", "kind")
    assert shown["layers"] == same["layers"]
    assert (same["run"], same["samples"], same["data"]) == (None, 40, "points.csv")


def test_what_is_printed_for_people(shell: Shell, model: Path, table: Path) -> None:
    said = shell("load", str(model), "--data", str(table), "--label", "kind", "--standardise")
    assert "fc     relu            3  out      yes" in said
    assert "is that what you expect?" in said
    assert "standardised with mean and deviation of the training part, as asked" in said
    assert "Guessed: the activation between the layers is taken to be relu." in said


def test_checkpoints_become_a_film(shell: Shell, tmp_path: Path, table: Path) -> None:
    names = []
    for epoch in (10, 2):
        net = Known()
        nn.init.constant_(net.fc.bias, -epoch / 5)
        names.append(str(tmp_path / f"net_epoch{epoch}.safetensors"))
        save_file(net.state_dict(), names[-1])
    told = shell.json("load", *names, "--data", str(table), "--label", "kind")
    assert told["epochs"] == [2, 10]
    run = ed.open_run(told["path"])
    assert run.recorded_epochs == [2, 10]
    assert (run.status_history() == 0).sum(1).tolist() == [0, 3]
    both = (str(tmp_path / "net_epoch2.safetensors"), str(tmp_path / "net_epoch2.safetensors"))
    assert "both tell epoch 2" in shell.refused("load", *both, "--data", str(table))


def test_a_model_is_diagnosed_pruned_and_verified(shell: Shell, model: Path, table: Path) -> None:
    data = ("--data", str(table), "--label", "kind")
    found = shell.json("diagnose", str(model), *data, "--split", "test")
    assert (found["model"], found["split"]) == (str(model), "test")
    assert found["paragraph"].startswith("Accuracy on points.csv, test is .00")
    pruned = shell.json("prune", str(model), *data)
    assert pruned["units"] == {"before": 3, "kept": 1}
    assert pruned["parent"] is None
    assert ed.open_run(pruned["path"]).name == "known, 1 of 3 units"
    same = shell.json("verify", str(model), pruned["run"], *data)
    assert (same["original"], same["samples"], same["changed"]) == (str(model), 40, 0)
    assert same["parts"][0]["bound"]["reason"]


def test_a_run_is_verified_against_a_model_file(shell: Shell, trained: str, tmp_path: Path) -> None:
    run = ed.open_run(shell.runs / f"{trained}.effdash")
    file = tmp_path / "same.safetensors"
    save_file(run.model().state_dict(), file)
    assert shell.json("verify", trained, str(file))["changed"] == 0
    assert shell.json("verify", trained, str(file), "--architecture", "rectangular")["changed"] == 0
    other = tmp_path / "other.pt"
    other.write_bytes(files.saved(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)).state_dict()))
    assert shell.json("verify", trained, str(other), code=1)["changed"] > 0


def test_a_named_data_set_is_taken_as_it_is_unless_asked(shell: Shell, tmp_path: Path) -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
    file = tmp_path / "net.pt"
    file.write_bytes(files.saved(net.state_dict()))
    moons = ed.load_data("moons")
    for words, X in (((), moons.X_train * moons.scale + moons.mean), (("--standardise",), moons.X_train)):
        told = shell.json("status", str(file), "--data", "moons", *words)
        expected = ed.unit_status(net, X)["status"].value_counts()
        assert told["units"] == {str(word): int(count) for word, count in expected.items()}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("load {model}", "Missing option '--data'"),
        ("load none.pt --data moons", "none.pt is no file"),
        ("load {model} --data nowhere.csv", "there is no file or folder nowhere.csv"),
        (
            "load {model} --data digits",
            "takes samples of 2 numbers, as fc reads them; those given have shape (64,)",
        ),
        (
            "load {model} --data moons --label y",
            "--label belongs to files; moons is a data set with classes",
        ),
        ("load {model} --data iris", "known.pt takes samples of 2 numbers"),
        ("load {model} --data moons --architecture rectangle", "architecture 'rectangle' is unknown"),
        ("load {model} --data moons --activation step", "activation 'step' cannot be guessed with"),
        (
            "load {model} --data moons --input-shape 2,x",
            "--input-shape '2,x' is no shape; it should be as in 1,28",
        ),
        ("load {model} --data moons --input-shape 3", "as fc reads them; those given have shape (3,)"),
        (
            "load {model} --data moons --architecture nowhere_at_all:make",
            "there is no module 'nowhere_at_all'",
        ),
        ("status {model}", "known.pt is a model; say on which data it is looked at: --data NAME_OR_FILE"),
        (
            "status {model} --data moons --split validation",
            "split 'validation' is unknown; known are train, test",
        ),
        ("prune {model} --data moons --epoch 3", "--epoch 3 belongs to runs"),
        (
            "prune born-dead --data moons",
            "--data moons belongs to model files; a run is pruned on its own data",
        ),
        ("status born-dead --input-shape 2", "--input-shape belongs to model files; a run knows this itself"),
        ("diagnose born-dead --trust", "--trust belongs to model files"),
        ("status born-dead --as-it-is", "--standardise/--as-it-is belongs to model files"),
        ("load {model} --data nowhere", "data 'nowhere' is unknown; known are moons"),
        ("load {model} --data moons --no-label", "--no-label belongs to files"),
        ("verify born-dead {model} --standardise", "--standardise/--as-it-is belongs to model files"),
        ("verify born-dead {model} --activation step", "activation 'step' cannot be guessed with"),
        ("verify born-dead born-dead --label y", "--label belongs to model files"),
    ],
)
def test_bad_input_is_one_line(shell: Shell, model: Path, words: str, sentence: str) -> None:
    assert sentence in shell.refused(*words.format(model=model).split())
    assert not list(shell.runs.glob("*"))


def test_labels_outside_the_classes(shell: Shell, model: Path, tmp_path: Path) -> None:
    file = tmp_path / "three.csv"
    rows = [f"{place / 30},{place % 7 / 7},{'abc'[place % 3]}" for place in range(30)]
    file.write_text("\n".join(["x1,x2,kind", *rows]))
    assert "the data have the label 2 (c), but known answers 2 classes, 0 to 1" in shell.refused(
        "load", str(model), "--data", str(file), "--label", "kind"
    )


def test_a_table_without_classes(shell: Shell, model: Path, table: Path) -> None:
    words = ("--data", str(table), "--label", "kind", "--no-label")
    told = shell.json("load", str(model), *words)
    assert told["accuracy"] == {"train": None, "test": None}
    assert ed.open_run(told["path"]).n_classes == 0
    assert shell.json("status", str(model), *words)["samples"] == 40
    assert "classes are not known" in shell.json("diagnose", str(model), *words)["paragraph"]
    assert shell.json("prune", str(model), *words)["units"] == {"before": 3, "kept": 1}


def test_values_that_are_missing(shell: Shell, model: Path, table: Path) -> None:
    table.write_text(table.read_text() + "0.5,,high\n")
    words = ("status", str(model), "--data", str(table), "--label", "kind")
    assert "lacks 1 value, in column 'x2' (1)" in shell.refused(*words)
    assert "missing = 'guess': input should be 'refuse', 'mean' or 'drop'" in shell.refused(
        *words, "--missing", "guess"
    )
    assert shell.json(*words, "--missing", "drop")["samples"] == 40


def test_images_are_read_in_the_model_s_size(shell: Shell, tmp_path: Path) -> None:
    from PIL import Image

    for name, shade in (("dark", 30), ("light", 220)):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(5):
            picture = Image.new("L", (9, 9), shade + number)
            picture.save(tmp_path / "pictures" / name / f"{number}.png")
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 2))
    file = tmp_path / "net.pt"
    file.write_bytes(files.saved(net.state_dict()))
    told = shell.json("load", str(file), "--data", str(tmp_path / "pictures"), "--input-shape", "1,6,6")
    assert told["input_shape"] == [1, 6, 6]
    assert told["layers"][0]["units"] == 2
    # An ONNX file says itself that it wants smaller ones, and in colour.
    nodes = [
        node("Conv", "x w", "c"),
        node("Relu", "c", "r"),
        node("Flatten", "r", "f"),
        node("Gemm", "f v", "y"),
    ]
    weights = {"w": np.ones((2, 3, 3, 3)), "v": np.ones((18, 2))}
    file = tmp_path / "net.onnx"
    file.write_bytes(made(nodes, weights, shape=("n", 3, 5, 5)).SerializeToString())
    data = ed.open_run(shell.json("load", str(file), "--data", str(tmp_path / "pictures"))["path"]).data()
    assert data.input_shape == (3, 5, 5)


def test_of_several_ways_to_pool_one_is_chosen(shell: Shell, tmp_path: Path) -> None:
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2, 2))
    (tmp_path / "net.pt").write_bytes(files.saved(net.state_dict()))
    np.savez(tmp_path / "tiny.npz", X=np.random.default_rng(0).random((20, 1, 5, 5)), y=np.arange(20) % 2)
    words = ("load", str(tmp_path / "net.pt"), "--data", str(tmp_path / "tiny.npz"))
    said = shell.refused(*words)
    assert "3 ways fit net.pt" in said
    assert "2: no padding, 3x3 pooling after it; " in said
    guess = " ".join(shell.json(*words, "--architecture", "stack:way=2")["guess"])
    assert "no padding, 3x3 pooling after it, by the maximum" in guess
    assert "net.pt has ways from 1 to 3" in shell.refused(*words, "--architecture", "stack:way=4")


def test_data_are_not_taken_for_models(shell: Shell, trained: str, table: Path) -> None:
    file = table.with_name("moons.csv")
    data = corners()
    columns = dict(zip(("x1", "x2"), data.X_train.T.numpy(), strict=True))
    pd.DataFrame({**columns, "y": data.y_train.numpy()}).to_csv(file, index=False)
    told = shell.json("status", trained, "--data", str(file))
    assert (told["split"], told["samples"]) == ("file", 4)
