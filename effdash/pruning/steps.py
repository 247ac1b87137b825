"""Telling somebody how far long work has come, who may stop it by raising something."""

from collections.abc import Callable
from dataclasses import dataclass

OnStep = Callable[[int, int], None]
"""Called between steps with how many are done, and of how many; what it raises stops the work."""

OnPart = Callable[[], None]
"""Called within a step that takes long; what it raises stops the work."""


def unheard() -> None:
    """Nobody wants to know."""


@dataclass
class Steps:
    """The steps of some work; `of` is how many there are at most."""

    on_step: OnStep | None
    of: int
    done: int = 0

    def pass_one(self) -> None:
        """One step is done."""
        self.pass_to(self.done + 1)

    def beat(self) -> None:
        """The step goes on: it can be stopped here as well."""
        self.pass_to(self.done)

    def pass_to(self, done: int) -> None:
        """So many are done; those in between were not needed."""
        self.done = min(done, self.of)
        if self.on_step is not None:
            self.on_step(self.done, self.of)
