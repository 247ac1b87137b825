"""The report of a pruning: one HTML file that needs nothing else, holds in a review, and can be printed."""

import base64
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from effdash.figures import theme
from effdash.figures.pruning_report.book import Book, beside
from effdash.figures.pruning_report.deciding import deciding_section
from effdash.figures.pruning_report.markup import Content, Markup, joined, tag
from effdash.figures.pruning_report.path_section import path_section
from effdash.figures.pruning_report.plane_section import plane_section
from effdash.figures.pruning_report.provenance import (
    provenance_section,
    repeat_section,
    words_section,
)
from effdash.figures.pruning_report.reading import plan_in
from effdash.figures.pruning_report.summary import (
    audit_words,
    how,
    latency_words,
    numbers,
    sentence,
    size_table,
)
from effdash.figures.pruning_report.went import map_section, units_tables, widths_table
from effdash.pruning.dossier import Dossier
from effdash.vocab import STATUS_WORDS

__all__ = ["plan_in", "pruning_report"]

FONTS: Final = {"Inter": ("inter.woff2", "100 900"), "IBM Plex Mono": ("plex-mono.woff2", "400")}
"""By family: its file, and the weights that are in it."""

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
"""Nothing is loaded and nothing runs, whatever a name or a note tries."""


def pruning_report(dossier: Dossier, *, fonts: Path | None = None) -> bytes:
    """A pruning as one HTML file in UTF-8.

    Every number of a figure stands in a table of the file. What comes from outside (names, notes) is escaped;
    the file loads nothing and has no script.

    Args:
        fonts: A folder with `inter.woff2` and `plex-mono.woff2`, to carry them along; without it the reader's
            own fonts are used.
    """
    title = f"{dossier.name}, pruned"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="generator", content=f"effdash {dossier.versions['effdash']}"),
        tag("title", title),
        tag("style", Markup(_style(fonts))),
    )
    page = tag("html", head, tag("body", _header(dossier), _contents(), _main(dossier)), lang="en")
    return f"<!doctype html>\n{page}\n".encode()


SECTIONS: Final = {
    "result": "Result",
    "decisions": "Decisions",
    "path": "Removal path",
    "plane": "Decision function",
    "units": "Kept and removed",
    "why": "Why",
    "notes": "Worth knowing",
    "origin": "Origin",
    "again": "Repeat it",
    "words": "Words",
}
"""By anchor, in order."""


def _header(dossier: Dossier) -> Markup:
    made = dossier.made.strftime("%Y-%m-%d %H:%M UTC")
    origin, audit = dossier.origin, audit_words(dossier)
    facts = f"run {origin['run']} · epoch {origin['epoch']} · data {origin['data']} · {made}"
    return tag(
        "header",
        tag("p", "effdash · pruning report", class_="brand"),
        tag("h1", dossier.name),
        tag("p", facts, class_="facts"),
        tag("p", sentence(dossier.report), class_="lead"),
        tag("p", f"Units {how(dossier)}.", class_="words"),
        "" if audit is None else tag("p", audit, class_="words"),
        numbers(dossier),
    )


def _contents() -> Markup:
    links = (tag("a", title, href=f"#{anchor}") for anchor, title in SECTIONS.items())
    return tag("nav", *links, aria_label="Contents")


def _main(dossier: Dossier) -> Markup:
    book = Book()
    size, widths = size_table(book, dossier), widths_table(book, dossier)
    contents: dict[str, Content] = {
        "result": beside(joined(size.markup, latency_words(dossier)), widths.markup)
    }
    contents["decisions"] = deciding_section(book, dossier)
    contents["path"] = path_section(book, dossier)
    contents["plane"] = plane_section(book, dossier.view, dossier.class_names)
    tables = units_tables(book, dossier)
    contents["units"] = map_section(book, dossier, [*tables, widths])
    contents["why"] = joined(*(table.markup for table in tables))
    notes = dossier.report.notes
    contents["notes"] = (
        tag("ul", *(tag("li", note) for note in notes))
        if notes
        else tag("p", "Nothing else.", class_="empty")
    )
    contents["origin"] = provenance_section(book, dossier)
    contents["again"] = repeat_section(dossier)
    contents["words"] = words_section()
    sections = (
        tag("section", tag("h2", title), contents[anchor], id=anchor, class_="chapter")
        for anchor, title in SECTIONS.items()
    )
    return tag("main", *sections)


def _style(fonts: Path | None) -> str:
    """The style sheet with the palettes, and the fonts where they are to be had."""
    light, dark = (_variables(scheme) for scheme in (theme.LIGHT, theme.DARK))
    schemes = (
        f":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n"
        f"@media print{{:root{{{light}}}}}\n"
    )
    sheet = files(__package__).joinpath("report.css").read_text("utf-8")
    classes = "".join(
        f".class-{number}{{--class:var(--class-{number})}}\n"
        for number in range(len(theme.palette(theme.LIGHT).classes))
    )
    return "".join(_face(fonts, family) for family in FONTS) + schemes + classes + sheet


def _variables(scheme: str) -> str:
    colors = theme.palette(scheme)
    sure, unsure = colors.decision_mix
    fill, stroke = colors.removed_alpha
    values: dict[str, Any] = {
        "background": colors.background,
        "wash": colors.wash,
        "ink": colors.ink,
        "muted": colors.muted,
        "line": colors.line,
        "changed": colors.changed,
        "sure": sure,
        "unsure": unsure,
        "removed-fill": f"{100 * fill:g}%",
        "removed-stroke": f"{100 * stroke:g}%",
    }
    values |= dict(zip(STATUS_WORDS, colors.status, strict=True))
    values |= {f"class-{number}": color for number, color in enumerate(colors.classes)}
    return ";".join(f"--{name}:{value}" for name, value in values.items())


def _face(fonts: Path | None, family: str) -> str:
    if fonts is None:
        return ""
    file, weights = FONTS[family]
    data = base64.b64encode((fonts / file).read_bytes()).decode()
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weights};'
        f"src:url(data:font/woff2;base64,{data}) format('woff2')}}\n"
    )
