"""Linked activations against their definition."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from effdash.models import ACTIVATIONS, Linked

Z = torch.tensor([[2.0, -1.0], [0.0, 3.0]])
SELU = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772


def test_lk_relu_by_hand():
    assert ACTIVATIONS["lk-relu"].make()(Z).tolist() == [[2.0, 0.0, 0.0, 1.0], [0.0, 3.0, 0.0, 0.0]]


def test_lk_prelu_has_one_slope_for_each_output():
    linked = ACTIVATIONS["lk-prelu"].make()
    with torch.no_grad():
        linked.phi_pos.weight.fill_(0.5)
        linked.phi_neg.weight.fill_(0.25)
    assert len(list(linked.parameters())) == 2
    assert linked(Z).tolist() == [[2.0, -0.5, -0.5, 1.0], [0.0, 3.0, 0.0, -0.75]]


def test_lk_selu_by_hand():
    positive, negative = ACTIVATIONS["lk-selu"].make()(torch.tensor([[2.0]])).flatten().tolist()
    assert positive == pytest.approx(2 * SELU)
    assert negative == pytest.approx(SELU * SELU_ALPHA * (math.exp(-2) - 1))


def test_lk_swish_by_hand():
    positive, negative = ACTIVATIONS["lk-swish"].make()(torch.tensor([[2.0]])).flatten().tolist()
    assert positive == pytest.approx(2 / (1 + math.exp(-2)))
    assert negative == pytest.approx(-2 / (1 + math.exp(2)))


@pytest.mark.parametrize("name", ["lk-relu", "lk-prelu", "lk-selu", "lk-swish"])
@settings(derandomize=True, deadline=None, max_examples=20)
@given(shape=st.sampled_from([(3, 2), (2, 3, 4), (2, 3, 2, 5)]), seed=st.integers(0, 1000))
def test_a_linked_activation_is_the_unlinked_one_of_z_and_of_minus_z(name, shape, seed):
    phi = ACTIVATIONS[ACTIVATIONS[name].unlinked].make()
    z = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    linked = ACTIVATIONS[name].make()
    assert linked.kind == name
    assert torch.equal(linked(z), torch.cat([phi(z), phi(-z)], dim=1))


@pytest.mark.parametrize("name", ["lk-relu", "lk-prelu", "lk-selu", "lk-swish"])
@pytest.mark.parametrize("value", [-3.0, -0.1, 0.1, 3.0])
def test_a_gradient_passes_whatever_z_is(name, value):
    z = torch.tensor([[value]], requires_grad=True)
    outputs = ACTIVATIONS[name].make()(z).flatten()
    slopes = [torch.autograd.grad(output, z, retain_graph=True)[0].item() for output in outputs]
    assert max(abs(slope) for slope in slopes) >= 0.5


def test_any_two_modules_can_be_linked():
    linked = Linked(nn.ReLU(), nn.Tanh(), "lk-mine")
    assert linked(torch.tensor([[1.0]])).flatten().tolist() == pytest.approx([1.0, math.tanh(-1.0)])
    assert "lk-mine" in str(linked)
