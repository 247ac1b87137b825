"""The sidebar: the one place where run, epoch and split are picked, and the key to the three statuses."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from effdash.figures import epochs_payload
from effdash.runs import Run, RunSummary
from effdash.vocab import RunState, Split, UserError
from pages.shared import canvas, page, prose, readers
from pages.shared.view import View, change_view, current_view, open_run_view

KEY_TO_STATUS = """
<div class="key">
<p><i class="s0"></i><b>dead</b><br>never above 0 on these data: answers 0 to everything</p>
<p><i class="s1"></i><b>linear</b><br>always above 0: passes everything, bends nothing</p>
<p><i class="s2"></i><b>nonlinear</b><br>above 0 for some, at or below 0 for others</p>
</div>
"""
LIVE = (RunState.RUNNING, RunState.PAUSED)
LIVE_SECONDS = 1.0
EPOCH_CHANGED = "epoch changed"


@dataclass(frozen=True)
class Picked:
    """The run on the page. `epoch` is a recorded one; `None`: the newest, also while more arrive."""

    run: Run
    state: RunState
    version: readers.Version
    epoch: int | None
    split: Split
    view: View

    @property
    def shown_epoch(self) -> int:
        """The recorded epoch that is looked at."""
        epochs = readers.epochs_table(self.run.id, self.version)["epoch"]
        return int(epochs.iloc[-1]) if self.epoch is None else self.epoch

    def nearest(self, epoch: int) -> int:
        """The nearest recorded epoch up to this one; the first, where all come after it."""
        epochs = readers.epochs_table(self.run.id, self.version)["epoch"].to_numpy()
        return int(epochs[max(0, int((epochs <= epoch).sum()) - 1)])

    def base_value(self, field: str) -> float:
        """What `jumpstart` or `lr` was set to last, before its schedule's factor."""
        changes = readers.changes_table(self.run.id, self.version)
        turned = changes.loc[changes["field"] == field, "value"]
        config = self.run.config
        return (
            float(turned.iloc[-1])
            if len(turned)
            else {"jumpstart": config.jumpstart.weight, "lr": config.optimizer.lr}[field]
        )

    @property
    def row(self) -> int:
        """The place of the epoch that is looked at among the recorded ones."""
        epochs = readers.epochs_table(self.run.id, self.version)["epoch"].to_numpy()
        return int(np.searchsorted(epochs, self.shown_epoch))

    @property
    def kept_weights(self) -> int:
        """The nearest epoch up to the one looked at whose weights are kept.

        Raises:
            UserError: none are.
        """
        return readers.kept_weights(self.run.id, self.shown_epoch, self.version)

    @property
    def split_words(self) -> str:
        """The split in words, with its part where not all of it is looked at."""
        size = self.run.data_size(self.split)
        part = "" if size.observed == size.total else f", {size.observed:,} of {size.total:,}"
        return f"{self.split}{part}"


def pick(*, default: str | None = None) -> Picked | None:
    """Draws the sidebar and returns what is picked; `None` where there is no run that can be opened.

    A run, an epoch or a run file that is not there is said in one sentence, and the nearest is shown instead.
    """
    view = current_view()
    with st.sidebar:
        runs = readers.list_runs()
        chosen = _pick_run(runs, view.run or default)
        if chosen is None:
            return None
        try:
            run = readers.find_run(chosen.id)
            if run.last_epoch is None:
                _wait_for_first_epoch(run)
                return None
            picked = refreshed(Picked(run, run.state, readers.Version.of(run), None, view.split, view))
            _facts_and_epoch(picked)
        except UserError as error:
            page.complain(error)
            return None
        if view.epoch is not None and view.epoch != picked.epoch:
            st.caption(f"Epoch {view.epoch} was not recorded; this is epoch {picked.epoch}.")
        for sentence in view.strange:
            st.caption(prose.literal(sentence))
        st.segmented_control(
            "Status taken on",
            [split.value for split in Split],
            default=view.split.value,
            required=True,
            key=f"split of {view.split}",
            on_change=_split_changed,
            args=(f"split of {view.split}",),
            width="stretch",
        )
        st.html(KEY_TO_STATUS)
    return picked


def _wait_for_first_epoch(run: Run) -> None:
    """Says that nothing is recorded yet, and looks again while somebody trains."""
    live = run.state in LIVE

    @st.fragment(run_every=0.5 if live else None)
    def look_again() -> None:
        st.caption("Its first epoch is not recorded yet." if live else "It ended before its first epoch.")
        with page.problems_said():
            if run.last_epoch is not None:
                st.rerun()

    look_again()


def refreshed(picked: Picked) -> Picked:
    """The same run as it stands now, at the epoch and unit that the address names now; for fragments.

    Raises:
        UserError: the run was deleted, or its file cannot be read any more.
    """
    run = readers.find_run(picked.run.id)
    view = current_view()
    epoch = view.epoch if view.epoch is None else picked.nearest(view.epoch)
    return Picked(run, run.state, readers.Version.of(run), epoch, view.split, view)


def _pick_run(runs: list[RunSummary], wanted: str | None) -> RunSummary | None:
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
        args=(key,),
    )
    return readable[shown]


def labels_of(runs: Iterable[RunSummary]) -> dict[str, str]:
    """What to call each run, by its id: no two alike, since the picker tells them apart by that."""
    labels = {run.id: _label(run) for run in runs}
    often = Counter(labels.values())
    return {run_id: label if often[label] == 1 else f"{label} · {run_id}" for run_id, label in labels.items()}


def _label(run: RunSummary) -> str:
    name = prose.plain(run.name)
    return name if run.shipped else f"{name} · {run.created.astimezone():%d %b %H:%M}"


def _run_changed(key: str) -> None:
    open_run_view(st.session_state[key])


def _split_changed(key: str) -> None:
    change_view(split=st.session_state[key])


def _epoch_changed(epoch: int | None) -> None:
    change_view(epoch=epoch)
    st.session_state[EPOCH_CHANGED] = True


def _facts_and_epoch(picked: Picked) -> None:
    if picked.state not in LIVE:
        _facts(picked)
        _slider(picked)
        return

    @st.fragment(run_every=LIVE_SECONDS)
    def live() -> None:
        try:
            now = refreshed(picked)
            _facts(now)
            _slider(now)
        except UserError:
            # Deleted meanwhile: the whole page has to say so, and to show another run.
            st.rerun()
        if st.session_state.pop(EPOCH_CHANGED, False):
            st.rerun()

    live()


def _slider(picked: Picked) -> None:
    epochs = readers.epochs_table(picked.run.id, picked.version)["epoch"].to_numpy()
    canvas.epoch_slider(
        epochs_payload(epochs, link=picked.run.id, epoch=picked.epoch), key="epoch", on_epoch=_epoch_changed
    )


def _facts(picked: Picked) -> None:
    config = picked.run.config
    last = readers.epochs_table(picked.run.id, picked.version).iloc[-1]
    st.html(
        prose.facts(
            {
                "data": config.data.name,
                "network": prose.network_words(config.network),
                "jumpstart": prose.jumpstart_words(
                    config, readers.changes_table(picked.run.id, picked.version)
                ),
                "accuracy": [f"train {last['train_accuracy']:.3f}", f"test {last['test_accuracy']:.3f}"],
                "state": str(picked.state),
            }
        )
    )
