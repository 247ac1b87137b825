"""Cached readers: all that is read under one version has the same epochs."""

import numpy as np

from effdash.runs import open_run
from effdash.vocab import Split
from pages.shared import readers


def test_what_is_read_under_a_version_ends_at_its_last_epoch(shelf):
    run = open_run(shelf.finished("done"))
    now = readers.Version.of(run)
    assert now.last_epoch == 6
    earlier = readers.Version("as it was", 3)
    for version, epochs in ((now, 7), (earlier, 4)):
        assert list(readers.epochs_table("done", version)["epoch"]) == list(range(epochs))
        for split in Split:
            history = readers.status_history("done", split, version)
            assert list(history.epochs) == list(range(epochs))
            assert history.status.shape == (epochs, 12)
            assert readers.point_history("done", split, version).shape[:2] == (epochs, 3)
            frames = readers.map_frames("done", split, version, 1)
            assert frames.places.tolist() == list(range(epochs))
            assert frames.constant.shape == (epochs, 12)


def test_frames_of_many_units_are_a_few_and_the_one_looked_at(shelf, monkeypatch):
    run = open_run(shelf.finished("done"))
    version = readers.Version.of(run)
    whole = readers.map_frames("done", Split.TRAIN, version, 2)
    monkeypatch.setattr("effdash.figures.map_frames", lambda epochs, units: np.array([0, 3, epochs - 1]))
    some = readers.map_frames("done", Split.TRAIN, version, 2)
    assert some.places.tolist() == [0, 2, 3, 6]
    assert np.array_equal(some.constant, whole.constant[some.places])
    for name, values in some.rows.arrays().items():
        np.testing.assert_array_equal(values, whole.rows.arrays()[name][some.places])
    assert readers.map_frames("done", Split.TRAIN, version, 3).places.tolist() == [0, 3, 6]
