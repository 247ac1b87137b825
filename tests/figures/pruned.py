"""A small pruned network: its map, the slider of how many units go, and its removal path."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from effdash.figures import Payload, RemovalCurve, amount_payload, prune_map_payload, removal_path_payload


@dataclass
class Layer:
    name: str
    units: int


LAYERS = [Layer("fc1", 8), Layer("fc2", 4)]
STATUS = np.array([2] * 8 + [0, 1, 2, 2], dtype=np.uint8)
REMOVED = np.arange(12) < 3
SENDS = ("pin", "look", "lock", "amount")


def small_map(removed: np.ndarray = REMOVED, **more: Any) -> Payload:
    return prune_map_payload(LAYERS, STATUS, removed, split="train", link="run", **({"amount": 3} | more))


def slider(amount: int = 3, removed: int | None = None, **more: Any) -> Payload:
    gone = amount if removed is None else removed
    return amount_payload(amount, removed=gone, most=10, units=12, link="run", **more)


def path(*curves: RemovalCurve, amount: int = 3, **more: Any) -> Payload:
    told = {"most": 10, "units": 12, "split": "test", "samples": 100, "link": "run"} | more
    return removal_path_payload(curves, amount=amount, **told)


def is_gone(figure: Any, unit: int) -> bool:
    return bool(figure.view(f"view.state.isGone({unit})"))


MARGIN = RemovalCurve("margin", np.array([0, 6, 10]), np.array([1, 1, 0.6]), chosen=True)
OTHER = RemovalCurve("l2", np.array([0, 6, 10]), np.array([1, 0.8, 0.5]))
PLAIN = RemovalCurve("l2", np.array([0, 6, 10]), np.array([1, 0.6, 0.3]), compensated=False)
