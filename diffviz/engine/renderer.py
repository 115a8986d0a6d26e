"""What the slider shows: x_t by the jump, beside it by one chain step, and what a lens says of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

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
    ViewRequest,
)
from diffviz.engine.noise import ChainNoise, ForwardNoise, fresh_noise
from diffviz.engine.plane import Plane, PlaneRequest
from diffviz.engine.tensors import raster, x_0_of
from diffviz.kinds import KINDS
from diffviz.kinds.kind import Span
from diffviz.lenses import Kept

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
        self._x_0, self._x_0_small = Kept(_sized), Kept(_small)
        self._noise = Kept(ForwardNoise)
        self._x_0_seen, self._eps_seen = Kept(_seen), Kept(_seen)
        self._thin: Kept[dict[int, Tensor]] = Kept(lambda *_: {})  # the strip's ε of each level; of a held one at 0
        self._schedule, self._pinned = lru_cache(1)(make_schedule), lru_cache(1)(make_schedule)
        self._jump = Kept(add_noise)  # x_t, which a lens asks for again
        self._lensing = Lensing(lending)
        self._field = Field()

    def answer(
        self, request: ViewRequest, pictures: Mapping[str, np.ndarray]
    ) -> Noised | StartNoise | Plane | Lensed | Strip | None:
        """Whatever is asked for; None where it is of a picture that is no longer there, or a strip that is put off."""
        if isinstance(request, StartRequest):
            return self.start_noise(request)
        if isinstance(request, PlaneRequest):
            return self._field.answer(request)
        if isinstance(request, LensRequest) and request.recorded is not None:
            return Lensed(request, self._lensing.charts(request).of_state(request.recorded))
        if isinstance(request, LensRequest) and request.level is not None:
            level = request.level
            chart = self._lensing.charts(request).of_known(level.schedule, level.t, level.kind, level.known)
            return Lensed(request, chart)
        noised = request if isinstance(request, NoisedRequest) else request.noised
        picture = None if noised is None else pictures.get(noised.picture_id)
        if noised is None or picture is None:
            return None
        if isinstance(request, NoisedRequest):
            return self.render(request, picture)
        if isinstance(request, StripRequest):
            return self.strip(request, picture)
        x_0, noise, schedule = self._prepare(noised, picture)
        eps = noise.eps(noised.t)
        x_t = self._jump(x_0, noised.t, eps, schedule)
        guess: tuple[Tensor | None, str] = None, ""
        if request.model is not None and noised.t > 0:
            guess = self._guess.predicted(replace(noised, model=request.model), x_0, x_t, schedule)
        at = noised.t, noised.seed, noised.fresh
        chart = self._lensing.charts(request).of_picture((x_0, eps, x_t), at, schedule, noised.kind, guess)
        return Lensed(request, chart)

    @torch.no_grad()
    def render(self, request: NoisedRequest, picture: np.ndarray) -> Noised:
        """Compute x_t for a request.

        Args:
            picture: the request's x_0, uint8 (H, W, 3).
        """
        x_0, noise, schedule = self._prepare(request, picture)
        eps, how, scale = noise.eps(request.t), _how(request), float(request.eps_range)
        x_t = self._jump(x_0, request.t, eps, schedule)
        step: OneStep | Posterior | None = None
        if request.t > 0 and request.second == "step":
            step = _one_step(request, x_0, noise, x_t, schedule)
        elif request.t > 0 and request.second == "posterior":
            step = self._posterior(request, x_0, x_t, schedule)
        beside = None
        if request.pinned is not None:
            other = self._pinned(request.pinned)
            beside = _seen(*how, add_noise(x_0, same_share(request.t, schedule.T, other.T), eps, other), scale)
        seen = _seen(*how, x_t, scale), self._x_0_seen(*how, x_0), self._eps_seen(*how, eps, scale)
        return Noised(request, *seen, x_0[0].numpy(), eps[0].numpy(), step, beside)

    @torch.no_grad()
    def strip(self, request: StripRequest, picture: np.ndarray) -> Strip | None:
        """Compute x_t of several levels, small.

        What is shown of ε are some of its own values: averaging would show less noise than there is.

        Returns:
            None where somebody waits, between two levels of a chain of fresh noises, each of which takes as long as a
            move of the slider; asked again, it goes on from there.
        """
        noised, kind = request.noised, KINDS[request.noised.kind]
        x_0, noise, schedule = self._prepare(noised, picture)
        small, thin = (
            self._x_0_small(noised.kind, picture, x_0 if noised.size is None else None, request.size),
            self._thin(noise, request.size),
        )
        for t in request.levels if noised.fresh else (0,):
            if t not in thin:
                thin[t] = torch.from_numpy(kind.thinned(noise.eps(t).numpy(), request.size).copy())
                if noised.fresh and self._hurried():
                    return None
        x_t = torch.cat([add_noise(small, t, thin[t if noised.fresh else 0], schedule) for t in request.levels])
        return Strip(request, raster(kind, x_t, float(noised.eps_range), request.size))

    def start_noise(self, request: StartRequest) -> StartNoise:
        """x_T of a seed, as the chain will start from."""
        x_T = ChainNoise(request.seed, request.count, request.columns).start(request.shape)
        values = x_T.numpy()
        return StartNoise(request, KINDS[request.kind].arrange(values, float(request.eps_range)), values)

    def _prepare(self, request: NoisedRequest, picture: np.ndarray) -> tuple[Tensor, ForwardNoise, NoiseSchedule]:
        """The newest x_0, noise and schedule."""
        x_0, schedule = self._x_0(request.kind, picture, request.size), self._schedule(request.schedule)
        return x_0, self._noise(request.seed, x_0.shape[1:], schedule if request.fresh else None), schedule

    def _posterior(self, request: NoisedRequest, x_0: Tensor, x_t: Tensor, schedule: NoiseSchedule) -> Posterior:
        guess, words = self._guess.of(request, x_0, x_t, schedule)
        mean, variance = posterior(x_0 if guess is None else guess, x_t, request.t, schedule)
        c_0, c_t, beta_tilde = posterior_coefficients(request.t, request.t - 1, schedule)
        fresh = (fresh_noise(request.seed, request.t, x_0.shape[1:], k) for k in range(DRAWS))
        draws = [mean + float(variance) ** 0.5 * z for z in fresh]
        shown, *others = (_seen(*_how(request), x, float(request.eps_range)) for x in (mean, *draws))
        seen = None if guess is None else _seen(*_how(request), guess)
        return Posterior(shown, tuple(others), c_0, c_t, beta_tilde, seen, words)


def _sized(kind: str, picture: np.ndarray, size: tuple[int, int] | None) -> Tensor:
    """x_0 in the size that is asked for."""
    return x_0_of(KINDS[kind], picture if size is None else KINDS[kind].resampled(picture, size))


def _small(kind: str, picture: np.ndarray, x_0: Tensor | None, size: tuple[int, int]) -> Tensor:
    """x_0 of a strip; one that is resampled anyway is resampled to its size."""
    x_0 = _sized(kind, picture, size) if x_0 is None else x_0
    return torch.from_numpy(KINDS[kind].thinned(x_0.numpy(), size))


def _one_step(
    request: NoisedRequest, x_0: Tensor, noise: ForwardNoise, jump: Tensor, schedule: NoiseSchedule
) -> OneStep:
    """From x_{t-1}, by noise of its own: in a real chain the one that leads to x_t."""
    s, beta = request.t - 1, float(schedule.beta[request.t])
    x_s = add_noise(x_0, s, noise.eps(s), schedule)
    if request.fresh:
        z = jump.sub(x_s, alpha=math.sqrt(1.0 - beta)).div_(math.sqrt(beta))
    else:
        z = fresh_noise(request.seed, request.t, x_0.shape[1:])
    x_t = forward_step(x_s, request.t, z, schedule)
    shown, before, fresh = (_seen(*_how(request), x, float(request.eps_range)) for x in (x_t, x_s, z))
    return OneStep(shown, before, fresh, *_mean_std(x_t), *_mean_std(jump))


def _how(request: NoisedRequest) -> tuple[str, Span, tuple[int, int] | None]:
    """How the request wants to see a sample."""
    return request.kind, request.span, request.size


def _seen(kind: str, span: Span, size: tuple[int, int] | None, x: Tensor, value_range: float = 1.0) -> np.ndarray:
    return raster(KINDS[kind].during(span), x, value_range, size)[0]


def _mean_std(x: Tensor) -> tuple[float, float]:
    return (float(x.mean()), float(x.std())) if x.numel() > 1 else (0.0, 0.0)
