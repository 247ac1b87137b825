"""Looking at a model without leaving a trace."""

import contextlib
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn


@contextlib.contextmanager
def untouched(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; afterwards, also after an error, the model is as it was.

    Modes module by module, buffers (their values, and the tensors themselves) and torch's random state.
    """
    modules = list(model.modules())
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
        with torch.random.fork_rng(devices), torch.inference_mode(False), torch.no_grad():
            yield
    finally:
        _set_training(modules, False)
        _set_training(training, True)
        _restore(buffers)


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
