"""The film strip of an export: states in small, each at its t, no pixel blended, the current one outlined."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.export.render import Renderer
from diffviz.export.source import Frame
from diffviz.export.strip import COUNT, Strip, strip_frames
from diffviz.palette import DARK, rgb
from diffviz.timeline import Timeline

T = 1000
ALPHA_BAR = np.linspace(1.0, 0.0, T + 1)


class Made:
    """A source whose picture at level t is of one colour, (t / 4, 99, 5)."""

    forward = True
    alpha_bar = ALPHA_BAR

    def __init__(self, levels: tuple[int, ...], shape: tuple[int, int] = (32, 32)) -> None:
        self.timeline, self._shape = Timeline(levels), shape

    def frame(self, index: int) -> Frame:
        t = self.timeline.levels[index]
        picture = np.full((*self._shape, 3), (int(t) // 4, 99, 5), np.uint8)
        return Frame(t, picture, picture, picture, alpha_bar=float(ALPHA_BAR[int(t)]))


def test_about_a_dozen_states_are_even_in_t() -> None:
    levels = [frame.t for frame in strip_frames(Made(tuple(range(T + 1))))]
    assert len(levels) == COUNT and np.ptp(np.diff(levels)) <= 1
    assert len(strip_frames(Made((0, 500, 1000)))) == 3


@pytest.mark.parametrize("shape", [(32, 32), (20, 64), (64, 20), (300, 300)])
@pytest.mark.parametrize("axis", [(40, 400), (100, 1333)])
def test_each_stands_at_its_t_and_none_over_another(shape: tuple[int, int], axis: tuple[int, int]) -> None:
    strip = Strip(axis, 10, 1.0, shape, T)
    canvas = np.zeros((strip.height + 20, 1600, 3), np.uint8)
    frames = strip_frames(Made(tuple(range(T + 1)), shape))
    strip.draw(canvas, frames)
    row = canvas[10 + strip.height // 2]
    found = 0
    for frame in frames:
        xs = np.flatnonzero((row == frame.x_t[0, 0]).all(axis=-1))
        if len(xs):
            found += 1
            assert xs[-1] - xs[0] + 1 == len(xs) and xs[0] % 2 == 0
            assert abs(xs.mean() + 0.5 - (axis[0] + axis[1] * frame.t / T)) <= max(2, len(xs) / 2 - axis[1] / 24 + 2)
            assert axis[0] - 1 <= xs[0] and xs[-1] <= axis[0] + axis[1]
    assert found >= COUNT - 1 or shape[1] > 32


def test_none_touches_another() -> None:
    strip, canvas = Strip((0, 600), 0, 1.0, (32, 32), T), np.zeros((40, 600, 3), np.uint8)
    wide = strip._size[1]
    frames = [Made((round(x * T / 600),)).frame(0) for x in (100, 100 + wide, 104 + 2 * wide)]
    strip.draw(canvas, frames)
    assert [left for _, left in strip._shown] == [round(100 - wide / 2), round(104 + 1.5 * wide)]


def test_pixels_are_shown_as_they_are() -> None:
    picture = np.random.default_rng(0).integers(1, 256, (300, 300, 3), dtype=np.uint8)
    strip = Strip((40, 1200), 0, 1.0, picture.shape, T)
    canvas = np.zeros((strip.height, 1300, 3), np.uint8)
    strip.draw(canvas, [Frame(500, picture, picture, picture, alpha_bar=0.5)])
    shown = canvas[:, canvas.any(axis=(0, 2))]
    small = shown[::2, ::2]
    assert np.array_equal(small.repeat(2, axis=0).repeat(2, axis=1), shown)
    step = -(-300 // small.shape[0])
    assert np.array_equal(small, picture[::step, ::step])


def test_the_layout_outlines_the_state_that_is_shown() -> None:
    source = Made(tuple(range(0, T + 1, 10)))
    renderer = Renderer((32, 32), ALPHA_BAR, True, "strip", 128, "dark", strip_frames(source))
    first, later = (renderer.compose(source.frame(i)) for i in (0, 60))
    plain = Renderer((32, 32), ALPHA_BAR, True, "curves", 128, "dark")
    assert first.shape[0] > plain.frame_shape[0] and first.shape[1] == plain.frame_shape[1]
    blue = [np.flatnonzero((image[-40:] == rgb(DARK.signal)).all(axis=-1).any(axis=0)) for image in (first, later)]
    assert 0 < blue[0].max() < blue[1].min()
