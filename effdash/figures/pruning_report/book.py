"""Tables and figures with their numbers: no figure without the table that its numbers stand in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from effdash.figures.pruning_report.markup import Content, Markup, joined, tag

NUMBER: Final = "n"
"""The class of cells that stand to the right."""


@dataclass(frozen=True)
class Table:
    """A table as it stands in the report, and where to find it."""

    number: int
    markup: Markup

    @property
    def link(self) -> Markup:
        return tag("a", f"Table {self.number}", href=f"#table-{self.number}")


@dataclass(frozen=True)
class Column:
    """A title, and how its cells stand: `n` to the right, with digits of one width."""

    title: Content
    kind: str | None = None


Title = str | Column


@dataclass
class Book:
    """Counts tables and figures in the order in which they are made."""

    _tables: int = 0
    _figures: int = 0
    figures: dict[int, int] = field(default_factory=dict)
    """By figure, its table."""

    def table(
        self,
        title: str,
        qualifier: str,
        columns: Sequence[Title],
        rows: Iterable[Sequence[Content]],
        *,
        row_ids: Sequence[str] | None = None,
        folded: bool = False,
        empty: str = "None.",
    ) -> Table:
        """A table; the first cell of each row names it. `folded`: shown on demand, and in print."""
        self._tables += 1
        titled = [column if isinstance(column, Column) else Column(column) for column in columns]
        cells = [list(row) for row in rows]
        ids: Sequence[str | None] = row_ids or [None] * len(cells)
        name = tag("b", f"Table {self._tables} · {title}")
        heading = joined(name, " ", tag("span", qualifier))
        if not cells:
            body = tag("p", empty, class_="empty")
        else:
            head = tag("tr", *(tag("th", one.title, scope="col", class_=one.kind) for one in titled))
            lines = (
                tag("tr", _cells(row, titled), id=row_id) for row, row_id in zip(cells, ids, strict=True)
            )
            grid = tag("table", tag("thead", head), tag("tbody", *lines), aria_label=title)
            body = tag("div", grid, class_="scroll", tabindex=0, role="region", aria_label=title)
        anchor = f"table-{self._tables}"
        if folded and cells:
            summary = tag("summary", heading)
            whole = tag("details", summary, body, class_="table", id=anchor)
        else:
            whole = tag("section", tag("p", heading, class_="title"), body, class_="table", id=anchor)
        return Table(self._tables, whole)

    def figure(
        self, title: str, qualifier: str, drawing: Markup, caption: Content, *, of: Sequence[Table]
    ) -> Markup:
        """A drawing with its title above, what to look for below, and the tables that hold its numbers."""
        self._figures += 1
        self.figures[self._figures] = of[0].number
        name = tag("b", f"Figure {self._figures} · {title}")
        links = [joined(" and " if place else "", table.link) for place, table in enumerate(of)]
        numbers = joined("Its numbers: ", *links, ".")
        return tag(
            "figure",
            tag("p", name, " ", tag("span", qualifier), class_="title"),
            drawing,
            tag("figcaption", caption, " ", numbers),
            id=f"figure-{self._figures}",
            data_tables=" ".join(f"table-{table.number}" for table in of),
        )


def _cells(row: Sequence[Content], columns: Sequence[Column]) -> Markup:
    first, *others = zip(row, columns, strict=True)
    return joined(
        tag("th", first[0], scope="row", class_=first[1].kind),
        *(tag("td", cell, class_=column.kind) for cell, column in others),
    )


def beside(*parts: Content) -> Markup:
    """Parts next to each other where there is room."""
    return tag("div", *(tag("div", part) for part in parts), class_="beside")
