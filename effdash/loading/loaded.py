"""A network that somebody brought, with what is known of it and what was guessed."""

from dataclasses import dataclass
from math import prod

from torch import nn

from effdash.models.graph import Graph, node_shapes
from effdash.observe.names import unwrapped


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A network from a file, in evaluation mode on the CPU.

    `graph` are its steps, `None` where they are not known yet or cannot be described: then a run of it keeps
    tables only. `input_shape` is that of a sample, `None` where only data can tell. `guess` are sentences
    that a person should confirm, `notes` those to know. `difference` is the largest one between its answers
    and another engine's, `None` where no other was asked.
    """

    model: nn.Module
    graph: Graph | None
    name: str
    kind: str
    input_shape: tuple[int, ...] | None
    guess: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    difference: float | None = None

    @property
    def n_outputs(self) -> int | None:
        """How many numbers it answers to a sample; `None`: not known before it has seen data."""
        if self.graph is None or self.input_shape is None:
            return None
        return prod(node_shapes(self.graph, self.input_shape)[self.graph.output][1:])


def of_module(model: nn.Module, name: str = "model") -> LoadedModel:
    """A live module, as if it had come from a file; it is itself held, in evaluation mode."""
    network = unwrapped(model).eval()
    return LoadedModel(network, None, name, "module", None)
