"""Programs of torch.export, read on a person's explicit trust: reading one unpickles."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import torch

from effdash.vocab import UserError

UNTRUSTED = (
    "is a torch.export program, and reading one unpickles, which can run any code: where you trust it, give "
    "--trust on the command line or trust=True in the library; from the page, bring it as ONNX"
)


def program_as_onnx(path: Path, name: str) -> bytes:
    """The network in a program as an ONNX file, whose steps are known one by one.

    Raises:
        UserError: onnx or onnxscript is missing; the program cannot be read or told in ONNX.
    """
    missing = [package for package in ("onnx", "onnxscript") if find_spec(package) is None]
    if missing:
        raise UserError(
            f"to read a torch.export program, {' and '.join(missing)} must be installed: "
            "pip install 'effdash[onnx]'"
        )
    with _quiet():
        try:
            program = torch.export.load(path)
        except Exception as error:  # whatever a broken archive makes torch raise
            raise UserError(f"{name} cannot be read as a torch.export program: {_line(error)}") from None
        return _as_onnx(program, name)


def _as_onnx(program: torch.export.ExportedProgram, name: str) -> bytes:
    try:
        exported = torch.onnx.export(program, (), dynamo=True, verbose=False)
    except torch.onnx.OnnxExporterError as error:
        raise UserError(f"{name} has a step that ONNX has not: {_line(error.__cause__ or error)}") from None
    assert exported is not None
    return bytes(exported.model_proto.SerializeToString())


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter says of packages that it would know, too."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _line(error: BaseException) -> str:
    said = str(error).strip().splitlines()
    return said[0][:300] if said else type(error).__name__
