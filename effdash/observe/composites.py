"""Nonlinearities of several calls: `z * (z > 0)`, `z * sigmoid(z)`, `cat([relu(z), relu(-z)])`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from torch import Tensor

from effdash.observe.calls import TorchCall, names
from effdash.observe.curve import Curve, LinkedCurve
from effdash.observe.recognise import is_zero
from effdash.observe.traces import Site, Trace

_SAME_VALUES: Final = names("float double half bfloat16 to type_as type clone contiguous")
_PRODUCTS: Final = names("mul __mul__ __rmul__ __imul__ multiply")
_SIGNS: Final = {"gt": "positive", "ge": "positive", "lt": "nonpositive", "le": "nonpositive"}

Traces = Callable[[Tensor], Trace | None]


@dataclass(frozen=True)
class Found:
    """A call that applies a nonlinearity to its argument `argument`, `z`, or completes one begun before."""

    z: Tensor | None = None
    argument: int = 0
    curve: Curve | None = None
    completes: Site | None = None


def _trace(value: Any, traces: Traces) -> Trace | None:
    return traces(value) if isinstance(value, Tensor) else None


def meaning_of_call(call: TorchCall, traces: Traces) -> tuple[Any, ...]:
    """What the result says about one tensor that went in, where that can matter later; else ()."""
    first = _trace(call.operands[0], traces)
    if first is None:
        return ()
    other = call.operands[1] if len(call.operands) > 1 else None
    if call.plain in _SAME_VALUES:
        return first.meaning
    if call.plain in ("neg", "negative") or (call.plain == "__rsub__" and is_zero(other)):
        return ("negative", first)
    if call.plain in _PRODUCTS and isinstance(other, int | float):
        return ("negative", first) if other == -1 else ("scaled", first, float(other))
    if call.plain in _SIGNS and _trace(other, traces) is None:
        return (_SIGNS[call.plain] if is_zero(other) else "compared", first)
    return ()


def composite_of_call(call: TorchCall, traces: Traces) -> Found | None:
    """The nonlinearity that a call completes, None if it completes none.

    A `Found` with `z` but without curve is a nonlinearity that has to be named as not recognised.
    """
    operands = call.operands
    if call.plain in _PRODUCTS and len(operands) > 1:
        a, b = operands[:2]
        return _product(a, b, traces) or _swapped(_product(b, a, traces))
    if call.plain in ("maximum", "max", "fmax", "minimum", "min", "fmin") and len(operands) > 1:
        return _larger(call.plain, operands[0], operands[1], traces)
    if call.plain == "where" and len(operands) > 2:
        return _choice(operands, traces)
    if call.plain in ("masked_fill", "__setitem__") and len(operands) > 2:
        return _filled(operands, traces)
    if call.plain in ("cat", "concat", "concatenate"):
        return _pair(operands[0], call.argument("dim", 1, 0), traces)
    return None


def _swapped(found: Found | None) -> Found | None:
    if found is None or found.z is None:
        return found
    return Found(found.z, 1, found.curve)


def _product(z: Any, factor: Any, traces: Traces) -> Found | None:
    """`z` times something that was made from it."""
    source, made = _trace(z, traces), _trace(factor, traces)
    if source is None or made is None:
        return None
    what = made.meaning[0] if made.meaning else ""
    if what in ("positive", "nonpositive", "compared") and made.meaning[1] is source:
        return Found(z, 0, Curve("relu") if what == "positive" else None)
    if what == "phi":
        completed = _self_gated(made.meaning[1], source)
        if completed is not None:
            return Found(completes=completed)
    for site in made.sites:
        if (
            not site.feeds
            and not site.unknown
            and site.source.origin is source.origin
            and site.curve is not None
        ):
            site.unknown = (
                f"{site.curve.kind} at {site.name} is multiplied with its own input in a way effdash has no "
                f"rule for; it is not observed"
            )
    return None


def _self_gated(gate: Site, source: Trace) -> Site | None:
    """SiLU from `z * sigmoid(z)`, Mish from `z * tanh(softplus(z))`."""
    kind = gate.curve.kind if gate.curve is not None else ""
    if kind == "sigmoid" and gate.source is source:
        gate.curve = Curve("silu")
        return gate
    inner = gate.source.meaning[1] if gate.source.meaning[:1] == ("phi",) else None
    if kind == "tanh" and inner is not None and inner.source is source and inner.curve.kind == "softplus":
        if inner.curve.parameters[0] != 1:
            return None
        inner.curve = Curve("mish")
        gate.absorbed = True
        return inner
    return None


def _larger(name: str, a: Any, b: Any, traces: Traces) -> Found | None:
    """`maximum(z, 0)`, `maximum(z, 0.1 * z)`; a maximum over a dimension is none."""
    if not (isinstance(a, Tensor) and isinstance(b, Tensor)):
        return None
    for place, z, other in ((0, a, b), (1, b, a)):
        source, against = _trace(z, traces), _trace(other, traces)
        if source is None:
            continue
        if name in ("minimum", "min", "fmin"):
            return Found(z, place)
        if against is None:
            return Found(z, place, Curve("relu") if is_zero(other) else None)
        slope = _slope_of(against, source)
        if slope is not None and 0 <= slope <= 1:
            return Found(z, place, Curve("leaky_relu", (slope,)))
    return Found(a, 0)


def _slope_of(scaled: Trace | None, source: Trace | None) -> float | None:
    if scaled is not None and scaled.meaning[:1] == ("scaled",) and scaled.meaning[1] is source:
        return float(scaled.meaning[2])
    return None


def _choice(operands: Sequence[Any], traces: Traces) -> Found | None:
    """`where(z > 0, z, 0)` and its likes; `z.where(z > 0, 0)` gives the arguments in another order."""
    mask_at, yes_at = (
        (0, 1) if isinstance(operands[0], Tensor) and not operands[0].is_floating_point() else (1, 0)
    )
    mask = _trace(operands[mask_at], traces)
    if mask is None or mask.meaning[:1] not in (("positive",), ("nonpositive",), ("compared",)):
        return None
    what, source = mask.meaning[0], mask.meaning[1]
    kept_at, else_at = (yes_at, 2) if what == "positive" else (2, yes_at)
    kept, otherwise = operands[kept_at], operands[else_at]
    if what != "compared" and _trace(kept, traces) is source:
        if _trace(otherwise, traces) is None and is_zero(otherwise):
            return Found(kept, kept_at, Curve("relu"))
        slope = _slope_of(_trace(otherwise, traces), source)
        if slope is not None:
            return Found(kept, kept_at, Curve("leaky_relu", (slope,)))
    z = next((value for value in operands if _trace(value, traces) is source), operands[mask_at])
    return Found(z, 0)


def _filled(operands: Sequence[Any], traces: Traces) -> Found | None:
    """`z.masked_fill(z < 0, 0)` and `z[z < 0] = 0`."""
    z, where, value = operands[0], operands[1], operands[2]
    source, mask = _trace(z, traces), _trace(where, traces)
    if source is None or mask is None or len(mask.meaning) < 2 or mask.meaning[1] is not source:
        return None
    is_relu = mask.meaning[0] == "nonpositive" and _trace(value, traces) is None and is_zero(value)
    return Found(z, 0, Curve("relu") if is_relu else None)


def _pair(parts: Any, dim: Any, traces: Traces) -> Found | None:
    """`cat([phi(z), phi(-z)], 1)`: one layer whose units are those of z."""
    if not isinstance(parts, list | tuple) or len(parts) != 2:
        return None
    made = [_trace(part, traces) for part in parts]
    if any(trace is None or trace.meaning[:1] != ("phi",) for trace in made):
        return None
    sites: list[Site] = [trace.meaning[1] for trace in made if trace is not None]
    for site, mirrored in (sites, sites[::-1]):
        unit_dim = parts[0].dim() - 1 if site.features_last else 1
        if (
            mirrored.source.meaning == ("negative", site.source)
            and dim in (unit_dim, unit_dim - parts[0].dim())
            and isinstance(site.curve, Curve)
            and isinstance(mirrored.curve, Curve)
            and site.curve.kind == mirrored.curve.kind
            and not site.unknown
        ):
            site.curve = LinkedCurve(site.curve, mirrored.curve)
            mirrored.absorbed = True
            return Found(completes=site)
    return None
