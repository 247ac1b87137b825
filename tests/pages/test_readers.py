"""Cached readers: all that is read under one version has the same epochs."""

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
            assert history.status.shape == history.constant.shape == (epochs, 12)
            assert readers.layer_rows("done", split, version).dead_samples.shape == (epochs, 3)
