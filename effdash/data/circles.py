"""One circle inside another."""

from effdash.data.source import Source, planar


def circles(samples: int, noise: float, seed: int) -> Source:
    """`noise` is the standard deviation around circles of radius 1 and 0.5."""
    from sklearn.datasets import make_circles

    return planar(*make_circles(samples, noise=noise, factor=0.5, random_state=seed))
