"""What was made or asked for last is kept, and made again where it is not there any more."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Made = TypeVar("Made")


class Recent:
    """What was made or asked for last, by its key, so many at most; several threads may ask."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._made: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def peek(self, key: Hashable) -> Any:
        """That of the key; `None` where it is not there."""
        with self._lock:
            return self._used(key) if key in self._made else None

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """That of the key, made now where it is not there; made twice where two ask at once."""
        with self._lock:
            if key in self._made:
                found: Made = self._used(key)
                return found
        made = make()
        with self._lock:
            self._made[key] = made
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return made

    def _used(self, key: Hashable) -> Any:
        self._made.move_to_end(key)
        return self._made[key]
