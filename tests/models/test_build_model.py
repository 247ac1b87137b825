"""Networks by name: their shapes, parameters, names, seeds, and what they refuse."""

import copy

import pytest
import torch
from torch import nn

from effdash.config import NetworkConfig
from effdash.models import ACTIVATIONS, INITIALISATIONS, NETWORKS, Linked, build_model, from_config
from effdash.vocab import UserError

INPUTS = {"rectangular": (5,), "convolutional": (64,), "residual": (2, 9, 12)}


def count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def small(name: str, **options) -> nn.Module:
    settings = {"input_shape": INPUTS[name], "n_classes": 3, "depth": 4, "width": 4, "seed": 0} | options
    return build_model(name, **settings)


def test_the_registries_hold_what_is_promised():
    assert list(NETWORKS) == ["rectangular", "convolutional", "residual"]
    assert list(ACTIVATIONS) == [
        *["relu", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid"],
        *["lk-relu", "lk-prelu", "lk-selu", "lk-swish"],
    ]
    assert list(INITIALISATIONS) == ["default", "kaiming", "glorot", "looks-linear", "zero"]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("init", INITIALISATIONS)
def test_every_combination_gives_finite_logits_and_trains(name, activation, init):
    model = small(name, activation=activation, init=init, width=5)
    logits = model(torch.randn(6, *INPUTS[name], generator=torch.Generator().manual_seed(0)))
    assert logits.shape == (6, 3)
    assert logits.isfinite().all()
    nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2, 0, 1, 2])).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert model.out.bias.grad.abs().sum() > 0


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_floating_types_and_copies_work(name, dtype):
    model = small(name, activation="lk-prelu", skip=2, batch_norm=True).to(dtype)
    x = torch.randn(3, *INPUTS[name]).to(dtype)
    logits = model.eval()(x)
    assert logits.dtype == dtype
    assert torch.equal(copy.deepcopy(model)(x), logits)


def test_a_copy_shares_nothing():
    model = small("rectangular")
    twin = copy.deepcopy(model)
    nn.init.zeros_(twin.out.weight)
    x = torch.ones(1, 5)
    assert not torch.equal(twin(x), model(x))


@pytest.mark.parametrize("name", NETWORKS)
def test_samples_do_not_depend_on_each_other(name):
    model = small(name, activation="silu").eval().double()
    x = torch.randn(5, *INPUTS[name], dtype=torch.float64)
    one_by_one = torch.cat([model(sample[None]) for sample in x])
    assert torch.allclose(model(x), one_by_one, atol=1e-12)


def test_dense_parameters_are_named_in_order():
    names = [name for name, _ in small("rectangular", depth=2).named_parameters()]
    assert names == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "out.weight", "out.bias"]


def test_a_normalization_stands_between_producer_and_activation():
    names = [name for name, _ in small("residual", depth=2).named_children()]
    assert names == ["conv1", "bn1", "act1", "conv2", "bn2", "act2", "pool", "out"]


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ({"depth": 30, "width": 8}, 24 + 29 * 72 + 18),
        ({"depth": 30, "width": 6, "activation": "lk-relu"}, 2306),
        ({"depth": 1, "width": 1}, 3 + 4),
        ({"depth": 3, "width": 4, "activation": "prelu"}, 12 + 2 * 20 + 10 + 3),
        ({"depth": 3, "width": 4, "activation": "lk-prelu"}, 12 + 2 * 36 + 18 + 6),
        ({"depth": 3, "width": 4, "batch_norm": True}, 12 + 2 * 20 + 10 + 3 * 8),
        ({"depth": 3, "width": 4, "skip": 2}, 12 + 2 * 20 + 10),
    ],
)
def test_dense_parameters_are_as_many_as_counted_by_hand(options, parameters):
    assert count(build_model("rectangular", input_shape=(2,), n_classes=2, **options)) == parameters


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        # Two halvings of 8x8 leave 2x2; three of 28x28 leave 3x3.
        ({"input_shape": (64,), "depth": 4, "width": 8}, 80 + 3 * 584 + 10 * (8 * 4 + 1)),
        ({"input_shape": (784,), "depth": 4, "width": 8}, 80 + 3 * 584 + 10 * (8 * 9 + 1)),
        ({"input_shape": (1, 8, 8), "depth": 1, "width": 2}, 20 + 10 * (2 * 16 + 1)),
        ({"input_shape": (3, 9, 12), "depth": 2, "width": 2}, 56 + 38 + 10 * (2 * 2 * 3 + 1)),
        (
            {"input_shape": (64,), "depth": 2, "width": 3, "activation": "lk-relu"},
            30 + 165 + 10 * (6 * 4 + 1),
        ),
    ],
)
def test_convolutional_parameters_are_as_many_as_counted_by_hand(options, parameters):
    assert count(build_model("convolutional", n_classes=10, **options)) == parameters


@pytest.mark.parametrize("side", range(8, 40))
@pytest.mark.parametrize("depth", [1, 2, 3, 7, 20])
def test_the_image_never_shrinks_below_two(side, depth):
    model = build_model("convolutional", input_shape=(1, side, side), n_classes=2, depth=depth, width=1)
    sides = []
    model.pool.register_forward_hook(lambda _module, _inputs, output: sides.append(output.shape[-1]))
    model(torch.zeros(1, 1, side, side))
    assert sides[-1] >= 2
    assert sides[-1] < 4 or len(sides) == depth


@pytest.mark.parametrize("name", ["convolutional", "residual"])
def test_flat_and_square_input_are_the_same(name):
    flat = build_model(name, input_shape=(64,), n_classes=3, depth=3, seed=1).eval()
    square = build_model(name, input_shape=(1, 8, 8), n_classes=3, depth=3, seed=1).eval()
    x = torch.randn(4, 64)
    assert torch.equal(flat(x), square(x.reshape(4, 1, 8, 8)))


def test_residual_is_a_convolutional_network_with_its_own_defaults():
    assert small("residual").block_ends == {3}
    assert any(isinstance(module, nn.BatchNorm2d) for module in small("residual").modules())
    bare = small("residual", skip=0, batch_norm=False)
    plain = small("convolutional", input_shape=INPUTS["residual"])
    assert not any(isinstance(module, nn.BatchNorm2d) for module in bare.modules())
    x = torch.randn(2, *INPUTS["residual"])
    assert torch.equal(bare(x), plain(x))


@pytest.mark.parametrize("activation", ["lk-relu", "lk-prelu", "lk-selu", "lk-swish"])
@pytest.mark.parametrize(("depth", "width"), [(30, 8), (2, 128), (5, 3), (1, 2), (1, 7)])
def test_a_matched_network_is_the_widest_that_fits(activation, depth, width):
    settings = {"input_shape": (2,), "n_classes": 2, "depth": depth}
    unlinked = ACTIVATIONS[activation].unlinked
    budget = count(build_model("rectangular", width=width, activation=unlinked, **settings))
    options = {"activation": activation, **settings}
    matched = build_model("rectangular", width=width, match_parameters=True, **options)
    wider = build_model("rectangular", width=matched.fc1.out_features + 1, **options)
    assert count(matched) <= budget < count(wider)


def test_matching_leaves_an_unlinked_network_as_it_is():
    assert small("rectangular", match_parameters=True).fc1.out_features == 4


def test_matching_works_for_convolutions():
    matched = small("residual", activation="lk-relu", width=16, match_parameters=True)
    assert count(matched) <= count(small("residual", width=16))
    assert matched.conv1.out_channels == 11


@pytest.mark.parametrize("init", ["default", "kaiming", "glorot", "looks-linear"])
def test_a_seed_gives_the_same_bits_and_leaves_the_global_generator(init):
    before = torch.get_rng_state()
    first, second, other = (small("rectangular", init=init, seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["fc1.weight"], other["fc1.weight"])


def test_without_a_seed_the_global_generator_is_used():
    torch.manual_seed(5)
    free = build_model("rectangular", input_shape=(2,), n_classes=2)
    seeded = build_model("rectangular", input_shape=(2,), n_classes=2, seed=5)
    assert torch.equal(free.fc1.weight, seeded.fc1.weight)
    assert not torch.equal(
        free.fc1.weight, build_model("rectangular", input_shape=(2,), n_classes=2).fc1.weight
    )


def test_a_configuration_builds_the_same_as_its_values():
    config = NetworkConfig(depth=3, width=5, activation="lk-relu", init="glorot", skip=1, batch_norm=True)
    built = from_config(config, input_shape=(2,), n_classes=3, seed=4)
    direct = build_model(
        "rectangular",
        input_shape=(2,),
        n_classes=3,
        depth=3,
        width=5,
        activation="lk-relu",
        init="glorot",
        skip=1,
        batch_norm=True,
        seed=4,
    )
    assert str(built) == str(direct)
    x = torch.randn(7, 2)
    assert torch.equal(built(x), direct(x))


def test_a_linked_layer_says_its_kind():
    assert isinstance(small("rectangular", activation="lk-selu").act1, Linked)
    assert small("rectangular", activation="lk-selu").act1.kind == "lk-selu"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"name": "recurrent"},
            r"network 'recurrent' is unknown; known are rectangular, convolutional, residual",
        ),
        ({"activation": "rleu"}, r"activation 'rleu' is unknown; known are relu, .*lk-swish"),
        ({"init": "he"}, r"init 'he' is unknown; known are default, kaiming, glorot, looks-linear, zero"),
        ({"depth": 0}, r"depth = 0 is out of range; it is 1 or more"),
        ({"width": -2}, r"width = -2 is out of range; it is 1 or more"),
        ({"skip": -1}, r"skip = -1 is out of range; it is 0 or more"),
        ({"n_classes": 0}, r"n_classes = 0 is out of range; it is 1 or more"),
        ({"input_shape": ()}, r"input_shape = \(\) has no features"),
        ({"input_shape": (0,)}, r"input_shape = \(0,\) has no features"),
        ({"name": "convolutional"}, r"input_shape = \(2,\) is no image .* sides of at least 8"),
        ({"name": "convolutional", "input_shape": (30,)}, r"input_shape = \(30,\) is no image"),
        ({"name": "residual", "input_shape": (49,)}, r"input_shape = \(1, 7, 7\) is no image .* at least 8"),
        ({"name": "residual", "input_shape": (3, 32, 6)}, r"at least 8"),
        (
            {"name": "residual", "input_shape": (8, 8)},
            r"it needs \(channel, height, width\) or a flat square",
        ),
        ({"width": 1, "init": "looks-linear"}, r"width = 1 is too small; it needs 2 or more"),
        (
            {"width": 1, "activation": "lk-relu", "match_parameters": True},
            r"width = 1 the unlinked network has",
        ),
    ],
)
def test_bad_input_is_told_in_one_sentence(options, message):
    with pytest.raises(UserError, match=message):
        build_model(**{"name": "rectangular", "input_shape": (2,), "n_classes": 2} | options)
