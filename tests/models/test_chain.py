"""What a network computes, against slow plain versions of the same."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from effdash.models import build_model
from effdash.models.chain import ends_of_blocks
from effdash.models.convolutional import pooled_layers


def dense_by_hand(model: nn.Module, x: Tensor, depth: int, skip: int) -> Tensor:
    """A relu network with batch normalization in eval mode, every formula written out."""
    outputs = []
    h = x
    for number in range(1, depth + 1):
        producer = model.get_submodule(f"fc{number}")
        z = h @ producer.weight.T + producer.bias
        if hasattr(model, "bn1"):
            bn = model.get_submodule(f"bn{number}")
            z = (z - bn.running_mean) / (bn.running_var + bn.eps).sqrt() * bn.weight + bn.bias
        h = z.clamp(min=0)
        if skip and number > 1 and (number - 1) % skip == 0:
            h = h + outputs[number - 1 - skip]
        outputs.append(h)
    return h @ model.out.weight.T + model.out.bias


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    depth=st.integers(1, 9),
    width=st.integers(1, 5),
    skip=st.integers(0, 10),
    batch_norm=st.booleans(),
    seed=st.integers(0, 100),
)
def test_skip_connections_and_normalization_do_what_they_say(depth, width, skip, batch_norm, seed):
    model = build_model(
        "rectangular",
        input_shape=(3,),
        n_classes=2,
        depth=depth,
        width=width,
        skip=skip,
        batch_norm=batch_norm,
        seed=seed,
    ).double()
    x = torch.randn(6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    model(x)  # moves the running statistics away from 0 and 1
    model.eval()
    assert torch.allclose(model(x), dense_by_hand(model, x, depth, skip), atol=1e-10)


@pytest.mark.parametrize(
    ("depth", "skip", "ends"),
    [(6, 0, []), (6, 2, [3, 5]), (7, 2, [3, 5, 7]), (4, 3, [4]), (3, 3, []), (4, 1, [2, 3, 4]), (1, 1, [])],
)
def test_blocks_follow_each_other_after_the_first_layer(depth, skip, ends):
    assert ends_of_blocks(depth, skip) == ends


def test_a_skip_connection_carries_what_its_block_drops():
    model = build_model("rectangular", input_shape=(1,), n_classes=1, depth=3, width=1, skip=2)
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    nn.init.ones_(model.fc1.weight)
    nn.init.ones_(model.out.weight)
    assert model(torch.tensor([[2.0], [-1.0]])).flatten().tolist() == [2.0, 0.0]


def test_a_linked_network_adds_both_outputs_of_its_units():
    model = build_model(
        "rectangular", input_shape=(2,), n_classes=2, depth=3, width=3, activation="lk-relu", skip=2
    )
    model = model.double()
    x = torch.randn(5, 2, dtype=torch.float64)

    def linked(z: Tensor) -> Tensor:
        return torch.cat([z.clamp(min=0), (-z).clamp(min=0)], dim=1)

    first = linked(model.fc1(x))
    third = linked(model.fc3(linked(model.fc2(first)))) + first
    assert torch.allclose(model(x), model.out(third))


def test_a_residual_network_pools_between_its_blocks():
    model = build_model("residual", input_shape=(64,), n_classes=3, depth=5, width=2, seed=0).double().eval()
    assert model.pooled == {3, 5}
    x = torch.randn(4, 64, dtype=torch.float64)

    def layer(number: int, h: Tensor) -> Tensor:
        conv, bn = model.get_submodule(f"conv{number}"), model.get_submodule(f"bn{number}")
        return functional.relu(bn(functional.conv2d(h, conv.weight, conv.bias, padding=1)))

    h = layer(1, x.reshape(4, 1, 8, 8))
    h = functional.max_pool2d(layer(3, layer(2, h)) + h, 2)
    h = functional.max_pool2d(layer(5, layer(4, h)) + h, 2)
    assert torch.allclose(model(x), model.out(h.flatten(1)))


@pytest.mark.parametrize(
    ("depth", "skip", "side", "pooled"),
    [
        (4, 0, 8, {2, 4}),
        (1, 0, 8, {1}),
        (6, 0, 28, {2, 4, 6}),
        (10, 0, 28, {4, 7, 10}),
        (5, 2, 8, {3, 5}),
        (6, 2, 28, {3, 5, 6}),
        (20, 2, 8, {11, 20}),
    ],
)
def test_pooling_is_spread_over_the_layers(depth, skip, side, pooled):
    assert pooled_layers(depth, skip, side) == pooled


@settings(derandomize=True, deadline=None)
@given(depth=st.integers(1, 60), skip=st.integers(0, 10), side=st.integers(8, 300))
def test_pooling_never_cuts_a_block(depth, skip, side):
    pooled = pooled_layers(depth, skip, side)
    ends = ends_of_blocks(depth, skip)
    inside = {number for end in ends for number in range(end - skip + 1, end)}
    assert not pooled & inside
    assert len(pooled) >= 1
    assert side >> len(pooled) >= 2
