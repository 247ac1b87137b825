"""The sidebar: the one place where run, epoch and split are picked, and the key to the three statuses."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from effdash.config import StartConfig
from effdash.figures import epochs_payload
from effdash.runs import Run, RunSummary
from effdash.vocab import Split, UserError
from pages.shared import canvas, page, prose, readers, selection
from pages.shared.selection import LIVE, Picked, as_picked
from pages.shared.view import change_view, current_view, open_run_view, stand_beside

KEY_TO_STATUS = """
<div class="key">
<p><i class="s0"></i><b>dead</b><br>never above 0 on these data: answers 0 to everything</p>
<p><i class="s1"></i><b>linear</b><br>always above 0: passes everything, bends nothing</p>
<p><i class="s2"></i><b>nonlinear</b><br>above 0 for some, at or below 0 for others</p>
</div>
"""
LIVE_SECONDS = 1.0
EPOCH_CHANGED = "epoch changed"


def pick(*, default: str | None = None, two: bool = False) -> Picked | None:
    """Draws the sidebar and returns what is picked; `None` where there is no run that can be opened.

    A run, an epoch or a run file that is not there is said in one sentence, and the nearest is shown instead.
    With `two` a second run can be picked; one that cannot stand there is said, and the first stands alone.
    """
    view = current_view()
    with st.sidebar:
        runs = readers.list_runs()
        chosen = _pick_run(runs, view.run or default, view.beside if two else None)
        if chosen is None:
            return None
        try:
            run = readers.find_run(chosen.id)
            if run.last_epoch is None:
                _wait_for_first_epoch(run, "Its first epoch")
                return None
            picked = as_picked(run, view)
            second = _pick_second(runs, run.id, view.beside) if two else None
            if second is not None:
                picked = replace(picked, beside=as_picked(second, view))
            picked = selection.refreshed(picked)
            if second is not None and picked.beside is None:
                _stands_alone(second.id)
            _facts_and_epoch(picked)
        except UserError as error:
            page.complain(error)
            return None
        if view.epoch != picked.slider_epoch:
            st.caption(f"Epoch {view.epoch} was not recorded; this is epoch {picked.slider_epoch}.")
        for sentence in view.strange:
            st.caption(prose.literal(sentence))
        _pick_split(picked)
        st.html(KEY_TO_STATUS)
    return picked


def _pick_split(picked: Picked) -> None:
    """A choice where there is one."""
    if Split.TEST not in picked.splits:
        st.caption("This run has no test data: all is said of train.")
        return
    st.segmented_control(
        "Status taken on",
        picked.run.splits,
        default=picked.split.value,
        required=True,
        key=f"split of {picked.split}",
        on_change=_split_changed,
        args=(f"split of {picked.split}",),
        width="stretch",
    )


def can_pick() -> bool:
    """Whether there is a run that can be opened, be it that its first epoch is still to come."""
    return any(run.problem is None for run in readers.list_runs())


def _wait_for_first_epoch(run: Run, what: str) -> None:
    """Says that nothing is recorded yet, and looks again while somebody trains."""
    live = run.state in LIVE

    @st.fragment(run_every=0.5 if live else None)
    def look_again() -> None:
        st.caption(f"{what} is not recorded yet." if live else f"{what} was never recorded.")
        with page.problems_said():
            if run.last_epoch is not None:
                st.rerun()

    look_again()


def _pick_run(runs: list[RunSummary], wanted: str | None, beside: str | None) -> RunSummary | None:
    readable = {run.id: run for run in runs if run.problem is None}
    problems = {run.id: run.problem for run in runs if run.problem is not None}
    if wanted in problems:
        page.complain(problems[wanted])
    elif wanted is not None and wanted not in readable:
        st.warning(f"Run “{prose.markdown(wanted)}” is not here; this is another one.")
    if not readable:
        st.caption("No run yet. Train one, or drop a run file on the Runs page.")
        return None
    ids = list(readable)
    shown = wanted if wanted in readable else ids[0]
    key = f"run after {shown}"
    st.selectbox(
        "Run",
        ids,
        index=ids.index(shown),
        format_func=labels_of(readable.values()).__getitem__,
        key=key,
        on_change=_run_changed,
        args=(key, shown, beside),
    )
    return readable[shown]


def _pick_second(runs: list[RunSummary], first: str, wanted: str | None) -> Run | None:
    """Lets a second run be picked, or none; returns it where it can stand beside the first."""
    labels = labels_of(run for run in runs if run.problem is None)
    others = [run_id for run_id in labels if run_id != first]
    problems = {run.id: run.problem for run in runs if run.problem is not None}
    if others:
        key = f"beside {first} after {wanted}"
        st.session_state[key] = wanted if wanted in others else None
        st.selectbox(
            "Beside it",
            others,
            index=None,
            placeholder="no second run",
            help="A second run at the same epoch. What differs in their settings becomes their titles.",
            format_func=labels.__getitem__,
            key=key,
            on_change=lambda: stand_beside(st.session_state[key]),
        )
    if wanted is None:
        return None
    if wanted == first:
        st.warning("A run does not stand beside itself; this is one run alone.")
    elif wanted in problems:
        page.complain(problems[wanted])
    elif wanted not in others:
        _stands_alone(wanted)
    else:
        return _second(wanted, labels[wanted])
    return None


def _stands_alone(wanted: str) -> None:
    st.warning(f"Run “{prose.markdown(wanted)}” is not here; this is one run alone.")


def _second(run_id: str, label: str) -> Run | None:
    try:
        run = readers.find_run(run_id)
        if run.last_epoch is not None:
            return run
        _wait_for_first_epoch(run, f"The first epoch of “{prose.markdown(label)}”")
    except UserError as error:
        page.complain(error)
    return None


def labels_of(runs: Iterable[RunSummary]) -> dict[str, str]:
    """What to call each run, by its id: no two alike, since the picker tells them apart by that."""
    labels = {run.id: _label(run) for run in runs}
    often = Counter(labels.values())
    return {run_id: label if often[label] == 1 else f"{label} · {run_id}" for run_id, label in labels.items()}


def _label(run: RunSummary) -> str:
    name = prose.plain(run.name)
    return name if run.shipped else f"{name} · {run.created.astimezone():%d %b %H:%M}"


def _run_changed(key: str, before: str, beside: str | None) -> None:
    """The second run stays; where it becomes the first, they change places."""
    chosen = st.session_state[key]
    open_run_view(chosen, beside=before if chosen == beside else beside)


def _split_changed(key: str) -> None:
    change_view(split=st.session_state[key], sample=None, follow=None)  # numbers mean other samples there


def _epoch_changed(epoch: int | None) -> None:
    change_view(epoch=epoch)
    st.session_state[EPOCH_CHANGED] = True


def _facts_and_epoch(picked: Picked) -> None:
    if not picked.live:
        _facts(picked)
        _slider(picked)
        return

    @st.fragment(run_every=LIVE_SECONDS)
    def live() -> None:
        try:
            now = selection.refreshed(picked)
            _facts(now)
            _slider(now)
        except UserError:
            # Deleted meanwhile: the whole page has to say so, and to show another run.
            st.rerun()
        if st.session_state.pop(EPOCH_CHANGED, False):
            st.rerun()

    live()


def _slider(picked: Picked) -> None:
    canvas.epoch_slider(
        epochs_payload(picked.slider_epochs, link=picked.link.name, epoch=picked.slider_epoch),
        key="epoch",
        on_epoch=_epoch_changed,
    )


def _facts(picked: Picked) -> None:
    """Of one run; two tell theirs over their figures."""
    if picked.beside is not None:
        return
    st.html(
        prose.facts(
            {
                **_settings(picked),
                **_accuracy(picked),
                "state": str(picked.state),
            }
        )
    )


def _settings(picked: Picked) -> dict[str, str]:
    """What the run was trained from; of somebody's own network that is not known."""
    config = picked.config
    if config is None:
        summary = readers.summary(picked.run.id, picked.version)
        return {"data": prose.plain(summary.data), "network": prose.plain(summary.network)}
    changes = readers.changes_table(picked.run.id, picked.version)
    return {
        "data": config.data.name,
        "network": prose.network_words(config.network, pruned=picked.run.graph is not None),
        **({} if config.start is None else {"began with": _start_words(config.start)}),
        "jumpstart": prose.jumpstart_words(config, changes),
    }


def _accuracy(picked: Picked) -> dict[str, str | list[str]]:
    """At the newest epoch; without classes there is none."""
    if not picked.run.n_classes:
        return {"classes": "none"}
    last = readers.epochs_table(picked.run.id, picked.version).iloc[-1]
    return {"accuracy": [f"{split} {prose.share(last[f'{split}_accuracy'])}" for split in picked.run.splits]}


def _start_words(start: StartConfig) -> str:
    """Whose weights, by its name where it is still there."""
    try:
        name = prose.plain(readers.find_run(start.run).name)
    except UserError:
        name = start.run
    return f"weights of {name}" + (f", epoch {start.epoch}" if start.epoch else "")
