"""Work that takes longer than a person waits for: in a thread, with progress, a stop, and a result.

A page asks for a job by its `slot`, the place that it fills, and by its `key`, all that its result depends
on. The same key finds the same job in every rerun; another key stops the one before. The session holds its
jobs, and what nobody holds any more stops.
"""

import threading
import weakref
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import streamlit as st

from effdash.vocab import UserError
from pages.shared import page, prose

JOBS: Final = "jobs"
POLL_SECONDS: Final = 0.25

Result = TypeVar("Result")


class Stopped(Exception):  # noqa: N818 - a stop is no error
    """Somebody stopped the job; raised in its thread, at its next step."""


@dataclass(frozen=True)
class Progress:
    """How far a job is: `done` steps of `of`, which is 0 as long as nobody knows, and what it does now."""

    done: int
    of: int
    words: str

    @property
    def share(self) -> float:
        """From 0 to 1; 0 as long as nobody knows."""
        return min(self.done / self.of, 1.0) if self.of else 0.0


@dataclass(eq=False)
class _State:
    """What the thread and the job share."""

    progress: Progress
    so_far: Any = None
    result: Any = None
    problem: Exception | None = None
    asked_to_stop: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


class Report:
    """What the work calls between its steps; as `on_step` it is called with two numbers."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def __call__(self, done: int, of: int, words: str | None = None) -> None:
        """Tells how far the work is.

        Raises:
            Stopped: somebody stopped the job.
        """
        self._state.progress = Progress(done, of, self._state.progress.words if words is None else words)
        if self._state.asked_to_stop.is_set():
            raise Stopped

    def keep(self, so_far: object) -> None:
        """Hands over what is there already, which stays when the job is stopped. Not to be changed later."""
        self._state.so_far = so_far


Work = Callable[[Report], Result]


class Job(Generic[Result]):
    """Work under way or over. It starts at once, in a thread of its own, which must not call streamlit."""

    def __init__(self, work: Work[Result], words: str) -> None:
        self._state = state = _State(Progress(0, 0, words))
        # The thread knows nothing of the job: one that nobody holds any more is collected, and stops.
        self._thread = threading.Thread(target=_run, args=(work, state), daemon=True, name=words)
        weakref.finalize(self, state.asked_to_stop.set)
        self._thread.start()

    @property
    def progress(self) -> Progress:
        """How far it is, or was when it ended."""
        return self._state.progress

    @property
    def running(self) -> bool:
        """Whether it goes on, be it to its next step after a stop."""
        return not self._state.ended.is_set()

    @property
    def stopped(self) -> bool:
        """Whether it ended because it was stopped."""
        return isinstance(self._state.problem, Stopped)

    @property
    def problem(self) -> UserError | None:
        """Why there is no result, where that is the matter of the person who asked."""
        problem = self._state.problem
        return problem if isinstance(problem, UserError) else None

    @property
    def so_far(self) -> Any:
        """What the work kept last; `None` before."""
        return self._state.so_far

    @property
    def result(self) -> Result | None:
        """What the work returned; `None` while it goes on, after a stop, and where there is a `problem`.

        Raises:
            Exception: what was wrong with the work itself.
        """
        problem = self._state.problem
        if problem is not None and not isinstance(problem, Stopped | UserError):
            raise problem
        result: Result | None = self._state.result
        return result

    def stop(self) -> None:
        """Asks it to end at its next step."""
        self._state.asked_to_stop.set()

    def wait(self, seconds: float) -> bool:
        """Waits until it has ended, so long at most; whether it has."""
        return self._state.ended.wait(seconds)


def _run(work: Work[Any], state: _State) -> None:
    try:
        state.result = work(Report(state))
    except Exception as problem:
        # Whatever it is, the page has to know: it is told of a stop and of bad input, and raises the rest.
        state.problem = problem
    finally:
        state.ended.set()


class Jobs:
    """The jobs of one person: one a slot."""

    def __init__(self) -> None:
        self._slots: dict[str, tuple[Hashable, Job[Any]]] = {}

    def find(self, slot: str, key: Hashable) -> Job[Any] | None:
        """The job of this key, running or over; one of another key is stopped and forgotten."""
        if slot not in self._slots:
            return None
        held, job = self._slots[slot]
        if held == key:
            return job
        self.drop(slot)
        return None

    def start(self, slot: str, key: Hashable, work: Work[Result], words: str) -> Job[Result]:
        """Starts the job in the place of any that was there; `words` say what it does first."""
        self.drop(slot)
        job = Job(work, words)
        self._slots[slot] = (key, job)
        return job

    def find_or_start(self, slot: str, key: Hashable, work: Work[Result], words: str) -> Job[Result]:
        """The job of this key, started now where there is none."""
        job = self.find(slot, key)
        return self.start(slot, key, work, words) if job is None else job

    def drop(self, slot: str) -> None:
        """Stops the job of a slot, if there is one, and forgets it."""
        if slot in self._slots:
            self._slots.pop(slot)[1].stop()


def session_jobs() -> Jobs:
    """Those of this session."""
    held: Jobs = st.session_state.setdefault(JOBS, Jobs())
    return held


def draw(
    job: Job[Any],
    *,
    key: str,
    has_more: Callable[[], bool] | None = None,
    every: float = POLL_SECONDS,
) -> None:
    """Its progress and a way to stop it; the page is run again when it ends. Nothing, where it is over.

    It is looked at `every` so many seconds. The page is run again also when `has_more` says that there is
    more to draw than there was. A stopped or failed job says so in a sentence, as long as the page draws it.
    """
    if not job.running:
        _say_how_it_ended(job)
        return

    @st.fragment(run_every=every)
    def watch() -> None:
        if not job.running or (has_more is not None and has_more()):
            st.rerun()
        progress = job.progress
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.progress(progress.share, text=prose.literal(_in_words(progress)))
            st.button("Stop", key=f"stop {key}", on_click=job.stop)

    watch()


def _say_how_it_ended(job: Job[Any]) -> None:
    if job.problem is not None:
        page.complain(job.problem)
    elif job.stopped:
        st.caption(f"Stopped: {prose.literal(_in_words(job.progress))}.")


def _in_words(progress: Progress) -> str:
    if not progress.of:
        return progress.words
    return f"{progress.words}, {progress.done:,} of {progress.of:,}"
