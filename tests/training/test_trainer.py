"""The loop, against one written out in the plainest way."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from effdash import data, models
from effdash.config import NetworkConfig, OptimizerConfig
from effdash.jumpstart import jumpstart_loss, scheduled_weight
from effdash.observe import record_preactivations
from effdash.training.schedule import rate_factor
from effdash.training.trainer import LossNotFiniteError, Trainer
from effdash.vocab import Split, UserError


def never() -> bool:
    return False


def weights_of(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}


def assert_same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name


def trained(config, epochs: int) -> Trainer:
    trainer = Trainer(config)
    for _ in range(epochs):
        trainer.dials.turn_to(trainer.epoch + 1)
        trainer.train_epoch(never)
    return trainer


def plain_loop(config) -> dict[str, torch.Tensor]:
    """The same training without anything of the trainer's."""
    sets = data.from_config(config.data, config.data_seed)
    model = models.from_config(
        config.network, input_shape=sets.input_shape, n_classes=sets.n_classes, seed=config.seed
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=config.optimizer.lr, fused=True)
    shuffling = torch.Generator().manual_seed(config.seed)
    size = len(sets.X_train) if config.batch_size == "full" else config.batch_size
    with record_preactivations(model) as record:
        for epoch in range(1, config.epochs + 1):
            for group in optimizer.param_groups:
                factor = rate_factor(config.optimizer.schedule, epoch, config.epochs)
                group["lr"] = config.optimizer.lr * factor
            order = torch.arange(len(sets.X_train))
            if size < len(order):
                order = torch.randperm(len(order), generator=shuffling)
            for rows in order.split(size):
                optimizer.zero_grad()
                loss = cross_entropy(model(sets.X_train[rows]), sets.y_train[rows])
                strength = config.jumpstart
                weight = scheduled_weight(strength.weight, strength.schedule, epoch - 1, config.epochs)
                loss = loss + weight * jumpstart_loss(record.preactivations)
                loss.backward()
                optimizer.step()
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


@pytest.mark.parametrize("which", ["moons", "batches"])
def test_training_is_the_plain_loop(which, request):
    config = request.getfixturevalue(which)
    expected = plain_loop(config)
    actual = weights_of(trained(config, config.epochs))
    for name, tensor in expected.items():
        torch.testing.assert_close(actual[name], tensor, rtol=1e-4, atol=1e-5)


def test_the_same_configuration_gives_the_same_bits_whatever_the_global_generators_say(batches):
    torch.manual_seed(1)
    one = weights_of(trained(batches, 4))
    torch.manual_seed(2)
    before = torch.get_rng_state()
    other = weights_of(trained(batches, 4))
    assert_same(one, other)
    assert torch.equal(before, torch.get_rng_state())


def test_looking_changes_nothing(batches):
    trainer = Trainer(batches)
    looked_at = Trainer(batches)
    for _ in range(3):
        looked_at.look_at_initial_state()
        looked_at.look(Split.TRAIN)
        looked_at.look(Split.TEST)
        trainer.train_epoch(never)
        looked_at.train_epoch(never)
    assert_same(weights_of(trainer), weights_of(looked_at))


def test_an_interrupted_epoch_leaves_the_last_whole_one(batches):
    straight = trained(batches, 5)
    broken = trained(batches, 3)
    at_three = weights_of(broken)
    assert broken.train_epoch(lambda: True) is None
    assert broken.epoch == 3
    assert_same(at_three, weights_of(broken))
    broken.train_epoch(never)
    broken.train_epoch(never)
    assert_same(weights_of(straight), weights_of(broken))


def test_losses_are_the_parts_of_the_whole(batches):
    losses = Trainer(batches).train_epoch(never)
    assert losses["loss"] == pytest.approx(losses["task_loss"] + losses["jumpstart_loss"])
    assert losses["jumpstart_loss"] > 0


def test_accuracy_comes_from_the_same_pass_and_is_right(batches):
    trainer = trained(batches, 5)
    look = trainer.look(Split.TEST)
    trainer.model.eval()
    answers = trainer.model(trainer.data.X_test).argmax(1)
    assert look.accuracy == pytest.approx((answers == trainer.data.y_test).float().mean().item())
    assert look.observation.n_samples == len(trainer.data.y_test)


def test_gradient_reach_is_taken_from_the_first_backward_after_it_was_wanted(moons):
    trainer = Trainer(moons)
    trainer.look_at_initial_state()
    initial = trainer.gradient_reach.copy()
    assert (initial > 0).any()
    trainer.train_epoch(never)  # full batch from the same weights: the same gradient
    np.testing.assert_allclose(trainer.gradient_reach, initial, rtol=1e-5)
    trainer.train_epoch(never)  # not wanted: kept
    np.testing.assert_allclose(trainer.gradient_reach, initial, rtol=1e-5)
    trainer.want_gradient_reach()
    trainer.train_epoch(never)
    assert not np.allclose(trainer.gradient_reach, initial, rtol=1e-5)


def test_a_last_batch_of_one_sample_joins_the_one_before(batches):
    config = batches.model_copy(update={"batch_size": 25})  # 51 training samples
    trainer = Trainer(config)
    assert [len(rows) for rows in trainer._batches()] == [25, 26]


def test_a_loss_that_becomes_nan_says_where(batches):
    config = batches.model_copy(update={"optimizer": OptimizerConfig(name="sgd", lr=1e30)})
    trainer = Trainer(config)
    with pytest.raises(
        LossNotFiniteError, match=r"the loss became (nan|infinite) in epoch 1, batch [23] of 3"
    ):
        trainer.train_epoch(never)
    assert trainer.epoch == 0


@pytest.mark.parametrize(
    ("optimizer", "kind"),
    [
        (OptimizerConfig(name="sgd", momentum=0.9, weight_decay=0.1), torch.optim.SGD),
        (OptimizerConfig(name="adamw", weight_decay=0.1), torch.optim.AdamW),
        (OptimizerConfig(), torch.optim.Adam),
    ],
)
def test_optimizers(moons, optimizer, kind):
    trainer = Trainer(moons.model_copy(update={"optimizer": optimizer}))
    group = trainer.optimizer.param_groups[0]
    assert type(trainer.optimizer) is kind
    assert group["weight_decay"] == optimizer.weight_decay
    assert group.get("momentum", 0.0) == optimizer.momentum


def test_a_device_that_is_not_here_is_said(moons):
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(UserError, match="'cuda' is not on this machine: it has no CUDA device"):
        Trainer(moons.model_copy(update={"device": "cuda"}))


def test_unknown_names_are_said_before_anything_is_made(moons):
    with pytest.raises(UserError, match=r"'nonsense'.*relu"):
        Trainer(moons.model_copy(update={"network": NetworkConfig(activation="nonsense")}))
