"""Whether a converted network answers as the file does: asked of onnxruntime, and of itself."""

from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from effdash.vocab import UserError

CLOSE: Final = 1e-3
"""A difference beyond it, as a share of the largest answer, is said."""
DIFFERENT: Final = 0.1
"""Beyond it the network is not opened."""
FATAL: Final = 4
_SEED: Final = 0
_SMALL: Final = 1e-3
"""Answers no larger than this are rounding, as a sigmoid may give that is certain of nothing."""
_DTYPES: Final = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16}


def seeded_samples(count: int, shape: tuple[int, ...]) -> Tensor:
    """Samples of normal numbers and, every second one, of numbers from 0 to 1."""
    generator = torch.Generator().manual_seed(_SEED)
    normal = torch.randn((count, *shape), generator=generator)
    uniform = torch.rand((count, *shape), generator=generator)
    normal[1::2] = uniform[1::2]
    return normal


def check_shape(X: Tensor, answers: Tensor) -> None:
    """Raises a UserError where there is no row of answers a sample."""
    if answers.dim() < 1 or len(answers) != len(X):
        shape = "x".join(map(str, answers.shape))
        raise UserError(f"it answers {len(X)} samples by numbers of the shape {shape}, not a row a sample")


def check_rows(model: nn.Module, X: Tensor, answers: Tensor) -> None:
    """Raises a UserError where the answer to a sample is another one when it is alone."""
    with torch.no_grad():
        alone = model(X[:1])
    if alone.shape != answers[:1].shape or _share(alone, answers[:1]) > CLOSE:
        raise UserError(
            "its answer to a sample depends on the samples beside it, which effdash does not follow"
        )


def difference_from_onnxruntime(
    proto: Any, output: str, X: Tensor, ours: Tensor, at_once: int
) -> tuple[float | None, list[str]]:
    """The largest difference from what onnxruntime answers, and what is to say of it.

    `None`: it is not installed, or cannot run the file. It is asked `at_once` samples at a time: by one, it
    says as well whether answers hang on the samples beside.

    Raises:
        UserError: the answers are plainly others.
    """
    if find_spec("onnxruntime") is None:
        return None, ["onnxruntime is not installed, so that nothing checked how the file was read"]
    try:
        expected = _answers(proto, output, X, at_once)
    except Exception as error:  # onnxruntime's own errors have no base of theirs
        why = " ".join(str(error).split())[:200]
        return None, [f"onnxruntime cannot run the file, so that nothing checked how it was read: {why}"]
    if expected.shape != tuple(ours.shape):
        raise UserError(
            f"effdash reads it wrongly: its answers are of the shape {tuple(ours.shape)}, and those of "
            f"onnxruntime of {expected.shape}"
        )
    theirs = torch.from_numpy(expected.astype(np.float32))
    share = _share(ours, theirs)
    difference = float((ours - theirs).abs().nan_to_num(0.0).max()) if ours.numel() else 0.0
    if share > DIFFERENT:
        raise UserError(
            f"effdash reads it wrongly: on random samples its answers differ by up to {difference:.3g} from "
            "those of onnxruntime"
        )
    if share > CLOSE:
        return difference, [
            f"on random samples its answers differ by up to {difference:.3g} from onnxruntime's"
        ]
    return difference, []


def _answers(proto: Any, output: str, X: Tensor, at_once: int) -> np.ndarray:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = FATAL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), options, providers=["CPUExecutionProvider"], enable_fallback=0
    )
    (taken,) = session.get_inputs()
    samples = X.numpy().astype(_DTYPES[taken.type])
    parts = [samples[start : start + at_once] for start in range(0, len(samples), at_once)]
    return np.concatenate([session.run([output], {taken.name: part})[0] for part in parts])


def _share(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference as a share of the largest number; not-a-number is like itself alone."""
    if not theirs.numel():
        return 0.0
    if not torch.equal(torch.isnan(ours), torch.isnan(theirs)):
        return float("inf")
    difference = (ours - theirs).nan_to_num(0.0).abs().max()
    return float(difference / theirs.nan_to_num(0.0, 0.0, 0.0).abs().max().clamp_min(_SMALL))
