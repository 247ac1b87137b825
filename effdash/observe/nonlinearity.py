"""What a nonlinearity does on an interval of pre-activations: flat, straight, or bent.

Source:
    Riera Molina, *Training More Efficient Neural Networks* (2025), carried over from ReLU to any
    nonlinearity.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float64, UInt8

from effdash.observe.curve import SHAPES, Curve, LinkedCurve
from effdash.vocab import UnitStatus

LARGEST_DEVIATION: Final = 1e-6
"""From the chord, as a share of the range of the nonlinearity, up to which it counts as straight."""

_GRID: Final = 129
_CHUNK: Final = 8192
_ROUNDING: Final = 8 * np.finfo(np.float64).eps

Ends = Float64[np.ndarray, " interval"]
Mask = Bool[np.ndarray, " interval"]


def interval_status(curve: Curve | LinkedCurve, low: Ends, high: Ends) -> UInt8[np.ndarray, " interval"]:
    """Status of units whose pre-activations were seen to lie in `[low, high]`.

    Where the nonlinearity has a hinge at 0, a pre-activation of exactly 0 is on the flat side. A linked pair
    is dead if both outputs are flat and linear if both are straight, the hinge belonging to either side.
    PReLU's slopes are one for all intervals or one an interval.
    """
    if isinstance(curve, LinkedCurve):
        return _linked(curve, low, high)
    in_question = low > 0 if _has_hinge(curve) else np.ones(low.shape, dtype=bool)
    return _codes(*_flat_and_straight(curve, low, high, in_question))


def _flat_and_straight(curve: Curve, low: Ends, high: Ends, in_question: Mask) -> tuple[Mask, Mask]:
    """Where the slope is 0 throughout, and where it is the same throughout (flat or not).

    Straight without being flat are only those `in_question`.
    """
    flat = _flat(curve, low, high)
    straight = flat.copy()
    rest = in_question & ~flat
    straight[rest] = _straight(_some(curve, rest), low[rest], high[rest])
    if curve.kind != "prelu" and SHAPES[curve.kind].curved:
        candidates = np.flatnonzero(straight & rest & (low < high))
        flat[candidates] = _saturated(curve, low[candidates], high[candidates])
    return flat, straight


def _some(curve: Curve, chosen: Mask) -> Curve:
    """The curve of the chosen intervals only."""
    if curve.slopes is None:
        return curve
    return replace(curve, slopes=np.broadcast_to(curve.slopes, chosen.shape)[chosen])


def point_interval_status(
    curve: Curve | LinkedCurve, low: Ends, high: Ends
) -> UInt8[np.ndarray, " interval"]:
    """Status of points whose pre-activations over all units of a layer lie in `[low, high]`.

    Where the units have PReLU slopes of their own, each has to be straight on the point's interval; the
    smallest and the largest slope decide that, as the deviation from the chord grows with the distance of the
    slope from 1.
    """
    if not _has_slopes(curve):
        return interval_status(curve, low, high)
    codes = np.stack([interval_status(_with_one_slope(curve, pick), low, high) for pick in (np.min, np.max)])
    nonlinear = np.any(codes == UnitStatus.NONLINEAR, axis=0)
    return _codes(np.all(codes == UnitStatus.DEAD, axis=0), np.logical_not(nonlinear))


def _codes(flat: Mask, straight: Mask) -> UInt8[np.ndarray, " interval"]:
    codes = np.full(flat.shape, UnitStatus.NONLINEAR, dtype=np.uint8)
    codes[straight] = UnitStatus.LINEAR
    codes[flat] = UnitStatus.DEAD
    return codes


def _linked(curve: LinkedCurve, low: Ends, high: Ends) -> UInt8[np.ndarray, " interval"]:
    all_of_them = np.ones(low.shape, dtype=bool)
    flat_above, straight_above = _flat_and_straight(curve.positive, low, high, all_of_them)
    flat_below, straight_below = _flat_and_straight(curve.negative, -high, -low, all_of_them)
    return _codes(flat_above & flat_below, straight_above & straight_below)


def _has_hinge(curve: Curve) -> bool:
    return curve.kind != "prelu" and any(end == 0 for _, end in SHAPES[curve.kind].flat(*curve.parameters))


def _has_slopes(curve: Curve | LinkedCurve) -> bool:
    """Whether the units may differ in their nonlinearity."""
    if isinstance(curve, LinkedCurve):
        return _has_slopes(curve.positive) or _has_slopes(curve.negative)
    return curve.slopes is not None


def _with_one_slope(curve: Curve | LinkedCurve, pick: Callable[..., float]) -> Curve | LinkedCurve:
    if isinstance(curve, LinkedCurve):
        return LinkedCurve(_one_slope(curve.positive, pick), _one_slope(curve.negative, pick))
    return _one_slope(curve, pick)


def _one_slope(curve: Curve, pick: Callable[..., float]) -> Curve:
    if curve.slopes is None:
        return curve
    return replace(curve, slopes=np.array([pick(np.asarray(curve.slopes))]))


def _flat(curve: Curve, low: Ends, high: Ends) -> Mask:
    """Where the slope is 0 throughout."""
    if curve.kind == "prelu":
        return (np.asarray(curve.slopes) == 0) & (high <= 0)
    shape = SHAPES[curve.kind]
    flat = np.zeros(low.shape, dtype=bool)
    for start, end in shape.flat(*curve.parameters):
        flat |= (start <= low) & (high <= end)
    return flat


def _saturated(curve: Curve, low: Ends, high: Ends) -> Mask:
    """Where a smooth nonlinearity does not change by one bit, not even a little beyond the interval."""
    beyond = LARGEST_DEVIATION * np.maximum(1, np.maximum(np.abs(low), np.abs(high)))
    around = np.linspace(low - beyond, high + beyond, 5)
    return np.ptp(_values(curve, around), axis=0) == 0


def _straight(curve: Curve, low: Ends, high: Ends) -> Mask:
    """Where the largest deviation from the chord is at most 1e-6 of the range (so also where it is flat)."""
    if curve.kind == "prelu":
        # (1 - a) |low| high / (high - low) is the deviation at the kink.
        slopes = np.asarray(curve.slopes, dtype=np.float64)
        length = np.where(high > low, high - low, 1.0)
        deviation = np.abs(1 - slopes) * np.maximum(-low, 0) * np.maximum(high, 0) / length
        ends = np.stack([np.where(z > 0, z, slopes * z) for z in (low, np.clip(0.0, low, high), high)])
        return deviation <= LARGEST_DEVIATION * np.ptp(ends, axis=0)
    straight = np.ones(low.shape, dtype=bool)
    may_bend = np.flatnonzero(_may_bend(curve, low, high))
    for start in range(0, len(may_bend), _CHUNK):
        some = may_bend[start : start + _CHUNK]
        straight[some] = _straight_by_chord(curve, low[some], high[some])
    return straight


def _may_bend(curve: Curve, low: Ends, high: Ends) -> Mask:
    """Intervals of some length, with a kink inside unless the nonlinearity bends everywhere."""
    shape = SHAPES[curve.kind]
    if shape.curved:
        return low < high
    inside = [(low < kink) & (kink < high) for kink in shape.kinks(*curve.parameters)]
    return np.logical_or.reduce(inside)


def _straight_by_chord(curve: Curve, low: Ends, high: Ends) -> Mask:
    if not SHAPES[curve.kind].curved:
        deviation, spread, size = _from_chord(curve, low, high, grid=0)
        return deviation <= LARGEST_DEVIATION * spread + _ROUNDING * size
    # All values lie within the deviation from the chord, so that the range is at most the chord's rise plus
    # twice the deviation: three inner points prove most intervals bent.
    deviation, rise, size = _from_chord(curve, low, high, grid=3)
    straight = deviation <= LARGEST_DEVIATION * (rise + 2 * deviation) + _ROUNDING * size
    close = np.flatnonzero(straight)
    if len(close):
        deviation, spread, size = _from_chord(curve, low[close], high[close], grid=_GRID)
        straight[close] = deviation <= LARGEST_DEVIATION * spread + _ROUNDING * size
    return straight


def _from_chord(curve: Curve, low: Ends, high: Ends, *, grid: int) -> tuple[Ends, Ends, Ends]:
    """Largest deviation from the chord, range and largest size, at `grid` inner points, ends and kinks."""
    kinks = np.array([k for k in SHAPES[curve.kind].kinks(*curve.parameters) if math.isfinite(k)])
    share = np.linspace(0, 1, grid + 2)
    points = low + (high - low) * share[:, None]
    points[-1] = high
    points = np.concatenate([points, np.clip(kinks[:, None], low, high)])
    values = _values(curve, points)
    first, last = values[0], values[grid + 1]
    chord = first + (last - first) * ((points - low) / (high - low))
    return np.abs(values - chord).max(axis=0), np.ptp(values, axis=0), np.abs(values).max(axis=0)


def _values(
    curve: Curve, points: Float64[np.ndarray, "point interval"]
) -> Float64[np.ndarray, "point interval"]:
    return SHAPES[curve.kind].value(torch.from_numpy(points), *curve.parameters).numpy()
