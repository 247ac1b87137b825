"""Requests of a page that has been left are not answered.

In streamlit 1.67 the timer of a fragment may fire in the browser after `st.switch_page`, before the new page
is there. The server answers for the page that was left; the browser takes that for a switch back and empties
itself. Links of the navigation stop the timers first; nothing does where a script switches.
"""

from functools import wraps

from streamlit.runtime.scriptrunner.script_runner import RerunData, ScriptRunner


def ignore() -> None:
    """Has every session ignore them from now on; a second call changes nothing."""
    answer = ScriptRunner._run_script
    if hasattr(answer, "__wrapped__"):
        return

    @wraps(answer)
    def answer_in_time(runner: ScriptRunner, request: RerunData) -> None:
        here = runner._pages_manager.current_page_script_hash
        if not request.fragment_id_queue or request.page_script_hash == here:
            answer(runner, request)

    ScriptRunner._run_script = answer_in_time  # type: ignore[method-assign,assignment]
