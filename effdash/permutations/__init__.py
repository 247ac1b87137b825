"""Permutations: how units order the samples, how alike, and how well some tell the order of another."""

from effdash.permutations.compiled import umap_is_compiled
from effdash.permutations.depth import ranks_through_depth
from effdash.permutations.embedding import map_epochs
from effdash.permutations.groups import Grouping, GroupKind, UnitGroup, group_units
from effdash.permutations.joint import joint_order, joint_orders, joint_orders_along
from effdash.permutations.layer_orders import (
    LayerOrders,
    find_repeats,
    observe_orders,
    order_similarity,
    sample_orders,
)
from effdash.permutations.orders import SampleOrders, first_equals, orders_of, partitions, signatures
from effdash.permutations.pairs import PairOrder, compare_orders
from effdash.permutations.partners import find_partners
from effdash.permutations.ranks import order_ranks, similarity_of
from effdash.permutations.response import responses, told

__all__ = [
    "GroupKind",
    "Grouping",
    "LayerOrders",
    "PairOrder",
    "SampleOrders",
    "UnitGroup",
    "compare_orders",
    "find_partners",
    "find_repeats",
    "first_equals",
    "group_units",
    "joint_order",
    "joint_orders",
    "joint_orders_along",
    "map_epochs",
    "observe_orders",
    "order_ranks",
    "order_similarity",
    "orders_of",
    "partitions",
    "ranks_through_depth",
    "responses",
    "sample_orders",
    "signatures",
    "similarity_of",
    "told",
    "umap_is_compiled",
]
