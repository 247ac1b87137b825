"""The row of numbers, the table of changes, and with which amount each unit goes."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from torch import nn

from effdash.decision import Changes
from effdash.figures.prune_map import NONE
from effdash.pruning import Choice, Reference, plan_removals
from pages.shared.canvas import component
from pages.shared.prune.changed import shown
from pages.shared.prune.changes_table import changed_counts, changes_html
from pages.shared.prune.leaving import leaving_amounts
from pages.shared.prune.numbers_row import Number, numbers_row, pruning_numbers
from pages.shared.prune.toolbar import _may_change


def changes(before: list[int], after: list[int]) -> Changes:
    zeros = np.zeros(len(before))
    return Changes(np.array(before), np.array(after), zeros, zeros, zeros)


def test_numbers_say_of_how_many_and_what_was() -> None:
    numbers = pruning_numbers(
        units=(31, 256),
        parameters=(1_557, 26_122),
        changed={"train": (0, 1_437), "test": (2, 360)},
        bound="at most 2.0 %",
        accuracy={"train": (1.0, 1.0), "test": (0.9722, 0.9667)},
        latency=(0.214, 0.0513),
    )
    assert [(number.name, number.value, number.of) for number in numbers] == [
        ("units kept", "31", "of 256"),
        ("parameters", "1,557", "of 26,122"),
        ("decisions changed, train", "0", "of 1,437"),
        ("decisions changed, test", "2", "of 360, at most 2.0 %"),
        ("accuracy, train", "1.000", "was 1.000"),
        ("accuracy, test", "0.967", "was 0.972"),
        ("latency", "0.051 ms", "was 0.21 ms"),
    ]
    assert [number.name for number in numbers if number.changed] == ["decisions changed, test"]


def test_only_changed_decisions_are_marked_and_nothing_is_markup() -> None:
    row = numbers_row([Number("<b>", "1", "&", changed=True, title='"'), Number("x", "2")])
    assert row.count('class="changed"') == 1
    assert "&lt;b&gt;" in row
    assert 'title="&quot;"' in row


def test_where_no_decision_changed_the_nearest_to_it_are_shown() -> None:
    margins = np.array([3.0, 0.1, 2.0, 2.5])
    same, zeros = np.zeros(4, dtype=np.int64), np.zeros(4)
    rows, words = shown(Changes(same, same, zeros, margins, margins), 3)
    assert (rows.tolist(), words) == ([1, 2, 3], "none; these are the nearest to it")
    other = np.array([0, 1, 0, 1])
    changed = Changes(same, other, zeros, margins, margins)
    assert [rows.tolist() for rows, _ in (shown(changed, 2), shown(changed, 1))] == [[1, 3], [1]]
    assert [words for _, words in (shown(changed, 2), shown(changed, 1))] == ["", "the first 1 of 2"]


def test_as_many_decisions_as_the_share_allows_may_change() -> None:
    assert _may_change(Choice(), 100) == "None may change"
    assert _may_change(Choice(tolerance=29 / 100), 100) == "29 of 100 may change"
    assert _may_change(Choice(tolerance=0.01), 1_437) == "14 of 1,437 may change"


def test_changes_are_counted_by_split_the_commonest_first() -> None:
    seen = {"train": changes([0, 0, 1, 2], [1, 1, 1, 0]), "test": changes([2, 1, 2, 2], [0, 0, 0, 0])}
    pairs, counts = changed_counts(seen)
    assert pairs.tolist() == [[2, 0], [0, 1], [1, 0]]
    assert counts.tolist() == [[1, 3], [2, 0], [0, 1]]
    table = changes_html(seen, ("a", "<b>", "c"), most=1)
    assert "<th>train</th><th>test</th>" in table
    assert "<td>c → a</td><td>1</td><td>3</td>" in table
    assert "<td>2 more kinds of change</td><td>2</td><td>1</td>" in table
    assert "&lt;b&gt;" in changes_html(seen, ("a", "<b>", "c"))


def test_where_nothing_changed_a_sentence_says_so() -> None:
    same = changes([0, 1], [0, 1])
    assert "None of the 2 train and 2 test samples" in changes_html({"train": same, "test": same}, ("a", "b"))
    assert "None of the 2 train samples" in changes_html({"train": same}, ("a", "b"))


def test_a_unit_leaves_with_the_amount_at_which_the_path_takes_it(digits_like: Any) -> None:
    model, X = digits_like
    reference = Reference.prepare(model, X)
    path = plan_removals(reference)
    amounts = leaving_amounts(path, reference.layers)
    table = path.table()
    starts = {layer.name: start for layer, start in zip(reference.layers, (0, 6), strict=True)}
    for row in table.itertuples():
        assert amounts[starts[row.layer] + row.unit] == row.step
    assert (amounts == NONE).sum() == 11 - len(table)


@pytest.fixture
def digits_like() -> Any:
    import torch

    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
    return model, torch.randn(40, 4)


def test_an_event_is_told_once_and_its_number_acknowledged(monkeypatch: Any) -> None:
    state: dict[str, Any] = {"figure": {"pin": {"value": 5, "turn": 3}, "look": {"value": 7, "turn": 2}}}
    monkeypatch.setattr(component, "st", SimpleNamespace(session_state=state))
    seen: list[int] = []
    component._callback("figure", "pin", seen.append)()
    assert seen == [5]
    assert component._heard("figure") == {"pin": 3}
    # Another event of the same rerun, though it came before; and the first one, which is told of again.
    component._callback("figure", "look", seen.append)()
    component._callback("figure", "pin", seen.append)()
    assert seen == [5, 7]
    assert component._heard("figure") == {"pin": 3, "look": 2}


def test_a_moment_without_an_event_tells_nobody(monkeypatch: Any) -> None:
    monkeypatch.setattr(component, "st", SimpleNamespace(session_state={"figure": {}}))
    component._callback("figure", "pin", pytest.fail)()
