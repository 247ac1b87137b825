"""Networks made smaller by what their units do with the data, so that their decisions stay."""

from effdash.pruning.auto import Found, search
from effdash.pruning.compensation import Rebuilt
from effdash.pruning.downdating import Downdate
from effdash.pruning.operation import finished, plan_pruning, prefix_for, prune
from effdash.pruning.plan import METHODS, Path, Removal, Stage, plan_removals, removals_of
from effdash.pruning.rebuilding import rebuild, rebuilt
from effdash.pruning.reference import Reference
from effdash.pruning.report import Report, report_on
from effdash.pruning.saving import save_pruned

__all__ = [
    "METHODS",
    "Downdate",
    "Found",
    "Path",
    "Rebuilt",
    "Reference",
    "Removal",
    "Report",
    "Stage",
    "finished",
    "plan_pruning",
    "plan_removals",
    "prefix_for",
    "prune",
    "rebuild",
    "rebuilt",
    "removals_of",
    "report_on",
    "save_pruned",
    "search",
]
