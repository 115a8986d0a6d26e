"""Translator: one output of a network as ε, x_0, v, score and velocity, and how an error of one grows in the others."""

from __future__ import annotations

import math
from collections.abc import Generator

import torch
from torch import Tensor

from diffviz.diffusion.translation import FORMS, errors, translate
from diffviz.engine.experiments.runs import cells_at, check_run, columns_of, nearest_states
from diffviz.engine.experiments.walks import ode_denoiser, shown, walk_down
from diffviz.engine.experiments.workbench import Workbench
from diffviz.numerals import brief
from diffviz.sheet import Cell, Curve, Done, Head, Outline, Part, Plot, Remark

NAMES = {"eps": "ε̂", "x0": "x̂_0", "v": "v", "score": "score", "velocity": "velocity"}
FORMULAS = {
    "eps": "(x_t − √ᾱ x̂_0)/√(1−ᾱ)",
    "x0": "(x_t − √(1−ᾱ) ε̂)/√ᾱ",
    "v": "√ᾱ ε̂ − √(1−ᾱ) x̂_0",
    "score": "−ε̂/√(1−ᾱ), shown times √(1−ᾱ)",
    "velocity": "ε̂ − x̂_0, shown by halves",
}
CHOICES = {"ε": "eps", "x_0": "x0", "v": "v", "score": "score", "velocity": "velocity"}


@torch.no_grad()
def translator(bench: Workbench) -> Generator[Part, None, None]:
    """Along the scene's chain: rows are the forms of one output, columns t; under each what an error becomes in it."""
    schedule, run = bench.model.schedule, bench.run
    levels, nearest = check_run(bench, run), nearest_states(bench, run)[:-1]
    source, size = CHOICES[str(bench.param("of"))], float(bench.param("error"))
    columns = columns_of(bench, [run])[:-1]
    yield Outline("Translator", tuple(Head(NAMES[form], FORMULAS[form]) for form in FORMS), columns)
    yield _plot(bench, source, size)
    yield Remark(
        f"{bench.asked}: one output, unclipped, in five forms; below each what an error of {size:g} in {NAMES[source]} "
        "is in that form. None says more than the others, but an error of one is of another size in the next: one in ε̂ "
        "grows without bound in x̂_0 as ᾱ goes to 0, one in x̂_0 in ε̂ as ᾱ goes to 1, one in v in neither."
    )
    denoiser = ode_denoiser(bench)
    x = bench.held_eps()
    for step in walk_down(bench, x, levels):
        yield Done(step.i + 1, step.n)
        for j, note in cells_at(nearest, columns, step.i, step.t):
            alpha_bar = schedule.alpha_bar_at(step.t)
            said = denoiser(step.x_t, step.t)
            forms = translate(said.eps_hat, said.x0_hat, alpha_bar)
            grown = errors(source, size, alpha_bar)
            for row, form in enumerate(FORMS):
                said_of = f"±{brief(grown[form])}" if math.isfinite(grown[form]) else "no bound"
                words = " · ".join(filter(None, (said_of, note)))
                picture = shown(bench, _scaled(form, forms[form], alpha_bar))[0]
                yield Cell(row, j, picture, words, form == source, t=step.t)


def _scaled(form: str, x: Tensor, alpha_bar: float) -> Tensor:
    """What has another size than a picture, brought to that: the score grows without bound as t goes to 0."""
    return x * {"score": (1.0 - alpha_bar) ** 0.5, "velocity": 0.5}.get(form, 1.0)


def _plot(bench: Workbench, source: str, size: float) -> Plot:
    schedule = bench.model.schedule
    levels = sorted({max(1, round(k * schedule.T / 100)) for k in range(101)})
    grown = {t: errors(source, size, schedule.alpha_bar_at(t)) for t in levels}
    t = tuple(map(float, levels))
    curves = tuple(Curve(NAMES[form], t, tuple(each[form] for each in grown.values())) for form in FORMS)
    return Plot(f"An error of {size:g} in {NAMES[source]}", "t", "RMS in each form", curves, log_y=True)
