"""Three round clouds."""

import numpy as np

from effdash.data.source import Source, planar


def blobs(samples: int, noise: float, seed: int) -> Source:
    """`noise` is the standard deviation around three centres on the unit circle."""
    random = np.random.default_rng(seed)
    y = np.arange(samples) % 3
    angle = 2 * np.pi * y / 3
    centres = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return planar(centres + noise * random.standard_normal((samples, 2)), y)
