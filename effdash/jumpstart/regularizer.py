"""The regularizer of a model: it watches the forward passes and has their loss ready."""

from types import TracebackType

import torch
from torch import Tensor, nn

from effdash.jumpstart.loss import Regularizer
from effdash.jumpstart.terms import Terms
from effdash.observe import Recorder


class Jumpstart:
    """Keeps the units of a model alive: add `weight * jumpstart.loss` to the task's loss.

        with Jumpstart(model) as jumpstart:
            for x, y in batches:
                loss = task(model(x), y) + 0.3 * jumpstart.loss
                ...

    The terms are those of `jumpstart_loss`, over the pre-activations of the latest forward pass. After
    several forward passes in one step the last one counts; for gradient accumulation read `loss` after each.

    Args:
        model: any module with a nonlinearity in it; its layers are found at the first forward pass.
        recorder: one that is attached to the model already, to share it. It is not closed here.

    Raises:
        UserError: a setting is out of range; `recorder` is closed or another model's; at the first forward
            pass, a model without a nonlinearity.

    Source:
        Riera et al., Jumpstart Regularization, arXiv 2201.12795.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        sign_balance: float = 0.5,
        aggregation: str = "balanced",
        unit: bool = True,
        point: bool = True,
        positive: bool = True,
        negative: bool = True,
        margin: float = 1.0,
        recorder: Recorder | None = None,
    ) -> None:
        terms = Terms(sign_balance, aggregation, unit, point, positive, negative, margin)
        self._regularizer = Regularizer(terms)
        if recorder is not None:
            recorder.check_is_for(model)
        self._owns_recorder = recorder is None
        self.recorder = Recorder(model) if recorder is None else recorder
        self._loss: Tensor | None = None
        self._forward = 0
        self._knows_gradients = False

    @property
    def loss(self) -> Tensor:
        """The loss of the latest forward pass, without dimensions; one tensor, however often it is read.

        Raises:
            RuntimeError: there was no forward pass yet, or its pre-activations are no longer recorded.
        """
        forward = self.recorder.forwards
        lacks_graph = torch.is_grad_enabled() and not self._knows_gradients
        if self._loss is None or self._forward != forward or lacks_graph:
            if not self.recorder.preactivations:
                raise RuntimeError(
                    "there is no forward pass to take the jumpstart loss of: call the model first"
                )
            self._loss = self._regularizer(self.recorder.preactivations)
            self._forward = forward
            self._knows_gradients = torch.is_grad_enabled()
        return self._loss

    def close(self) -> None:
        """Leaves the model and lets go of its latest forward pass. A recorder that was passed in stays."""
        self._loss = None
        if self._owns_recorder:
            self.recorder.close()
            self.recorder.clear()

    def __enter__(self) -> "Jumpstart":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
