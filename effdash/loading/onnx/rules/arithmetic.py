"""Operators that compute number by number, and those that take many numbers together."""

from collections.abc import Callable
from typing import Final

from effdash.loading.onnx.step import Rule, Step
from effdash.loading.onnx.values import Flow, Numbers, Value, tidy

_NEUTRAL: Final = {
    "add": (0.0, True),
    "sub": (0.0, False),
    "mul": (1.0, True),
    "div": (1.0, False),
    "pow": (1.0, False),
}
"""The number that changes nothing, and whether also when it stands in front."""


def one_number(step: Step, place: int) -> float | None:
    """The number that an input is for all places, where that is so."""
    value = step.given(place)
    if not isinstance(value, Numbers) or not value.is_fixed or value.first.size != 1:
        return None
    number = tidy(value.first.reshape(-1)[0])
    return number if abs(number) < float("inf") else None


def _fits_in(step: Step, place: int, flow: Flow) -> bool:
    """Whether a number stands for no more dimensions than there are."""
    value = step.given(place)
    return isinstance(value, Numbers) and value.first.ndim <= step.rank(flow)


def _two(op: str) -> Rule:
    def rule(step: Step) -> Value:
        if step.opset < 7 and "axis" in step.attributes:
            step.refuse(
                "says along which dimension it repeats its second input, which effdash does not follow"
            )
        for place, other in ((1, 0), (0, 1)):
            number, flow = one_number(step, place), step.given(other)
            if number is None or not isinstance(flow, Flow) or not _fits_in(step, place, flow):
                continue
            if op in _NEUTRAL and _NEUTRAL[op][0] == number and (place == 1 or _NEUTRAL[op][1]):
                return flow
            return step.with_number(op, flow, number, first=place == 0)
        return step.does(op, step.flow(0), step.flow(1), number=None, number_first=False)

    return rule


def _extreme(op: str) -> Rule:
    """The larger or smaller of several; against a number it is a limit."""

    def rule(step: Step) -> Value:
        numbers = [one_number(step, place) for place in range(len(step.inputs))]
        flows = [step.flow(place) for place, number in enumerate(numbers) if number is None]
        if not flows:
            flows, numbers[0] = [step.flow(0)], None
        found = flows[0]
        for flow in flows[1:]:
            found = step.does(op, found, flow, number=None, number_first=False)
        limits = [number for number in numbers if number is not None]
        if not limits:
            return found
        return limited(
            step, found, max(limits) if op == "maximum" else None, min(limits) if op == "minimum" else None
        )

    return rule


def limited(step: Step, flow: Flow, low: float | None, high: float | None) -> Flow:
    """Values between two limits, as the activation that it is where it has a name."""
    if low is None and high is None:
        return flow
    if low == 0 and high is None:
        return step.does("relu", flow)
    if (low, high) == (0, 6):
        return step.does("relu6", flow)
    return step.does("clamp", flow, min=low, max=high)


def _alone(op: str) -> Rule:
    return lambda step: step.does(op, step.flow())


def _reciprocal(step: Step) -> Value:
    return step.with_number("div", step.flow(), 1.0, first=True)


def _sum(step: Step) -> Flow:
    found = step.flow(0)
    for place in range(1, len(step.inputs)):
        found = step.does("add", found, step.flow(place), number=None, number_first=False)
    return found


def _average(step: Step) -> Flow:
    return step.with_number("div", _sum(step), float(len(step.inputs)))


def _where(step: Step) -> Value:
    condition = step.given(0)
    if isinstance(condition, Flow):
        return step.does("where", condition, step.flow(1), step.flow(2))
    choice = step.array(0, "choice")
    if not choice.all() and choice.any():
        step.refuse("chooses by a fixed pattern, which effdash does not follow")
    return step.given(1 if choice.all() else 2)


def _reduction(op: str, before: Callable[[Step, Flow], Flow] | None = None, after: str | None = None) -> Rule:
    def rule(step: Step) -> Value:
        flow = step.flow()
        axes = step.ints("axes", 1)
        if not axes:
            if step.attribute("noop_with_empty_axes", 0):
                return flow
            axes = list(range(step.rank(flow)))
        dims = sorted(step.front(axis, step.rank(flow)) for axis in axes)
        if before is not None:
            flow = before(step, flow)
        flow = step.does(op, flow, dim=dims, keepdim=bool(step.attribute("keepdims", 1)))
        return flow if after is None else step.does(after, flow)

    return rule


def _squared(step: Step, flow: Flow) -> Flow:
    return step.with_number("pow", flow, 2.0)


ARITHMETIC_RULES: Final[dict[str, Rule]] = {
    "Add": _two("add"),
    "Sub": _two("sub"),
    "Mul": _two("mul"),
    "Div": _two("div"),
    "Pow": _two("pow"),
    "Greater": _two("gt"),
    "GreaterOrEqual": _two("ge"),
    "Less": _two("lt"),
    "LessOrEqual": _two("le"),
    "Max": _extreme("maximum"),
    "Min": _extreme("minimum"),
    "Sum": _sum,
    "Mean": _average,
    "Neg": _alone("neg"),
    "Abs": _alone("abs"),
    "Sqrt": _alone("sqrt"),
    "Exp": _alone("exp"),
    "Log": _alone("log"),
    "Erf": _alone("erf"),
    "Reciprocal": _reciprocal,
    "Where": _where,
    "ReduceMean": _reduction("mean"),
    "ReduceSum": _reduction("sum"),
    "ReduceMax": _reduction("amax"),
    "ReduceMin": _reduction("amin"),
    "ReduceSumSquare": _reduction("sum", _squared),
    "ReduceL2": _reduction("sum", _squared, "sqrt"),
    "ReduceL1": _reduction("sum", lambda step, flow: step.does("abs", flow)),
}
