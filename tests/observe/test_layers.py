"""What is no layer, and what is not known of a network, which is said."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from effdash.observe import Recorder, find_layers, record_preactivations
from effdash.vocab import UserError
from tests.observe.networks import Applying, names_of, plain


def scripted_swish(z: Tensor) -> Tensor:
    return z * torch.sigmoid(z)


def test_output_activations_and_logits_are_no_layers() -> None:
    for last in (nn.Sigmoid(), nn.ReLU(), nn.Softmax(1), nn.Tanh()):
        assert names_of(nn.Sequential(*plain(), last), torch.randn(2, 4)) == ["0", "2"]


def test_weights_may_pass_a_nonlinearity() -> None:
    class Positive(Applying):
        def forward(self, x: Tensor) -> Tensor:
            return functional.linear(torch.relu(self.fc(x)), functional.softplus(self.out.weight))

    assert names_of(Positive(None), torch.randn(2, 4)) == ["fc"]


def test_lstm_gates_are_left_alone() -> None:
    class Recurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(4, 5, batch_first=True)
            self.fc, self.out = nn.Linear(5, 6), nn.Linear(6, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(functional.relu(self.fc(self.lstm(x)[0][:, -1])))

    assert names_of(Recurrent(), torch.randn(2, 3, 4)) == ["fc"]


@pytest.mark.parametrize(
    ("apply", "said"),
    [
        (torch.sin, "sin at fc"),
        (lambda z: functional.relu(z).square(), "square at fc.relu|square at square|square at"),
        (lambda z: torch.where(z > 1, z, 0.5 * z), "where at fc"),
        (lambda z: torch.minimum(z, torch.zeros(())), "minimum at fc"),
        (lambda z: torch.maximum(z, z.flip(1)), "maximum at fc"),
        (lambda z: 0.5 * z * (1 + torch.erf(z / 2**0.5)), "erf at fc"),
        (lambda z: z * torch.sigmoid(1.702 * z), "sigmoid at fc is multiplied with its own input"),
        (lambda z: z.clamp(min=-1), "clamp at fc limits values on one side"),
    ],
)
def test_what_is_not_recognised_is_said(apply, said: str) -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), Applying(apply))
    with record_preactivations(model) as record:
        model(torch.randn(3, 4))
    assert len(record.unrecognised) == 1
    assert any(part.split(" at ")[0] in record.unrecognised[0] for part in said.split("|"))
    assert record.layers[0].kind == "tanh"
    assert [layer.kind for layer in record.layers[1:]] in ([], ["relu"])


def test_autograd_functions_are_seen_into() -> None:
    class Own(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z: Tensor) -> Tensor:
            return z.clamp(min=0)

        @staticmethod
        def backward(ctx, grad: Tensor) -> Tensor:
            return grad

    assert names_of(nn.Sequential(nn.Linear(4, 4), Applying(Own.apply)), torch.randn(3, 4)) == ["1.fc"]


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_scripted_parts_are_said() -> None:
    model = nn.Sequential(*plain()[:3], torch.jit.script(nn.ReLU()), nn.Linear(6, 2))
    with record_preactivations(model) as record:
        model(torch.randn(3, 4))
    assert [layer.name for layer in record.layers] == ["0"]
    assert "at 3 cannot be looked into" in record.unrecognised[0]


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_scripted_functions_are_said() -> None:
    scripted = torch.jit.script(scripted_swish)
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), Applying(scripted))
    with record_preactivations(model) as record:
        model(torch.randn(3, 4))
    assert [layer.name for layer in record.layers] == ["0"]
    assert "cannot be looked into" in record.unrecognised[0]


def test_a_scale_of_the_output_is_no_parameter() -> None:
    class Actor(Applying):
        def __init__(self) -> None:
            super().__init__(torch.relu)
            self.register_buffer("scale", torch.ones(2))

        def forward(self, x: Tensor) -> Tensor:
            return torch.tanh(super().forward(x)) * self.scale

    assert names_of(Actor(), torch.randn(3, 4)) == ["fc"]


def test_no_nonlinearity() -> None:
    with pytest.raises(UserError, match="applies no nonlinearity"):
        find_layers(nn.Linear(4, 2), torch.randn(3, 4))


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_scripted_and_compiled() -> None:
    with pytest.raises(UserError, match="scripted"):
        Recorder(torch.jit.script(plain()))
    compiled = torch.compile(plain(), backend="eager")
    with pytest.raises(UserError, match="record the module it was compiled from"):
        Recorder(compiled)
    assert names_of(compiled, torch.randn(2, 4)) == ["0", "2"]
