"""At once and nearly: one toggle against the network that is really rebuilt."""

import numpy as np
import pytest

from effdash.decision import compare
from effdash.pruning import Choice, Outcome, Reference, approximate, outcome_of, plan_removals, turned
from effdash.pruning.approximation import _Standing
from effdash.pruning.homes import homes_of
from effdash.vocab import UserError
from tests.pruning.planting import drawn


def made(kind: str, amount: int, *, compensate: bool = True) -> tuple[Reference, Outcome]:
    model, X = drawn(kind, seed=4, samples=300)
    reference = Reference.prepare(model, X)
    path = plan_removals(reference)
    return reference, outcome_of(reference, path, Choice(amount=amount, compensate=compensate))


def logits(reference: Reference, outcome: Outcome, layer: str, unit: int) -> np.ndarray:
    home = homes_of(reference)[layer]
    return _Standing(reference, outcome).turned(int(home.groups[unit]), int(home.channels[unit]))


@pytest.mark.parametrize("compensate", [True, False])
@pytest.mark.parametrize("kind", ["dense", "strided", "linked", "padded"])
def test_where_all_but_one_layer_is_whole_it_is_nearly_what_rebuilding_gives(
    kind: str, compensate: bool
) -> None:
    reference, whole = made(kind, 0, compensate=compensate)
    layer = reference.layers[-1]
    for unit in range(4):
        choice = turned(reference, whole, layer.name, unit)
        rebuilt = outcome_of(reference, whole.plan, choice)
        found = logits(reference, whole, layer.name, unit)
        moved = np.abs(rebuilt.rebuilt.logits - reference.logits).max()
        assert np.abs(found - rebuilt.rebuilt.logits).max() <= max(0.05 * moved, 1e-4)
        back = logits(reference, rebuilt, layer.name, unit)
        assert np.abs(back - reference.logits).max() <= max(0.05 * moved, 1e-4)


def test_in_a_pruned_network_it_comes_nearer_than_doing_nothing() -> None:
    reference, outcome = made("dense", 8)
    nearer = []
    for layer, units in outcome.removed.items():
        for unit in range(len(units)):
            rebuilt = outcome_of(reference, outcome.plan, turned(reference, outcome, layer, unit))
            found = logits(reference, outcome, layer, unit)
            off = np.square(found - rebuilt.rebuilt.logits).sum()
            nearer.append(off < np.square(outcome.rebuilt.logits - rebuilt.rebuilt.logits).sum())
    assert np.mean(nearer) > 0.7


def test_it_says_on_how_many_samples_and_leaves_the_outcome_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("effdash.pruning.approximation.LOOKED_AT", 60)
    reference, outcome = made("dense", 5)
    first = approximate(reference, outcome, "fc2", 1)
    assert (first.changes.samples, first.total) == (60, 300)
    approximate(reference, outcome, "fc1", 3)
    again = approximate(reference, outcome, "fc2", 1)
    np.testing.assert_allclose(again.changes.margin_left, first.changes.margin_left, atol=1e-5)
    fresh = outcome_of(Reference.prepare(*drawn("dense", seed=4, samples=300)), outcome.plan, outcome.choice)
    np.testing.assert_array_equal(outcome.rebuilt.logits, fresh.rebuilt.logits)
    assert compare(outcome.rebuilt.logits, fresh.rebuilt.logits).count == 0


def test_what_cannot_be_told_at_once_is_refused() -> None:
    reference, outcome = made("dense", 0)
    alone = outcome_of(reference, outcome.plan, Choice(removed=frozenset(("fc1", unit) for unit in range(7))))
    with pytest.raises(UserError, match="cannot go, or is the last one"):
        approximate(reference, alone, "fc1", 7)
    with pytest.raises(UserError, match="layer 'fc1' has no unit 8"):
        approximate(reference, outcome, "fc1", 8)
    folded, whole = made("dense with norms", 0)
    with pytest.raises(UserError, match="a batch norm is folded into"):
        approximate(folded, whole, folded.layers[0].name, 0)
