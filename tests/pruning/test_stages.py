"""Dead, constant and twin channels: planted ones are found exactly, near ones are not claimed."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from effdash.pruning.exact import exact_removals
from effdash.pruning.reference import Reference
from effdash.pruning.stages import TOLERANCES, Exact, Heard, Stage, find_exact

TOLERANCE = TOLERANCES[0]


def heard(columns: np.ndarray, *, padded: bool = False) -> Heard:
    """One column a channel, a row a sample, as a list of one consumer hears it."""
    return Heard(columns[:, :, None].astype(float), padded)


def removed(found: list[Exact], stage: Stage) -> dict[int, tuple[int | None, float | None]]:
    return {one.channel: (one.heir, one.factor) for one in found if one.stage is stage}


@settings(derandomize=True, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    kinds=st.lists(st.sampled_from(["dead", "constant", "twin", "own"]), max_size=8),
    k=st.integers(1, 3),
    consumers=st.integers(1, 3),
)
def test_planted_channels_are_found_and_no_others(
    seed: int, kinds: list[str], k: int, consumers: int
) -> None:
    draw = np.random.default_rng(seed)
    kinds = [*kinds, "own", "heir"]
    draw.shuffle(kinds)
    heir = kinds.index("heir")
    factors = draw.uniform(0.1, 0.9, size=len(kinds)) * draw.choice([-1, 1], size=len(kinds))
    several = []
    for _ in range(consumers):
        columns = draw.normal(size=(20, len(kinds), k))
        for channel, kind in enumerate(kinds):
            if kind == "dead":
                columns[:, channel] = 0
            elif kind == "constant":
                columns[:, channel] = draw.normal(size=k)
            elif kind == "twin":
                columns[:, channel] = factors[channel] * columns[:, heir]
        several.append(Heard(columns, padded=False))
    found = find_exact(several, TOLERANCE)
    for stage in (Stage.DEAD, Stage.CONSTANT, Stage.TWIN):
        assert sorted(removed(found, stage)) == [i for i, kind in enumerate(kinds) if kind == stage]
    for channel, (of, factor) in removed(found, Stage.TWIN).items():
        assert of == heir
        assert factor == pytest.approx(factors[channel], rel=1e-12)


def test_the_loudest_of_some_multiples_is_their_heir() -> None:
    a = np.arange(1.0, 9.0)
    found = find_exact([heard(np.stack([a, 4 * a, -2 * a, a**2], axis=1))], TOLERANCE)
    assert removed(found, Stage.TWIN) == {0: (1, 0.25), 2: (1, -0.5)}


def test_one_factor_for_all_consumers_or_none() -> None:
    a = np.arange(1.0, 9.0)
    one = heard(np.stack([a, 2 * a], axis=1))
    assert removed(find_exact([one, one], TOLERANCE), Stage.TWIN) == {0: (1, 0.5)}
    assert find_exact([one, heard(np.stack([a, 3 * a], axis=1))], TOLERANCE) == []


def test_dead_for_one_consumer_only_is_not_dead() -> None:
    draw = np.random.default_rng(0)
    silent = draw.normal(size=(9, 3))
    silent[:, 1] = 0
    loud = draw.normal(size=(9, 3))
    assert find_exact([heard(silent), heard(loud)], TOLERANCE) == []


def test_before_a_padded_consumer_one_constant_carries_the_others() -> None:
    columns = np.random.default_rng(0).normal(size=(9, 5))
    columns[:, 1], columns[:, 3], columns[:, 4] = 2.0, -5.0, 0.5
    assert removed(find_exact([heard(columns)], TOLERANCE), Stage.CONSTANT) == {
        1: (None, None),
        3: (None, None),
        4: (None, None),
    }
    padded = [heard(columns, padded=True), heard(columns)]
    assert removed(find_exact(padded, TOLERANCE), Stage.CONSTANT) == {1: (3, None), 4: (3, None)}


def test_a_carrier_speaks_in_every_column_in_which_the_carried_does() -> None:
    columns = np.zeros((6, 3, 2))
    columns[:, 0] = (4.0, 0.0)
    columns[:, 1] = (0.0, 3.0)
    columns[:, 2] = (1.0, 0.0)
    found = find_exact([Heard(columns, padded=True)], TOLERANCE)
    assert removed(found, Stage.CONSTANT) == {2: (0, None)}


def test_a_constant_that_is_0_before_every_padded_consumer_needs_no_carrier() -> None:
    columns = np.random.default_rng(0).normal(size=(6, 2))
    columns[:, 0] = 0.0
    elsewhere = columns.copy()
    elsewhere[:, 0] = 7.0
    found = find_exact([heard(columns, padded=True), heard(elsewhere)], TOLERANCE)
    assert removed(found, Stage.CONSTANT) == {0: (None, None)}


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_one_channel_stays_where_all_could_go(value: float) -> None:
    found = find_exact([heard(np.full((5, 4), value))], TOLERANCE)
    assert len(found) == 3


def test_only_what_may_go_does_and_the_rest_inherits() -> None:
    a = np.arange(1.0, 9.0)
    columns = np.stack([a, 4 * a, 2 * a, np.zeros(8), np.ones(8), np.full(8, 2.0)], axis=1)
    may_go = np.array([False, True, True, False, False, True])
    found = find_exact([heard(columns, padded=True)], TOLERANCE, may_go)
    assert removed(found, Stage.TWIN) == {1: (0, 4.0), 2: (0, 2.0)}
    assert removed(found, Stage.CONSTANT) == {5: (4, None)}
    assert removed(found, Stage.DEAD) == {}


def network(width: int = 4) -> tuple[nn.Sequential, torch.Tensor]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(3, width), nn.ReLU(), nn.Linear(width, 2)).double()
        return model, torch.randn(30, 3, dtype=torch.float64)


@pytest.mark.parametrize("miss", [1e-3, 1e-7, 1e-11])
def test_what_misses_by_too_much_for_the_outputs_is_not_claimed(miss: float) -> None:
    """A copy whose weights miss by `miss`, and a consumer that takes it 1e4 times."""
    model, X = network()
    with torch.no_grad():
        for parameter in (model[0].weight, model[0].bias):
            parameter[2] = parameter[1]
        model[0].weight[2] += miss
        model[2].weight[:, 1:3] = 1e4
    assert exact_removals(Reference.prepare(model, X)) == {0: []}


def test_a_copy_that_misses_by_rounding_is_claimed() -> None:
    model, X = network()
    with torch.no_grad():
        for parameter in (model[0].weight, model[0].bias):
            parameter[2] = parameter[1] / 3
    found = exact_removals(Reference.prepare(model, X))
    assert removed(found[0], Stage.TWIN) == {2: (1, pytest.approx(1 / 3))}
