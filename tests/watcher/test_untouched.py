"""Training with and without watch gives the same weights, bit for bit, whatever the loop is like."""

import copy
import random
import threading
import types
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

import effdash as ed
from effdash.jumpstart import Jumpstart
from effdash.watcher import Watch
from effdash.watcher.quiet import quiet

from .loops import loader_of, make_net, train


class Noisy(Dataset):
    """Samples that are different each time, by two generators.

    The third one, Python's, is drawn from by the checks of shapes that run in the tests.
    """

    def __len__(self) -> int:
        return 48

    def __getitem__(self, place: int):
        x = torch.randn(4) + float(np.random.rand())
        return x, place % 3


class Wrapped(nn.Module):
    """A module of somebody's own: torch compiles those of its own only inside others."""

    def __init__(self) -> None:
        super().__init__()
        self.body = make_net()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x)


def states() -> tuple:
    return tuple(np.random.get_state()[1]), torch.get_rng_state().tolist()


def both(make_loader: Callable[[], DataLoader], tmp_path, **options) -> tuple[nn.Module, nn.Module]:
    """The same training twice: alone, and watched."""
    found = []
    for watched in (False, True):
        np.random.seed(3)
        model = make_net()
        loader = make_loader()

        def watch(model=model, loader=loader) -> Watch:
            return ed.watch(model, loader, test=loader_of(30), runs=tmp_path, strict=True)

        train(model, loader, watched=watch if watched else None, **options)
        found.append((model, states()))
    (alone, after), (seen, after_seen) = found
    assert [one == other for one, other in zip(after, after_seen, strict=True)] == [True] * 2
    return alone, seen


def assert_same(alone: nn.Module, seen: nn.Module) -> None:
    for (name, tensor), other in zip(alone.state_dict().items(), seen.state_dict().values(), strict=True):
        assert torch.equal(tensor, other), name
    assert [module.training for module in alone.modules()] == [module.training for module in seen.modules()]
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in seen.modules())


def test_a_plain_loop_with_accumulated_gradients(tmp_path):
    assert_same(*both(loader_of, tmp_path, accumulate=2))


def test_a_data_set_that_draws_by_two_generators(tmp_path):
    assert_same(*both(lambda: DataLoader(Noisy(), batch_size=16, shuffle=True), tmp_path))


def test_inside_quiet_all_is_seeded_and_outside_nothing_is_noticed():
    own = torch.Generator().manual_seed(5)
    drawn = []
    # The checks of shapes draw when they are made, not when they are entered.
    contexts = [quiet(3, types.SimpleNamespace(generator=own)) for _ in range(2)]
    before = random.getstate(), states(), own.get_state().tolist()
    for context in contexts:
        with context:
            drawn.append((random.random(), float(np.random.rand()), float(torch.rand(1))))
            torch.rand(1, generator=own)
    assert drawn[0] == drawn[1]
    assert (random.getstate(), states(), own.get_state().tolist()) == before


def test_a_loader_with_a_generator_of_its_own(tmp_path):
    def make() -> DataLoader:
        return loader_of(generator=torch.Generator().manual_seed(7))

    assert_same(*both(make, tmp_path))


def test_jumpstart_in_the_same_loop(tmp_path):
    weights = []
    for watched in (False, True):
        model, loader = make_net(), loader_of()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
        run = ed.watch(model, loader, runs=tmp_path, strict=True) if watched else None
        with Jumpstart(model) as jumpstart:
            for _ in range(2):
                for x, y in loader:
                    loss = nn.functional.cross_entropy(model(x), y) + 0.3 * jumpstart.loss
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                if run is not None:
                    run.epoch(loss=loss, jumpstart=0.3)
        weights.append(copy.deepcopy(model.state_dict()))
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_autocast_and_frozen_parts(tmp_path):
    weights = []
    for watched in (False, True):
        model = make_net()
        model[0].requires_grad_(False)

        def forward(x, model=model):
            with torch.autocast("cpu", torch.bfloat16):
                return model(x)

        def watch(model=model) -> Watch:
            return ed.watch(model, loader_of(), runs=tmp_path, strict=True)

        train(model, loader_of(), forward=forward, watched=watch if watched else None)
        weights.append(copy.deepcopy(model.state_dict()))
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_gradients_that_are_there_stay(tmp_path):
    model = make_net()
    x, y = next(iter(loader_of()))
    nn.functional.cross_entropy(model(x), y).backward()
    before = [parameter.grad.clone() for parameter in model.parameters()]
    with ed.watch(model, loader_of(), runs=tmp_path, strict=True) as run:
        run.epoch()
    grads = [parameter.grad for parameter in model.parameters()]
    assert all(torch.equal(one, other) for one, other in zip(before, grads, strict=True))


class Listening(nn.Module):
    """Has something that cannot be copied, in itself or in what listens to it."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.body = make_net()
        self.heard = []
        if where == "in itself":
            self.lock = threading.Lock()
        elif where == "in a hook":
            self.body[0].register_forward_hook(Ear().hear)
        elif where == "behind":
            self.body[0].register_full_backward_hook(lambda *told: self.heard.append(told))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x)


class Ear:
    def __init__(self) -> None:
        self.lock = threading.Lock()

    def hear(self, *told) -> None:
        pass


@pytest.mark.parametrize("where", ["in itself", "in a hook", "behind"])
def test_what_a_model_holds_is_neither_copied_nor_told_of_our_gradients(tmp_path, where):
    model = Listening(where)
    with ed.watch(model, loader_of(), runs=tmp_path, strict=True) as run:
        run.epoch(loss=1.0)
    found = ed.open_run(run.path)
    assert (found.graph is None) == (where == "in itself")
    assert found.units(epoch=1).grad_mean_abs.isna().all() == (where == "behind")
    assert len(found.units(epoch=1)) == 20 and model.heard == []


@pytest.mark.parametrize("place", ["outside", "in place"])
def test_a_compiled_model_is_recorded_and_not_compiled_again(tmp_path, place):
    torch._dynamo.reset()
    compiled = []

    def backend(graph, inputs):
        compiled.append(graph)
        return graph

    model = Wrapped()
    if place == "in place":
        model.compile(backend=backend)
        forward = model
    else:
        forward = torch.compile(model, backend=backend)
    with ed.watch(forward, loader_of(), runs=tmp_path, strict=True) as run:
        counts = []
        for _ in range(3):
            for x, y in loader_of():
                nn.functional.cross_entropy(forward(x), y).backward()
            run.epoch()
            counts.append(len(compiled))
    assert counts[0] == counts[-1] > 0
    units = ed.open_run(run.path).units(epoch=3)
    expected = ed.unit_status(model, next(iter(loader_of()))[0])
    assert list(units.layer.astype(str)) == list(expected.layer)
    torch._dynamo.reset()
