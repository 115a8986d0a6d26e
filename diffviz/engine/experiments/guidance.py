"""Guidance: what the class changes in the prediction, along the guided chain; and the chain for a row of weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from diffviz import catalog
from diffviz.diffusion.denoiser import Prediction, clip_dynamic
from diffviz.engine.denoising import denoiser_of, unwanted
from diffviz.engine.experiments.runs import (
    COLUMNS,
    Progress,
    calls_text,
    check_run,
    check_runs,
    columns_of,
    fill_rows,
    network_calls,
    run_levels,
)
from diffviz.engine.experiments.workbench import Workbench, rms
from diffviz.engine.states import State
from diffviz.engine.tensors import raster
from diffviz.numerals import brief
from diffviz.scene import MAX_T, RunSpec
from diffviz.sheet import Cell, Curve, Head, Outline, Part, Plot, Remark, RowNote
from diffviz.timeline import Timeline, level_text
from diffviz.vocabulary import sides

POINTS = 48  # of the curves, at most
SATURATED = 0.99


@dataclass(frozen=True)
class Look:
    """Both predictions at one x_t of the guided chain.

    ``eps_gap``, ``x0_gap``: RMS of conditional minus unconditional. For the columns: ``both``, x̂_0 unconditional and
    conditional, unclipped float32 (2, C, H, W), and ``guided``, what the chain took, uint8 (H, W, 3), with a ``note``.
    """

    t: float
    eps_gap: float
    x0_gap: float
    both: torch.Tensor | None = None
    guided: np.ndarray | None = None
    note: str = ""


@torch.no_grad()
def guidance(bench: Workbench) -> Generator[Part, None, None]:
    """Rows are the predictions, columns t, all at the same x_t; the gap between them as a plot over t."""
    _check_class(bench)
    run = bench.run
    levels = check_run(bench, run)
    asked = Timeline(tuple(levels[:-1]))  # at t = 0 there is nothing left to predict
    columns = asked.thinned(COLUMNS)
    points = sorted({*columns, *asked.thinned(POINTS)})
    amplify, kind = float(bench.param("amplify")), bench.model.kind
    heads = (
        Head("conditional", f"x̂_0 of {_wanted(bench)}"),
        Head("unconditional", f"x̂_0 of {_else(bench)}"),
        Head("guided", _setting(bench)),
        Head("difference", f"conditional − unconditional, ×{amplify:g}" + (" about mid-grey" if kind.bounded else "")),
    )
    yield Outline("Guidance", heads, tuple(Head(f"t = {level_text(levels[i])}", t=levels[i]) for i in columns))
    progress = Progress(sum(network_calls(run, levels)) + 2 * len(points))
    looks: list[Look] = []
    for look in _looks(bench, run, columns, points, progress):
        if not isinstance(look, Look):
            yield look
            continue
        looks.append(look)
        if look.both is not None:
            yield from _cells(bench, columns.index(levels.index(look.t)), look, amplify)
        yield _plot(looks)
    largest = max(looks, key=lambda each: each.eps_gap)
    yield Remark(
        f"{bench.asked}: along the guided chain, each column at one x_t: the "
        f"{_what(bench)} ε̂ most at t = {level_text(largest.t)} (RMS {brief(largest.eps_gap)})."
    )


@torch.no_grad()
def weights(bench: Workbench) -> Generator[Part, None, None]:
    """Rows are weights w, all from the same x_T; the deviation of where they end as a plot over w."""
    spec, kind = bench.scene.model, bench.model.kind
    _check_class(bench)
    values = tuple(dict.fromkeys(bench.numbers("weights", 0, 50, most=12)))
    runs = [RunSpec(dataclasses.replace(spec, guidance=w), bench.scene.sampler) for w in values]
    check_runs(bench, runs)
    partly = _partly(bench)
    notes = {1.0: "off"} if partly else {1.0: "off", 0.0: _else(bench)}
    heads = tuple(Head(f"w = {w:g}", notes.get(w, "")) for w in values)
    yield Outline("Guidance weights", heads, columns_of(bench, runs))
    costs = [sum(network_calls(run, run_levels(bench, run))) for run in runs]
    ends = yield from fill_rows(bench, runs, Progress(sum(costs)))
    deviations = [kind.deviation(end[None]) for end in ends]
    for row, end in enumerate(ends):
        full = f" · {float((np.abs(end) >= SATURATED).mean()):.0%} saturated" if kind.bounded else ""
        yield RowNote(row, f"{calls_text(costs[row], spec)} · {kind.spread} {brief(deviations[row], 3)}{full}")
    order = sorted(range(len(values)), key=lambda row: values[row])
    curve = Curve(kind.spread, tuple(values[i] for i in order), tuple(deviations[i] for i in order), dots=True)
    yield Plot(f"{kind.spread} of the end", "w", "deviation of x_0", (curve,))
    of = "each sample's points about their middle" if catalog.KINDS[kind.name].cloud else "all pixels"
    yield Remark(
        f"{bench.asked}: all from the same x_T"
        f"{', guidance ' + ' · '.join(partly) if partly else ''}. {kind.spread.capitalize()}: deviation of {of}"
        + ("; saturated: within a hundredth of black or white." if kind.bounded else ".")
    )


def _check_class(bench: Workbench) -> None:
    model, label = bench.model, bench.scene.model.class_label
    if model.null is None:
        raise ValueError(f"{model.name}: has no null class, so there is no unconditional prediction to compare.")
    if model.words is not None and not model.words.read(label or "").says:
        raise ValueError("Guidance compares words with none; give a prompt with words that the model knows.")
    if label is None:
        raise ValueError("Guidance compares a class with no class; choose a class in the side panel.")


def _wanted(bench: Workbench) -> str:
    """What guidance leads to, where it also leads away from something: of the words those that the network is told."""
    words, spec = bench.model.words, bench.scene.model
    if words is None or not unwanted(bench.model, spec):
        return spec.asked
    told = " | ".join(str(words.read(side)) or "no words" for side in sides(spec.class_label))
    return dataclasses.replace(spec, class_label=told).asked


def _else(bench: Workbench) -> str:
    """What guidance leads away from."""
    if bench.model.words is None:
        return "no class"
    away = unwanted(bench.model, bench.scene.model)
    return f"{away}, not wanted" if away else "no words"


def _what(bench: Workbench) -> str:
    return "class changes" if bench.model.words is None else "words change"


def _setting(bench: Workbench) -> str:
    spec = bench.scene.model
    words = [f"w = {spec.guidance:g}" + (", off" if spec.guidance == 1 else "")]
    return " · ".join([*words, *_partly(bench)])


def _partly(bench: Workbench) -> list[str]:
    """In what way guidance is less than whole: rescaled, or at some t alone."""
    spec = bench.scene.model
    words = [f"φ = {spec.rescale:g}"] if spec.rescale else []
    if (spec.guidance_low, spec.guidance_high) != (0, MAX_T):
        words.append(f"at t = {spec.guidance_low}..{min(spec.guidance_high, bench.model.schedule.T)}")
    return words


def _looks(
    bench: Workbench, run: RunSpec, columns: tuple[int, ...], points: list[int], progress: Progress
) -> Generator[Part | Look, None, None]:
    """Walk the guided chain and look at both predictions on the way, or remember them."""
    scene, model = bench.scene, bench.model
    key = ("guidance", model.fingerprint, run, scene.seed, scene.noise)
    costs = network_calls(run, run_levels(bench, run))
    known: tuple[Look, ...] | None = bench.memory.get(key)
    if known is not None:
        yield progress.add(sum(costs) + 2 * len(points))
        yield from known
        return
    bare = {"guidance": 1.0, "clip": None}
    uncond = denoiser_of(model, run.model, class_label=unwanted(model, run.model) or None, **bare)
    pair = uncond, denoiser_of(model, run.model, **bare)
    found = []
    for state in bench.chain(scene, keep_values=True):
        yield progress.add(costs[state.i - 1] if state.i else 0)
        if state.i not in points:
            continue
        assert state.values is not None
        x_t = torch.from_numpy(state.values[0]).to(model.device)
        found.append(_look(bench, state, [denoise(x_t, state.t) for denoise in pair], keep=state.i in columns))
        yield found[-1]
        yield progress.add(2)
    size_bytes = sum(look.both.nbytes for look in found if look.both is not None)
    bench.memory.put(key, tuple(found), size_bytes)


def _look(bench: Workbench, state: State, pair: Sequence[Prediction], *, keep: bool) -> Look:
    x0_hat, eps_hat = (torch.cat(each).cpu() for each in zip(*((p.x0_hat, p.eps_hat) for p in pair), strict=True))
    eps_gap, x0_gap = rms(eps_hat[1], eps_hat[0]), bench.rms(x0_hat[1], x0_hat[0])
    if not keep or state.values is None:
        return Look(state.t, eps_gap, x0_gap)
    note = bench.outside(state.values[1])
    return Look(state.t, eps_gap, x0_gap, x0_hat, state.frames().x0_hat, note)


def _cells(bench: Workbench, column: int, look: Look, amplify: float) -> Generator[Cell, None, None]:
    """A column: what is shown is clipped as the chain's own x̂_0 is, and so is their difference."""
    assert look.both is not None and look.guided is not None
    spec = bench.scene.model
    clip = bench.model.clip if spec.clip == "own" else spec.clip
    x0_hats = clip_dynamic(look.both, bench.model.limits) if clip == "dynamic" else look.both
    decoded = bench.model.decode(x0_hats)
    shown = decoded.clamp(-1, 1) if bench.model.kind.bounded else decoded
    uncond, cond = raster(bench.model.kind, shown)
    gap = shown[1:] - shown[:1]
    limited = (spec.guidance_low, spec.guidance_high) != (0, MAX_T)
    acts = limited and spec.guidance != 1 and spec.guidance_low <= look.t <= spec.guidance_high
    yield Cell(0, column, cond)
    yield Cell(1, column, uncond)
    yield Cell(2, column, look.guided, look.note, strong=acts)
    yield Cell(3, column, raster(bench.model.kind, gap * amplify)[0], f"RMS {brief(bench.rms(shown[1], shown[0]))}")


def _plot(looks: list[Look]) -> Plot:
    """Both gaps over t."""
    t = tuple(float(look.t) for look in looks)
    gaps = tuple(look.eps_gap for look in looks), tuple(look.x0_gap for look in looks)
    curves = tuple(Curve(name, t, each) for name, each in zip(("ε̂", "x̂_0, unclipped"), gaps, strict=True))
    return Plot("conditional − unconditional", "t", "RMS", curves, log_y=True)
