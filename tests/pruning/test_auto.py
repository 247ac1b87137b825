"""As small as can be without a changed decision: found from the far end, guarded, polished, or refused."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import effdash as ed
from effdash.decision import compare
from effdash.pruning import Path as Removals
from effdash.pruning import Reference, plan_removals, rebuilt, search
from effdash.pruning.auto import ALL_STAY, HALVED, Judge
from effdash.runs import open_run
from effdash.vocab import UserError

DIGITS = Path(__file__).parents[2] / "assets" / "runs" / "digits-wide.effdash"


@pytest.fixture(scope="module")
def trained() -> tuple[nn.Module, ed.Dataset]:
    """A network that tells two moons apart, much wider than it needs to be."""
    data = ed.load_data("moons", seed=0)
    model = ed.build_model(
        "rectangular", input_shape=(2,), n_classes=2, depth=2, width=24, activation="relu", seed=0
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(data.X_train), data.y_train).backward()
        optimizer.step()
    return model.eval(), data


@pytest.fixture(scope="module")
def planned(trained: tuple[nn.Module, ed.Dataset]) -> tuple[Reference, Removals]:
    reference = Reference.prepare(*trained)
    return reference, plan_removals(reference)


def test_no_decision_changes_and_margins_stay(planned: tuple[Reference, Removals]) -> None:
    reference, path = planned
    found = search(reference, path)
    assert len(found.removals) > 0.6 * 48
    assert found.removals == path.removals[: len(found.removals)]
    changes = compare(reference.logits, found.rebuilt.logits)
    assert changes.count == 0
    assert changes.halved <= HALVED
    with torch.no_grad():
        assert (found.rebuilt.model(reference.X) - torch.from_numpy(found.rebuilt.logits)).abs().max() < 1e-9


def test_what_follows_on_the_path_would_not_do(planned: tuple[Reference, Removals]) -> None:
    reference, path = planned
    count = len(search(reference, path).removals)
    for further in range(count + 1, min(count + 4, len(path.removals) + 1)):
        changes = compare(reference.logits, rebuilt(reference, path.removals[:further]).logits)
        assert changes.count > 0 or changes.halved > HALVED


def test_tolerance_lets_more_units_go(planned: tuple[Reference, Removals]) -> None:
    reference, path = planned
    strict, loose = (search(reference, path, tolerance=share, compensate=False) for share in (0.0, 0.1))
    assert len(loose.removals) > len(strict.removals)
    assert compare(reference.logits, loose.rebuilt.logits).agreement >= 0.9


def test_polishing_the_last_layer_lets_more_units_go(monkeypatch: pytest.MonkeyPatch) -> None:
    run = open_run(DIGITS)
    reference = Reference.prepare(run.model(), run.data())
    path = plan_removals(reference)
    found = search(reference, path)
    with torch.no_grad():
        said = found.rebuilt.model(reference.X).numpy()
    np.testing.assert_allclose(said, found.rebuilt.logits, rtol=1e-9, atol=1e-9)
    assert (said.argmax(axis=1) == reference.decisions).all()
    monkeypatch.setattr(
        "effdash.pruning.auto.polish", lambda network, judge: (network, judge.verdict(network.logits))
    )
    assert len(search(reference, path).removals) < len(found.removals)


def test_a_network_of_which_every_unit_decides_keeps_all() -> None:
    """Its two units are the two sides of a bend: without either, some decision has to change."""
    model = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    with torch.no_grad():
        model[0].weight[:] = torch.tensor([[1.0], [-1.0]])
        model[0].bias[:] = torch.tensor([-1.0, -1.0])
        model[2].weight[:] = torch.tensor([[1.0, 1.0]])
        model[2].bias[:] = -1.0
    X = torch.linspace(-4, 4, 81)[:, None]
    reference = Reference.prepare(model, X)
    found = search(reference, plan_removals(reference))
    assert found.removals == ()
    assert found.notes == (ALL_STAY,)
    np.testing.assert_array_equal(found.rebuilt.logits, reference.logits)


def test_a_decision_that_rounding_could_turn_counts_as_changed() -> None:
    model = nn.Sequential(nn.Linear(1, 3), nn.ReLU(), nn.Linear(3, 2))
    reference = Reference.prepare(model, torch.randn(20, 1, generator=torch.Generator().manual_seed(0)))
    judge = Judge(reference, 0.0)
    close = reference.logits.copy()
    first, second = reference.decisions[0], 1 - reference.decisions[0]
    close[0, second] = close[0, first] - 1e-9 * np.abs(close).max()
    assert (close.argmax(axis=1) == reference.decisions).all()
    assert judge.verdict(close).changed.tolist() == [True] + [False] * 19
    assert not judge.verdict(reference.logits).changed.any()


@pytest.mark.parametrize("tolerance", [-0.1, 1.5])
def test_tolerance_is_a_share(planned: tuple[Reference, Removals], tolerance: float) -> None:
    with pytest.raises(UserError, match=f"tolerance = {tolerance} is out of range; it is a share"):
        search(*planned, tolerance=tolerance)


def test_a_stretch_of_the_path_that_fails_hides_nothing_behind_it(
    planned: tuple[Reference, Removals], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bisecting the whole path would stop before the stretch."""
    reference, path = planned
    well = {*range(1, 15), *range(36, 41)}
    monkeypatch.setattr("effdash.pruning.auto._Attempts.succeeds", lambda self, count: count in well)
    assert len(path.removals) == 46
    assert len(search(reference, path).removals) == 40
