"""See what every unit of a neural network does with the data: dead, linear or nonlinear.

The public names below load what they need when they are first used, so that `import effdash` is immediate.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from effdash.config import RunConfig, read_config
    from effdash.data import Dataset, load_data
    from effdash.diagnosis import diagnose
    from effdash.jumpstart import Jumpstart
    from effdash.loading import load_model
    from effdash.models import build_model
    from effdash.observe import find_layers, point_status, record_preactivations, unit_status
    from effdash.permutations import order_similarity, sample_orders
    from effdash.presets import preset
    from effdash.pruning import plan_pruning, prune
    from effdash.runs import Run, open_run
    from effdash.training.origin import settings_to_go_on
    from effdash.training.session import resume, train
    from effdash.vocab import UserError
    from effdash.watcher import watch

__version__ = "0.1.0"

__all__ = [
    "Dataset",
    "Jumpstart",
    "Run",
    "RunConfig",
    "UserError",
    "build_model",
    "diagnose",
    "find_layers",
    "load_data",
    "load_model",
    "open_run",
    "order_similarity",
    "plan_pruning",
    "point_status",
    "preset",
    "prune",
    "read_config",
    "record_preactivations",
    "resume",
    "sample_orders",
    "settings_to_go_on",
    "train",
    "unit_status",
    "watch",
]

_ROOMS: Final = {
    "config": ("RunConfig", "read_config"),
    "data": ("Dataset", "load_data"),
    "diagnosis": ("diagnose",),
    "jumpstart": ("Jumpstart",),
    "loading": ("load_model",),
    "models": ("build_model",),
    "observe": ("find_layers", "point_status", "record_preactivations", "unit_status"),
    "permutations": ("order_similarity", "sample_orders"),
    "presets": ("preset",),
    "pruning": ("plan_pruning", "prune"),
    "runs": ("Run", "open_run"),
    "training.origin": ("settings_to_go_on",),
    "training.session": ("resume", "train"),
    "vocab": ("UserError",),
    "watcher": ("watch",),
}
_HOMES: Final = {name: f"effdash.{room}" for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    """Loads a public name from its room when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'effdash' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
