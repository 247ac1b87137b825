"""A network in training: epochs, losses and exact looks at it, without any file."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from effdash.config import OptimizerConfig, RunConfig
from effdash.jumpstart import Jumpstart, scheduled_weight
from effdash.observe import GradientReach, Layer, Observation, Recorder, find_layers, observe
from effdash.training.device import pick_device
from effdash.training.origin import Origin
from effdash.training.probe import Probe
from effdash.training.schedule import Dials, rate_factor
from effdash.vocab import JUMPSTART_LOSS, LOSS, TASK_LOSS, Split, UserError


class LossNotFiniteError(UserError):
    """The loss became nan or infinite; the message says in which epoch and batch."""


@dataclass(frozen=True)
class Look:
    """What a network does with the samples of one split."""

    observation: Observation
    accuracy: float


class Trainer:
    """Trains the network of a configuration, epoch by epoch.

    A run on the CPU is a function of its configuration and of what it begins with, bit for bit: shuffling,
    initialisation and data have generators of their own, and the global ones stay untouched.

    `origin` is the network to go on with, which is trained itself, and its data; `None`: a fresh one.

    Raises:
        UserError: the configuration names something unknown or impossible.
    """

    def __init__(self, config: RunConfig, origin: Origin | None = None) -> None:
        self.config = config
        self.device = pick_device(config.device)
        self.origin = Origin.fresh(config) if origin is None else origin
        self.data = self.origin.data
        self.model = self.origin.model.to(self.device)
        self.X = self.data.X_train.to(self.device)
        self.y = self.data.y_train.to(self.device)
        self.layers: list[Layer] = find_layers(self.model, self.X[:2])
        self.probes = {split: Probe.of(self.data, split, config.data_seed).to(self.device) for split in Split}
        self.recorder = Recorder(self.model)
        settings = config.jumpstart.model_dump(exclude={"weight", "schedule"})
        self.jumpstart = Jumpstart(self.model, recorder=self.recorder, **settings)
        self.gradients = GradientReach(self.recorder)
        self.optimizer = make_optimizer(config.optimizer, self.model, self.device)
        self.dials = Dials(config.jumpstart.weight, config.optimizer.lr, config.changes)
        self.shuffling = torch.Generator().manual_seed(config.seed)
        self.epoch = 0
        self._reach_wanted = True
        self.gradient_reach = np.zeros(sum(layer.units for layer in self.layers), dtype=np.float32)

    @property
    def batch_size(self) -> int:
        size = self.config.batch_size
        return len(self.X) if size == "full" else min(size, len(self.X))

    def jumpstart_weight(self, epoch: int) -> float:
        """Lambda in an epoch: its base value times its schedule's factor."""
        base = self.dials.values["jumpstart"]
        return scheduled_weight(base, self.config.jumpstart.schedule, epoch - 1, self.config.epochs)

    def learning_rate(self, epoch: int) -> float:
        """The learning rate in an epoch: its base value times its schedule's factor."""
        return self.dials.values["lr"] * rate_factor(
            self.config.optimizer.schedule, epoch, self.config.epochs
        )

    def look_at_initial_state(self) -> dict[str, float]:
        """Losses and gradient reach of the untrained network, from one backward pass that leaves no trace."""
        buffers = {name: buffer.clone() for name, buffer in self.model.named_buffers()}
        weight = self.jumpstart_weight(1)
        self._training_mode()
        with _rng_untouched(self.device):
            losses = self._backward(slice(0, self.batch_size), weight)
        self.optimizer.zero_grad(set_to_none=True)
        with torch.no_grad():
            for name, buffer in self.model.named_buffers():
                buffer.copy_(buffers[name])
        self._reach_wanted = True
        return _as_scalars(losses)

    def train_epoch(self, interrupted: Callable[[], bool]) -> dict[str, float] | None:
        """One pass over the training data.

        `interrupted` is asked between batches. Where it says yes the weights go back to the end of the last
        whole epoch and None is returned; otherwise the epoch's mean losses are.

        Raises:
            LossNotFiniteError: the loss became nan or infinite.
        """
        epoch = self.epoch + 1
        weight = self.jumpstart_weight(epoch)
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate(epoch)
        undo = self._snapshot() if self.batch_size < len(self.X) else None
        batches = self._batches()
        losses = []
        self._training_mode()
        for number, rows in enumerate(batches):
            if number and undo is not None and interrupted():
                undo()
                return None
            losses.append(self._backward(rows, weight))
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
        self._check_finite(epoch, losses)
        self.epoch = epoch
        sizes = torch.tensor([_count(rows, len(self.X)) for rows in batches], dtype=torch.float64)
        weights = (sizes / sizes.sum()).to(losses[0])
        return _as_scalars((torch.stack(losses) * weights.unsqueeze(1)).sum(0))

    def look(self, split: Split) -> Look:
        """One exact pass over a split's samples in evaluation mode: every unit, and the accuracy with it.

        Raises:
            UserError: a pre-activation is nan or infinite; the message names the layer.
        """
        probe = self.probes[split]
        correct = []

        def count_correct(rows: slice, output: Tensor) -> None:
            correct.append((output.argmax(1) == probe.y[rows]).sum())

        observation = observe(self.model, probe.X, recorder=self.recorder, on_output=count_correct)
        return Look(observation, float(torch.stack(correct).sum()) / len(probe.y))

    def want_gradient_reach(self) -> None:
        """Asks the next backward pass for the mean gradient at every unit."""
        self._reach_wanted = True

    def close(self) -> None:
        """Takes every hook off the model."""
        self.jumpstart.close()
        self.recorder.close()

    def _training_mode(self) -> None:
        """Looking leaves the mode as it was, so this is needed once; it takes a fifth of a small step."""
        if not self.model.training:
            self.model.train()

    def _backward(self, rows: slice | Tensor, weight: float) -> Tensor:
        """Gradients of one batch; returns (loss, task's part, jumpstart's part), detached, on the device."""
        wanted = self._reach_wanted
        if wanted:
            self.gradients.arm()
        task = cross_entropy(self.model(self.X[rows]), self.y[rows])
        regularizer = weight * self.jumpstart.loss if weight else torch.zeros_like(task)
        loss = task + regularizer
        loss.backward()
        if wanted:
            self.gradient_reach = self.gradients.mean_abs()
            self._reach_wanted = False
        return torch.stack([loss.detach(), task.detach(), regularizer.detach()])

    def _batches(self) -> list[slice | Tensor]:
        """The rows of every batch, shuffled; a last batch of one sample joins the one before it."""
        n = len(self.X)
        if self.batch_size >= n:
            return [slice(0, n)]
        order = torch.randperm(n, generator=self.shuffling).to(self.device)
        batches = list(order.split(self.batch_size))
        if len(batches[-1]) == 1:
            batches[-2:] = [torch.cat(batches[-2:])]
        return [*batches]

    def _snapshot(self) -> Callable[[], None]:
        """Copies all that an epoch moves and returns what brings it back."""
        weights = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        moments = _copied(self.optimizer.state_dict())
        shuffling = self.shuffling.get_state()

        def undo() -> None:
            self.model.load_state_dict(weights)
            self.optimizer.load_state_dict(moments)
            self.optimizer.zero_grad(set_to_none=True)
            self.shuffling.set_state(shuffling)

        return undo

    def _check_finite(self, epoch: int, losses: list[Tensor]) -> None:
        finite = torch.isfinite(torch.stack(losses)[:, 0])
        if finite.all():
            return
        batch = int((~finite).nonzero()[0])
        word = "nan" if math.isnan(float(losses[batch][0])) else "infinite"
        raise LossNotFiniteError(
            f"the loss became {word} in epoch {epoch}, batch {batch + 1} of {len(losses)}; "
            "the epochs before are kept; try a lower learning rate"
        )


def make_optimizer(config: OptimizerConfig, model: nn.Module, device: torch.device) -> torch.optim.Optimizer:
    """The optimizer of a configuration, fused into one kernel a step where torch offers that."""
    fused = device.type in ("cpu", "cuda")
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if config.name == "sgd":
        return torch.optim.SGD(
            parameters, lr=config.lr, momentum=config.momentum, weight_decay=config.weight_decay, fused=fused
        )
    kind = torch.optim.Adam if config.name == "adam" else torch.optim.AdamW
    return kind(parameters, lr=config.lr, weight_decay=config.weight_decay, fused=fused)


def _as_scalars(losses: Tensor) -> dict[str, float]:
    return dict(zip((LOSS, TASK_LOSS, JUMPSTART_LOSS), losses.tolist(), strict=True))


def _count(rows: slice | Tensor, n: int) -> int:
    return len(range(*rows.indices(n))) if isinstance(rows, slice) else len(rows)


def _copied(state: dict) -> dict:
    """An optimizer's state with its tensors copied."""
    moments = {
        index: {key: value.clone() if isinstance(value, Tensor) else value for key, value in entry.items()}
        for index, entry in state["state"].items()
    }
    return {"state": moments, "param_groups": [dict(group) for group in state["param_groups"]]}


@contextmanager
def _rng_untouched(device: torch.device) -> Iterator[None]:
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        yield
