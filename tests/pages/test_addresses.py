"""Addresses that name what there is not: the nearest is shown, and the page says so."""

import pytest

from .conftest import figures, plainly, said

STRANGE = [
    "nowhere",
    "../../etc/passwd",
    "a b",
    "<b>x</b>",
    "![x](http://example.org/x.png)",
    "x" * 3000,
    "🦄",
]


@pytest.mark.parametrize("page", ("runs", "units", "train", "permutations"))
@pytest.mark.parametrize("run", STRANGE)
def test_an_unknown_run(visit, shelf, page, run):
    shelf.finished("done")
    app = visit(page, run=run)
    if page != "runs":
        assert "epoch" in figures(app)
        assert "is not here; this is another one" in app.warning[0].value
        assert "![x](" not in said(app)


@pytest.mark.parametrize("page", ("units", "train", "permutations"))
@pytest.mark.parametrize(
    ("epoch", "sentence"),
    [
        ("99", "Epoch 99 was not recorded; this is epoch 6."),
        ("9" * 18, "was not recorded; this is epoch 6."),
        ("9" * 5000, "; this is the newest"),
        ("-1", "There is no epoch “-1”; this is the newest."),
        ("x", "There is no epoch “x”; this is the newest."),
        ("3.5", "There is no epoch “3.5”; this is the newest."),
        ("²", "There is no epoch “²”; this is the newest."),
        ("", "There is no epoch “”; this is the newest."),
    ],
)
def test_an_unknown_epoch(visit, shelf, page, epoch, sentence):
    shelf.finished("done")
    app = visit(page, run="done", epoch=epoch)
    assert sentence in plainly(app)
    assert "epoch" in figures(app)


@pytest.mark.parametrize(
    ("layer", "unit"),
    [
        ("fc9", "0"),
        ("fc1", "4"),
        ("fc1", "-1"),
        ("fc1", "x"),
        ("fc1", "9" * 5000),
        ("![x](http://example.org/x.png)", "1"),
        ("<b>fc1", "1"),
        ("", ""),
        ("fc9", None),
        (None, "2"),
    ],
)
def test_an_unknown_unit(visit, shelf, layer, unit):
    shelf.finished("done")
    query = {key: value for key, value in (("layer", layer), ("unit", unit)) if value is not None}
    for page in ("units", "train"):
        app = visit(page, run="done", **query)
        assert "![x](" not in said(app)
        if page == "units":
            assert "is not a unit of this network; this is another one." in app.warning[0].value
            assert "<h2>fc" in said(app)


@pytest.mark.parametrize("page", ("units", "train"))
def test_an_unknown_split(visit, shelf, page):
    shelf.finished("done")
    app = visit(page, run="done", split="validation")
    assert "There is no split “validation”; this is train." in plainly(app)
    assert app.segmented_control[0].value == "train"


def test_a_known_view_is_shown_without_a_word(visit, shelf):
    shelf.finished("done")
    app = visit("units", run="done", epoch=3, layer="fc2", unit=1, split="test")
    assert not app.warning
    assert not app.sidebar.caption
    assert "<h2>fc2 · 1</h2>" in said(app)
    assert app.segmented_control[0].value == "test"
    assert app.sidebar.selectbox[0].value == "done"


def test_the_view_goes_along_to_another_page(visit, shelf):
    shelf.finished("done")
    shelf.finished("other")
    app = visit("units", run="done", epoch=3, layer="fc2", unit=1, split="test")
    app.switch_page("pages/explore/train.py").run()
    assert not app.exception
    view = {"run": "done", "epoch": "3", "layer": "fc2", "unit": "1", "split": "test"}
    assert {key: app.query_params[key] for key in view} == view
    assert "<b>3</b><em>/ 6</em>" in said(app)
