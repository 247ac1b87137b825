"""How the sentences of a diagnosis read, and the checks of them, kept by what they speak of."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from benchmarks.diagnosis_facts import Facts
from effdash.diagnosis import Kind

PART: Final = r"(?:(?:under|over) )?\d+ %|\d+ of \d+"
WHEN: Final = r"before the first step|at epoch \d+(?:, the first recorded)?"
ACCURACY: Final = r"1?\.\d+|0|1"

Complaints = Iterator[str]
Check = Callable[[Facts, re.Match[str]], Complaints]


class Checks(list[tuple[Kind, str, Check]]):
    """A kind of finding, how its sentence reads, and what has to be so then."""

    def of(self, kind: Kind, pattern: str) -> Callable[[Check], Check]:
        """Makes a function the check of sentences that read so."""

        def keep(check: Check) -> Check:
            self.append((kind, pattern, check))
            return check

        return keep
