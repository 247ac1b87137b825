"""Looking at a model without leaving a trace."""

import contextlib
from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

COMPILED: Final = "_compiled_call_impl"
"""Where torch keeps what `model.compile()` made."""


@contextlib.contextmanager
def untouched(model: nn.Module) -> Iterator[None]:
    """Evaluation mode, no gradients, no autocast; afterwards, also after an error, the model is as it was.

    Modes module by module, buffers (their values, and the tensors themselves) and torch's random state. A
    module that was compiled in place (`model.compile()`) runs its own code, in which hooks are called.
    """
    modules = list(model.modules())
    compiled = [(m, m.__dict__[COMPILED]) for m in modules if m.__dict__.get(COMPILED) is not None]
    training = [module for module in modules if module.training]
    buffers = [
        (module, name, buffer, buffer.detach().clone())
        for module in modules
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]
    device = device_of(model)
    devices = [device] if device.type == "cuda" else []
    try:
        _set_training(training, False)
        for module, _ in compiled:
            module.__dict__[COMPILED] = None
        with (
            torch.random.fork_rng(devices),
            torch.inference_mode(False),
            torch.no_grad(),
            _full_precision(device.type),
        ):
            yield
    finally:
        for module, code in compiled:
            module.__dict__[COMPILED] = code
        _set_training(modules, False)
        _set_training(training, True)
        _restore(buffers)


def _full_precision(device: str) -> contextlib.AbstractContextManager[object]:
    """Without the autocast that somebody may be in."""
    if device in ("cpu", "cuda", "mps") and torch.is_autocast_enabled(device):
        return torch.autocast(device, enabled=False)
    return contextlib.nullcontext()


def _set_training(modules: list[nn.Module], mode: bool) -> None:
    """Only the flags, as a model may do more in a `train()` of its own; `nn.Module.__setattr__` is slow."""
    for module in modules:
        module.__dict__["training"] = mode


def device_of(model: nn.Module) -> torch.device:
    """Where the model's parameters are (its first one's device); the CPU if it has none."""
    first = next(model.parameters(), None)
    return torch.device("cpu") if first is None else first.device


def as_input(model: nn.Module, x: Tensor | np.ndarray) -> Tensor:
    """The samples on the model's device, in the floating type of its parameters where both are floating."""
    samples = torch.as_tensor(x)
    dtype = samples.dtype
    if samples.is_floating_point():
        dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), dtype)
    return samples.to(device=device_of(model), dtype=dtype)


def _restore(buffers: list[tuple[nn.Module, str, Tensor, Tensor]]) -> None:
    with torch.no_grad():
        for module, name, buffer, saved in buffers:
            module._buffers[name] = buffer
            if buffer.data_ptr() and not torch.equal(buffer, saved):
                buffer.copy_(saved)
