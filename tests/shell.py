"""A shell for the tests: commands on a folder of runs of its own, and what they said."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from effdash.cli import main

SHIPPED: Final = Path(__file__).parent.parent / "assets" / "runs"
TINY: Final = ("--depth", "3", "--width", "4", "--epochs", "4")


class Shell:
    """Runs commands on a folder of runs of its own."""

    def __init__(self, runs: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.runs = runs
        self._capture = capture

    def __call__(self, *words: str, code: int = 0) -> str:
        """Runs a command that must end with `code`; returns what it printed on stdout."""
        self._capture.readouterr()
        assert main([*words, "--runs", str(self.runs)]) == code
        said = self._capture.readouterr()
        if code == 0:
            assert said.err == ""
        return said.out

    def json(self, *words: str, code: int = 0) -> dict[str, Any]:
        """The JSON object on the last line of what a command that must end with `code` printed."""
        answer = json.loads(self(*words, "--json", code=code).splitlines()[-1])
        assert isinstance(answer, dict)
        return answer

    def refused(self, *words: str) -> str:
        """Runs a command that must be refused in one line; returns that line."""
        self._capture.readouterr()
        assert main([*words, "--runs", str(self.runs)]) == 2
        said = self._capture.readouterr()
        assert said.out == ""
        assert re.fullmatch(r"effdash: [^\n]+\n", said.err)
        return said.err.strip()
