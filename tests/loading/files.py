"""Model files of every sort, made by torch itself, and hostile ones."""

import io
import os
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

OLD_MAGIC: Final = 0x1950A86A20F9469CFC6C


class Planted:
    """Unpickled, it makes a folder: what must never happen."""

    def __init__(self, trap: Path) -> None:
        self._trap = str(trap)

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self._trap,)


class Net(nn.Module):
    """A class of somebody's own."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(4, 3)
        self.out = nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(torch.relu(self.fc1(x)))


def saved(content: Any, *, old: bool = False) -> bytes:
    """What `torch.save` writes."""
    file = io.BytesIO()
    torch.save(content, file, _use_new_zipfile_serialization=not old)
    return file.getvalue()


def zipped(members: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def on_cuda(content: bytes) -> bytes:
    """A state dict as it is written where its tensors lie on the first GPU."""
    members = unzipped(content)
    (pickled,) = [name for name in members if name.endswith("data.pkl")]
    cpu, cuda = b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0"
    assert cpu in members[pickled]
    members[pickled] = members[pickled].replace(cpu, cuda)
    return zipped(members)


def hostile(trap: Path) -> dict[str, bytes]:
    """Pickles with a planted effect, by the name of the file that they are disguised as."""
    evil = pickle.dumps(Planted(trap), protocol=2)
    # As torch wrote before 1.6: magic number, protocol and system, each a pickle, then the content.
    old = (
        b"".join(pickle.dumps(part, protocol=2) for part in (OLD_MAGIC, 1001, {"little_endian": True})) + evil
    )
    inside = {"m/data.pkl": evil, "m/version": b"3\n", "m/byteorder": b"little"}
    return {
        "plain.onnx": evil,
        "plain.safetensors": evil,
        "plain.pt": evil,
        "text.pt": pickle.dumps(Planted(trap), protocol=0),
        "text.onnx": pickle.dumps(Planted(trap), protocol=0),
        "text.safetensors": pickle.dumps(Planted(trap), protocol=0),
        "plain.pt2": evil,
        "old.pt": old,
        "zipped.pt": zipped(inside),
        "zipped.safetensors": zipped(inside),
        "zipped.onnx": zipped(inside),
        "checkpoint.ckpt": zipped({**inside, "m/data/0": b""}),
        "script.pt": zipped({**inside, "m/constants.pkl": evil, "m/code/x.py": b"raise SystemExit"}),
        "program.pt2": zipped({"m/archive_format": b"pt2", "m/data/sample_inputs/model.pt": zipped(inside)}),
        "table.pt": zipped({"X.npy": evil}),
    }
