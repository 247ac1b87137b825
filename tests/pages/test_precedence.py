"""The hand comes first."""

import threading

import pytest

from pages.shared.prune import precedence
from pages.shared.prune.precedence import Precedence


def test_where_nobody_acts_work_goes_on_at_once() -> None:
    Precedence().give_way(pytest.fail)


def test_work_rests_until_nobody_has_acted_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(precedence.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(precedence.time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    hand = Precedence()
    hand.act()
    looks: list[float] = []

    def look() -> None:
        looks.append(clock[0])
        if len(looks) == 5:
            hand.act()

    hand.give_way(look)
    acted_again = looks[4]
    assert clock[0] == pytest.approx(acted_again + precedence.REST_SECONDS, abs=precedence.LOOK_SECONDS)


def test_resting_work_can_be_stopped() -> None:
    hand, stop = Precedence(), threading.Event()
    hand.act()

    def go_on() -> None:
        if stop.is_set():
            raise InterruptedError
        stop.set()

    with pytest.raises(InterruptedError):
        hand.give_way(go_on)
