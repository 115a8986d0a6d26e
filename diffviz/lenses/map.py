"""Map: the density of x_t over x and t at once, and the ways that points take through it, up and down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from diffviz.chart import Axis, Chart, Dot, Plot, Series, Shade, level_axis
from diffviz.diffusion import Mixture, NoiseSchedule
from diffviz.diffusion.chains import chains
from diffviz.diffusion.denoiser import Denoiser
from diffviz.diffusion.distribution import density_over, mixture_of
from diffviz.diffusion.mixture import MixtureDenoiser, mixture_in_hand, score_of
from diffviz.diffusion.ways import both_ways, walk_ode
from diffviz.kinds import KINDS
from diffviz.kinds.known import Known
from diffviz.lens_catalog import LENSES
from diffviz.lenses.distribution import signed
from diffviz.lenses.lens import Kept, Lens, Moment, levels_over

REACH = 3.0  # of the axis of x
ROWS, COLUMNS = 150, 200  # of the map
WAYS = 16  # of points
POINTS = 400  # of a way
ERROR_CELLS = 50  # of a network's error, over x and over t
RARE = 0.01  # of the largest density at t: where there is less, an error matters less and fades
RIDGE = 0.16  # of the axis of t: how far the density at t reaches beside it, at its largest
EDGES = np.linspace(-REACH, REACH, ROWS + 1)  # of the rows
X = Axis("x", -REACH, REACH)


class Map(Lens):
    """One number of x_t: q(x_t) over all t, chains of it, and of points that are known the ODE's and the SDE's way."""

    name = "map"

    def __init__(self) -> None:
        self._shade, self._chains, self._bundle = Kept(_shade), Kept(_chains), Kept(_bundle)
        self._mixture, self._exact, self._pair = Kept(mixture_in_hand), Kept(Mixture.denoiser), Kept(both_ways)
        self._learnt, self._marginal, self._held = Kept(_learnt), Kept(_marginal), Kept(_held)
        self._truth, self._wrong = Kept(_truth), Kept(_wrong)

    def chart(self, moment: Moment, params: Mapping[str, Any]) -> Chart:
        known = moment.known
        if known is not None:
            return self._down(moment, known, params)
        if moment.guessed:
            return Chart(self.name, message=LENSES[self.name].only, idle=("channel",))
        name, values, spread = self._marginal(moment.kind, moment.x_0, int(params["channel"]))
        shade: Shade = self._shade(moment.x_0, moment.kind, name, moment.schedule)
        ways = self._chains(moment.x_0, name, values, moment.schedule, moment.seed or 0)
        k = min(int(params["channel"]), len(moment.looked.channels)) - 1
        x_0, eps, x_t = (moment.at(each)[k] for each in (moment.x_0, moment.eps, moment.x_t))
        held = () if moment.fresh else (self._held(x_0, eps, moment.schedule),)
        dots = (Dot(moment.t, x_t, _two(x_t), "2"),)
        where = f"{name} of {moment.looked.place}" if name != "value" else f"value at {moment.looked.place}"
        mean, deviation = _moments(spread, float(moment.schedule.alpha_bar_at(moment.t)))
        said = (
            f"Each column is the density of x_t at that t, full where it is largest: what the data is at the left, "
            f"N(0, 1) at the right. Here x_t has mean {signed(mean)} and deviation {deviation:.3f}. Thin: {WAYS} "
            f"chains with fresh noise; {where} has x_t = {round(x_t, 3) + 0.0:.3f}."
        ).replace("-", "−")
        plot = _plot(_title(name), moment, (shade,), (*ways, *held), dots)
        return Chart(self.name, said, (plot,), used=(("channel", k + 1),))

    def _down(self, moment: Moment, known: Known, params: Mapping[str, Any]) -> Chart:
        """In "Remove noise": the exact density, the ways of the chain that is there, and one start's both ways."""
        schedule, line = moment.schedule, known.atoms.shape[1] == 1
        k = min(int(params["channel"]), known.atoms.shape[1]) - 1
        mixture: Mixture = self._mixture(known.atoms, known.labels)
        shade: Shade = self._shade(known.atoms, known.density_of, k, schedule, known.labels)
        start = (float(params["start"]),) if line else known.start
        exact = self._exact(mixture, schedule, known.label, known.guidance)
        levels, ode, sde = self._pair(exact, schedule, start, known.seed, known.moving)
        if known.ways is not None:
            thin = _thin(known.made, known.ways[0], known.ways[1][:, :, k])
        else:
            thin = self._bundle(exact, schedule, None, 0) if line else ()
        if moment.told is not None:
            thin += self._learnt(moment.told, schedule, None if line else start, k, known.moving)
        ways = (*thin, Series("SDE", levels, sde[:, k], "3"), Series("ODE", levels, ode[:, k], "2"))
        now = [np.array([np.interp(moment.t, levels[::-1], way[::-1, d]) for d in range(way.shape[1])])
               for way in (ode, sde)]  # fmt: skip
        dots = [Dot(moment.t, float(x[k]), _two(float(x[k])), r) for x, r in zip(now, "23", strict=True)]
        shades: tuple[Shade, ...] = (shade,)
        off = ""
        if moment.told is not None and line:
            truth = self._truth(exact, mixture, schedule, known.label)
            wrong, rms = self._wrong(moment.told, truth)
            shades, off = (
                (shade, wrong),
                f", off by {np.interp(moment.t, truth.levels, rms):.3f} (RMS over x_t), red where it is",
            )
        plot = _plot(_title("x" if line else "xy"[k]), moment, shades, ways, tuple(dots), start[k] if line else None)
        said = _said(moment, known, mixture, now[0], k, (ode, sde), off)
        return Chart(self.name, said, (plot,), used=(("channel", k + 1),))


def _marginal(kind: str, x_0: Tensor, channel: int) -> tuple[str, np.ndarray, tuple[float, float]]:
    """Its name, its values, their mean and variance."""
    marginals = KINDS[kind].marginals(x_0.numpy())
    name, values = marginals[min(channel, len(marginals)) - 1]
    return name or "value", values, (float(values.mean()), float(values.var()))


def _shade(
    x_0: Tensor | np.ndarray, which: Any, name: Any, schedule: NoiseSchedule, labels: np.ndarray | None = None
) -> Shade:
    """Of a marginal of x_0 by its kind and name; or of coordinate ``name`` of known points, of one class."""
    if isinstance(x_0, np.ndarray):
        values = x_0[:, name] if labels is None or which < 0 else x_0[labels == which, name]
    else:
        values = next(each for other, each in KINDS[which].marginals(x_0.numpy()) if (other or "value") == name)
    levels = levels_over(schedule, COLUMNS)
    density = density_over(mixture_of(values), EDGES, schedule.alpha_bar[levels])
    return Shade(levels.astype(np.float64), (EDGES[1:] + EDGES[:-1]) / 2, density, "4")


def _title(name: str) -> str:
    return f"density of x_t over t and {name}"


def _plot(
    title: str,
    moment: Moment,
    shades: tuple[Shade, ...],
    series: tuple[Series, ...],
    dots: tuple[Dot, ...],
    grip: float | None = None,
) -> Plot:
    return Plot(
        title,
        level_axis(moment.schedule.T),
        X,
        series,
        dots,
        t=moment.t,
        shades=shades,
        moving=(_ridge(shades[0], moment),),
        grip=grip,
    )


def _ridge(shade: Shade, moment: Moment) -> Series:
    """The density at t as a curve that stands on the cursor, to its right; near T to its left."""
    T = moment.schedule.T
    column = int(np.abs(shade.x - moment.t).argmin())
    density = shade.values[:, column]
    side = 1 if moment.t < (1 - RIDGE - 0.02) * T else -1
    return Series("", moment.t + side * RIDGE * T * density / float(density.max() or 1), shade.y, "text")


def _chains(x_0: Tensor, name: str, values: np.ndarray, schedule: NoiseSchedule, seed: int) -> tuple[Series, ...]:
    """Chains of q(x_1 … x_T | x_0) from data that is spread evenly from the least to the largest."""
    flat = np.sort(values.reshape(-1))
    starts = flat[((np.arange(WAYS) + 0.5) * len(flat) / WAYS).astype(int)].astype(np.float32)
    z = np.random.default_rng((seed, WAYS)).standard_normal((schedule.T, WAYS), np.float32)
    at = levels_over(schedule, POINTS)
    ways = chains(starts, z, schedule)[at]
    return _thin("chains", at.astype(np.float64), ways)


def _thin(name: str, levels: np.ndarray, ways: np.ndarray) -> tuple[Series, ...]:
    """Lines through (K,) levels of places (K, n)."""
    return tuple(Series("" if n else name, levels, way, "text", "thin") for n, way in enumerate(ways.T))


def _held(x_0: float, eps: float, schedule: NoiseSchedule) -> Series:
    at = levels_over(schedule, POINTS)
    alpha_bar = schedule.alpha_bar[at]
    return Series("held ε", at.astype(np.float64), alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * eps, "2")


def _bundle(
    denoiser: Denoiser, schedule: NoiseSchedule, start: tuple[float, ...] | None, k: int, moving: bool = False
) -> tuple[Series, ...]:
    """Coordinate k of the ODE's ways from a start, or, on a line, from the quantiles of N(0, 1): there no way overtakes
    another, so each stays a quantile."""
    shares = (torch.arange(WAYS, dtype=torch.float64) + 0.5) / WAYS
    x_T = torch.special.ndtri(shares).to(torch.float32)[:, None] if start is None else torch.tensor([start])
    levels, ways = walk_ode(denoiser, schedule, x_T, moving and start is not None)
    return _thin("ODE from quantiles", levels, ways[:, :, k])


def _learnt(
    denoiser: Denoiser, schedule: NoiseSchedule, start: tuple[float, ...] | None, k: int, moving: bool
) -> tuple[Series, ...]:
    """The same ways as a network leads them."""
    ways = _bundle(denoiser, schedule, start, k, moving)
    style = "thin" if start is None else "dashed"
    return tuple(Series("" if n else "the network's ODE", way.x, way.y, "5", style) for n, way in enumerate(ways))


@dataclass(frozen=True, eq=False)
class Truth:
    """On a line, at ``levels`` and ``places`` (E,): E[x_0|x_t] and the density, 1 at its largest, (levels, E)."""

    levels: np.ndarray
    places: Tensor
    mean: Tensor
    density: Tensor


def _truth(exact: MixtureDenoiser, mixture: Mixture, schedule: NoiseSchedule, label: int) -> Truth:
    levels, ends = levels_over(schedule, ERROR_CELLS)[1:], torch.linspace(-REACH, REACH, ERROR_CELLS + 1)
    places = ((ends[1:] + ends[:-1]) / 2)[:, None]
    sums = [float(schedule.alpha_bar[t]) for t in levels]
    mean = torch.stack([exact.mean(places, each)[:, 0] for each in sums])
    density = torch.stack([mixture.log_density(places, each, label) for each in sums])
    return Truth(levels, places[:, 0], mean, (density - density.amax(1, keepdim=True)).exp())


def _wrong(told: Denoiser, truth: Truth) -> tuple[Shade, np.ndarray]:
    """How far a network's x̂_0 is from E[x_0|x_t], in deviations of the data; and its RMS over x_t at each level.

    Where x_t hardly ever is, an error matters less, and fades.
    """
    said = torch.stack([told(truth.places[None, :, None], int(t)).x0_hat[0, :, 0] for t in truth.levels])
    error = (said - truth.mean).abs()
    seen = (error * (truth.density / RARE).clamp(max=1).sqrt()).T.contiguous().numpy()
    rms = ((truth.density * error.square()).sum(1) / truth.density.sum(1)).sqrt().numpy()
    x, y = truth.levels.astype(np.float64), truth.places.double().numpy()
    return Shade(x, y, seen, "2", "the network's error"), rms


def _moments(of_x_0: tuple[float, float], alpha_bar: float) -> tuple[float, float]:
    """Mean and deviation of x_t over data and ε, from mean and variance of x_0."""
    mean, variance = of_x_0
    return alpha_bar**0.5 * mean, (alpha_bar * variance + 1 - alpha_bar) ** 0.5


def _two(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def _said(
    moment: Moment,
    known: Known,
    mixture: Mixture,
    place: np.ndarray,
    k: int,
    ways: tuple[np.ndarray, np.ndarray],
    off: str,
) -> str:
    ends = [f"{way[-1, k]:.2f}" for way in ways]
    of_many = "of many starts both have the density shown at each t"
    if known.guidance != 1:
        of_many = f"guided with w = {known.guidance:g} they leave the density of the class, which is shown"
    if known.density_of != known.label:
        of_many = "both are of the class that is set, the density is that of the chain"
    said = (
        f"From one x_T = {ways[0][0, k]:.2f} the ODE leads to {ends[0]}, the SDE, with fresh noise, to {ends[1]}; "
        f"{of_many}. "
    )
    thin = f"Thin: points of {known.made}. " if known.ways is not None else ""  # names keep their hyphens
    alpha_bar, here = float(moment.schedule.alpha_bar_at(moment.t)), ""
    if alpha_bar < 1:
        x = torch.from_numpy(place.astype(np.float32))[None]
        mean = mixture.denoiser(moment.schedule, known.label, known.guidance).mean(x, alpha_bar)
        score = score_of(x, mean, alpha_bar)[0, k]
        # guided it is no mean of data, which may lie nowhere near
        named = ("E[x_0|x_t]", "score") if known.guidance == 1 else ("guided x̂_0", "guided score")
        here = (
            f"At x_t = {place[k]:.2f} of the ODE: {named[0]} = {float(mean[0, k]):.3f}, {named[1]} {float(score):.2f}"
        )
        if moment.told is not None:
            here += f"; the network says {float(moment.told(x[None], moment.t).x0_hat[0, 0, k]):.3f}{off}"
        here += "."
    return said.replace("-", "−") + thin + here.replace("-", "−")
