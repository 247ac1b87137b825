"""Making layers smaller: which rows and columns stay, what the removed ones hand over, and the cut itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

from effdash.pruning.patches import zero_padded
from effdash.pruning.reference import Reference
from effdash.pruning.removal import Removal
from effdash.pruning.stages import Stage
from effdash.pruning.structure import Group

Weighted = nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d


def weighted(model: nn.Module, path: str | None) -> Weighted:
    """The linear layer or convolution at a path."""
    module = model.get_submodule(str(path))
    assert isinstance(module, Weighted)
    return module


@dataclass(frozen=True, eq=False)
class Cut:
    """What stays of every module that loses something, sorted; modules that are not named stay whole."""

    rows: Mapping[str, Tensor]
    """Along dimension 0 of its tensors: a layer's units, the entries of a normalization or of slopes."""
    columns: Mapping[str, Tensor]
    """Along dimension 1 of its weights: what it reads; of a grouped convolution, what each group reads."""

    @classmethod
    def of(cls, model: nn.Module, groups: Sequence[Group], removals: Iterable[Removal]) -> "Cut":
        """What these removals leave of the modules of `model`, which is still whole."""
        gone: tuple[dict[str, list[int]], dict[str, list[int]]] = ({}, {})
        for removal in removals:
            group = groups[removal.group]
            for members, lost in zip((group.outputs, group.inputs), gone, strict=True):
                for path, indices in members.items():
                    lost.setdefault(path, []).extend(indices[removal.channel].tolist())
        rows, columns = (
            {path: _left(_size(model.get_submodule(path), dim), lost) for path, lost in one.items()}
            for dim, one in enumerate(gone)
        )
        return cls(rows, columns)


def _size(module: nn.Module, dim: int) -> int:
    """Of a module's tensors, statistics where it has no weights."""
    weight = module.weight if module.weight is not None else module.running_mean
    assert isinstance(weight, Tensor)
    return weight.shape[dim]


def _left(size: int, gone: list[int]) -> Tensor:
    stays = torch.ones(size, dtype=torch.bool)
    stays[gone] = False
    return stays.nonzero()[:, 0]


# ---------------------------------------------------------------------- handing over, before the cut


def hand_over(model: nn.Module, reference: Reference, removals: Iterable[Removal]) -> None:
    """Moves into the consumers of `model`, in place, what constant units and twins say, exactly.

    A constant goes into the bias; before a zero-padded convolution, whose border would not see it, into the
    constant channel that stays. A twin goes into the unit that it is a multiple of.
    """
    with torch.no_grad():
        for removal in removals:
            if removal.stage not in (Stage.CONSTANT, Stage.TWIN):
                continue  # they hand nothing over
            for path, indices in reference.groups[removal.group].inputs.items():
                module = weighted(model, path)
                columns = torch.from_numpy(indices[removal.channel])
                heirs = None if removal.heir is None else torch.from_numpy(indices[removal.heir])
                if removal.stage is Stage.TWIN:
                    assert removal.factor is not None
                    module.weight[:, heirs] += removal.factor * module.weight[:, columns]
                elif removal.stage is Stage.CONSTANT:
                    _hand_over_constant(module, reference.inputs[path], columns, heirs)


def _hand_over_constant(module: Weighted, inputs: Tensor, columns: Tensor, heirs: Tensor | None) -> None:
    values = constants_of(module, inputs, columns)
    if not values.any():
        return
    outgoing = module.weight[:, columns].reshape(*values.shape, -1)
    if isinstance(module, nn.Linear) or not zero_padded(module):
        with_bias(module).add_((outgoing.sum(2) * values).sum(1))
        return
    assert heirs is not None
    ratios = torch.where(values == 0, 0, values / constants_of(module, inputs, heirs))
    module.weight[:, heirs] += (outgoing * ratios[..., None]).view_as(module.weight[:, columns])


def constants_of(module: Weighted, inputs: Tensor, columns: Tensor) -> Float[Tensor, "output column"]:
    """What constant columns hold, for every row of the weights: the middle of what is seen.

    Rounding may have spread it. The groups of a convolution read different channels.
    """
    seen = read_by(module, inputs, columns)
    groups = module.groups if isinstance(module, _ConvNd) else 1
    others = [dim for dim in range(seen.dim()) if dim != axis_of(module, seen)]
    values = ((seen.amin(others) + seen.amax(others)) / 2).view(groups, 1, -1)
    return values.expand(-1, len(module.weight) // groups, -1).flatten(0, 1)


def read_by(module: Weighted, inputs: Tensor, columns: Tensor) -> Tensor:
    """Of what a consumer reads that which goes to these columns of its weights; in every group of it."""
    groups = module.groups if isinstance(module, _ConvNd) else 1
    each = inputs.shape[axis_of(module, inputs)] // groups
    channels = torch.cat([columns + group * each for group in range(groups)])
    return inputs.index_select(axis_of(module, inputs), channels)


def axis_of(module: Weighted, values: Tensor) -> int:
    """The dimension of a layer's channels in what it reads and gives."""
    return 1 if isinstance(module, _ConvNd) else values.dim() - 1


def with_bias(module: Weighted) -> Tensor:
    """Its bias; zeros are put in where it has none."""
    if module.bias is None:
        rows = module.weight.new_zeros(len(module.weight))
        module.bias = nn.Parameter(rows, requires_grad=module.weight.requires_grad)
    return module.bias


# ---------------------------------------------------------------------- the cut


def cut_out(model: nn.Module, cut: Cut) -> None:
    """Makes the modules of `model` smaller, in place."""
    for path in dict.fromkeys((*cut.rows, *cut.columns)):
        narrow(model.get_submodule(path), cut.rows.get(path), cut.columns.get(path))


def narrow(module: nn.Module, rows: Tensor | None, columns: Tensor | None) -> None:
    """Keeps these rows and columns of a module, in place, its attributes with them."""
    if isinstance(module, _ConvNd):
        _narrow_convolution(module, rows, columns)
    elif isinstance(module, nn.Linear):
        if columns is not None:
            _keep(module, "weight", (slice(None), columns))
            module.in_features = len(columns)
        if rows is not None:
            _keep(module, "weight", rows)
            _keep(module, "bias", rows)
            module.out_features = len(rows)
    elif rows is not None and isinstance(module, _BatchNorm):
        for name in ("weight", "bias", "running_mean", "running_var"):
            _keep(module, name, rows)
        module.num_features = len(rows)
    elif rows is not None and isinstance(module, nn.PReLU):
        _keep(module, "weight", rows)
        module.num_parameters = len(rows)


def _narrow_convolution(module: _ConvNd, rows: Tensor | None, columns: Tensor | None) -> None:
    """A grouped convolution keeps its groups, each with fewer channels; a depthwise one has fewer groups."""
    depthwise = module.groups > 1 and module.weight.shape[1] == 1
    if rows is not None:
        if depthwise:
            module.groups = module.groups * len(rows) // len(module.weight)
        _keep(module, "weight", rows)
        _keep(module, "bias", rows)
    if columns is not None:
        _keep(module, "weight", (slice(None), columns))
    module.in_channels = module.groups * module.weight.shape[1]
    module.out_channels = len(module.weight)


def _keep(module: nn.Module, name: str, kept: Tensor | tuple[slice, Tensor]) -> None:
    value = getattr(module, name)
    if value is None:
        return
    smaller = value.detach()[kept].clone()
    if isinstance(value, nn.Parameter):
        setattr(module, name, nn.Parameter(smaller, requires_grad=value.requires_grad))
    else:
        setattr(module, name, smaller)
