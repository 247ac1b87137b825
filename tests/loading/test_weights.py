"""State dicts as people keep them: in checkpoints, under wrappers, written elsewhere."""

import pytest
import torch
from safetensors.torch import save
from torch import Tensor, nn

from effdash.loading import load
from tests.loading import files

MODEL = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
WEIGHTS = MODEL.state_dict()
X = torch.linspace(-2, 2, 20).reshape(5, 4)


def is_the_model(content: bytes) -> bool:
    loaded = load("net.ckpt", content=content)
    return torch.allclose(loaded.model(X), MODEL(X), atol=1e-6) and not loaded.model.training


@pytest.mark.parametrize(
    "key", ["state_dict", "model_state_dict", "model", "net", "network", "weights", "params", "anything"]
)
def test_the_state_dict_in_a_checkpoint(key: str) -> None:
    moments = {"step": torch.tensor(1.0), "exp_avg": torch.zeros(3, 4)}
    optimizer = {"state": {0: moments}, "param_groups": [{"lr": 0.1, "params": [0]}]}
    checkpoint = {"epoch": 3, "loss": torch.tensor(0.1), "optimizer": optimizer, key: WEIGHTS}
    assert is_the_model(files.saved(checkpoint))


def test_a_state_dict_inside_another() -> None:
    assert is_the_model(files.saved({"model": {"state_dict": WEIGHTS, "epoch": 1}}))


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."])
def test_names_without_what_wrappers_put_before_them(prefix: str) -> None:
    wrapped = {prefix + name: value for name, value in WEIGHTS.items()}
    loaded = load("net.pt", content=files.saved(wrapped))
    assert list(loaded.model.state_dict()) == list(WEIGHTS)


def test_a_wrapper_inside_names_is_taken_out() -> None:
    names = [f"body._orig_mod.{name}" for name in WEIGHTS]
    loaded = load("net.pt", content=files.saved(dict(zip(names, WEIGHTS.values(), strict=True))))
    assert list(loaded.model.state_dict()) == [f"body.{name}" for name in WEIGHTS]


def test_weights_written_on_a_gpu_open_without_one() -> None:
    assert is_the_model(files.on_cuda(files.saved(WEIGHTS)))


def test_files_of_torch_before_1_6() -> None:
    assert is_the_model(files.saved(WEIGHTS, old=True))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_halves_become_single_and_that_is_said(dtype: torch.dtype) -> None:
    halves = {name: value.to(dtype) for name, value in WEIGHTS.items()}
    for content in (files.saved(halves), save(halves)):
        loaded = load("net.any", content=content)
        assert all(value.dtype == torch.float32 for value in loaded.model.state_dict().values())
        assert loaded.notes == (
            f"its weights are {str(dtype).removeprefix('torch.')}; they are taken as float32",
        )
        assert torch.allclose(loaded.model(X), MODEL(X), atol=0.05)


def test_doubles_stay() -> None:
    loaded = load("net.pt", content=files.saved({name: value.double() for name, value in WEIGHTS.items()}))
    assert loaded.model(X.double()).dtype == torch.float64


def test_content_counts_before_the_name() -> None:
    for content, kind in ((save(WEIGHTS), "safetensors"), (files.saved(WEIGHTS), "state dict")):
        for name in ("net.onnx", "net.safetensors", "net.pt", "net"):
            loaded = load(name, content=content)
            assert (loaded.kind, loaded.name) == (kind, "net")


def test_the_graph_that_effdash_writes_beside_weights_is_taken() -> None:
    from effdash.pruning.export import safetensors_bytes

    class Around(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1, self.fc2, self.out = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            h = torch.tanh(self.fc1(x))
            return self.out(h + torch.relu(self.fc2(h)))

    model = Around().eval()
    loaded = load("net.safetensors", content=safetensors_bytes(model, X), input_shape=(4,))
    assert torch.allclose(loaded.model(X), model(X), atol=1e-6)
    assert loaded.guess == ()
    assert loaded.n_outputs == 2
