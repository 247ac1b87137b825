"""A run's network, made again from its configuration or its graph, and its weights."""

from typing import TYPE_CHECKING

from effdash.config import NetworkConfig
from effdash.vocab import UserError

if TYPE_CHECKING:
    import torch

    from effdash.models.graph import Graph


def rebuild_model(
    config: NetworkConfig,
    input_shape: tuple[int, ...],
    n_classes: int,
    weights: "dict[str, torch.Tensor]",
) -> "torch.nn.Module":
    """The network that `config` describes, with `weights`, in eval mode.

    It takes no memory but that of the weights: a configuration that asks for more than they are is refused.

    Raises:
        ValueError: the weights are not those of this network.
    """
    from effdash.models import from_config

    # The weights are there already, so the network is built without any, and without an initialisation.
    blank = config.model_copy(update={"init": "default"})
    model = from_config(blank, input_shape=input_shape, n_classes=n_classes, seed=None, device="meta")
    try:
        model.load_state_dict(weights, assign=True)
    except RuntimeError as error:
        raise ValueError(
            f"its weights are not those of its network ({str(error).splitlines()[-1].strip()})"
        ) from None
    return model.eval()


def read_graph(text: str) -> "Graph":
    """The graph in a run file. Nothing in it is executed.

    Raises:
        ValueError: it is none that effdash could have written.
    """
    from effdash.models.graph import Graph

    try:
        return Graph.from_json(text)
    except UserError as error:
        raise ValueError(str(error)) from None


def rebuild_from_graph(
    text: str, input_shape: tuple[int, ...], n_classes: int, weights: "dict[str, torch.Tensor]"
) -> "torch.nn.Module":
    """The network that a graph describes, with `weights`, in eval mode.

    Before it gets them, its steps are taken without memory, so that none can ask for absurdly much. Without
    classes (0) any answer will do.

    Raises:
        ValueError: the graph cannot be, or is of another network than `weights` or the numbers of the run.
    """
    from effdash.models.graph import GraphModel, node_shapes

    graph = read_graph(text)
    try:
        output = node_shapes(graph, input_shape)[graph.output]
        if not answers_classes(output, n_classes):
            raise ValueError(f"its graph gives {output} for one sample of {n_classes} classes")
        return GraphModel(graph, weights)
    except UserError as error:
        raise ValueError(str(error)) from None


def answers_classes(shape: tuple[int, ...], n_classes: int) -> bool:
    """Whether an answer of this shape to one sample is one of so many classes; without any, all will do."""
    one_logit = n_classes == 2 and shape in ((1,), (1, 1))
    return n_classes == 0 or shape == (1, n_classes) or one_logit
