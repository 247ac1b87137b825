"""The frozen configuration: in and out of YAML, and what it refuses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from effdash.config import (
    Change,
    DataConfig,
    JumpstartConfig,
    NetworkConfig,
    OptimizerConfig,
    OwnData,
    RunConfig,
    build,
    read_config,
)
from effdash.vocab import UserError

finite = st.floats(allow_nan=False, allow_infinity=False)
not_negative = st.floats(0, 1e6, allow_nan=False)
positive = st.floats(1e-9, 1e3)


@st.composite
def run_configs(draw) -> RunConfig:
    epochs = draw(st.integers(1, 1000))
    change = st.builds(Change, epoch=st.integers(1, epochs), jumpstart=not_negative, lr=st.none() | positive)
    return RunConfig(
        name=draw(st.none() | st.text(max_size=200)),
        data=draw(
            st.builds(
                DataConfig,
                own=st.none()
                | st.builds(
                    OwnData,
                    label=st.none() | st.text(max_size=9),
                    leave_out=st.lists(st.text(max_size=9), max_size=2).map(tuple),
                    image_size=st.none() | st.tuples(st.integers(1, 99), st.integers(1, 99)),
                    digest=st.sampled_from(["", "0123456789abcdef"]),
                ),
                name=st.sampled_from(["moons", "digits"]),
                samples=st.none() | st.integers(10, 1_000_000),
                noise=st.none() | not_negative,
                test_share=st.none() | st.floats(0.01, 0.99),
                seed=st.none() | st.integers(0, 2**32 - 1),
            )
        ),
        network=draw(
            st.builds(
                NetworkConfig,
                depth=st.integers(1, 1000),
                width=st.integers(1, 100_000),
                match_parameters=st.booleans(),
                skip=st.none() | st.integers(0, 9),
                batch_norm=st.none() | st.booleans(),
            )
        ),
        jumpstart=draw(
            st.builds(
                JumpstartConfig,
                weight=not_negative,
                schedule=st.sampled_from(["constant", "cosine"]),
                sign_balance=st.floats(0, 1),
                point=st.booleans(),
                negative=st.booleans(),
                margin=finite,
            )
        ),
        optimizer=draw(
            st.builds(
                OptimizerConfig,
                name=st.sampled_from(["adam", "adamw", "sgd"]),
                lr=positive,
                momentum=st.floats(0, 0.999),
            )
        ),
        epochs=epochs,
        batch_size=draw(st.just("full") | st.integers(1, 10_000)),
        device=draw(st.sampled_from(["auto", "cpu", "cuda", "cuda:3", "mps"])),
        changes=tuple(draw(st.lists(change, max_size=3))),
    )


@settings(derandomize=True, deadline=None, max_examples=100)
@given(config=run_configs())
def test_what_goes_out_as_yaml_comes_back_the_same(config, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "config.yaml"
    path.write_text(config.to_yaml(), encoding="utf-8")
    assert read_config(path) == config


def test_yaml_holds_only_what_is_not_default():
    assert RunConfig().to_yaml() == "{}\n"
    config = RunConfig(network=NetworkConfig(depth=3), changes=(Change(epoch=2, lr=0.1),))
    assert config.to_yaml() == "network:\n  depth: 3\nchanges:\n- epoch: 2\n  lr: 0.1\n"


def test_an_empty_file_is_the_default(tmp_path):
    (tmp_path / "empty.yaml").write_text("# nothing\n", encoding="utf-8")
    assert read_config(tmp_path / "empty.yaml") == RunConfig()


def test_a_learning_rate_may_be_written_as_a_power_of_ten(tmp_path):
    (tmp_path / "c.yaml").write_text("optimizer: {lr: 5e-3}\n", encoding="utf-8")
    assert read_config(tmp_path / "c.yaml").optimizer.lr == 0.005


def test_a_configuration_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        RunConfig().epochs = 3
    with pytest.raises(ValidationError, match="frozen"):
        RunConfig().network.depth = 3


def test_the_data_seed_is_the_run_seed_unless_given():
    assert RunConfig(seed=5).data_seed == 5
    assert RunConfig(seed=5, data=DataConfig(seed=0)).data_seed == 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epoch": 3}, r"^unknown field 'epoch'; known here are name, data, .*, epochs, .*changes$"),
        ({"network": {"dpth": 3}}, r"^unknown field 'network.dpth'; known here are name, depth, width, "),
        (
            {"changes": [{"epoch": 3, "momentum": 1}]},
            r"^unknown field 'changes.0.momentum'; .* epoch, jumpstart, lr$",
        ),
        ({1: 2}, r"^unknown field '1'; known here are name, data, "),
        (
            {"data": {"own": {"lable": "y"}}},
            r"^unknown field 'data.own.lable'; known here are label, missing,",
        ),
        ({"data": {"own": {"digest": "?"}}}, r"^data.own.digest = '\?': string should match pattern"),
        ({"jumpstart": 0.3}, r"^jumpstart = 0.3: it should list fields; known here are weight, schedule, "),
        ({"changes": [3]}, r"^changes.0 = 3: it should list fields; known here are epoch, jumpstart, lr$"),
        ({"epochs": 0}, r"^epochs = 0: input should be greater than or equal to 1$"),
        ({"epochs": 1_000_001}, r"^epochs = 1000001: input should be less than or equal to 1000000$"),
        ({"epochs": "ten"}, r"^epochs = 'ten': input should be a valid integer"),
        ({"batch_size": 0}, r"^batch_size = 0: .*greater than or equal to 1, or input should be 'full'$"),
        ({"batch_size": "all"}, r"^batch_size = 'all': .*valid integer.*, or input should be 'full'$"),
        ({"seed": -1}, r"^seed = -1: "),
        ({"seed": 2**32}, r"^seed = 4294967296: "),
        ({"checkpoints": 0}, r"^checkpoints = 0: "),
        ({"name": "x" * 201}, r"^name = 'xxx.*\.\.\..*xxx': string should have at most 200 characters$"),
        ({"network": {"depth": 0}}, r"^network.depth = 0: input should be greater than or equal to 1$"),
        ({"network": {"depth": 1001}}, r"^network.depth = 1001: "),
        ({"network": {"width": 0}}, r"^network.width = 0: "),
        ({"network": {"skip": -1}}, r"^network.skip = -1: "),
        ({"data": {"samples": 9}}, r"^data.samples = 9: input should be greater than or equal to 10$"),
        ({"data": {"noise": -0.1}}, r"^data.noise = -0.1: "),
        ({"data": {"test_share": 1.0}}, r"^data.test_share = 1.0: input should be less than 1$"),
        (
            {"jumpstart": {"weight": -0.3}},
            r"^jumpstart.weight = -0.3: input should be greater than or equal to 0$",
        ),
        ({"jumpstart": {"weight": float("nan")}}, r"^jumpstart.weight = nan: "),
        ({"jumpstart": {"sign_balance": 1.5}}, r"^jumpstart.sign_balance = 1.5: "),
        ({"jumpstart": {"margin": float("inf")}}, r"^jumpstart.margin = inf: "),
        ({"jumpstart": {"schedule": "linear"}}, r"^jumpstart.schedule = 'linear': .*'constant' or 'cosine'$"),
        ({"jumpstart": {"unit": False, "point": False}}, r"jumpstart needs unit or point terms"),
        ({"jumpstart": {"positive": False, "negative": False}}, r"and a positive or a negative sign$"),
        ({"optimizer": {"lr": 0}}, r"^optimizer.lr = 0: input should be greater than 0$"),
        ({"optimizer": {"lr": float("inf")}}, r"^optimizer.lr = inf: "),
        ({"optimizer": {"momentum": 1}}, r"^optimizer.momentum = 1: input should be less than 1$"),
        ({"optimizer": {"weight_decay": -1}}, r"^optimizer.weight_decay = -1: "),
        ({"optimizer": {"name": "rmsprop"}}, r"^optimizer.name = 'rmsprop': .*'adam', 'adamw' or 'sgd'$"),
        ({"device": "gpu"}, r"^device = 'gpu': is no device; known are auto, cpu, cuda, cuda:N, mps$"),
        ({"device": "cuda:"}, r"^device = 'cuda:': is no device"),
        ({"device": "mps:1"}, r"^device = 'mps:1': is no device"),
        ({"changes": [{"epoch": 3}]}, r"a change names jumpstart or lr$"),
        (
            {"changes": [{"epoch": 801, "lr": 1}]},
            r"^the change at epoch 801 comes after the last epoch, 800$",
        ),
        ({"changes": [{"epoch": 0, "lr": 1}]}, r"^changes.0.epoch = 0: "),
    ],
)
def test_bad_values_are_told_in_one_sentence(values, message):
    with pytest.raises(UserError, match=message) as error:
        build(RunConfig, values)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(UserError, match=r"cannot read .*none.yaml: No such file"):
        read_config(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"epochs: [1", r"is not YAML: "),
        (b"- 1\n- 2\n", r"holds no configuration: it should list fields such as 'epochs: 100'"),
        (b"moons", r"holds no configuration"),
        (b"\xff\xfe\x00", r"cannot read .*: it is not text"),
        (b"epochs: 0", r"^epochs = 0: "),
    ],
)
def test_a_file_that_is_no_configuration_is_told(tmp_path, content, message):
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        read_config(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("150:jumpstart=0.3", Change(epoch=150, jumpstart=0.3)),
        ("1:lr=1e-3", Change(epoch=1, lr=0.001)),
        ("150:jumpstart=0,lr=0.01", Change(epoch=150, jumpstart=0.0, lr=0.01)),
        (" 150 : lr = 1 ", Change(epoch=150, lr=1.0)),
    ],
)
def test_a_change_is_read_from_text(text, change):
    assert Change.parse(text) == change


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("150", r"change '150' is not of the form EPOCH:NAME=VALUE, as in 150:jumpstart=0.3"),
        ("150:", r"is not of the form"),
        ("150:lr", r"is not of the form"),
        ("150:lr=1,", r"is not of the form"),
        ("150:lr=1,lr=2", r"change '150:lr=1,lr=2' names the same thing twice"),
        ("150:lr=1,epoch=2", r"names the same thing twice"),
        ("150:momentum=1", r"unknown field 'momentum'; known here are epoch, jumpstart, lr"),
        ("soon:lr=1", r"epoch = 'soon': input should be a valid integer"),
        ("0:lr=1", r"epoch = '0': input should be greater than or equal to 1"),
        ("150:lr=-1", r"lr = '-1': input should be greater than 0"),
        ("150:lr=fast", r"lr = 'fast': input should be a valid number"),
        ("150:jumpstart=nan", r"jumpstart = 'nan': "),
    ],
)
def test_a_change_that_is_none_is_told(text, message):
    with pytest.raises(UserError, match=message):
        Change.parse(text)
