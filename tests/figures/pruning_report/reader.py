"""Reads a report as a browser does: its elements, its tables by number, and what its figures are of."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

SHIPPED: Final = Path(__file__).parents[3] / "assets" / "runs" / "digits-wide.effdash"
"""What the digits' report is of."""
HOSTILE: Final = "<script>alert(1)</script>\"'&<img src=//evil onerror=x>\x00\u202e"

VOID = {"meta", "img", "br"}


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, name: str | None = None, **attributes: str) -> list["Element"]:
        """The elements within, in order; `class_` asks for one of the classes."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                if name in (None, child.name) and child._has(attributes):
                    found.append(child)
                found += child.all(name, **attributes)
        return found

    def one(self, name: str | None = None, **attributes: str) -> "Element":
        (found,) = self.all(name, **attributes)
        return found

    def _has(self, attributes: dict[str, str]) -> bool:
        wanted = dict(attributes)
        css = wanted.pop("class_", None)
        return (css is None or css in self.attributes.get("class", "").split()) and all(
            self.attributes.get(key) == value for key, value in wanted.items()
        )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {key: value or "" for key, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().name == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


class Page:
    """A report."""

    def __init__(self, content: bytes) -> None:
        reader = _Reader()
        reader.feed(content.decode("utf-8"))
        reader.close()
        assert reader._open == [reader.root], "an element is not closed"
        self.root = reader.root
        self.elements = self.root.all()

    def table(self, title: str) -> list[list[str]]:
        """The rows of the table with this title, as texts."""
        (found,) = [one for one in self.root.all(class_="table") if _title(one) == title]
        return [[cell.text for cell in _cells(row)] for row in found.one("tbody").all("tr")]

    def number_of(self, title: str) -> str:
        """The id of the table with this title."""
        (found,) = [one for one in self.root.all(class_="table") if _title(one) == title]
        return found.attributes["id"]

    def figure(self, title: str) -> Element:
        (found,) = [one for one in self.root.all("figure") if _title(one) == title]
        return found


def _title(element: Element) -> str:
    """What stands after `Table 3 · `."""
    return re.sub(r"^(Table|Figure) \d+ · ", "", element.all("b")[0].text)


def _cells(row: Element) -> list[Element]:
    return [child for child in row.children if isinstance(child, Element)]


def number(text: str) -> float:
    """What a cell says: `−3.2`, `8.9 × 10⁻⁴`."""
    plain = text.translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789"))
    return float(plain.replace(" × 10", "e"))
