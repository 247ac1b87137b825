"""What the methods by which units are chosen are called."""

from typing import Final

METHOD_WORDS: Final = {
    "margin": "decision margin",
    "permutation": "joint order",
    "pairwise-order": "pairwise order",
    "random": "random",
    "l1": "L1 of weights",
    "l2": "L2 of weights",
    "activation": "mean activation",
    "taylor": "Taylor",
    "pivoted-qr": "pivoted QR",
}
