"""The regularizer against its written formula: value, gradient, and which tensors it takes."""

import itertools
import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from effdash.jumpstart import jumpstart_loss
from effdash.jumpstart.loss import Regularizer
from effdash.jumpstart.stack import WORTH_LOOKING
from effdash.jumpstart.terms import Terms
from effdash.jumpstart.workspace import STACK_LIMIT
from effdash.vocab import UserError
from tests.jumpstart.formula import (
    SHAPES,
    SWITCHES,
    assert_equal_to_formula,
    leaves,
    random_layers,
    written_formula,
)


class TestFormula:
    def test_by_hand(self) -> None:
        Z = torch.tensor([[-2.0, 3.0], [0.5, 2.0]], dtype=torch.float64)
        # units: max .5 and 3, min -2 and 2; points: max 3 and 2, min -2 and .5
        U = [0.25 * 0.5 + 0.75 * 0, 0.25 * 0 + 0.75 * 3]
        P = [0, 0.75 * 1.5]
        balanced = sum(U) / 2 + sum(P) / 2
        assert jumpstart_loss([Z], sign_balance=0.25).item() == pytest.approx(balanced)
        mean = jumpstart_loss([Z], sign_balance=0.25, aggregation="mean")
        assert mean.item() == pytest.approx(sum(U + P) / 4)
        norm = jumpstart_loss([Z], sign_balance=0.25, aggregation="norm")
        assert norm.item() == pytest.approx(math.hypot(*U, *P))

    @pytest.mark.parametrize("aggregation", ["balanced", "mean", "norm"])
    @pytest.mark.parametrize("switches", SWITCHES, ids=lambda on: "-".join(k for k, v in on.items() if v))
    def test_all_settings(
        self, generator: torch.Generator, aggregation: str, switches: dict[str, bool]
    ) -> None:
        for sign_balance, margin in itertools.product([0.0, 0.3, 0.5, 1.0], [1.0, 0.0, -0.5, 2.5]):
            terms = {"sign_balance": sign_balance, "margin": margin, "aggregation": aggregation, **switches}
            assert_equal_to_formula(random_layers(generator), upstream=-1.7, **terms)

    @settings(derandomize=True, deadline=None, max_examples=150)
    @given(data=st.data())
    def test_ties_and_shapes(self, data: st.DataObject) -> None:
        shape = st.lists(st.integers(1, 4), min_size=2, max_size=5)
        layers = []
        for sizes in data.draw(st.lists(shape, min_size=1, max_size=5)):
            values = data.draw(
                st.lists(st.integers(-2, 2), min_size=math.prod(sizes), max_size=math.prod(sizes))
            )
            layers.append(torch.tensor(values, dtype=torch.float64).view(sizes))
        terms = {
            "aggregation": data.draw(st.sampled_from(["balanced", "mean", "norm"])),
            "sign_balance": data.draw(st.sampled_from([0.0, 0.25, 0.5, 1.0])),
            "margin": data.draw(st.sampled_from([-1.0, 0.5, 1.0, 1.5])),
            **data.draw(st.sampled_from(SWITCHES)),
        }
        assert_equal_to_formula(layers, **terms)

    @pytest.mark.parametrize("aggregation", ["balanced", "mean", "norm"])
    def test_smooth_where_nothing_ties(self, generator: torch.Generator, aggregation: str) -> None:
        layers = [(0.4 * z).requires_grad_() for z in random_layers(generator)]
        assert torch.autograd.gradcheck(lambda *zs: jumpstart_loss(zs, aggregation=aggregation), layers)

    def test_all_zero_layer_shares_one_gradient(self) -> None:
        (z,) = leaves([torch.zeros(4, 3, 2)])
        jumpstart_loss([z], sign_balance=1.0).backward()
        assert torch.allclose(z.grad, torch.full_like(z, -2 / z.numel()))

    def test_norm_of_satisfied_terms_has_no_gradient(self) -> None:
        z = torch.tensor([[3.0, -3.0], [-3.0, 3.0]], requires_grad=True)
        jumpstart_loss([z], aggregation="norm").backward()
        assert z.grad is None

    @pytest.mark.parametrize("positions", [(), (9,)])
    def test_kinds_that_are_satisfied(self, positions: tuple[int, ...]) -> None:
        """Large enough that they are looked at and left out."""
        Z = torch.full((WORTH_LOOKING // 4, 4, *positions), 5.0, dtype=torch.float64)
        Z[::2] *= -1
        assert_equal_to_formula([Z, Z.roll(1, 0)])  # every unit has both signs, no point has
        Z = Z.abs()
        Z[:, ::2] *= -1
        assert_equal_to_formula([Z, 2 * Z])  # every point has both signs, no unit has
        Z[::2] *= -1
        assert_equal_to_formula([Z, Z[:4].clone() * 0.1])  # both have, but not in the other layer

    def test_more_layers_than_a_stack_takes(self, generator: torch.Generator) -> None:
        samples = STACK_LIMIT // 6
        layers = [torch.randn(samples, 4, generator=generator, dtype=torch.float64) for _ in range(4)]
        assert_equal_to_formula(layers)


class TestTensors:
    def test_not_contiguous(self, generator: torch.Generator) -> None:
        images = torch.randn(3, 4, 5, 6, generator=generator, dtype=torch.float64)
        layers = [
            images.contiguous(memory_format=torch.channels_last),
            images[:, :2, ::2],
            images[:, :, 0, 0],
        ]
        leaf = [z.requires_grad_() for z in leaves(layers)]
        views = [leaf[0].contiguous(memory_format=torch.channels_last), leaf[1].transpose(2, 3), leaf[2].T]
        gradients = torch.autograd.grad(jumpstart_loss(views), leaf, materialize_grads=True)
        expected = torch.autograd.grad(written_formula(views), leaf)
        assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(gradients, expected, strict=True))

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
    def test_narrow_dtypes(self, generator: torch.Generator, dtype: torch.dtype) -> None:
        narrow = leaves([z.to(dtype) for z in random_layers(generator)])
        wide = leaves([z.double() for z in narrow])
        loss, expected = jumpstart_loss(narrow), written_formula(wide)
        assert loss.dtype == torch.float32
        assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
        loss.backward()
        expected.backward()
        for z, reference in zip(narrow, wide, strict=True):
            assert z.grad.dtype == dtype
            assert torch.allclose(z.grad.double(), reference.grad, rtol=1e-2, atol=1e-4)

    def test_mixed_dtypes(self) -> None:
        layers = leaves([torch.randn(3, 2, dtype=torch.float64), torch.randn(3, 2), torch.randn(3, 2).half()])
        loss = jumpstart_loss(layers)
        assert torch.allclose(loss, written_formula([z.double() for z in layers]), atol=1e-12)
        loss.backward()
        assert [z.grad.dtype for z in layers] == [torch.float64, torch.float32, torch.float16]

    @pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
    def test_cuda(self, generator: torch.Generator) -> None:
        assert_equal_to_formula([z.cuda() for z in random_layers(generator)])
        assert_equal_to_formula([10 * z.sign().cuda() for z in random_layers(generator)])

    @pytest.mark.parametrize("layer", range(len(SHAPES)))
    @pytest.mark.parametrize("aggregation", ["balanced", "norm"])
    def test_nan_reaches_the_loss(self, generator: torch.Generator, layer: int, aggregation: str) -> None:
        layers = random_layers(generator, scale=100)
        layers[layer].view(-1)[-1] = math.nan
        assert jumpstart_loss(layers, aggregation=aggregation).isnan()

    def test_gradients_belong_to_the_caller(self, generator: torch.Generator) -> None:
        regularizer = Regularizer(Terms())
        layers = leaves(random_layers(generator))
        gradients = torch.autograd.grad(regularizer(layers), layers)
        kept = [gradient.clone() for gradient in gradients]
        others = leaves(random_layers(generator))
        regularizer(others).backward()
        assert all(torch.equal(a, b) for a, b in zip(gradients, kept, strict=True))


class TestGraph:
    def test_second_use_and_second_backward(self, generator: torch.Generator) -> None:
        layers, slow = leaves(random_layers(generator)), leaves(random_layers(generator.manual_seed(0)))
        for zs, function in ((layers, jumpstart_loss), (slow, written_formula)):
            loss = function(zs)
            (loss**2 + 3 * loss).backward(retain_graph=True)
            loss.backward()
        assert all(torch.allclose(a.grad, b.grad, atol=1e-10) for a, b in zip(layers, slow, strict=True))

    def test_backward_after_a_later_forward(self, generator: torch.Generator) -> None:
        regularizer = Regularizer(Terms())
        first, second = leaves(random_layers(generator)), leaves(random_layers(generator))
        early, late = regularizer(first), regularizer(second)
        (early + 2 * late).backward()
        slow_first, slow_second = leaves(first), leaves(second)
        (written_formula(slow_first) + 2 * written_formula(slow_second)).backward()
        for z, reference in zip(first + second, slow_first + slow_second, strict=True):
            assert torch.allclose(z.grad, reference.grad, atol=1e-10)

    def test_retained_gradient(self) -> None:
        leaf = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
        z = leaf * 0.5
        z.retain_grad()
        (jumpstart_loss([z]) + z.relu().sum()).backward()
        kept = z.grad.clone()
        expected = torch.autograd.grad(written_formula([z]), z)[0] + (z > 0)
        assert torch.allclose(kept, expected)
        assert torch.allclose(leaf.grad, 0.5 * expected)

    def test_frozen_layers(self, generator: torch.Generator) -> None:
        layers = random_layers(generator)
        layers[2].requires_grad_()
        jumpstart_loss(layers).backward()
        reference = leaves(layers)
        written_formula(reference).backward()
        assert [z.grad is None for z in layers] == [True, True, False, True, True, True, True]
        assert torch.allclose(layers[2].grad, reference[2].grad)
        assert not jumpstart_loss([z.detach() for z in layers]).requires_grad

    def test_no_grad_gives_the_value_alone(self, generator: torch.Generator) -> None:
        layers = leaves(random_layers(generator))
        with torch.no_grad():
            loss = jumpstart_loss(layers)
        assert not loss.requires_grad
        assert torch.allclose(loss, written_formula(layers))

    def test_satisfied_loss_bears_a_backward_pass(self) -> None:
        z = torch.tensor([[3.0, -3.0], [-3.0, 3.0]], requires_grad=True)
        loss = jumpstart_loss([z])
        assert loss.item() == 0
        (loss + 2 * z.sum()).backward()
        assert torch.equal(z.grad, torch.full_like(z, 2))
        jumpstart_loss([z]).backward()

    def test_second_derivative_is_refused(self) -> None:
        z = torch.zeros(2, 2, requires_grad=True)
        with pytest.raises(RuntimeError, match="differentiated once only"):
            torch.autograd.grad(jumpstart_loss([z]), z, create_graph=True)

    def test_changed_preactivations_are_noticed(self) -> None:
        leaf = torch.zeros(2, 2, requires_grad=True)
        z = leaf * 1
        loss = jumpstart_loss([z])
        z.add_(1)
        with pytest.raises(RuntimeError, match="inplace operation"):
            loss.backward()


class TestBadInput:
    @pytest.mark.parametrize(
        ("terms", "message"),
        [
            ({"sign_balance": 1.5}, "sign_balance is 1.5, but should lie between 0 and 1"),
            ({"sign_balance": math.nan}, "sign_balance is nan"),
            ({"aggregation": "median"}, "aggregation 'median' is unknown; known are balanced, mean, norm"),
            ({"margin": math.inf}, "margin is inf, but should be a finite number"),
            ({"unit": False, "point": False}, "unit and point are both False"),
            ({"positive": False, "negative": False}, "positive and negative are both False"),
        ],
    )
    def test_terms(self, terms: dict[str, Any], message: str) -> None:
        with pytest.raises(UserError, match=message):
            jumpstart_loss([torch.zeros(2, 2)], **terms)

    @pytest.mark.parametrize(
        ("layers", "message"),
        [
            ([], "there are no pre-activations"),
            ([torch.zeros(2, 2), torch.zeros(3)], r"pre-activation 1 has shape \(3,\)"),
            ([torch.zeros(0, 2)], r"pre-activation 0 has shape \(0, 2\)"),
            ([torch.zeros(2, 2).long()], "pre-activation 0 is torch.int64"),
            (
                [torch.zeros(2, 2), torch.zeros(2, 2, device="meta")],
                "pre-activation 1 is on meta, but the first on cpu",
            ),
        ],
    )
    def test_preactivations(self, layers: list[Tensor], message: str) -> None:
        with pytest.raises(UserError, match=message):
            jumpstart_loss(layers)
