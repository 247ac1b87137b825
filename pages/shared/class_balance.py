"""How many samples each class has, as a small figure of bars."""

from html import escape
from typing import Final

import pandas as pd

from effdash.figures import theme
from pages.shared.prose import plain

MOST: Final = 8
"""So many classes have a bar; the rest is told in a line."""

LONGEST: Final = 24


def class_balance_html(counts: pd.Series) -> str:
    """A bar for each of the first classes. `counts`: samples by class, in class order."""
    light, dark = theme.palette(theme.LIGHT), theme.palette(theme.DARK)
    longest, total = max(int(counts.max()), 1), max(int(counts.sum()), 1)
    rows = [
        f'<span title="{escape(str(name))}">{escape(plain(str(name), LONGEST))}</span>'
        f'<i style="--share:{count / longest:.4f};--class:'
        f'light-dark({light.class_color(number)},{dark.class_color(number)})"></i>'
        f"<b>{count:,}</b><em>{100 * count / total:.0f} %</em>"
        for number, (name, count) in enumerate(counts.head(MOST).items())
    ]
    rest = counts.iloc[MOST:]
    if len(rest):
        few, many = int(rest.min()), int(rest.max())
        each = f"{few:,} to {many:,}" if few < many else f"{many:,}"
        rows.append(f'<span class="rest">{len(rest):,} more, of {each} samples each</span>')
    return f'<div class="balance">{"".join(rows)}</div>'
