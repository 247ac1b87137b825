"""The network of a run is built again from its configuration and its weights, and nothing else is."""

import pytest
import torch

from effdash.config import NetworkConfig, RunConfig
from effdash.data import load_data
from effdash.models import from_config
from effdash.runs import RunWriter, open_run
from effdash.vocab import RunState, UserError


@pytest.mark.parametrize(
    "network",
    [
        NetworkConfig(depth=3, width=4, init="looks-linear"),
        NetworkConfig(depth=3, width=4, activation="lk-prelu", match_parameters=True),
        NetworkConfig(name="residual", depth=4, width=3, batch_norm=True),
    ],
    ids=lambda network: f"{network.name}-{network.activation}",
)
def test_the_model_is_built_again(tmp_path, describe, network):
    data = load_data("digits")
    model = from_config(network, input_shape=data.input_shape, n_classes=10, seed=3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.01)
    description = describe(config=RunConfig(network=network), input_shape=(64,), n_classes=10)
    writer = RunWriter.create(tmp_path, description)
    writer.checkpoint(0, from_config(network, input_shape=(64,), n_classes=10, seed=4).state_dict())
    writer.checkpoint(5, model.state_dict())
    random = torch.get_rng_state()
    again = open_run(writer.path).model(7)
    assert torch.equal(torch.get_rng_state(), random)
    writer.close(RunState.FINISHED)
    assert not again.training
    x = data.X_test[:20]
    assert torch.equal(again(x), model.eval()(x))
    assert not torch.equal(open_run(writer.path).model(0)(x), model(x))


def test_weights_of_another_network_are_refused(tmp_path, describe):
    huge = RunConfig(network=NetworkConfig(depth=1000, width=100_000))
    writer = RunWriter.create(tmp_path, describe(config=huge))
    writer.checkpoint(0, {"fc1.weight": torch.zeros(3, 2)})
    with pytest.raises(UserError, match="its weights are not those of its network"):
        open_run(writer.path).model()
    writer.close(RunState.FINISHED)


def test_somebodys_own_network_is_not_rebuilt_but_its_tables_stay(make_finished, tmp_path):
    run = open_run(make_finished(tmp_path, "own", config=None))
    with pytest.raises(UserError, match="somebody's own network, which its file cannot rebuild"):
        run.model()
    with pytest.raises(UserError, match="so it has no configuration"):
        _ = run.config
    assert len(run.units(4)) == 5
