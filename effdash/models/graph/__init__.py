"""A network as a small graph of operators that are known one by one: traced, described, run, stored."""

from effdash.models.graph.conversion import NotTraceableError
from effdash.models.graph.description import Graph, Node
from effdash.models.graph.module import GraphModel
from effdash.models.graph.operators import OPAQUE, OPERATORS
from effdash.models.graph.running import apply_node, node_shapes, run_graph
from effdash.models.graph.tracing import evaluating, rewired, trace_graph
from effdash.models.graph.ways import has_ways_around

__all__ = [
    "OPAQUE",
    "OPERATORS",
    "Graph",
    "GraphModel",
    "Node",
    "NotTraceableError",
    "apply_node",
    "evaluating",
    "has_ways_around",
    "node_shapes",
    "rewired",
    "run_graph",
    "trace_graph",
]
