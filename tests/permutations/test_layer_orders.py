"""Orders and similarity of real networks: hand-known nets, every kind of layer, bad input."""

import copy

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn
from torch.nn import functional

import effdash as ed
from effdash.observe.curve import SHAPES, Curve, LinkedCurve
from effdash.permutations import (
    find_repeats,
    observe_orders,
    order_similarity,
    responses,
    sample_orders,
    told,
)
from effdash.permutations.response import erased_up_to
from effdash.vocab import UserError


def hand_known(*, inplace: bool = False) -> nn.Sequential:
    """One input in [0, 1]: first x - 2, x + 1, x - .5, 2 - x; then x + 1, 2 - x, .5 - x twice, and -1."""
    relu = nn.ReLU(inplace)
    model = nn.Sequential(nn.Linear(1, 4), relu, nn.Linear(4, 5), relu, nn.Linear(5, 2))
    with torch.no_grad():
        model[0].weight[:] = torch.tensor([[1.0], [1.0], [1.0], [-1.0]])
        model[0].bias[:] = torch.tensor([-2.0, 1.0, -0.5, 2.0])
        model[2].weight[:] = 0
        model[2].weight[0, 1] = model[2].weight[1, 3] = model[2].weight[2, 3] = model[2].weight[3, 3] = 1
        model[2].bias[:] = torch.tensor([0, 0, -1.5, -1.5, -1])
    return model


X = torch.tensor([[0.9], [0.1], [0.6], [0.3]])


@pytest.mark.parametrize("inplace", [False, True])
def test_orders_of_a_hand_known_net(inplace):
    orders, cut = sample_orders(hand_known(inplace=inplace), X, "0")
    assert orders.tolist() == [[1, 3, 2, 0], [1, 3, 2, 0], [1, 3, 2, 0], [0, 2, 3, 1]]
    assert cut.tolist() == [4, 0, 2, 0]


def test_similarity_of_a_hand_known_net():
    # Ranks: dead; 1 2 3 4; 1.5 1.5 3 4; 4 3 2 1. Spearman of the second and third by hand: 4.5 / sqrt(22.5).
    near = 4.5 / np.sqrt(22.5)
    expected = [[1, 0, 0, 0], [0, 1, near, -1], [0, near, 1, -near], [0, -1, -near, 1]]
    np.testing.assert_allclose(order_similarity(hand_known(), X, "0"), expected, atol=1e-15)


def test_repeats_across_layers():
    found = find_repeats(observe_orders(hand_known(), X))
    assert found.values.tolist() == [["2", 0, "0", 1], ["2", 1, "0", 3]]


def test_a_dataset_a_tuple_and_its_samples_say_the_same():
    data = ed.load_data("moons", samples=40)
    model = ed.build_model("rectangular", input_shape=(2,), n_classes=2, depth=2, width=6)
    layer = ed.find_layers(model, data.X_train[:2])[1].name
    as_tuple = (data.X_train, data.y_train, data.X_test, data.y_test)
    first = ed.order_similarity(model, data, layer)
    for given in (as_tuple, data.X_train, data.X_train.numpy()):
        assert np.array_equal(ed.order_similarity(model, given, layer), first)
        assert np.array_equal(
            ed.sample_orders(model, given, layer).orders, ed.sample_orders(model, data, layer)[0]
        )
    assert first.shape == (6, 6)


def test_batches_do_not_show(monkeypatch):
    model = hand_known()
    x = torch.randn(10, 1, generator=torch.Generator().manual_seed(0))
    whole = [layer.values for layer in observe_orders(model, x)]
    monkeypatch.setattr("effdash.permutations.layer_orders._BATCH_SIZE", 3)
    for values, layer in zip(whole, observe_orders(model, x), strict=True):
        np.testing.assert_allclose(layer.values, values, atol=1e-6)


@pytest.mark.parametrize("inplace", [False, True])
def test_a_convolution_responds_with_its_maximum_or_mean(inplace):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 5, 3), nn.ReLU(inplace=inplace), nn.Flatten(), nn.Linear(80, 2))
    with torch.no_grad():
        model[0].bias[:] = 0.5
    x = torch.randn(30, 1, 6, 6)
    z = model[0](x).detach()
    for over, response in (("max", z.flatten(2).amax(2)), ("mean", z.flatten(2).mean(2))):
        orders, cut = sample_orders(model, x, "0", over=over)
        assert np.array_equal(orders, response.T.sort(stable=True).indices)
        assert np.array_equal(cut, (response <= 0).sum(0))
        expected = stats.spearmanr(response.relu().numpy()).statistic
        np.testing.assert_allclose(order_similarity(model, x, "0", over=over), expected, atol=1e-12)


ACTIVATIONS = {
    "relu": (nn.ReLU(), functional.relu),
    "relu6": (nn.ReLU6(), functional.relu6),
    "leaky": (nn.LeakyReLU(0.2), lambda z: functional.leaky_relu(z, 0.2)),
    "leaky, falling": (nn.LeakyReLU(-0.5), lambda z: functional.leaky_relu(z, -0.5)),
    "prelu": (nn.PReLU(6), lambda z: torch.where(z > 0, z, 0.25 * z)),
    "gelu": (nn.GELU(), functional.gelu),
    "silu": (nn.SiLU(), functional.silu),
    "tanh": (nn.Tanh(), torch.tanh),
    "hardtanh": (nn.Hardtanh(-0.5, 0.5), functional.hardtanh),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_similarity_is_that_of_what_the_activation_sends(name, dtype):
    torch.manual_seed(1)
    module, phi = ACTIVATIONS[name]
    model = nn.Sequential(nn.Linear(4, 6), module, nn.Linear(6, 3)).to(dtype)
    x = torch.randn(50, 4).to(dtype)
    z = model[0](x).detach()
    z = z if dtype == torch.float64 else z.float()
    if name == "hardtanh":
        z = z.clamp(-0.5, 0.5)
    expected = stats.spearmanr(phi(z).numpy()).statistic
    np.testing.assert_allclose(order_similarity(model, x, "0"), expected, atol=1e-12)


def test_slopes_of_single_units_count():
    torch.manual_seed(2)
    model = nn.Sequential(nn.Linear(3, 2), nn.PReLU(2), nn.Linear(2, 2))
    with torch.no_grad():
        model[0].weight[1], model[0].bias[1] = model[0].weight[0], model[0].bias[0]
        model[1].weight[:] = torch.tensor([0.3, -2.0])
    x = torch.randn(40, 3)
    z = model[0](x)[:, 0].detach()
    expected = stats.spearmanr(z, torch.where(z > 0, z, -2 * z)).statistic
    assert order_similarity(model, x, "0")[0, 1] == pytest.approx(expected)


@pytest.mark.parametrize("activation", ["lk-relu", "lk-swish", "lk-prelu"])
def test_a_linked_pair_tells_the_whole_order_of_z(activation):
    torch.manual_seed(3)
    model = ed.build_model(
        "rectangular", input_shape=(4,), n_classes=2, depth=2, width=5, activation=activation
    )
    x = torch.randn(60, 4)
    layer = ed.find_layers(model, x)[0]
    assert layer.kind == activation
    with ed.record_preactivations(model) as record:
        model(x)
    z = record[layer.name].detach()
    found = observe_orders(model, x, [layer.name])[0]
    assert np.array_equal(found.told, z)
    assert found.erased.tolist() == [0] * 5
    assert sample_orders(model, x, layer.name).orders.shape == (5, 60)
    np.testing.assert_allclose(found.similarity(), stats.spearmanr(z).statistic, atol=1e-12)


def test_what_is_erased():
    assert erased_up_to(Curve("relu")) == 0
    assert erased_up_to(Curve("relu6")) == 0
    assert erased_up_to(Curve("hardtanh", (-1.0, 1.0))) == -1
    assert erased_up_to(Curve("leaky_relu", (0.0,))) == 0
    for kind in ("tanh", "silu", "gelu"):
        assert erased_up_to(Curve(kind, ("none",) if kind == "gelu" else ())) == -np.inf
    assert erased_up_to(Curve("leaky_relu", (0.1,))) == -np.inf
    assert erased_up_to(Curve("prelu", slopes=torch.zeros(1))) == -np.inf
    assert erased_up_to(LinkedCurve(Curve("relu"), Curve("relu"))) == -np.inf


def test_grouping_of_a_layer():
    grouping = observe_orders(hand_known(), X)[0].grouping(alike=0.9)
    assert [(group.kind, set(group.units)) for group in grouping.groups] == [("alike", {1, 2})]
    assert (grouping.alone, grouping.silent) == ((3,), (0,))


def test_the_model_is_left_as_it_was():
    torch.manual_seed(4)
    model = nn.Sequential(
        nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(), nn.Linear(6, 2)
    ).train()
    model[0].weight.requires_grad_(False)
    before = copy.deepcopy(model)
    state = torch.get_rng_state()
    x = torch.randn(20, 4)
    torch.set_rng_state(state)
    with torch.no_grad():
        similarity = order_similarity(model, x, "1")
    assert torch.equal(torch.get_rng_state(), state)
    assert all(module.training for module in model.modules())
    assert all(not m._forward_hooks and not m._forward_pre_hooks for m in model.modules())
    assert [p.requires_grad for p in model.parameters()] == [p.requires_grad for p in before.parameters()]
    for mine, others in zip(model.state_dict().values(), before.state_dict().values(), strict=True):
        assert torch.equal(mine, others)
    assert np.array_equal(similarity, order_similarity(before.eval(), x, "1"))


def test_bad_input_is_refused_in_a_sentence():
    model = hand_known()
    with pytest.raises(UserError, match="layer 'fc9' is not in this model; it has 0, 2"):
        sample_orders(model, X, "fc9")
    with pytest.raises(UserError, match="the data has no samples"):
        order_similarity(model, X[:0], "0")
    with pytest.raises(UserError, match="data should be a Dataset or a tuple"):
        sample_orders(model, "digits", "0")
    with torch.no_grad():
        model[2].bias[1] = torch.nan
    with pytest.raises(
        UserError, match="layer '2' has pre-activations that are nan or infinite, first at its unit 1"
    ):
        order_similarity(model, X, "2")


def test_a_layer_that_sees_other_rows_is_refused():
    class Folded(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(2, 3), nn.Linear(3, 2)

        def forward(self, x):
            return self.last(torch.relu(self.first(x.reshape(-1, 2)))).reshape(len(x), -1)

    with pytest.raises(UserError, match="layer 'first' sees 10 rows for 5 samples"):
        sample_orders(Folded(), torch.randn(5, 4), "first")


def test_sequences_have_their_units_last():
    torch.manual_seed(5)
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Flatten(), nn.Linear(20, 2))
    x = torch.randn(12, 5, 3)
    response = model[0](x).detach().amax(1)
    assert np.array_equal(sample_orders(model, x, "0").orders, response.T.sort(stable=True).indices)


def test_dense_responses_pass_through():
    pre = torch.randn(3, 4)
    assert responses(pre) is pre


@pytest.mark.parametrize("kind", list(SHAPES))
def test_every_known_activation_has_something_to_tell(kind):
    parameters = {
        "hardtanh": (-1.0, 1.0),
        "leaky_relu": (0.1,),
        "threshold": (0.5, 0.0),
        "hardshrink": (0.5,),
        "softshrink": (0.5,),
        "elu": (1.0,),
        "celu": (1.0,),
        "gelu": ("none",),
        "softplus": (1.0, 20.0),
    }
    z = torch.linspace(-2, 2, 9).reshape(9, 1)
    sent = told(Curve(kind, parameters.get(kind, ())), z)
    assert sent.shape == (9, 1)
    assert len(sent.unique()) > 1
