"""What no training can begin with: one sentence, and no file is left."""

import json
import re
from pathlib import Path

import pytest

from effdash.config import DataConfig, RunConfig
from effdash.pruning import save_pruned
from effdash.runs import Run, open_run
from effdash.training.origin import settings_to_go_on
from effdash.training.session import train
from effdash.vocab import UserError

from .going_on import go_on, pruned_from


@pytest.fixture
def small(moons: RunConfig, tmp_path: Path) -> Run:
    return pruned_from(open_run(train(moons, runs=tmp_path).path))


def refused(small: Run, config: RunConfig) -> str:
    before = sorted(small.path.parent.iterdir())
    with pytest.raises(UserError) as caught:
        train(config, runs=small.path.parent, start=small)
    assert sorted(small.path.parent.iterdir()) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_another_network_is_refused(small: Run) -> None:
    config = settings_to_go_on(small)
    other = config.model_copy(update={"network": config.network.model_copy(update={"depth": 9})})
    assert refused(small, other) == (
        f"network.depth = 9: a run that begins with the weights of run {small.id!r} has its network, "
        "where it is 3"
    )


def test_data_that_do_not_fit_are_refused(small: Run) -> None:
    config = settings_to_go_on(small).model_copy(update={"data": DataConfig(name="iris")})
    assert refused(small, config) == (
        f"data 'iris' has samples of shape (4,) in 3 classes; the network of run {small.id!r} takes (2,) "
        "and answers 2"
    )


def test_a_network_that_cannot_be_rebuilt_is_refused(small: Run) -> None:
    import sqlite3

    config = settings_to_go_on(small)
    graph = json.loads(small.graph)
    graph["nodes"][1]["op"] = "os.system"
    with sqlite3.connect(small.path) as connection:
        connection.execute("UPDATE run SET graph = ?", (json.dumps(graph),))
    connection.close()
    assert "the operator 'os.system', which effdash does not know" in refused(open_run(small.path), config)


def test_somebody_elses_network_has_no_settings_to_go_on_with(moons: RunConfig, tmp_path: Path) -> None:
    first = open_run(train(moons, runs=tmp_path).path)
    foreign = open_run(save_pruned(first.model(), first.data(), tmp_path))
    with pytest.raises(UserError, match="records somebody's own network, so it has no configuration"):
        settings_to_go_on(foreign)


def test_settings_of_a_run_that_began_with_weights_are_not_trained_without_them(small: Run) -> None:
    child = open_run(go_on(small, epochs=1).path)
    with pytest.raises(
        UserError, match=re.escape(f"began with the weights of {small.id!r}; leave start out")
    ):
        train(child.config, runs=small.path.parent)
