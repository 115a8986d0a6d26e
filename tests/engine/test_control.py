"""Control: cancel, pace and how far the screen has come, without threads where that goes."""

from __future__ import annotations

import threading

import pytest

from diffviz.engine.control import Control


class Clock:
    """Time that stands still."""

    def __init__(self, now_s: float = 0.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


def waiting(control: Control, clock: Clock) -> threading.Thread:
    thread = threading.Thread(target=control.wait_turn, args=(0.0, clock), name="wait_turn")
    thread.start()
    return thread


def test_at_full_pace_nothing_waits() -> None:
    Control().wait_turn(0.0, Clock())


def test_a_pace_waits_until_the_time_is_up() -> None:
    control, clock = Control(), Clock()
    control.set_pace("0.001")
    thread = waiting(control, clock)
    thread.join(0.05)
    assert thread.is_alive()
    clock.now_s = 1000.0
    control.set_pace("0.001")  # wakes it, and the thousand seconds are over
    thread.join(5.0)
    assert not thread.is_alive()


@pytest.mark.parametrize("pace", ["0.001", "step"])
@pytest.mark.parametrize("how", ["cancel", "close"])
def test_cancel_and_close_end_the_wait_at_once(pace: str, how: str) -> None:
    control = Control()
    control.set_pace(pace)
    thread = waiting(control, Clock())
    getattr(control, how)()
    thread.join(5.0)
    assert not thread.is_alive() and control.cancelled


def test_a_changed_pace_takes_effect_while_waiting() -> None:
    control = Control()
    control.set_pace("step")
    thread = waiting(control, Clock())
    control.set_pace("max")
    thread.join(5.0)
    assert not thread.is_alive()


def test_each_advance_is_one_step() -> None:
    control = Control()
    control.set_pace("step")
    control.advance()
    control.advance()
    control.wait_turn(0.0, Clock())
    control.wait_turn(0.0, Clock())
    thread = waiting(control, Clock())
    thread.join(0.05)
    assert thread.is_alive()
    control.advance()
    thread.join(5.0)
    assert not thread.is_alive()


def test_a_new_job_begins_uncancelled() -> None:
    control = Control()
    control.begin(1)
    control.cancel()
    control.begin(2)
    assert not control.cancelled


def test_frames_in_flight_are_bounded_by_acknowledgement() -> None:
    control = Control()
    control.begin(1)
    for _ in range(Control.IN_FLIGHT):
        assert control.may_send()
    assert not control.may_send()
    control.acknowledge(1)
    assert control.may_send()
    assert not control.may_send()


def test_an_acknowledgement_of_an_older_job_frees_no_place() -> None:
    control = Control()
    control.begin(1)
    control.may_send()
    control.begin(2)
    for _ in range(Control.IN_FLIGHT):
        control.may_send()
    control.acknowledge(1)
    assert not control.may_send()


def test_more_acknowledgements_than_frames_make_no_credit() -> None:
    control = Control()
    control.begin(1)
    for _ in range(5):
        control.acknowledge(1)
    for _ in range(Control.IN_FLIGHT):
        assert control.may_send()
    assert not control.may_send()


def test_a_pause_holds_any_pace_and_rests_once() -> None:
    control, rests = Control(), []
    control.pause(True)
    thread = threading.Thread(target=control.wait_turn, args=(0.0, Clock(), lambda: rests.append(1)))
    thread.start()
    control.set_pace("30")
    thread.join(0.05)
    assert thread.is_alive() and rests == [1]
    control.set_pace("max")
    control.pause(False)
    thread.join(5.0)
    assert not thread.is_alive() and rests == [1]


def test_a_new_job_begins_unpaused() -> None:
    control = Control()
    control.pause(True)
    control.begin(2)
    control.wait_turn(0.0, Clock())
