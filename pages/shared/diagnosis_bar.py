"""The diagnosis over a run's units: sentences, each a link to where it can be seen, and what to try."""

from typing import Final

import streamlit as st

from effdash.diagnosis import Finding
from pages.shared import model_readers, prose
from pages.shared.selection import Picked
from pages.shared.view import change_view

MOST: Final = 4
"""So many findings are told at once; the rest waits behind “More”."""

MARKS: Final = {"ill": ":material/error:", "note": ":material/info:", "well": ":material/check_circle:"}


def draw(picked: Picked) -> None:
    """What matters first; a click on a sentence turns the page to its evidence."""
    findings = model_readers.findings(picked.run.id, picked.split, picked.version)
    remedies = list(dict.fromkeys(remedy for finding in findings for remedy in finding.remedies))
    with st.container(key="diagnosis", gap=None):
        for number, finding in enumerate(findings[:MOST]):
            _sentence(number, finding)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if remedies:
            st.markdown(f"**Try:** {prose.literal(', '.join(remedies))}.", width="content")
        if findings[MOST:]:
            with (
                st.popover(f"{len(findings) - MOST} more", type="tertiary"),
                st.container(key="diagnosis more"),
            ):
                for number, finding in enumerate(findings[MOST:], start=MOST):
                    _sentence(number, finding)


def _sentence(number: int, finding: Finding) -> None:
    text = finding.sentence[0].upper() + finding.sentence[1:]
    st.button(
        f"{MARKS[finding.severity]} {prose.literal(text)}",
        key=f"finding {number}",
        type="tertiary",
        on_click=_show,
        args=(finding,),
    )


def _show(finding: Finding) -> None:
    seen = finding.evidence
    change_view(epoch=seen.epoch, split=str(seen.split))
    if seen.layer is not None:
        change_view(layer=seen.layer, unit=seen.unit or 0)
