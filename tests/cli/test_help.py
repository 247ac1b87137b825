"""What the command line says of itself, and when it is ready."""

import re
import subprocess
import sys

import pytest
from pydantic import BaseModel

from effdash import __version__, presets
from effdash.cli.settings import SETTINGS
from effdash.config import RunConfig
from effdash.data import DATASETS
from effdash.models import ACTIVATIONS, INITIALISATIONS, NETWORKS


def test_help_and_version_answer_without_loading_the_library() -> None:
    script = (
        "import sys; from effdash.cli import main\n"
        "assert main(['--help']) == main(['train', '--help']) == main(['--version']) == 0\n"
        "slow = {'torch', 'pandas', 'numpy', 'streamlit', 'plotly'} & set(sys.modules)\n"
        "assert not slow, slow"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert f"effdash {__version__}" in done.stdout
    for command in ("dashboard", "train", "runs", "load", "status", "diagnose", "prune", "verify", "export"):
        assert command in done.stdout


def help_of(option: str) -> str:
    """The help text of an option of `train`."""
    import inspect

    from effdash.cli.training import train

    parameter = inspect.signature(train).parameters[option]
    return str(parameter.annotation.__metadata__[0].help)


@pytest.mark.parametrize(
    ("option", "names"),
    [
        ("data", DATASETS),
        ("network", NETWORKS),
        ("activation", ACTIVATIONS),
        ("init", INITIALISATIONS),
        ("preset", presets.PRESETS),
    ],
)
def test_the_help_knows_every_name(option: str, names: dict[str, object]) -> None:
    listed = set(re.findall(r"[a-z][a-z_-]*", help_of(option)))
    assert set(names) <= listed


def leaves(part: BaseModel, place: tuple[str, ...] = ()) -> dict[tuple[str, ...], object]:
    """Every setting of a configuration by its place, with its value."""
    found: dict[tuple[str, ...], object] = {}
    for name in type(part).model_fields:
        value = getattr(part, name)
        below = leaves(value, (*place, name)) if isinstance(value, BaseModel) else {(*place, name): value}
        found.update(below)
    return found


def test_every_setting_has_an_option_and_its_default_is_said() -> None:
    defaults = leaves(RunConfig())
    assert set(SETTINGS.values()) == set(defaults) - {("start",), ("data", "own")}  # by --from and --data
    for option, place in SETTINGS.items():
        said = re.search(r"\(default: ([^);]+)\)", help_of(option))
        value = defaults[place]
        if said and value is not None:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            assert (float(said[1]) if number else said[1]) == value, option
