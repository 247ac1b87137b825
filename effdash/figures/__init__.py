"""Figures: a table or array in, a plotly Figure out, or the payload of a canvas on the pages."""

from effdash.figures.class_rows import class_rows_payload
from effdash.figures.confusion import confusion_payload
from effdash.figures.curves import curves_payload, learning_curves
from effdash.figures.glance import glance_payload
from effdash.figures.histogram import histogram_payload, preactivation_histogram
from effdash.figures.images import samples_payload, weights_payload
from effdash.figures.layer_band import layer_band_payload
from effdash.figures.layer_samples import samples_by_layer_payload
from effdash.figures.marks import MARKS, UnitMarks, marked_units, unit_marks
from effdash.figures.payload import Payload
from effdash.figures.plane import decision_map, decision_payload, fold_payload
from effdash.figures.rows import LayerFigures, layer_figures
from effdash.figures.sample_efficiency import sample_efficiency_payload
from effdash.figures.sample_plane import sample_plane_payload
from effdash.figures.sample_way import sample_way_payload
from effdash.figures.status import (
    band_payload,
    epochs_payload,
    shares_payload,
    status_counts,
    status_heatmap,
    status_shares,
)
from effdash.figures.unit_map import map_frames, unit_map_payload

__all__ = [
    "MARKS",
    "LayerFigures",
    "Payload",
    "UnitMarks",
    "band_payload",
    "class_rows_payload",
    "confusion_payload",
    "curves_payload",
    "decision_map",
    "decision_payload",
    "epochs_payload",
    "fold_payload",
    "glance_payload",
    "histogram_payload",
    "layer_band_payload",
    "layer_figures",
    "learning_curves",
    "map_frames",
    "marked_units",
    "preactivation_histogram",
    "sample_efficiency_payload",
    "sample_plane_payload",
    "sample_way_payload",
    "samples_by_layer_payload",
    "samples_payload",
    "shares_payload",
    "status_counts",
    "status_heatmap",
    "status_shares",
    "unit_map_payload",
    "unit_marks",
    "weights_payload",
]
