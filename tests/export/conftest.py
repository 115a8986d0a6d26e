"""A film of held noise that needs no torch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from diffviz.export.source import Frame
from diffviz.timeline import Timeline

T = 1000
ALPHA_BAR = np.concatenate([[1.0], np.cumprod(1 - np.linspace(1e-4, 0.02, T))])


def to_uint8(x: np.ndarray) -> np.ndarray:
    return np.clip(np.rint((x + 1) * 127.5), 0, 255).astype(np.uint8)


class FakeSource:
    """x_t of a smooth picture (H, W); frames are computed when they are asked for."""

    alpha_bar = ALPHA_BAR

    def __init__(self, frames: int, height: int, width: int, forward: bool) -> None:
        self.forward = forward
        levels = tuple(int(t) for t in np.linspace(0, T, frames))
        self.timeline = Timeline(levels if forward else levels[::-1])
        y, x = np.mgrid[0:height, 0:width]
        self.x_0 = np.stack([x / width, y / height, 1 - x / width], axis=-1) * 1.6 - 0.8
        self.eps = np.random.default_rng(7).standard_normal(self.x_0.shape)
        self.asked: list[int] = []

    def frame(self, index: int) -> Frame:
        self.asked.append(index)
        t = self.timeline.levels[index]
        alpha_bar = float(ALPHA_BAR[t])
        x_t = np.sqrt(alpha_bar) * self.x_0 + np.sqrt(1 - alpha_bar) * self.eps
        return Frame(t, to_uint8(x_t), to_uint8(self.x_0), to_uint8(self.eps), t % 2 == 0, alpha_bar=alpha_bar)


@pytest.fixture
def make_source() -> Callable[..., FakeSource]:
    def make(frames: int = 12, height: int = 32, width: int = 32, forward: bool = True) -> FakeSource:
        return FakeSource(frames, height, width, forward)

    return make
