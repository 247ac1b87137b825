"""The Permutations page: what it draws of a layer, where a click leads, odd runs and addresses."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from effdash.config import NetworkConfig
from effdash.figures import Payload
from effdash.permutations import order_similarity, sample_orders
from effdash.runs import open_run
from pages.shared import canvas

from .conftest import again, figures, plainly, said, tamper
from .odd_runs import make_run, samples

LAYER = {"strips", "similarity"}


@dataclass
class Drawn:
    """Stands in for strips and matrix: keeps their payloads, and does what `act` says at the next drawing."""

    strips: list[Payload] = field(default_factory=list)
    similarity: list[Payload] = field(default_factory=list)
    act: Callable[[dict[str, Any]], None] | None = None

    def draw_strips(self, payload: Payload, **handlers: Any) -> None:
        self.strips.append(payload)
        self._act(handlers)

    def draw_similarity(self, payload: Payload, **handlers: Any) -> None:
        self.similarity.append(payload)
        self._act(handlers)

    def _act(self, handlers: dict[str, Any]) -> None:
        if self.act is not None:
            self.act(handlers)


@pytest.fixture
def drawn(monkeypatch) -> Drawn:
    drawn = Drawn()
    monkeypatch.setattr(canvas, "strips", drawn.draw_strips)
    monkeypatch.setattr(canvas, "similarity", drawn.draw_similarity)
    return drawn


def address(app) -> dict[str, str]:
    return {key: value[0] if isinstance(value, list) else value for key, value in app.query_params.items()}


def clicks(event: str, *units: int) -> Callable[[dict[str, Any]], None]:
    """What a person does on the figure that has this handler."""

    def act(handlers: dict[str, Any]) -> None:
        if event in handlers:
            handlers[event](*units)

    return act


def links(app) -> list[str]:
    return [link.proto.label for link in app.get("page_link")]


def test_a_layer_is_drawn_as_the_library_computes_it(visit, shelf, drawn):
    run = open_run(shelf.finished("done"))
    visit("permutations", run="done", layer="fc2", unit=1)
    data, model = run.data(), run.model()
    orders, similarity = sample_orders(model, data, "fc2"), order_similarity(model, data, "fc2")
    strips = drawn.strips[-1]
    assert strips.header["layer"] == "fc2"
    assert strips.header["qualifier"] == f"fc2 · {len(data.X_train)} samples · train · epoch 6"
    units = strips.arrays["units"].tolist()
    assert strips.arrays["places"].tolist() == orders.orders[units].tolist()
    assert strips.arrays["cut"].tolist() == orders.cut[units].tolist()
    assert strips.arrays["classes"].tolist() == data.y_train.tolist()
    matrix = drawn.similarity[-1]
    assert matrix.arrays["units"].tolist() == units
    steps = (matrix.arrays["steps"].astype(float) - 128) / 127
    np.testing.assert_allclose(steps, similarity[np.ix_(units, units)], atol=0.5 / 127)
    assert (strips.header["chosen"], matrix.header["chosen"]) == (1, 1)


def test_the_split_and_the_epoch_of_the_sidebar_count(visit, shelf, drawn):
    run = open_run(shelf.finished("done"))
    visit("permutations", run="done", epoch=3, split="test")
    strips = drawn.strips[-1]
    assert strips.header["qualifier"] == f"fc1 · {len(run.data().X_test)} samples · test · epoch 3"
    expected = sample_orders(run.model(3), run.data().X_test, "fc1")
    units = strips.arrays["units"].tolist()
    assert strips.arrays["places"].tolist() == expected.orders[units].tolist()


def test_every_figure_has_its_place(visit, shelf):
    shelf.finished("done")
    app = visit("permutations", run="done", layer="fc3")
    assert figures(app) >= {"epoch", *LAYER, "face to face", "joint order", "depth"}
    assert not app.error
    assert not app.warning


def test_a_click_on_a_strip_turns_to_the_unit_alone(visit, shelf, drawn):
    shelf.finished("done")
    app = visit("permutations", run="done", layer="fc2", unit=0, other=1)
    assert drawn.strips[-1].header["other"] == 1
    drawn.act = clicks("on_unit", 2)
    again(app)
    drawn.act = None
    again(app)
    assert address(app) == {"run": "done", "layer": "fc2", "unit": "2"}
    assert drawn.strips[-1].header["chosen"] == 2


def test_a_click_on_a_cell_puts_two_face_to_face(visit, shelf, drawn):
    shelf.finished("done")
    app = visit("permutations", run="done", layer="fc2")
    drawn.act = clicks("on_pair", 3, 1)
    again(app)
    drawn.act = None
    again(app)
    assert address(app) == {"run": "done", "layer": "fc2", "unit": "3", "other": "1"}
    assert (drawn.similarity[-1].header["chosen"], drawn.similarity[-1].header["other"]) == (3, 1)
    drawn.act = clicks("on_pair", 2, 2)
    again(app)
    assert address(app) == {"run": "done", "layer": "fc2", "unit": "2"}


def test_another_layer_begins_without_the_units_of_the_one_before(visit, shelf, drawn):
    shelf.finished("done")
    app = visit("permutations", run="done", layer="fc1", unit=2, other=3)
    picker = next(control for control in app.segmented_control if control.label == "Layer")
    assert picker.options == ["fc1", "fc2", "fc3"]
    picker.set_value("fc3")
    again(app)
    assert address(app) == {"run": "done", "layer": "fc3"}
    assert drawn.strips[-1].header["layer"] == "fc3"


def test_many_layers_are_picked_from_a_list(visit, shelf, drawn):
    make_run(shelf.path, "deep", samples(each=20), network=NetworkConfig(depth=20, width=2))
    app = visit("permutations", run="deep", layer="fc20")
    picker = next(box for box in app.selectbox if box.label == "Layer")
    assert picker.value == "fc20"
    picker.set_value("fc7")
    again(app)
    assert address(app)["layer"] == "fc7"


def test_samples_are_followed_on_their_split_alone(visit, shelf):
    shelf.finished("done")
    app = visit("permutations", run="done", follow="1,5")
    next(each for each in app.segmented_control if each.label == "Status taken on").set_value("test")
    again(app)
    assert "follow" not in address(app)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"layer": "fc9"}, "“fc9” is not a layer of this network; this is another one."),
        ({"layer": "![x](http://a.org/x.png)"}, "is not a layer of this network; this is another one."),
        ({"layer": "fc1", "unit": 4}, "“fc1 · 4” is not a unit of this network; this is another one."),
        ({"layer": "fc1", "unit": 1, "other": 99}, "“fc1 · 99” is not a unit of this network"),
    ],
)
def test_what_the_address_names_but_is_not_there_is_said(visit, shelf, query, sentence):
    shelf.finished("done")
    app = visit("permutations", run="done", **query)
    assert sentence in app.warning[0].value.replace("\\", "")
    assert "![x](" not in said(app)
    assert figures(app) >= LAYER


@pytest.mark.parametrize(
    "query", [{"other": 0, "unit": 0}, {"other": "x"}, {"follow": "a,,9999,-1"}, {"unit": "x"}]
)
def test_what_the_address_says_in_vain_is_passed_over(visit, shelf, drawn, query):
    shelf.finished("done")
    app = visit("permutations", run="done", layer="fc1", **query)
    assert not app.error
    assert not app.warning
    assert drawn.strips[-1].header["other"] not in (None, drawn.strips[-1].header["chosen"])


def test_a_convolution_is_taken_at_its_largest_response(visit, shelf, drawn):
    shelf.finished("images", of="images")
    visit("permutations", run="images", layer="conv2")
    caption = drawn.strips[-1].header["caption"].replace("\u00a0", " ")
    assert "by rising pre-activation, the largest of its 4 × 4 positions." in caption
    assert "shares" in drawn.strips[-1].arrays


def test_linked_pairs_erase_nothing(visit, shelf, drawn):
    make_run(
        shelf.path, "odd", samples(each=20), network=NetworkConfig(depth=2, width=3, activation="lk-relu")
    )
    visit("permutations", run="odd")
    assert "lk-relu erases no order" in drawn.strips[-1].header["caption"]
    assert not drawn.strips[-1].arrays["erased"].any()


def test_one_unit(visit, shelf):
    make_run(shelf.path, "odd", samples(each=20), network=NetworkConfig(depth=1, width=1))
    app = visit("permutations", run="odd")
    assert not app.error
    assert "This layer has one unit" in plainly(app) or "tells all samples the same" in plainly(app)


def test_a_silent_layer_is_said(visit, shelf):
    make_run(shelf.path, "odd", samples(each=20), network=NetworkConfig(depth=2, width=4, init="zero"))
    app = visit("permutations", run="odd")
    assert "Every unit of fc1 tells all samples the same, so that there is no order to show." in app.info[
        0
    ].value.replace("\\", "")
    assert not app.error
    assert figures(app) == {"epoch"}


@pytest.mark.parametrize("count", [1, 300])
def test_any_number_of_classes(visit, shelf, count):
    names = [f"class {number}" for number in range(count)]
    make_run(shelf.path, "odd", samples(names, each=max(1, 40 // count), features=5))
    app = visit("permutations", run="odd")
    assert not app.error
    assert figures(app) >= LAYER


def test_without_test_data_all_is_said_of_train(visit, shelf, drawn):
    make_run(shelf.path, "odd", samples(each=20, test=False))
    app = visit("permutations", run="odd", split="test")
    assert not app.error
    assert "train" in drawn.strips[-1].header["qualifier"]


def test_somebodys_own_network_has_no_orders(visit, shelf):
    make_run(shelf.path, "odd", samples(each=20), foreign=True)
    app = visit("permutations", run="odd")
    assert figures(app) == {"epoch"}
    assert "There are no orders to show: " in plainly(app)
    assert not app.error


def test_a_run_without_weights_says_so(visit, shelf):
    tamper(shelf.finished("done"), "DELETE FROM checkpoint")
    app = visit("permutations", run="done")
    assert figures(app) == {"epoch"}
    assert "no weights are kept up to epoch 6" in plainly(app)
    assert not app.error


def test_a_run_that_trains_is_shown_at_its_kept_weights(visit, shelf, drawn):
    shelf.running("live")
    app = visit("permutations", run="live")
    assert not app.error
    assert drawn.strips[-1].header["qualifier"].endswith("train · epoch 6")


def test_between_kept_weights_the_earlier_ones_are_named(visit, shelf, drawn):
    path = shelf.finished("done")
    tamper(path, "DELETE FROM checkpoint WHERE epoch > 2 AND epoch < 6")
    visit("permutations", run="done", epoch=4)
    assert drawn.strips[-1].header["qualifier"].endswith("train · weights of epoch 2")


def test_without_runs_the_page_invites(visit, shelf):
    app = visit("permutations")
    assert "Train a network" in [button.label for button in app.button]


def test_a_unit_is_linked_from_its_card_and_back(visit, shelf):
    shelf.finished("done")
    card = visit("units", run="done", layer="fc2", unit=1)
    assert "its order" in links(card)
    orders = visit("permutations", run="done", layer="fc2", unit=1)
    assert "its card" in links(orders)
    assert "its order" not in links(orders)
    assert "fc2 · 1" in said(orders)


def test_the_unit_on_top_stays_while_the_epoch_moves(visit, shelf, drawn):
    shelf.finished("images", of="images")
    app = visit("permutations", run="images", layer="conv2")
    app.query_params["epoch"] = "0"
    again(app)
    last, first = (payload.arrays["units"][0] for payload in drawn.strips)
    assert last != first
    assert [payload.header["chosen"] for payload in drawn.strips] == [last, last]
    assert "unit" not in address(app)


def test_a_silent_unit_has_no_row_and_the_page_says_why(visit, shelf, drawn):
    run = open_run(shelf.finished("done"))
    silent = {
        layer.name: [
            unit
            for unit, cut in enumerate(sample_orders(run.model(), run.data(), layer.name).cut)
            if cut == len(run.data().X_train)
        ]
        for layer in run.layers
    }
    layer, unit = next((name, units[0]) for name, units in silent.items() if 0 < len(units) < 4)
    app = visit("permutations", run="done", layer=layer, unit=unit)
    assert f"{layer} · {unit} tells all train samples the same" in plainly(app)
    assert unit not in drawn.strips[-1].arrays["units"]
    assert not app.error
