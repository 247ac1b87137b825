"""A choice in a file, with what it was made for, so that it can be applied to the same again."""

import hashlib
import json
from collections.abc import Iterable
from reprlib import repr as shortened
from typing import Annotated, Any, Final, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from effdash.config import Part, build
from effdash.observe import find_layers
from effdash.observe.names import unwrapped
from effdash.pruning.choice import Choice
from effdash.pruning.choice_fields import Fields
from effdash.pruning.samples import Samples
from effdash.vocab import UserError

VERSION: Final = 1
FORMAT: Final = "effdash_plan"


class AppliesTo(Part, strict=True):
    """A network and data. Two are the same to a plan where layers, weights and data are."""

    run: str | None = None
    """The id of the run that holds it."""
    epoch: int | None = None
    """Whose weights they are."""
    layers: dict[str, Annotated[int, Field(ge=1)]]
    """How many units each layer has, in the network's order."""
    weights: str
    """As `hash_of_weights`."""
    data: str
    """As `hash_of_data`."""

    @property
    def words(self) -> str:
        if self.run is None:
            return "a network that is in no run"
        return f"run {self.run!r}" + (f" at epoch {self.epoch}" if self.epoch is not None else "")


class _PlanFile(Part):
    effdash_plan: Literal[1]
    choice: Fields
    applies_to: AppliesTo


def applies_to(
    model: nn.Module, data: Any, *, run_id: str | None = None, epoch: int | None = None
) -> AppliesTo:
    """What a plan for this model on these data applies to; `data` as in `Reference.prepare`."""
    first = next(model.parameters())
    example = Samples.of(data).X_train[:2].to(first)
    layers = {layer.name: layer.units for layer in find_layers(unwrapped(model), example)}
    return AppliesTo(
        run=run_id, epoch=epoch, layers=layers, weights=hash_of_weights(model), data=hash_of_data(data)
    )


def hash_of_weights(model: nn.Module) -> str:
    """SHA-256 of a model's parameters and buffers with their names, types and shapes, as they are."""
    return _hash_of(unwrapped(model).state_dict().items())


def hash_of_data(data: Any) -> str:
    """SHA-256 of samples and labels of both parts, those that there are."""
    samples = Samples.of(data)
    named = {name: getattr(samples, name) for name in ("X_train", "y_train", "X_test", "y_test")}
    return _hash_of((name, tensor) for name, tensor in named.items() if tensor is not None)


def _hash_of(tensors: Iterable[tuple[str, Tensor]]) -> str:
    digest = hashlib.sha256()
    for name, tensor in tensors:
        values = tensor.detach().cpu().contiguous()
        digest.update(f"{name} {values.dtype} {tuple(values.shape)}\n".encode())
        digest.update(values.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def plan_json(choice: Choice, applies: AppliesTo) -> str:
    """The text of a plan file."""
    values = {FORMAT: VERSION, "choice": choice.to_json(), "applies_to": applies.model_dump()}
    return json.dumps(values, indent=2, ensure_ascii=False)


def read_plan(text: str | bytes, applies: AppliesTo) -> Choice:
    """The choice in a plan file, if it was made for the same network and data.

    Raises:
        UserError: it is no plan file, damaged or of a newer version; it was made for other layers, weights or
            data, and which of these.
    """
    plan = build(_PlanFile, _parsed(text))
    made_for = plan.applies_to
    for same, what in (
        (list(made_for.layers.items()) == list(applies.layers.items()), f"layers {_sizes(made_for)}"),
        (made_for.weights == applies.weights, "other weights"),
        (made_for.data == applies.data, "other data"),
    ):
        if not same:
            raise UserError(
                f"the plan was made for {made_for.words} with {what}; it cannot be applied to {applies.words}"
            )
    return Choice.of_fields(plan.choice)


def _parsed(text: str | bytes) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError("the plan file is no JSON; was it cut off?") from None
    version = values.get(FORMAT) if isinstance(values, dict) else None
    if version is None:
        raise UserError(f"the file is no plan of effdash: it does not say {FORMAT!r}")
    if type(version) is not int:
        raise UserError(f"{FORMAT} = {shortened(version)}: it is the number of a version, such as {VERSION}")
    if version > VERSION:
        raise UserError(
            f"the plan file is of version {version}, of a newer effdash; this one reads up to {VERSION}"
        )
    choice = values.get("choice")
    if isinstance(choice, dict) and "method" not in choice:
        what = "is empty" if not choice else "names no method"
        raise UserError(f"the plan chooses nothing: its choice {what}")
    return dict(values)


def _sizes(applies: AppliesTo) -> str:
    return ", ".join(f"{layer} of {units}" for layer, units in applies.layers.items())
