"""Named tensors from a file of weights, without running anything that is in it."""

import io
import json
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from effdash.vocab import UserError

KEYS: Final = (
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "net",
    "network",
    "weights",
    "params",
    "module",
)
"""Under which a checkpoint holds its state dict, the first that is there."""
MOST_DEPTH: Final = 3
MOST_SHARING: Final = 4
"""As many times a file's size may its tensors take once each has memory of its own."""
SPARE: Final = 1_000_000
HALVES: Final = (torch.float16, torch.bfloat16)

_GLOBAL: Final = re.compile(r"GLOBAL (\S+)")
_CALLED: Final = re.compile(r"(?:Unsupported|unsupported)[^:]*: ?(?:GLOBAL )?([\w.]+)")


@dataclass(frozen=True, eq=False)
class Weights:
    """The tensors of a network by their names.

    `in_order`: they stand as the network's layers were made. `graph` describes the network, as effdash
    writes it beside weights. `notes` are sentences.
    """

    tensors: dict[str, Tensor]
    in_order: bool
    graph: str | None = None
    notes: tuple[str, ...] = ()


def read_safetensors(content: bytes, name: str) -> Weights:
    """The tensors of a safetensors file.

    Raises:
        UserError: it is none, is cut off, or holds no weights.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        found = load(content)
        length = int.from_bytes(content[:8], "little")
        graph = json.loads(content[8 : 8 + length]).get("__metadata__", {}).get("graph")
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError, RecursionError) as error:
        why = " ".join(str(error).split())[:200]
        raise UserError(f"{name} is no whole safetensors file: {why}") from None
    return _tidied(found, name, len(content), in_order=False, graph=graph)


def read_state_dict(content: bytes, name: str) -> Weights:
    """The tensors of a file of torch: of a state dict, or of the one that a checkpoint holds.

    `content` has to be of a kind that `kind_of` let through.

    Raises:
        UserError: it holds more than plain values and tensors, is cut off, or has no state dict in it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # a broken file makes torch raise whatever it meets
        raise UserError(_why_unread(name, str(error))) from None
    return _tidied(_state_dict_in(found, name), name, len(content), in_order=True)


def _why_unread(name: str, said: str) -> str:
    met = _GLOBAL.search(said) or _CALLED.search(said)
    if "eights only load failed" in said or met:
        what = f" ({met[1]})" if met else ""
        return (
            f"{name} holds more than weights{what}, and reading that can run any code: save the weights "
            "alone with torch.save(model.state_dict(), 'weights.pt') where it was made, and load those"
        )
    why = said.strip().splitlines()[0][:200] if said.strip() else "it ends too early"
    return f"{name} is damaged or cut off: {why}"


def _state_dict_in(found: Any, name: str) -> dict[str, Tensor]:
    """The state dict that a file is or, under one of the usual keys, has.

    Raises:
        UserError: there is none.
    """
    tensors = _nested(found, MOST_DEPTH)
    if tensors is not None:
        return tensors
    if isinstance(found, Mapping):
        listed = ", ".join(map(str, list(found)[:8])) or "nothing"
        raise UserError(f"{name} has no state dict in it; it holds {listed[:200]}")
    raise UserError(f"{name} holds a {type(found).__name__}, which is no state dict")


def _nested(found: Any, depth: int) -> dict[str, Tensor] | None:
    if not isinstance(found, Mapping) or depth == 0:
        return None
    for key in KEYS:
        inner = _nested(found.get(key), depth - 1)
        if inner:
            return inner
    own = _tensors_of(found)
    if _of_modules(own):
        return own
    others = [inner for value in found.values() if _of_modules(inner := _tensors_of(value))]
    return others[0] if len(others) == 1 else (own or None)


def _tensors_of(found: Any) -> dict[str, Tensor]:
    """The tensors that stand in it under names."""
    if not isinstance(found, Mapping):
        return {}
    return {key: value for key, value in found.items() if isinstance(key, str) and isinstance(value, Tensor)}


def _of_modules(tensors: Mapping[str, Tensor]) -> bool:
    return any("." in key for key in tensors)


def _tidied(
    found: Mapping[str, Tensor], name: str, size: int, *, in_order: bool, graph: str | None = None
) -> Weights:
    """The tensors under their owner's names, plain ones, in single precision at least."""
    _check(found, name, size)
    tensors = {tidy: value.detach() for tidy, value in _without_wrappers(found).items()}
    halves = sorted({str(value.dtype).removeprefix("torch.") for value in tensors.values() if _half(value)})
    notes = [f"its weights are {' and '.join(halves)}; they are taken as float32"] if halves else []
    single = {key: value.float() if _half(value) else value for key, value in tensors.items()}
    return Weights(single, in_order, graph if isinstance(graph, str) else None, tuple(notes))


def _check(found: Mapping[str, Tensor], name: str, size: int) -> None:
    """Raises a UserError where tensors are none that a network has, or claim more than the file holds."""
    if not found:
        raise UserError(f"{name} holds no weights")
    taken = 0
    for key, value in found.items():
        if value.layout != torch.strided or value.is_quantized or value.is_meta:
            raise UserError(
                f"{key!r} in {name} is a quantized, sparse or empty tensor; effdash opens plain weights only"
            )
        if not (value.is_floating_point() or value.dtype in (torch.int64, torch.int32, torch.bool)):
            raise UserError(f"{key!r} in {name} holds {value.dtype}, which are no weights")
        bytes_taken = value.numel() * value.element_size()
        taken += bytes_taken
        if bytes_taken > value.untyped_storage().nbytes() or taken > MOST_SHARING * size + SPARE:
            raise UserError(f"{key!r} in {name} claims more numbers than the file holds")


def _half(value: Tensor) -> bool:
    return value.is_floating_point() and value.element_size() < 4


def _without_wrappers(found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Names without what data-parallel and compiled wrappers put before them."""
    names = {key: ".".join(part for part in key.split(".") if part != "_orig_mod") for key in found}
    while all(tidy.startswith("module.") for tidy in names.values()):
        names = {key: tidy.removeprefix("module.") for key, tidy in names.items()}
    if len(set(names.values())) < len(names):
        return dict(found)
    return {names[key]: value for key, value in found.items()}
