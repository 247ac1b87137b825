"""The data of a run: in its file, or made again by their name."""

import numpy as np
import pytest
import torch

from effdash.config import DataConfig, RunConfig
from effdash.data import as_dataset, load_data
from effdash.runs import RunWriter, open_run, stored_data
from effdash.vocab import UserError


def test_data_by_name(make_finished, tmp_path):
    config = RunConfig(data=DataConfig(name="circles", samples=40), seed=5)
    data = open_run(make_finished(tmp_path, "named", config=config)).data()
    assert torch.equal(data.X_train, load_data("circles", samples=40, seed=5).X_train)


def test_own_data_is_in_the_file(make_finished, tmp_path):
    rng = np.random.default_rng(0)
    own = as_dataset((rng.random((6, 3)), np.arange(6) % 2, rng.random((4, 3)), np.arange(4) % 2))
    for config in (RunConfig(), None):
        data = open_run(make_finished(tmp_path, f"own-{config is None}", config=config, data=own)).data()
        for name in stored_data.TENSORS:
            assert torch.equal(getattr(data, name), getattr(own, name))
        assert data.class_names == own.class_names
        assert data.feature_names == own.feature_names
        assert data.image_shape is None


def test_too_much_data_is_refused(describe, tmp_path, monkeypatch):
    monkeypatch.setattr(stored_data, "MOST_BYTES", 100)
    rng = np.random.default_rng(0)
    own = as_dataset((rng.random((60, 3)), np.arange(60) % 2, rng.random((4, 3)), np.arange(4) % 2))
    with pytest.raises(UserError, match=r"bytes for the data are more than the 100 .*: hand in a part"):
        RunWriter.create(tmp_path, describe(data=own))
    assert list(tmp_path.iterdir()) == []


def test_no_data_at_all_is_said(make_finished, tmp_path):
    run = open_run(make_finished(tmp_path, "none", config=None))
    with pytest.raises(UserError, match="has no data in its file"):
        run.data()
