"""Sources of frames for the exporter: the forward process computed on demand, and a recorded chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from diffviz.chart import Chart
from diffviz.diffusion import NoiseSchedule, add_noise
from diffviz.engine.denoising import make_schedule, same_share
from diffviz.engine.lensing import Charts
from diffviz.engine.noise import ForwardNoise
from diffviz.engine.states import State
from diffviz.engine.tensors import raster, x_0_of
from diffviz.export.encoders import grain
from diffviz.export.source import Beside, Frame
from diffviz.kinds import KINDS, PICTURE, Kind
from diffviz.kinds.voice import Mix, passage
from diffviz.scene import Scene, ViewSpec
from diffviz.timeline import Timeline, forward_timeline


class Heard:
    """What is heard of a source: x_t of each state, around and around, each fading into the next."""

    rate = 0

    def hear(self, before: int, now: int, begin: int, count: int) -> np.ndarray:
        """As ``Source`` says."""
        mix = self._mix(now)
        return passage(mix if before == now else self._mix(before), mix, begin, count)

    def _mix(self, index: int) -> Mix:
        raise NotImplementedError


class ForwardSource(Heard):
    """x_t of one picture along a timeline, of one held ε or of a chain of fresh noises.

    Args:
        picture: the datum, already of the size to be noised. size: as in ``Kind.raster``.
        pinned: another schedule, whose x_t of the same ε is in the frames too, and what both are called.
    """

    forward = True

    def __init__(
        self,
        picture: np.ndarray,
        schedule: NoiseSchedule,
        timeline: Timeline,
        seed: int,
        eps_range: float = 1.0,
        kind: Kind = PICTURE,
        size: tuple[int, int] | None = None,
        fresh: bool = False,
        view: ViewSpec | None = None,
        pinned: tuple[NoiseSchedule, tuple[str, str]] | None = None,
    ) -> None:
        self._pinned, self._split = pinned, ViewSpec().split if view is None else view.split
        self.timeline = timeline
        self.alpha_bar = schedule.alpha_bar
        self._schedule = schedule
        self._kind, self._range, self._size = kind, eps_range, size
        self._x_0 = x_0_of(kind, picture)
        self._picture = raster(kind, self._x_0, size=size)[0]
        self._noise = ForwardNoise(seed, self._x_0.shape[1:], schedule if fresh else None)
        self._eps = self._noise.eps(0)
        self._eps_shown = raster(kind, self._eps, eps_range, size)[0]
        self._origin, self._charts = (seed, fresh), Charts.of(view, reach=kind.plane)
        self.rate = kind.rate(picture) if kind.heard else 0

    def _mix(self, index: int) -> Mix:
        t = int(self.timeline.levels[index])
        waves = (self._kind.waves(each.numpy())[0] for each in (self._x_0, self._noise.eps(t)))
        return Mix(tuple(waves), (float(self.alpha_bar[t]) ** 0.5, (1 - float(self.alpha_bar[t])) ** 0.5))

    @torch.no_grad()
    def frame(self, index: int) -> Frame:
        t = int(self.timeline.levels[index])
        eps, x_t = self._noise.eps(t), self._picture
        if eps is not self._eps:
            self._eps, self._eps_shown = eps, raster(self._kind, eps, self._range, self._size)[0]
        noisy, chart = add_noise(self._x_0, t, eps, self._schedule) if t else self._x_0, None
        if t:
            x_t = raster(self._kind, noisy, self._range, self._size)[0]
        if self._charts is not None:
            terms, at = (self._x_0, eps, noisy), (t, *self._origin)
            chart = self._charts.of_picture(terms, at, self._schedule, self._kind.name)
        sums = float(self.alpha_bar[t])
        return Frame(t, x_t, self._picture, self._eps_shown, alpha_bar=sums, chart=chart, beside=self._beside(t, eps))

    def _beside(self, t: int, eps: Tensor) -> Beside | None:
        """At the same share of T."""
        if self._pinned is None:
            return None
        other, names = self._pinned
        x_t = add_noise(self._x_0, same_share(t, self._schedule.T, other.T), eps, other)
        return Beside(raster(self._kind, x_t, self._range, self._size)[0], other.alpha_bar, names, self._split)


def forward_source(picture: np.ndarray, scene: Scene, frames: int, size: int, suffix: str) -> ForwardSource:
    """The forward film of a scene: ``frames`` levels over 0..T, the picture resized to ``size`` before it is noised.

    Where a format's ``grain`` is 2 (video halves the resolution of colour) the noise is made at half the size, and the
    exporter enlarges it by two.
    """
    schedule = make_schedule(scene.schedule)
    timeline = forward_timeline(schedule.alpha_bar, frames, scene.view.pacing)
    kind = KINDS[scene.data.kind]
    side = max(1, size // grain(suffix))
    small = kind.resampled(picture, side)
    eps_range = scene.view.eps_range
    pinned = None
    for spec in scene.pinned:
        pinned = make_schedule(spec), (scene.schedule.label, spec.label)
    origin = scene.fresh, scene.view
    return ForwardSource(small, schedule, timeline, scene.seed, eps_range, kind, (side, side), *origin, pinned)


class RecordedSource(Heard):
    """The states of a finished or cancelled chain, as tiles of one picture where there are several samples.

    ``sample``: the only one of them that is wanted.
    ``chart_of``: what a lens shows of a state, where there is one; see ``chain_charts``. ``row_names``: those at t.
    """

    forward = False

    def __init__(
        self,
        states: Sequence[State],
        alpha_bar: np.ndarray,
        eps_range: int = 1,
        size: tuple[int, int] | None = None,
        chart_of: Callable[[State], Chart] | None = None,
        sample: int | None = None,
        row_names: Callable[[float], tuple[tuple[float, float, str], ...]] = lambda t: (),
    ) -> None:
        self._chart_of, self._sample, self._row_names = chart_of, sample, row_names
        self.timeline = Timeline(tuple(state.t for state in states))
        self.alpha_bar = alpha_bar
        self._states = states
        self._range, self._size = eps_range, size
        self.rate = min(state.rate for state in states)

    def _mix(self, index: int) -> Mix:
        """Of the sample that is wanted, else of the first."""
        return Mix((self._states[index].wave(0, self._sample or 0),), (1.0,))

    def frame(self, index: int) -> Frame:
        state = self._states[index]
        chart = None if self._chart_of is None else self._chart_of(state)
        pictures = state.frames(self._range, self._sample, self._size)
        alpha_bar, names = state.alpha_bar, self._row_names
        return Frame(state.t, *pictures, state.exact, alpha_bar=alpha_bar, chart=chart, row_names=names(state.t))
