"""Training on somebody's own data: the run's file holds them, and everything after takes them from there."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from effdash.config import DataConfig, NetworkConfig, OwnData, RunConfig
from effdash.data import Dataset, as_dataset, from_config
from effdash.data.own import digest_of, own_config, read_own
from effdash.runs import open_run, stored_data
from effdash.runs.verification import verify
from effdash.training.errand import carry_out
from effdash.training.origin import settings_to_go_on
from effdash.training.session import Session, resume, train
from effdash.vocab import UserError

SMALL = RunConfig(network=NetworkConfig(depth=2, width=3), epochs=3, device="cpu", seed=4)


@pytest.fixture
def own(tmp_path: Path) -> Dataset:
    path = tmp_path / "iris.csv"
    rows = [f"{number / 8},{number % 5},{'yes' if number % 3 else 'no'}" for number in range(40)]
    path.write_text("\n".join(["a,b,sold", *rows]))
    data = read_own(path)
    path.unlink()
    return data


def same(first: Dataset, second: Dataset) -> bool:
    return all(torch.equal(getattr(first, part), getattr(second, part)) for part in stored_data.TENSORS)


def test_a_run_keeps_its_data_and_says_what_they_are(own: Dataset, tmp_path: Path) -> None:
    config = own_config(SMALL, own, label="sold", missing="drop")
    assert config.data == DataConfig(
        name="iris", seed=4, own=OwnData(label="sold", missing="drop", digest=digest_of(own))
    )
    result = train(config, runs=tmp_path / "runs", data=own)
    run = open_run(result.path)
    assert run.stores_data
    assert same(run.data(), own)
    assert (run.data().name, run.data().class_names) == ("iris", ("no", "yes"))
    assert run.config == config
    verify(result.path)
    # The name is a label: the irises of scikit-learn are not meant.
    with pytest.raises(
        UserError, match="data 'iris' were somebody's own, and no file is opened by that name"
    ):
        from_config(run.config.data, 0)
    with pytest.raises(UserError, match="data 'iris' were somebody's own"):
        train(run.config, runs=tmp_path / "runs")


def test_training_is_that_on_the_tensors(own: Dataset, tmp_path: Path) -> None:
    plain = (own.X_train, own.y_train, own.X_test, own.y_test)
    first = train(own_config(SMALL, own), runs=tmp_path, data=own)
    second = train(SMALL, runs=tmp_path, data=plain)
    losses = [open_run(result.path).epochs()["loss"].tolist() for result in (first, second)]
    assert losses[0] == losses[1]
    assert open_run(second.path).config.data.name == "own data"


def test_a_run_is_taken_up_and_trained_on_with_its_data(own: Dataset, tmp_path: Path) -> None:
    session = Session.begin(own_config(SMALL, own), tmp_path, data=own)
    session._stopping = True
    stopped = session.run()
    assert stopped.state == "interrupted"
    whole = train(own_config(SMALL, own), runs=tmp_path, data=own)
    resumed = resume(stopped.path)
    assert resumed.epochs == 3
    assert open_run(stopped.path).epochs()["loss"].tolist() == open_run(whole.path).epochs()["loss"].tolist()
    parent = open_run(whole.path)
    child = open_run(train(settings_to_go_on(parent), runs=tmp_path, start=parent).path)
    assert child.stores_data
    assert same(child.data(), own)
    other = settings_to_go_on(parent).model_copy(update={"data": DataConfig(name="moons")})
    assert not open_run(train(other, runs=tmp_path, start=parent).path).stores_data


def test_a_trainers_process_gets_the_data_with_its_order(
    own: Dataset, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    """What the process does with an order; that it arrives is tested in test_process.py."""
    words, tensors = stored_data.pack_data(replace(own, name="iris"))
    order = {
        "config": own_config(SMALL, own).model_dump(mode="json"),
        "runs": str(tmp_path),
        "parent": None,
        "pace": None,
        "data": {"words": words, "bytes": len(tensors), "tensors": tensors},
    }
    session = __import__("effdash.training.errand", fromlist=["_begin"])._begin(order)
    assert same(session.trainer.data, own)
    assert same(open_run(session.writer.path).data(), own)
    session._stopping = True
    session.run()
    order["data"]["tensors"] = b"broken"
    with pytest.raises(ValueError, match="its tensors are damaged"):
        carry_out(order)


def test_data_without_classes_or_test_part_or_too_large_are_refused(
    own: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        UserError, match="data 'iris' have no classes, and effdash trains networks to tell classes"
    ):
        train(SMALL, runs=tmp_path, data=replace(own, class_names=()))
    empty = replace(own, X_test=own.X_test[:0], y_test=own.y_test[:0])
    with pytest.raises(UserError, match="data 'iris' have no test samples"):
        train(SMALL, runs=tmp_path, data=empty)
    monkeypatch.setattr(stored_data, "MOST_BYTES", 100)
    with pytest.raises(UserError, match="bytes for the data are more than the 100 that a run file holds"):
        train(SMALL, runs=tmp_path / "runs", data=own)
    assert not list((tmp_path / "runs").glob("*"))


# What a file holds


def test_data_without_classes_and_without_test_part_come_back() -> None:
    X = torch.arange(6.0).reshape(3, 2)
    data = Dataset(
        X, torch.zeros(3).long(), X[:0], torch.zeros(0).long(), (), ("a", "b"), None, X[0], X[1], name="mine"
    )
    back = stored_data.unpack_data(*stored_data.pack_data(data))
    assert same(back, data)
    assert (back.n_classes, back.name) == (0, "mine")


def test_older_files_without_a_name_are_read(own: Dataset) -> None:
    words, tensors = stored_data.pack_data(own)
    older = {key: value for key, value in json.loads(words).items() if key != "name"}
    assert stored_data.unpack_data(json.dumps(older), tensors).name == ""


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": 3}, "its data has a name that cannot be"),
        ({"name": "x" * 1001}, "its data has a name that cannot be"),
        ({"class_names": []}, "its train data has a label that is no class"),
    ],
)
def test_words_that_cannot_be_are_refused(own: Dataset, change: dict, sentence: str) -> None:
    words, tensors = stored_data.pack_data(own)
    with pytest.raises(ValueError, match=sentence):
        stored_data.unpack_data(json.dumps({**json.loads(words), **change}), tensors)


def test_a_strangers_run_never_opens_a_file_by_its_datas_name(own: Dataset, tmp_path: Path) -> None:
    result = train(own_config(SMALL, own), runs=tmp_path / "runs", data=own)
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b,y\n" + "1,2,0\n3,4,1\n" * 9)
    with closing(sqlite3.connect(result.path)) as connection:
        config = json.loads(connection.execute("SELECT config FROM run").fetchone()[0])
        config["data"]["name"] = str(secret)
        connection.execute("UPDATE run SET config = ?", (json.dumps(config),))
        connection.execute("DELETE FROM data")
        connection.commit()
    with pytest.raises(UserError, match="no file is opened by that name"):
        open_run(result.path).data()
    config["data"]["own"] = None
    with closing(sqlite3.connect(result.path)) as connection:
        connection.execute("UPDATE run SET config = ?", (json.dumps(config),))
        connection.commit()
    with pytest.raises(UserError, match="is unknown; known are moons"):
        open_run(result.path).data()


def test_the_digest_tells_data_apart(own: Dataset) -> None:
    assert digest_of(own) == digest_of(replace(own, name="other"))
    assert digest_of(own) != digest_of(replace(own, X_train=own.X_train + 1))
    arrays = as_dataset((np.ones((4, 2)), [0, 1, 0, 1], np.ones((2, 2)), [0, 1]))
    assert len(digest_of(arrays)) == 16
