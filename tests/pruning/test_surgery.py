"""What leaves without a trace leaves none: on networks of every kind, in any order, in float64."""

import numpy as np
import pytest
import torch

from effdash.models.graph import trace_graph
from effdash.pruning.plan import plan_removals
from effdash.pruning.rebuilding import rebuild
from effdash.pruning.reference import Reference
from effdash.pruning.size import count_macs, count_parameters
from effdash.pruning.stages import Stage
from tests.pruning.planting import KINDS, drawn, plant


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("kind", KINDS)
def test_exact_removal_in_any_order_changes_no_output(kind: str, seed: int) -> None:
    model, X = drawn(kind, seed)
    planted = plant(model, X, kind)
    reference = Reference.prepare(model, X)
    path = plan_removals(reference)
    exact = path.removals[: path.exact]
    assert len(exact) >= planted > 0
    assert {removal.stage for removal in exact} >= {Stage.CONSTANT, Stage.TWIN}
    rng = np.random.default_rng(seed)
    for count in (1, len(exact) // 2, len(exact)):
        some = [exact[place] for place in rng.permutation(len(exact))[:count]]
        smaller = rebuild(reference, some)
        with torch.no_grad():
            assert (smaller(X) - model(X)).abs().max() <= 1e-9
        assert type(smaller) is type(model)
        assert count_parameters(smaller) < count_parameters(model)
        before = count_macs(model, reference.graph, X[:1])
        assert count_macs(smaller, trace_graph(smaller, X[:2]), X[:1]) < before
