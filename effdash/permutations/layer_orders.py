"""How the units of a network order the samples of a data set."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Float64, Int32, Int64
from torch import Tensor, nn

from effdash import vocab
from effdash.data.dataset import as_dataset
from effdash.observe.curve import Curve, LinkedCurve
from effdash.observe.discovery import units_second
from effdash.observe.layers import Layer
from effdash.observe.names import unwrapped
from effdash.observe.record import record_preactivations
from effdash.observe.untouched import as_input, untouched
from effdash.permutations.groups import ALIKE, Grouping, group_units
from effdash.permutations.orders import SampleOrders, first_equals, orders_of, signatures
from effdash.permutations.ranks import similarity_of
from effdash.permutations.response import Over, erased_up_to, responses, told
from effdash.vocab import UserError

_BATCH_SIZE: Final = 1024


@dataclass(frozen=True, eq=False)
class LayerOrders:
    """What the units of a layer say of the samples, from one pass of a model over them."""

    layer: Layer
    curve: Curve | LinkedCurve
    values: Float[np.ndarray, "sample unit"]
    """Pre-activations; of a convolution the response, one number a sample."""

    @property
    def told(self) -> Float[np.ndarray, "sample unit"]:
        """phi of the values: what the next layer is told. Of a linked pair the values themselves."""
        return told(self.curve, torch.from_numpy(self.values)).numpy()

    @property
    def erased(self) -> Int64[np.ndarray, " unit"]:
        """How many of a unit's lowest samples lose their order: for ReLU the cut, for most others 0."""
        return np.count_nonzero(self.values <= erased_up_to(self.curve), axis=0)

    def orders(self) -> SampleOrders:
        return orders_of(self.values)

    def signatures(self) -> list[Int32[np.ndarray, " above"]]:
        return signatures(self.told, self.erased)

    def similarity(self) -> Float64[np.ndarray, "unit unit"]:
        return similarity_of(self.told)

    def grouping(self, alike: float = ALIKE) -> Grouping:
        return group_units(self.values, self.told, self.erased, self.similarity(), alike)


def sample_orders(model: nn.Module, data: Any, layer: str, *, over: Over = "max") -> SampleOrders:
    """How every unit of a layer orders the training samples.

    `orders`, `(unit, sample)`, has the samples from a unit's lowest pre-activation to its highest, equal ones
    in the order of the data; `cut`, `(unit,)`, how many are 0 or less. A convolution's unit responds to a
    sample with the maximum `over` its positions, or the mean.

    `data` is a Dataset, a tuple `(X_train, y_train, X_test, y_test)`, or the samples alone. The model is left
    as it was.

    Raises:
        UserError: the model has no such layer; a pre-activation is nan or infinite; no samples; the layer
            does not see one row a sample.

    Source:
        Riera Molina, *Training More Efficient Neural Networks* (2025).
    """
    return observe_orders(model, data, [layer], over=over)[0].orders()


def order_similarity(
    model: nn.Module, data: Any, layer: str, *, over: Over = "max"
) -> Float64[np.ndarray, "unit unit"]:
    """How alike the units of a layer order the training samples, from -1 to 1.

    Spearman's correlation of what the units tell the next layer, with average ranks, so that all samples
    under a ReLU's cut tie. A unit that never varies has 0 with the others. A linked pair, phi(z) and phi(-z),
    tells the whole order of z. Everything else as in `sample_orders`.

    Raises:
        UserError: as `sample_orders`.

    Source:
        Riera Molina, *Training More Efficient Neural Networks* (2025).
    """
    return observe_orders(model, data, [layer], over=over)[0].similarity()


def observe_orders(
    model: nn.Module, data: Any, layers: Sequence[str] | None = None, *, over: Over = "max"
) -> list[LayerOrders]:
    """Layers of a model (default: all) with their responses to the training samples, in the model's order.

    One pass in evaluation mode. `data`, `over` and the errors are those of `sample_orders`.
    """
    X = data if isinstance(data, Tensor | np.ndarray) else as_dataset(data).X_train
    inputs = torch.as_tensor(X)
    if inputs.dim() == 0 or len(inputs) == 0:
        raise UserError("the data has no samples; at least one is needed to say how units order them")
    network = unwrapped(model)
    names: list[str] = []
    parts: dict[int, list[Tensor]] = {}

    def respond(z: Tensor, features_last: bool) -> Tensor:
        response = responses(units_second(z.detach(), features_last), over)
        # A copy, as the activation may write over it; numpy has no bfloat16, and sorts float16 slowly.
        dtype = torch.float64 if response.dtype == torch.float64 else torch.float32
        return response.to(device="cpu", dtype=dtype, copy=True)

    with untouched(network), record_preactivations(network) as record, record.visiting(respond):
        for samples in inputs.split(_BATCH_SIZE):
            network(as_input(network, samples))
            names = names or [layer.name for layer in record.layers]
            if [layer.name for layer in record.layers] != names:
                raise UserError(
                    "the network takes another path from batch to batch, so its layers cannot be compared"
                )
            for number in _chosen(names, layers):
                _require_rows(record.layers[number], record.visited[number], len(samples))
                parts.setdefault(number, []).append(record.visited[number])
        return [
            LayerOrders(record.layers[i], _on_host(record.curves[i]), torch.cat(parts[i]).numpy())
            for i in sorted(parts)
        ]


def find_repeats(layers: Sequence[LayerOrders]) -> pd.DataFrame:
    """Units that add no new order: their signature equals that of a unit in an earlier layer.

    A row each: `layer`, `unit`, `earlier_layer`, `earlier_unit`. Units that tell nothing are left out.
    """
    units: list[tuple[str, int]] = []
    said: list[np.ndarray] = []
    for layer in layers:
        varies = np.any(layer.told != layer.told[:1], axis=0)
        for unit, signature in enumerate(layer.signatures()):
            if varies[unit]:
                units.append((layer.layer.name, unit))
                said.append(signature)
    found = [
        (*unit, *units[first])
        for unit, first in zip(units, first_equals(said), strict=True)
        if unit[0] != units[first][0]
    ]
    return pd.DataFrame(found, columns=[vocab.LAYER, vocab.UNIT, "earlier_layer", "earlier_unit"])


def _chosen(names: list[str], layers: Sequence[str] | None) -> list[int]:
    for name in layers or ():
        if name not in names:
            raise UserError(f"layer {name!r} is not in this model; it has {', '.join(names)}")
    return [number for number, name in enumerate(names) if layers is None or name in layers]


def _require_rows(layer: Layer, response: Tensor, n_samples: int) -> None:
    if len(response) != n_samples:
        raise UserError(
            f"layer {layer.name!r} sees {len(response)} rows for {n_samples} samples, so its units do not "
            f"order the samples"
        )
    finite = response.isfinite().all(dim=0)
    if not finite.all():
        raise UserError(
            f"layer {layer.name!r} has pre-activations that are nan or infinite, first at its unit "
            f"{int((~finite).nonzero()[0, 0])}; they have no order"
        )


def _on_host(curve: Curve | LinkedCurve) -> Curve | LinkedCurve:
    """The curve with its slopes as an array: the model's own parameter may change."""
    if isinstance(curve, LinkedCurve):
        return LinkedCurve(*(_slopes_on_host(part) for part in (curve.positive, curve.negative)))
    return _slopes_on_host(curve)


def _slopes_on_host(curve: Curve) -> Curve:
    if curve.slopes is None:
        return curve
    return replace(curve, slopes=torch.as_tensor(curve.slopes).detach().cpu().double().numpy().copy())
