"""A choice as text and as JSON, both ways, and what is said of text that is none."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effdash.pruning import METHODS, Choice, Pin
from effdash.vocab import UserError

LAYERS = st.text(max_size=12) | st.sampled_from(["fc1", "features.3", "blocks.0.conv_1", "a-b", "~7e"])
PINS = st.dictionaries(st.tuples(LAYERS, st.integers(0, 300)), st.booleans(), max_size=30)


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    pins = draw(PINS)
    return Choice(
        method=draw(st.sampled_from(METHODS)),
        compensate=draw(st.booleans()),
        amount=draw(st.integers(0, 10**6)),
        auto=draw(st.booleans()),
        tolerance=draw(st.floats(0, 1)),
        kept=frozenset(unit for unit, kept in pins.items() if kept),
        removed=frozenset(unit for unit, kept in pins.items() if not kept),
        locked=draw(st.frozensets(LAYERS, max_size=4)),
        multiple=draw(st.integers(1, 64)),
        vanish=draw(st.booleans()),
    )


@settings(derandomize=True, deadline=None, max_examples=200)
@given(choices())
def test_text_and_json_give_the_choice_back(choice: Choice) -> None:
    text = choice.to_text()
    assert re.fullmatch(r"[A-Za-z0-9._~-]*", text)
    assert Choice.from_text(text) == choice
    assert Choice.from_json(choice.to_json()) == choice


def test_the_text_is_short_and_says_what_is_not_by_default() -> None:
    assert Choice().to_text() == "margin"
    kept = frozenset(("fc1", unit) for unit in (3, 7, 8, 9))
    choice = Choice(amount=134, auto=True, kept=kept, removed=frozenset({("fc2", 5)}))
    assert choice.to_text() == "margin-n134-a-k3.7~9_fc1-r5_fc2"
    other = Choice("pivoted-qr", compensate=False, tolerance=0.01, locked=frozenset({"conv-1"}), multiple=8)
    assert other.to_text() == "pivoted~2dqr-w-t0.01-m8-lconv~2d1"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "method '' is unknown; known are margin,"),
        ("nope", "method 'nope' is unknown"),
        ("margin-", "the plan 'margin-' cannot be read: '' means nothing in it; was it cut off?"),
        ("margin-x3", "'x3' means nothing in it"),
        ("margin-a1", "'a1' means nothing in it"),
        ("margin-n", "'' is no number"),
        ("margin-n12345678901", "'12345678901' is no number"),
        ("margin-k3", "'k3' names no layer"),
        ("margin-k9~3_fc1", "'9~3' runs backwards"),
        ("margin-k3_a~f", "'a~f' is no name"),
        ("margin-k3_a~ff", "'a~ff' is no name"),
        ("margin-k0~999999998_fc1", "it pins more than 1,000,000 units"),
        ("margin-t", "'' is no share"),
        ("margin-t1.5", "tolerance = 1.5: input should be less than or equal to 1"),
        ("margin-m0", "multiple = 0: input should be greater than or equal to 1"),
        ("margin-k3_fc1-r3_fc1", "unit 3 of layer 'fc1' is pinned as kept and as removed; choose one"),
    ],
)
def test_text_that_is_no_choice_is_told_in_a_sentence(text: str, why: str) -> None:
    with pytest.raises(UserError, match=re.escape(why)):
        Choice.from_text(text)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (None, "None: it should list fields"),
        ({"amuont": 3}, "unknown field 'amuont'"),
        ({"amount": -1}, "amount = -1"),
        ({"kept": {"fc1": [-1]}}, "kept.fc1.0 = -1"),
        ({"kept": {"fc1": "all"}}, "kept.fc1 = 'all'"),
    ],
)
def test_json_that_is_no_choice_is_told_in_a_sentence(values: Any, why: str) -> None:
    with pytest.raises(UserError, match=re.escape(why)):
        Choice.from_json(values)


@pytest.mark.parametrize(
    ("field", "value"), [("method", "nope"), ("amount", -1), ("tolerance", 2.0), ("multiple", 0)]
)
def test_fields_out_of_range_are_refused(field: str, value: Any) -> None:
    with pytest.raises(UserError, match=str(value)):
        Choice(**{field: value})


def test_pins_replace_each_other_and_leave_the_rest() -> None:
    choice = Choice(amount=5, auto=True).pinned("fc1", 3, kept=True)
    assert choice.pin("fc1", 3) is Pin.KEPT
    choice = choice.pinned("fc1", 3, kept=False)
    assert choice.pin("fc1", 3) is Pin.REMOVED
    assert choice.kept == frozenset()
    assert choice.unpinned("fc1", 3) == Choice(amount=5, auto=True)
    locked = choice.locking("fc1").locking("fc2").locking("fc1", locked=False)
    assert locked.locked == {"fc2"}
    assert locked.without_pins().removed == frozenset()
    assert locked.without_pins().locked == {"fc2"}


def test_what_asks_for_another_network_ends_auto() -> None:
    choice = Choice(amount=5, auto=True)
    for other in (choice.taking(3), choice.by("l1"), choice.compensating(False), choice.rounding(8)):
        assert not other.auto
