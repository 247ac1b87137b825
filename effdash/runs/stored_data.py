"""A data set inside a run file, for data that cannot be had again by its name."""

import json
from typing import TYPE_CHECKING, Final

from effdash.runs.weights import pack_tensors, unpack_tensors
from effdash.vocab import UserError

if TYPE_CHECKING:
    import effdash.data

MOST_BYTES: Final = 64_000_000
MOST_NAME: Final = 1000
TENSORS: Final = ("X_train", "y_train", "X_test", "y_test", "mean", "scale")


def pack_data(data: "effdash.data.Dataset") -> tuple[str, bytes]:
    """The data set's words as JSON and its tensors as safetensors.

    Raises:
        UserError: the tensors take more than 64 MB.
    """
    words = {
        "name": data.name,
        "class_names": list(data.class_names),
        "feature_names": list(data.feature_names),
        "image_shape": None if data.image_shape is None else list(data.image_shape),
    }
    tensors = pack_tensors({name: getattr(data, name) for name in TENSORS}, "the data")
    if len(tensors) > MOST_BYTES:
        raise UserError(
            f"{len(tensors):,} bytes for the data are more than the {MOST_BYTES:,} that a run file holds: "
            "hand in a part of the samples"
        )
    return json.dumps(words), tensors


def unpack_data(words: str, tensors: bytes) -> "effdash.data.Dataset":
    """What `pack_data` made `words` and `tensors` of.

    Raises:
        ValueError: they are no data set, or one whose parts do not fit each other.
    """
    import torch

    from effdash.data import Dataset

    described = json.loads(words)
    found = unpack_tensors(tensors)
    missing = [name for name in TENSORS if name not in found]
    if missing:
        raise ValueError(f"its data lacks {missing[0]}")
    classes = tuple(str(name) for name in described["class_names"])
    features = found["X_train"].shape[1:]
    for split in ("train", "test"):
        X, y = found[f"X_{split}"], found[f"y_{split}"]
        if X.shape[1:] != features or y.shape != X.shape[:1] or y.dtype != torch.int64:
            raise ValueError(f"its {split} data has samples and labels that do not fit")
        # Without classes every label is 0.
        if y.numel() and not 0 <= int(y.min()) <= int(y.max()) < max(1, len(classes)):
            raise ValueError(f"its {split} data has a label that is no class")
    if found["mean"].shape != features or found["scale"].shape != features:
        raise ValueError("its data has a mean or a scale of another shape")
    image = described["image_shape"]
    # Files that were written before data had a name lack it.
    name = described.get("name", "")
    if not isinstance(name, str) or len(name) > MOST_NAME:
        raise ValueError("its data has a name that cannot be")
    return Dataset(
        **{name: found[name] for name in TENSORS},
        class_names=classes,
        feature_names=tuple(str(name) for name in described["feature_names"]),
        image_shape=None if image is None else (int(image[0]), int(image[1]), int(image[2])),
        name=name,
    )
