"""Field: density, score and paths of the cloud that is open, for the plane under the slider."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion import SAMPLERS, Mixture, NoiseSchedule
from diffviz.diffusion.mixture import MixtureDenoiser
from diffviz.engine.plane import Guided, Paths, Plane, PlaneRequest, Told
from diffviz.models.small import snapshot_denoiser

GRID = 128  # cells a side of the density
ARROWS = 20  # a side
ERROR_GRID = 48  # cells a side
RARE = 0.01  # of the largest density: where there is less, an error matters less and fades
STEPS = 100  # of a path
MOST = 10_000  # atoms: a larger cloud is thinned, evenly


class Field:
    """Keeps the mixture of the newest cloud, and the paths, which do not depend on t."""

    def __init__(self) -> None:
        self._atoms: np.ndarray | None = None
        self._mixture = Mixture(torch.zeros(1, 2))
        self._path_key: tuple[object, ...] = ()
        self._schedule: NoiseSchedule | None = None  # of the paths
        self._paths: Paths | None = None

    @torch.no_grad()
    def answer(self, request: PlaneRequest) -> Plane:
        """The exact theory of the request's cloud at its level; at t = 0 there are the points alone."""
        mixture = self._prepare(request)
        alpha_bar = float(request.schedule.alpha_bar_at(request.t)) if request.t > 0 else 1.0
        denoiser = mixture.denoiser(request.schedule, request.label, request.guidance)
        density = self._density(request, mixture, alpha_bar) if request.density else None
        arrows = _arrows(request.reach, denoiser, alpha_bar) if request.arrows and alpha_bar < 1 else None
        paths = None if request.start is None else self._path(request, denoiser)
        guided = None
        if paths is not None and request.label >= 0 and request.guidance != 1 and alpha_bar < 1:
            guided = _guided(request, mixture, paths, alpha_bar)
        told = self._told(request, denoiser, alpha_bar) if request.network is not None and alpha_bar < 1 else None
        return Plane(request, density, arrows, paths, guided, len(mixture.atoms), told)

    def _told(self, request: PlaneRequest, exact: MixtureDenoiser, alpha_bar: float) -> Told:
        """The field of the request's network, and how far it is from the exact one where x_t is."""
        snapshot = request.network
        assert snapshot is not None
        said = snapshot_denoiser(snapshot, request.schedule, request.label, request.guidance)
        places = _places(request.reach, ERROR_GRID)
        gap = (said(places[None], request.t).x0_hat[0] - exact.mean(places, alpha_bar)).norm(dim=1)
        ends = (torch.arange(ERROR_GRID) + 0.5) * (2 * request.reach / ERROR_GRID) - request.reach
        weights = self._mixture.density_on(ends, ends, alpha_bar, request.label, blur=(ends[1] - ends[0]).item() ** 2)
        rms = float((weights.T.reshape(-1) * gap.square()).sum().div(weights.sum()).sqrt())
        seen = (weights / weights.max() / RARE).clamp(max=1).sqrt()
        error = (gap.view(ERROR_GRID, ERROR_GRID).T * seen).contiguous().numpy()
        arrows = None
        if request.arrows:
            places = _places(request.reach, ARROWS)
            steps = alpha_bar**0.5 * said(places[None], request.t).x0_hat[0] - places
            arrows = torch.stack((places, steps)).numpy()
        return Told(arrows, error, rms)

    def _prepare(self, request: PlaneRequest) -> Mixture:
        if request.atoms is not self._atoms:
            self._atoms, self._paths = request.atoms, None
            picked = np.arange(min(MOST, len(request.atoms))) * len(request.atoms) // min(MOST, len(request.atoms))
            labels = None if request.labels is None else torch.from_numpy(request.labels[picked])
            self._mixture = Mixture(torch.from_numpy(request.atoms[picked]), labels)
        return self._mixture

    def _density(self, request: PlaneRequest, mixture: Mixture, alpha_bar: float) -> np.ndarray:
        cell = 2 * request.reach / GRID
        ends = (torch.arange(GRID) + 0.5) * cell - request.reach
        # a cell's mean: the variance of an even spread over it is added
        return mixture.density_on(ends, ends, alpha_bar, request.label, blur=cell**2 / 12).numpy()

    def _path(self, request: PlaneRequest, denoiser: MixtureDenoiser) -> Paths:
        key = (request.label, request.guidance, request.start, request.seed)
        if self._paths is None or request.schedule is not self._schedule or key != self._path_key:
            self._path_key, self._schedule = key, request.schedule
            self._paths = paths_from(request.start or (0, 0), denoiser, request.schedule, request.seed)
        return self._paths


def paths_from(
    start: tuple[float, float], denoiser: MixtureDenoiser, schedule: NoiseSchedule, seed: int, steps: int = STEPS
) -> Paths:
    """The ODE's path of one x_T (DDIM, η = 0) and the SDE's (η = 1, its noise of the seed)."""
    x_T = torch.tensor([start], dtype=torch.float32)
    generator = torch.Generator().manual_seed(seed)

    def fresh(x: Tensor) -> Tensor:
        return torch.randn(x.shape, generator=generator)

    walked = []
    for eta in (0.0, 1.0):
        chain = list(SAMPLERS["ddim"](denoiser, x_T, schedule, steps=min(steps, schedule.T), eta=eta, randn_like=fresh))
        walked.append(torch.cat([x_T, *(step.x_s for step in chain)]).numpy())
    levels = np.array([schedule.T, *(step.s for step in chain)], np.float64)
    return Paths(levels, *walked)


def _places(reach: float, count: int) -> Tensor:
    """The middles of a grid, column by column, (count², 2)."""
    ends = (torch.arange(count) + 0.5) * (2 * reach / count) - reach
    return torch.cartesian_prod(ends, ends)


def _arrows(reach: float, denoiser: MixtureDenoiser, alpha_bar: float) -> np.ndarray:
    places = _places(reach, ARROWS)
    return torch.stack((places, alpha_bar**0.5 * denoiser.mean(places, alpha_bar) - places)).numpy()


def _guided(request: PlaneRequest, mixture: Mixture, paths: Paths, alpha_bar: float) -> Guided:
    place = torch.from_numpy(paths.at(request.t)[0].astype(np.float32))[None]
    uncond, cond = (alpha_bar**0.5 * mixture.mean(place, alpha_bar, k)[0] - place[0] for k in (-1, request.label))
    guided = uncond + request.guidance * (cond - uncond)
    return Guided(*(each.numpy() for each in (place[0], uncond, cond, guided)))
