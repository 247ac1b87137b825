"""Files that a person dropped on a page: kept for the session, each under its own name."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from effdash.vocab import UserError
from pages.shared import prose


class _Folder:
    """A folder of its own, gone when nobody holds it any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="effdash-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True)
class Dropped:
    """A file as it was dropped; `key` tells it from every other one, of the same name too."""

    name: str
    path: Path
    key: str
    size: int
    folder: _Folder = field(compare=False, repr=False)

    def named(self, text: str) -> str:
        """The text with the name that the person knows in the place of the path, which nobody does."""
        return text.replace(str(self.path), self.name)

    @contextmanager
    def called_by_its_name(self) -> Iterator[None]:
        """Whatever is wrong with the file is said of it under that name."""
        try:
            yield
        except UserError as error:
            raise UserError(self.named(str(error))) from None


def drop_place(
    label: str, *, key: str, several: bool = False, types: Sequence[str] | None = None
) -> list[Dropped]:
    """A place to drop a file, or several together; once there, their names and a way to drop others."""
    held: list[Dropped] = st.session_state.get(_held(key), [])
    if held:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(_names(held), width="content")
            label = "Other files" if several else "Another file"
            st.button(label, key=f"{key} again", type="tertiary", on_click=forget, args=(key,))
        return held
    turn = st.session_state.get(_turns(key), 0)
    uploaded: Any = st.file_uploader(
        label,
        type=types,
        accept_multiple_files=several,
        key=f"{key} {turn}",
    )
    files = uploaded if several else [uploaded] if uploaded is not None else []
    if files:
        st.session_state[_held(key)] = _kept(files)
        st.rerun()
    return []


def forget(key: str) -> None:
    """Lets go of what was dropped there."""
    st.session_state.pop(_held(key), None)
    st.session_state[_turns(key)] = st.session_state.get(_turns(key), 0) + 1


def _kept(files: Sequence[Any]) -> list[Dropped]:
    folder = _Folder()
    kept = []
    for number, file in enumerate(files):
        name = Path(file.name.replace("\\", "/")).name or "file"
        path = folder.path / str(number) / name
        path.parent.mkdir()
        path.write_bytes(file.getvalue())
        kept.append(Dropped(name, path, file.file_id, file.size, folder))
    return kept


def _names(files: Sequence[Dropped]) -> str:
    first, last = (f"**{prose.markdown(file.name)}**" for file in (files[0], files[-1]))
    return first if len(files) == 1 else f"{len(files):,} files, {first} to {last}"


def _held(key: str) -> str:
    return f"dropped on {key}"


def _turns(key: str) -> str:
    return f"turns of {key}"
