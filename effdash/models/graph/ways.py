"""Whether a graph has ways around its layers."""

from effdash.models.graph.description import Graph
from effdash.models.graph.operators import OPERATORS


def has_ways_around(graph: Graph) -> bool:
    """Whether what comes together somewhere has gone through different numbers of nonlinearities.

    Then a layer that is dead as a whole does not cut the output off from the input.
    """
    depths = {graph.nodes[0].name: 0}
    for node in graph.nodes[1:]:
        before = {depths[name] for name in node.inputs if name in depths}
        if not before:
            continue  # parameters alone
        if node.op in ("add", "sub", "cat") and len(before) > 1:
            return True
        depths[node.name] = max(before) + int(node.op in OPERATORS and OPERATORS[node.op].activation)
    return False
