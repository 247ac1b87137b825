"""The frozen description of a run: everything that affects its result, in and out of YAML."""

import re
from pathlib import Path
from reprlib import repr as shortened
from typing import Annotated, Any, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from effdash.vocab import UserError

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Model = TypeVar("Model", bound=BaseModel)


class Part(BaseModel):
    """A frozen part of a configuration; a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


Missing = Literal["refuse", "mean", "drop"]
"""What is done about values that are missing: nothing is read, the feature's mean on train, or the row
goes."""


class OwnData(Part):
    """How somebody's own file became samples. A record: nothing is ever opened by it."""

    label: Annotated[str, Field(max_length=1000)] | None = None
    """The column that holds the classes; `None`: as it was guessed."""
    missing: Missing = "refuse"
    leave_out: tuple[Annotated[str, Field(max_length=1000)], ...] = ()
    """Columns that are no features."""
    standardise: bool = True
    image_size: tuple[Count, Count] | None = None
    """Height and width that images were brought to; `None`: the commonest."""
    colour: bool | None = None
    """Images in colour or in grey; `None`: as most of them are."""
    no_label: bool = False
    """The samples have no classes; the column of labels, if any, is left out."""
    digest: Annotated[str, Field(pattern="^([0-9a-f]{16})?$")] = ""
    """Of the tensors that came of it: two runs with the same have seen the same samples."""


class DataConfig(Part):
    """Which data. `None` means the data set's own default."""

    name: Annotated[str, Field(max_length=1000)] = "moons"
    """A data set of effdash's, or what somebody's own data are called: a label, by which no file is
    opened."""
    own: OwnData | None = None
    """Given where the data are somebody's own; then the run's file holds them."""
    samples: Annotated[int, Field(ge=10, le=1_000_000)] | None = None
    noise: NotNegative | None = None
    test_share: Annotated[float, Field(gt=0, lt=1)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None
    """Seeds the data alone; `None`: the run's seed."""


class NetworkConfig(Part):
    """Which network."""

    name: str = "rectangular"
    depth: Annotated[int, Field(ge=1, le=1000)] = 30
    width: Annotated[int, Field(ge=1, le=100_000)] = 8
    activation: str = "relu"
    init: str = "default"
    match_parameters: bool = False
    """Narrow a linked network until it has no more parameters than the unlinked one."""
    skip: Annotated[int, Field(ge=0)] | None = None
    """A skip connection over every this many layers; 0: none; `None`: the architecture's own default."""
    batch_norm: bool | None = None
    """Batch normalization before every activation; `None`: the architecture's own default."""


class JumpstartConfig(Part):
    """The regularizer (SCIENCE: arXiv 2201.12795). Weight 0 turns it off."""

    weight: NotNegative = 0.0
    """Lambda: what the regularizer is multiplied with before it is added to the task's loss."""
    schedule: Literal["constant", "cosine"] = "constant"
    sign_balance: Share = 0.5
    aggregation: Literal["balanced", "mean", "norm"] = "balanced"
    unit: bool = True
    point: bool = True
    positive: bool = True
    negative: bool = True
    margin: Annotated[float, Field(allow_inf_nan=False)] = 1.0

    @model_validator(mode="after")
    def has_a_term(self) -> "JumpstartConfig":
        if not (self.unit or self.point) or not (self.positive or self.negative):
            raise ValueError("jumpstart needs unit or point terms, and a positive or a negative sign")
        return self


class OptimizerConfig(Part):
    """How the weights move."""

    name: Literal["adam", "adamw", "sgd"] = "adam"
    lr: Positive = 0.005
    schedule: Literal["constant", "cosine"] = "cosine"
    weight_decay: NotNegative = 0.0
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Used by SGD alone."""


class Change(Part):
    """What is turned while the run trains: from `epoch` on, the base value of `jumpstart` or `lr`."""

    epoch: Annotated[int, Field(ge=1)]
    jumpstart: NotNegative | None = None
    lr: Positive | None = None

    @model_validator(mode="after")
    def changes_something(self) -> "Change":
        if self.jumpstart is None and self.lr is None:
            raise ValueError("a change names jumpstart or lr")
        return self

    @classmethod
    def parse(cls, text: str) -> "Change":
        """Reads `150:jumpstart=0.3`, several values separated by commas.

        Raises:
            UserError: the text has another form or names something that cannot be changed.
        """
        epoch, colon, values = text.partition(":")
        pairs = [value.partition("=") for value in values.split(",")]
        if not colon or not all(equals for _, equals, _ in pairs):
            raise UserError(f"change {text!r} is not of the form EPOCH:NAME=VALUE, as in 150:jumpstart=0.3")
        fields = {name.strip(): value for name, _, value in pairs}
        if len(fields) < len(pairs) or "epoch" in fields:
            raise UserError(f"change {text!r} names the same thing twice")
        return build(cls, {**fields, "epoch": epoch})


class StartConfig(Part):
    """Whose network and weights a run began with."""

    run: Annotated[str, Field(max_length=200)]
    epoch: Annotated[int, Field(ge=0)]
    """The epoch of that run whose weights they are."""


class RunConfig(Part):
    """Everything that affects a run's result. The defaults are the preset `born-dead`."""

    name: Annotated[str, Field(max_length=200)] | None = None
    data: DataConfig = DataConfig()
    network: NetworkConfig = NetworkConfig()
    jumpstart: JumpstartConfig = JumpstartConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    epochs: Annotated[int, Field(ge=1, le=1_000_000)] = 800
    batch_size: Count | Literal["full"] = "full"
    device: str = "auto"
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    checkpoints: Annotated[int, Field(ge=1, le=1000)] = 40
    """How many times the weights are kept, at most."""
    start: StartConfig | None = None
    """Noted where a run began with another one's network and weights, which its file holds; `None`: with a
    fresh network, by its seed."""
    changes: tuple[Change, ...] = ()

    @field_validator("device")
    @classmethod
    def known_device(cls, device: str) -> str:
        if not re.fullmatch(r"auto|cpu|mps|cuda(:[0-9]+)?", device):
            raise ValueError("is no device; known are auto, cpu, cuda, cuda:N, mps")
        return device

    @model_validator(mode="after")
    def changes_fit(self) -> "RunConfig":
        for change in self.changes:
            if change.epoch > self.epochs:
                raise ValueError(
                    f"the change at epoch {change.epoch} comes after the last epoch, {self.epochs}"
                )
        return self

    @property
    def data_seed(self) -> int:
        return self.seed if self.data.seed is None else self.data.seed

    def to_yaml(self) -> str:
        """The configuration as YAML, without what has its default value."""
        return yaml.safe_dump(self.model_dump(mode="json", exclude_defaults=True), sort_keys=False)


def build(kind: type[Model], values: Any) -> Model:
    """Makes a `kind` of plain values.

    Raises:
        UserError: a value is out of range or a field unknown; one sentence names field, value and limits.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise UserError(one_sentence(error, kind)) from None


def read_config(path: str | Path) -> RunConfig:
    """Reads a YAML file.

    Raises:
        UserError: no such file, no YAML, or not a configuration.
    """
    path = Path(path)
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise UserError(f"cannot read {path}: {reason}") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise UserError(f"{path} holds no configuration: it should list fields such as 'epochs: 100'")
    return build(RunConfig, values)


def one_sentence(error: ValidationError, kind: type[BaseModel]) -> str:
    """The first complaint of pydantic as a sentence that names field, value and what was possible."""
    first, *others = error.errors()
    field = _field(first["loc"])
    if first["type"] in ("extra_forbidden", "invalid_key"):
        known = ", ".join(_fields_at(kind, first["loc"][:-1]))
        return f"unknown field {field!r}; known here are {known}"
    if first["type"] == "model_type":
        known = ", ".join(_fields_at(kind, first["loc"]))
        return (
            f"{field or 'this'} = {shortened(first['input'])}: it should list fields; known here are {known}"
        )
    message = first["msg"].removeprefix("Value error, ")
    if not field:
        return message
    # A field of two kinds, such as a number or "full", complains once for each.
    messages = [message, *(other["msg"] for other in others if _field(other["loc"]) == field)]
    reason = ", or ".join(f"{text[0].lower()}{text[1:]}" for text in messages)
    return f"{field} = {shortened(first['input'])}: {reason}"


def _field(place: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in place if not _is_union_tag(step))


def _is_union_tag(step: str | int) -> bool:
    """Pydantic adds the tried type to the place of an error inside a union."""
    return isinstance(step, str) and (
        step.startswith(("literal[", "constrained-")) or step in ("int", "float")
    )


def _fields_at(kind: type[BaseModel], place: tuple[str | int, ...]) -> list[str]:
    for step in place:
        if isinstance(step, str):
            annotation = kind.model_fields[step].annotation
            # A part that may be left out is one of two kinds.
            kinds = [one for one in (annotation, *get_args(annotation)) if isinstance(one, type)]
            kind = next((one for one in kinds if issubclass(one, BaseModel)), Change)
    return list(kind.model_fields)
