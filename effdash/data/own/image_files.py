"""The images of a folder, or of a ZIP of one, by class: found without opening any of them."""

import os
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from effdash.data.own import archives
from effdash.vocab import UserError

IMAGE_ENDINGS: Final = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
MOST_FILES: Final = 2_000_000
MOST_IMAGE_BYTES: Final = 64_000_000
"""Of one file."""
MOST_UNPACKED: Final = 8_000_000_000
MOST_RATIO: Final = 200
"""An archive of images hardly shrinks; one that grows so many times is made to fill memory."""
SUSPICIOUS_BYTES: Final = 10_000_000
TEST_FOLDERS: Final = ("test", "val", "valid", "validation")


@dataclass(frozen=True)
class ImageFile:
    """An image that can be read, and its class."""

    name: str
    """Its path inside the folder."""
    label: str
    test: bool
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Listing:
    """The images that were found, and what was passed over."""

    what: str
    files: tuple[ImageFile, ...]
    classes: tuple[str, ...]
    split: bool
    """Whether the folder says itself which images are the test part."""
    notes: tuple[str, ...]


Found = tuple[PurePosixPath, Callable[[], bytes]]


def list_folder(root: Path) -> Listing:
    """The images of a folder with one subfolder a class. Links that lead out of it are passed over.

    Raises:
        UserError: there are none, or not in subfolders.
    """
    inside = root.resolve()
    outward: list[str] = []
    found: list[Found] = []
    for place in _walk(root):
        relative = PurePosixPath(*place.relative_to(root).parts)
        if place.suffix.lower() not in IMAGE_ENDINGS or _is_hidden(relative):
            continue
        if place.is_symlink() and not place.resolve().is_relative_to(inside):
            outward.append(str(relative))
            continue
        if not place.is_file():
            continue
        found.append((relative, _reader(place, str(place))))
        _check_count(str(root), len(found))
    notes = [f"{len(outward):,} links that lead out of the folder are passed over"] if outward else []
    return _listing(str(root), found, notes)


def list_zip(path: Path) -> Listing:
    """The images of a ZIP of such a folder. Nothing is unpacked to the disk.

    Raises:
        UserError: it is damaged, holds names that lead out of a folder, is made to fill memory, or holds no
            images in subfolders.
    """
    archive = _opened(path)
    members = archive.infolist()
    _check_members(path, members)
    found: list[Found] = []
    for member in members:
        name = PurePosixPath(member.filename)
        link = stat.S_ISLNK(member.external_attr >> 16)
        if member.is_dir() or link or name.suffix.lower() not in IMAGE_ENDINGS or _is_hidden(name):
            continue
        found.append((name, _member_reader(archive, member, f"{member.filename} of {path}")))
    return _listing(str(path), found, [])


def _opened(path: Path) -> zipfile.ZipFile:
    """The archive, open as long as one of its images may be read: its list of names is long to read."""
    with archives.reading(str(path)):
        return zipfile.ZipFile(path)


def _check_members(path: Path, members: list[zipfile.ZipInfo]) -> None:
    _check_count(str(path), len(members))
    for member in members:
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0]:
            raise UserError(f"{path} holds {member.filename!r}, a name that leads out of its folder")
    unpacked = sum(member.file_size for member in members)
    packed = max(1, path.stat().st_size)
    if unpacked > MOST_UNPACKED or (unpacked > SUSPICIOUS_BYTES and unpacked > MOST_RATIO * packed):
        raise UserError(
            f"{path} has {packed:,} bytes and would unpack to {unpacked:,}; it is not opened, since images "
            "hardly shrink"
        )


def _walk(root: Path) -> Iterator[Path]:
    """All files below a folder, in order; folders that are links are not entered."""
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(files):
            yield Path(folder) / name


def _is_hidden(name: PurePosixPath) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.parts)


def _check_count(what: str, count: int) -> None:
    if count > MOST_FILES:
        raise UserError(f"{what} holds more than {MOST_FILES:,} files")


def _reader(place: Path, what: str) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with place.open("rb") as file:
                return _bounded(file.read(MOST_IMAGE_BYTES + 1), what)
        except OSError as error:
            raise UserError(f"cannot read {what}: {error.strerror or type(error).__name__}") from None

    return read


def _member_reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo, what: str) -> Callable[[], bytes]:
    def read() -> bytes:
        with archives.reading(what), archive.open(member) as file:
            return _bounded(file.read(MOST_IMAGE_BYTES + 1), what)

    return read


def _bounded(content: bytes, what: str) -> bytes:
    if len(content) > MOST_IMAGE_BYTES:
        raise UserError(f"{what} has more than {MOST_IMAGE_BYTES:,} bytes, too many for one image")
    return content


def _listing(what: str, found: list[Found], notes: Iterable[str]) -> Listing:
    """Images by the folder they lie in, below whatever folders hold everything."""
    if not found:
        raise UserError(
            f"{what} holds no images; they should lie in one subfolder a class and end in "
            f"{', '.join(IMAGE_ENDINGS)}"
        )
    depth = _common_depth([name for name, _ in found])
    parts = [name.parts[depth:] for name, _ in found]
    loose = [name for (name, _), below in zip(found, parts, strict=True) if len(below) < 2]
    if loose:
        raise UserError(
            f"{what} holds images outside of subfolders, as {loose[0]}; each class needs a subfolder"
        )
    tops = {below[0] for below in parts}
    split = "train" in tops and len(tops) > 1 and tops <= {"train", *TEST_FOLDERS}
    split = split and all(len(below) > 2 for below in parts)
    notes = list(notes)
    if split:
        ignored = _other_tests(tops)
        notes.append(f"the folders train and {_test_folder(tops)} are the two parts")
        if ignored:
            notes.append(f"what lies in {', '.join(sorted(ignored))} is passed over")
    files = []
    for (name, read), below in zip(found, parts, strict=True):
        if split and below[0] in _other_tests(tops):
            continue
        label = below[1] if split else below[0]
        files.append(ImageFile(str(name), label, split and below[0] != "train", read))
    classes = tuple(sorted({file.label for file in files}))
    return Listing(what, tuple(files), classes, split, tuple(notes))


def _test_folder(tops: set[str]) -> str:
    return next(name for name in TEST_FOLDERS if name in tops)


def _other_tests(tops: set[str]) -> set[str]:
    return tops - {"train", _test_folder(tops)}


def _common_depth(names: list[PurePosixPath]) -> int:
    """How many folders all images have in common; the last of them is a class where all lie in one."""
    folders = [name.parts[:-1] for name in names]
    depth = 0
    while all(len(parts) > depth for parts in folders) and len({parts[depth] for parts in folders}) == 1:
        depth += 1
    if any(len(parts) == depth for parts in folders):
        depth = max(0, depth - 1) if depth else 0
    return depth
