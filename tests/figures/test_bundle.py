"""The JavaScript modules join into one, and the style sheet survives the sanitizer."""

import re
from collections import Counter

import pytest

from effdash.figures.theme import DARK, LIGHT, palette
from effdash.vocab import STATUS_WORDS
from pages.shared.canvas.bundle import FOLDER, bundle, imports

DECLARED = re.compile(r"^(?:export )?(?:const|let|class|function\*?) (\w+)", re.MULTILINE)
VARIABLE = re.compile(r"--ed-(\w+): light-dark\((#\w{6}), (#\w{6})\)")
ENTRIES = sorted(path.stem for path in FOLDER.glob("*.js") if "export default" in path.read_text("utf-8"))


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_bundle_needs_nothing_more_and_declares_no_name_twice(entry: str) -> None:
    code = bundle(entry)
    assert "import " not in re.sub(r"//.*|/\*.*?\*/", "", code, flags=re.DOTALL)
    assert code.count("export ") == 1
    assert [name for name, times in Counter(DECLARED.findall(code)).items() if times > 1] == []


def test_every_module_is_part_of_a_figure() -> None:
    used: set[str] = set()
    waiting = list(ENTRIES)
    while waiting:
        name = waiting.pop()
        used.add(name)
        waiting += [needed for needed in imports(name) if needed not in used]
    assert used - {"tokens"} == {path.stem for path in FOLDER.glob("*.js")}


def test_markup_is_never_made_of_strings() -> None:
    code = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.js"))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", code)


def test_the_sheet_has_the_colors_of_the_theme() -> None:
    sheet = FOLDER.parents[1].joinpath("style.css").read_text("utf-8")
    found = {name: (one.upper(), other.upper()) for name, one, other in VARIABLE.findall(sheet)}
    light, dark = palette(LIGHT), palette(DARK)
    plain = ("background", "ink", "muted", "line", "changed")
    expected = {name: (getattr(light, name), getattr(dark, name)) for name in plain}
    expected.update(zip(STATUS_WORDS, zip(light.status, dark.status, strict=True), strict=True))
    assert found == expected


def test_the_sheet_survives_the_sanitizer() -> None:
    assert "<" not in FOLDER.parents[1].joinpath("style.css").read_text("utf-8")
