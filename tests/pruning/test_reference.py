"""The reference that plans are made from: what the original hears, says and decides on which samples."""

import copy
import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import effdash as ed
from effdash.permutations import order_similarity
from effdash.pruning.plan import plan_removals
from effdash.pruning.rebuilding import rebuilt
from effdash.pruning.reference import Reference
from effdash.vocab import UserError
from tests.pruning.dense import mlp, samples
from tests.pruning.networks import made


def test_the_model_is_left_as_it_was() -> None:
    model, _ = made("resnet")
    model.float().train()
    before = copy.deepcopy(model.state_dict())
    X = torch.randn(20, 1, 10, 10, generator=torch.Generator().manual_seed(0))
    reference = Reference.prepare(model, X)
    plan_removals(reference)
    assert model.training
    assert all(parameter.requires_grad and parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in reference.model.modules())
    assert reference.original_dtype == torch.float32
    assert next(reference.model.parameters()).dtype == torch.float64
    np.testing.assert_array_equal(reference.logits, reference.model(reference.X).numpy())


def test_what_consumers_get_and_give_is_the_originals_although_activations_write_over_it() -> None:
    model, _ = made("functional")
    X = torch.randn(20, 1, 10, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    reference = Reference.prepare(model, X)
    assert reference.consumers == ("conv2", "fc1", "fc2", "out")
    for path in reference.consumers:
        layer = reference.model.get_submodule(path)
        torch.testing.assert_close(layer(reference.inputs[path]), reference.outputs[path])


def test_what_a_consumer_heard_stays_although_the_network_adds_to_it_afterwards() -> None:
    class Around(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1 = nn.Linear(4, 5)
            self.fc2 = nn.Linear(5, 5)
            self.out = nn.Linear(5, 2)

        def forward(self, x: Tensor) -> Tensor:
            h = torch.relu(self.fc1(x))
            h += torch.relu(self.fc2(h))
            return self.out(h)

    reference = Reference.prepare(Around(), samples())
    heard = torch.relu(reference.model.get_submodule("fc1")(reference.X))
    torch.testing.assert_close(reference.inputs["fc2"], heard)


def test_the_similarity_is_that_of_the_layer() -> None:
    data = ed.load_data("moons", seed=0)
    model = mlp(width=5, classes=2)
    model[0] = nn.Linear(2, 5)
    reference = Reference.prepare(model, data)
    ranks = reference.ranks()["2"]
    similarity = order_similarity(model.double(), data.X_train.double(), "2")
    varies = ranks.any(axis=0)
    np.testing.assert_allclose(
        (ranks.T @ ranks)[varies][:, varies], similarity[varies][:, varies], atol=1e-12
    )


def test_weights_are_large_where_decisions_are_narrow() -> None:
    reference = Reference.prepare(mlp(), samples())
    floor = np.median(reference.margins) / 4
    np.testing.assert_allclose(reference.weights, 1 / (reference.margins**2 + floor**2))


@pytest.mark.parametrize("moved", [0, 10])
def test_margins_of_0_weigh_alike_or_take_the_median_of_the_others(moved: int) -> None:
    model = mlp(classes=2)
    with torch.no_grad():
        model[4].weight[:] = 0
        model[4].bias[:] = 0
        model[4].weight[0, 0] = 1.0 if moved else 0.0
        model[2].weight[0] = 0
        model[2].weight[0, 0] = 1.0
        model[2].bias[0] = 0
        model[0].weight[0] = torch.tensor([1.0, 0, 0, 0])
        model[0].bias[0] = 0
    X = samples()
    X[moved:, 0] = -1
    X[:moved, 0] = torch.linspace(1, 2, moved) if moved else X[:moved, 0]
    reference = Reference.prepare(model, X)
    assert np.isfinite(reference.weights).all()
    if not moved:
        assert (reference.weights == reference.weights[0]).all()
    else:
        assert reference.weights[20] == pytest.approx(1 / (1.5 / 4) ** 2)


def test_one_logit_counts_as_two() -> None:
    reference = Reference.prepare(mlp(classes=1), samples())
    assert reference.logits.shape == (50, 2)
    assert (reference.logits[:, 0] == 0).all()
    assert len(plan_removals(reference).removals) == 10


def test_one_class_in_the_labels_is_fine_and_so_are_arrays() -> None:
    X = samples().numpy()
    reference = Reference.prepare(mlp(), (X, np.zeros(50), X[:9], np.zeros(9)))
    assert reference.y_train is not None
    assert reference.X_test is not None
    assert reference.X_test.dtype == torch.float64


def test_many_samples_are_a_seeded_part_with_the_labels_that_belong_to_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("effdash.pruning.samples.SAMPLES", 30)
    X = samples(100)
    y = (X[:, 0] > 0).long()
    first, second = (Reference.prepare(mlp(), (X, y, None, None), seed=3) for _ in range(2))
    assert len(first.X) == 30
    assert torch.equal(first.X, second.X)
    assert first.y_train is not None
    assert torch.equal(first.y_train, (first.X[:, 0] > 0).long())
    assert first.notes[0] == "seen on 30 of 100 training samples"


def test_what_consumers_hear_is_kept_within_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("effdash.pruning.forward_pass.MEMORY", 20 * 8 * (6 + 6 + 6 + 3))
    assert len(Reference.prepare(mlp(), samples(50)).X) == 20


BAD: dict[str, tuple[Callable[[], nn.Module], Any, str]] = {
    "nan": (mlp, torch.full((3, 4), math.nan), "X_train holds a nan or an infinite value, first in sample 0"),
    "input": (mlp, samples()[:, :3], r"the model cannot take samples of shape \(3,\)"),
    "labels": (
        mlp,
        (samples(3), torch.tensor([0, 1, 7]), None, None),
        "the model answers 3 classes, but y_train holds the label 7",
    ),
    "measurements": (
        mlp,
        (samples(3), torch.tensor([0.5, 1.0, 0.0]), None, None),
        "y_train holds labels that are no class numbers",
    ),
    "test": (mlp, (samples(3), None, samples(3)[:, :2], None), "X_test has samples of shape"),
    "kind": (mlp, {"X": 1}, "data should be a Dataset, a tuple .* not dict"),
    "classes": (
        lambda: nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 6), nn.Unflatten(1, (2, 3))),
        samples(),
        "it should answer one row of logits a sample",
    ),
    "answer": (
        lambda: nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2), Root()),
        samples(),
        "the model answers nan or infinite logits, first to training sample",
    ),
}


class Root(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x / torch.relu(x)


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_a_sentence(name: str) -> None:
    make, data, message = BAD[name]
    with pytest.raises(UserError, match=message):
        Reference.prepare(make(), data)


def test_several_threads_may_work_with_one_reference() -> None:
    """As a page does, that plans by other methods while somebody clicks."""
    model, X = mlp(width=12), samples(80)
    alone = Reference.prepare(model, X)
    expected = plan_removals(alone).removals
    logits = rebuilt(alone, expected[:6], compensate=False).logits
    shared = Reference.prepare(model, X)
    stop = threading.Event()

    def plan_on() -> None:
        while not stop.is_set():
            plan_removals(shared, "taylor")

    with ThreadPoolExecutor() as pool:
        others = [pool.submit(plan_on) for _ in range(2)]
        try:
            for _ in range(20):
                assert plan_removals(shared).removals == expected
                again = rebuilt(shared, expected[:6], compensate=False)
                np.testing.assert_array_equal(again.logits, logits)
        finally:
            stop.set()
        for other in others:
            other.result()


def test_a_network_that_is_too_wide_is_refused_before_anything_is_computed() -> None:
    model = nn.Sequential(nn.Linear(2, 30_000), nn.ReLU(), nn.Linear(30_000, 2))
    model[2].register_forward_hook(
        lambda module, given, output: pytest.fail("it ran") if len(output) > 10 else None
    )
    with pytest.raises(
        UserError, match=r"too wide to prune: .* would take 7 GiB, 7 of it in layer '0'; 6 are the most"
    ):
        Reference.prepare(model, torch.randn(50, 2))


def test_looking_at_a_network_tells_its_steps_and_stops_at_any() -> None:
    class EnoughError(Exception):
        pass

    told: list[tuple[int, int]] = []
    Reference.prepare(mlp(), samples(), on_step=lambda done, of: told.append((done, of)))
    assert len({of for _, of in told}) == 1
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]
    for last in range(len(told) - 1):

        def stop(done: int, of: int, last: int = last) -> None:
            if done > last:
                raise EnoughError

        with pytest.raises(EnoughError):
            Reference.prepare(mlp(), samples(), on_step=stop)


def test_planning_can_be_stopped_within_the_metrics() -> None:
    reference = Reference.prepare(mlp(), samples())

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        reference.metrics(stop)
    with pytest.raises(InterruptedError):
        reference.ranks(stop)
    assert reference.metrics().keys() == {*reference.consumers}
