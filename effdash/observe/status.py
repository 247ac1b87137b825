"""Dead, linear, nonlinear: the status of units and points, from one exact pass over the data."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from effdash.observe.curve import Curve, LinkedCurve
from effdash.observe.extremes import (
    BatchExtremes,
    ExtremesVisitor,
    PassExtremes,
    PassGatherer,
    Place,
    end_to_end,
    to_host,
)
from effdash.observe.layers import Layer
from effdash.observe.names import unwrapped
from effdash.observe.observation import AnyCurve, Observation
from effdash.observe.record import Recorder
from effdash.observe.untouched import as_input, untouched
from effdash.vocab import UserError

OutputListener = Callable[[slice, Any], None]


def unit_status(model: nn.Module, X: Tensor | np.ndarray) -> pd.DataFrame:
    """Status of every unit of a model on these samples.

    A row a unit: `layer`, `unit`, `status` (`dead` < `linear` < `nonlinear`), `min`, `max`, `active_share`
    (of samples x positions above 0), `constant`. The model is left as it was.

    Raises:
        UserError: no samples; a pre-activation is nan or infinite; the model applies no nonlinearity.

    Source:
        Riera et al., arXiv 2201.12795; Riera Molina, *Training More Efficient Neural Networks* (2025).
    """
    return observe(model, X, points=False).units_table()


def point_status(model: nn.Module, X: Tensor | np.ndarray) -> pd.DataFrame:
    """Status of every sample at every layer of a model: a row each, `layer`, `point`, `status`.

    Raises:
        UserError: as `unit_status`, and where a layer does not see one row a sample.

    Source:
        Riera et al., arXiv 2201.12795; Riera Molina, *Training More Efficient Neural Networks* (2025).
    """
    return observe(model, X).points_table()


def observe(
    model: nn.Module,
    X: Tensor | np.ndarray,
    *,
    batch_size: int = 4096,
    recorder: Recorder | None = None,
    on_output: OutputListener | None = None,
    points: bool = True,
) -> Observation:
    """One pass over the samples `X`, batch by batch, in memory that does not grow with their number.

    In evaluation mode, without gradients; the model (modes, buffers, hooks, random state) and `recorder`, one
    that is attached already, are left as they were, also after an error. Batches go to the model's device and
    floating type; what was gathered comes back in one transfer. `on_output(rows, output)` gets the model's
    output of each batch. `points` False: only units are looked at.

    Raises:
        UserError: no samples; a pre-activation is nan or infinite (the message names the layer); the model
        applies no
            nonlinearity; with `points`, a layer does not see one row a sample.
    """
    inputs = torch.as_tensor(X)
    if inputs.dim() == 0 or len(inputs) == 0:
        raise UserError("X has no samples; at least one is needed to say what units do")
    if batch_size < 1:
        raise UserError(f"batch_size is {batch_size}; it has to be 1 or more")
    network = unwrapped(model)
    record = Recorder(network) if recorder is None else recorder
    record.check_is_for(network)
    visitor = ExtremesVisitor()
    try:
        with untouched(network), record.visiting(visitor):
            batches = _batches(network, inputs.split(batch_size), record, visitor, on_output, points=points)
            gatherer = PassGatherer(next(batches))
            for batch in batches:
                gatherer.add(batch)
            return _on_host(record, len(inputs), gatherer)
    finally:
        if recorder is None:
            record.close()


def _batches(
    network: nn.Module,
    inputs: Sequence[Tensor],
    record: Recorder,
    visitor: ExtremesVisitor,
    on_output: OutputListener | None,
    *,
    points: bool,
) -> Iterator[BatchExtremes]:
    names: list[str] = []
    start = 0
    for samples in inputs:
        output = network(as_input(network, samples))
        visitor.finish()
        found: list[Place] = record.visited
        if points:
            _require_one_row_a_sample(record.layers, found, len(samples))
        names = names or [layer.name for layer in record.layers]
        if [layer.name for layer in record.layers] != names:
            raise UserError(
                "the network takes another path from batch to batch, so its layers cannot be compared"
            )
        if on_output is not None:
            on_output(slice(start, start + len(samples)), output)
        start += len(samples)
        yield end_to_end(found, points=points)


def _require_one_row_a_sample(layers: Sequence[Layer], found: Sequence[Place], n_samples: int) -> None:
    for layer, (stack, _) in zip(layers, found, strict=True):
        if stack.n_samples != n_samples:
            raise UserError(
                f"layer {layer.name!r} sees {stack.n_samples} rows for {n_samples} samples, so the "
                f"status of a sample is not defined there; units can be observed all the same (points=False)"
            )


def _on_host(record: Recorder, n_samples: int, gatherer: PassGatherer) -> Observation:
    slopes = [part.slopes for curve in record.curves for part in _parts(curve) if part.slopes is not None]
    seen = to_host(gatherer, [torch.as_tensor(slope).detach() for slope in slopes])
    _require_finite(record.layers, seen)
    curves = _curves_on_host(record.curves, seen.extra) if slopes else record.curves
    return Observation.of_pass(record.layers, curves, record.unrecognised, n_samples, seen)


def _require_finite(layers: Sequence[Layer], seen: PassExtremes) -> None:
    finite = np.isfinite(seen.unit_min) & np.isfinite(seen.unit_max)
    if finite.all():
        return
    ends = np.cumsum([layer.units for layer in layers])
    bad = int(np.argmin(finite))
    at = int(np.searchsorted(ends, bad, side="right"))
    unit = bad - int(ends[at]) + layers[at].units
    raise UserError(
        f"layer {layers[at].name!r} has pre-activations that are nan or infinite, first at its unit {unit}; "
        f"a status is not defined for them"
    )


def _parts(curve: AnyCurve) -> list[Curve]:
    return [curve.positive, curve.negative] if isinstance(curve, LinkedCurve) else [curve]


def _curves_on_host(curves: Sequence[AnyCurve], slopes: np.ndarray) -> list[AnyCurve]:
    """The same curves with their slopes as arrays, cut in order from `slopes`."""
    rest = slopes

    def on_host(curve: Curve) -> Curve:
        nonlocal rest
        if curve.slopes is None:
            return curve
        mine, rest = np.split(rest, [int(np.prod(curve.slopes.shape))])
        return replace(curve, slopes=mine)

    found: list[AnyCurve] = []
    for curve in curves:
        parts = [on_host(part) for part in _parts(curve)]
        found.append(LinkedCurve(*parts) if isinstance(curve, LinkedCurve) else parts[0])
    return found
