"""A graph as a network: its steps taken one after the other, without any generated code."""

from collections.abc import Mapping

from torch import Tensor, nn

from effdash.models.graph.building import build_modules, last_line
from effdash.models.graph.description import Graph
from effdash.models.graph.running import run_graph
from effdash.vocab import UserError


class GraphModel(nn.Module):
    """The network that a graph describes, with `weights` (names as in the state dict of what was traced).

    Its modules stand at the paths that they had there, so that names of weights and layers stay the same. It
    begins in eval mode and takes no memory but that of the weights, which are not copied.

    Raises:
        UserError: the graph describes a module that cannot be; the weights are not just those that it needs.
    """

    def __init__(self, graph: Graph, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        graph.check_describable()
        # A name that no module of a network has: those stand beside it.
        self._effdash_graph = graph
        build_modules(self, graph)
        self.eval()
        try:
            self.load_state_dict(dict(weights), assign=True)
        except RuntimeError as error:
            raise UserError(f"the weights are not those of the graph: {last_line(error)}") from None

    def forward(self, x: Tensor) -> Tensor:
        return run_graph(self._effdash_graph, self, x, keep=False)[self._effdash_graph.output]
