"""The recorder: one forward after the other, and what it leaves behind."""

import copy
import pickle

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from effdash.models import build_model
from effdash.observe import observe, record_preactivations
from effdash.vocab import UserError
from tests.observe.networks import Applying, plain


def hooks_of(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


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
