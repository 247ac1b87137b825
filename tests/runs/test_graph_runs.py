"""Runs whose network no configuration describes: it comes back from its graph; a hostile one is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from effdash.config import RunConfig
from effdash.models import build_model
from effdash.models.graph import GraphModel, trace_graph
from effdash.runs import LayerInfo, RunFolder, RunWriter, open_run
from effdash.runs.summary import read_summary
from effdash.runs.verification import verify
from effdash.training.session import Session
from effdash.vocab import RunState, UserError

LAYERS = [LayerInfo("fc1", "relu", 3), LayerInfo("fc2", "relu", 2)]


@pytest.fixture
def model() -> nn.Module:
    """A network that no configuration describes: its layers have other widths."""
    torch.manual_seed(0)
    model = build_model("rectangular", input_shape=(2,), n_classes=2, depth=2, width=3)
    model.fc2, model.out = nn.Linear(3, 2), nn.Linear(2, 2)
    return model.eval()


@pytest.fixture
def make(tmp_path: Path, describe: Any, record_of: Any, model: nn.Module) -> Callable[..., Path]:
    """Makes a run of the network, with `changes` to its description."""

    def make_run(**changes: object) -> Path:
        graph = trace_graph(model, torch.randn(2, 2)).to_json()
        description = describe(**{"graph": graph, "layers": LAYERS, "parent": "one"} | changes)
        writer = RunWriter.create(tmp_path, description, run_id="pruned")
        writer.epoch(record_of(0), checkpoint=model.state_dict())
        writer.close(RunState.FINISHED)
        return writer.path

    return make_run


@pytest.mark.parametrize("config", [None, RunConfig()])
def test_the_network_comes_back(make: Any, model: nn.Module, config: RunConfig | None) -> None:
    path = make(config=config)
    verify(path)
    run = open_run(path)
    again = run.model()
    x = torch.randn(5, 2)
    assert isinstance(again, GraphModel)
    assert not again.training
    assert torch.equal(again(x), model(x))
    assert list(again.state_dict()) == list(model.state_dict())
    assert run.graph == trace_graph(model, x).to_json()
    assert run.has_ways_around is False


def test_a_stranger_may_bring_it(make: Any, tmp_path: Path) -> None:
    run_id = RunFolder(tmp_path / "into").import_file(make())
    assert isinstance(open_run(tmp_path / "into" / f"{run_id}.effdash").model(), GraphModel)


def test_ways_around_are_known_of_every_network(
    make: Any, finished: Path, make_finished: Any, tmp_path: Path
) -> None:
    assert open_run(make()).has_ways_around is False
    assert open_run(finished).has_ways_around is False
    assert open_run(make_finished(tmp_path, "own", config=None)).has_ways_around is None


def test_the_table_of_runs_says_that_it_was_pruned(make: Any, finished: Path) -> None:
    assert read_summary(make()).network == read_summary(finished).network + ", pruned"


def test_a_pruned_network_is_not_taken_up(make: Any, tamper: Any) -> None:
    path = make()
    tamper(path, "UPDATE run SET state = 'interrupted'")
    with pytest.raises(UserError, match="run pruned holds a pruned network and was not in training"):
        Session.take_up(path)


def crafted(change: Callable[[dict[str, Any]], None]) -> Callable[[str], str]:
    def craft(text: str) -> str:
        content = json.loads(text)
        change(content)
        return json.dumps(content)

    return craft


def evil_operator(content: dict[str, Any]) -> None:
    content["nodes"][2]["op"] = "os.system"
    content["nodes"][2]["attributes"] = {"command": "touch evil"}


def loop(content: dict[str, Any]) -> None:
    content["nodes"][2]["inputs"] = [content["nodes"][-1]["name"]]


def attribute(content: dict[str, Any]) -> None:
    content["nodes"][2]["attributes"]["out_features"] = "__import__('os')"


def dunder(content: dict[str, Any]) -> None:
    content["nodes"][2]["path"] = "__class__.__init__"


def other_weights(content: dict[str, Any]) -> None:
    content["nodes"][2]["attributes"]["in_features"] = 10**8
    content["nodes"][2]["attributes"]["out_features"] = 10**8


def other_path(content: dict[str, Any]) -> None:
    content["nodes"][2]["path"] = "fc7"


CRAFTED = {
    "operator": (crafted(evil_operator), "the operator 'os.system', which effdash does not know"),
    "loop": (crafted(loop), "which is no node before it"),
    "attribute": (crafted(attribute), "linear takes a whole number"),
    "dunder": (crafted(dunder), "which is no module's"),
    "other weights": (crafted(other_weights), "node 'fc1' of the graph cannot be computed"),
    "other path": (crafted(other_path), "the weights are not those of the graph"),
    "no JSON": (lambda text: "import os", "the graph is not JSON that effdash reads"),
    "deep": (lambda text: "[" * 100_000, "the graph is not JSON that effdash reads"),
    "huge": (lambda text: text + " " * 10_000_001, "a text is too long"),
}


@pytest.mark.parametrize("name", CRAFTED)
def test_a_crafted_graph_is_refused_in_one_sentence(
    make: Any, tamper: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = make()
    craft, words = CRAFTED[name]
    tamper(path, "UPDATE run SET graph = ?", values=(craft(open_run(path).graph),))
    for act in (
        verify,
        lambda path: open_run(path).model(),
        lambda path: RunFolder(tmp_path / "into").import_file(path),
    ):
        with pytest.raises(UserError, match=words) as caught:
            act(path)
        assert path.name in str(caught.value)
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "evil").exists()


def test_a_graph_of_other_classes_is_refused(make: Any, tamper: Any) -> None:
    path = make()
    tamper(path, "UPDATE run SET classes = 7")
    with pytest.raises(UserError, match=r"its graph gives \(1, 2\) for one sample of 7 classes"):
        open_run(path).model()


def test_a_graph_of_another_input_is_refused(make: Any, tamper: Any) -> None:
    path = make()
    tamper(path, "UPDATE run SET input_shape = '[3]'")
    with pytest.raises(UserError, match="node 'fc1' of the graph cannot be computed"):
        open_run(path).model()


def test_an_input_that_would_fill_the_memory_is_refused(make: Any, tamper: Any) -> None:
    path = make()
    tamper(path, "UPDATE run SET input_shape = '[1000000000, 1000000000]'")
    with pytest.raises(UserError, match="of the graph is too large"):
        open_run(path).model()
