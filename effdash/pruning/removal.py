"""One removal: a channel of a group, the stage that takes it, and what explains it."""

from dataclasses import dataclass

from effdash.pruning.stages import Stage


@dataclass(frozen=True)
class Removal:
    """A channel of `groups[group]` that goes, with all units and weights that belong to it.

    `heir` is a channel of the same group: of a twin the one that it is merged into, being `factor` times as
    large; of a constant the one that carries it where padded consumers hear it (`None`: the biases do); of a
    redundant one the survivor whose order is most like its own, to `pair_order`, while all survivors together
    tell its order to `joint_order` (nan: not determined; `None`: not looked at yet). `cost` is in the measure
    of the criterion; of a `pinned` one, which a person lets go and no criterion, in that of the margins.
    """

    group: int
    channel: int
    stage: Stage
    cost: float = 0.0
    heir: int | None = None
    factor: float | None = None
    joint_order: float | None = None
    pair_order: float | None = None
    pinned: bool = False
