"""What a data set is before it is split: samples as they were published or drawn."""

from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Float, Integer
from numpy import ndarray

from effdash.data.dataset import numbered


@dataclass(frozen=True, eq=False)
class Source:
    """Samples and classes as they come, unsplit and unscaled."""

    X: Float[ndarray, "sample feature"]
    y: Integer[ndarray, " sample"]
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    image_shape: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Entry:
    """A data set in the registry.

    A toy set is drawn anew, by `load(samples=…, noise=…, seed=…)`; the others are read, by `load()`.
    """

    title: str
    load: Callable[..., Source]
    samples: int | None = None
    """How many a toy set draws unless told otherwise; `None`: the set is no toy."""
    noise: float | None = None
    one_scale: bool = False
    """All features share mean and deviation: for large images, where a pixel that hardly ever varies would
    otherwise be blown up to hundreds of deviations."""

    @property
    def toy(self) -> bool:
        return self.samples is not None

    @property
    def test_share(self) -> float:
        return 0.15 if self.toy else 0.2


def planar(X: Float[ndarray, "sample 2"], y: Integer[ndarray, " sample"]) -> Source:
    """A toy set on the plane, with the names that all of them share."""
    return Source(X, y, numbered("class", int(y.max()) + 1, start=0), numbered("x", 2, start=1))
