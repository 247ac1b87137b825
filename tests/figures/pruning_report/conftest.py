"""Two reports: of digits, and of a network whose names would like to be more than names."""

from collections import OrderedDict

import pandas as pd
import pytest
import torch
from torch import nn

import effdash as ed
from effdash.data import Dataset
from effdash.decision import Plane
from effdash.figures.pruning_report import pruning_report
from effdash.pruning import Choice, Reference, outcome_of, plan_removals, save_pruned
from effdash.pruning.audit import audit_on
from effdash.pruning.curves import method_path
from effdash.pruning.dossier import Dossier, dossier_of, hand_out
from tests.figures.pruning_report.reader import HOSTILE, SHIPPED, Page

LATENCY = pd.DataFrame(
    [
        {"batch": 1, "runs": 2000, "before": 0.0361, "before_low": 0.03, "before_high": 0.04}
        | {"after": 0.0341, "after_low": 0.033, "after_high": 0.035},
        {"batch": 256, "runs": 900, "before": 1.39, "before_low": 1.3, "before_high": 1.4}
        | {"after": 0.651, "after_low": 0.64, "after_high": 0.66},
    ]
)


@pytest.fixture(scope="package")
def digits() -> Dossier:
    """Digits, nine tenths gone, with pins and notes: decisions change."""
    run = ed.open_run(SHIPPED)
    model, data = run.model(), run.data()
    reference = Reference.prepare(model, data)
    path = plan_removals(reference)
    choice = Choice(amount=230).pinned("fc1", 3, kept=True).pinned("fc2", 9, kept=False).locking("fc1", False)
    outcome = outcome_of(reference, path, choice)
    pruned, report = hand_out(reference, outcome, model)
    return dossier_of(
        reference,
        outcome,
        model,
        data,
        run,
        file="it's.html",
        notes={("fc1", 5): "look again"},
        latency=LATENCY,
        paths=[
            method_path(reference, plan_removals(reference, method), compensated=on, split="test", points=5)
            for method, on in (("margin", True), ("l2", True), ("l2", False))
        ],
        plane=Plane.principal(data, steps=24),
        audit=audit_on(model, pruned, data.X_test[:90], data.y_test[:90], name="mine.csv"),
        handed=(pruned, report),
    )


@pytest.fixture(scope="package")
def page(digits: Dossier) -> Page:
    return Page(pruning_report(digits))


@pytest.fixture(scope="package")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    """Two features, three classes, and names that would like to be more than names."""
    torch.manual_seed(0)
    X, y = torch.randn(90, 2), torch.arange(90) % 3
    X += torch.nn.functional.one_hot(y, 3)[:, :2] * 3.0
    layers = [
        (f"{HOSTILE}a", nn.Linear(2, 12)),
        ("act1", nn.ReLU()),
        ("=b", nn.Linear(12, 9)),
        ("act2", nn.ReLU()),
    ]
    model = nn.Sequential(OrderedDict([*layers, ("out", nn.Linear(9, 3))]))
    data = Dataset(
        X_train=X[:60],
        y_train=y[:60],
        X_test=X[60:],
        y_test=y[60:],
        class_names=("</td></table><h1>", HOSTILE, "c"),
        feature_names=("</svg>", "<x2"),
        image_shape=None,
        mean=torch.zeros(2),
        scale=torch.ones(2),
    )
    folder = tmp_path_factory.mktemp("runs")
    # No file holds such names of layers: the run is that of a tame twin.
    tame = nn.Sequential(*(module for _, module in layers), model.out)
    run = ed.open_run(save_pruned(tame, data, folder, name=f"</title>{HOSTILE}"))
    reference = Reference.prepare(model, data)
    outcome = outcome_of(reference, plan_removals(reference), Choice(amount=17))
    notes = {(f"{HOSTILE}a", unit): f"{HOSTILE} --></pre>" for unit in range(12)}
    return dossier_of(reference, outcome, model, data, run, notes=notes)
