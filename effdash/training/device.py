"""Where to train: the device asked for, and how many threads pay."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch

from effdash.vocab import UserError

SMALL: Final = 2e7
"""Multiplications a step below which threads cost more than they bring."""


def pick_device(name: str) -> torch.device:
    """The device of a configuration; `auto` takes a GPU where there is one.

    Raises:
        UserError: the device is not on this machine.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= count:
            found = f"it has {count} CUDA device(s)" if count else "it has no CUDA device"
            raise UserError(f"device {name!r} is not on this machine: {found}; use --device auto or cpu")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise UserError("device 'mps' is not on this machine; use --device auto or cpu")
    return device


@contextmanager
def fitting_threads(model: torch.nn.Module, batch_size: int) -> Iterator[None]:
    """One thread for small networks, which are faster that way; torch's own number for others."""
    work = batch_size * sum(parameter.numel() for parameter in model.parameters())
    before = torch.get_num_threads()
    if work < SMALL:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
