"""A pickle that leaves a mark where somebody opens it."""

import pickle
from pathlib import Path


class Planted:
    """Unpickling it makes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return Path.touch, (self.mark,)


def planted_pickle(mark: Path, protocol: int = 4) -> bytes:
    """A pickle that makes `mark` when it is opened."""
    return pickle.dumps(Planted(mark), protocol=protocol)
