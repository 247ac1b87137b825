"""The one glossary: every `?` finds its words there, and every word is complete."""

import pytest

from pages.shared import glossary
from pages.shared.canvas.component import EXPLAINED


def test_every_figure_s_question_mark_finds_its_words():
    for kind, keys in EXPLAINED.items():
        assert [word for word, _ in glossary.lines(*keys)], kind


def test_every_entry_is_complete_plain_text():
    for key, entry in glossary.entries().items():
        assert set(entry) <= {"word", "text", "formula", "source"}, key
        assert entry["word"]
        assert entry["text"].endswith("."), key
        assert not set("<>$\\") & set(entry["text"]), key


def test_words_formula_and_source_stand_together():
    ((word, text),) = glossary.lines("linked")
    assert word == "Linked neurons"
    assert text.endswith("LK-φ(z) = (φ(z), φ(−z)) (Riera et al., arXiv 1712.02609)")
    assert glossary.markdown("linked").startswith("**Linked neurons**")


def test_an_unknown_word_is_an_error():
    with pytest.raises(KeyError):
        glossary.lines("nonsense")
