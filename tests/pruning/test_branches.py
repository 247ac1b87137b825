"""A branch may go where a way leads around it: exactly where it says nothing, else as well as others can."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import effdash as ed
from effdash.decision import logits_of
from effdash.models.graph import GraphModel
from effdash.pruning import Choice, outcome_of
from effdash.pruning.asked import layers_named
from effdash.pruning.branches import branches_of, has_branches
from effdash.pruning.operation import prefix_for
from effdash.pruning.plan import NO_BRANCH, plan_removals, removals_of
from effdash.pruning.rebuilding import rebuild, rebuilt
from effdash.pruning.reference import Reference
from effdash.pruning.saving import save_pruned
from effdash.pruning.stages import Stage
from effdash.vocab import UserError
from tests.pruning.networks import made
from tests.pruning.planting import Constant, Dead, drawn

AROUND = {
    "with ways around": [("bn2", "bn3"), ("bn4", "bn5")],
    "residual": [("blocks.0.bn1",), ("blocks.1.bn1",), ("blocks.2.bn1",)],
    "pre-activation": [("norms.0", "inner.0"), ("norms.1", "inner.1")],
    "tokens": [("up1",), ("up2",)],
}
"""By kind of network, the layers that go with each of its branches."""


class Bottleneck(nn.Module):
    """Two layers in a branch, and a second branch inside of a third."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Linear(5, 6)
        self.down, self.middle, self.up = nn.Linear(6, 4), nn.Linear(4, 4), nn.Linear(4, 6)
        self.outer, self.inner, self.back = nn.Linear(6, 5), nn.Linear(5, 5), nn.Linear(5, 6)
        self.inside = nn.Linear(5, 5)
        self.out = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x).relu()
        x = x + self.up(self.middle(self.down(x).relu()).relu())
        h = self.outer(x).relu()
        h = h + self.inside(self.inner(h).relu())
        return self.out((x + self.back(h)).relu())


def whole(reference: Reference, layers: tuple[str, ...]) -> dict[str, range]:
    """All units of those of some layers whose channels live in a branch alone."""
    homes = {
        name for branch in branches_of(reference) for n in branch.groups for name in reference.groups[n].sites
    }
    return {layer.name: range(layer.units) for layer in reference.layers if layer.name in homes & {*layers}}


@pytest.mark.parametrize("kind", AROUND)
def test_branches_are_found(kind: str) -> None:
    model, X = drawn(kind, seed=0)
    assert sorted(branch.layers for branch in branches_of(Reference.prepare(model, X))) == sorted(
        AROUND[kind]
    )


@pytest.mark.parametrize("kind", ["dense", "padded", "concatenated", "linked", "functional", "volume"])
def test_where_nothing_leads_around_there_are_none(kind: str) -> None:
    model, X = drawn(kind, seed=0)
    reference = Reference.prepare(model, X)
    assert branches_of(reference) == ()
    assert not has_branches(reference)
    assert NO_BRANCH in plan_removals(reference, vanish=True).notes


def test_a_gate_is_no_way_around() -> None:
    model, _ = made("gated")
    assert branches_of(Reference.prepare(model, torch.randn(9, 1, 10, 10))) == ()


@pytest.mark.parametrize("value", [None, 0.0, 0.7])
@pytest.mark.parametrize(
    ("kind", "layers"), [(kind, one) for kind, all_of in AROUND.items() for one in all_of]
)
@torch.no_grad()
def test_a_branch_that_says_nothing_goes_without_a_trace(
    kind: str, layers: tuple[str, ...], value: float | None
) -> None:
    """All its units dead, or constant where no border sees zeros."""
    model, X = drawn(kind, seed=1)
    reference = Reference.prepare(model, X)
    branch = next(one for one in branches_of(reference) if one.layers == layers)
    padded = kind != "tokens"
    content = Dead() if value is None or padded else Constant(value)
    (number,) = branch.groups
    for channel in range(reference.groups[number].channels):
        content.write(model, reference.groups[number], channel)
    for _ in range(2):
        reference = Reference.prepare(model, X)
        path = removals_of(reference, whole(reference, layers), vanish=True)
        assert {removal.stage for removal in path.removals} <= {Stage.DEAD, Stage.CONSTANT}
        smaller = rebuild(reference, path.removals)
        assert isinstance(smaller, GraphModel)
        assert np.abs(logits_of(smaller, X) - reference.logits).max() <= 1e-9
        left = sum(p.numel() for p in smaller.parameters())
        assert left < sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(
    ("kind", "layers"), [(kind, one) for kind, all_of in AROUND.items() for one in all_of]
)
def test_others_take_over_what_a_branch_said(kind: str, layers: tuple[str, ...]) -> None:
    model, X = drawn(kind, seed=2, samples=200)
    reference = Reference.prepare(model, X)
    removals = removals_of(reference, whole(reference, layers), vanish=True).removals
    results = [rebuilt(reference, removals, compensate=compensate) for compensate in (True, False)]
    errors = []
    for result in results:
        np.testing.assert_allclose(logits_of(result.model, X), result.logits, rtol=1e-5, atol=1e-5)
        off = result.logits - reference.logits
        off -= off.mean(axis=1, keepdims=True)
        errors.append(float(reference.weights @ (off**2).sum(axis=1)))
        assert f"the branch of {' and '.join(layers)} is gone" in result.notes[-1]
    assert errors[0] < errors[1]


@pytest.mark.parametrize("kind", AROUND)
def test_the_refusal_offers_it_and_the_report_says_so(kind: str) -> None:
    model, X = drawn(kind, seed=3, samples=100)
    reference = Reference.prepare(model, X)
    layers = AROUND[kind][0]
    units = whole(reference, layers)
    branch = layers_named(layers)
    offer = rf"or let the whole branch of {branch} go, around which there is a way: vanish=True"
    with pytest.raises(UserError, match=offer):
        ed.prune(model, X, units=units)
    pruned, report = ed.prune(model, X, units=units, vanish=True)
    gone = report.table.loc[~report.table["kept"]]
    assert set(gone["layer"]) == set(layers)
    assert (
        report.removed == len(gone) == sum(layer.units for layer in reference.layers if layer.name in layers)
    )
    assert any("gone" in note for note in report.notes)
    assert report.parameters[1] < report.parameters[0]
    assert report.macs is not None
    assert report.macs[1] < report.macs[0]
    assert len(ed.find_layers(pruned, X[:2])) == len(reference.layers) - len(layers)
    assert gone["reason"].str.contains("as there is a way around").any()


def test_what_nothing_leads_around_is_refused_all_the_same() -> None:
    model, X = drawn("residual", seed=0)
    with pytest.raises(
        UserError, match=r"all units of layers 'bn' and 'blocks\.0\.bn2' are to go, and the layer would"
    ):
        ed.prune(model, X, units={"bn": range(8)}, vanish=True)
    with pytest.raises(UserError, match="vanish=True takes a branch out of the network; masks=True only"):
        ed.prune(model, X, units={"bn": [0]}, vanish=True, masks=True)


def test_one_layer_takes_the_others_of_its_branch_along_and_an_outer_branch_the_inner() -> None:
    torch.manual_seed(0)
    model, X = Bottleneck().double().eval(), torch.randn(90, 5, dtype=torch.float64)
    _, report = ed.prune(model, X, units={"down": range(4)}, vanish=True)
    assert set(report.table.loc[~report.table["kept"], "layer"]) == {"down", "middle"}
    _, report = ed.prune(model, X, units={"inner": range(5)}, vanish=True)
    assert set(report.table.loc[~report.table["kept"], "layer"]) == {"inner"}
    pruned, report = ed.prune(model, X, units={"outer": range(5), "inner": range(5)}, vanish=True)
    assert set(report.table.loc[~report.table["kept"], "layer"]) == {"outer", "inner"}
    assert not {"outer", "inner", "inside"} & {name for name, _ in pruned.named_children()}


@pytest.mark.parametrize("kind", AROUND)
def test_branches_come_last_on_a_path_of_which_every_stretch_is_a_network(kind: str) -> None:
    model, X = drawn(kind, seed=4, samples=60)
    reference = Reference.prepare(model, X)
    plain, path = plan_removals(reference), plan_removals(reference, vanish=True)
    assert path.removals[: len(plain.removals)] == plain.removals
    assert len(path.removals) == len(plain.removals) + len(AROUND[kind])
    for count in range(len(plain.removals), len(path.removals) + 1):
        result = rebuilt(reference, path.removals[:count])
        assert result.logits.shape == reference.logits.shape
    units = sum(layer.units for layer in reference.layers)
    for amount in np.linspace(0.5, 1, 9):
        steps = path.table()
        gone = steps[steps["step"] <= len(prefix_for(path, amount)[0])]
        assert not gone.duplicated(["layer", "unit"]).any()
        assert len(gone) <= round(amount * units)


def test_it_opens_again_and_is_pruned_again(tmp_path: Path) -> None:
    model, X = drawn("residual", seed=5, samples=60)
    y = torch.arange(60) % 3
    data = (X[:40].float(), y[:40], X[40:].float(), y[40:])
    pruned, _ = ed.prune(model.float(), data, units={"blocks.0.bn1": range(8)}, vanish=True)
    run = ed.open_run(save_pruned(pruned, data, tmp_path))
    with torch.no_grad():
        torch.testing.assert_close(run.model()(data[2]), pruned(data[2]))
    again, report = ed.prune(run.model(), data, amount=0.3)
    assert report.removed > 0
    assert again(data[0][:2]).shape == (2, 3)


def test_a_branch_that_holds_a_kept_unit_or_a_locked_layer_stays() -> None:
    torch.manual_seed(0)
    reference = Reference.prepare(Bottleneck(), torch.randn(40, 5))
    path = plan_removals(reference, vanish=True)
    free = outcome_of(reference, path, Choice(amount=99, vanish=True))
    assert free.removed["middle"].all() and free.removed["outer"].all()
    for choice in (
        Choice(amount=99, vanish=True).pinned("middle", 1, kept=True),
        Choice(amount=99, vanish=True).locking("middle"),
    ):
        found = outcome_of(reference, path, choice)
        kept = [unit for layer, unit in choice.kept] or range(4)
        assert not found.removed["middle"][[*kept]].any()
        assert not found.removed["down"].all()
        assert found.removed["outer"].all()


def test_a_branch_inside_of_one_that_stays_may_go_all_the_same() -> None:
    torch.manual_seed(0)
    reference = Reference.prepare(Bottleneck(), torch.randn(40, 5))
    path = plan_removals(reference, vanish=True)
    found = outcome_of(reference, path, Choice(amount=99, vanish=True).locking("outer"))
    assert not found.removed["outer"].any()
    assert found.removed["inner"].all()
