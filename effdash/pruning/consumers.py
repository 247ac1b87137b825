"""The layers that hear others: what they get and give, their weights, and how the logits hang on them."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor, nn

from effdash.decision import class_logits
from effdash.pruning.patches import Convolution
from effdash.pruning.steps import OnPart, unheard

Consumer = nn.Linear | Convolution

Change = Callable[[str, Tensor], Tensor | None]
"""Of a consumer's path and its input or output: what it becomes; `None`: it stays."""

_BATCH = 1024


def overheard(
    model: nn.Module,
    paths: Sequence[str],
    *,
    on_input: Change = lambda path, tensor: None,
    on_output: Change = lambda path, tensor: None,
) -> nn.Module:
    """A copy of a model, of the same tensors, whose modules at `paths` tell what they get and give.

    Both may be changed. A copy, because others may run the model, or copy it, in another thread meanwhile.
    """
    listening = same_tensors(model)
    for path in paths:

        def before(module: nn.Module, args: tuple[Tensor, ...], path: str = path) -> Tensor | None:
            return on_input(path, args[0])

        def after(
            module: nn.Module, args: tuple[Tensor, ...], output: Tensor, path: str = path
        ) -> Tensor | None:
            return on_output(path, output)

        module = listening.get_submodule(path)
        module.register_forward_pre_hook(before)
        module.register_forward_hook(after)
    return listening


def pausing(model: nn.Module, on_part: OnPart) -> nn.Module:
    """A copy of a model, of the same tensors, that calls this before each of its layers; to stop it there."""
    copied = same_tensors(model)

    def before(_module: nn.Module, _given: tuple[Any, ...]) -> None:
        on_part()

    for module in copied.modules():
        if not any(module.children()):
            module.register_forward_pre_hook(before)
    return copied


def same_tensors(model: nn.Module) -> nn.Module:
    """A copy of a model that shares its parameters and buffers, but none of its hooks to come."""
    shared = {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())}
    return copy.deepcopy(model, shared)


def consumer_at(model: nn.Module, path: str) -> Consumer:
    """The Linear layer or convolution at this path."""
    module = model.get_submodule(path)
    assert isinstance(module, Consumer)
    return module


def unit_axis(consumer: Consumer) -> int:
    """Along which dimension of its input and output the units lie."""
    return 1 if isinstance(consumer, Convolution) else -1


def inputs_of(consumer: Consumer) -> int:
    """How many inputs it has."""
    return consumer.in_channels if isinstance(consumer, Convolution) else consumer.in_features


def inputs_at(
    consumer: Consumer, columns: Int64[np.ndarray, "channels column"]
) -> Int64[np.ndarray, "channels k"]:
    """Which inputs stand behind columns of the weights: in a grouped convolution one a group."""
    if not isinstance(consumer, Convolution) or consumer.groups == 1:
        return columns
    starts = np.arange(consumer.groups) * consumer.weight.shape[1]
    return (columns[:, :, None] + starts).reshape(len(columns), -1)


def outgoing_weights(consumer: Consumer) -> Float64[np.ndarray, "input tap output"]:
    """What each of its inputs is multiplied with, for every place of its kernel.

    Inputs that a grouped convolution keeps apart from an output have 0.
    """
    weight = consumer.weight.detach().double().reshape(*consumer.weight.shape[:2], -1)
    groups = consumer.groups if isinstance(consumer, Convolution) else 1
    outputs, each, taps = weight.shape
    dense = weight.new_zeros(each * groups, taps, outputs)
    for number, block in enumerate(weight.chunk(groups)):
        rows = slice(number * outputs // groups, (number + 1) * outputs // groups)
        dense[number * each : (number + 1) * each, :, rows] = block.permute(1, 2, 0)
    return dense.numpy()


def output_metrics(
    model: nn.Module,
    X: Float64[Tensor, "n *feature"],
    weights: Float64[np.ndarray, " n"],
    paths: Sequence[str],
    *,
    probes: int,
    seed: int,
    on_part: OnPart = unheard,
) -> Mapping[str, Float64[np.ndarray, "output output"]]:
    """How a change of each consumer's output tells in the logits: `M = E[s (J'v)(J'v)']`.

    v are random centred directions of the logits (only differences between classes count), J the Jacobian of
    the logits by the output, s the weights of the samples. Summed over positions, averaged over samples.
    `on_part` is called at every layer, there and back.

    Source:
        SCIENCE.md 6, decision margins.
    """
    found: dict[str, Tensor] = {}
    draw = torch.Generator().manual_seed(seed)
    share = torch.from_numpy(weights / (len(weights) * probes)).sqrt()
    for rows in torch.arange(len(X)).split(_BATCH):
        given: dict[str, Tensor] = {}

        def keep(path: str, output: Tensor, given: dict[str, Tensor] = given) -> Tensor:
            on_part()
            given[path] = output if output.requires_grad else output.detach().requires_grad_()
            given[path].register_hook(lambda _: on_part())
            return given[path].clone()  # what follows may write over it

        with torch.enable_grad():
            logits = class_logits(overheard(model, paths, on_output=keep)(X[rows]))
        for probe in range(probes):
            v = torch.randn(logits.shape, generator=draw, dtype=torch.float64)
            v = (v - v.mean(dim=1, keepdim=True)) * share[rows, None]
            gradients = torch.autograd.grad(
                logits, [*given.values()], v, retain_graph=probe + 1 < probes, materialize_grads=True
            )
            for path, gradient in zip(given, gradients, strict=True):
                flat = gradient.movedim(unit_axis(consumer_at(model, path)), -1).flatten(0, -2)
                found[path] = found.get(path, 0.0) + flat.T @ flat
                on_part()
    return {path: metric.numpy() for path, metric in found.items()}
