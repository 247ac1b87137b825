"""The regularizer on plain tensors, and its place in torch's graph."""

from collections.abc import Sequence
from functools import reduce
from typing import Any, Final

import torch
from torch import Tensor

from effdash.jumpstart.terms import Terms
from effdash.jumpstart.workspace import Workspace
from effdash.vocab import UserError

WORKSPACES: Final = 4
"""Kept at most: one for each shape of a batch, of which an epoch has two."""


def jumpstart_loss(
    preactivations: Sequence[Tensor],
    *,
    sign_balance: float = 0.5,
    aggregation: str = "balanced",
    unit: bool = True,
    point: bool = True,
    positive: bool = True,
    negative: bool = True,
    margin: float = 1.0,
) -> Tensor:
    """How far units and points are from being nonlinear on this batch; 0 once all of them are, by `margin`.

    With `m` the margin, `b` the sign balance and `Z` a layer's pre-activations, of shape
    `(sample, unit, *position)`, every unit `u` of every layer makes one entry of `U`, and every sample `i` at
    every layer one entry of `P`:

        U = b relu(m - max Z[:, u]) + (1 - b) relu(m + min Z[:, u])
        P = b relu(m - max Z[i, :]) + (1 - b) relu(m + min Z[i, :])

    The loss is `mean(U) + mean(P)` (`balanced`), the `mean` of both concatenated, or their Euclidean `norm`.
    Without `unit` or `point` there is no `U` or no `P`; without `positive` or `negative` the first or the
    second summand is 0. Where an extreme is tied, its gradient is shared equally among the ties, over all
    samples and positions, as by `torch.amax`; so the units of a zero-initialised layer all move alike.

    Args:
        preactivations: one floating tensor a layer, on one device; batch sizes and dtypes may differ.
        sign_balance: between 0 and 1.
        margin: any finite number.

    Returns:
        A tensor without dimensions, of the widest of the layers' dtypes and float32. It can be differentiated
        once. It is nan if a pre-activation is.

    Raises:
        UserError: a setting is out of range, or a pre-activation has no sample, unit or position.

    Source:
        Riera et al., Jumpstart Regularization, arXiv 2201.12795.
    """
    terms = Terms(sign_balance, aggregation, unit, point, positive, negative, margin)
    return Regularizer(terms)(preactivations)


class Regularizer:
    """`jumpstart_loss` with fixed terms, for a training loop: buffers are kept from step to step."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._workspaces: dict[Any, Workspace] = {}

    def __call__(self, preactivations: Sequence[Tensor]) -> Tensor:
        """The loss; see `jumpstart_loss`."""
        loss: Tensor = _Loss.apply(self._workspace(preactivations), *preactivations)
        if loss.requires_grad or not torch.is_grad_enabled():
            return loss
        # Satisfied, so a constant. It still has to bear a backward pass where the layers do.
        return loss.requires_grad_(any(z.requires_grad for z in preactivations))

    def _workspace(self, preactivations: Sequence[Tensor]) -> Workspace:
        dtypes = frozenset([z.dtype for z in preactivations])
        key = (tuple([z.shape for z in preactivations]), dtypes, *[z.device for z in preactivations[:1]])
        workspace = self._workspaces.get(key)
        if workspace is None:
            _check(preactivations)
            dtype = reduce(torch.promote_types, dtypes, torch.float32)
            shapes = [z.shape for z in preactivations]
            workspace = Workspace(shapes, self._terms, dtype, preactivations[0].device)
            if len(self._workspaces) == WORKSPACES:
                del self._workspaces[next(iter(self._workspaces))]
            self._workspaces[key] = workspace
        return workspace


def _check(preactivations: Sequence[Tensor]) -> None:
    if not preactivations:
        raise UserError("there are no pre-activations, but jumpstart needs at least one layer")
    for layer, z in enumerate(preactivations):
        if z.ndim < 2 or z.numel() == 0:
            raise UserError(
                f"pre-activation {layer} has shape {tuple(z.shape)}, but jumpstart needs at least one sample "
                "and one unit: (sample, unit, *position)"
            )
        if not z.is_floating_point():
            raise UserError(f"pre-activation {layer} is {z.dtype}, but jumpstart needs floating numbers")
        if z.device != preactivations[0].device:
            raise UserError(
                f"pre-activation {layer} is on {z.device}, but the first on {preactivations[0].device}; "
                "jumpstart needs all layers on one device"
            )


class _Loss(torch.autograd.Function):
    """Connects a workspace with the graph."""

    @staticmethod
    def forward(ctx: Any, workspace: Workspace, *preactivations: Tensor) -> Tensor:
        loss = workspace.measure(preactivations)
        if loss.device.type == "cpu" and loss.item() == 0:
            # Only on a CPU: reading the value would make an accelerator wait.
            ctx.mark_non_differentiable(loss)
            return loss
        ctx.workspace = workspace
        ctx.stamp = workspace.stamp
        ctx.save_for_backward(*preactivations)
        return loss

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():
            raise RuntimeError(
                "the jumpstart loss can be differentiated once only: call it without create_graph=True"
            )
        workspace, preactivations = ctx.workspace, ctx.saved_tensors
        if workspace.stamp is not ctx.stamp:
            workspace.measure(preactivations)
            ctx.stamp = workspace.stamp
        gradients = workspace.gradients(preactivations, upstream[0])
        wanted = ctx.needs_input_grad[1:]
        return None, *(gradient if want else None for gradient, want in zip(gradients, wanted, strict=True))
