"""Somebody's own training loop, recorded as a run: three lines, and never in the way of the training."""

from effdash.watcher.loop import Watch, watch
from effdash.watcher.pasting import snippet

__all__ = ["Watch", "snippet", "watch"]
