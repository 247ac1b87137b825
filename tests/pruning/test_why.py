"""Every unit says why it goes or stays."""

from effdash.pruning import Choice, outcome_of, why_table
from tests.pruning.planned import gone, moons, residual


def test_every_unit_says_why_it_goes_or_stays() -> None:
    reference, path = moons()
    last = next(
        unit
        for unit in range(16)
        if ("fc1", unit) not in gone(outcome_of(reference, path, Choice(amount=30)))
    )
    choice = Choice(
        amount=14,
        kept=frozenset({("fc1", (last + 1) % 16)}),
        removed=frozenset({("fc1", (last + 2) % 16)}),
        multiple=4,
    )
    outcome = outcome_of(reference, path, choice)
    table = why_table(reference, outcome).set_index(["layer", "unit"])
    assert len(table) == 32
    assert set(table.index[~table["kept"]]) == gone(outcome)
    reasons = table["reason"]
    assert reasons["fc1", (last + 1) % 16] == "kept: pinned as kept"
    assert reasons["fc1", (last + 2) % 16].endswith("pinned as removed")
    assert reasons["fc1", last] == "kept: the last that the plan leaves of layer 'fc1'"
    assert table["pin"].dropna().tolist() in (["kept", "removed"], ["removed", "kept"])
    kept = reasons[table["kept"]]
    later = "it would go next|[0-9]+ would go before it"
    assert kept.str.match(rf"kept: (pinned|{later}|the last|makes the width)").all()
    rounded = outcome_of(reference, path, Choice(amount=13, multiple=8))
    assert (
        why_table(reference, rounded)["reason"]
        .str.contains("makes the width of its layer a multiple of 8")
        .any()
    )
    locked = outcome_of(reference, path, Choice(amount=5, locked=frozenset({"fc2"})))
    by_unit = why_table(reference, locked).query("layer == 'fc2'")
    assert set(by_unit["reason"]) == {"kept: its layer is locked"}


def test_coupled_units_say_what_holds_them() -> None:
    reference, path = residual()
    group = next(
        reference.groups[number] for number in reference.prunable if len(reference.groups[number].sites) > 1
    )
    (one, units), (other, others) = list(group.sites.items())[:2]
    outcome = outcome_of(reference, path, Choice(kept=frozenset({(one, int(units[7, 0]))})))
    reasons = why_table(reference, outcome).set_index(["layer", "unit"])["reason"]
    assert (
        reasons[other, int(others[7, 0])]
        == f"kept: coupled with {one} · {units[7, 0]}, which is pinned as kept"
    )
    locked = outcome_of(reference, path, Choice(locked=frozenset({one})))
    reasons = why_table(reference, locked).set_index(["layer", "unit"])["reason"]
    assert reasons[other, 0] == f"kept: coupled with {one}, which is locked"
