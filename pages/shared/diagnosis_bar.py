"""The diagnosis over a run's units: sentences, each a link to where it can be seen, and what to try."""

from typing import Final

import numpy as np
import streamlit as st

from effdash.diagnosis import Finding
from effdash.diagnosis.finding import Kind
from effdash.figures.marks import CONSTANT, MARKS, TRAIN_ONLY
from effdash.figures.status import layer_starts
from pages.shared import model_readers, page, prose, starting
from pages.shared.selection import Picked
from pages.shared.unit_marks import Outline
from pages.shared.view import change_view

MOST: Final = 4
"""So many findings are told at once; the rest waits behind “More”."""

SEVERITY_ICONS: Final = {
    "ill": ":material/error:",
    "note": ":material/info:",
    "well": ":material/check_circle:",
}
TO_CURVES: Final = ":material/show_chart:"

MEANT: Final = {
    Kind.BORN_DEAD: "dead or linear before the first step",
    Kind.IDLE: "dead or linear",
    Kind.WALL: "all of {layer}",
    Kind.CONSTANT: MARKS[CONSTANT],
    Kind.DEAD_SAMPLES: "all of {layer}",
    Kind.GRADIENT_BY_DEPTH: "all of {layer}",
    Kind.STARVED: "not dead, but hardly any gradient reaches them",
    Kind.DYING: "not dead before the first step, but at the end",
    Kind.REVIVED: "dead or linear before, nonlinear at the end",
    Kind.TRAIN_ONLY: MARKS[TRAIN_ONLY],
}
"""What the units that a finding outlines in the map have in common; other findings are seen in the curves."""


def draw(picked: Picked) -> Outline | None:
    """What matters first; a click on a sentence turns the page to its evidence, which is returned."""
    findings = model_readers.findings(picked.run.id, picked.split, picked.version)
    remedies = list(dict.fromkeys(remedy for finding in findings for remedy in finding.remedies))
    with st.container(key="diagnosis", gap=None):
        for number, finding in enumerate(findings[:MOST]):
            _sentence(picked, number, finding)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if remedies:
            st.markdown(f"**Try:** {prose.literal(', '.join(remedies))}.", width="content")
        if "jumpstart" in remedies:
            starting.offer_jumpstart(picked)
        if findings[MOST:]:
            with (
                st.popover(f"{len(findings) - MOST} more", type="tertiary"),
                st.container(key="diagnosis more"),
            ):
                for number, finding in enumerate(findings[MOST:], start=MOST):
                    _sentence(picked, number, finding)
    return _evidence(picked, findings)


def _sentence(picked: Picked, number: int, finding: Finding) -> None:
    text = prose.literal(finding.sentence[0].upper() + finding.sentence[1:])
    in_map = finding.kind in MEANT
    pressed = st.button(
        f"{SEVERITY_ICONS[finding.severity]} " + (f"**{text}**" if _is_shown(picked, finding) else text),
        key=f"finding {number}",
        type="tertiary",
        icon=None if in_map else TO_CURVES,
        icon_position="right",
        on_click=_show if in_map else _go_to_its_epoch,
        args=(picked, finding) if in_map else (finding,),
    )
    if pressed and not in_map:
        st.switch_page(page.PAGES["train"])
    if pressed:
        st.rerun()  # the sidebar, outside this fragment, has to follow


def _is_shown(picked: Picked, finding: Finding) -> bool:
    return picked.view.finding == finding.kind


def _show(picked: Picked, finding: Finding) -> None:
    """Outlines what a finding means, in the map at its epoch; a second click takes the outline away."""
    if _is_shown(picked, finding):
        change_view(finding=None)
        return
    _go_to_its_epoch(finding)
    change_view(finding=finding.kind, mark=None)
    if finding.evidence.layer is not None:
        change_view(layer=finding.evidence.layer, unit=finding.evidence.unit or 0)


def _go_to_its_epoch(finding: Finding) -> None:
    change_view(epoch=finding.evidence.epoch, split=finding.evidence.split)


def _evidence(picked: Picked, findings: list[Finding]) -> Outline | None:
    """The units of the finding that the address names; one about test may be found on train alone."""
    wanted = picked.view.finding
    if wanted not in MEANT:
        return None
    others = (model_readers.findings(picked.run.id, split, picked.version) for split in picked.splits)
    for finding in (*findings, *(finding for found in others for finding in found)):
        if finding.kind == wanted:
            return _outline(picked, finding)
    return None


def _outline(picked: Picked, finding: Finding) -> Outline:
    """The units that a finding counts; those of the layer it names, where it counts none."""
    seen, layers = finding.evidence, picked.run.layers
    mask = np.zeros(sum(layer.units for layer in layers), dtype=bool)
    mask[list(seen.cells)] = True
    if not seen.cells:
        for layer, start in zip(layers, layer_starts(layers), strict=True):
            mask[start : start + layer.units] = layer.name == seen.layer
    words = MEANT[finding.kind].format(layer=seen.layer)
    return Outline(mask, words, picked.shown_epoch if seen.epoch is None else seen.epoch)
