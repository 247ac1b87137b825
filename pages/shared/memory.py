"""Keeps the garbage collector quick: streamlit collects after every script run, with everybody waiting."""

import gc
import threading
import time
from typing import Final

SECONDS: Final = 600.0
"""So often everything is looked through again, what was set aside before with it."""

_lock = threading.Lock()
_looked_through = [time.monotonic()]
"""When all was looked through last."""


def settle() -> None:
    """Sets aside what is there now, networks and modules above all: it is not looked through after every run.

    With the modules of a page loaded, and a network on it, that would be some 40 ms each time. To be called
    where nobody waits. Rings of objects that are dropped afterwards are found when all is looked through.
    """
    with _lock:
        if time.monotonic() - _looked_through[0] > SECONDS:
            gc.unfreeze()
            gc.collect()
            _looked_through[0] = time.monotonic()
        gc.freeze()
