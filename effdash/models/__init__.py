"""Networks by name."""

from effdash.models.activations import ACTIVATIONS, Activation
from effdash.models.initialisation import INITIALISATIONS
from effdash.models.linked import Linked
from effdash.models.registry import NETWORKS, Architecture, build_model, from_config, has_ways_around

__all__ = [
    "ACTIVATIONS",
    "INITIALISATIONS",
    "NETWORKS",
    "Activation",
    "Architecture",
    "Linked",
    "build_model",
    "from_config",
    "has_ways_around",
]
