"""A chain on disk gives back what was put in, in any order, and leaves no file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest

from diffviz.chart import Chart
from diffviz.engine.spool import SpooledChain
from diffviz.engine.states import Shown, State

ALPHA_BAR = np.linspace(1, 0.1, 11)


def state(i: int, t: int, gap: float = 0.0, count: int = 4) -> State:
    pictures = np.random.default_rng(i).integers(0, 256, (3, count, 5, 6, 3), dtype=np.uint8)
    return State(i, 10, t, None, Shown(*pictures), gap=gap, alpha_bar=float(ALPHA_BAR[t]))


def test_frames_in_any_order() -> None:
    chain = SpooledChain(ALPHA_BAR, row_names=lambda t: ((0.0, 0.5, f"b{t:g}"),))
    states = [state(i, 10 - i, gap=0.5 if i == 2 else 1e-6) for i in range(5)]
    for item in states:
        chain.add(item)
    assert chain.timeline.levels == (10, 9, 8, 7, 6) and not chain.forward
    for i in (3, 0, 4, 4, 1, 2):
        frame, item = chain.frame(i), states[i]
        assert (frame.t, frame.exact, frame.alpha_bar) == (item.t, i != 2, item.alpha_bar)
        assert frame.row_names == ((0.0, 0.5, f"b{item.t}"),)
        for got, put in zip((frame.x_t, frame.x_0, frame.eps), item.shown, strict=True):
            assert got.shape == (10, 12, 3)
            np.testing.assert_array_equal(got[:5, 6:], put[1])
            np.testing.assert_array_equal(got[5:, :6], put[2])
    chain.add(state(9, 0))
    assert chain.frame(5).t == 0
    chain.close()


def test_charts_come_back_with_their_states() -> None:
    chain = SpooledChain(ALPHA_BAR, lambda item: Chart("numbers", sentence="x" * (1 + 1000 * item.i)))
    for i in range(3):
        chain.add(state(i, 10 - i))
    for i in (2, 0, 1):
        frame = chain.frame(i)
        assert frame.chart is not None and len(frame.chart.sentence) == 1 + 1000 * i
        np.testing.assert_array_equal(frame.x_t[:5, :6], state(i, 10 - i).shown.x_t[0])  # type: ignore[union-attr]
    chain.close()


def test_no_file_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    chain = SpooledChain(ALPHA_BAR)
    chain.add(state(0, 10))
    chain.close()
    assert not list(tmp_path.iterdir())
