"""The Prune page of odd networks and data: any number of classes, units that all matter, odd names."""

import re
from itertools import pairwise

import pytest
import torch
from torch import nn

from effdash.pruning import Choice, save_pruned
from effdash.runs import Run
from pages.shared import jobs
from pages.shared.prune import readers

from .conftest import again, figures, labels, plainly, press, said, tamper
from .odd_runs import make_run, samples

pytestmark = pytest.mark.usefixtures("patient")

FIGURES = {"amount", "prune map", "removal path", "decision change", "widths"}
EVIL = "<script>alert(1)</script>![x](http://example.org/x.png) *a* $b$ 🦄"


def counts(app) -> dict[str, str]:
    """What the row of numbers says, by name."""
    row = next(element.value for element in app.html if 'class="numbers' in element.value)
    return dict(re.findall(r"<span>(.*?)</span><b.*?>(.*?)</b>", row))


def auto(app):
    """Presses Auto and waits for what it finds."""
    press(app, "Auto: no decision changed")
    for job in (job for slot, (_, job) in app.session_state[jobs.JOBS]._slots.items() if slot == "auto"):
        job.wait(30)
    return again(app)


def layers(features: int, width: int, answers: int, depth: int = 1) -> nn.Sequential:
    """A network of random weights, whose layers are called 0, 2, 4, …"""
    torch.manual_seed(0)
    widths = [features] + [width] * depth
    hidden = [part for before, after in pairwise(widths) for part in (nn.Linear(before, after), nn.ReLU())]
    return nn.Sequential(*hidden, nn.Linear(widths[-1], answers))


def absolute_value() -> nn.Sequential:
    """Answers whether |x0| is above 1/2, by two units of which neither can do without the other."""
    network = layers(2, 2, 2)
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]))
        network[0].bias.zero_()
        network[2].weight.copy_(torch.tensor([[-1.0, -1.0], [1.0, 1.0]]))
        network[2].bias.copy_(torch.tensor([0.5, -0.5]))
    return network


def test_auto_keeps_all_units_where_the_first_changes_a_decision(visit, shelf):
    save_pruned(absolute_value(), samples(each=40), shelf.path, run_id="odd")
    app = auto(visit("prune", run="odd"))
    assert app.query_params["plan"] in (Choice(auto=True).to_text(), [Choice(auto=True).to_text()])
    assert "The first units to go change a decision on the pruning data, so all units stay." in plainly(app)
    assert counts(app)["units kept"] == "2"


def test_where_no_unit_can_go_auto_is_not_advised(visit, shelf):
    save_pruned(layers(2, 1, 2, depth=3), samples(each=20), shelf.path, run_id="odd")
    app = visit("prune", run="odd")
    assert "No unit can go: a layer keeps one unit at least" in plainly(app)
    auto(app)
    assert "No unit can go: a layer keeps one unit at least" in plainly(app)
    assert "Auto takes out as many" not in plainly(app)
    assert counts(app)["units kept"] == "3"


@pytest.mark.parametrize(("amount", "told"), [(0, "No unit can go"), (5, "All layers are locked")])
def test_all_layers_locked_is_said_with_and_without_an_amount(visit, shelf, amount, told):
    shelf.finished("done")
    choice = Choice(amount=amount, locked=frozenset({"fc1", "fc2", "fc3"}))
    app = visit("prune", run="done", plan=choice.to_text())
    assert told in plainly(app)
    assert counts(app)["units kept"] == "12"


def test_one_logit_decides_between_two_classes(visit, shelf):
    data = samples(each=40)
    network = layers(2, 8, 1)
    save_pruned(network, data, shelf.path, run_id="odd")
    app = auto(visit("prune", run="odd"))
    assert figures(app) >= FIGURES
    numbers = counts(app)
    right = ((network(data.X_train).flatten() > 0) == data.y_train).double().mean()
    assert numbers["accuracy, train"] == f"{right:.3f}"
    assert numbers["decisions changed, train"] == "0"


@pytest.mark.parametrize("features", [2, 5])
def test_three_hundred_classes(visit, shelf, features):
    data = samples([f"class {number}" for number in range(300)], features=features, each=2)
    save_pruned(layers(features, 12, 300), data, shelf.path, run_id="odd")
    app = visit("prune", run="odd", plan=Choice(amount=10).to_text())
    assert figures(app) >= FIGURES
    assert not app.error
    assert counts(app)["units kept"] == "2"
    assert "more kinds of change" in plainly(app)


def test_one_layer_is_pruned_to_its_last_unit(visit, shelf):
    save_pruned(layers(2, 6, 2), samples(each=40), shelf.path, run_id="odd")
    app = visit("prune", run="odd", plan=Choice(amount=50).to_text())
    assert figures(app) >= FIGURES
    assert "50 units were to go, but only 5 can: no layer vanishes." in plainly(app)
    assert counts(app)["units kept"] == "1"


def test_without_test_data_all_is_said_of_train(visit, shelf):
    make_run(shelf.path, "odd", samples(each=40, test=False))
    app = visit("prune", run="odd", plan=Choice(amount=3).to_text())
    assert figures(app) >= FIGURES
    assert list(counts(app)) == ["units kept", "parameters", "decisions changed, train", "accuracy, train"]


def test_hostile_names_are_only_names(visit, shelf):
    path = save_pruned(
        layers(2, 8, 4),
        samples([EVIL, "<b>", "$x$", "🦄" * 60], each=20),
        shelf.path,
        run_id="odd",
        name=EVIL,
    )
    tamper(path, "UPDATE run SET note = ?", EVIL)
    app = visit("prune", run="odd", layer="0", unit=1, plan=Choice(amount=7).to_text())
    assert figures(app) >= FIGURES
    assert "<script>" not in said(app)
    assert "![x](" not in said(app)
    app.session_state["save menu"] = True
    again(app)
    assert "Save as a run" in labels(app)
    press(app, "Save as a run")
    saved = next(run for run in map(Run, shelf.path.glob("*.effdash")) if run.id != "odd")
    assert saved.name.startswith("<script>alert(1)</script>")
    assert "![x](" not in said(app)


def test_layers_that_do_not_fit_into_memory_are_said(visit, shelf, monkeypatch):
    def too_wide(*_, **__):
        raise MemoryError

    shelf.finished("done")
    monkeypatch.setattr(readers, "plan_of", too_wide)
    app = visit("prune", run="done")
    assert "This run cannot be pruned: its layers are too wide for this machine's memory" in plainly(app)
    assert "map" in figures(app)


def test_layers_of_other_names_than_the_networks_are_said(visit, shelf):
    tamper(shelf.finished("done"), "UPDATE layer SET name = ? WHERE position = 1", EVIL)
    app = visit("prune", run="done")
    assert "This run cannot be pruned: its layers are not those of its network." in plainly(app)
    assert "map" in figures(app)
    assert "<script>" not in said(app)


def test_why_a_plan_was_dropped_is_said_until_something_is_chosen(visit, shelf, undo):
    shelf.finished("done")
    sentence = "The plan in the address does not fit this run, so nothing is removed: layer 'fc1'"
    app = visit("prune", run="done", layer="fc2", unit=1, plan="margin-r99_fc1")
    assert sentence in plainly(app)
    again(app)  # as it is when work in the background has ended
    assert sentence in plainly(app)
    press(app, "Take it out")
    assert sentence not in plainly(app)
    undo(app)
    assert "plan" not in app.query_params
    assert sentence not in plainly(app)


def test_a_layer_of_100_000_units_is_refused_in_a_sentence_and_the_map_stays(visit, shelf):
    save_pruned(layers(2, 100_000, 2), samples(each=4), shelf.path, run_id="odd")
    app = visit("prune", run="odd")
    assert "This run cannot be pruned: the network is too wide to prune" in plainly(app)
    assert "map" in figures(app)


def test_a_link_to_a_plan_of_other_weights_removes_nothing_and_says_so(visit, shelf):
    shelf.finished("done")
    app = visit("prune", run="done", plan="margin-n5", weights="0123abcd")
    told = "so nothing is removed: it was made of other weights than this run has at epoch 6"
    assert told in plainly(app)
    assert counts(app)["units kept"] == "12"
    assert not {"plan", "weights"} & set(app.query_params)


def test_what_a_person_should_know_of_a_plan_stands_on_the_page(visit, shelf):
    shelf.finished("done")
    assert "Shares of the layers, from equal (0 %) to by cost alone" in plainly(visit("prune", run="done"))


def test_branches_can_be_let_go_where_there_are_some(visit, shelf):
    shelf.finished("done")
    assert "Branches may vanish" not in [toggle.label for toggle in visit("prune", run="done").toggle]
    save_pruned(Around(), samples(each=20), shelf.path, run_id="odd")
    app = visit("prune", run="odd", plan="margin-n9")
    assert counts(app)["units kept"] == "3"
    next(toggle for toggle in app.toggle if toggle.label == "Branches may vanish").set_value(True)
    again(app)
    plan = app.query_params["plan"]
    assert (plan if isinstance(plan, str) else plan[0]) == "margin-n9-v"
    app = visit("prune", run="odd", plan="margin-n99-v")
    assert figures(app) >= FIGURES
    assert counts(app)["units kept"] == "2"
    assert "but only 10 can: no layer vanishes but those with a way around." in plainly(app)
    assert "The branch of inner is gone" in plainly(app)


def test_how_many_decisions_auto_may_change_is_chosen_on_the_page(visit, shelf):
    shelf.finished("done")
    app = visit("prune", run="done")
    box = next(box for box in app.number_input if box.label.startswith("Decisions on train"))
    again(box.set_value(10.0).run())
    plan = app.query_params["plan"]
    assert Choice.from_text(plan if isinstance(plan, str) else plan[0]).tolerance == 0.1
    assert "Auto: up to 10 % changed" in labels(app)


class Around(nn.Module):
    """Two layers in a branch with a way around them."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stem, self.inner = nn.Linear(2, 4), nn.Linear(4, 4)
        self.back, self.out = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x).relu()
        return self.out((x + self.back(self.inner(x).relu())).relu())
