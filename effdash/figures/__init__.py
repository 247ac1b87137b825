"""Figures: a table or array in, a plotly Figure out, or the payload of a canvas on the pages."""

from effdash.figures.amount import amount_payload
from effdash.figures.class_rows import class_rows_payload
from effdash.figures.confusion import confusion_payload
from effdash.figures.curves import curves_payload, learning_curves
from effdash.figures.decision_change import decision_change_payload
from effdash.figures.depth import depth_payload
from effdash.figures.face_to_face import UnitOrder, face_to_face_payload
from effdash.figures.glance import glance_payload
from effdash.figures.histogram import histogram_payload, preactivation_histogram
from effdash.figures.images import samples_payload, weights_payload
from effdash.figures.joint_order import joint_order_payload
from effdash.figures.layer_band import layer_band_payload
from effdash.figures.layer_samples import samples_by_layer_payload
from effdash.figures.marks import MARKS, UnitMarks, marked_units, unit_marks
from effdash.figures.payload import Payload
from effdash.figures.plane import decision_map, decision_payload, fold_payload
from effdash.figures.prune_map import prune_map_payload
from effdash.figures.removal_path import RemovalCurve, removal_path_payload
from effdash.figures.rows import LayerFigures, layer_figures
from effdash.figures.sample_efficiency import sample_efficiency_payload
from effdash.figures.sample_map import sample_map_payload, unit_places_payload
from effdash.figures.sample_plane import sample_plane_payload
from effdash.figures.sample_way import sample_way_payload
from effdash.figures.similarity import similarity_payload
from effdash.figures.status import (
    band_payload,
    epochs_payload,
    shares_payload,
    status_counts,
    status_heatmap,
    status_shares,
)
from effdash.figures.steps import steps_payload
from effdash.figures.strips import strips_payload
from effdash.figures.unit_map import map_frames, unit_map_payload
from effdash.figures.widths import widths_payload

__all__ = [
    "MARKS",
    "LayerFigures",
    "Payload",
    "RemovalCurve",
    "UnitMarks",
    "UnitOrder",
    "amount_payload",
    "band_payload",
    "class_rows_payload",
    "confusion_payload",
    "curves_payload",
    "decision_change_payload",
    "decision_map",
    "decision_payload",
    "depth_payload",
    "epochs_payload",
    "face_to_face_payload",
    "fold_payload",
    "glance_payload",
    "histogram_payload",
    "joint_order_payload",
    "layer_band_payload",
    "layer_figures",
    "learning_curves",
    "map_frames",
    "marked_units",
    "preactivation_histogram",
    "prune_map_payload",
    "removal_path_payload",
    "sample_efficiency_payload",
    "sample_map_payload",
    "sample_plane_payload",
    "sample_way_payload",
    "samples_by_layer_payload",
    "samples_payload",
    "shares_payload",
    "similarity_payload",
    "status_counts",
    "status_heatmap",
    "status_shares",
    "steps_payload",
    "strips_payload",
    "unit_map_payload",
    "unit_marks",
    "unit_places_payload",
    "weights_payload",
    "widths_payload",
]
