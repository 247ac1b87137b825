"""Networks made smaller by what their units do with the data, so that their decisions stay."""

from effdash.pruning.approximation import Approximate, approximate
from effdash.pruning.auto import Found, search
from effdash.pruning.branches import has_branches
from effdash.pruning.choice import Choice, Pin
from effdash.pruning.clicking import Alone, alone, clicked, turned
from effdash.pruning.compensation import Rebuilt
from effdash.pruning.curves import agreement_along
from effdash.pruning.downdating import Downdate
from effdash.pruning.narrowing import most, narrowed
from effdash.pruning.operation import finished, plan_pruning, prefix_for, prune
from effdash.pruning.outcome import Outcome, changes_of, find_auto, foretold, outcome_of
from effdash.pruning.plan import METHODS, Path, Removal, Stage, plan_removals, removals_of
from effdash.pruning.plan_file import (
    AppliesTo,
    applies_to,
    hash_of_data,
    hash_of_weights,
    plan_json,
    read_plan,
)
from effdash.pruning.rebuilding import rebuild, rebuilt
from effdash.pruning.reference import Reference
from effdash.pruning.report import Report, report_on
from effdash.pruning.saving import save_pruned
from effdash.pruning.why import why_table

__all__ = [
    "METHODS",
    "Alone",
    "AppliesTo",
    "Approximate",
    "Choice",
    "Downdate",
    "Found",
    "Outcome",
    "Path",
    "Pin",
    "Rebuilt",
    "Reference",
    "Removal",
    "Report",
    "Stage",
    "agreement_along",
    "alone",
    "applies_to",
    "approximate",
    "changes_of",
    "clicked",
    "find_auto",
    "finished",
    "foretold",
    "has_branches",
    "hash_of_data",
    "hash_of_weights",
    "most",
    "narrowed",
    "outcome_of",
    "plan_json",
    "plan_pruning",
    "plan_removals",
    "prefix_for",
    "prune",
    "read_plan",
    "rebuild",
    "rebuilt",
    "removals_of",
    "report_on",
    "save_pruned",
    "search",
    "turned",
    "why_table",
]
