"""The recorder: names, what it says of the unknown, what it leaves behind."""

import copy
import pickle

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from effdash.models import build_model
from effdash.observe import Recorder, find_layers, observe, record_preactivations
from effdash.vocab import UserError


def scripted_swish(z: Tensor) -> Tensor:
    return z * torch.sigmoid(z)


class Applying(nn.Module):
    """fc, what `apply` does, out."""

    def __init__(self, apply, width: int = 5) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 5)
        self.out = nn.Linear(width, 2)
        self.apply_phi = apply

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.apply_phi(self.fc(x)))


def names_of(model: nn.Module, x: Tensor) -> list[str]:
    return [layer.name for layer in find_layers(model, x)]


def plain() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 2))


def hooks_of(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


# ---------------------------------------------------------------------- names


def test_residual_sum_is_named_after_its_new_summand() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
            self.conv2, self.bn2 = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
            self.down = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4))
            self.relu = nn.ReLU(inplace=True)

        def forward(self, x: Tensor) -> Tensor:
            out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
            out += self.down(x)
            return self.relu(out)

    model = nn.Sequential(Block(), Block(), nn.Flatten(), nn.Linear(4 * 9, 2))
    expected = ["0.bn1", "0.bn2", "1.bn1", "1.bn2"]
    assert names_of(model, torch.randn(2, 4, 3, 3)) == expected


def test_without_a_producer_the_place_gives_the_name() -> None:
    class Start(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = Applying(torch.tanh)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(torch.relu(x))

    assert names_of(Start(), torch.randn(2, 4)) == ["relu", "head.fc"]


def test_wrappers_and_parametrizations_do_not_show() -> None:
    assert names_of(nn.DataParallel(plain()), torch.randn(2, 4)) == ["0", "2"]
    model = plain()
    nn.utils.parametrizations.weight_norm(model[0])
    assert names_of(model, torch.randn(2, 4)) == ["0", "2"]


def test_norm_without_parameters_gives_the_name() -> None:
    model = nn.Sequential(
        nn.Linear(4, 5), nn.LayerNorm(5, elementwise_affine=False), nn.ReLU(), nn.Linear(5, 2)
    )
    assert names_of(model, torch.randn(2, 4)) == ["1"]
    model[1] = nn.BatchNorm1d(5, affine=False)
    assert names_of(model, torch.randn(2, 4)) == ["1"]


def test_linear_over_a_sequence_has_neurons_as_units() -> None:
    model = nn.TransformerEncoderLayer(4, 2, dim_feedforward=7, batch_first=True)
    x = torch.randn(3, 5, 4)
    layers = find_layers(model, x)
    assert [(layer.name, layer.kind, layer.units, layer.positions) for layer in layers] == [
        ("linear1", "relu", 7, (5,))
    ]
    with record_preactivations(model.eval()) as record:
        for _ in range(2):
            model(x)
            attended = model.norm1(x + model.self_attn(x, x, x, need_weights=False)[0])
            torch.testing.assert_close(record["linear1"], model.linear1(attended).movedim(-1, 1))
    assert observe(model, x).n_samples == 3


# ---------------------------------------------------------------------- what is no layer, what is not known


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


def test_nothing_recorded_yet() -> None:
    with record_preactivations(plain()) as record:
        assert record.layers == []
        assert record.preactivations == []
        with pytest.raises(UserError, match="nothing has been recorded"):
            record["0"]


def test_unknown_name_lists_the_known() -> None:
    model = plain()
    with record_preactivations(model) as record:
        model(torch.randn(3, 4))
        with pytest.raises(UserError, match="layer 'fc9' is not in this model; it has 0, 2"):
            record["fc9"]


# ---------------------------------------------------------------------- one forward after the other


def test_a_new_list_each_forward_and_a_count() -> None:
    model = plain()
    with record_preactivations(model) as record:
        model(torch.zeros(3, 4))
        first = record.preactivations
        model(torch.ones(2, 4))
        assert record.forwards == 2
        assert [len(z) for z in first] == [3, 3]
        assert [len(z) for z in record.preactivations] == [2, 2]
        record.clear()
        assert record.preactivations == []


def test_graph_is_kept() -> None:
    model = plain()
    x = torch.randn(3, 4)
    with record_preactivations(model) as record:
        for _ in range(2):
            model(x)
            (grad,) = torch.autograd.grad(record["2"].sum(), [model[0].bias])
            truth = torch.autograd.grad(model[2](functional.relu(model[0](x))).sum(), [model[0].bias])[0]
            torch.testing.assert_close(grad, truth)


def test_training_and_evaluation_may_differ() -> None:
    class Auxiliary(Applying):
        def forward(self, x: Tensor) -> Tensor:
            y = super().forward(x)
            return self.out(torch.tanh(self.fc(x))) + y if self.training else y

    model = Auxiliary(torch.relu)
    with record_preactivations(model) as record:
        for _ in range(2):
            for training, names in ((True, ["fc", "fc#2"]), (False, ["fc"])):
                model.train(training)(torch.randn(3, 4))
                assert [layer.name for layer in record.layers] == names
                assert len(record.preactivations) == len(names)


def test_another_path_is_an_error_and_then_discovered() -> None:
    class Branching(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = plain()
            self.short = False

        def forward(self, x: Tensor) -> Tensor:
            x = self.body[1](self.body[0](x))
            return x if self.short else self.body[4](self.body[3](self.body[2](x)))

    model = Branching()
    with record_preactivations(model) as record:
        model(torch.randn(3, 4))
        model.short = True
        with pytest.raises(UserError, match="another path"):
            model(torch.randn(3, 4))
        model.short = False
        model(torch.randn(3, 4))
        assert [layer.name for layer in record.layers] == ["body.0", "body.2"]


def test_checkpointed_backward_records_nothing() -> None:
    model = plain()
    x = torch.randn(3, 4)
    with record_preactivations(model) as record:
        for _ in range(2):
            before = record.forwards
            checkpoint(model, x, use_reentrant=False).sum().backward()
            assert record.forwards == before + 1


def test_reentrant_checkpointing_is_refused() -> None:
    class Reentrant(Applying):
        def forward(self, x: Tensor) -> Tensor:
            return self.out(checkpoint(lambda x: functional.relu(self.fc(x)), x, use_reentrant=True))

    model = Reentrant(None)
    x = torch.randn(3, 4, requires_grad=True)
    with record_preactivations(model), pytest.raises(UserError, match="use_reentrant=False"):
        model(x)
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad"):
        assert observe(model, x.detach()).n_samples == 3


def test_frozen_backbone_without_gradients() -> None:
    class Frozen(Applying):
        def forward(self, x: Tensor) -> Tensor:
            with torch.no_grad():
                x = functional.relu(self.fc(x))
            return self.out(x)

    model = Frozen(None)
    with record_preactivations(model) as record:
        model(torch.randn(3, 4))
        model(torch.randn(3, 4))
        assert not record["fc"].requires_grad


# ---------------------------------------------------------------------- what is left behind


def test_nothing_is_left_after_close() -> None:
    model = build_model("residual", input_shape=(1, 8, 8), n_classes=3, depth=4, width=4)
    before = hooks_of(model)
    record = record_preactivations(model)
    for _ in range(2):
        model(torch.randn(2, 1, 8, 8))
    assert hooks_of(model) > before
    record.close()
    record.close()
    assert hooks_of(model) == before
    assert len(record.preactivations) == len(record.layers)


@pytest.mark.parametrize("forwards_before", [0, 1, 2])
def test_after_an_error_in_the_model(forwards_before: int) -> None:
    model = Applying(torch.relu)
    with record_preactivations(model) as record:
        for _ in range(forwards_before):
            model(torch.randn(3, 4))
        with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
            model(torch.randn(3, 9))
        assert torch.overrides._get_current_function_mode() is None
        assert record.forwards == forwards_before
        model(torch.randn(3, 4))
        assert record["fc"].shape == (3, 5)
    assert hooks_of(model) == 0


def test_copies_of_a_watched_model_are_free() -> None:
    model = plain()
    with record_preactivations(model) as record:
        x = torch.randn(3, 4)
        for _ in range(2):
            model(x)
            copies = (copy.deepcopy(model), pickle.loads(pickle.dumps(model)))
            for one in copies:
                forwards = record.forwards
                torch.testing.assert_close(one(x), model(x))
                assert record.forwards == forwards + 1
