"""The numbers of a pruned network in a row: what is left, what changed, how it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Number:
    """A number under its name: `31` `of 256`."""

    name: str
    value: str
    of: str = ""
    changed: bool = False
    """Whether it tells of changed decisions, and there are some."""
    title: str = ""
    """What is told when it is hovered."""


def numbers_row(numbers: Sequence[Number]) -> str:
    """All of them in one row, which breaks where it is narrow."""
    return f'<div class="numbers row">{"".join(map(_cell, numbers))}</div>'


def pruning_numbers(
    *,
    units: tuple[int, int],
    parameters: tuple[int, int],
    changed: Mapping[str, tuple[int, int]],
    bound: str = "",
    accuracy: Mapping[str, tuple[float, float]],
    latency: tuple[float, float] | None = None,
) -> list[Number]:
    """What is said of a pruned network.

    Args:
        units: kept, and how many there were.
        parameters: now, and before.
        changed: by split, how many decisions changed, and of how many.
        bound: what the changes on test say of other samples.
        accuracy: by split with labels, before and now.
        latency: before and now, in milliseconds; `None`: not measured.
    """
    numbers = [
        Number("units kept", f"{units[0]:,}", f"of {units[1]:,}"),
        Number("parameters", f"{parameters[0]:,}", f"of {parameters[1]:,}"),
    ]
    for split, (count, total) in changed.items():
        told = f"of {total:,}, {bound}" if split == "test" and bound else f"of {total:,}"
        numbers.append(Number(f"decisions changed, {split}", f"{count:,}", told, changed=count > 0))
    for split, (before, now) in accuracy.items():
        numbers.append(Number(f"accuracy, {split}", f"{now:.3f}", f"was {before:.3f}"))
    if latency is not None:
        before, now = latency
        numbers.append(Number("latency", f"{now:.2g} ms", f"was {before:.2g} ms"))
    return numbers


def _cell(number: Number) -> str:
    title = f' title="{escape(number.title)}"' if number.title else ""
    mark = ' class="changed"' if number.changed else ""
    return (
        f"<div{title}><span>{escape(number.name)}</span>"
        f"<b{mark}>{escape(number.value)}</b><em>{escape(number.of)}</em></div>"
    )
