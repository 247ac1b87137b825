"""Epochs from the names of checkpoints."""

import pytest

from effdash.loading import epochs_of
from effdash.vocab import UserError


@pytest.mark.parametrize(
    ("names", "epochs"),
    [
        (["epoch_2.pt", "epoch_10.pt", "epoch_1.pt"], [2, 10, 1]),
        (["net-ep010-acc0.93.pt", "net-ep002-acc0.51.pt"], [10, 2]),
        (["epoch=3-step=400.ckpt", "epoch=4-step=500.ckpt"], [3, 4]),
        (["checkpoint-500.safetensors", "checkpoint-1000.safetensors"], [500, 1000]),
        (["model_5.onnx", "model_50.onnx"], [5, 50]),
        (["resnet18_v2_003.pt", "resnet18_v2_017.pt"], [3, 17]),
        (["1.pt", "2.pt"], [1, 2]),
        (["init.pt", "epoch1.pt"], [0, 1]),
        (["net.pt"], [0]),
        (["epoch_7.pt"], [7]),
        (["resnet18.pt"], [0]),
    ],
)
def test_names_tell_the_epoch(names: list[str], epochs: list[int]) -> None:
    assert epochs_of(names) == epochs


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["epoch_1.pt", "best.pt"], "best.pt tells no epoch; .* by a number in their names"),
        (["epoch_1.pt", "copy_of_epoch_1.pt"], "epoch_1.pt and copy_of_epoch_1.pt both tell epoch 1"),
        (["a3.pt", "b3.pt"], "a3.pt and b3.pt both tell epoch 3"),
    ],
)
def test_names_that_do_not_are_refused(names: list[str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        epochs_of(names)
