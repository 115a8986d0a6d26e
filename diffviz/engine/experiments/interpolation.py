"""Interpolation: from one picture or noise to another in the space of noisy states, beside plain mixing of pixels."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion import add_noise, ddim_inversion
from diffviz.engine.experiments.runs import check_run
from diffviz.engine.experiments.walks import (
    cut_levels,
    linear,
    ode_denoiser,
    ode_down,
    shown,
    spherical,
    walk_down,
)
from diffviz.engine.experiments.workbench import Reel, Workbench
from diffviz.engine.noise import held_noise
from diffviz.scene import SamplerSpec, sample_seed
from diffviz.sheet import Cell, Curve, Done, Head, Outline, Part, Plot, Remark
from diffviz.timeline import level_text

SAMPLES = ("coffee", "cat")  # the second where none is named: the first of them that ships and is not the person's own


@dataclass(frozen=True)
class _Ends:
    """The two states at level ``levels[0]`` (1, C, H, W), how they are denoised, and the two pictures, if they are."""

    first: Tensor
    second: Tensor
    levels: list[float]
    inverted: bool
    pictures: tuple[Tensor, Tensor] | None


@torch.no_grad()
def interpolation(bench: Workbench) -> Generator[Part, None, None]:
    """Columns are shares of the second; rows: pixels mixed, and states mixed along a circle and a line, denoised."""
    count = int(bench.param("points"))
    shares = [k / (count - 1) for k in range(count)]
    seeds = bench.param("between") == "seeds"
    plan = _seed_plan(bench) if seeds else _picture_plan(bench)
    start = plan.levels[0]
    words = [] if seeds else [Head("pixels", "mixed plainly")]
    for kind in ("spherical", "linear"):
        words += [Head(f"x_t, {kind}", f"t = {start:g}"), Head(f"denoised, {kind}")]
    pair = ((1, count // 2), (3, count // 2)) if seeds else ((0, 0), (2, 0))  # both ways, or the picture and its end
    yield Outline("Interpolation", tuple(words), tuple(Head(f"{share:.2g}") for share in shares), pair=pair)
    yield Remark(_remark(bench, plan))
    ends = yield from _noised(bench, plan)
    row = 0
    paths: dict[str, Tensor] = {}
    if ends.pictures is not None:
        a, b = (picture.cpu() for picture in ends.pictures)
        paths["pixels"] = torch.cat([linear(a, b, share) for share in shares])
        yield from (Cell(0, j, picture) for j, picture in enumerate(shown(bench, paths["pixels"])))
        row = 1
    deviations: dict[str, Tensor] = {}
    calls = 2 * (len(ends.levels) - 1)
    first_done = calls if ends.inverted else 0
    for name, blend in (("spherical", spherical), ("linear", linear)):
        x = torch.cat([blend(ends.first, ends.second, share) for share in shares])
        deviations[name] = x.flatten(1).std(dim=1).cpu()
        for j, (picture, std) in enumerate(zip(shown(bench, x), deviations[name], strict=True)):
            yield Cell(row, j, picture, f"std {float(std):.2f}")
        done = first_done + (0 if name == "spherical" else calls // 2)
        paths[name] = yield from _denoised(bench, row + 1, x, ends, done, first_done + calls)
        row += 2
    yield _plot("Deviation of the mixed state", "standard deviation", shares, deviations)
    away = {name: torch.tensor([bench.rms(picture, path[0]) for picture in path]) for name, path in paths.items()}
    yield _plot("Distance to the left end", "RMS distance", shares, away)


@dataclass(frozen=True)
class _Plan:
    """What was asked for, checked: nothing was computed yet."""

    levels: list[float]
    inverted: bool
    seeds: tuple[int, int] | None = None
    pictures: tuple[Tensor, Tensor] | None = None


def _seed_plan(bench: Workbench) -> _Plan:
    seed = bench.scene.seed
    return _Plan(check_run(bench, bench.run), False, (seed, sample_seed(seed, int(bench.param("seed_step")))))


def _picture_plan(bench: Workbench) -> _Plan:
    first, second = bench.picture_x_0(), bench.as_x_0(second_picture(bench))
    T = bench.model.schedule.T
    start = max(1, round(float(bench.param("depth")) * T))
    inverted = bench.param("noise") == "inverted"
    plain = SamplerSpec("ddim", bench.scene.sampler.steps)
    levels = cut_levels(bench, start, plain if inverted else None)
    if inverted:
        ode_denoiser(bench)  # refuses a class that the model lacks
    return _Plan(levels, inverted, pictures=(first, second))


def second_picture(bench: Workbench) -> np.ndarray:
    """The file that was named, or one of the kind of the first that is not the first. Raises Refusal."""
    kind, path = bench.model.kind, str(bench.param("second"))
    if path:
        return kind.read(f"path:{path}").array
    known = bench.another_picture()
    if known is not None:
        return known
    samples = (f"builtin:{name}" for name in (*SAMPLES, *kind.samples) if name in kind.samples)
    return kind.read(next(source for source in samples if source != bench.scene.data.source)).array


def _noised(bench: Workbench, plan: _Plan) -> Generator[Part, None, _Ends]:
    """The two ends at the first level: noises of two seeds, both pictures with the same ε, or both inverted."""
    device, schedule = bench.model.device, bench.model.schedule
    if plan.seeds is not None:
        first, second = (held_noise(seed, bench.model.sample_shape).to(device) for seed in plan.seeds)
        return _Ends(first, second, plan.levels, False, None)
    assert plan.pictures is not None
    x_0 = torch.cat(plan.pictures).to(device)
    if plan.inverted:
        steps = len(plan.levels) - 1
        for up in ddim_inversion(ode_denoiser(bench), x_0, schedule, levels=plan.levels):
            yield Done(2 * (up.i + 1), 4 * steps)
            x = up.x_t
    else:
        # levels below T are whole: the first one was asked for as such
        x = add_noise(x_0, int(plan.levels[0]), bench.held_eps().to(device).expand_as(x_0), schedule)
    return _Ends(x[:1], x[1:], plan.levels, plan.inverted, plan.pictures)


def _denoised(
    bench: Workbench, row: int, x: Tensor, ends: _Ends, done: int, total: int
) -> Generator[Part, None, Tensor]:
    """Fill a row with what the states lead to, all columns at once; the value: where they end, on the CPU."""
    walk = ode_down if ends.inverted else walk_down
    reel = Reel(row, ends.levels)
    step = None
    for step in walk(bench, x, ends.levels):
        pictures, x0_hat = shown(bench, step.x_s), shown(bench, step.x0_hat)
        reel.add(step.i, _strip(shown(bench, step.x_t)), _strip(x0_hat))
        note = f"t = {level_text(step.s)}"  # it may be stopped there
        yield from (Cell(row, j, picture, note, x0_hat=x0_hat[j], passing=True) for j, picture in enumerate(pictures))
        yield Done(done + step.i + 1, total)
    assert step is not None  # there is always one step
    end = step.x_s.cpu()
    pictures = shown(bench, end)
    reel.add(len(ends.levels) - 1, _strip(pictures), _strip(pictures))
    yield reel.film()
    yield from (Cell(row, j, picture) for j, picture in enumerate(pictures))
    return end


def _strip(pictures: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W, 3) side by side, (H, N W, 3)."""
    return np.concatenate(list(pictures), axis=1)


def _plot(title: str, label: str, shares: list[float], values: dict[str, Tensor]) -> Plot:
    curves = tuple(Curve(name, tuple(shares), tuple(y.tolist()), dots=True) for name, y in values.items())
    return Plot(title, "share of the second", label, curves)


def _remark(bench: Workbench, plan: _Plan) -> str:
    steps = len(plan.levels) - 1
    if plan.seeds is not None:
        return (
            f"{bench.asked}: between the x_T of seeds {plan.seeds[0]} and {plan.seeds[1]}: "
            "half-way along the line the noise has lost half of its variance, along the circle none."
        )
    t = f"{plan.levels[0]:g}"
    if plan.inverted:
        return (
            f"{bench.asked}: both pictures inverted to t = {t} by DDIM (η = 0, unguided, unclipped) and "
            f"denoised the same way in {steps} steps, so that the ends are the pictures but for the round trip's error."
        )
    return (
        f"{bench.asked}: both pictures noised to t = {t} with the same ε and denoised in "
        f"{steps} steps; the line keeps that ε as it is, the circle makes it a little larger."
    )
