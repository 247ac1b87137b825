"""What was guessed of a network, in sentences that a person can confirm."""

from math import prod

from effdash.loading.drawing import Plan
from effdash.loading.pooling import Way
from effdash.loading.stack import Step


def sentences(plan: Plan) -> list[str]:
    """What the weights are read as."""
    stack, way, shape = plan.stack, plan.way, plan.shape
    chain = ", ".join(_layer_words(step) for step in stack.steps)
    found = [f"the weights are read as one layer after the other: {chain}"]
    if stack.sorted:
        found.append(
            "the file does not tell the order of the layers; it is taken from their shapes and names"
        )
    hidden = stack.hidden
    if plan.slopes is not None:
        found.append(f"the one PReLU, {plan.slopes.path}, is taken to stand after every layer but the last")
    elif hidden and all(step.prelu is not None for step in hidden):
        found.append("a PReLU stands after each layer but the last, as the file has their slopes")
    elif hidden:
        found.append(f"the activation between the layers is taken to be {plan.activation}")
    if any(step.norm is not None for step in stack.steps):
        found.append("batch normalization is taken to come before the activation")
    if way is not None:
        found.append(_way_words(plan, way))
    elif len(shape) > 1:
        found.append(f"a sample of shape {shape} is taken as a row of {prod(shape)} numbers")
    if stack.heads:
        last = stack.steps[-1].layer.path
        others = " and ".join(part.path for part in stack.heads)
        reads, are = ("read", "are") if len(stack.heads) > 1 else ("reads", "is")
        found.append(f"{others} {reads} what {last} reads and {are} left out; {last} gives the answers")
    return found


def _way_words(plan: Plan, way: Way) -> str:
    stack, shape = plan.stack, plan.shape
    seen = f"with stride 1 and {way.words()}"
    if not stack.dense:
        return (
            f"strides, padding and pooling cannot be seen in weights; taken are {seen.removeprefix('with ')}"
        )
    first = stack.dense[0].layer
    kind = "" if way.everything or max(way.pools) == 1 else ", by the maximum"
    return (
        f"strides, padding and pooling cannot be seen in weights; {seen}{kind}, {first.path} gets its "
        f"{first.shape[1]} numbers of a sample of shape {shape}"
    )


def _layer_words(step: Step) -> str:
    layer = step.layer
    reads = layer.shape[1] * step.groups
    size = "x".join(map(str, layer.shape[2:]))
    kind = f"{size} convolution " if size else ""
    norm = ", batch norm" if step.norm else ""
    return f"{layer.path} ({kind}{reads} → {layer.width}{norm})"
