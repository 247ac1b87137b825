"""The text behind every `?`, from one file."""

from functools import cache
from pathlib import Path
from typing import Final

import yaml

FILE: Final = Path(__file__).with_name("glossary.yaml")


@cache
def entries() -> dict[str, dict[str, str]]:
    """All entries by key: `word`, `text`, and, where there are, `formula` and `source`; all plain text."""
    entries: dict[str, dict[str, str]] = yaml.safe_load(FILE.read_text("utf-8"))
    return entries


def lines(*keys: str) -> list[tuple[str, str]]:
    """Entries for a figure's `?`: the word, and what is to be said of it.

    Raises:
        KeyError: there is no such entry.
    """
    return [(entries()[key]["word"], " ".join(_parts(key))) for key in keys]


def markdown(key: str) -> str:
    """An entry for a widget's `help`.

    Raises:
        KeyError: there is no such entry.
    """
    return f"**{entries()[key]['word']}**  \n" + "  \n".join(_parts(key))


def _parts(key: str) -> list[str]:
    entry = entries()[key]
    source = [f"({entry['source']})"] if "source" in entry else []
    return [entry["text"], *([entry["formula"]] if "formula" in entry else []), *source]
