"""Tensors as a run file stores them: safetensors, which can be read without running anything."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from effdash.vocab import UserError

if TYPE_CHECKING:
    import torch

MOST_BYTES: Final = 1_000_000_000
"""The largest value SQLite stores."""


def pack_tensors(tensors: "Mapping[str, torch.Tensor]", what: str) -> bytes:
    """The tensors as safetensors; they may lie on any device and share memory.

    Raises:
        UserError: together they are larger than a run file can hold; `what` names them.
    """
    import torch
    from safetensors.torch import save

    require_room(tensors, what)
    # Each its own, contiguous memory: safetensors refuses shared tensors, which tied weights are.
    own = {
        name: value.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, value in tensors.items()
    }
    return save(own)


def require_room(tensors: "Mapping[str, torch.Tensor]", what: str) -> None:
    """Raises a UserError where tensors are together larger than a run file can hold; `what` names them."""
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    if size >= MOST_BYTES:
        raise UserError(f"{size:,} bytes for {what} are more than the {MOST_BYTES:,} that a run file holds")


def unpack_tensors(data: bytes) -> "dict[str, torch.Tensor]":
    """What `pack_tensors` made `data` of, on the CPU.

    Raises:
        ValueError: `data` is not safetensors.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(data)
    except (SafetensorError, KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"its tensors are damaged ({error})") from None
