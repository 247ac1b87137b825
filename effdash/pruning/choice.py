"""What a person asks for: how much goes, by what, and which units are fixed by hand."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from effdash.config import build
from effdash.pruning.choice_fields import Fields
from effdash.pruning.criteria import METHODS
from effdash.vocab import UserError

UnitAddress = tuple[str, int]
"""A layer and the number of a unit of it."""


class Pin(StrEnum):
    """What a person fixed about a unit."""

    KEPT = "kept"
    REMOVED = "removed"


@dataclass(frozen=True)
class Choice:
    """All that decides which network pruning gives, next to the network and its data.

    Two that are equal give the same network. What depends on the network, such as whether there is a unit
    that is pinned, is checked where the choice meets it, see `narrowed`.

    Raises:
        UserError: a field that is out of range, or a unit that is pinned both ways.
    """

    method: str = "margin"
    """In which order units go, one of `METHODS`."""
    compensate: bool = True
    """The survivors take over what redundant units said."""
    amount: int = 0
    """So many units of layers go at most, those counted that are pinned as removed, which go in any case."""
    auto: bool = False
    """`find_auto` found the amount, so the last layer is polished where that brings decisions back."""
    tolerance: float = 0.0
    """With `auto`, the share of decisions that may change."""
    kept: frozenset[UnitAddress] = frozenset()
    """Units pinned as kept."""
    removed: frozenset[UnitAddress] = frozenset()
    """Units pinned as removed."""
    locked: frozenset[str] = frozenset()
    """Layers of which nothing goes but what is pinned as removed."""
    multiple: int = 1
    """The widths of layers are rounded up to a multiple of it."""
    vanish: bool = False
    """Whole branches may go, after all else, where there are ways around them: the path is one with them."""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise UserError(f"method {self.method!r} is unknown; known are {', '.join(METHODS)}")
        if self.amount < 0:
            raise UserError(f"amount = {self.amount} is out of range; so many units are to go, 0 or more")
        if not 0 <= self.tolerance <= 1:
            raise UserError(
                f"tolerance = {self.tolerance} is out of range; it is a share of decisions, from 0 to 1"
            )
        if self.multiple < 1:
            raise UserError(f"multiple = {self.multiple} is out of range; widths are multiples of 1 or more")
        both = sorted(self.kept & self.removed)
        if both:
            layer, unit = both[0]
            raise UserError(f"unit {unit} of layer {layer!r} is pinned as kept and as removed; choose one")

    # ------------------------------------------------------------------ the same, but for one thing

    def pinned(self, layer: str, unit: int, *, kept: bool) -> "Choice":
        """With this unit pinned; the amount stays, so another may go or stay in its place."""
        address, free = (layer, unit), self.unpinned(layer, unit)
        if kept:
            return replace(free, kept=free.kept | {address})
        return replace(free, removed=free.removed | {address})

    def unpinned(self, layer: str, unit: int) -> "Choice":
        """With this unit left to the plan."""
        address = {(layer, unit)}
        return replace(self, kept=self.kept - address, removed=self.removed - address)

    def without_pins(self) -> "Choice":
        return replace(self, kept=frozenset(), removed=frozenset())

    def locking(self, layer: str, locked: bool = True) -> "Choice":
        """With a layer locked or set free."""
        return replace(self, locked=self.locked | {layer} if locked else self.locked - {layer})

    def taking(self, amount: int) -> "Choice":
        """With so many units to go."""
        return replace(self, amount=amount, auto=False)

    def by(self, method: str) -> "Choice":
        """With another order in which units go."""
        return replace(self, method=method, auto=False)

    def compensating(self, compensate: bool) -> "Choice":
        """With or without the survivors taking over."""
        return replace(self, compensate=compensate, auto=False)

    def rounding(self, multiple: int) -> "Choice":
        """With widths rounded up to this multiple."""
        return replace(self, multiple=multiple, auto=False)

    def vanishing(self, vanish: bool) -> "Choice":
        """With or without whole branches that may go."""
        return replace(self, vanish=vanish, auto=False)

    def tolerating(self, tolerance: float) -> "Choice":
        """With this share of decisions that auto may change.

        Raises:
            UserError: it is no share.
        """
        return replace(self, tolerance=tolerance, auto=False)

    def pin(self, layer: str, unit: int) -> Pin | None:
        """Whether this unit is pinned, and how."""
        if (layer, unit) in self.kept:
            return Pin.KEPT
        return Pin.REMOVED if (layer, unit) in self.removed else None

    @property
    def fixed(self) -> "Choice":
        """Only what is fixed by hand, of the same method: all that the order of removals depends on."""
        return Choice(self.method, kept=self.kept, removed=self.removed, locked=self.locked)

    # ------------------------------------------------------------------ as text

    def to_text(self) -> str:
        """Short, of letters, digits and `.`, `_`, `~`, `-` alone, so that it fits into an address.

        `margin-n134-a-k3.7~9_fc1` is 134 units by margin, found by auto, units 3 and 7 to 9 of fc1 kept.
        """
        return self._fields().to_text()

    @classmethod
    def from_text(cls, text: str) -> "Choice":
        """What `to_text` wrote.

        Raises:
            UserError: it did not write this.
        """
        return cls.of_fields(Fields.from_text(text))

    def to_json(self) -> dict[str, Any]:
        """The same as plain values, for a file."""
        return self._fields().model_dump()

    @classmethod
    def from_json(cls, values: Any) -> "Choice":
        """What `to_json` gave.

        Raises:
            UserError: it did not give this.
        """
        return cls.of_fields(build(Fields, values))

    def _fields(self) -> Fields:
        return Fields(
            method=self.method,
            amount=self.amount,
            auto=self.auto,
            compensate=self.compensate,
            tolerance=self.tolerance,
            multiple=self.multiple,
            kept=by_layer(self.kept),
            removed=by_layer(self.removed),
            locked=sorted(self.locked),
            vanish=self.vanish,
        )

    @classmethod
    def of_fields(cls, fields: Fields) -> "Choice":
        """The choice whose fields these are."""
        return cls(
            method=fields.method,
            compensate=fields.compensate,
            amount=fields.amount,
            auto=fields.auto,
            tolerance=fields.tolerance,
            kept=frozenset((layer, unit) for layer, units in fields.kept.items() for unit in units),
            removed=frozenset((layer, unit) for layer, units in fields.removed.items() for unit in units),
            locked=frozenset(fields.locked),
            multiple=fields.multiple,
            vanish=fields.vanish,
        )


def by_layer(units: Iterable[UnitAddress]) -> dict[str, list[int]]:
    """Numbers of units by layer, both rising."""
    found: dict[str, list[int]] = {}
    for layer, unit in sorted(units):
        found.setdefault(layer, []).append(unit)
    return found
