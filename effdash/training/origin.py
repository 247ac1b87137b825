"""What a run begins with: a fresh network by its seed, or the network and the weights of another run."""

from dataclasses import dataclass, replace

from torch import nn

from effdash import data, models
from effdash.config import NetworkConfig, RunConfig, StartConfig
from effdash.data import Dataset
from effdash.data.own import check_trainable
from effdash.runs import Run
from effdash.vocab import UserError


@dataclass(frozen=True, eq=False)
class Origin:
    """A network to train, on the CPU, and the data for it.

    `start` says whose network it was, `graph` describes it where no configuration does; `stores_data`: the
    run has to keep the data, because their name does not give them again.
    """

    model: nn.Module
    data: Dataset
    start: StartConfig | None = None
    graph: str | None = None
    stores_data: bool = False

    @classmethod
    def fresh(cls, config: RunConfig, dataset: Dataset | None = None) -> "Origin":
        """A new network, by the configuration's seed, on data given or (`None`) by their name.

        Raises:
            UserError: the configuration names something unknown or impossible, or another run to begin with;
                or the data given have no classes or no test part.
        """
        if config.start is not None:
            raise UserError(
                f"start: these settings are of a run that began with the weights of {config.start.run!r}; "
                "leave start out, and name that run to begin with it (--from)"
            )
        given = dataset is not None
        if dataset is None:
            dataset = data.from_config(config.data, config.data_seed)
        else:
            check_trainable(dataset)
            dataset = _float32(dataset)
        model = models.from_config(
            config.network, input_shape=dataset.input_shape, n_classes=dataset.n_classes, seed=config.seed
        )
        return cls(model, dataset, stores_data=given)

    @classmethod
    def of(
        cls, run: Run, config: RunConfig, epoch: int | None = None, dataset: Dataset | None = None
    ) -> "Origin":
        """A run's network with the weights kept up to `epoch` (`None`: the last), in float32.

        The data are `dataset`, or (`None`) those of `config`: the run's own, where it names the same.

        Raises:
            UserError: the network cannot be rebuilt, is not the one that `config` names, or does not fit the
                data.
        """
        own = run.config
        _check_network(run.id, own.network, config.network)
        kept, _ = run.weights(epoch)
        stores_data = dataset is not None
        if dataset is None:
            stores_data = run.stores_data and _with_data_seed(config).data == _with_data_seed(own).data
            dataset = run.data() if stores_data else data.from_config(config.data, config.data_seed)
        _check_data(run, config.data.name, dataset)
        # What a run began with is the same wherever it is taken from.
        start = own.start if kept == 0 and own.start is not None else StartConfig(run=run.id, epoch=kept)
        return cls(run.model(kept).float(), _float32(dataset), start, run.graph, stores_data)

    @classmethod
    def again(cls, run: Run) -> "Origin":
        """What a run began with, to take it up.

        Raises:
            UserError: the network cannot be rebuilt, or its data cannot be had.
        """
        config = run.config
        if config.start is None:
            return cls.fresh(config, run.data() if run.stores_data else None)
        return cls(run.model(0), run.data(), config.start, run.graph, run.stores_data)


def settings_to_go_on(run: Run) -> RunConfig:
    """The settings to train a run's network on with: its own, as they stood at its end, on the same data.

    λ and the learning rate are what they were turned to last; planned changes and the name are left out.

    Raises:
        UserError: the run has no settings.
    """
    config = _with_data_seed(run.config)
    turned = run.changes().groupby("field")["value"].last()
    weight = turned.get("jumpstart", config.jumpstart.weight)
    lr = turned.get("lr", config.optimizer.lr)
    return config.model_copy(
        update={
            "name": None,
            "jumpstart": config.jumpstart.model_copy(update={"weight": float(weight)}),
            "optimizer": config.optimizer.model_copy(update={"lr": float(lr)}),
            "changes": (),
            "start": None,
        }
    )


def _with_data_seed(config: RunConfig) -> RunConfig:
    """The same with the seed of the data said, so that another seed of the run leaves them as they are."""
    return config.model_copy(update={"data": config.data.model_copy(update={"seed": config.data_seed})})


def _check_network(run_id: str, own: NetworkConfig, asked: NetworkConfig) -> None:
    for field in NetworkConfig.model_fields:
        ours, theirs = getattr(own, field), getattr(asked, field)
        if ours != theirs:
            raise UserError(
                f"network.{field} = {theirs!r}: a run that begins with the weights of run {run_id!r} has its "
                f"network, where it is {ours!r}"
            )


def _check_data(run: Run, name: str, dataset: Dataset) -> None:
    if (dataset.input_shape, dataset.n_classes) != (run.input_shape, run.n_classes):
        raise UserError(
            f"data {name!r} has samples of shape {dataset.input_shape} in {dataset.n_classes} classes; the "
            f"network of run {run.id!r} takes {run.input_shape} and answers {run.n_classes}"
        )
    if not len(dataset.X_test):
        raise UserError(
            f"the data of run {run.id!r} have no test samples, on which a run in training is looked at"
        )


def _float32(dataset: Dataset) -> Dataset:
    """The data in the precision in which networks are trained."""
    return replace(dataset, X_train=dataset.X_train.float(), X_test=dataset.X_test.float())
