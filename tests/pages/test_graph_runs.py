"""A run of a pruned network looks like any other, and says that it was pruned."""

from effdash.models.graph import trace_graph
from effdash.runs import open_run

from .conftest import labels, said, tamper


def test_a_pruned_network_is_shown_as_such(visit, shelf):
    path = shelf.finished("made-smaller")
    run = open_run(path)
    graph = trace_graph(run.model(), run.data().X_train[:2])
    plain = visit("train", run="made-smaller")
    assert [label for label in labels(plain) if "jumpstart" in label]
    tamper(path, "UPDATE run SET graph = ?, revision = revision + 1", graph.to_json())
    for name in ("units", "train"):
        app = visit(name, run="made-smaller")
        assert not app.error
        assert "3 × 4, relu, pruned" in said(app)
    assert not [label for label in labels(app) if "jumpstart" in label]
