"""A run's network, made again from its configuration and its weights."""

from typing import TYPE_CHECKING

from effdash.config import NetworkConfig

if TYPE_CHECKING:
    import torch


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
