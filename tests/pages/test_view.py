"""The address and the session agree on one view."""

import pytest
import streamlit as st

from effdash.runs import LayerInfo
from effdash.vocab import Split
from pages.shared import unit_overview
from pages.shared.view import View, change_view, current_view, open_run_view


@pytest.fixture
def address(monkeypatch) -> dict[str, str]:
    """The address of a session that has just begun."""
    query: dict[str, str] = {}
    monkeypatch.setattr(st, "query_params", query)
    monkeypatch.setattr(st, "session_state", {})
    return query


def test_a_fresh_session_leaves_all_to_the_page(address):
    assert current_view() == View(None, None, None, None, Split.TRAIN)
    assert address == {}


def test_the_address_is_read(address):
    address.update(run="a", epoch="12", layer="fc1", unit="3", split="test")
    assert current_view() == View("a", 12, "fc1", 3, Split.TEST)


def test_what_a_page_switch_cleared_is_written_back(address):
    address.update(run="a", epoch="12", layer="fc1", unit="3", split="test")
    before = current_view()
    address.clear()
    assert current_view() == before
    assert address == {"run": "a", "epoch": "12", "layer": "fc1", "unit": "3", "split": "test"}


def test_the_address_wins_over_the_session(address):
    address.update(run="a", epoch="12")
    current_view()
    address.update(run="b")
    assert current_view().run == "b"


def test_a_change_is_in_the_address_and_can_be_taken_back(address):
    change_view(run="a", epoch=4)
    assert address == {"run": "a", "epoch": "4"}
    change_view(epoch=None)
    assert address == {"run": "a"}
    assert current_view().epoch is None


def test_another_run_keeps_the_split_alone(address):
    change_view(run="a", epoch=4, layer="fc1", unit=2, split="test")
    open_run_view("b")
    assert current_view() == View("b", None, None, None, Split.TEST)


def test_what_belongs_to_a_run_goes_with_it(address):
    address.update(run="a", plan="margin", plane="1,2,3", other="4", follow="7,3,7,x,-1")
    found = current_view()
    assert (found.plan, found.plane, found.other, found.follow) == ("margin", "1,2,3", 4, (7, 3))
    open_run_view("b")
    assert address == {"run": "b"}


def test_at_most_eight_samples_are_followed(address):
    change_view(follow=",".join(str(number) for number in range(20)))
    assert current_view().follow == tuple(range(8))


@pytest.mark.parametrize("text", ["x", "", "-1", "1.5", "²", "9" * 5000, "<b>"])
def test_what_is_no_number_is_told(address, text):
    address.update(epoch=text, unit=text, split=text)
    found = current_view()
    assert (found.epoch, found.unit, found.split) == (None, None, Split.TRAIN)
    assert [sentence[: sentence.index("“")] for sentence in found.strange] == [
        "There is no epoch ",
        "There is no split ",
    ]
    assert all(len(sentence) < 120 for sentence in found.strange)


class Network:
    layers = (LayerInfo("fc1", "relu", 3), LayerInfo("conv1", "relu", 1, (4, 4)), LayerInfo("fc2", "relu", 2))


class Shown:
    """As much of `Picked` as the choice of a unit looks at."""

    run = Network()

    def __init__(self, layer: str | None = None, unit: int | None = None) -> None:
        self.view = View("a", None, layer, unit, Split.TRAIN)


UNITS = [("fc1", 0), ("fc1", 1), ("fc1", 2), ("conv1", 0), ("fc2", 0), ("fc2", 1)]


@pytest.mark.parametrize(("number", "unit"), list(enumerate(UNITS)))
def test_a_click_on_the_map_is_a_unit_in_the_address_and_back(address, number, unit):
    unit_overview.choose(Shown(), number)
    assert (address["layer"], int(address["unit"])) == unit
    assert unit_overview.chosen_unit(Shown(*unit)) == number


@pytest.mark.parametrize(
    "unit", [("fc1", 3), ("fc3", 0), (None, 0), ("fc1", None), (None, None), ("fc2", 10**17)]
)
def test_what_is_in_no_layer_is_no_unit(unit):
    assert unit_overview.chosen_unit(Shown(*unit)) is None
