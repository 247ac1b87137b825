"""Models from files, opened without running anything in them, looked at, and made into runs."""

from effdash.loading.architecture import is_factory
from effdash.loading.epochs import epochs_of
from effdash.loading.fitting import as_it_is, fit
from effdash.loading.guessing import GUESSABLE_ACTIVATIONS
from effdash.loading.keeping import make_run
from effdash.loading.loaded import LoadedModel, of_module
from effdash.loading.look import ModelLook, look_at
from effdash.loading.opening import load, load_model

__all__ = [
    "GUESSABLE_ACTIVATIONS",
    "LoadedModel",
    "ModelLook",
    "as_it_is",
    "epochs_of",
    "fit",
    "is_factory",
    "load",
    "load_model",
    "look_at",
    "make_run",
    "of_module",
]
