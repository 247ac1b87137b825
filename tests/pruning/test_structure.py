"""What hangs together in networks as people write them, known by hand and shown by cutting."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from effdash.models import NETWORKS, build_model
from effdash.models.graph import trace_graph
from effdash.observe import find_layers
from effdash.pruning.structure import Group, find_groups
from effdash.vocab import UserError
from tests.pruning.networks import FOREIGN, groups_of, made

Expected = tuple[dict[str, int], dict[str, int], dict[str, int]]
"""By name, how often a channel stands in sites, outputs and inputs."""


def shape_of(group: Group) -> Expected:
    members = (group.sites, group.outputs, group.inputs)
    for arrays in members:
        assert all(len(array) == group.channels and array.dtype == np.int64 for array in arrays.values())
    sites, outputs, inputs = ({name: array.shape[1] for name, array in arrays.items()} for arrays in members)
    return sites, outputs, inputs


def once(*names: str) -> dict[str, int]:
    return dict.fromkeys(names, 1)


KNOWN: dict[str, list[Expected]] = {
    "resnet": [
        (
            once("bn1", "layer1.0.bn2", "layer1.1.bn2"),
            once("conv1", "bn1", "layer1.0.conv2", "layer1.0.bn2", "layer1.1.conv2", "layer1.1.bn2"),
            once("layer1.0.conv1", "layer1.1.conv1", "layer2.0.conv1", "layer2.0.downsample.0"),
        ),
        (once("layer1.0.bn1"), once("layer1.0.conv1", "layer1.0.bn1"), once("layer1.0.conv2")),
        (once("layer1.1.bn1"), once("layer1.1.conv1", "layer1.1.bn1"), once("layer1.1.conv2")),
        (once("layer2.0.bn1"), once("layer2.0.conv1", "layer2.0.bn1"), once("layer2.0.conv2")),
        (
            once("layer2.0.bn2", "layer2.1.bn2"),
            once(
                "layer2.0.conv2",
                "layer2.0.bn2",
                "layer2.0.downsample.0",
                "layer2.0.downsample.1",
                "layer2.1.conv2",
                "layer2.1.bn2",
            ),
            once("layer2.1.conv1", "fc"),
        ),
        (once("layer2.1.bn1"), once("layer2.1.conv1", "layer2.1.bn1"), once("layer2.1.conv2")),
    ],
    "functional": [
        (once("conv1"), once("conv1"), once("conv2")),
        (once("conv2"), once("conv2"), {"fc1": 9}),
        (once("fc1"), once("fc1"), once("fc2")),
        (once("fc2"), once("fc2"), once("out")),
    ],
    "dense": [
        (
            once("norms.0", "norms.1", "convs.1"),
            once("stem", "norms.0", "norms.1"),
            once("convs.0", "convs.1", "out"),
        ),
        (once("norms.1", "convs.1"), once("convs.0", "norms.1"), once("convs.1", "out")),
        (once("convs.1"), once("convs.1"), once("out")),
    ],
    "grouped": [
        (once("stem", "depthwise"), once("stem", "depthwise"), once("pointwise")),
        ({"pointwise": 1, "widen": 2}, {"pointwise": 1, "widen": 2}, {"mix": 2}),
        ({"mix": 2}, {"mix": 2}, {"grouped": 1}),
        ({"bn": 2}, {"grouped": 2, "bn": 2}, {"out": 2}),
    ],
    "gated": [
        (once("conv1", "excite"), once("conv1", "excite"), once("squeeze", "conv2")),
        (once("squeeze"), once("squeeze"), once("excite")),
        (once("conv2"), once("conv2"), once("out")),
    ],
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_networks(name: str) -> None:
    groups = groups_of(*made(name))
    assert [shape_of(group) for group in groups] == KNOWN[name]
    assert [group.locked for group in groups] == [None] * len(groups)


def test_consumers_stand_in_execution_order() -> None:
    groups = groups_of(*made("resnet"))
    assert list(groups[0].inputs) == [
        "layer1.0.conv1",
        "layer1.1.conv1",
        "layer2.0.conv1",
        "layer2.0.downsample.0",
    ]


def test_where_a_channel_stands_after_a_concatenation_and_a_flatten() -> None:
    second = groups_of(*made("dense"))[1]
    np.testing.assert_array_equal(second.inputs["convs.1"], [[4], [5], [6]])
    np.testing.assert_array_equal(second.outputs["norms.1"], [[4], [5], [6]])
    np.testing.assert_array_equal(second.outputs["convs.0"], [[0], [1], [2]])
    flat = groups_of(*made("functional"))[1]
    np.testing.assert_array_equal(flat.inputs["fc1"], np.arange(54).reshape(6, 9))


def test_a_linked_unit_has_two_columns() -> None:
    model = build_model("rectangular", input_shape=(5,), n_classes=3, depth=2, width=4, activation="lk-relu")
    first = groups_of(model, torch.randn(3, 5))[0]
    np.testing.assert_array_equal(first.sites["fc1"], [[0], [1], [2], [3]])
    np.testing.assert_array_equal(first.inputs["fc2"], [[0, 4], [1, 5], [2, 6], [3, 7]])


def test_the_channels_of_a_grouped_convolution_go_together() -> None:
    bound, tied = groups_of(*made("grouped"))[2:]
    np.testing.assert_array_equal(bound.outputs["mix"], [[0, 3], [1, 4], [2, 5]])
    np.testing.assert_array_equal(bound.inputs["grouped"], [[0], [1], [2]])
    np.testing.assert_array_equal(tied.outputs["grouped"], [[0, 2], [1, 3]])


def every_unit_is_in_one_group(model: nn.Module, x: Tensor) -> None:
    groups = groups_of(model, x)
    for layer in find_layers(model, x):
        units = [group.sites[layer.name].ravel() for group in groups if layer.name in group.sites]
        np.testing.assert_array_equal(np.sort(np.concatenate(units)), np.arange(layer.units))


@pytest.mark.parametrize("name", FOREIGN)
def test_every_unit_is_in_one_group(name: str) -> None:
    every_unit_is_in_one_group(*made(name))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("activation", ["relu", "prelu", "lk-prelu"])
@pytest.mark.parametrize("init", ["default", "zero"])
def test_every_unit_of_effdashs_own_networks_is_in_one_group(name: str, activation: str, init: str) -> None:
    model = build_model(
        name, input_shape=(64,), n_classes=3, depth=4, width=3, activation=activation, init=init, skip=1
    )
    x = torch.randn(2, 64)
    every_unit_is_in_one_group(model, x)
    # Where all weights are zero, all layers see the same values: they are told apart all the same.
    for group in groups_of(model, x):
        assert group.locked is None
        for site in group.sites:
            assert site in group.outputs


# ---------------------------------------------------------------------------- cutting


def cut(model: nn.Module, group: Group, channel: int) -> nn.Module:
    """The model without a channel: rows and columns taken out, the slow and obvious way."""
    model = deepcopy(model)
    for path, rows in group.outputs.items():
        module = model.get_submodule(path)
        keep = np.delete(np.arange(len(module.weight)), rows[channel])
        for store in (module._parameters, module._buffers):
            for name, tensor in store.items():
                if tensor is not None and tensor.dim() > 0:
                    store[name] = type(tensor)(tensor[keep])
        say_sizes(module)
    for path, columns in group.inputs.items():
        module = model.get_submodule(path)
        keep = np.delete(np.arange(module.weight.shape[1]), columns[channel])
        module.weight = nn.Parameter(module.weight[:, keep])
        say_sizes(module)
    return model.requires_grad_(False)


def say_sizes(module: nn.Module) -> None:
    """Sets what a module says of itself to what its weights are."""
    if isinstance(module, nn.Linear):
        module.out_features, module.in_features = module.weight.shape
    elif isinstance(module, nn.Conv2d):
        if module.in_channels == module.groups > 1:  # depthwise, so many rows a group
            module.groups = module.groups * len(module.weight) // module.out_channels
        module.out_channels = len(module.weight)
        module.in_channels = module.groups * module.weight.shape[1]
    elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        module.num_features = len(module.weight)


def silence(model: nn.Module, group: Group, channel: int) -> None:
    """Nobody listens to the channel any more."""
    for path, columns in group.inputs.items():
        model.get_submodule(path).weight.data[:, columns[channel]] = 0


@settings(derandomize=True, deadline=None, max_examples=20)
@given(name=st.sampled_from([*KNOWN, "attention", "shared"]), seed=st.integers(0, 10_000), data=st.data())
def test_a_channel_that_nobody_listens_to_can_be_cut_out(name: str, seed: int, data: st.DataObject) -> None:
    model, x = made(name, seed)
    model.eval().requires_grad_(False)
    for _ in range(2):
        free = [group for group in groups_of(model, x) if group.locked is None and group.channels > 1]
        group = data.draw(st.sampled_from(free))
        channel = data.draw(st.integers(0, group.channels - 1))
        silence(model, group, channel)
        smaller = cut(model, group, channel)
        torch.testing.assert_close(smaller(x), model(x), rtol=1e-12, atol=1e-12)
        sizes = [sum(one.numel() for one in net.parameters()) for net in (smaller, model)]
        assert sizes[0] < sizes[1]
        model = smaller


@settings(derandomize=True, deadline=None, max_examples=15)
@given(data=st.data(), seed=st.integers(0, 10_000))
def test_and_so_in_effdashs_own_networks(data: st.DataObject, seed: int) -> None:
    model = build_model(
        data.draw(st.sampled_from(list(NETWORKS))),
        input_shape=(64,),
        n_classes=3,
        depth=4,
        width=3,
        activation=data.draw(st.sampled_from(["relu", "prelu", "selu", "lk-relu", "lk-swish"])),
        skip=data.draw(st.integers(0, 2)),
        batch_norm=data.draw(st.booleans()),
        seed=seed,
    )
    model = model.double().eval().requires_grad_(False)
    x = torch.randn(4, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    group = data.draw(st.sampled_from(groups_of(model, x)))
    channel = data.draw(st.integers(0, group.channels - 1))
    silence(model, group, channel)
    torch.testing.assert_close(cut(model, group, channel)(x), model(x), rtol=1e-12, atol=1e-12)


def test_layers_of_another_model_are_refused() -> None:
    model, x = made("functional")
    other, image = made("dense")
    with pytest.raises(
        UserError, match="the layers conv1, conv2, fc1, fc2 are not those of the model: it has"
    ):
        find_groups(other, trace_graph(other, image), image, find_layers(model, x))


def test_the_model_stays_as_it_was() -> None:
    model, x = made("resnet")
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    groups_of(model, x)
    assert all(module.training for module in model.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
