"""The hand comes first: work that nobody waits for rests while a person acts."""

import time
from collections.abc import Callable
from typing import Final

REST_SECONDS: Final = 1.0
"""So long after an act the page may still be answering to it."""
LOOK_SECONDS: Final = 0.05


class Precedence:
    """Between the acts of all who work with one network, and the threads that work on it meanwhile."""

    def __init__(self) -> None:
        self._acted = float("-inf")

    def act(self) -> None:
        """Somebody did something."""
        self._acted = time.monotonic()

    def give_way(self, go_on: Callable[[], None]) -> None:
        """Waits until nobody has done anything for a while; `go_on` is called meanwhile, and may raise."""
        while time.monotonic() - self._acted < REST_SECONDS:
            go_on()
            time.sleep(LOOK_SECONDS)
