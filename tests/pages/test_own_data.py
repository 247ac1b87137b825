"""A person's own data on the pages: looked at, asked about, and trained on."""

import io
from zipfile import ZipFile

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.shared import own_data

from .conftest import LONE_SECONDS, again, labels, plainly, press, upload

CSV = "a,b,kind\n" + "".join(
    f"{n / 7:.3f},{(n * n) % 5},{'even' if n % 2 == 0 else 'odd'}\n" for n in range(40)
)


@pytest.fixture(autouse=True)
def patient(monkeypatch) -> None:
    """A page waits until a file is looked into as long as it must."""
    monkeypatch.setattr(own_data, "PATIENCE_SECONDS", LONE_SECONDS)


@pytest.fixture
def form(visit, shelf) -> AppTest:
    """The Train page with data of one's own chosen, and none there yet."""
    shelf.finished("done")
    app = visit("train")
    next(each for each in app.selectbox if each.label == "Data").select("own file …")
    return again(app)


def box(app: AppTest, label: str):
    (found,) = [each for each in app.selectbox if each.label == label]
    return found


def pictures() -> bytes:
    """A ZIP of two folders with four grey images of 6 x 5 each."""
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        for place, name in enumerate(("circles", "crosses")):
            for number in range(4):
                image = io.BytesIO()
                Image.new("L", (5, 6), 60 * place + 20 * number).save(image, "PNG")
                archive.writestr(f"{name}/{number}.png", image.getvalue())
    return file.getvalue()


def test_the_limit_is_said_before_a_file_is_dropped(form):
    (place,) = form.file_uploader
    assert "16 million numbers (64 MB)" in place.label
    assert "Samples" not in [each.label for each in form.number_input]
    assert "no file of your own is there yet" in plainly(press(form, "Train"))


def test_own_data_are_looked_at_and_trained_on(form, orders):
    app = upload(form, ("things.csv", CSV.encode()))
    assert "Samples by class" in plainly(app)
    assert box(app, "Column of the classes").value == "kind"
    assert list(app.dataframe[0].value.columns) == ["a", "b", "kind"]
    assert "even" in plainly(app) and "50 %" in plainly(app)
    press(app, "Train")
    ((config, _),) = orders.started
    (data,) = orders.data
    assert config.data.name == "things" and config.name == "things 30 × 8"
    assert data.class_names == ("even", "odd") and data.feature_names == ("a", "b")


def test_another_column_may_hold_the_classes(form, orders):
    app = upload(form, ("things.csv", CSV.encode()))
    box(app, "Column of the classes").select("b")
    assert "3 classes" in plainly(again(app))
    press(app, "Train")
    assert orders.data[0].class_names == ("0", "1", "4")
    assert orders.data[0].feature_names == ("a", "kind=even", "kind=odd")


def test_without_classes_none_is_missed_and_nothing_is_trained(form, orders):
    no_guess = "a,b\n" + "".join(f"{n / 7:.3f},{n / 9:.3f}\n" for n in range(40))
    app = upload(form, ("numbers.csv", no_guess.encode()))
    assert box(app, "Column of the classes").value == own_data.NO_LABEL
    assert not app.warning
    (error,) = press(app, "Train").error
    assert "have no classes" in error.value
    assert not orders.started


def test_missing_values_are_asked_about(form, orders):
    holes = CSV.replace("0.143,1", ",1", 1)
    app = upload(form, ("holes.csv", holes.encode()))
    assert "missing" in app.warning[0].value
    press(app, "Train")
    assert len(app.error) == 1 and not orders.started
    choice = box(app, "Missing values are")
    assert choice.options == ["refused", "filled with the mean", "left out with their rows"]
    choice.select("drop")
    press(again(app), "Train")
    assert not app.warning
    assert len(orders.data[0].X_train) + len(orders.data[0].X_test) == 39


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("nothing.csv", b"", "nothing.csv"),
        ("letter.zip", b"Dear effdash", "letter.zip"),
        ("twice.csv", b"a,a,y\n1,2,x\n3,4,z\n", "twice.csv"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_without_a_path(form, name, content, reason):
    app = upload(form, (name, content))
    (error,) = app.error
    assert reason in plainly(app)
    assert "/" not in error.value
    assert "\n" not in error.value
    assert "Another file" in labels(app)


def test_text_among_numbers_is_said_before_the_training(form):
    app = upload(form, ("odd.csv", CSV.replace("0.286", "low", 1).encode()))
    (warning,) = app.warning
    assert "Column 'a' of odd.csv holds 'low' in row 4" in warning.value.replace("\\", "")


def test_a_zip_of_images_is_trained_on(form, orders):
    app = upload(form, ("shapes.zip", pictures()))
    assert "The folders of the images are the classes." in plainly(app)
    assert "Samples by class" in plainly(app) and "circles" in plainly(app)
    press(app, "Train")
    (data,) = orders.data
    assert data.image_shape == (1, 6, 5)
    assert data.class_names == ("circles", "crosses")
    assert len(data.X_train) + len(data.X_test) == 8
