"""Work in a thread: found again by its key, stopped at its next step, gone with who holds it."""

import gc
import threading

import pytest
from streamlit.testing.v1 import AppTest

from effdash.vocab import UserError
from pages.shared.jobs import Job, Jobs, Progress

LONGEST = 5.0


class Steps:
    """Work of three steps, each of which waits to be let go."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.go = threading.Event()

    def __call__(self, report):
        for done in range(3):
            report(done, 3, f"step {done}")
            report.keep(list(range(done + 1)))
            self.started.set()
            assert self.go.wait(LONGEST)
        return "all"


def test_the_result_is_there_when_the_work_is_done():
    job = Job(lambda report: 40 + 2, "adding")
    assert job.wait(LONGEST)
    assert (job.result, job.problem, job.stopped, job.running) == (42, None, False, False)


def test_progress_is_told_while_it_runs():
    work = Steps()
    job = Job(work, "starting")
    assert work.started.wait(LONGEST)
    assert job.progress == Progress(0, 3, "step 0")
    assert job.running
    assert job.result is None
    work.go.set()
    assert job.wait(LONGEST)
    assert job.progress.done == 2
    assert job.result == "all"


def test_a_stop_ends_it_at_the_next_step_and_keeps_what_is_there():
    work = Steps()
    job = Job(work, "starting")
    assert work.started.wait(LONGEST)
    job.stop()
    work.go.set()
    assert job.wait(LONGEST)
    assert job.stopped
    assert job.result is None
    assert job.so_far == [0]


def test_bad_input_is_a_problem_and_an_error_of_ours_is_raised():
    def refuse(report):
        raise UserError("no such layer")

    def fail(report):
        raise ZeroDivisionError("ours")

    job = Job(refuse, "trying")
    assert job.wait(LONGEST)
    assert str(job.problem) == "no such layer"
    assert job.result is None
    job = Job(fail, "trying")
    assert job.wait(LONGEST)
    assert job.problem is None
    with pytest.raises(ZeroDivisionError, match="ours"):
        _ = job.result


def test_the_same_key_finds_it_and_another_stops_it():
    jobs, work = Jobs(), Steps()
    job = jobs.find_or_start("auto", ("run", 1), work, "starting")
    assert jobs.find_or_start("auto", ("run", 1), work, "starting") is job
    assert jobs.find("auto", ("run", 1)) is job
    assert jobs.find("map", ("run", 1)) is None
    assert jobs.find("auto", ("run", 2)) is None
    assert jobs.find("auto", ("run", 1)) is None
    work.go.set()
    assert job.wait(LONGEST)
    assert job.stopped


def test_it_ends_with_the_session_that_held_it():
    jobs, work = Jobs(), Steps()
    job = jobs.start("auto", "key", work, "starting")
    assert work.started.wait(LONGEST)
    state, thread = job._state, job._thread
    del jobs, job
    gc.collect()
    work.go.set()
    thread.join(LONGEST)
    assert not thread.is_alive()
    assert state.asked_to_stop.is_set()
    assert state.so_far == [0]


@pytest.mark.parametrize(
    ("progress", "share"),
    [(Progress(0, 0, "x"), 0.0), (Progress(1, 4, "x"), 0.25), (Progress(5, 4, "x"), 1.0)],
)
def test_the_share_stays_within_the_bar(progress, share):
    assert progress.share == share


def script() -> None:
    """A page with one job, whose work the test holds."""
    import streamlit as st

    from pages.shared import jobs

    job = jobs.session_jobs().find_or_start("slot", "key", st.session_state["work"], "Looking")
    jobs.draw(job, key="slot")
    st.write(f"result {job.result}")


def page_with(work) -> AppTest:
    app = AppTest.from_function(script)
    app.session_state["work"] = work
    return app.run()


def test_a_page_draws_its_progress_and_then_its_result():
    work = Steps()
    app = page_with(work)
    assert work.started.wait(LONGEST)
    app.run()
    assert app.button(key="stop slot").label == "Stop"
    work.go.set()
    assert app.session_state["jobs"].find("slot", "key").wait(LONGEST)
    app.run()
    assert not app.button
    assert app.markdown[-1].value == "result all"


def test_a_stopped_job_says_how_far_it_was():
    work = Steps()
    app = page_with(work)
    assert work.started.wait(LONGEST)
    app.button(key="stop slot").click().run()
    work.go.set()
    assert app.session_state["jobs"].find("slot", "key").wait(LONGEST)
    app.run()
    assert [caption.value for caption in app.caption] == ["Stopped: step 1, 1 of 3."]


def test_bad_input_is_said_on_the_page():
    def refuse(report):
        raise UserError("no such layer")

    app = page_with(refuse)
    assert app.session_state["jobs"].find("slot", "key").wait(LONGEST)
    app.run()
    assert [error.value for error in app.error] == ["no such layer"]
