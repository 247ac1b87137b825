"""The data sets that scikit-learn carries."""

from typing import Any

from effdash.data.source import Source


def digits() -> Source:
    """1,797 handwritten digits of 8x8 pixels."""
    from sklearn.datasets import load_digits

    return _bundled(load_digits(), image_shape=(1, 8, 8))


def wine() -> Source:
    """178 wines of three growers by 13 chemical measurements."""
    from sklearn.datasets import load_wine

    return _bundled(load_wine())


def breast_cancer() -> Source:
    """569 tumours by 30 measurements of their cells."""
    from sklearn.datasets import load_breast_cancer

    return _bundled(load_breast_cancer())


def iris() -> Source:
    """150 irises of three species by four measurements."""
    from sklearn.datasets import load_iris

    return _bundled(load_iris())


def _bundled(bunch: Any, image_shape: tuple[int, int, int] | None = None) -> Source:
    return Source(
        X=bunch.data,
        y=bunch.target,
        class_names=tuple(str(name) for name in bunch.target_names),
        feature_names=tuple(str(name) for name in bunch.feature_names),
        image_shape=image_shape,
    )
