"""One exact pass: streaming, merging, what is an error, and a model left as it was."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from effdash.observe import GradientReach, Recorder, observe, point_status, unit_status
from effdash.vocab import STATUS_WORDS, UserError


def small_net() -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Linear(3, 5),
        nn.BatchNorm1d(5),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(5, 6),
        nn.PReLU(6),
        nn.Linear(6, 2),
    )


def known_net() -> nn.Sequential:
    """Inputs in [0, 1], weights 1, biases -2, 1, -0.5: dead, linear, nonlinear."""
    net = nn.Sequential(nn.Linear(1, 3), nn.ReLU(), nn.Linear(3, 1))
    with torch.no_grad():
        net[0].weight.fill_(1)
        net[0].bias.copy_(torch.tensor([-2.0, 1.0, -0.5]))
    return net


def test_a_net_whose_answer_is_known() -> None:
    X = torch.linspace(0, 1, 11)[:, None]
    units = unit_status(known_net(), X)
    assert list(units.columns) == ["layer", "unit", "status", "min", "max", "active_share", "constant"]
    assert list(units.status) == ["dead", "linear", "nonlinear"]
    assert tuple(units.status.cat.categories) == STATUS_WORDS
    np.testing.assert_allclose(units["min"], [-2, 1, -0.5])
    np.testing.assert_allclose(units["max"], [-1, 2, 0.5])
    np.testing.assert_allclose(units.active_share, [0, 1, 5 / 11])
    points = point_status(known_net(), X)
    assert list(points.columns) == ["layer", "point", "status"]
    assert list(points.status) == ["nonlinear"] * 11


def test_exactly_zero_is_on_the_dead_side() -> None:
    net = known_net()
    with torch.no_grad():
        net[0].bias.copy_(torch.tensor([-1.0, 0.0, 0.0]))
        net[0].weight[2] = 0
    units = unit_status(net, torch.tensor([[0.0], [1.0]]))
    assert list(units.status) == ["dead", "nonlinear", "dead"]
    assert list(units.constant) == [False, False, True]


@settings(derandomize=True, deadline=None, max_examples=25)
@given(batch_size=st.integers(1, 40), n=st.integers(1, 30))
def test_streaming_is_one_pass(batch_size: int, n: int) -> None:
    net = small_net().double()
    X = torch.randn(n, 3, generator=torch.Generator().manual_seed(n), dtype=torch.float64)
    whole = observe(net, X)
    assert same(observe(net, X, batch_size=batch_size), whole)
    if n > 1:
        cut = 1 + (batch_size - 1) % (n - 1)
        assert same(observe(net, X[:cut]).merge(observe(net, X[cut:])), whole)


def same(one, other) -> bool:
    exact = ("unit_min", "unit_max", "unit_status", "point_min", "point_max", "point_status")
    for name in exact:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_allclose(one.active_share, other.active_share, rtol=1e-6)
    return one.layers == other.layers and one.n_samples == other.n_samples


def test_merging_other_layers_is_refused() -> None:
    X = torch.rand(4, 3)
    other = nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2))
    with pytest.raises(UserError, match="different models"):
        observe(small_net(), X).merge(observe(other, X))


def test_shapes_and_types() -> None:
    seen = observe(small_net(), torch.rand(7, 3))
    assert seen.unit_min.dtype == seen.unit_max.dtype == seen.active_share.dtype == np.float32
    assert seen.unit_status.dtype == seen.point_status.dtype == np.uint8
    assert seen.unit_status.shape == (11,)
    assert seen.point_status.shape == seen.point_min.shape == (2, 7)
    assert observe(small_net(), torch.rand(7, 3), points=False).point_status.shape == (2, 0)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_any_floating_type_and_arrays(dtype: torch.dtype) -> None:
    X = np.linspace(0, 1, 5)[:, None]
    units = unit_status(known_net().to(dtype), X)
    assert list(units.status) == ["dead", "linear", "nonlinear"]


def test_tiny_values_keep_their_side() -> None:
    net = known_net().double()
    with torch.no_grad():
        net[0].weight.fill_(0)
        net[0].bias.copy_(torch.tensor([1e-200, -1e-200, 0.0], dtype=torch.float64))
    seen = observe(net, torch.rand(3, 1))
    assert list(seen.unit_status) == [1, 0, 0]
    assert list(seen.merge(seen).unit_status) == [1, 0, 0]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_not_finite_names_the_layer(value: float) -> None:
    net = small_net()
    with torch.no_grad():
        net[4].bias[3] = value
    with pytest.raises(UserError, match=r"layer '4' has pre-activations that are nan or inf.*at its unit 3"):
        observe(net, torch.rand(9, 3), batch_size=4)


def test_nan_in_one_sample_of_the_last_batch() -> None:
    X = torch.rand(9, 3)
    X[8, 1] = float("nan")
    with pytest.raises(UserError, match="layer '1'"):
        unit_status(small_net(), X)


def test_no_samples_and_no_batches() -> None:
    with pytest.raises(UserError, match="X has no samples"):
        unit_status(small_net(), torch.empty(0, 3))
    with pytest.raises(UserError, match="batch_size is 0"):
        observe(small_net(), torch.rand(4, 3), batch_size=0)


def test_layer_without_a_row_a_sample() -> None:
    class Folding(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc, self.out = nn.Linear(3, 4), nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.out(functional.relu(self.fc(x.reshape(-1, 3)))).view(len(x), -1)

    X = torch.rand(5, 2, 3)
    assert len(unit_status(Folding(), X)) == 4
    with pytest.raises(UserError, match="layer 'fc' sees 10 rows for 5 samples"):
        point_status(Folding(), X)


def test_outputs_come_once_and_in_order() -> None:
    net, X = small_net(), torch.rand(10, 3)
    got: list[tuple[slice, Tensor]] = []
    observe(net, X, batch_size=4, on_output=lambda rows, output: got.append((rows, output)))
    assert [(rows.start, rows.stop) for rows, _ in got] == [(0, 4), (4, 8), (8, 10)]
    torch.testing.assert_close(torch.cat([output for _, output in got]), net.eval()(X).detach())


# ---------------------------------------------------------------------- the model stays as it was


class Counting(nn.Module):
    """Changes its buffers whatever the mode, one in place, one anew, draws random numbers, and can fail."""

    def __init__(self) -> None:
        super().__init__()
        self.fc, self.out = nn.Linear(3, 4), nn.Linear(4, 2)
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("latest", torch.zeros(3))
        self.fails = False

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        self.latest = x.mean(0)
        x = functional.dropout(functional.relu(self.fc(x)), 0.1, training=True)
        if self.fails:
            raise RuntimeError("as planned")
        return self.out(x)


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("shared", [False, True])
def test_model_is_left_untouched(fails: bool, shared: bool) -> None:
    counting = Counting()
    model = nn.Sequential(nn.BatchNorm1d(3), counting)
    model[0].eval()
    model[1].fc.weight.requires_grad_(False)
    model(torch.rand(5, 3)).sum().backward()
    recorder = Recorder(model) if shared else None
    if recorder is not None:
        model(torch.rand(5, 3))

    def state() -> list:
        return [
            [m.training for m in model.modules()],
            [p.requires_grad for p in model.parameters()],
            [None if p.grad is None else p.grad.clone() for p in model.parameters()],
            [id(b) for b in model.buffers()],
            [b.clone() for b in model.buffers()],
            [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()],
            torch.get_rng_state(),
            torch.is_grad_enabled(),
        ]

    if recorder is not None:  # with its hooks in place
        model(torch.rand(5, 3))
        latest = list(recorder.preactivations)
    counting.fails = fails
    X = torch.rand(9, 3)
    before = state()
    for _ in range(2):
        if fails:
            with pytest.raises(RuntimeError, match="as planned"):
                observe(model, X, batch_size=4, recorder=recorder)
        else:
            observe(model, X, batch_size=4, recorder=recorder)
    for one, other in zip(before, state(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    if recorder is not None:
        assert recorder.forwards == 2
        assert all(a is b for a, b in zip(recorder.preactivations, latest, strict=True))


def test_random_state_goes_on_as_if_nothing_had_been() -> None:
    model, X = Counting(), torch.rand(5, 3)
    torch.manual_seed(4)
    expected = torch.rand(3)
    torch.manual_seed(4)
    observe(model, X)
    torch.testing.assert_close(torch.rand(3), expected)


def test_callers_without_gradients() -> None:
    X = torch.rand(6, 3)
    expected = unit_status(small_net(), X)
    with torch.no_grad():
        assert unit_status(small_net(), X).equals(expected)
    with torch.inference_mode():
        assert unit_status(small_net(), X).equals(expected)
        assert unit_status(small_net(), X * 1).equals(expected)


def test_recorder_of_another_model_is_refused() -> None:
    with pytest.raises(UserError, match="attached to another model"):
        observe(small_net(), torch.rand(4, 3), recorder=Recorder(small_net()))


def test_a_path_that_changes_between_batches_is_an_error() -> None:
    class Branching(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.out = nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            x = torch.relu(self.a(x))
            return self.out(torch.relu(self.b(x)) if len(x) > 3 else x)

    with pytest.raises(UserError, match="another path"):
        observe(Branching(), torch.rand(6, 3), batch_size=4)


# ---------------------------------------------------------------------- gradient reach


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("discovered", [False, True])
def test_gradient_reach_is_the_gradient(in_place: bool, discovered: bool) -> None:
    torch.manual_seed(2)
    model = nn.Sequential(
        nn.Conv1d(2, 3, 3),
        nn.ReLU(in_place),
        nn.Conv1d(3, 4, 3),
        nn.ReLU(in_place),
        nn.Flatten(),
        nn.Linear(16, 2),
    )
    x = torch.randn(6, 2, 8)
    z1 = model[0](x)
    z2 = model[2](functional.relu(z1))
    loss = model[5](functional.relu(z2).flatten(1)).pow(2).mean()
    truth = torch.cat([g.abs().mean((0, 2)) for g in torch.autograd.grad(loss, [z1, z2])])
    with Recorder(model) as record:
        reach = GradientReach(record)
        if discovered:
            model(x)
        reach.arm()
        model(x).pow(2).mean().backward()
        np.testing.assert_allclose(reach.mean_abs(), truth, rtol=1e-5)
        with pytest.raises(UserError, match="arm"):
            reach.mean_abs()
        model(x).pow(2).mean().backward()


def test_gradient_reach_where_nothing_arrives() -> None:
    model = known_net()
    with Recorder(model) as record:
        reach = GradientReach(record)
        reach.arm()
        with torch.no_grad():
            model(torch.rand(5, 1))
        assert list(reach.mean_abs()) == [0, 0, 0]
        reach.arm()
        model(torch.rand(5, 1)).sum().backward()
        assert reach.mean_abs()[0] == 0
        reach.arm()
        with pytest.raises(UserError, match="no gradient was listened to"):
            reach.mean_abs()
