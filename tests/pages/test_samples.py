"""What becomes of single samples on the Units page: for all kinds of data, networks, splits and addresses."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from effdash.config import DataConfig, NetworkConfig, RunConfig
from effdash.figures import Payload
from effdash.observe import record_preactivations
from effdash.observe.hearing import silent_from
from effdash.runs import Run, open_run
from effdash.training.session import train
from pages.shared import canvas, unit_samples
from pages.shared.silent_samples import MOST_PICTURES

from .conftest import again, figures, plainly, tamper


@dataclass
class Drawn:
    """The payloads of the last visit by kind of figure."""

    payloads: dict[str, Payload]

    def __getitem__(self, kind: str) -> Payload:
        return self.payloads[kind]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    noted = Drawn({})
    mount = canvas.mount

    def note(kind: str, payload: Payload, **more: Any) -> None:
        noted.payloads[f"{kind} {more['key']}" if kind == "images" else kind] = payload
        mount(kind, payload, **more)

    monkeypatch.setattr(canvas, "mount", note)
    return noted


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Runs of one epoch: networks of 30 x 4 that are born with silent samples, and small ones without any."""
    folder = tmp_path_factory.mktemp("made")
    deep = NetworkConfig(depth=30, width=4)
    wide = NetworkConfig(depth=1, width=64)
    networks = {
        "moons": deep,
        "iris": deep,
        "digits": deep,
        "moons skip": NetworkConfig(depth=30, width=4, skip=2),
        "iris wide": wide,
        "digits wide": wide,
    }
    paths = {}
    for name, network in networks.items():
        data = DataConfig(name=name.split()[0])
        config = RunConfig(data=data, network=network, epochs=1, batch_size=512, device="cpu")
        paths[name] = train(config, runs=folder, run_id=name.replace(" ", "-")).path
    return paths


@pytest.fixture
def one_of(shelf: Any, made: dict[str, Path]) -> Callable[[str], Run]:
    """Puts a run of `made` on the shelf, as `deep`."""
    return lambda name: open_run(shutil.copyfile(made[name], shelf.path / "deep.effdash"))


def status_of(run: Run, split: str = "train") -> np.ndarray:
    """(layer, sample) at the last epoch."""
    return run.history("point_status", split).values[-1]


def test_the_plane_rings_what_the_file_says_is_silent(visit, one_of, drawn):
    run = one_of("moons")
    silent = silent_from(status_of(run))
    assert silent.min() < 30
    app = visit("units", run="deep")
    assert {"layer band", "sample efficiency", "sample plane", "sample way"} <= figures(app)
    assert drawn["sample_plane"].arrays["silent"].tolist() == silent.tolist()
    assert drawn["sample_plane"].arrays["numbers"].tolist() == list(range(85))
    assert drawn["sample_way"].header["sample"] == silent.argmin()
    assert drawn["sample_way"].header["silent"] == silent.min()
    assert "Nobody hears" in plainly(app)
    slow = np.mean([status_of(run)[layer:].min(0) > 0 for layer in range(30)])
    assert drawn["sample_efficiency"].arrays["efficiency"][-1] == pytest.approx(slow)


def test_the_way_counts_what_the_network_does(visit, one_of, drawn):
    run = one_of("moons")
    visit("units", run="deep", sample=17)
    data, model = run.data(), run.model()
    with torch.no_grad(), record_preactivations(model) as record:
        answer = model(data.X_train)[17].argmax()
        firing = [int((record[layer.name][17] > 0).sum()) for layer in run.layers]
    payload = drawn["sample_way"]
    assert payload.arrays["firing"].tolist() == firing
    assert payload.arrays["status"].tolist() == status_of(run)[:, 17].tolist()
    assert f"The network answers “{data.class_names[answer]}”" in payload.header["sentence"]
    assert payload.header["sentence"].endswith("right.") == (int(answer) == int(data.y_train[17]))
    assert payload.header["qualifier"] == "train · epoch 1"


def test_a_sample_is_chosen_and_stays_in_the_address(visit, one_of, drawn):
    one_of("moons")
    app = visit("units", run="deep")
    choice = next(box for box in app.selectbox if box.key and box.key.startswith("sample after"))
    assert choice.options[12].startswith("Sample 12 · “class")
    choice.set_value(12)
    again(app)
    assert app.query_params["sample"] in ("12", ["12"])
    assert drawn["sample_way"].header["sample"] == 12
    assert drawn["sample_plane"].header["chosen"] == 12


@pytest.mark.parametrize("sample", [85, 10**17])
def test_a_sample_that_is_not_there_is_told(visit, one_of, sample):
    one_of("moons")
    assert f"Sample {sample} is none of the train samples" in plainly(
        visit("units", run="deep", sample=sample)
    )
    assert "none of the" not in plainly(visit("units", run="deep", sample=84))
    assert "none of the" not in plainly(visit("units", run="deep", sample="<b>"))


def test_the_test_split_has_samples_of_its_own(visit, one_of, drawn):
    run = one_of("moons")
    app = visit("units", run="deep", split="test")
    assert drawn["sample_plane"].arrays["silent"].tolist() == silent_from(status_of(run, "test")).tolist()
    assert drawn["sample_plane"].arrays["heldOut"].all()
    assert drawn["sample_way"].header["qualifier"] == "test · epoch 1"
    assert "15 test samples" in plainly(app)


def test_with_skip_connections_nobody_is_called_silent(visit, one_of, drawn):
    one_of("moons skip")
    app = visit("units", run="deep")
    shown = figures(app)
    assert {"layer band", "sample way"} <= shown
    assert not {"sample efficiency", "sample plane", "silent pictures"} & shown
    assert unit_samples.SKIPPED in plainly(app)
    assert drawn["sample_way"].header["silent"] is None


def test_silent_images_are_shown_worst_first(visit, one_of, drawn):
    run = one_of("digits")
    silent = silent_from(status_of(run))
    order = np.argsort(silent, kind="stable")[:MOST_PICTURES]
    app = visit("units", run="deep")
    assert "silent pictures" in figures(app)
    pictures = drawn["images silent pictures"]
    assert pictures.header["captions"] == [run.layers[place].name for place in silent[order]]
    data, numbers = run.data(), run.probe()
    first = data.X_train[numbers[order[0]]] * data.scale + data.mean
    assert pictures.arrays["images"][0] == pytest.approx(first.reshape(8, 8).numpy())
    assert pictures.header["chosen"] == 0
    assert "1,024 train samples that are followed (of 1,437)" in plainly(app)
    assert drawn["sample_way"].arrays["image"].shape == (8, 8)


def test_silent_rows_of_a_table_are_listed(visit, one_of):
    run = one_of("iris")
    silent = silent_from(status_of(run))
    table = visit("units", run="deep").dataframe[0].value
    assert list(table.columns) == ["sample", "class", "silent from", "layer no."]
    assert table["layer no."].tolist() == (np.sort(silent[silent < 30]) + 1).tolist()
    name = run.data().class_names[run.data().y_train[table["sample"].iloc[0]]]
    assert table["class"].iloc[0] == name


@pytest.mark.parametrize("data", ["iris", "digits"])
def test_where_all_are_heard_one_sentence_says_so(visit, one_of, drawn, data):
    one_of(f"{data} wide")
    app = visit("units", run="deep")
    assert "is heard at every layer." in plainly(app)
    assert not {"silent pictures", "sample plane"} & figures(app)
    assert drawn["sample_efficiency"].header["alwaysWhole"]
    assert drawn["sample_way"].header["sentence"].startswith("Heard at every layer.")


def test_the_chosen_unit_s_layer_is_shown_over_the_epochs(visit, shelf, drawn):
    run = open_run(shelf.finished("done"))
    visit("units", run="done", layer="fc2", unit=3, epoch=4)
    band = drawn["layer_band"]
    assert (band.header["layer"], band.header["chosen"], band.header["epoch"]) == ("fc2", 3, 4)
    assert (band.arrays["status"] & 3).T.tolist() == run.status_history()[:, 4:8].tolist()
    constant = run.units(layer="fc2")["constant"].to_numpy().reshape(7, 4)
    assert (band.arrays["status"] >> 2).T.tolist() == constant.astype(int).tolist()


def test_a_run_with_one_epoch(visit, shelf, drawn):
    path = shelf.finished("one")
    for table in ("epoch", "quantity", "checkpoint"):
        tamper(path, f"DELETE FROM {table} WHERE epoch > 0")
    visit("units", run="one")
    assert drawn["layer_band"].arrays["epochs"].tolist() == [0]
    assert len(drawn["sample_efficiency"].arrays["efficiency"]) == 1


def test_without_weights_the_way_tells_the_recorded_statuses(visit, shelf, drawn):
    run = open_run(shelf.finished("bare"))
    tamper(run.path, "DELETE FROM checkpoint")
    visit("units", run="bare", sample=3, epoch=2)
    way = drawn["sample_way"]
    assert "firing" not in way.arrays
    assert way.arrays["status"].tolist() == run.history("point_status").values[2][:, 3].tolist()
    assert way.header["sentence"].endswith("Without its weights the answer is not known.")


def test_between_kept_weights_the_way_is_that_of_the_weights(visit, shelf, drawn):
    run = open_run(shelf.finished("sparse"))
    tamper(run.path, "DELETE FROM checkpoint WHERE epoch BETWEEN 3 AND 5")
    visit("units", run="sparse", sample=3, epoch=5)
    assert drawn["sample_way"].header["qualifier"] == "train · weights of epoch 2"
    assert (
        drawn["sample_way"].arrays["status"].tolist() == run.history("point_status").values[2][:, 3].tolist()
    )


def test_the_other_split_forgets_the_sample_as_its_number_means_another_one(visit, one_of):
    one_of("moons")
    app = visit("units", run="deep", sample=12)
    app.segmented_control[0].set_value("test")
    again(app)
    assert "sample" not in app.query_params
