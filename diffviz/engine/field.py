"""Field: density, score and paths of the cloud that is open, for the plane under the slider."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion import Mixture, NoiseSchedule
from diffviz.diffusion.denoiser import Denoiser, predicts
from diffviz.diffusion.mixture import MixtureDenoiser, mixture_in_hand, score_of
from diffviz.diffusion.ways import both_ways
from diffviz.engine.plane import Guided, Here, Paths, Plane, PlaneRequest, Told
from diffviz.evenly import evenly
from diffviz.lenses import Kept
from diffviz.models.small import snapshot_denoiser

GRID = 128  # cells a side of the density
ARROWS = 20  # a side
ERROR_GRID = 48  # cells a side
MEASURED = 1000  # points at most whose nearest is looked for
RARE = 0.01  # of the largest density: where there is less, an error matters less and fades


class Field:
    """Keeps one of each thing that it answers with: of those a dragged start moves the paths alone."""

    def __init__(self) -> None:
        self._mixture, self._denoiser = Kept(mixture_in_hand), Kept(Mixture.denoiser)
        self._density, self._arrows, self._path = Kept(_density), Kept(_arrows), Kept(_path)
        self._said, self._told, self._near = Kept(snapshot_denoiser), Kept(_told), Kept(_near)

    @torch.no_grad()
    def answer(self, request: PlaneRequest) -> Plane:
        """The exact theory of the request's cloud at its level; at t = 0 there are the points alone."""
        schedule, label, guidance, reach = request.schedule, request.label, request.guidance, request.reach
        mixture = self._mixture(request.atoms, request.labels)
        alpha_bar = float(schedule.alpha_bar_at(request.t)) if request.t > 0 else 1.0
        denoiser = self._denoiser(mixture, schedule, label, guidance)
        density = self._density(mixture, reach, alpha_bar, request.density_of) if request.density else None
        arrows = self._arrows(denoiser, reach, alpha_bar) if request.arrows and alpha_bar < 1 else None
        paths = None
        if request.start is not None:
            paths = self._path(denoiser, schedule, request.start, request.seed, request.moving)
        guided = None
        if paths is not None and label >= 0 and guidance != 1 and alpha_bar < 1:
            guided = _guided(request, mixture, paths, alpha_bar)
        told = None
        if request.network is not None and alpha_bar < 1 and predicts(request.network.config["prediction"], alpha_bar):
            said = self._said(request.network, schedule, label, guidance)
            at = (request.told_reach, float(request.t), alpha_bar, label)
            told = self._told(said, denoiser, mixture, at, request.arrows)
        here = None
        if request.cursor is not None and alpha_bar < 1:
            here = _here(mixture, denoiser, request, alpha_bar)
        near = None if request.ends is None else self._near(request.ends, mixture)
        return Plane(request, density, arrows, paths, guided, len(mixture.atoms), told, here, near)


def _density(mixture: Mixture, reach: float, alpha_bar: float, label: int) -> np.ndarray:
    cell = 2 * reach / GRID
    ends = (torch.arange(GRID) + 0.5) * cell - reach
    # a cell's mean: the variance of an even spread over it is added
    return mixture.density_on(ends, ends, alpha_bar, label, blur=cell**2 / 12).numpy()


def _path(
    denoiser: MixtureDenoiser, schedule: NoiseSchedule, start: tuple[float, float], seed: int, moving: bool
) -> Paths:
    return Paths(*both_ways(denoiser, schedule, start, seed, moving))


def _told(
    said: Denoiser, exact: MixtureDenoiser, mixture: Mixture, at: tuple[float, float, float, int], arrows: bool
) -> Told:
    """The field of a network, and how far it is from the exact one where x_t is; ``at``: reach, t, ᾱ and class."""
    reach, t, alpha_bar, label = at
    places = _places(reach, ERROR_GRID)
    gap = (said(places[None], t).x0_hat[0] - exact.mean(places, alpha_bar)).norm(dim=1)
    ends = (torch.arange(ERROR_GRID) + 0.5) * (2 * reach / ERROR_GRID) - reach
    weights = mixture.density_on(ends, ends, alpha_bar, label, blur=(ends[1] - ends[0]).item() ** 2)
    rms = float((weights.T.reshape(-1) * gap.square()).sum().div(weights.sum()).sqrt())
    seen = (weights / weights.max() / RARE).clamp(max=1).sqrt()
    error = (gap.view(ERROR_GRID, ERROR_GRID).T * seen).contiguous().numpy()
    field = None
    if arrows:
        places = _places(reach, ARROWS)
        steps = alpha_bar**0.5 * said(places[None], t).x0_hat[0] - places
        field = torch.stack((places, steps)).numpy()
    return Told(field, error, rms)


def _places(reach: float, count: int) -> Tensor:
    """The middles of a grid, column by column, (count², 2)."""
    ends = (torch.arange(count) + 0.5) * (2 * reach / count) - reach
    return torch.cartesian_prod(ends, ends)


def _arrows(denoiser: MixtureDenoiser, reach: float, alpha_bar: float) -> np.ndarray:
    places = _places(reach, ARROWS)
    return torch.stack((places, alpha_bar**0.5 * denoiser.mean(places, alpha_bar) - places)).numpy()


def _here(mixture: Mixture, denoiser: MixtureDenoiser, request: PlaneRequest, alpha_bar: float) -> Here:
    place = torch.tensor([request.cursor])
    log_density, mean = mixture.evaluate(place, alpha_bar, request.label)
    if request.density_of != request.label:
        log_density = mixture.log_density(place, alpha_bar, request.density_of)
    guided = None
    if request.label >= 0 and request.guidance != 1:
        guided = score_of(place, denoiser.mean(place, alpha_bar), alpha_bar)[0].numpy()
    return Here(float(log_density), score_of(place, mean, alpha_bar)[0].numpy(), guided)


def _near(ends: np.ndarray, mixture: Mixture) -> tuple[float, float]:
    atoms = mixture.atoms
    some, others = (x[evenly(len(x), min(MEASURED, len(x)))] for x in (torch.from_numpy(ends), atoms))
    to_nearest = torch.cdist(some, atoms).amin(dim=1)
    to_another = torch.cdist(others, atoms).topk(min(2, len(atoms)), largest=False).values[:, -1]
    return float(to_nearest.median()), float(to_another.median())


def _guided(request: PlaneRequest, mixture: Mixture, paths: Paths, alpha_bar: float) -> Guided:
    place = torch.from_numpy(paths.at(request.t)[0].astype(np.float32))[None]
    uncond, cond = (alpha_bar**0.5 * mixture.mean(place, alpha_bar, k)[0] - place[0] for k in (-1, request.label))
    guided = uncond + request.guidance * (cond - uncond)
    return Guided(*(each.numpy() for each in (place[0], uncond, cond, guided)))
