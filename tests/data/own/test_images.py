"""Folders of images, and ZIPs of them."""

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from effdash.data.own import preview, read_own
from effdash.models import build_model
from effdash.vocab import UserError
from tests.data.own.planted import planted_pickle

RNG = np.random.default_rng(0)


def image(shape: tuple[int, ...] = (8, 9), format: str = "PNG", mode: str | None = None) -> bytes:
    held = io.BytesIO()
    picture = Image.fromarray(RNG.integers(0, 256, shape, dtype=np.uint8))
    (picture.convert(mode) if mode else picture).save(held, format)
    return held.getvalue()


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """Two classes of six images."""
    for number in range(12):
        place = tmp_path / "flowers" / ("rose" if number % 2 else "aster") / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(image())
    return tmp_path / "flowers"


def zipped(folder: Path, below: str = "") -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.*")):
            archive.write(file, below + str(file.relative_to(folder)))
    return path


def test_subfolders_are_classes(flowers: Path) -> None:
    data = read_own(flowers, standardise=False, test_share=0.0)
    assert (data.name, data.class_names, data.feature_names) == ("flowers", ("aster", "rose"), ())
    assert data.input_shape == data.image_shape == (1, 8, 9)
    first = np.asarray(Image.open(flowers / "aster" / "0.png"))
    np.testing.assert_allclose(data.X_train[0, 0], first / 255, atol=1e-7)
    assert data.y_train.tolist() == [0] * 6 + [1] * 6
    seen = preview(flowers)
    assert (seen.kind, seen.rows, seen.input_shape) == ("images", 12, (1, 8, 9))
    assert seen.classes is not None
    assert seen.classes.to_dict() == {"aster": 6, "rose": 6}
    assert seen.notes == ("images of 8 × 9 pixels, in grey",)


@pytest.mark.parametrize("below", ["", "flowers/", "a/b/"])
def test_a_zip_of_the_folder_is_the_folder(flowers: Path, below: str) -> None:
    folder, archive = read_own(flowers), read_own(zipped(flowers, below))
    assert torch.equal(folder.X_train, archive.X_train)
    assert torch.equal(folder.y_test, archive.y_test)


def test_a_convolutional_network_takes_them(flowers: Path) -> None:
    data = read_own(flowers)
    model = build_model("convolutional", input_shape=data.input_shape, n_classes=2, depth=2, width=3)
    assert model(data.X_train).shape == (len(data.X_train), 2)


def test_folders_train_and_test_are_the_parts(flowers: Path) -> None:
    for part in ("train", "test"):
        (flowers.parent / "split").mkdir(exist_ok=True)
        (flowers.parent / "split" / part).mkdir()
    for file in flowers.rglob("*.png"):
        part = "test" if file.stem in ("0", "1") else "train"
        target = flowers.parent / "split" / part / file.parent.name / file.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file.read_bytes())
    data = read_own(flowers.parent / "split")
    assert (data.class_names, len(data.X_train), len(data.X_test)) == (("aster", "rose"), 10, 2)


@pytest.mark.parametrize(
    ("format", "shape", "mode"),
    [
        ("JPEG", (8, 9, 3), None),
        ("BMP", (8, 9, 3), None),
        ("GIF", (8, 9), None),
        ("WEBP", (8, 9, 3), None),
        ("TIFF", (8, 9, 3), None),
        ("PNG", (8, 9, 4), None),
        ("PNG", (8, 9, 3), "P"),
        ("PNG", (8, 9), "I;16"),
        ("PNG", (8, 9), "1"),
    ],
)
def test_formats_modes_and_sizes_become_one(
    flowers: Path, format: str, shape: tuple[int, ...], mode: str | None
) -> None:
    place = flowers / "rose" / f"other.{format.lower()}"
    place.write_bytes(image(shape, format, mode))
    data = read_own(flowers, image_size=(6, 5), colour=True, standardise=False, test_share=0.0)
    assert data.X_train.shape == (13, 3, 6, 5)
    assert 0 <= float(data.X_train.min()) <= float(data.X_train.max()) <= 1


def test_what_is_transparent_is_white(flowers: Path) -> None:
    clear = np.zeros((8, 9, 4), dtype=np.uint8)
    Image.fromarray(clear).save(flowers / "aster" / "0.png")
    data = read_own(flowers, standardise=False, test_share=0.0)
    assert float(data.X_train[0].min()) == 1.0


def test_links_that_lead_out_are_not_followed(flowers: Path) -> None:
    secret = flowers.parent / "secret.png"
    secret.write_bytes(image())
    (flowers / "rose" / "link.png").symlink_to(secret)
    (flowers / "rose" / "inside.png").symlink_to(flowers / "rose" / "1.png")
    (flowers / "outside").symlink_to(flowers.parent, target_is_directory=True)
    data = read_own(flowers, test_share=0.0)
    assert (len(data.X_train), data.class_names) == (13, ("aster", "rose"))
    assert preview(flowers).notes[0] == "1 links that lead out of the folder are passed over"


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that says it is `side` pixels wide and high."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "rose/bad.png of .* cannot be read as an image: it is empty"),
        (b"GIF but no image", "rose/bad.png of .* cannot be read as an image: it is none of PNG, JPEG"),
        (image()[:80], "rose/bad.png of .* cannot be read as an image: "),
        (bomb(9000), "says that it has 9,000 × 9,000 pixels; 50,000,000 are the most"),
        (bomb(60_000), "says that it has too many pixels; 50,000,000 are the most"),
        (
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
            "cannot be read as an image: it is none of PNG",
        ),
    ],
)
def test_an_image_that_is_none_is_named(flowers: Path, content: bytes, sentence: str) -> None:
    (flowers / "rose" / "bad.png").write_bytes(content)
    with pytest.raises(UserError, match=sentence) as error:
        read_own(flowers)
    assert "\n" not in str(error.value)


def test_a_pickle_among_images_is_not_opened(flowers: Path) -> None:
    mark = flowers.parent / "mark"
    (flowers / "rose" / "bad.png").write_bytes(planted_pickle(mark))
    with pytest.raises(
        UserError, match=r"bad.png of .* cannot be read as an image: it is a pickle, which is never"
    ):
        read_own(flowers)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "holds no images; they should lie in one subfolder a class"),
        ({"notes.txt": b"x"}, "holds no images"),
        ({"1.png": image()}, "holds images outside of subfolders, as 1.png"),
        ({"rose/1.png": image(), "rose/2.png": image()}, "holds images of one class only, 'rose'"),
        ({".hidden/1.png": image(), "__MACOSX/a/2.png": image()}, "holds no images"),
    ],
)
def test_folders_that_are_no_data(tmp_path: Path, files: dict[str, bytes], sentence: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    with pytest.raises(UserError, match=sentence):
        read_own(folder)


def test_options_of_tables_are_refused(flowers: Path) -> None:
    with pytest.raises(
        UserError, match="label names a column of a table; the classes of images are their subf"
    ):
        read_own(flowers, label="rose")


# ZIPs


def test_names_that_lead_out_of_a_zip_are_refused(flowers: Path) -> None:
    for name in ("../evil/1.png", "/etc/1.png", "a\\..\\..\\1.png", "C:/1.png"):
        path = zipped(flowers)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(name, image())
        with pytest.raises(UserError, match="a name that leads out of its folder"):
            read_own(path)


def test_links_in_a_zip_are_passed_over(flowers: Path) -> None:
    path = zipped(flowers)
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("rose/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert len(read_own(path, test_share=0.0).X_train) == 12


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a/1.png", "b/1.png"):
            archive.writestr(name, b"\0" * 20_000_000)
    with pytest.raises(
        UserError, match="would unpack to 40,000,000; it is not opened, since images hardly shrink"
    ):
        read_own(path)


def test_a_truncated_zip_is_damaged(flowers: Path) -> None:
    path = zipped(flowers)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UserError, match=r"cannot read .*flowers.zip: it is damaged"):
        read_own(path)
