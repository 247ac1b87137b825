"""Two spirals wound into each other."""

import numpy as np

from effdash.data.source import Source, planar

TURNS = 1.5


def spirals(samples: int, noise: float, seed: int) -> Source:
    """`noise` is the standard deviation around two arms that are 1 apart."""
    random = np.random.default_rng(seed)
    y = np.arange(samples) % 2
    # Root of a uniform variable: as many samples along each piece of an arm, not most of them in the middle.
    angle = 2 * np.pi * TURNS * np.sqrt(random.uniform(size=samples))
    # Opposite arms follow each other by half a turn, in which the radius grows by 1.
    radius = angle / np.pi
    turned = angle + np.pi * y
    arms = radius[:, None] * np.stack([np.cos(turned), np.sin(turned)], axis=1)
    return planar(arms + noise * random.standard_normal((samples, 2)), y)
