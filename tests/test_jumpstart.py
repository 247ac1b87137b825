"""The regularizer against its written formula: value, gradient, training, and what a loop may do with it."""

import gc
import itertools
import math
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from effdash.jumpstart import Jumpstart, jumpstart_loss, scheduled_weight
from effdash.jumpstart.loss import WORKSPACES, Regularizer
from effdash.jumpstart.stack import WORTH_LOOKING, Stack
from effdash.jumpstart.terms import Terms
from effdash.jumpstart.workspace import STACK_LIMIT
from effdash.observe import Recorder, observe
from effdash.vocab import UserError

SWITCHES = [
    {"unit": unit, "point": point, "positive": positive, "negative": negative}
    for unit, point, positive, negative in itertools.product([True, False], repeat=4)
    if (unit or point) and (positive or negative)
]
SHAPES = [(6, 3), (6, 3), (6, 5), (4, 3, 2), (4, 3, 5), (4, 2, 3, 2), (6, 3)]


def written_formula(
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
    """SCIENCE 3, word by word, differentiated by torch."""
    units, points = [], []
    for z in preactivations:
        positions = tuple(range(2, z.ndim))
        for kind, others in ((units, (0, *positions)), (points, (1, *positions))):
            high = (margin - z.amax(others)).relu() if positive else z.new_zeros(())
            low = (margin + z.amin(others)).relu() if negative else z.new_zeros(())
            kind.append(sign_balance * high + (1 - sign_balance) * low)
    U, P = torch.cat(units), torch.cat(points)
    if aggregation == "balanced":
        return sum([part.mean() for part, on in ((U, unit), (P, point)) if on], z.new_zeros(()))
    both = torch.cat([part for part, on in ((U, unit), (P, point)) if on])
    return both.mean() if aggregation == "mean" else both.norm()


def leaves(tensors: Sequence[Tensor]) -> list[Tensor]:
    return [z.detach().clone().requires_grad_() for z in tensors]


def assert_equal_to_formula(preactivations: Sequence[Tensor], upstream: float = 1.0, **terms: Any) -> None:
    ours, slow = leaves(preactivations), leaves(preactivations)
    value, expected = jumpstart_loss(ours, **terms), written_formula(slow, **terms)
    assert value.shape == () and torch.allclose(value, expected, rtol=0, atol=1e-10)
    (upstream * value).backward()
    (upstream * expected).backward()
    for z, reference in zip(ours, slow, strict=True):
        gradient = torch.zeros_like(z) if z.grad is None else z.grad
        assert torch.allclose(gradient, reference.grad, rtol=0, atol=1e-10)


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def random_layers(generator: torch.Generator, scale: float = 1.0) -> list[Tensor]:
    return [scale * torch.randn(shape, generator=generator, dtype=torch.float64) for shape in SHAPES]


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


def small_network(seed: int = 0) -> nn.Sequential:
    """Convolutions, batch normalization and two equal dense layers, in float64."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Unflatten(1, (1, 4, 4)),
        nn.Conv2d(1, 3, 3, bias=False),  # before a normalization a bias has a gradient of mere rounding
        nn.BatchNorm2d(3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(12, 5),
        nn.ReLU(),
        nn.Linear(5, 5),
        nn.ReLU(),
        nn.Linear(5, 2),
    ).double()


def batch(seed: int, samples: int = 7) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(samples, 16, generator=generator, dtype=torch.float64)
    return X, torch.randint(0, 2, (samples,), generator=generator)


class TestModel:
    @pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.SGD])
    @pytest.mark.parametrize("frozen", [False, True])
    def test_trains_as_the_formula_does(self, optimizer: type[torch.optim.Optimizer], frozen: bool) -> None:
        ours, slow = small_network(), small_network()
        activations: list[Tensor] = []
        for module in slow:
            if isinstance(module, nn.ReLU):
                module.register_forward_pre_hook(lambda _, inputs: activations.append(inputs[0]))
        for model in (ours, slow):
            model[5].requires_grad_(not frozen)
        steps = [optimizer(model.parameters(), lr=0.05) for model in (ours, slow)]
        with Jumpstart(ours, sign_balance=0.4, aggregation="norm") as jumpstart:
            for step in range(3):
                X, y = batch(step, samples=7 - step)
                loss = nn.functional.cross_entropy(ours(X), y) + 0.7 * jumpstart.loss
                activations.clear()
                expected = nn.functional.cross_entropy(slow(X), y)
                expected = expected + 0.7 * written_formula(activations, sign_balance=0.4, aggregation="norm")
                for total, stepper in zip((loss, expected), steps, strict=True):
                    stepper.zero_grad()
                    total.backward()
                    stepper.step()
        for weight, reference in zip(ours.parameters(), slow.parameters(), strict=True):
            assert torch.allclose(weight, reference, rtol=0, atol=1e-10)

    def test_loss_is_one_tensor_until_the_next_forward(self) -> None:
        model = small_network()
        with Jumpstart(model) as jumpstart:
            model(batch(0)[0])
            first = jumpstart.loss
            assert jumpstart.loss is first
            with torch.no_grad():
                assert jumpstart.loss is first
            model(batch(1)[0])
            last = jumpstart.loss
            assert last is not first
            assert torch.allclose(last, written_formula(jumpstart.recorder.preactivations))

    def test_read_without_gradients_first(self) -> None:
        model = small_network()
        with Jumpstart(model) as jumpstart:
            model(batch(0)[0])
            with torch.no_grad():
                assert not jumpstart.loss.requires_grad
            assert jumpstart.loss.requires_grad

    def test_gradient_accumulation(self) -> None:
        model, reference = small_network().eval(), small_network().eval()
        with Jumpstart(model) as jumpstart:
            for seed in range(3):
                model(batch(seed)[0])
                (jumpstart.loss / 3).backward()
        with Jumpstart(reference) as jumpstart:
            losses = []
            for seed in range(3):
                reference(batch(seed)[0])
                losses.append(jumpstart.loss)
            torch.stack(losses).mean().backward()
        for weight, other in zip(model[:-1].parameters(), reference[:-1].parameters(), strict=True):
            assert torch.allclose(weight.grad, other.grad, rtol=0, atol=1e-12)

    def test_autocast(self) -> None:
        model = small_network().float()
        X = batch(0)[0].float()
        with Jumpstart(model) as jumpstart, torch.autocast("cpu", dtype=torch.bfloat16):
            output = model(X)
            loss = output.float().square().mean() + jumpstart.loss
            expected = written_formula([z.double() for z in jumpstart.recorder.preactivations])
            assert jumpstart.recorder.preactivations[-1].dtype == torch.bfloat16
            assert jumpstart.loss.item() == pytest.approx(expected.item(), rel=1e-5)
        loss.backward()
        assert all(weight.grad.isfinite().all() for weight in model.parameters())

    def test_before_any_forward(self) -> None:
        with (
            Jumpstart(small_network()) as jumpstart,
            pytest.raises(RuntimeError, match="call the model first"),
        ):
            _ = jumpstart.loss

    def test_model_without_nonlinearity(self) -> None:
        model = nn.Linear(2, 2)
        with Jumpstart(model), pytest.raises(UserError, match="nonlinearity"):
            model(torch.zeros(1, 2))

    def test_shares_a_recorder(self) -> None:
        model = small_network()
        with Recorder(model) as recorder:
            with Jumpstart(model, recorder=recorder) as jumpstart:
                model(batch(0)[0])
                loss = jumpstart.loss
                observe(model, batch(1)[0], recorder=recorder)
                assert jumpstart.loss is loss
            model(batch(1)[0])
            assert recorder.forwards == 2
            with pytest.raises(UserError, match="another model"):
                Jumpstart(small_network(), recorder=recorder)

    def test_leaves_the_model_without_hooks(self) -> None:
        model = small_network()
        with Jumpstart(model) as jumpstart:
            model(batch(0)[0])
            model(batch(0)[0])
        assert all(not m._forward_hooks and not m._forward_pre_hooks for m in model.modules())
        with pytest.raises(RuntimeError, match="call the model first"):
            _ = jumpstart.loss

    def test_memory_does_not_grow(self) -> None:
        model = small_network()
        counts = []
        with Jumpstart(model) as jumpstart:
            for step in range(200):
                X, y = batch(0, samples=2 + step % (WORKSPACES + 3))
                (nn.functional.cross_entropy(model(X), y) + jumpstart.loss).backward()
                if step % 50 == 49:
                    gc.collect()
                    counts.append(sum(issubclass(type(thing), Tensor | Stack) for thing in gc.get_objects()))
        assert max(counts[1:]) <= counts[0]


class TestSchedule:
    def test_constant(self) -> None:
        assert scheduled_weight(0.3, "constant", 7, 10) == 0.3

    def test_cosine_falls_to_zero(self) -> None:
        weights = [scheduled_weight(0.4, "cosine", epoch, 4) for epoch in range(5)]
        half = math.sqrt(0.5)
        assert weights == pytest.approx([0.4, 0.2 * (1 + half), 0.2, 0.2 * (1 - half), 0], abs=1e-15)

    def test_bad_input(self) -> None:
        with pytest.raises(UserError, match="schedule 'linear' is unknown; known are constant, cosine"):
            scheduled_weight(1.0, "linear", 0, 2)
        with pytest.raises(UserError, match="epoch is 3, but should lie between 0 and epochs, 2"):
            scheduled_weight(1.0, "cosine", 3, 2)
