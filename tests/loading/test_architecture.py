"""Architectures that are named: ours with their numbers, and a person's own factories."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

import effdash as ed
from effdash.loading import is_factory, load
from effdash.models import NETWORKS
from effdash.vocab import UserError
from tests.loading import files


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("said", [False, True])
def test_networks_of_ours(name: str, said: bool) -> None:
    model = ed.build_model(
        name, input_shape=(1, 8, 8), n_classes=3, depth=3, width=4, activation="tanh", seed=0
    ).eval()
    architecture, activation = (f"{name}:depth=3,width=4,activation=tanh", "relu") if said else (name, "tanh")
    content = files.saved(model.state_dict())
    loaded = load(
        "net.pt",
        content=content,
        architecture=architecture,
        activation=activation,
        input_shape=(1, 8, 8),
    )
    x = torch.randn(5, 1, 8, 8)
    assert torch.allclose(loaded.model(x), model(x), atol=1e-6)
    assert loaded.graph is not None
    assert loaded.n_outputs == 3


def test_a_dense_network_of_ours_knows_its_inputs() -> None:
    model = ed.build_model("rectangular", input_shape=(4,), n_classes=2, depth=2, width=3)
    assert load("n.pt", content=files.saved(model.state_dict()), architecture="rectangular").input_shape == (
        4,
    )


@pytest.mark.parametrize(
    ("architecture", "said"),
    [
        ("rectangle", "architecture 'rectangle' is unknown; known are stack, rectangular, convolutional"),
        ("rectangular:deep=2", "'deep=2' is no setting; they are depth, width"),
        ("rectangular:depth=two", "depth = 'two'; it should be a whole number"),
        ("rectangular:batch_norm=perhaps", "it should be true or false"),
        ("rectangular:activation=step", "activation 'step' is unknown"),
        (
            "rectangular:depth=5",
            "n.pt does not fit rectangular:depth=5: it has no fc3.weight; it has fc1.weight",
        ),
        (
            "rectangular:depth=1",
            r"out.weight is \(2, 3\) in the file and \(2, 3\)|the network has no fc2.weight",
        ),
        ("rectangular:width=9", r"fc1.weight is \(3, 4\) in the file and \(9, 4\) in the network"),
        ("convolutional", "is no image that a convolutional network can take"),
        ("stack:2", "should be 'stack', or say which way"),
    ],
)
def test_what_does_not_fit_is_named(architecture: str, said: str) -> None:
    model = ed.build_model("rectangular", input_shape=(4,), n_classes=2, depth=2, width=3)
    with pytest.raises(UserError, match=said):
        load("n.pt", content=files.saved(model.state_dict()), architecture=architecture)


def test_other_names_than_ours_are_told() -> None:
    content = files.saved(nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2)).state_dict())
    with pytest.raises(UserError, match=r"its layers are called fc1, …, out, and the file has 0\.weight"):
        load("n.pt", content=content, architecture="rectangular")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("a.b:make", True),
        ("models:Net", True),
        ("rectangular:depth=2", False),
        ("stack:way=1", False),
        ("x", False),
    ],
)
def test_what_is_a_factory(text: str, answer: bool) -> None:
    assert is_factory(text) is answer


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a module of somebody's own, which is the current one."""
    (tmp_path / "mine_of_test.py").write_text(
        "import torch\n"
        "from torch import nn\n"
        "from tests.loading.files import Net\n"
        "whole = Net()\n"
        "number = 3\n"
        "def make(): return Net()\n"
        "def a_dict(): return {}\n"
        "def wide(): return nn.Sequential(nn.Linear(9, 9))\n"
        "def broken(): raise RuntimeError('no such\\nfile: ' + 'x' * 900)\n"
        "def leaves(): raise SystemExit(3)\n"
        "class inner:\n"
        "    make = staticmethod(make)\n"
    )
    (tmp_path / "broken_of_test.py").write_text("import nowhere_at_all\n")
    monkeypatch.chdir(tmp_path)
    before = list(sys.path)
    yield tmp_path
    assert sys.path == before
    for name in ("mine_of_test", "broken_of_test"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("factory", ["make", "inner.make", "Net", "whole"])
def test_factories_are_found_from_the_current_folder(own_folder: Path, factory: str) -> None:
    model = files.Net()
    file = own_folder / "net.pt"
    file.write_bytes(files.saved({f"model.{key}": value for key, value in model.state_dict().items()}))
    loaded = load(file, architecture=f"mine_of_test:{factory}", input_shape=(4,))
    x = torch.randn(5, 4)
    assert torch.allclose(loaded.model(x), model(x), atol=1e-6)
    assert loaded.graph is not None
    assert ed.load_model(file, architecture=f"mine_of_test:{factory}").training is False


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        ("mine_of_test:broken", r"raised RuntimeError: no such file: x+…$"),
        ("mine_of_test:leaves", "raised SystemExit: 3"),
        ("mine_of_test:a_dict", "gave a dict; it should give a torch.nn.Module"),
        ("mine_of_test:number", "is a int; it should be a torch.nn.Module"),
        ("mine_of_test:nothing", "mine_of_test has no nothing"),
        ("mine_of_test:wide", "does not fit mine_of_test:wide: it has no 0.weight; it has fc1.weight"),
        (
            "nowhere_of_test:make",
            "there is no module 'nowhere_of_test', neither installed nor in the current folder",
        ),
        ("broken_of_test:make", "cannot be imported: ModuleNotFoundError: No module named 'nowhere_at_all'"),
    ],
)
def test_factories_that_fail_say_so_in_one_line(own_folder: Path, factory: str, said: str) -> None:
    file = own_folder / "net.pt"
    file.write_bytes(files.saved(files.Net().state_dict()))
    with pytest.raises(UserError, match=said) as caught:
        load(file, architecture=factory)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 450
