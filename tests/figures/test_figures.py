"""Notebook figures: what a trace holds is what the table says."""

import numpy as np
import pandas as pd
import plotly.io as pio
import pytest

from effdash.figures import decision_map, learning_curves, status_counts, status_heatmap, status_shares
from effdash.figures.plane import mixed_colors
from effdash.figures.theme import DARK, LIGHT, palette, template_name, tokens, use_templates
from effdash.vocab import STATUS_WORDS, UserError, status_categories


@pytest.fixture
def units() -> pd.DataFrame:
    """Two layers at two epochs; the second layer is narrower."""
    codes = np.array([0, 1, 2, 2, 0, 2, 2, 2, 2, 1], dtype=np.uint8)
    layer = ["fc1", "fc1", "fc1", "fc2", "fc2"] * 2
    return pd.DataFrame(
        {
            "epoch": [0] * 5 + [4] * 5,
            "layer": layer,
            "unit": [0, 1, 2, 0, 1] * 2,
            "status": status_categories(codes),
        }
    )


def test_heatmap_cells_are_the_codes(units: pd.DataFrame) -> None:
    (trace,) = status_heatmap(units, 0).data
    np.testing.assert_array_equal(trace.z, [[0, 1, 2], [2, 0, np.nan]])
    assert list(trace.y) == ["fc1", "fc2"]
    assert trace.customdata[0].tolist() == ["dead", "linear", "nonlinear"]


def test_heatmap_names_the_epochs_it_has(units: pd.DataFrame) -> None:
    with pytest.raises(UserError, match="epoch 3 is not in the table; it has 0, 4"):
        status_heatmap(units, 3)


def test_shares_are_counted_then_stacked(units: pd.DataFrame) -> None:
    counts = status_counts(units)
    assert counts.to_dict("list") == {"epoch": [0, 4], "dead": [2, 0], "linear": [1, 1], "nonlinear": [2, 4]}
    figure = status_shares(counts)
    assert [trace.name for trace in figure.data] == list(STATUS_WORDS)
    np.testing.assert_allclose(sum(np.array(trace.y) for trace in figure.data), [100, 100])
    np.testing.assert_allclose(figure.data[0].y, [40, 0])


def test_learning_curves_hold_the_columns() -> None:
    table = pd.DataFrame(
        {"epoch": [0, 1], "loss": [0.7, 0.1], "train_accuracy": [0.5, 0.9], "test_accuracy": [0.4, 0.8]}
    )
    changes = pd.DataFrame({"epoch": [1], "field": ["jumpstart"], "value": [0.3]})
    figure = learning_curves(table, changes, chance=0.52)
    for trace, column in zip(figure.data, ("loss", "train_accuracy", "test_accuracy"), strict=True):
        np.testing.assert_array_equal(trace.y, table[column])
    texts = [annotation.text for annotation in figure.layout.annotations]
    assert "commonest class 0.52" in texts and "λ 0.3" in texts


def test_the_plane_is_paler_where_unsure() -> None:
    colors = palette(LIGHT)
    pixels = mixed_colors(np.array([[0, 0]]), np.array([[1.0, 0.0]]), colors)
    sure, unsure = pixels[0].astype(int)
    class_color = np.array([int(colors.classes[0][at : at + 2], 16) for at in (1, 3, 5)])
    np.testing.assert_array_equal(sure, np.rint(255 + (class_color - 255) * 0.38))
    assert (unsure >= sure).all()


def test_decision_map_shows_both_splits() -> None:
    train = (np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1]))
    test = (np.array([[0.5, 0.5]]), np.array([1]))
    answers = np.array([[0, 1], [1, 1]])
    figure = decision_map(answers, np.ones((2, 2)), (0, 1, 0, 1), ["a", "b"], train=train, test=test)
    assert [len(trace.x) for trace in figure.data[1:]] == [1, 1, 0, 1]


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_templates_carry_the_palette(scheme: str) -> None:
    use_templates()
    template = pio.templates[template_name(scheme)]
    assert template.layout.paper_bgcolor == tokens()[scheme]["background"]
    assert list(template.layout.colorway) == tokens()[scheme]["classes"]


def test_status_scale_has_flat_steps() -> None:
    places = [place for place, _ in palette().status_scale()]
    np.testing.assert_allclose(places, [0, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 1])
