"""The regularizer of a model: it trains as its formula does, and what a loop may do with it."""

import gc

import pytest
import torch
from torch import Tensor, nn

from effdash.jumpstart import Jumpstart
from effdash.jumpstart.loss import WORKSPACES
from effdash.jumpstart.stack import Stack
from effdash.observe import Recorder, observe
from effdash.vocab import UserError
from tests.jumpstart.formula import (
    written_formula,
)


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
