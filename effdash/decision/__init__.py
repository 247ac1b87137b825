"""The decision function: what a network answers, on samples and on planes, and what changes it."""

from effdash.decision.answers import class_logits, decisions, logits_of, margins
from effdash.decision.bounds import Bound, clopper_pearson, held_out_bound
from effdash.decision.changes import Changes, compare
from effdash.decision.maps import DecisionMap, PlaneDifference, compare_maps, decision_map, responses
from effdash.decision.nearness import near_data
from effdash.decision.plane import Plane, PlaneKind, medoids

__all__ = [
    "Bound",
    "Changes",
    "DecisionMap",
    "Plane",
    "PlaneDifference",
    "PlaneKind",
    "class_logits",
    "clopper_pearson",
    "compare",
    "compare_maps",
    "decision_map",
    "decisions",
    "held_out_bound",
    "logits_of",
    "margins",
    "medoids",
    "near_data",
    "responses",
]
