"""Runs that are odd in every way that a person's own data and networks may be."""

from dataclasses import replace

import numpy as np
import pytest

from effdash.config import NetworkConfig

from .conftest import figures, labels, plainly, said
from .odd_runs import make_run, samples, with_nan

CARD = {"epoch", "map", "shares", "band", "histogram", "glance"}
EVIL = "<script>alert(1)</script>![x](http://example.org/x.png) *a* $b$ :red[c]"
NAMES = (EVIL, "עברית العربية", "w" * 200, "🦄" * 60)


def text_of(app) -> str:
    """All that is read on the page: sentences, facts, and what stands on buttons."""
    return "\n".join([plainly(app), *labels(app)])


def test_one_epoch(visit, shelf):
    make_run(shelf.path, "odd", samples(each=20), epochs=1)
    units = visit("units", run="odd")
    assert figures(units) >= CARD | {"confusion", "fold"}
    assert "Only the initial state is recorded" in text_of(units)
    assert "since the start" in said(units)
    assert "<b>0</b><em>/ 1</em>" in said(visit("train", run="odd"))


def test_one_unit(visit, shelf):
    make_run(shelf.path, "odd", samples(), network=NetworkConfig(depth=1, width=1))
    app = visit("units", run="odd")
    assert figures(app) >= CARD | {"confusion", "fold"}
    assert "<h2>fc1 · 0</h2>" in said(app)
    assert "its only unit is dead" in text_of(app)
    assert "live map" in figures(visit("train", run="odd"))


def test_one_class(visit, shelf):
    make_run(shelf.path, "odd", samples(["only"], each=40))
    app = visit("units", run="odd")
    assert figures(app) >= CARD
    assert "All train samples are of one class, so its accuracy says nothing" in text_of(app)
    assert "decision" in figures(visit("train", run="odd"))


@pytest.mark.parametrize("features", [2, 7])
def test_forty_classes(visit, shelf, features):
    data = samples([f"class {number}" for number in range(40)], features=features)
    make_run(shelf.path, "odd", data)
    assert figures(visit("units", run="odd")) >= CARD | {"fold" if features == 2 else "by class"}
    assert ("decision" in figures(visit("train", run="odd"))) == (features == 2)


@pytest.mark.parametrize("features", [2, 7])
@pytest.mark.parametrize("split", ["train", "test"])
def test_without_test_data_all_is_said_of_train(visit, shelf, features, split):
    make_run(shelf.path, "odd", samples(each=20, features=features, test=False))
    app = visit("units", run="odd", split=split)
    assert figures(app) >= CARD
    assert "confusion" not in figures(app)
    assert "This run has no test data: all is said of train." in said(app)
    assert "There is no test data." in said(app)
    assert not app.segmented_control
    assert not app.error
    train = visit("train", run="odd", split=split)
    assert not train.error
    assert "train 0.500" in said(train)
    assert "<span>test</span>" not in said(train)


def test_somebodys_own_network_on_samples_without_labels(visit, shelf):
    make_run(shelf.path, "odd", samples(each=20), foreign=True)
    app = visit("units", run="odd")
    assert figures(app) >= {"epoch", "map", "shares", "band"}
    assert "own, 2 layers" in said(app)
    assert "train –" in said(app)
    assert "<h2>fc1 · 0</h2>" in said(app)
    assert "Without its weights there is no more to show" in said(app)
    assert "The accuracy was not recorded" in text_of(app)
    assert not app.error
    train = visit("train", run="odd")
    assert not train.error
    assert "live map" in figures(train)
    assert "What it answers cannot be shown" in plainly(train)


def test_what_is_not_a_number_is_a_dash(visit, shelf):
    make_run(shelf.path, "odd", samples(each=20), spoil=with_nan)
    units, train = visit("units", run="odd"), visit("train", run="odd")
    assert figures(units) >= CARD | {"confusion"}
    assert "Which gradient reaches it was not recorded." in said(units)
    assert "The accuracy was not recorded, so whether it learned is not known" in text_of(units)
    for app in (units, train):
        assert "train –" in said(app)
        assert "nan" not in text_of(app).casefold()
    assert visit("runs").dataframe[0].value["train"].isna().all()


def test_a_share_that_was_not_recorded_is_said(visit, shelf):
    def spoil(record):
        hole = np.full_like(record.train.active_share, np.nan)
        return replace(
            record,
            train=replace(record.train, active_share=hole),
            test=replace(record.test, active_share=hole),
        )

    make_run(shelf.path, "odd", samples(each=20), spoil=spoil)
    app = visit("units", run="odd")
    assert "for how many samples it is above 0 was not recorded" in said(app)
    assert "On test it is nonlinear, too." in said(app)


def test_without_one_gradient_the_rest_is_told(visit, shelf):
    def spoil(record):
        gradient = record.grad_mean_abs.copy()
        gradient[0] = np.nan
        return replace(record, grad_mean_abs=gradient)

    make_run(shelf.path, "odd", samples(each=20), spoil=spoil)
    assert "was not recorded" in said(visit("units", run="odd", layer="fc1", unit=0))
    assert "that reaches it is 0.001" in said(visit("units", run="odd", layer="fc1", unit=1))


@pytest.mark.parametrize(("page", "features"), [("units", 2), ("units", 5), ("train", 2)])
def test_names_of_classes_are_letters(visit, shelf, page, features):
    make_run(shelf.path, "odd", samples(NAMES, features=features))
    app = visit(page, run="odd")
    assert figures(app) >= (CARD if page == "units" else {"decision"})
    assert "<script>" not in said(app)
    assert "![x](" not in said(app)
    assert all(len(label) < 150 for label in labels(app))
