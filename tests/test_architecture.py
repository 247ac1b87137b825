"""How the code is laid out: rooms in one direction, streamlit at the edge, thin pages, nothing unpickled."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
PACKAGE: Final = ROOT / "effdash"

ROOMS: Final = (
    "vocab",
    "numbers",
    "config",
    "presets",
    "data",
    "models",
    "observe",
    "jumpstart",
    "runs",
    "training",
    "watcher",
    "permutations",
    "decision",
    "diagnosis",
    "pruning",
    "loading",
    "figures",
    "launcher",
    "cli",
)
"""Every room may import those before it."""

CORE: Final = sorted(PACKAGE.rglob("*.py"))
PAGES: Final = sorted(path for path in (ROOT / "pages").rglob("*.py") if "shared" not in path.parts)
SHARED: Final = sorted((ROOT / "pages" / "shared").rglob("*.py"))
EVERYTHING: Final = [*CORE, *PAGES, *SHARED, ROOT / "app.py"]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def room_of(path: Path) -> str:
    """The room a file belongs to; a leading underscore marks the inside of the room of that name."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py").lstrip("_")


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules a file imports, also inside functions; `from effdash import data` is effdash.data."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute"
            module = node.module or ""
            yield module
            if module == "effdash":
                yield from (f"effdash.{alias.name}" for alias in node.names)


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "path", [path for path in CORE if path.parent != PACKAGE or not path.stem.startswith("__")], ids=name_of
)
def test_rooms_import_only_from_rooms_before_them(path: Path) -> None:
    room = room_of(path)
    assert room in ROOMS, f"{room} has no place in the order of rooms"
    allowed = ROOMS[: ROOMS.index(room) + 1]
    for module in imports(parse(path)):
        head, _, rest = module.partition(".")
        if head == "effdash" and rest and not rest.startswith("__"):
            target = rest.split(".")[0].lstrip("_")
            assert target in allowed, f"{name_of(path)} imports {module}, a room to its right"
        assert head not in ("pages", "app"), f"{name_of(path)} imports {module}"


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_nothing_but_the_launcher_imports_streamlit(path: Path) -> None:
    if path == PACKAGE / "launcher.py":
        return
    assert not [module for module in imports(parse(path)) if module.split(".")[0] == "streamlit"]


@pytest.mark.parametrize("path", EVERYTHING, ids=name_of)
def test_nothing_is_unpickled_or_evaluated(path: Path) -> None:
    tree = parse(path)
    unsafe = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    assert not unsafe.intersection(module.split(".")[0] for module in imports(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        assert called not in ("eval", "exec"), f"line {node.lineno} calls {called}"
        flags = {keyword.arg: keyword.value for keyword in node.keywords}
        if called == "torch.load":
            only = flags.get("weights_only")
            assert isinstance(only, ast.Constant) and only.value is True, (
                f"line {node.lineno}: torch.load unpickles"
            )
        if called.endswith("yaml.load") or called.endswith("np.load"):
            assert called.endswith("np.load") and "allow_pickle" not in flags, f"line {node.lineno}: {called}"


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_page_picks_asks_and_shows(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 120
    assert not [
        module for module in imports(parse(path)) if module.split(".")[0] in ("torch", "numpy", "sqlite3")
    ]


@pytest.mark.parametrize("path", EVERYTHING, ids=name_of)
def test_every_module_says_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(parse(path))
    assert docstring, f"{name_of(path)} has no docstring"
    assert docstring.splitlines()[0].rstrip().endswith((".", "?", ":")) or "\n" in docstring


def test_every_page_is_in_the_navigation_and_nothing_else() -> None:
    calls = [node for node in ast.walk(parse(ROOT / "app.py")) if isinstance(node, ast.Call)]
    first_words = [
        call.args[0].value
        for call in calls
        if ast.unparse(call.func) == "st.Page" and isinstance(call.args[0], ast.Constant)
    ]
    assert sorted(first_words) == [name_of(path) for path in PAGES]


def test_the_public_names_are_what_type_checkers_see() -> None:
    import effdash

    tree = parse(PACKAGE / "__init__.py")
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module
        for node in ast.walk(guarded)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == effdash._HOMES
    assert sorted(effdash.__all__) == sorted(seen)


def test_every_public_name_can_be_had() -> None:
    import effdash

    for name in effdash.__all__:
        assert getattr(effdash, name).__name__ == name
    with pytest.raises(AttributeError, match="module 'effdash' has no attribute 'prunne'"):
        _ = effdash.prunne
