"""Weights put into a network that has names of its own for them."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from effdash.vocab import UserError


def put_in(model: nn.Module, tensors: Mapping[str, Tensor], *, name: str, network: str) -> None:
    """Gives a network the weights of a file; a word that all names of the file share may be left out.

    Counters of batch normalization may be missing.

    Raises:
        UserError: they are not just its weights; the message names the first that does not fit.
    """
    wanted = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    weights = _fitting(wanted, tensors)
    for key, shape in wanted.items():
        if key not in weights and key.endswith("num_batches_tracked"):
            weights[key] = torch.zeros((), dtype=torch.int64)
        elif key not in weights:
            raise UserError(f"{name} does not fit {network}: it has no {key}; it has {_some(tensors)}")
        elif tuple(weights[key].shape) != shape:
            raise UserError(
                f"{name} does not fit {network}: {key} is {tuple(weights[key].shape)} in the file and "
                f"{shape} in the network"
            )
    spare = [key for key in weights if key not in wanted]
    if spare:
        raise UserError(f"{name} does not fit {network}: the network has no {spare[0]}")
    on_meta = any(value.is_meta for value in model.state_dict().values())
    model.load_state_dict(weights, assign=on_meta)


def _fitting(wanted: Mapping[str, object], tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    weights = dict(tensors)
    heads = {key.partition(".")[0] for key in weights}
    if len(heads) == 1 and not set(wanted) & set(weights):
        return {key.partition(".")[2]: value for key, value in weights.items()}
    return weights


def _some(tensors: Mapping[str, Tensor]) -> str:
    names = list(tensors)
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
