"""Dead, linear, nonlinear: the status of units and points, from one exact pass over the data."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from effdash.observe.batches import (
    Call,
    Stream,
    batches_of,
    call_plainly,
    count_samples,
    for_model,
    is_samples,
    n_samples,
    total_of,
)
from effdash.observe.curve import Curve, LinkedCurve
from effdash.observe.extremes import (
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
from effdash.observe.progress import Progress, shown
from effdash.observe.record import Recorder
from effdash.observe.room import fitting, may_be_wide
from effdash.observe.untouched import untouched
from effdash.vocab import UserError


class NotFiniteError(UserError):
    """A pre-activation is nan or infinite; the message names the layer."""


class NoPointsError(UserError):
    """A layer does not see one row a sample, so that a sample has no status there."""


OutputListener = Callable[[slice, Any], None]


def unit_status(
    model: nn.Module,
    X: Any,
    *,
    call: Call = call_plainly,
    progress: bool | Progress = False,
    batch_size: int = 4096,
) -> pd.DataFrame:
    """Status of every unit of a model on these samples.

    A row a unit: `layer`, `unit`, `status` (`dead` < `linear` < `nonlinear`), `min`, `max`, `active_share`
    (of samples x positions above 0), `constant`. The model is left as it was. Memory grows neither with the
    number of samples nor, beyond a number or two a unit, with that of the units.

    Args:
        X: Samples (a tensor or an array, also a memory-mapped one; the `samples` of a file that
            `effdash.data.own.stream_own` reads), or whatever goes through batches of them: a `DataLoader`, a
            generator. A batch is a tensor, a tuple whose last part is labels, or a dictionary.
        call: How the model is called with a batch, `call(model, batch)`, where the forms above do not do.
        progress: True: a bar on the terminal; or called with samples done and (`None`: unknown) in total.

    Raises:
        UserError: no samples; a pre-activation is nan or infinite; the model applies no nonlinearity.

    Source:
        Riera et al., arXiv 2201.12795; Riera Molina, *Training More Efficient Neural Networks* (2025).
    """
    seen = observe(model, X, points=False, call=call, progress=progress, batch_size=batch_size)
    return seen.units_table()


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
    X: Any,
    *,
    batch_size: int = 4096,
    recorder: Recorder | None = None,
    on_output: OutputListener | None = None,
    points: bool = True,
    call: Call = call_plainly,
    progress: bool | Progress = False,
    merge: Callable[[PassGatherer], None] | None = None,
) -> Observation:
    """One pass over the samples `X`, batch by batch, in memory that does not grow with their number.

    In evaluation mode, without gradients; the model (modes, buffers, hooks, random state) and `recorder`, one
    that is attached already, are left as they were, also after an error. Batches go to the model's device and
    floating type; what was gathered comes back in one transfer.

    Args:
        X: Samples, or what goes through batches of them; see `unit_status`.
        batch_size: Of samples; smaller where layers are so wide that a batch would take much memory.
        on_output: Called with the rows of each batch and the model's output for them.
        points: False: only units are looked at.
        merge: Called with what this pass gathered, to put there what other processes gathered as well.

    Raises:
        UserError: no samples; a pre-activation is nan or infinite (the message names the layer); the model
            applies no nonlinearity; with `points`, a layer does not see one row a sample.
    """
    if is_samples(X):
        count_samples(X)
    if batch_size < 1:
        raise UserError(f"batch_size is {batch_size}; it has to be 1 or more")
    network = unwrapped(model)
    record = Recorder(network) if recorder is None else recorder
    record.check_is_for(network)
    visitor = ExtremesVisitor()
    work = _Pass(network, record, visitor, call, on_output, points=points)
    try:
        with untouched(network), record.visiting(visitor), shown(progress, total_of(X)) as report:
            for batch in batches_of(X, work.fitting_size(X, batch_size)):
                report(work.take(batch))
            return work.observation(merge)
    finally:
        if recorder is None:
            record.close()


class _Pass:
    """A pass under way: what its batches have shown so far."""

    def __init__(
        self,
        network: nn.Module,
        record: Recorder,
        visitor: ExtremesVisitor,
        call: Call,
        on_output: OutputListener | None,
        *,
        points: bool,
    ) -> None:
        self._network = network
        self._record = record
        self._visitor = visitor
        self._call = call
        self._on_output = on_output
        self._points = points
        self._names: list[str] = []
        self._gatherer: PassGatherer | None = None

    def fitting_size(self, X: Any, batch_size: int) -> int:
        """A batch size that leaves room; where shapes alone do not tell, two samples are tried."""
        if not isinstance(X, Tensor | np.ndarray | Stream):
            return batch_size
        some = next(batches_of(X if isinstance(X, Stream) else X[:2], 2))
        if not may_be_wide(self._network, (min(batch_size, total_of(X) or 1), *some.shape[1:])):
            return batch_size
        if not self._record.layers:
            self._run(some)
        return fitting(self._record.layers, batch_size)

    def take(self, batch: Any) -> int:
        """Looks at a batch; returns how many samples were seen so far."""
        count, record = n_samples(batch), self._record
        output = self._run(batch)
        found: list[Place] = record.visited
        if self._points:
            _require_one_row_a_sample(record.layers, found, count)
        names = [layer.name for layer in record.layers]
        self._names = self._names or names
        if names != self._names:
            raise UserError(
                "the network takes another path from batch to batch, so its layers cannot be compared"
            )
        start = 0 if self._gatherer is None else self._gatherer.n_samples
        if self._on_output is not None:
            self._on_output(slice(start, start + count), output)
        extremes = end_to_end(found, points=self._points)
        if self._gatherer is None:
            self._gatherer = PassGatherer(extremes, count)
        else:
            self._gatherer.add(extremes, count)
        return self._gatherer.n_samples

    def observation(self, merge: Callable[[PassGatherer], None] | None) -> Observation:
        """What there is to say at the end."""
        if self._gatherer is None:
            raise UserError("X has no samples; at least one is needed to say what units do")
        if merge is not None:
            merge(self._gatherer)
        return _on_host(self._record, self._gatherer)

    def _run(self, batch: Any) -> Any:
        before = self._record.forwards
        output = self._call(self._network, for_model(self._network, batch))
        if self._record.forwards != before + 1:
            times = self._record.forwards - before
            raise UserError(f"call= has to run the model once for a batch; it ran it {times} times")
        self._visitor.finish()
        return output


def _require_one_row_a_sample(layers: Sequence[Layer], found: Sequence[Place], n_samples: int) -> None:
    for layer, (stack, _) in zip(layers, found, strict=True):
        if stack.n_samples != n_samples:
            raise NoPointsError(
                f"layer {layer.name!r} sees {stack.n_samples} rows for {n_samples} samples, so the "
                f"status of a sample is not defined there; units can be observed all the same (points=False)"
            )


def _on_host(record: Recorder, gatherer: PassGatherer) -> Observation:
    slopes = [part.slopes for curve in record.curves for part in _parts(curve) if part.slopes is not None]
    seen = to_host(gatherer, [torch.as_tensor(slope).detach() for slope in slopes])
    _require_finite(record.layers, seen)
    curves = _curves_on_host(record.curves, seen.extra) if slopes else record.curves
    return Observation.of_pass(record.layers, curves, record.unrecognised, gatherer.n_samples, seen)


def _require_finite(layers: Sequence[Layer], seen: PassExtremes) -> None:
    finite = np.isfinite(seen.unit_min) & np.isfinite(seen.unit_max)
    if finite.all():
        return
    ends = np.cumsum([layer.units for layer in layers])
    bad = int(np.argmin(finite))
    at = int(np.searchsorted(ends, bad, side="right"))
    unit = bad - int(ends[at]) + layers[at].units
    raise NotFiniteError(
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
