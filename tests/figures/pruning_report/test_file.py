"""The report stands alone: nothing is loaded, no name is more than a name, and its plan is read again."""

import re

import pytest

from effdash.figures.pruning_report import plan_in, pruning_report
from effdash.figures.pruning_report.markup import Markup, tag
from effdash.launcher import static_folder
from effdash.pruning.dossier import Dossier
from effdash.vocab import UserError
from tests.figures.pruning_report.reader import HOSTILE, Page


def test_names_and_notes_stay_text(hostile: Dossier) -> None:
    content = pruning_report(hostile)
    page = Page(content)
    names = {one.name for one in page.elements}
    assert not names & {"script", "iframe", "object", "link", "base", "form"}
    assert not [one for one in page.elements if any(key.startswith("on") for key in one.attributes)]
    assert len(page.root.all("h1")) == len(page.root.one("head").all("title")) == 1
    shown = HOSTILE.replace("\x00", "\ufffd")
    assert page.root.one("h1").text == f"</title>{shown}"
    assert any(shown in row[-1] for row in page.table("Why each unit went"))
    assert page.table("Widths by layer")[0][0] == f"{shown}a"
    assert b"<script" not in content and b"<img" not in content
    assert b"\x00" not in content


@pytest.mark.parametrize("which", ["digits", "hostile"])
def test_nothing_is_loaded(which: str, request: pytest.FixtureRequest) -> None:
    content = pruning_report(request.getfixturevalue(which), fonts=static_folder())
    page = Page(content)
    for one in page.elements:
        for key, value in one.attributes.items():
            if key in ("src", "href", "srcset", "action", "data", "poster", "xlink:href"):
                assert value.startswith(("#", "data:")), f"<{one.name} {key}={value!r}>"
    style = page.root.one("style").text
    assert not re.search(r"@import|url\((?!data:)", style)
    assert style.count("url(data:font/woff2;base64,") == 2
    policy = page.root.all("meta")[1].attributes
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert policy["content"].startswith("default-src 'none'")
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    targets = {one.attributes["href"] for one in page.root.all("a")}
    assert targets <= {f"#{one}" for one in ids}


def test_what_is_no_markup_is_escaped() -> None:
    assert tag("td", "<b>", 3, None, Markup("<i></i>")) == "<td>&lt;b&gt;3<i></i></td>"
    assert tag("a", href='"><b', class_="x", title=None) == '<a href="&quot;&gt;&lt;b" class="x"></a>'
    assert isinstance(tag("td"), Markup)
    assert not isinstance(tag("td").lower(), Markup)


def test_a_file_without_a_plan_is_refused() -> None:
    with pytest.raises(UserError, match="the HTML file holds no plan"):
        plan_in("<html><pre>{}</pre></html>")
