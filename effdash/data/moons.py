"""Two interleaving half circles: the articles' example."""

from effdash.data.source import Source, planar


def moons(samples: int, noise: float, seed: int) -> Source:
    """`noise` is the standard deviation around half circles of radius 1."""
    from sklearn.datasets import make_moons

    return planar(*make_moons(samples, noise=noise, random_state=seed))
