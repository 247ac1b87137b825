"""Makes one JavaScript module of many, because a streamlit component is given a single one."""

import json
import re
from functools import cache
from pathlib import Path

from effdash.figures.theme import CANVAS_SIZE, FONT, tokens

FOLDER = Path(__file__).parent / "js"
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(?P<name>\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


@cache
def bundle(entry: str) -> str:
    """The module `entry` with everything it imports before it, each module once.

    Our modules import by name only and declare no name twice (a test says so), so that joining them is
    dropping `import` and `export`.
    """
    names: list[str] = []
    _collect(entry, names)
    parts = [_source(name) for name in names]
    return "\n".join(EXPORT.sub("", IMPORT.sub("", part)) for part in parts)


def imports(name: str) -> list[str]:
    """The modules that a module imports, in the order written."""
    return IMPORT.findall(_source(name))


def _collect(name: str, done: list[str]) -> None:
    for needed in imports(name):
        if needed not in done:
            _collect(needed, done)
    done.append(name)


def _source(name: str) -> str:
    return _tokens() if name == "tokens" else (FOLDER / f"{name}.js").read_text("utf-8")


def _tokens() -> str:
    """The theme as a module, so that its colours and sizes stand in one place."""
    constants = {"TOKENS": tokens(), "FONT": FONT, "SIZE": CANVAS_SIZE}
    return "".join(f"export const {name} = {json.dumps(value)};\n" for name, value in constants.items())
