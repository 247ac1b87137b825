"""An architecture that a person names: one of ours with its numbers, or a factory of the person's own."""

import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from torch import Tensor, nn

from effdash.loading.naming import put_in
from effdash.models import NETWORKS, build_model
from effdash.vocab import UserError

Shape = tuple[int, ...]

SETTINGS: Final = ("depth", "width", "activation", "skip", "batch_norm")
"""What may be said of one of our networks; what is not is taken from the weights, or is as usual."""
STACK: Final = "stack"
"""What is guessed from weights alone."""
TRUTHS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
MOST_SAID: Final = 300

_FACTORY: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


def is_factory(architecture: str) -> bool:
    """Whether it names code of the person's own: `package.module:factory`."""
    return (
        architecture.partition(":")[0] not in (STACK, *NETWORKS)
        and _FACTORY.fullmatch(architecture) is not None
    )


def way_of_stack(architecture: str) -> int | None:
    """Of `stack`, a plain one to be guessed, or `stack:way=2`: which way is meant, `None` where none is said.

    Raises:
        UserError: it says something else.
    """
    _, _, said = architecture.partition(":")
    if not said:
        return None
    found = re.fullmatch(r"way=(\d{1,3})", said.strip())
    if found is None:
        raise UserError(
            f"architecture {architecture!r} should be 'stack', or say which way, as in 'stack:way=1'"
        )
    return int(found[1])


def network_of_ours(
    architecture: str,
    tensors: dict[str, Tensor],
    name: str,
    *,
    activation: str,
    input_shape: Shape | None,
) -> tuple[nn.Module, Shape]:
    """The network by name with these weights, and the shape of a sample.

    Raises:
        UserError: an unknown name or setting, a shape that is missing, or weights of another network.
    """
    network, _, settings = architecture.partition(":")
    if network not in NETWORKS:
        raise UserError(
            f"architecture {architecture!r} is unknown; known are {', '.join((STACK, *NETWORKS))}, as in "
            "'rectangular:depth=2,width=128'; command line and library take package.module:factory too"
        )
    given = _settings(settings, architecture)
    first = next((key for key in ("fc1.weight", "conv1.weight") if key in tensors), None)
    if first is None or "out.weight" not in tensors:
        wanted = "conv1" if network != "rectangular" else "fc1"
        raise UserError(
            f"{name} does not fit {network}: its layers are called {wanted}, …, out, and the file has "
            f"{', '.join(list(tensors)[:6])}"
        )
    prefix = first.partition("1")[0]
    shape = input_shape or (tuple(tensors[first].shape[1:]) if prefix == "fc" else None)
    if shape is None:
        raise UserError(
            f"the shape of a sample is not in {name}, and {network} needs it: give the data, or input_shape "
            "(on the command line --input-shape 1,28,28)"
        )
    usual = {
        "depth": sum(re.fullmatch(rf"{prefix}\d+\.weight", key) is not None for key in tensors),
        "width": int(tensors[first].shape[0]),
        "activation": activation,
        "batch_norm": "bn1.running_mean" in tensors,
    }
    classes = int(tensors["out.weight"].shape[0])
    model = build_model(network, input_shape=shape, n_classes=classes, device="meta", **{**usual, **given})
    put_in(model, tensors, name=name, network=architecture)
    return model.eval(), shape


def _settings(text: str, architecture: str) -> dict[str, Any]:
    """`depth=2,width=128` as values."""
    found: dict[str, Any] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        key, _, value = (part.strip() for part in item.partition("="))
        if key not in SETTINGS or not value:
            raise UserError(
                f"architecture {architecture!r}: {item!r} is no setting; they are {', '.join(SETTINGS)}, "
                "as in depth=2"
            )
        found[key] = _value(key, value, architecture)
    return found


def _value(key: str, value: str, architecture: str) -> Any:
    if key == "activation":
        return value
    if key == "batch_norm" and value.lower() in TRUTHS:
        return TRUTHS[value.lower()]
    if key != "batch_norm" and re.fullmatch(r"\d{1,9}", value):
        return int(value)
    kind = "true or false" if key == "batch_norm" else "a whole number"
    raise UserError(f"architecture {architecture!r}: {key} = {value!r}; it should be {kind}")


def made_by_factory(architecture: str) -> nn.Module:
    """What a factory of the person's own gives; this runs their code, found from the current folder too.

    Raises:
        UserError: there is no such module or name, it raises, or gives no module of torch.
    """
    where, _, path = architecture.partition(":")
    with _current_folder_first():
        try:
            found: Any = importlib.import_module(where)
        except ModuleNotFoundError as error:
            if error.name and (where == error.name or where.startswith(f"{error.name}.")):
                raise UserError(
                    f"architecture {architecture!r}: there is no module {error.name!r}, neither installed "
                    "nor in the current folder"
                ) from None
            raise UserError(f"architecture {architecture!r} cannot be imported: {_said(error)}") from error
        except (Exception, SystemExit) as error:
            raise UserError(f"architecture {architecture!r} cannot be imported: {_said(error)}") from error
        for part in path.split("."):
            if not hasattr(found, part):
                raise UserError(f"architecture {architecture!r}: {where} has no {path}")
            found = getattr(found, part)
        if not isinstance(found, nn.Module):
            found = _called(found, architecture)
    if not isinstance(found, nn.Module):
        raise UserError(
            f"architecture {architecture!r} gave a {type(found).__name__}; it should give a torch.nn.Module"
        )
    return found


def _called(factory: Any, architecture: str) -> Any:
    if not callable(factory):
        raise UserError(
            f"architecture {architecture!r} is a {type(factory).__name__}; it should be a torch.nn.Module, "
            "or a function that gives one"
        )
    try:
        return factory()
    except (Exception, SystemExit) as error:
        raise UserError(f"architecture {architecture!r} raised {_said(error)}") from error


def _said(error: BaseException) -> str:
    """An error in its own words, shortened."""
    said = " ".join(str(error).split())
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return text if len(text) <= MOST_SAID else f"{text[:MOST_SAID]}…"


@contextmanager
def _current_folder_first() -> Iterator[None]:
    """The current folder among those that modules are looked for in, as servers do it."""
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        if folder in sys.path:
            sys.path.remove(folder)
