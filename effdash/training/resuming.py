"""What a trainer must remember to go on as if it had never stopped: tensors, and a few plain values."""

from typing import Any

from torch import Tensor

from effdash.training.trainer import Trainer
from effdash.vocab import UserError


def capture(trainer: Trainer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Weights, optimizer and random generators as tensors on the CPU; the rest as values for JSON."""
    tensors = {f"model/{name}": tensor for name, tensor in trainer.model.state_dict().items()}
    plain: dict[str, Any] = {}
    for index, entry in trainer.optimizer.state_dict()["state"].items():
        for key, value in entry.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer/{index}/{key}"] = value
            else:
                plain[f"{index}/{key}"] = value
    tensors["random/shuffling"] = trainer.shuffling.get_state()
    copies = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    return copies, {"optimizer": plain}


def restore(trainer: Trainer, epoch: int, tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
    """Puts a trainer, fresh from the same configuration, where `capture` found it after an epoch.

    Changes of lambda and of the learning rate up to that epoch are replayed from the trainer's plan.

    Raises:
        UserError: the state does not fit the network.
    """
    parts: dict[str, dict[str, Tensor]] = {"model": {}, "optimizer": {}, "random": {}}
    try:
        for name, tensor in tensors.items():
            part, _, rest = name.partition("/")
            parts[part][rest] = tensor
        trainer.model.load_state_dict(parts["model"])
        trainer.optimizer.load_state_dict(
            {
                "state": _optimizer_state(parts["optimizer"], values["optimizer"]),
                "param_groups": trainer.optimizer.state_dict()["param_groups"],
            }
        )
        trainer.shuffling.set_state(parts["random"]["shuffling"])
        trainer.epoch = epoch
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise UserError(f"the state to resume from does not fit this run's network: {error}") from error
    for past in range(1, epoch + 1):
        trainer.dials.turn_to(past)


def _optimizer_state(tensors: dict[str, Tensor], plain: dict[str, Any]) -> dict[int, dict[str, Any]]:
    state: dict[int, dict[str, Any]] = {}
    for name, value in {**tensors, **plain}.items():
        index, _, key = name.partition("/")
        state.setdefault(int(index), {})[key] = value
    return state
