"""What a network does with data: its layers, their pre-activations, the status of every unit and point."""

from effdash.observe.gradients import GradientReach
from effdash.observe.layers import Layer
from effdash.observe.observation import Observation
from effdash.observe.record import Recorder, find_layers, record_preactivations
from effdash.observe.status import observe, point_status, unit_status

__all__ = [
    "GradientReach",
    "Layer",
    "Observation",
    "Recorder",
    "find_layers",
    "observe",
    "point_status",
    "record_preactivations",
    "unit_status",
]
