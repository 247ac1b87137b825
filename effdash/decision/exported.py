"""What a network in an ONNX file answers, told by onnxruntime: an engine that is not ours."""

import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from effdash.decision.answers import BATCH, class_logits
from effdash.vocab import UserError

SUFFIX: Final = ".onnx"
DTYPES: Final = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
}
PREFIX: Final = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ")
FATAL: Final = 4
"""Of onnxruntime's own messages: what goes wrong it raises as well."""


class ExportedNetwork:
    """A network in an ONNX file, with one input, whose first dimension are samples."""

    def __init__(self, path: str | Path) -> None:
        """Opens an ONNX file. What it asks for beyond ONNX's own operators is refused.

        Raises:
            UserError: onnxruntime is not installed; no such file, or one that it cannot read; more than one
                input, or one that takes no floating numbers.
        """
        self.path = Path(path)
        if find_spec("onnxruntime") is None:
            raise UserError("to ask an ONNX file, onnxruntime must be installed: pip install onnxruntime")
        if not self.path.is_file():
            raise UserError(f"{self.path} is no file")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = FATAL
        # More would not help networks of this size, and would fight with torch for the cores.
        options.intra_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(self.path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own errors have no base of theirs
            raise UserError(f"{self.path} is no ONNX network that can be run: {_line(error)}") from error
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            raise UserError(f"{self.path} takes {len(inputs)} inputs; it should take the samples alone")
        self._input = inputs[0]
        if self._input.type not in DTYPES:
            raise UserError(f"{self.path} takes a {self._input.type}; samples are of {', '.join(DTYPES)}")

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """Of a sample; `None` where the file leaves a side open."""
        return tuple(side if isinstance(side, int) else None for side in self._input.shape[1:])

    def takes(self, shape: Sequence[int]) -> bool:
        """Whether samples of this shape fit."""
        sides = self.input_shape
        return len(sides) == len(shape) and all(
            side in (None, given) for side, given in zip(sides, shape, strict=True)
        )

    def logits(self, X: Float[Tensor, "sample *feature"]) -> Float[np.ndarray, "sample classes"]:
        """The logits it answers, float64, at least two columns: one logit L counts as (0, L).

        Raises:
            UserError: no samples, it cannot take them, or it answers no row of logits a sample.
        """
        if not len(X):
            raise UserError("there are no samples to answer")
        samples = X.detach().cpu().numpy().astype(DTYPES[self._input.type])
        (batch,) = {side if isinstance(side, int) else BATCH for side in self._input.shape[:1]}
        parts = []
        for start in range(0, len(samples), batch):
            output = self._run(samples[start : start + batch])
            parts.append(class_logits(torch.from_numpy(output.astype(np.float64))).numpy())
        answers = np.concatenate(parts)
        if len(answers) != len(X):
            raise UserError(f"{self.path} answers {len(answers)} rows to {len(X)} samples")
        return answers

    def _run(self, samples: np.ndarray) -> np.ndarray:
        try:
            first: Any = self._session.run(None, {self._input.name: samples})[0]
        except Exception as error:  # as above
            shape = samples.shape[1:]
            raise UserError(f"{self.path} cannot take samples of shape {shape}: {_line(error)}") from error
        if not isinstance(first, np.ndarray):
            raise UserError(f"{self.path} answers a {type(first).__name__}; it should answer logits")
        return first


def _line(error: Exception) -> str:
    """What an error says, without onnxruntime's own numbers before it."""
    return PREFIX.sub("", " ".join(str(error).split()))[:300]
