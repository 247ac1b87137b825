"""One look at somebody's network after an epoch: its units, its answers, the gradient at the units."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from effdash.observe import GradientReach, Observation, Recorder, observe
from effdash.observe.batches import Call, for_model, n_samples, parts_of
from effdash.observe.extremes import PassGatherer
from effdash.observe.room import fitting
from effdash.observe.status import NoPointsError
from effdash.observe.untouched import untouched
from effdash.vocab import UserError
from effdash.watcher.probe import Probe, class_numbers
from effdash.watcher.ranks import Alone

BATCH: Final = 4096
GRADIENT_SAMPLES: Final = 256
"""On so many samples the gradient is taken, so that it costs a step or less."""


@dataclass(frozen=True)
class Seen:
    """What the units did with a split, and how many of how many samples were answered rightly."""

    observation: Observation
    right: int
    answered: int

    @property
    def accuracy(self) -> float:
        """Nan where answers cannot be judged."""
        return self.right / self.answered if self.answered else np.nan


class Looker:
    """Looks at a network; between two looks no hook is on it."""

    def __init__(self, network: nn.Module, call: Call, ranks: Alone) -> None:
        self.network = network
        self.points = True
        self.n_classes = 0
        self.answer_width = 0
        self.threshold = 0.0
        """Of one number a sample, from which on the answer is the second class."""
        self._call = call
        self._ranks = ranks
        self._recorder = Recorder(network)
        self._recorder.close()
        self._gradients = True

    def look_first(self, probe: Probe) -> Observation:
        """Finds the layers, and whether there are classes, from a few samples; merges nothing.

        Raises:
            UserError: the model applies no nonlinearity, or does not take the samples.
        """
        few = probe.cut(2) if probe.whole else probe
        answers: list[Any] = []
        try:
            seen = self._observe(few.batches[:1], lambda rows, output: answers.append(output), None)
        except NoPointsError:
            self.points = False
            seen = self._observe(few.batches[:1], lambda rows, output: answers.append(output), None)
        logits = logits_of(answers[0])
        self.answer_width = 0 if logits is None else logits[:1].numel()
        self.n_classes = classes_of(logits, probe.labels())
        return seen

    def cut(self, probe: Probe, layers: Any) -> Probe:
        """A probe in batches that leave room for these layers."""
        return probe.cut(fitting(layers, BATCH))

    def look(self, probe: Probe) -> Seen:
        """One exact pass, over the samples of all processes.

        Raises:
            UserError: a pre-activation is nan or infinite; another process failed.
        """
        judged = self.n_classes or self.threshold
        labels = class_numbers(probe.labels()) if judged else None
        count = {"right": 0, "answered": 0}
        met = False

        def judge(rows: slice, output: Any) -> None:
            logits = logits_of(output)
            if labels is None or logits is None:
                return
            several = logits.ndim == 2 and logits.shape[1] > 1
            decided = logits.argmax(1) if several else logits.reshape(-1) > self.threshold
            count["right"] += int((decided.cpu().long().numpy() == labels[rows]).sum())
            count["answered"] += len(labels[rows])

        def merge(gathered: PassGatherer) -> None:
            nonlocal met
            met = True
            well = bool(gathered.units.isfinite().all())
            self._ranks.agree([gathered.units.shape[1]], well=well)
            if well:
                self._ranks.merge(gathered)

        try:
            with self._ranks.one_network(self.network):
                observation = self._observe(probe.batches, judge, merge)
        except Exception:
            if not met:
                self._ranks.agree([0], well=False)
            raise
        right, answered = self._ranks.sums([count["right"], count["answered"]])
        return Seen(observation, right, answered)

    def gradient(self, probe: Probe) -> np.ndarray | None:
        """Mean |dL/dZ| of every unit, float32 (unit), of the cross-entropy of a few samples; `None`: unknown.

        In evaluation mode; no gradient of a parameter is computed, so that nothing of a training step, and no
        hook on a parameter, notices.
        """
        if not self._gradients or not self.n_classes or _listens_backwards(self.network):
            return None
        batch = probe.batches[0]
        rows = slice(0, min(GRADIENT_SAMPLES, n_samples(batch)))
        labels = class_numbers(probe.labels())
        args, kwargs, _ = parts_of(batch)
        if labels is None or len(args) != 1 or kwargs or not isinstance(args[0], Tensor):
            return None
        x = for_model(self.network, args[0][rows])
        if not x.is_floating_point():
            return None
        try:
            return self._reach(
                x.detach().clone().requires_grad_(), torch.from_numpy(labels[rows]).to(x.device)
            )
        except (UserError, RuntimeError):
            # Reentrant checkpointing, a custom function without a backward, …: then it is not known.
            self._gradients = False
            return None

    def _reach(self, x: Tensor, y: Tensor) -> np.ndarray:
        recorder = self._recorder
        with untouched(self.network), torch.enable_grad(), self._attached():
            reach = GradientReach(recorder)
            reach.arm()
            try:
                # Not the samples themselves: a network that writes over what it is given cannot do so there.
                logits = logits_of(self._call(self.network, (x * 1, y)))
                if logits is None:
                    raise UserError("the network answers with no tensor")
                if logits.ndim == 2 and logits.shape[1] > 1:
                    loss = cross_entropy(logits, y)
                else:
                    loss = binary_cross_entropy_with_logits(logits.reshape(-1), y.to(logits.dtype))
                torch.autograd.grad(loss, x)
                return reach.mean_abs()
            finally:
                reach.disarm()
                recorder.clear()

    def _observe(
        self,
        batches: list[Any],
        on_output: Callable[[slice, Any], None],
        merge: Callable[[PassGatherer], None] | None,
    ) -> Observation:
        with self._attached():
            return observe(
                self.network,
                iter(batches),
                recorder=self._recorder,
                on_output=on_output,
                points=self.points,
                call=self._call,
                merge=merge,
            )

    @contextmanager
    def _attached(self) -> Iterator[None]:
        """The recorder's hooks are on the network inside."""
        self._recorder.attach()
        try:
            yield
        finally:
            self._recorder.close()


def logits_of(output: Any) -> Tensor | None:
    """The tensor in what a model answers: itself, `.logits`, `["logits"]`, the first of a tuple."""
    for found in (output, getattr(output, "logits", None)):
        if isinstance(found, Tensor):
            return found
    if isinstance(output, dict):
        return output["logits"] if isinstance(output.get("logits"), Tensor) else None
    if isinstance(output, tuple | list) and output and isinstance(output[0], Tensor):
        return output[0]
    return None


def classes_of(logits: Tensor | None, labels: Tensor | None) -> int:
    """How many classes a network answers with; 0: it is none that answers with classes."""
    numbers = class_numbers(labels)
    if logits is None or numbers is None or labels is None or logits.ndim > 2 or logits.ndim == 0:
        return 0
    width = logits.shape[1] if logits.ndim == 2 else 1
    if width == 1:
        return 2 if numbers.max() <= 1 else 0
    # Measurements, one a class, are no class numbers; these come as whole numbers.
    return width if not labels.is_floating_point() and numbers.max() < width else 0


def _listens_backwards(network: nn.Module) -> bool:
    """Whether somebody's own hooks would notice a backward pass."""
    return any(module._backward_hooks or module._backward_pre_hooks for module in network.modules())
