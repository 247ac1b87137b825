"""The README: its Python runs, and its commands are those that there are."""

import re
from pathlib import Path
from typing import Final

import pytest

README: Final = Path(__file__).parent.parent / "README.md"


def test_the_readme_s_python_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert "nonlinear" in capsys.readouterr().out
    assert len(list((tmp_path / "runs").glob("*.effdash"))) == 2


def test_the_readme_s_commands_exist() -> None:
    """Every `effdash …` line of the README names commands and options that there are."""
    from typer.main import get_command

    from effdash.cli import app

    known = {
        option for command in get_command(app).commands.values() for p in command.params for option in p.opts
    }
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (block,) = [block for block in blocks if "effdash train" in block]
    for line in block.splitlines():
        words = line.partition("#")[0].split()
        assert words[0] == "effdash"
        assert {word for word in words if word.startswith("--")} <= known
