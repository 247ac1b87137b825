"""A folder of runs of its own for every test of the command line."""

from pathlib import Path

import pytest

from tests.shell import TINY, Shell


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "runs", capsys)


@pytest.fixture
def trained(shell: Shell) -> str:
    return str(shell.json("train", *TINY, "--name", "first", "--seed", "7")["run"])
