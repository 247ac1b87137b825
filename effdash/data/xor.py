"""Four quadrants; those across from each other are one class."""

import numpy as np

from effdash.data.source import Source, planar


def xor(samples: int, noise: float, seed: int) -> Source:
    """`noise` is the standard deviation added to samples uniform on quadrants with sides of 1."""
    random = np.random.default_rng(seed)
    quadrant = np.arange(samples) % 4
    right = quadrant // 2
    upper = quadrant % 2
    signs = 2 * np.stack([right, upper], axis=1) - 1
    X = signs * random.uniform(size=(samples, 2))
    return planar(X + noise * random.standard_normal((samples, 2)), right ^ upper)
