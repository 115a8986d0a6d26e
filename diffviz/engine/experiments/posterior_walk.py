"""Why a network, if the posterior is closed? Walking back with the true, a wrong and the predicted x_0."""

from __future__ import annotations

from collections.abc import Callable, Generator

import torch
from torch import Tensor

from diffviz.diffusion import SAMPLERS, Prediction, add_noise
from diffviz.engine.denoising import denoiser_of
from diffviz.engine.experiments.interpolation import second_picture
from diffviz.engine.experiments.runs import cells_at, columns_of, ddpm_run, nearest_states
from diffviz.engine.experiments.walks import shown, step_noise
from diffviz.engine.experiments.workbench import Reel, Workbench
from diffviz.sheet import Cell, Curve, Done, Head, Outline, Part, Plot, Remark
from diffviz.timeline import level_text

Guess = Callable[[Tensor, float], Prediction]


@torch.no_grad()
def posterior_walk(bench: Workbench) -> Generator[Part, None, None]:
    """Rows: x_0 in q(x_{t-1} | x_t, x_0) is the picture itself, another one, the network's x̂_0; the same x_T and z."""
    scene, model, schedule = bench.scene, bench.model, bench.model.schedule
    true, wrong = (x.to(model.device) for x in (bench.picture_x_0(), bench.as_x_0(second_picture(bench))))
    run, levels = ddpm_run(bench, scene.sampler.steps)
    start = add_noise(true, round(levels[0]), bench.held_eps().to(model.device), schedule)
    rows = (
        Head("the true x_0", "known only where the picture is"),
        Head("a wrong x_0", "another picture"),
        Head("the network's x̂_0", "its guess at each step"),
    )
    columns = (Head("x_0 given"), *columns_of(bench, [run]))
    yield Outline("Why a network?", rows, columns, pair=((0, 8), (2, 8)))
    guesses = (_always(true, bench), _always(wrong, bench), denoiser_of(model, scene.model))
    nearest, total = nearest_states(bench, run), 3 * (len(levels) - 1)
    errors: list[Curve] = []
    states: list[list[Tensor]] = []
    ends = []
    for row, (head, guess) in enumerate(zip(rows, guesses, strict=True)):
        if row < 2:
            yield Cell(row, 0, shown(bench, (true, wrong)[row])[0], still=True)
        reel, noise, x, far = Reel(row, levels), step_noise(bench), start, []
        states.append([start])
        steps = SAMPLERS["ddpm"](guess, start, schedule, levels=levels, randn_like=noise.randn_like)
        for step in steps:
            x = step.x_s
            states[row].append(x)
            far.append(bench.rms(step.x0_hat, true))
            before = shown(bench, step.x_t)[0], shown(bench, step.x0_hat)[0]
            reel.add(step.i, *before)
            for j, note in cells_at(nearest, columns[1:], step.i, step.t):
                yield Cell(row, 1 + j, before[0], note, x0_hat=before[1], t=step.t)
            if row == 2:
                yield Cell(row, 0, before[1], f"t = {level_text(step.t)}", still=True)
            yield Done(row * (len(levels) - 1) + step.i + 1, total)
        after = shown(bench, x)[0]
        ends.append(bench.rms(x, true))
        reel.add(len(levels) - 1, after, after)
        yield Cell(row, 8, after, f"RMS {ends[row]:.3f}", x0_hat=after)
        yield reel.film()
        errors.append(Curve(head.title, tuple(map(float, levels[:-1])), tuple(far)))
        yield Plot("From the x_0 given to the true one", "t", "RMS", tuple(errors))
        gaps = (
            Curve(rows[k].title, tuple(map(float, levels)), tuple(map(bench.rms, states[k], states[0])), hue=k)
            for k in range(1, row + 1)
        )
        yield Plot("From the true way's x_t", "t", "RMS", tuple(gaps))
    name = bench.picture_name
    own = name if name.startswith("your") else f"the {name}"
    yield Remark(
        f"{bench.asked}: DDPM from the x_T of {own} with the same z; the posterior leads to whatever x_0 it is given, "
        f"back to the picture (RMS {ends[0]:.3f}) or to another ({ends[1]:.2f}). Who generates has no x_0: the network "
        "guesses it anew at each step, and so finds one."
    )


def _always(x_0: Tensor, bench: Workbench) -> Guess:
    """A denoiser that says the same x_0 whatever it sees."""

    def guess(x_t: Tensor, t: float) -> Prediction:
        alpha_bar = bench.model.schedule.alpha_bar_at(t)
        return Prediction(x_0, (x_t - alpha_bar**0.5 * x_0) / (1.0 - alpha_bar) ** 0.5)

    return guess
