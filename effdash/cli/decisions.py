"""How two networks' decisions about the same samples are told: as facts, as a line, and in full."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from effdash.cli.output import share, table

if TYPE_CHECKING:
    from effdash.decision import Bound, Changes

LISTED: Final = 20
"""So many changed samples of each part are listed."""


class Verdict(NamedTuple):
    """What came of asking both networks about a part of the data."""

    part: str
    changes: "Changes"
    bound: "Bound"
    accuracies: tuple[float, float] | None
    """Before and after; `None` where the classes are not known."""


def facts(verdict: Verdict) -> dict[str, Any]:
    """What `--json` says of a part."""
    changes = verdict.changes
    before, after = verdict.accuracies or (None, None)
    return {
        "part": str(verdict.part),
        "samples": changes.samples,
        "changed": changes.count,
        "agreement": changes.agreement,
        "which": changes.which[:LISTED].tolist(),
        "changes": changes.table().to_dict("records"),
        "accuracy_before": before,
        "accuracy_after": after,
        "largest_probability_change": changes.largest_change,
        "probability_change_99": changes.change_99,
        "smallest_margin": changes.smallest_margin,
        "margin_halved": changes.halved,
        "bound": asdict(verdict.bound),
    }


def overview(verdicts: list[Verdict]) -> str:
    """A line a part: how many decisions changed, and what that says of other samples."""
    titles = ("on", "samples", "changed", "agreement", "accuracy", "was", "95 % bound")
    rows = []
    for part, changes, bound, accuracies in verdicts:
        before, after = accuracies or (None, None)
        counts = (str(changes.samples), str(changes.count), share(changes.agreement))
        rows.append((str(part), *counts, share(after), share(before), bound.sentence()))
    return table(titles, rows)


def in_full(verdict: Verdict) -> list[str]:
    """What changed on a part: which samples, from which class to which, and how near the others are to it."""
    changes = verdict.changes
    lines = [
        f"On {verdict.part}: a probability changed by {changes.largest_change:.3f} at most "
        f"(99 % of the samples: {changes.change_99:.3f}); smallest margin left {changes.smallest_margin:.3g}."
    ]
    if changes.count:
        more = "" if changes.count <= LISTED else f" and {changes.count - LISTED} more"
        listed = ", ".join(map(str, changes.which[:LISTED]))
        rows = [[str(cell) for cell in row] for row in changes.table().to_numpy()]
        lines += [f"Changed samples: {listed}{more}", table(("from class", "to class", "samples"), rows)]
    return lines
