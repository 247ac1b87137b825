"""The mean absolute gradient that reaches each unit in one backward pass."""

import contextlib

import numpy as np
import torch
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from effdash.observe.record import Recorder
from effdash.vocab import UserError


class _Cell:
    """Listens at one pre-activation; the mean over samples and positions is taken as the gradient passes."""

    def __init__(self, z: Tensor, features_last: bool) -> None:
        self.unit_dim = z.dim() - 1 if features_last else 1
        self.units = z.shape[self.unit_dim]
        self.device = z.device
        self.mean: Tensor | None = None
        self.handle: RemovableHandle | None = z.register_hook(self.listen) if z.requires_grad else None

    def listen(self, gradient: Tensor) -> None:
        others = [dim for dim in range(gradient.dim()) if dim != self.unit_dim]
        self.mean = gradient.detach().abs().mean(others, dtype=torch.float32)


class GradientReach:
    """Mean `|dL/dZ|` of every unit over samples and positions, of one forward and backward pass.

    `arm()` before the forward; after the backward `mean_abs()`. The gradient is that of the loss as it is
    propagated: a mean over a batch carries its 1/n, a scaled loss its scale. It costs nothing while it is not
    armed.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._visiting: contextlib.ExitStack | None = None
        self._forwards = 0

    def arm(self) -> None:
        """Listen from the next forward on, until `mean_abs` is called."""
        self.disarm()
        self._visiting = contextlib.ExitStack()
        self._visiting.enter_context(self._recorder.visiting(_Cell, keep=True))
        self._forwards = self._recorder.forwards

    def disarm(self) -> None:
        """Stop listening."""
        if self._visiting is not None:
            self._visiting.close()
            self._visiting = None

    def mean_abs(self) -> np.ndarray:
        """Float32, `(units,)` over all layers in order; 0 for units that nothing reached. Stops listening.

        Raises:
            UserError: it was not armed, or no forward went through since.
        """
        if self._visiting is None or self._recorder.forwards == self._forwards:
            raise UserError(
                "no gradient was listened to: call arm(), then the model, then backward(), then mean_abs()"
            )
        cells: list[_Cell] = self._recorder.visited
        self.disarm()
        for cell in cells:
            if cell.handle is not None:
                cell.handle.remove()
        none = [
            torch.zeros(cell.units, device=cell.device) if cell.mean is None else cell.mean for cell in cells
        ]
        return torch.cat(none).cpu().numpy()
