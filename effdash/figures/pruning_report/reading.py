"""The plan read out of a report again."""

from html.parser import HTMLParser

from effdash.figures.pruning_report.provenance import PLAN_ID
from effdash.vocab import UserError


def plan_in(report: str) -> str:
    """The plan (JSON) that a report holds.

    Raises:
        UserError: it holds none.
    """
    reader = _Reader()
    reader.feed(report)
    reader.close()
    if not reader.found:
        raise UserError("the HTML file holds no plan; a report of effdash does")
    return "".join(reader.found)


class _Reader(HTMLParser):
    """Collects the text of the first element that is the plan's."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = not self.found and ("id", PLAN_ID) in attrs

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(data)
