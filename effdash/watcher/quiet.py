"""Reading somebody's data without disturbing their random numbers."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


@contextmanager
def quiet(seed: int, *owners: Any) -> Iterator[None]:
    """Seeded inside; afterwards, also after an error, all random states are as they were.

    Those of Python, numpy and torch (of every device in use), and the generators that `owners` (loaders,
    samplers) keep under the name `generator`.
    """
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    kept = [(one, one.get_state()) for one in _generators(owners)]
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    try:
        random.seed(seed)
        np.random.seed(seed)
        # torch.manual_seed would also seed devices that nobody uses yet.
        torch.default_generator.manual_seed(seed)
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
        if cuda:
            torch.cuda.set_rng_state_all(cuda)
        for generator, state in kept:
            generator.set_state(state)


def _generators(owners: tuple[Any, ...]) -> list[torch.Generator]:
    found = [getattr(owner, "generator", None) for owner in owners]
    unlike = {id(generator): generator for generator in found if isinstance(generator, torch.Generator)}
    return list(unlike.values())
