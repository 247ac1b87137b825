"""The plan: nested, the same every time, in words with numbers; and the removal of chosen units."""

import math
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from effdash.permutations import joint_order, similarity_of
from effdash.pruning.criteria import METHODS
from effdash.pruning.plan import Path, plan_removals, removals_of
from effdash.pruning.reasons import removals_table
from effdash.pruning.reference import Reference
from effdash.pruning.removal import Removal
from effdash.pruning.stages import Stage
from effdash.vocab import UserError
from tests.pruning.dense import mlp, samples
from tests.pruning.networks import FOREIGN, made
from tests.pruning.planting import drawn, plant


def left_after(path: Path, steps: int) -> dict[int, set[int]]:
    left = {number: set(range(group.channels)) for number, group in enumerate(path.groups)}
    for removal in path.removals[:steps]:
        left[removal.group].remove(removal.channel)
    return left


# ---------------------------------------------------------------------- the path


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["dense", "linked", "residual", "grouped", "concatenated"])
def test_a_path_takes_each_channel_once_leaves_one_a_group_and_puts_exact_stages_first(
    kind: str, method: str
) -> None:
    model, X = drawn(kind, seed=0)
    plant(model, X, kind)
    reference = Reference.prepare(model, X)
    path = plan_removals(reference, method)
    left = left_after(path, len(path.removals))
    for number in range(len(path.groups)):
        expected = 1 if number in reference.prunable else path.groups[number].channels
        assert len(left[number]) == expected
    stages = [removal.stage for removal in path.removals]
    assert stages == sorted(stages, key=list(Stage).index)
    assert path.exact == len(stages) - stages.count(Stage.REDUNDANT) > 0


@pytest.mark.parametrize("kind", ["dense", "padded", "residual"])
def test_heirs_are_there_when_they_inherit(kind: str) -> None:
    model, X = drawn(kind, seed=1)
    plant(model, X, kind)
    path = plan_removals(Reference.prepare(model, X))
    for step, removal in enumerate(path.removals):
        if removal.stage is Stage.DEAD:
            assert removal.heir is None
        elif removal.heir is not None:
            until = step + 1 if removal.stage is Stage.REDUNDANT else path.exact
            assert removal.heir in left_after(path, until)[removal.group]


def test_the_same_model_and_data_give_the_same_path() -> None:
    first, second = (plan_removals(Reference.prepare(mlp(), samples())) for _ in range(2))
    assert first.removals == second.removals


def test_a_path_explains_with_the_orders_that_the_permutations_room_tells() -> None:
    model, X = mlp(width=8).double(), samples(200).double()
    reference = Reference.prepare(model, X)
    path = plan_removals(reference)
    for step, removal in enumerate(path.removals):
        if removal.stage is not Stage.REDUNDANT:
            continue
        layer = next(iter(path.groups[removal.group].sites))
        told = torch.relu(reference.model[0](X))
        if layer == "2":
            told = torch.relu(reference.model[2](told))
        left = sorted(left_after(path, step + 1)[removal.group])
        alike = similarity_of(told.numpy())[removal.channel, left]
        assert removal.heir == left[int(alike.argmax())]
        assert removal.pair_order == pytest.approx(alike.max())
        # A unit that goes later may carry what exact stages took: the told orders are those that are left.
        assert removal.joint_order == pytest.approx(
            joint_order(told.numpy(), removal.channel, left), abs=1e-6
        )


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(
        UserError, match="method 'margins' is unknown; known are margin, permutation, pairwise"
    ):
        plan_removals(Reference.prepare(mlp(), samples()), "margins")


def test_a_network_of_locked_layers_has_an_empty_path() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(4, 4)
            self.out = nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(torch.relu(self.fc(torch.relu(self.fc(x)))))

    path = plan_removals(Reference.prepare(Twice(), samples()))
    assert path.removals == ()
    assert path.notes[0] == "fc is left alone (4 units): it belongs to fc, which is used 2 times"
    assert list(path.table().columns)[:3] == ["step", "layer", "unit"]


@pytest.mark.parametrize("name", FOREIGN)
def test_whatever_can_be_traced_can_be_planned(name: str) -> None:
    model, x = made(name)
    X = torch.randn(30, *x.shape[1:], dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    table = plan_removals(Reference.prepare(model, X)).table()
    assert table.groupby(["layer", "unit"]).size().max() == 1


def test_fewer_samples_than_units_are_planned_all_the_same() -> None:
    path = plan_removals(Reference.prepare(mlp(width=12), samples(8)))
    assert len(path.removals) == 22
    redundant = path.table().query("stage == 'redundant'")
    assert redundant["cost"].notna().all()
    assert redundant["joint_order"].isna().any()


def test_labels_change_nothing_but_taylor() -> None:
    X = samples()
    plain = Reference.prepare(mlp(), X)
    labelled = Reference.prepare(mlp(), (X, torch.arange(50) % 3, None, None))
    for method in METHODS:
        same = plan_removals(plain, method).removals == plan_removals(labelled, method).removals
        assert same or method == "taylor"


# ---------------------------------------------------------------------- in words


def test_the_table_says_why_in_words_with_numbers() -> None:
    groups = Reference.prepare(mlp(), samples()).groups
    removals = [
        Removal(0, 1, Stage.DEAD),
        Removal(0, 2, Stage.CONSTANT),
        Removal(0, 3, Stage.CONSTANT, heir=0),
        Removal(1, 4, Stage.TWIN, heir=0, factor=2.5),
        Removal(1, 5, Stage.REDUNDANT, cost=0.0003, heir=2, joint_order=0.9871, pair_order=0.8702),
        Removal(1, 3, Stage.REDUNDANT, cost=1.25, heir=2, joint_order=math.nan, pair_order=-0.12),
    ]
    table = removals_table(removals, groups, "margin cost")
    assert table["reason"].tolist() == [
        "exact: answers 0 to every train sample",
        "exact: answers the same to every train sample, which goes into the biases",
        "exact: answers the same to every train sample; merged into 0 · 0, which does as well",
        "exact: 2.5 times 2 · 0 on every train sample; merged into it",
        "redundant: the survivors tell its order to .99; heir 2 · 2, alike to .87; margin cost 3.0 × 10⁻⁴",
        "redundant: too few samples to say whether the survivors tell its order; heir 2 · 2, alike to −.12; "
        "margin cost 1.2",
    ]
    assert table["step"].tolist() == [1, 2, 3, 4, 5, 6]
    assert table["layer"].tolist() == ["0", "0", "0", "2", "2", "2"]
    assert table["unit"].tolist() == [1, 2, 3, 4, 5, 3]
    assert table["stage"].tolist() == ["dead", "constant", "constant", "twin", "redundant", "redundant"]
    assert table["heir"].fillna("").tolist() == ["", "", "0 · 0", "2 · 0", "2 · 2", "2 · 2"]
    assert table["cost"].tolist() == [0, 0, 0, 0, 0.0003, 1.25]


def test_a_table_of_nothing_has_its_columns() -> None:
    table = removals_table([], [], "cost")
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == [
        "step",
        "layer",
        "unit",
        "stage",
        "reason",
        "heir",
        "joint_order",
        "pair_order",
        "cost",
    ]


def test_coupled_units_share_a_step_and_each_layer_names_its_own_heir() -> None:
    model, X = drawn("residual", seed=0)
    table = plan_removals(Reference.prepare(model, X)).table()
    coupled = table[table["layer"].isin(["bn", "blocks.0.bn2"])]
    pairs = coupled.groupby("step")["layer"].agg(tuple)
    assert set(pairs) == {("bn", "blocks.0.bn2")}
    heirs = coupled.dropna(subset="heir")
    assert all(
        heir.startswith(f"{layer} · ") for layer, heir in zip(heirs["layer"], heirs["heir"], strict=True)
    )


def test_a_unit_that_is_dead_in_one_of_two_coupled_layers_stays_and_is_named() -> None:
    """The stream's channel 3 is off after the stem, and on again after the block that is added."""
    model, X = drawn("with ways around", seed=0)
    with torch.no_grad():
        model.bn1.weight[3] = 0
        model.bn1.bias[3] = -1
    path = plan_removals(Reference.prepare(model, X))
    assert (
        "bn1 · 3 says the same of every sample, but is coupled with bn3 and bn5, where that is not so: "
        "not sliced as dead or constant"
    ) in path.notes
    rows = path.table().query("layer == 'bn1' and unit == 3")
    assert not rows["stage"].isin(["dead", "constant"]).any()


def test_taylor_without_labels_says_whose_answers_it_took() -> None:
    X = samples()
    without = plan_removals(Reference.prepare(mlp(), X), "taylor")
    assert without.notes[-1] == "there are no labels: Taylor took the network's own decisions for them"
    labelled = Reference.prepare(mlp(), (X, torch.arange(50) % 3, None, None))
    assert not any("labels" in note for note in plan_removals(labelled, "taylor").notes)


# ---------------------------------------------------------------------- chosen units


def test_chosen_units_go_and_what_is_coupled_with_them() -> None:
    model, X = drawn("residual", seed=0)
    plant(model, X, "residual")
    reference = Reference.prepare(model, X)
    table = removals_of(reference, {"bn": [0, 2, 0], "blocks.1.bn1": [5]}).table()
    rows = set(zip(table["layer"], table["unit"], strict=True))
    assert rows == {("bn", 0), ("blocks.0.bn2", 0), ("bn", 2), ("blocks.0.bn2", 2), ("blocks.1.bn1", 5)}
    assert table.groupby("step").size().sum() == len(table)


def test_of_twins_the_one_that_stays_inherits() -> None:
    model, X = mlp(), samples()
    with torch.no_grad():
        model[0].weight[4] = 2 * model[0].weight[1]
        model[0].bias[4] = 2 * model[0].bias[1]
    reference = Reference.prepare(model, X)
    for gone, heir, factor in ((1, 4, 0.5), (4, 1, 2.0)):
        (removal,) = removals_of(reference, {"0": [gone]}).removals
        assert (removal.stage, removal.heir, removal.factor) == (Stage.TWIN, heir, pytest.approx(factor))
    both = removals_of(reference, {"0": [1, 4]}).removals
    assert [removal.stage for removal in both] == [Stage.TWIN, Stage.REDUNDANT]


def test_chosen_redundant_units_cost_what_refitting_shows() -> None:
    """The first costs as it would alone; all are explained by those that stay."""
    reference = Reference.prepare(mlp(), samples())
    together = removals_of(reference, {"2": [0, 3]}).removals
    first = together[0]
    (alone,) = removals_of(reference, {"2": [first.channel]}).removals
    assert alone.cost == pytest.approx(first.cost)


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ({"fc9": [0]}, "layer 'fc9' is not in this model; it has first, twice, twice#2, one, other, last"),
        ({"last": [7]}, "layer 'last' has no unit 7; it has 7, counted from 0"),
        ({"last": [-1]}, "layer 'last' has no unit -1; it has 7, counted from 0"),
        (
            {"one": [2]},
            "unit 2 of layer 'one' cannot go: it belongs to one, which shares its weights with oth",
        ),
        ({"last": range(7)}, "all units of layer 'last' are to go, and the layer would vanish; leave one"),
    ],
)
def test_units_that_cannot_go_are_refused(units: dict[str, Any], message: str) -> None:
    model, _ = made("shared")
    reference = Reference.prepare(model, samples(features=5).double())
    with pytest.raises(UserError, match=message):
        removals_of(reference, units)
