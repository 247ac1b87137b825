"""What all networks of this package are: layers one after the other, then the output."""

from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from effdash.models.activations import Activation


@dataclass(frozen=True)
class Shape:
    """What an architecture needs to know to build a network."""

    input_shape: tuple[int, ...]
    n_classes: int
    depth: int
    width: int
    activation: Activation
    skip: int
    """A skip connection over every this many layers; 0: none."""
    batch_norm: bool


class Chain(nn.Module):
    """Producer, batch normalization if any, and activation, `depth` times; then the linear layer `out`.

    With `skip` = k, what went into a block of k layers is added to what comes out of it, after the
    activation: so a layer's pre-activation stays its producer's output. The blocks follow each other from the
    second layer on, because the first changes the shape of what it gets; at the end, fewer than k layers have
    no way around.

    The modules are called `fc1` (or `conv1`), `bn1`, `act1`, `fc2`, …, `out`.
    """

    out: nn.Linear

    def __init__(
        self,
        shape: Shape,
        *,
        prefix: str,
        inputs: int,
        producer: Callable[[int, int], nn.Module],
        normalization: Callable[[int], nn.Module],
    ) -> None:
        super().__init__()
        layers = []
        for number in range(1, shape.depth + 1):
            steps = {f"{prefix}{number}": producer(inputs, shape.width)}
            if shape.batch_norm:
                steps[f"bn{number}"] = normalization(shape.width)
            steps[f"act{number}"] = shape.activation.make()
            for name, module in steps.items():
                self.add_module(name, module)
            layers.append(tuple(steps))
            inputs = shape.width * shape.activation.outputs
        self.layer_names = tuple(layers)
        self.block_ends = frozenset(ends_of_blocks(shape.depth, shape.skip))

    def producers(self) -> list[nn.Linear | nn.Conv2d]:
        """The linear layers and convolutions in order; the last is the output."""
        return [module for module in self.children() if isinstance(module, nn.Linear | nn.Conv2d)]

    def arrange(self, x: Tensor) -> Tensor:
        """The input in the form that the first layer wants."""
        return x.flatten(1)

    def between(self, number: int, h: Tensor) -> Tensor:
        """What happens to the output of layer `number` on its way to the next."""
        return h

    def forward(self, x: Float[Tensor, "sample *feature"]) -> Float[Tensor, "sample class"]:
        h = block_input = self.arrange(x)
        for number, names in enumerate(self.layer_names, start=1):
            for name in names:
                h = getattr(self, name)(h)
            if number in self.block_ends:
                h = h + block_input
            h = self.between(number, h)
            if number == 1 or number in self.block_ends:
                block_input = h
        return self.out(h.flatten(1))


def ends_of_blocks(depth: int, skip: int) -> list[int]:
    """The numbers of the layers after which a block's input is added; layers are counted from 1."""
    return list(range(1 + skip, depth + 1, skip)) if skip else []
