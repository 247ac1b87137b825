"""What cannot be cut out of a network, and why."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from effdash.observe import find_layers
from tests.pruning.networks import Mlp, groups_of, made


def test_attention_and_lstm_are_left_alone_and_the_rest_is_free() -> None:
    locked = {next(iter(group.sites)): group.locked for group in groups_of(*made("attention"))}
    assert locked == {
        "embed": None,
        "project": "feeds MultiheadAttention attention, which effdash does not look into",
        "up": None,
        "head": None,
    }


def test_shared_modules_and_tied_weights_are_locked() -> None:
    locked = {site: group.locked for group in groups_of(*made("shared")) for site in group.sites}
    assert locked == {
        "first": "belongs to twice, which is used 2 times",
        "twice": "belongs to twice, which is used 2 times",
        "twice#2": "belongs to twice, which is used 2 times",
        "one": "belongs to one, which shares its weights with other",
        "other": "belongs to other, which shares its weights with one",
        "last": None,
    }


LOCKS = {
    "is normalised with all others by between": nn.Sequential(nn.LayerNorm(6), nn.ReLU()),
    "is told by its place in chunk": lambda h: torch.cat(torch.relu(h).chunk(2, dim=1), 1),
    "is told by its place in getitem": lambda h: torch.relu(h)[:, :6],
    "is normalised with all others by softmax": lambda h: functional.softmax(torch.relu(h), dim=1),
    "is laid out in a fixed way by view, which names its size": lambda h: torch.relu(h).view(-1, 6),
    "feeds cumsum at cumsum, which effdash does not look into": lambda h: torch.relu(h).cumsum(1),
    "is taken together with all others by mean": lambda h: (
        torch.relu(h) - torch.relu(h).mean(1, keepdim=True)
    ),
}


@pytest.mark.parametrize("reason", LOCKS)
def test_what_is_not_followed_locks_and_says_why(reason: str) -> None:
    groups = groups_of(Mlp(LOCKS[reason]), torch.randn(3, 5))
    assert [group.locked is None for group in groups] == [False, True]
    assert groups[0].locked is not None
    assert groups[0].locked.startswith(reason)


def test_a_scale_of_the_networks_own_locks() -> None:
    class Scaled(Mlp):
        def __init__(self) -> None:
            super().__init__(torch.relu)
            self.scale = nn.Parameter(torch.rand(6))

        def forward(self, x: Tensor) -> Tensor:
            return self.out(functional.relu(self.fc2(functional.relu(self.fc1(x)) * self.scale)))

    groups = groups_of(Scaled(), torch.randn(3, 5))
    assert [group.locked for group in groups] == ["is combined with scale by mul", None]


def test_an_output_that_is_read_again_is_locked() -> None:
    class Fed(Mlp):
        def forward(self, x: Tensor) -> Tensor:
            h = functional.relu(self.fc1(x))
            return h + self.fc2(h).sum(1, keepdim=True)

    (group,) = groups_of(Fed(torch.relu), torch.randn(3, 5))
    assert group.locked == "is an output of the network"


def test_a_module_that_cannot_be_followed_locks_only_what_touches_it() -> None:
    class Chooses(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(6, 6)

        def forward(self, h: Tensor) -> Tensor:
            return functional.relu(self.inner(h if h.sum() > 0 else -h))

    groups = groups_of(Mlp(nn.Sequential(nn.ReLU(), Chooses())), torch.randn(3, 5))
    assert {next(iter(group.sites)): group.locked for group in groups} == {
        "fc1": "feeds Chooses between.1, which effdash does not look into",
        "between.1.inner": "is inside a part of the network that effdash does not look into",
        "fc2": None,
    }


def test_half_a_layer_may_be_locked() -> None:
    class Half(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.free, self.used, self.more = nn.Linear(5, 3), nn.Linear(5, 2), nn.Linear(2, 3)
            self.out = nn.Linear(5, 3)

        def forward(self, x: Tensor) -> Tensor:
            used = self.used(x)
            return self.out(functional.relu(torch.cat([self.free(x), used], 1))) + self.more(used.cumsum(1))

    model = Half()
    (layer,) = find_layers(model, torch.randn(3, 5))
    free, locked = groups_of(model, torch.randn(3, 5))
    np.testing.assert_array_equal(free.sites[layer.name], [[0], [1], [2]])
    np.testing.assert_array_equal(locked.sites[layer.name], [[3], [4]])
    assert free.locked is None
    assert locked.locked == "feeds cumsum at cumsum, which effdash does not look into"
