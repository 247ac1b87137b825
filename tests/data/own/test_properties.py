"""A table is the same table whatever it was written to."""

import numpy as np
import pandas as pd
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effdash.data import Dataset
from effdash.data.own import read_own

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 6)) | st.integers(-1000, 1000)
WORDS = st.sampled_from(["red", "blue", "dark, green", 'a "b"', "naïve", "x=y", "0x1"])


@st.composite
def tables(draw) -> pd.DataFrame:
    rows = draw(st.integers(12, 40))
    frame = pd.DataFrame(
        {
            f"n{place}": np.array(draw(st.lists(NUMBERS, min_size=rows, max_size=rows)), dtype=float)
            for place in range(draw(st.integers(1, 3)))
        }
    )
    if draw(st.booleans()):
        frame["colour"] = draw(st.lists(WORDS, min_size=rows, max_size=rows))
    if draw(st.booleans()):
        holes = draw(st.sets(st.integers(1, rows - 1), max_size=3))
        frame.loc[sorted(holes), "n0"] = np.nan
    return frame.assign(y=np.arange(rows) % 3)


def assert_same(first: Dataset, second: Dataset) -> None:
    for part in ("X_train", "y_train", "X_test", "y_test", "mean", "scale"):
        assert torch.equal(getattr(first, part), getattr(second, part)), part
    assert first.class_names == second.class_names
    assert first.feature_names == second.feature_names


@settings(derandomize=True, deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(
    frame=tables(),
    seed=st.integers(0, 5),
    missing=st.sampled_from(["mean", "drop"]),
    standardise=st.booleans(),
)
def test_csv_and_parquet_and_npz_are_one(frame, seed, missing, standardise, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    how = {"seed": seed, "missing": missing, "standardise": standardise, "test_share": 0.3}
    if missing == "drop" and frame.dropna()["y"].value_counts().min() < 3:
        return
    frame.to_csv(folder / "one.csv", index=False)
    frame.to_csv(folder / "two.csv", index=False, sep=";", decimal=",", encoding="utf-8-sig")
    frame.to_parquet(folder / "one.parquet")
    first = read_own(folder / "one.csv", **how)
    assert_same(first, read_own(folder / "two.csv", **how))
    assert_same(first, read_own(folder / "one.parquet", **how))
    if "colour" not in frame:
        np.savez(folder / "one.npz", X=frame.drop(columns="y").to_numpy(), y=frame["y"].to_numpy())
        arrays = read_own(folder / "one.npz", **how)
        for part in ("X_train", "y_train", "X_test", "y_test"):
            assert torch.equal(getattr(first, part), getattr(arrays, part)), part


@settings(derandomize=True, deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(frame=tables())
def test_nothing_is_lost_but_its_order(frame, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "whole.csv"
    frame = frame.fillna(0.0)
    frame.to_csv(path, index=False)
    data = read_own(path, standardise=False, test_share=0.3)
    rows = torch.cat([data.X_train, data.X_test]).numpy()
    expected = pd.get_dummies(frame.drop(columns="y"), prefix_sep="=", dtype=float)[list(data.feature_names)]
    wanted = expected.to_numpy().astype(np.float32)
    np.testing.assert_array_equal(rows[np.lexsort(rows.T)], wanted[np.lexsort(wanted.T)])
