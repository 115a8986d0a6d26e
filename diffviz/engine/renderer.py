"""What the slider shows: x_t by the jump, beside it by one chain step, and what a lens says of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion import NoiseSchedule, add_noise, forward_step, posterior, posterior_coefficients
from diffviz.engine.denoising import make_schedule, same_share
from diffviz.engine.field import Field
from diffviz.engine.guess import Guess, Lending
from diffviz.engine.lensing import Lensing
from diffviz.engine.messages import (
    Lensed,
    LensRequest,
    Noised,
    NoisedRequest,
    OneStep,
    Posterior,
    StartNoise,
    StartRequest,
    Strip,
    StripRequest,
)
from diffviz.engine.noise import ChainNoise, ForwardNoise, fresh_noise
from diffviz.engine.plane import Plane, PlaneRequest
from diffviz.engine.tensors import raster, x_0_of
from diffviz.kinds import KINDS
from diffviz.lenses import Kept
from diffviz.scene import ScheduleSpec

DRAWS = 3  # of the posterior


class Renderer:
    """Turns requests into pictures; keeps the newest picture, noise and schedule, one of each.

    Args:
        hurried: whether somebody waits for something quicker than a strip.
        lending: has the loaded model.
    """

    def __init__(self, hurried: Callable[[], bool] = lambda: False, lending: Lending | None = None) -> None:
        self._hurried = hurried
        lending = lending or Lending()
        self._guess = Guess(lending)
        self._picture_key: tuple[object, ...] = ()
        self._x_0_shown = np.empty(0)
        self._x_0_seen: tuple[object, ...] = ()
        self._x_0 = torch.empty(0)
        self._small_key: tuple[object, ...] = ()
        self._x_0_small = torch.empty(0)
        self._noise_key: tuple[object, ...] = ()
        self._noise: ForwardNoise | None = None
        self._eps = torch.empty(0)
        self._eps_seen: tuple[object, ...] = ()
        self._eps_shown = np.empty(0)
        self._thin_key: tuple[object, ...] = ()
        self._thin: dict[int, Tensor] = {}  # the strip's ε of each level; of a held one at 0
        self._spec: ScheduleSpec | None = None
        self._schedule: NoiseSchedule | None = None
        self._jump = Kept(add_noise)  # x_t, which a lens asks for again
        self._beside: tuple[ScheduleSpec, NoiseSchedule] | None = None  # the pinned one
        self._lensing = Lensing(lending)
        self._field = Field()

    def answer(
        self,
        request: NoisedRequest | StartRequest | PlaneRequest | LensRequest | StripRequest,
        pictures: Mapping[str, np.ndarray],
    ) -> Noised | StartNoise | Plane | Lensed | Strip | None:
        """Whatever is asked for; None where it is of a picture that is no longer there, or a strip that is put off."""
        if isinstance(request, StartRequest):
            return self.start_noise(request)
        if isinstance(request, PlaneRequest):
            return self._field.answer(request)
        if isinstance(request, LensRequest) and request.recorded is not None:
            return self._lensing.of_state(request, request.recorded)
        if isinstance(request, LensRequest) and request.level is not None:
            return self._lensing.of_known(request, request.level)
        noised = request if isinstance(request, NoisedRequest) else request.noised
        picture = None if noised is None else pictures.get(noised.picture_id)
        if noised is None or picture is None:
            return None
        if isinstance(request, NoisedRequest):
            return self.render(request, picture)
        if isinstance(request, StripRequest):
            return self.strip(request, picture)
        schedule = self._noised(noised, picture)
        x_t = self._jump(self._x_0, noised.t, self._eps, schedule)
        guess: tuple[Tensor | None, str] = None, ""
        if request.model is not None and noised.t > 0:
            guess = self._guess.predicted(replace(noised, model=request.model), self._x_0, x_t, schedule)
        return self._lensing.of_picture(request, noised, (self._x_0, self._eps, x_t), schedule, guess)

    @torch.no_grad()
    def render(self, request: NoisedRequest, picture: np.ndarray) -> Noised:
        """Compute x_t for a request.

        Args:
            picture: the request's x_0, uint8 (H, W, 3).
        """
        schedule = self._noised(request, picture)
        scale = float(request.eps_range)
        x_t = self._jump(self._x_0, request.t, self._eps, schedule)
        shown = _seen(request, x_t, scale)
        step: OneStep | Posterior | None = None
        if request.t > 0 and request.second == "step":
            step = self._one_step(request, schedule, x_t)
        elif request.t > 0 and request.second == "posterior":
            step = self._posterior(request, schedule, x_t)
        values = self._x_0[0].numpy(), self._eps[0].numpy()
        return Noised(request, shown, self._x_0_shown, self._eps_shown, *values, step, self._pinned(request, schedule))

    @torch.no_grad()
    def strip(self, request: StripRequest, picture: np.ndarray) -> Strip | None:
        """Compute x_t of several levels, small.

        What is shown of ε are some of its own values: averaging would show less noise than there is.

        Returns:
            None where somebody waits, between two levels of a chain of fresh noises, each of which takes as long as a
            move of the slider; asked again, it goes on from there.
        """
        noised, kind = request.noised, KINDS[request.noised.kind]
        schedule, noise = self._prepare(noised, picture)
        wanted = (*self._picture_key, request.size)
        if wanted != self._small_key:
            x_0 = self._x_0 if noised.size is None else x_0_of(kind, kind.resampled(picture, request.size))
            self._x_0_small = torch.from_numpy(kind.thinned(x_0.numpy(), request.size))
            self._small_key = wanted
        if (*self._noise_key, request.size) != self._thin_key:
            self._thin, self._thin_key = {}, (*self._noise_key, request.size)
        for t in request.levels if noised.fresh else (0,):
            if t not in self._thin:
                self._thin[t] = torch.from_numpy(kind.thinned(noise.eps(t).numpy(), request.size).copy())
                if noised.fresh and self._hurried():
                    return None
        thin = (self._thin[t if noised.fresh else 0] for t in request.levels)
        x_t = torch.cat([add_noise(self._x_0_small, t, e, schedule) for t, e in zip(request.levels, thin, strict=True)])
        return Strip(request, raster(kind, x_t, float(noised.eps_range), request.size))

    def start_noise(self, request: StartRequest) -> StartNoise:
        """x_T of a seed, as the chain will start from."""
        x_T = ChainNoise(request.seed, request.count, request.columns).start(request.shape)
        values = x_T.numpy()
        return StartNoise(request, KINDS[request.kind].arrange(values, float(request.eps_range)), values)

    def _prepare(self, request: NoisedRequest, picture: np.ndarray) -> tuple[NoiseSchedule, ForwardNoise]:
        """The newest picture, schedule and noise."""
        wanted = request.picture_id, request.size
        if wanted != self._picture_key:
            kind = KINDS[request.kind]
            datum = picture if request.size is None else kind.resampled(picture, request.size)
            self._x_0 = x_0_of(kind, datum)
            self._picture_key = wanted
        if self._schedule is None or request.schedule != self._spec:
            self._schedule, self._spec = make_schedule(request.schedule), request.schedule
        key = request.seed, tuple(self._x_0.shape), request.schedule if request.fresh else None
        if self._noise is None or key != self._noise_key:
            self._noise = ForwardNoise(request.seed, self._x_0.shape[1:], self._schedule, request.fresh)
            self._noise_key = key
        return self._schedule, self._noise

    def _noised(self, request: NoisedRequest, picture: np.ndarray) -> NoiseSchedule:
        """x_0 and ε of a request."""
        schedule, noise = self._prepare(request, picture)
        if (*self._picture_key, request.span) != self._x_0_seen:
            self._x_0_shown, self._x_0_seen = _seen(request, self._x_0), (*self._picture_key, request.span)
        eps, seen = noise.eps(request.t), (request.eps_range, request.size, request.span)
        if eps is not self._eps or seen != self._eps_seen:
            self._eps, self._eps_seen = eps, seen
            self._eps_shown = _seen(request, eps, float(request.eps_range))
        return schedule

    def _pinned(self, request: NoisedRequest, schedule: NoiseSchedule) -> np.ndarray | None:
        """x_t of the pinned schedule, of the same ε."""
        if request.pinned is None:
            return None
        if self._beside is None or self._beside[0] != request.pinned:
            self._beside = request.pinned, make_schedule(request.pinned)
        other = self._beside[1]
        x_t = add_noise(self._x_0, same_share(request.t, schedule.T, other.T), self._eps, other)
        return _seen(request, x_t, float(request.eps_range))

    def _one_step(self, request: NoisedRequest, schedule: NoiseSchedule, jump: Tensor) -> OneStep:
        x_s, z = self._before(request, schedule, jump)
        x_t = forward_step(x_s, request.t, z, schedule)
        shown, before, fresh = (_seen(request, x, float(request.eps_range)) for x in (x_t, x_s, z))
        return OneStep(shown, before, fresh, *_mean_std(x_t), *_mean_std(jump))

    def _before(self, request: NoisedRequest, schedule: NoiseSchedule, x_t: Tensor) -> tuple[Tensor, Tensor]:
        """x_{t-1} and the noise of the step from there: in a real chain the one that leads to x_t."""
        s = request.t - 1
        if not request.fresh:
            return add_noise(self._x_0, s, self._eps, schedule), self._fresh(request)
        assert self._noise is not None
        x_s = add_noise(self._x_0, s, self._noise.eps(s), schedule)
        beta = float(schedule.beta[request.t])
        return x_s, x_t.sub(x_s, alpha=math.sqrt(1.0 - beta)).div_(math.sqrt(beta))

    def _posterior(self, request: NoisedRequest, schedule: NoiseSchedule, x_t: Tensor) -> Posterior:
        guess, words = self._guess.of(request, self._x_0, x_t, schedule)
        mean, variance = posterior(self._x_0 if guess is None else guess, x_t, request.t, schedule)
        c_0, c_t, beta_tilde = posterior_coefficients(request.t, request.t - 1, schedule)
        draws = [mean + float(variance) ** 0.5 * self._fresh(request, k) for k in range(DRAWS)]
        shown, *others = (_seen(request, x, float(request.eps_range)) for x in (mean, *draws))
        seen = None if guess is None else _seen(request, guess)
        return Posterior(shown, tuple(others), c_0, c_t, beta_tilde, seen, words)

    def _fresh(self, request: NoisedRequest, k: int = 0) -> Tensor:
        return fresh_noise(request.seed, request.t, self._x_0.shape[1:], k)


def _seen(request: NoisedRequest, x: Tensor, value_range: float = 1.0) -> np.ndarray:
    """A sample as the request wants to see it."""
    return raster(KINDS[request.kind].during(request.span), x, value_range, request.size)[0]


def _mean_std(x: Tensor) -> tuple[float, float]:
    return float(x.mean()), float(x.std())
