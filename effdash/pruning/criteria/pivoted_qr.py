"""Interpolative decomposition: the units that pivoted QR takes first stay longest."""

import numpy as np
from scipy.linalg import lapack

from effdash.pruning.candidates import Candidates
from effdash.pruning.elimination import Ranking


def rank(candidates: Candidates) -> Ranking:
    """In the opposite order of the pivots; the cost is the squared part that those before it do not span.

    The pivots of QR of the activations, samples and positions of all consumers below each other, are those of
    Cholesky of their Gram matrix, which is small.

    Source:
        Chee et al., *Model Preserving Compression for Neural Networks*, arXiv 2108.00065.
    """
    gram = np.sum([_gram(heard.columns) for heard in candidates.heard()], axis=0)
    factor, pivots, found, _ = lapack.dpstrf(gram)
    left_over = np.where(np.arange(len(gram)) < found, factor.diagonal() ** 2, 0.0)
    return Ranking(pivots[:0:-1].astype(np.int64) - 1, left_over[:0:-1].copy())


def _gram(columns: np.ndarray) -> np.ndarray:
    """Of the mean over rows, with the columns of a unit as further rows."""
    observations = columns.swapaxes(1, 2).reshape(-1, columns.shape[1])
    return observations.T @ observations / len(observations)
