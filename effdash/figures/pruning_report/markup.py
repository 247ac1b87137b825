"""HTML that cannot be broken into: what is no `Markup` is text, and is escaped."""

import re
from html import escape
from typing import Final

UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What HTML has no place for."""
VOID: Final = frozenset({"meta", "img", "br"})


class Markup(str):
    """HTML that was made here; every other string is somebody's text."""

    __slots__ = ()


Content = str | int | None


def text(content: Content) -> Markup:
    """Any content as HTML, letter by letter where it is text."""
    if isinstance(content, Markup):
        return content
    return Markup("" if content is None else escape(UNPRINTABLE.sub("\ufffd", str(content))))


def tag(name: str, /, *contents: Content, **attributes: Content) -> Markup:
    """An element; an attribute that is None is left out, and `class_` is `class`, `data_x` is `data-x`."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{joined(*contents)}</{name}>")


def joined(*contents: Content) -> Markup:
    """Contents one after the other."""
    return Markup("".join(map(text, contents)))
