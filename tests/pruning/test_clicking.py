"""One unit the other way about: clicks, and what the unit alone does."""

from collections.abc import Callable

import numpy as np
import pytest

from effdash.decision import compare
from effdash.pruning import (
    Choice,
    Path,
    Reference,
    Stage,
    alone,
    clicked,
    most,
    outcome_of,
    rebuilt,
    removals_of,
)
from effdash.vocab import UserError
from tests.pruning.planned import gone, moons, residual


@pytest.mark.parametrize("make", [moons, residual])
def test_clicks_turn_one_unit_and_those_coupled_with_it_and_no_other(
    make: Callable[[], tuple[Reference, Path]],
) -> None:
    """But where one inherits from the other without a trace, they change places."""
    reference, path = make()
    rng = np.random.default_rng(0)
    clicks = 0
    outcome = outcome_of(reference, path, Choice(amount=most(reference, path, Choice()) // 2))
    sites = [(layer, unit) for layer, units in outcome.removed.items() for unit in range(len(units))]
    for _ in range(25):
        layer, unit = sites[rng.integers(len(sites))]
        try:
            choice = clicked(reference, outcome, layer, unit)
        except UserError:
            continue
        after = outcome_of(reference, path, choice)
        turned = gone(after) ^ gone(outcome)
        if outcome.choice.pin(layer, unit) is None and choice.pin(layer, unit) is not None:
            assert (layer, unit) in turned
            assert choice.pin(layer, unit) == ("removed" if outcome.removed[layer][unit] == 0 else "kept")
        others = {channel_of(reference, *one) for one in turned} - {channel_of(reference, layer, unit)}
        traceless = [
            {(one.group, one.channel) for one in seen.removals if one.stage is not Stage.REDUNDANT}
            for seen in (outcome, after)
        ]
        assert len(others) <= 1
        assert others <= traceless[0] ^ traceless[1]
        outcome = after
        clicks += 1
    assert clicks > 15


def channel_of(reference: Reference, layer: str, unit: int) -> tuple[int, int]:
    number = next(n for n, group in enumerate(reference.groups) if unit in group.sites.get(layer, ()))
    return number, int(np.flatnonzero((reference.groups[number].sites[layer] == unit).any(axis=1))[0])


def test_a_second_click_gives_a_unit_back_to_the_plan() -> None:
    reference, path = moons()
    start = outcome_of(reference, path, Choice(amount=12))
    layer, unit = sorted(gone(start))[3]
    back = outcome_of(reference, path, clicked(reference, start, layer, unit))
    assert back.choice == Choice(amount=11, kept=frozenset({(layer, unit)}))
    assert gone(start) - gone(back) == {(layer, unit)}
    again = clicked(reference, back, layer, unit)
    assert gone(outcome_of(reference, path, again)) == gone(start)
    assert again == Choice(amount=12)


def test_a_unit_that_the_plan_keeps_comes_back_alone_when_its_pin_goes() -> None:
    reference, path = moons()
    start = outcome_of(reference, path, Choice(amount=12))
    late = path.removals[25]
    layer = (*reference.groups[late.group].sites,)[0]
    pinned = outcome_of(reference, path, clicked(reference, start, layer, late.channel))
    assert gone(pinned) - gone(start) == {(layer, late.channel)}
    assert gone(start) <= gone(pinned)
    assert clicked(reference, pinned, layer, late.channel) == start.choice


def test_a_click_that_would_make_a_layer_vanish_is_refused() -> None:
    reference, path = moons()
    pinned = frozenset(("fc1", unit) for unit in range(15))
    outcome = outcome_of(reference, path, Choice(removed=pinned))
    with pytest.raises(UserError, match="all units of layer 'fc1' are to go"):
        clicked(reference, outcome, "fc1", 15)
    with pytest.raises(UserError, match="layer 'fc9' is not in this model"):
        clicked(reference, outcome, "fc9", 0)


def test_alone_is_the_original_without_a_unit_and_the_pruned_network_with_it() -> None:
    reference, path = moons()
    outcome = outcome_of(reference, path, Choice(amount=26))
    removal = outcome.removals[-1]
    layer = (*reference.groups[removal.group].sites,)[0]
    found = alone(reference, outcome, layer, removal.channel)
    without = rebuilt(reference, removals_of(reference, {layer: [removal.channel]}).removals)
    assert found.goes is not None and found.turned is not None
    np.testing.assert_array_equal(found.goes["train"].after, without.logits.argmax(axis=1))
    with_it = rebuilt(reference, outcome.removals[:-1])
    np.testing.assert_allclose(
        found.turned["train"].margin_left, compare(reference.logits, with_it.logits).margin_left, atol=1e-6
    )
    kept = next(unit for unit in range(16) if not outcome.removed[layer][unit])
    assert alone(reference, outcome, layer, kept).turned is not None
