"""From what was typed after `--data` to the samples that two networks are compared on."""

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import torch

    from effdash.data import Dataset
    from effdash.data.own.streaming import Stream
    from effdash.runs import Run

FILE: Final = "file"
"""What the part is called that is a whole file."""


class Part(NamedTuple):
    """Samples that both networks are asked about."""

    name: str
    X: "torch.Tensor"
    y: "torch.Tensor | None"
    no_bound: str | None
    """Why a count of changed decisions here carries no bound; `None`: the samples were held out."""


def parts_of(run: "Run", data: str | None, split: str | None) -> tuple[str, list[Part]]:
    """What the data are called, and their parts: of a run's own, of a data set by its name, or of a file.

    Raises:
        UserError: an unknown split or data set, a file that cannot be read, or samples of another shape than
            the run's.
    """
    from effdash.data import DATASETS
    from effdash.decision.bounds import CHOSE_THE_UNITS
    from effdash.runs.settings import config_or_none, file_like
    from effdash.vocab import UserError

    config = config_or_none(run)
    own = config.data.name if config else own_data_name(run)
    if data is None or data == own:
        return own, parts_in(run.data(), split, CHOSE_THE_UNITS)
    if data in DATASETS:
        found = _named(run, data, seed=config.data_seed if config else 0)
        return data, parts_in(found, split, _overlap(run, found.X_train), _overlap(run, found.X_test))
    if not Path(data).exists():
        raise UserError(f"data {data!r} is neither a file nor a data set; those are {', '.join(DATASETS)}")
    if split is not None:
        raise UserError(f"--split {split} belongs to data sets; a file is taken whole")
    from effdash.data.file import read_samples

    samples = read_samples(Path(data), run.input_shape, run.n_classes, like=file_like(run))
    return data, [Part(FILE, samples.X, samples.y, _overlap(run, samples.X))]


def file_of(run: "Run", data: str, split: str | None) -> "Stream | None":
    """The samples of a file, all of them, however many; `None`: data of another kind, or one part, are meant.

    Raises:
        UserError: as `parts_of`.
    """
    from effdash.data import DATASETS
    from effdash.data.file import stream_samples
    from effdash.runs.settings import config_or_none, file_like

    config = config_or_none(run)
    own = config.data.name if config else own_data_name(run)
    if split is not None or data in (own, *DATASETS) or not Path(data).exists():
        return None
    return stream_samples(Path(data), run.input_shape, like=file_like(run))


def own_data_name(run: "Run") -> str:
    """What the data of somebody's own network are called."""
    from effdash.vocab import UserError

    try:
        return run.data().name or "own data"
    except UserError:
        return "own data"


def _named(run: "Run", name: str, seed: int) -> "Dataset":
    from effdash.data import load_data
    from effdash.vocab import UserError

    data = load_data(name, seed=seed)
    if data.input_shape != run.input_shape:
        raise UserError(
            f"data {name!r} has inputs of shape {data.input_shape}; run {run.id!r} takes {run.input_shape}"
        )
    return data


def parts_in(
    data: "Dataset", split: str | None, train_reason: str | None = None, test_reason: str | None = None
) -> list[Part]:
    """The parts of a data set, or the one that was asked for; with why a count on them carries no bound.

    Raises:
        UserError: the split is unknown, or has no samples.
    """
    from effdash.vocab import Split, UserError

    if split is not None and split not in list(Split):
        raise UserError(f"split {split!r} is unknown; known are {', '.join(Split)}")
    train = data.y_train if data.n_classes else None
    test = data.y_test if data.n_classes else None
    parts = [
        Part(Split.TRAIN, data.X_train, train, train_reason),
        Part(Split.TEST, data.X_test, test, test_reason),
    ]
    asked = [part for part in parts if split in (None, part.name) and len(part.X)]
    if not asked:
        raise UserError(f"split {split!r} is not in these data; they have no {split} part")
    return asked


def _overlap(run: "Run", X: "torch.Tensor") -> str | None:
    """Why samples are not held out: some of them are among those a run was trained, and so pruned, on."""
    from effdash.vocab import UserError

    try:
        train = run.data().X_train
    except UserError:
        return "the run's own data are not known, and these may be among them"
    seen = {row.tobytes() for row in train.float().cpu().numpy()}
    again = sum(row.tobytes() in seen for row in X.float().cpu().numpy())
    return f"{again} of {len(X)} samples are among those that chose the units" if again else None
