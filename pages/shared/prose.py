"""Words and small pieces of HTML. Everything that comes from a run is escaped here."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import numpy as np
import pandas as pd

from effdash.config import NetworkConfig, RunConfig
from effdash.vocab import STATUS_WORDS

LONGEST_NAME: Final = 60
LEAD: Final = """
<div class="lead"><h1>What the units of a network really do</h1>
<p>This network is dead from the start: nine in ten of its units are dead or linear on the data, and it never
leaves chance. At epoch 150 the jumpstart slider goes to λ = 0.3. Watch the units come back, from the input
down.</p>
<p>Train one of your own and see every unit turn dead, linear or nonlinear, epoch by epoch. Or open an example
below.</p></div>
"""
LOAD_LEAD: Final = """
<div class="lead"><h1>Load a model</h1>
<p>Drop its file, choose the data, and see what its units do with them. Nothing in a file is run: what could
run code of its own is refused.</p></div>
"""
LOAD_EMPTY: Final = """
<div class="invitation"><p>Here stand the layers that are found in the file, what the network answers to five
samples, its accuracy, and what of it cannot be pruned. Then Units and Prune open it.</p>
<dl class="facts left"><dt>ONNX</dt><dd>as it is: the file says how the network goes on</dd>
<dt>safetensors, state dict</dt><dd>weights alone: a plain stack of layers is guessed, and you confirm it</dd>
<dt>several checkpoints</dt><dd>ordered by the numbers in their names: a film over the epochs of a training
that is over</dd>
<dt>torch.export, TorchScript, whole pickles</dt><dd>not from here: reading them runs code</dd></dl></div>
"""
SHORT_LEAD: Final = """
<div class="lead"><h1>What the units of a network really do</h1>
<p>Every unit, dead, linear or nonlinear on the data, epoch by epoch.</p></div>
"""


def plain(text: str, longest: int = LONGEST_NAME) -> str:
    """A name as it fits a line: one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def sentence(text: str) -> str:
    """With a capital letter, and a full stop where it does not end already."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?", "!")) else ".")


def markdown(text: str) -> str:
    """A name as markdown shows it letter by letter, in one line."""
    return literal(plain(text))


def literal(text: str) -> str:
    """A sentence as markdown shows it letter by letter: what a file or an address says is never markup."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~<>$:&])", r"\\\1", text)


def facts(values: Mapping[str, str | Sequence[str]]) -> str:
    """Names and values in two columns; a sequence takes a line a value."""
    rows = []
    for name, value in values.items():
        lines = [value] if isinstance(value, str) else value
        rows.append(f"<dt>{escape(name)}</dt><dd>{'<br>'.join(escape(line) for line in lines)}</dd>")
    return f'<dl class="facts">{"".join(rows)}</dl>'


def share(value: float) -> str:
    """A share with three digits; a dash where it is not known."""
    return "–" if np.isnan(value) else f"{value:.3f}"


def few_digits(value: float) -> str:
    """A number of any size with three digits; a dash where it is not known."""
    return "–" if np.isnan(value) else f"{value:.3g}"


def shape_words(shape: Sequence[int]) -> str:
    """What a sample is: `64 values`, or `values in 3 × 32 × 32`."""
    return f"{shape[0]:,} values" if len(shape) == 1 else f"values in {' × '.join(map(str, shape))}"


def numbers(values: Mapping[str, str | tuple[str, str]], *, row: bool = False) -> str:
    """Large numbers, each under its name, three in a row; of a pair the second is small: `90` `/ 800`.

    `row`: all in one row, as long as there is room.
    """
    cells = []
    for name, value in values.items():
        number, of = (value, "") if isinstance(value, str) else value
        cells.append(f"<div><span>{escape(name)}</span><b>{escape(number)}</b><em>{escape(of)}</em></div>")
    return f'<div class="numbers{" row" * row}">{"".join(cells)}</div>'


def figure_title(title: str, qualifier: str) -> str:
    """A figure's title and, beside it, on which data and when."""
    return f'<div class="figure-title"><b>{escape(title)}</b><span>{escape(qualifier)}</span></div>'


def run_heading(name: str, differs: str, state: str, finding: str) -> str:
    """A run among several: its name, how it stands, what differs in its settings, and how it is."""
    told = escape(finding)
    return (
        f'<div class="unit run"><h2>{escape(name)}</h2><span class="status">{escape(state)}</span>'
        f'<p><b>{escape(differs)}</b></p><p class="finding" title="{told}">{told}</p></div>'
    )


def unit_heading(name: str, status: int, split: str, sentence: str, constant: bool) -> str:
    """A unit's name, its status on a split, and what it does in a sentence."""
    mark = '<span class="status"><i class="constant"></i>constant</span>' if constant else ""
    sentence = sentence.replace(" × ", "\u00a0×\u00a0")  # a number stays whole at the end of a line
    return (
        f'<div class="unit"><h2>{escape(name)}</h2><span class="status"><i class="s{status}"></i>'
        f"{STATUS_WORDS[status]} on {escape(split)}</span>{mark}<p>{escape(sentence)}</p></div>"
    )


def loaded_heading(name: str, kind: str, sentence: str) -> str:
    """A model's name, what kind of file it came in, and what there is of it."""
    return (
        f'<div class="unit"><h2>{escape(name)}</h2><span class="status">{escape(kind)}</span>'
        f"<p>{escape(sentence)}</p></div>"
    )


def fate_heading(name: str, fate: str, reason: str) -> str:
    """A unit's name, whether pruning takes it, and why."""
    return (
        f'<div class="unit fate"><h2>{escape(name)}</h2><span class="status">{escape(fate)}</span>'
        f'<p title="{escape(reason)}">{escape(reason)}</p></div>'
    )


def network_words(network: NetworkConfig, *, pruned: bool = False) -> str:
    """Such as `30 × 8, relu`; of a pruned network, what it was before."""
    kind = "" if network.name == "rectangular" else f"{network.name} "
    more = "".join(
        text
        for text, told in ((f", skip {network.skip}", network.skip), (", batch norm", network.batch_norm))
        if told
    )
    pruning = ", pruned" if pruned else ""
    return f"{kind}{network.depth} × {network.width}, {network.activation}{more}{pruning}"


def jumpstart_words(config: RunConfig, changes: pd.DataFrame) -> str:
    """Such as `off`, `λ 0.3`, or `λ 0 → 0.3 at epoch 150`."""
    turned = changes[changes["field"] == "jumpstart"]
    if turned.empty:
        return f"λ {config.jumpstart.weight:g}" if config.jumpstart.weight else "off"
    last = turned.iloc[-1]
    return f"λ {config.jumpstart.weight:g} → {last['value']:g} at epoch {last['epoch']:g}"
