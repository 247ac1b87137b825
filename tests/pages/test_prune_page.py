"""The Prune page in its states: what is drawn, and one sentence for what cannot be."""

import pytest

from effdash.config import DataConfig, NetworkConfig, RunConfig
from effdash.pruning import Choice
from effdash.training.session import train
from pages.shared import jobs
from pages.shared.prune import readers

from .conftest import address, again, figures, labels, plainly, press, tamper

pytestmark = pytest.mark.usefixtures("patient")

FIGURES = {"amount", "prune map", "removal path", "decision change", "widths"}


def numbers(app) -> str:
    return next(element.value for element in app.html if 'class="numbers' in element.value)


def test_an_empty_folder_invites(visit):
    assert "Train a network" in labels(visit("prune"))


def test_the_page_begins_with_every_unit_kept(visit, shelf):
    shelf.finished("done")
    app = visit("prune", run="done")
    assert figures(app) >= FIGURES
    assert "Nothing is removed yet." in plainly(app)
    assert ">12<" in numbers(app)
    assert "plan" not in address(app)


def test_images_are_pruned_too_and_their_changed_samples_are_pictures(visit, shelf):
    shelf.finished("images", of="images")
    app = visit("prune", run="images", plan=Choice(amount=4).to_text())
    assert figures(app) >= FIGURES
    assert any(key.startswith("changed ") for key in figures(app))


def test_a_link_to_a_unit_opens_its_evidence(visit, shelf):
    shelf.finished("done")
    app = visit("prune", run="done", layer="fc2", unit=1, plan=Choice(amount=9).to_text())
    assert "fc2 · 1" in plainly(app)
    assert "if it alone goes" in plainly(app)
    assert {"Take it out", "Bring it back"} & set(labels(app))


def test_a_pinned_unit_is_left_to_the_plan_again_and_undo_takes_that_back(visit, shelf, undo):
    shelf.finished("done")
    plan = Choice().pinned("fc2", 1, kept=False).taking(1).to_text()
    app = visit("prune", run="done", layer="fc2", unit=1, plan=plan)
    press(app, "Unpin")
    assert Choice.from_text(address(app)["plan"]) == Choice()
    undo(app)
    assert address(app)["plan"] == plan


def test_a_switch_that_is_turned_before_the_page_has_followed_the_hand_loses_nothing(visit, shelf):
    shelf.finished("done")
    app = visit("prune", run="done", plan=Choice(amount=2).to_text())
    app.query_params["plan"] = Choice(amount=5).to_text()  # as the slider left it; the page shows what was
    next(toggle for toggle in app.toggle if toggle.label == "Survivors take over").set_value(False)
    again(app)
    assert address(app)["plan"] == Choice(amount=5, compensate=False).to_text()


def test_a_unit_is_taken_out_of_what_the_hand_has_left(visit, shelf):
    shelf.finished("done")
    app = visit("prune", run="done", layer="fc2", unit=1)
    app.query_params["plan"] = Choice(amount=5, kept=frozenset({("fc3", 0)})).to_text()
    press(app, "Take it out")
    chosen = Choice.from_text(address(app)["plan"])
    assert ("fc3", 0) in chosen.kept
    assert ("fc2", 1) in chosen.kept | chosen.removed


def test_a_plan_of_a_run_that_is_gone_removes_nothing_from_another(visit, shelf):
    shelf.finished("done")
    app = visit("prune", run="gone", plan=Choice(amount=5).to_text())
    assert "it is of run 'gone', which is not here" in plainly(app)
    assert "plan" not in address(app)
    assert address(app)["run"] != "gone"


@pytest.mark.parametrize("plan", ["nonsense", "margin-nx", "margin-r1_lost", "margin-r99_fc1", "margin-lfc9"])
def test_a_plan_that_does_not_fit_is_said_and_dropped(visit, shelf, plan):
    shelf.finished("done")
    app = visit("prune", run="done", plan=plan)
    assert "The plan in the address does not fit this run, so nothing is removed" in plainly(app)
    assert "plan" not in address(app)
    assert figures(app) >= FIGURES


def test_all_layers_locked_and_an_amount_is_said(visit, shelf):
    shelf.finished("done")
    choice = Choice(amount=5, locked=frozenset({"fc1", "fc2", "fc3"}))
    app = visit("prune", run="done", plan=choice.to_text())
    assert "All layers are locked" in plainly(app)
    assert ">12<" in numbers(app)


def test_a_run_that_still_trains_says_which_epoch_is_pruned(visit, shelf):
    shelf.running("live")
    app = visit("prune", run="live")
    assert "The run still trains; what is pruned is epoch 6." in plainly(app)


def test_without_weights_the_map_stays_and_the_sentence_says_why(visit, shelf):
    tamper(shelf.finished("done"), "DELETE FROM checkpoint")
    app = visit("prune", run="done", epoch=3)
    assert "This run cannot be pruned: no weights are kept up to epoch 3." in plainly(app)
    assert "map" in figures(app)
    assert not FIGURES & figures(app)


def test_a_network_that_cannot_be_rebuilt_is_said_and_the_map_stays(visit, shelf, monkeypatch):
    from effdash.runs import Run
    from effdash.vocab import UserError

    def refuse(self, epoch=None):
        raise UserError("its network was somebody's own")

    shelf.finished("done")
    monkeypatch.setattr(Run, "model", refuse)
    app = visit("prune", run="done")
    assert "This run cannot be pruned: its network was somebody's own." in plainly(app)
    assert "map" in figures(app)


def test_while_it_plans_there_is_progress_and_a_stop(visit, shelf, monkeypatch):
    monkeypatch.setattr(readers, "PATIENCE_SECONDS", 0.0)
    shelf.running("live")
    held = jobs.Jobs.find_or_start

    def never_ends(self, slot, key, work, words):
        job = held(self, slot, key, work, words)
        job._state.ended.clear()
        job._state.result = None
        return job

    monkeypatch.setattr(jobs.Jobs, "find_or_start", never_ends)
    app = visit("prune", run="live")
    assert "Stop" in labels(app)
    assert "The run still trains; what is pruned is epoch 6." in plainly(app)
    assert "map" in figures(app)


@pytest.mark.parametrize(
    ("network", "data"),
    [
        (NetworkConfig(depth=1, width=4), DataConfig(name="moons")),
        (NetworkConfig(depth=1, width=1), DataConfig(name="moons")),
        (NetworkConfig(name="residual", depth=2, width=3), DataConfig(name="digits")),
    ],
)
def test_odd_networks_have_their_page(visit, shelf, network, data):
    config = RunConfig(network=network, data=data, epochs=1, batch_size=512, device="cpu")
    train(config, runs=shelf.path, run_id="odd")
    app = visit("prune", run="odd", plan=Choice(amount=10**6).to_text())
    assert figures(app) >= FIGURES


def test_a_plane_that_is_none_is_said_and_the_rest_stays(visit, shelf):
    shelf.finished("images", of="images")
    app = visit("prune", run="images", plane="1,2")
    assert "a plane goes through three of the training samples" in plainly(app)
    assert figures(app) >= FIGURES - {"decision change"}
