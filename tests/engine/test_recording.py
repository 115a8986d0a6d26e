"""What is told of a chain while it is recorded."""

from __future__ import annotations

import pytest

from diffviz.engine import recording
from diffviz.engine.control import Control
from diffviz.engine.messages import ChainStates, Event


def test_the_rate_counts_no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """After ten seconds of it a chain of 44 steps a second told of 6, and of six times too long a rest."""
    now, sent = [0.0], list[Event]()
    monkeypatch.setattr(recording.time, "monotonic", lambda: now[0])
    sender = recording._Sender(sent.append, Control(), 1)

    def step(seconds: float) -> float:
        now[0] += seconds
        sender.stepped()
        sender.add(None)  # type: ignore[arg-type]
        sender.flush()
        assert isinstance(sent[-1], ChainStates)
        return sent[-1].steps_per_s

    for _ in range(5):
        rate = step(0.1)
    assert rate == pytest.approx(10)
    sender.rest()
    assert step(100) == 0  # of one step nothing can be said
    assert step(0.1) == pytest.approx(10)


def test_the_rate_of_a_part_drawn_anew_counts_what_is_gone_through_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten levels five times: the last time tells of ten steps at once, and 13 s were left of more than a minute."""
    now, sent = [0.0], list[Event]()
    monkeypatch.setattr(recording.time, "monotonic", lambda: now[0])
    sender = recording._Sender(sent.append, Control(), 1, 10)
    rates = []
    for _ in range(7):
        now[0] += 40 * 0.1  # the first four times
        for _ in range(10):
            now[0] += 0.1
            sender.stepped()
            sender.add(None)  # type: ignore[arg-type]
            sender.flush()
            assert isinstance(sent[-1], ChainStates)
            rates.append(sent[-1].steps_per_s)
    assert rates[:10] == [0] * 10 and rates[10:] == pytest.approx([2] * 60)
