"""Figures: a table or array in, a plotly Figure out, or the payload of a canvas on the pages."""

from effdash.figures.curves import curves_payload, learning_curves
from effdash.figures.histogram import histogram_payload, preactivation_histogram
from effdash.figures.images import samples_payload, weights_payload
from effdash.figures.payload import Payload
from effdash.figures.plane import decision_map, decision_payload, fold_payload
from effdash.figures.status import (
    band_payload,
    epochs_payload,
    shares_payload,
    status_counts,
    status_heatmap,
    status_shares,
)
from effdash.figures.unit_map import unit_map_payload

__all__ = [
    "Payload",
    "band_payload",
    "curves_payload",
    "decision_map",
    "decision_payload",
    "epochs_payload",
    "fold_payload",
    "histogram_payload",
    "learning_curves",
    "preactivation_histogram",
    "samples_payload",
    "shares_payload",
    "status_counts",
    "status_heatmap",
    "status_shares",
    "unit_map_payload",
    "weights_payload",
]
