"""Networks by name. A new architecture is a small file beside this and a line here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import torch
from torch import nn

from effdash.config import NetworkConfig
from effdash.models.activations import ACTIVATIONS
from effdash.models.chain import Chain, Shape
from effdash.models.convolutional import Convolutional
from effdash.models.initialisation import INITIALISATIONS
from effdash.models.rectangular import Rectangular
from effdash.vocab import UserError


@dataclass(frozen=True)
class Architecture:
    """A network in the registry, with what it has unless told otherwise."""

    title: str
    build: Callable[[Shape], Chain]
    skip: int = 0
    batch_norm: bool = False


NETWORKS: Final[dict[str, Architecture]] = {
    "rectangular": Architecture("Dense layers of one width", Rectangular),
    "convolutional": Architecture("Convolutions of one width", Convolutional),
    "residual": Architecture("Residual network of convolutions", Convolutional, skip=2, batch_norm=True),
}


def has_ways_around(config: NetworkConfig) -> bool:
    """Whether such a network has skip connections, its architecture's own or those asked for."""
    own = NETWORKS[config.name].skip
    return bool(own if config.skip is None else config.skip)


def build_model(
    name: str,
    *,
    input_shape: Sequence[int],
    n_classes: int,
    depth: int = 30,
    width: int = 8,
    activation: str = "relu",
    init: str = "default",
    match_parameters: bool = False,
    skip: int | None = None,
    batch_norm: bool | None = None,
    seed: int | None = None,
    device: str = "cpu",
) -> nn.Module:
    """A network by name: `(sample, *input_shape)` to one logit a class.

    Args:
        width: Units of a layer, or channels; a linked unit has two outputs.
        match_parameters: Narrow a linked network to the largest width at which it has at most as many
            parameters as the unlinked one.
        skip: A skip connection over every this many layers; 0: none; `None`: the architecture's own.
        batch_norm: Batch normalization before every activation; `None`: the architecture's own.
        seed: Seeds the weights, leaving torch's global generator as it was; `None`: drawn from that.
        device: Where it is built; on `meta` its weights take no memory, for somebody who has others for it.

    Raises:
        UserError: an unknown name, a number out of range, an input the network cannot take, or a linked
            network that has too many parameters even at width 1.
    """
    architecture = _known("network", name, NETWORKS)
    known_activation = _known("activation", activation, ACTIVATIONS)
    initialise = _known("init", init, INITIALISATIONS)
    shape = Shape(
        input_shape=tuple(input_shape),
        n_classes=n_classes,
        depth=depth,
        width=width,
        activation=known_activation,
        skip=architecture.skip if skip is None else skip,
        batch_norm=architecture.batch_norm if batch_norm is None else batch_norm,
    )
    _check(shape)
    if match_parameters and known_activation.unlinked is not None:
        shape = replace(shape, width=_matching_width(architecture, shape, known_activation.unlinked))
    # Seeding the CPU's generator alone: torch.manual_seed would seed those of all devices.
    with torch.random.fork_rng(devices=[], enabled=seed is not None), torch.device(device):
        if seed is not None:
            torch.default_generator.manual_seed(seed)
        network = architecture.build(shape)
        initialise(network, known_activation)
    return network


def from_config(
    config: NetworkConfig,
    *,
    input_shape: Sequence[int],
    n_classes: int,
    seed: int | None,
    device: str = "cpu",
) -> nn.Module:
    """The network of a run.

    Raises:
        UserError: as `build_model`.
    """
    return build_model(
        config.name,
        input_shape=input_shape,
        n_classes=n_classes,
        depth=config.depth,
        width=config.width,
        activation=config.activation,
        init=config.init,
        match_parameters=config.match_parameters,
        skip=config.skip,
        batch_norm=config.batch_norm,
        seed=seed,
        device=device,
    )


def _known(argument: str, name: str, registry: Mapping[str, Any]) -> Any:
    if name not in registry:
        raise UserError(f"{argument} {name!r} is unknown; known are {', '.join(registry)}")
    return registry[name]


def _check(shape: Shape) -> None:
    least = {"depth": 1, "width": 1, "n_classes": 1, "skip": 0}
    for argument, smallest in least.items():
        value = getattr(shape, argument)
        if value < smallest:
            raise UserError(f"{argument} = {value} is out of range; it is {smallest} or more")
    if not shape.input_shape or min(shape.input_shape) < 1:
        raise UserError(f"input_shape = {shape.input_shape} has no features")


def _matching_width(architecture: Architecture, linked: Shape, unlinked: str) -> int:
    """The largest width at which the linked network has no more parameters than the unlinked one."""
    budget = _count(architecture, replace(linked, activation=ACTIVATIONS[unlinked]))
    fits, too_wide = 0, linked.width + 1
    while too_wide - fits > 1:
        middle = (fits + too_wide) // 2
        if _count(architecture, replace(linked, width=middle)) <= budget:
            fits = middle
        else:
            too_wide = middle
    if fits == 0:
        raise UserError(
            f"match_parameters: at width = {linked.width} the unlinked network has {budget} parameters, "
            "fewer than the narrowest linked one; choose a larger width"
        )
    return fits


def _count(architecture: Architecture, shape: Shape) -> int:
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in architecture.build(shape).parameters())
