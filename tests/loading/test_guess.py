"""Plain stacks guessed from their weights alone: they compute what the network computes."""

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save
from torch import Tensor, nn

from effdash.loading import LoadedModel, load
from effdash.vocab import UserError
from tests.loading import files


def opened(model: nn.Module, shape: tuple[int, ...] | None = None, **more: object) -> LoadedModel:
    """What is made of a network's state dict."""
    return load("net.pt", content=files.saved(model.state_dict()), input_shape=shape, **more)


def trained(model: nn.Module) -> nn.Module:
    """With batch norms that do something."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.normal_(module.weight)
    return model.eval()


def computes_the_same(loaded: LoadedModel, model: nn.Module, shape: tuple[int, ...]) -> bool:
    x = torch.randn(5, *shape)
    return torch.allclose(loaded.model(x.reshape(5, *(loaded.input_shape or shape))), model(x), atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(
    widths=st.lists(st.integers(1, 9), min_size=2, max_size=6),
    norm=st.booleans(),
    in_order=st.booleans(),
)
def test_dense_stacks_of_any_widths(widths: list[int], norm: bool, in_order: bool) -> None:
    steps: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        steps += [nn.Linear(inputs, outputs), *([nn.BatchNorm1d(outputs)] if norm else []), nn.ReLU()]
    model = trained(nn.Sequential(*steps[:-1]))
    content = files.saved(model.state_dict()) if in_order else save(model.state_dict())
    loaded = load("net.any", content=content)
    assert loaded.input_shape == (widths[0],)
    assert computes_the_same(loaded, model, (widths[0],))
    assert loaded.graph is not None
    assert [node.path for node in loaded.graph.nodes if node.op == "linear"] == [
        name for name, module in model.named_modules() if isinstance(module, nn.Linear)
    ]


class Named(nn.Module):
    """Its names, put in order, are not the order of its layers."""

    def __init__(self) -> None:
        super().__init__()
        self.bn1, self.bn2 = nn.BatchNorm2d(3), nn.BatchNorm2d(5)
        self.conv1, self.conv2 = nn.Conv2d(1, 3, 3), nn.Conv2d(3, 5, 3)
        self.body = nn.Linear(5 * 12 * 12, 7)
        self.answer = nn.Linear(7, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.max_pool2d(torch.relu(self.bn2(self.conv2(x))), 2)
        return self.answer(torch.relu(self.body(x.flatten(1))))


def test_layers_are_put_in_order_by_their_shapes() -> None:
    model = trained(Named())
    loaded = load("net.safetensors", content=save(model.state_dict()), input_shape=(1, 28, 28))
    assert computes_the_same(loaded, model, (1, 28, 28))
    assert any("does not tell the order" in sentence for sentence in loaded.guess)
    (told,) = [sentence for sentence in loaded.guess if "pooling" in sentence]
    assert "stride 1 and no padding, 2x2 pooling after the last, by the maximum, body gets its 720" in told


def conv_net(pool: Callable[[int], nn.Module], padding: int, positions: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=padding),
        nn.ReLU(),
        pool(0),
        nn.Conv2d(3, 4, 3, padding=padding),
        nn.ReLU(),
        pool(1),
        nn.Flatten(),
        nn.Linear(4 * positions, 5),
    )


@pytest.mark.parametrize(
    ("pool", "padding", "positions"),
    [
        (lambda _: nn.Identity(), 1, 400),
        (lambda _: nn.Identity(), 0, 256),
        (lambda _: nn.MaxPool2d(2), 1, 25),
        (lambda _: nn.MaxPool2d(2), 0, 9),
        (lambda last: nn.MaxPool2d(2) if last else nn.Identity(), 0, 64),
    ],
)
def test_pooling_is_inferred_where_one_way_fits(
    pool: Callable[[int], nn.Module], padding: int, positions: int
) -> None:
    model = conv_net(pool, padding, positions)
    assert computes_the_same(opened(model, (2, 20, 20)), model, (2, 20, 20))


def test_where_several_ways_fit_they_are_told_and_one_can_be_chosen() -> None:
    model = conv_net(lambda last: nn.MaxPool2d(2) if last else nn.Identity(), 0, 4)
    said = (
        r"2 ways fit net.pt.*\(1: no padding, 2x2 pooling after the last; 2: padding that keeps.*after each\)"
    )
    with pytest.raises(UserError, match=said):
        opened(model, (2, 8, 8))
    chosen = opened(model, (2, 8, 8), architecture="stack:way=1")
    assert computes_the_same(chosen, model, (2, 8, 8))
    other = conv_net(lambda _: nn.MaxPool2d(2), 1, 4)
    assert computes_the_same(opened(other, (2, 8, 8), architecture="stack:way=2"), other, (2, 8, 8))
    with pytest.raises(UserError, match="has ways from 1 to 2"):
        opened(model, (2, 8, 8), architecture="stack:way=3")


def test_pooling_that_fits_nothing_asks_for_the_architecture() -> None:
    model = conv_net(lambda _: nn.Identity(), 1, 17)
    with pytest.raises(
        UserError, match=r"none that effdash tries fits net.pt, where 7 reads 68.*--architecture"
    ):
        opened(model, (2, 20, 20))


def test_images_need_a_shape_and_flat_samples_give_a_square_one() -> None:
    model = conv_net(lambda _: nn.MaxPool2d(2), 1, 25)
    with pytest.raises(UserError, match="--input-shape 2,28,28"):
        opened(model)
    with pytest.raises(UserError, match=r"takes samples of 2 channels.*have shape \(3, 20, 20\)"):
        opened(model, (3, 20, 20))
    assert opened(model, (800,)).input_shape == (2, 20, 20)


def test_the_mean_over_all_places_before_the_dense_layer_and_at_the_end() -> None:
    pooled = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    before = nn.Sequential(*pooled, nn.Linear(3, 2))
    assert computes_the_same(opened(before, (1, 9, 9)), before, (1, 9, 9))
    end = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 2, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    assert computes_the_same(opened(end, (1, 9, 9)), end, (1, 9, 9))


def test_depthwise_and_one_dimensional_convolutions() -> None:
    deep = nn.Sequential(
        nn.Conv1d(2, 4, 3, padding=1),
        nn.ReLU(),
        nn.Conv1d(4, 4, 3, padding=1, groups=4, bias=False),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(40, 3),
    )
    assert computes_the_same(opened(deep, (2, 10)), deep, (2, 10))


def test_slopes_in_the_file_are_the_activation() -> None:
    own = nn.Sequential(nn.Linear(4, 3), nn.PReLU(3), nn.Linear(3, 5), nn.PReLU(5), nn.Linear(5, 2))
    for slopes in (own[1], own[3]):
        nn.init.uniform_(slopes.weight, -1, 1)
    assert computes_the_same(opened(own), own, (4,))
    one = nn.PReLU(init=-0.7)
    shared = nn.Sequential(nn.Linear(4, 3), one, nn.Linear(3, 5), one, nn.Linear(5, 2))
    weights = {name: value for name, value in shared.state_dict().items() if not name.startswith("3.")}
    loaded = load("net.pt", content=files.saved(weights))
    assert computes_the_same(loaded, shared, (4,))
    assert "the one PReLU, 1, is taken to stand after every layer but the last" in loaded.guess


@pytest.mark.parametrize(("name", "module"), [("tanh", nn.Tanh()), ("leaky_relu", nn.LeakyReLU())])
def test_the_activation_can_be_said(name: str, module: nn.Module) -> None:
    model = nn.Sequential(nn.Linear(4, 3), module, nn.Linear(3, 2))
    loaded = opened(model, activation=name)
    assert computes_the_same(loaded, model, (4,))
    assert f"the activation between the layers is taken to be {name}" in loaded.guess
    with pytest.raises(UserError, match="'prelu' cannot be guessed with; these can: relu"):
        opened(model, activation="prelu")


def test_other_answers_beside_the_first_are_left_out() -> None:
    weights = {
        "trunk.weight": torch.randn(3, 4),
        "label.weight": torch.randn(2, 3),
        "box.weight": torch.randn(4, 3),
    }
    loaded = load("net.pt", content=files.saved(weights))
    x = torch.randn(5, 4)
    expected = torch.relu(x @ weights["trunk.weight"].T) @ weights["label.weight"].T
    assert torch.allclose(loaded.model(x), expected, atol=1e-6)
    assert any("box reads what label reads and is left out" in sentence for sentence in loaded.guess)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (
            nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 2)),
            "holds '1.weight', which no plain",
        ),
        (nn.LSTM(3, 4), "holds 'weight_ih_l0'"),
        (nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 2)), r"1 \(2, 5\) cannot read what 0 \(4, 3\) gives"),
        (nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 2)), "begins with 0, a batch norm layer"),
        (nn.Sequential(nn.BatchNorm1d(3)), "holds no weights of a Linear or Conv layer"),
        (nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)), "holds 'bias'|holds 'parametrizations"),
    ],
)
def test_what_is_no_plain_stack_is_refused_with_the_reason(model: nn.Module, said: str) -> None:
    with pytest.raises(UserError, match=f"{said}.*architecture"):
        opened(model)
