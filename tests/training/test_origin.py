"""Training on from another run's network and weights: exact at first, resumed as if never stopped."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from effdash.config import Change, DataConfig, NetworkConfig, RunConfig
from effdash.models.graph import GraphModel
from effdash.pruning import save_pruned
from effdash.runs import Run, RunWriter, open_run
from effdash.runs.verification import verify
from effdash.training.origin import settings_to_go_on
from effdash.training.process import TrainerProcess
from effdash.training.session import Session, resume, train
from effdash.vocab import RunState

from .going_on import go_on, logits, pruned_from
from .test_session import at_epoch, final_weights, steered

NETWORKS = {
    "dense": NetworkConfig(depth=3, width=6),
    "batch norm": NetworkConfig(depth=2, width=5, batch_norm=True),
    "linked": NetworkConfig(depth=2, width=4, activation="lk-prelu"),
    "residual": NetworkConfig(name="residual", depth=4, width=3),
}


@pytest.fixture(params=NETWORKS)
def config(request: pytest.FixtureRequest) -> RunConfig:
    """Three batches an epoch of two moons, of every kind of network."""
    name = "digits" if request.param == "residual" else "moons"
    return RunConfig(
        data=DataConfig(name=name, samples=None if name == "digits" else 60),
        network=NETWORKS[request.param],
        epochs=2 if name == "digits" else 4,
        batch_size=500 if name == "digits" else 20,
        device="cpu",
    )


@pytest.fixture
def parent(config: RunConfig, tmp_path: Path) -> Run:
    return open_run(train(config, runs=tmp_path).path)


@pytest.mark.parametrize("pruned", [False, True])
def test_epoch_0_answers_what_the_parent_answers(parent: Run, pruned: bool) -> None:
    if pruned:
        parent = pruned_from(parent)
    child = open_run(go_on(parent, epochs=1).path)
    verify(child.path)
    assert torch.equal(logits(child, 0), logits(parent))
    assert (child.parent, child.config.start.run) == (parent.id, parent.id)
    assert child.config.start.epoch == parent.checkpoints()[-1]
    assert child.layers == parent.layers
    last = parent.last_epoch
    for split in ("train", "test"):
        was, now = parent.units(epoch=last, split=split), child.units(epoch=0, split=split)
        assert was["status"].equals(now["status"])
        np.testing.assert_allclose(now["max"], was["max"], rtol=1e-5, atol=1e-6)
    assert child.epochs()["train_accuracy"][0] == parent.epochs()["train_accuracy"].iloc[-1]


def test_what_was_pruned_trains_with_the_layers_that_are_left(parent: Run) -> None:
    small = pruned_from(parent)
    child = open_run(go_on(small).path)
    assert child.n_units == small.n_units < parent.n_units
    assert isinstance(child.model(), GraphModel)
    assert child.has_ways_around == parent.has_ways_around
    assert (child.state, child.last_epoch) == (RunState.FINISHED, 4)
    assert not torch.equal(logits(child), logits(small))


@pytest.mark.parametrize("pruned", [False, True])
def test_stopped_and_resumed_equals_never_stopped(parent: Run, pruned: bool) -> None:
    if pruned:
        parent = pruned_from(parent)
    changes = (Change(epoch=2, jumpstart=0.3),)
    config = settings_to_go_on(parent).model_copy(update={"epochs": 6, "changes": changes})
    folder = parent.path.parent
    whole = train(config, runs=folder, start=parent)
    session = Session.begin(config, folder, start=parent)
    session.on_epoch = at_epoch(3, lambda: setattr(session, "_stopping", True))
    stopped = session.run()
    assert (stopped.state, stopped.epochs) == (RunState.INTERRUPTED, 3)
    parent.path.unlink()
    resumed = resume(stopped.path)
    assert resumed.state == RunState.FINISHED
    one, other = final_weights(whole.path), final_weights(resumed.path)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    rows = ["epoch", "loss", "train_accuracy", "test_accuracy", "jumpstart", "lr"]
    assert open_run(whole.path).epochs()[rows].equals(open_run(resumed.path).epochs()[rows])


def test_killed_before_its_first_epoch_it_still_knows_what_it_began_with(
    moons: RunConfig, tmp_path: Path
) -> None:
    small = pruned_from(open_run(train(moons, runs=tmp_path).path))
    config = settings_to_go_on(small)
    whole = train(config, runs=tmp_path, start=small)
    session = Session.begin(config, tmp_path, start=small)
    session.trainer.close()
    session.writer.close(RunState.INTERRUPTED)
    path = session.writer.path
    assert open_run(path).recorded_epochs == []
    resume(path)
    one, other = final_weights(whole.path), final_weights(path)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_an_earlier_epoch_can_be_the_start(moons: RunConfig, tmp_path: Path) -> None:
    parent = open_run(train(moons, runs=tmp_path).path)
    result = train(settings_to_go_on(parent), runs=tmp_path, start=parent, start_epoch=5)
    child = open_run(result.path)
    assert child.config.start.epoch == 5
    assert torch.equal(logits(child, 0), logits(parent, 5))


def test_what_a_run_began_with_is_the_same_from_wherever_it_is_taken(
    moons: RunConfig, tmp_path: Path
) -> None:
    parent = open_run(train(moons, runs=tmp_path).path)
    child = open_run(go_on(pruned_from(parent)).path)
    again = open_run(train(settings_to_go_on(child), runs=tmp_path, start=child, start_epoch=0).path)
    assert again.parent == child.id
    assert again.config.start == child.config.start
    assert torch.equal(logits(again, 0), logits(child, 0))


def test_another_seed_shuffles_anew_on_the_same_data(batches: RunConfig, tmp_path: Path) -> None:
    parent = open_run(train(batches, runs=tmp_path).path)
    config = settings_to_go_on(parent)
    one, other = (
        open_run(train(config.model_copy(update={"seed": seed}), runs=tmp_path, start=parent).path)
        for seed in (0, 1)
    )
    assert torch.equal(one.data().X_train, other.data().X_train)
    assert torch.equal(one.data().X_train, parent.data().X_train)
    assert not torch.equal(logits(one), logits(other))


def test_settings_go_on_as_they_stood_at_the_end(moons: RunConfig, tmp_path: Path) -> None:
    planned = moons.model_copy(update={"name": "first", "seed": 7, "changes": (Change(epoch=9, lr=0.04),)})
    stopped = steered(planned, tmp_path, 4, ("jumpstart", 0.9), ("stop", None)).run()
    config = settings_to_go_on(open_run(resume(stopped.path).path))
    assert (config.jumpstart.weight, config.optimizer.lr) == (0.9, 0.04)
    assert (config.name, config.changes, config.start) == (None, (), None)
    assert (config.seed, config.data.seed) == (7, 7)
    interrupted = settings_to_go_on(open_run(steered(planned, tmp_path, 4, ("stop", None)).run().path))
    assert (interrupted.jumpstart.weight, interrupted.optimizer.lr) == (0.1, 0.005)


def test_data_in_the_file_stay_with_the_network(moons: RunConfig, tmp_path: Path) -> None:
    """Those that their name does not give again, through pruning, training on and resuming."""
    first = open_run(train(moons, runs=tmp_path).path)
    data = first.data()
    own = replace(data, X_train=1.5 * data.X_train.double(), X_test=data.X_test.double())
    writer = RunWriter.create(tmp_path, describe_again(first, own), run_id="own")
    writer.epoch(record_again(first), checkpoint=first.weights()[1])
    writer.close(RunState.FINISHED)
    run = open_run(writer.path)
    child = open_run(go_on(pruned_from(run)).path)
    for each in (run, open_run(tmp_path / f"{child.parent}.effdash")):
        assert each.stores_data
        assert torch.equal(each.data().X_train, own.X_train)
    # Networks are trained in single precision, so the data are kept as they were seen.
    assert child.stores_data
    assert torch.equal(child.data().X_train, own.X_train.float())
    assert not first.stores_data
    other = go_on(run, data=moons.data.model_copy(update={"noise": 0.3}))
    assert not open_run(other.path).stores_data


def describe_again(run: Run, data):
    from effdash.runs import RunDescription

    return RunDescription(
        config=run.config,
        layers=run.layers,
        input_shape=run.input_shape,
        n_classes=run.n_classes,
        data_sizes={split: run.data_size(split) for split in run.splits},
        probe={split: run.probe(split) for split in run.splits},
        data=data,
    )


def record_again(run: Run):
    from effdash.training.recording import make_record
    from effdash.training.trainer import Trainer

    trainer = Trainer(run.config)
    record = make_record(trainer, {}, 0.0)
    trainer.close()
    return record


def test_weights_of_another_precision_are_trained_in_single(moons: RunConfig, tmp_path: Path) -> None:
    parent = open_run(train(moons, runs=tmp_path).path)
    path = save_pruned(parent.model().double(), parent.data(), tmp_path, parent=parent)
    double = open_run(path)
    assert next(double.model().parameters()).dtype == torch.float64
    child = open_run(go_on(double).path)
    assert torch.equal(logits(child, 0), logits(parent))


def test_a_trainer_process_goes_on_from_a_run(moons: RunConfig, tmp_path: Path) -> None:
    small = pruned_from(open_run(train(moons, runs=tmp_path).path))
    config = settings_to_go_on(small)
    here = train(config, runs=tmp_path, start=small)
    process = TrainerProcess()
    run_id = process.train(config, tmp_path, start=small)
    child = open_run(tmp_path / f"{run_id}.effdash")
    assert child.parent == small.id
    wait_until_finished(child)
    one, other = final_weights(here.path), final_weights(child.path)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_trainer_process_begins_with_an_earlier_epoch_of_a_shipped_run(tmp_path: Path) -> None:
    path = Path(__file__).parents[2] / "assets" / "runs" / "born-dead.effdash"
    parent = Run(path, shipped=True)
    earlier = parent.checkpoints()[1]
    config = settings_to_go_on(parent).model_copy(update={"epochs": 1})
    run_id = TrainerProcess().train(config, tmp_path, start=parent, start_epoch=earlier)
    child = open_run(tmp_path / f"{run_id}.effdash")
    assert (child.config.start.run, child.config.start.epoch) == ("born-dead", earlier)
    assert torch.equal(logits(child, 0), logits(parent, earlier))
    wait_until_finished(child)


def wait_until_finished(run: Run) -> None:
    from .test_process import wait_for

    wait_for(lambda: run.state == RunState.FINISHED)
