"""Mistake lab: the right row is the chain itself, and each mistake does what its sentence says."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from benches import GaussianModel, bench, gaussian_bench, parts, sheet

from diffviz import catalog
from diffviz.diffusion import SCHEDULES, posterior_coefficients
from diffviz.engine.chain import run_chain
from diffviz.engine.experiments.mistakes import MISTAKES, Exploding, OtherOutput, Right, UnscaledT, walk
from diffviz.scene import SamplerSpec, params
from diffviz.sheet import Cell, Done

SCHEDULE = SCHEDULES["linear"](T=1000)


@pytest.mark.parametrize("eta, sampler", [(1.0, "ddpm"), (0.0, "ddim")])
def test_the_right_row_is_the_samplers_own_chain(tiny_model_folder: Path, eta: float, sampler: str) -> None:
    work = bench(tiny_model_folder, "mistakes", mistake="no z", fresh=eta)
    scene = work.scene.replace(seed=3, noise=7, model=dataclasses.replace(work.scene.model, rederive_eps=True))
    made = sheet(dataclasses.replace(work, scene=scene))
    states = list(run_chain(work.model, scene.replace(sampler=SamplerSpec(sampler, 5))))
    film = made.films[0]
    assert film.levels == tuple(state.t for state in states)
    off = film.x_t.astype(int) - np.stack([state.shown.x_t[0] for state in states])
    assert np.abs(off).max() <= 1, "the same formula in another order of rounding"


def test_its_coefficients_are_the_posteriors_at_eta_1() -> None:
    program = Right(SCHEDULE, "epsilon")
    for t, s in ((1000, 999), (501, 500), (2, 1), (1, 0), (800, 300)):
        c_0, c_t, variance = posterior_coefficients(t, s, SCHEDULE)
        assert program.coefficients(t, s) == pytest.approx((c_0, c_t, math.sqrt(variance)), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("kind", [Exploding, UnscaledT], ids=lambda kind: kind.__name__)
def test_a_wrong_process_still_has_the_posterior_of_its_own(kind: type[Right]) -> None:
    """Of a pair (a, b): x_s of the true x_0 keeps mean a_s x_0 and variance b_s²."""
    program = kind(SCHEDULE, "epsilon")
    for t, s in ((1000, 900), (500, 499), (3, 1), (1, 0)):
        (a_t, b_t), (a_s, b_s) = program.ends(t), program.ends(s)
        c_0, c_t, sigma = program.coefficients(t, s)
        assert c_0 + c_t * a_t == pytest.approx(a_s, rel=1e-9)
        assert c_t**2 * b_t**2 + sigma**2 == pytest.approx(b_s**2, rel=1e-9, abs=1e-12)


def test_golden_of_the_wrong_processes() -> None:
    assert Exploding(SCHEDULE, "epsilon").start(torch.ones(1)).item() == pytest.approx(math.sqrt(1 + 10.05), rel=1e-6)
    a, b = UnscaledT(SCHEDULE, "epsilon").ends(1000)
    assert a**2 == pytest.approx(0.132, rel=5e-3) and a**2 + b**2 == pytest.approx(1), "linear, T = 200, unscaled"


def ended(name: str, steps: int = 50, eta: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the right chain and one mistake end, on data N(0.1, 0.4²)."""
    work = gaussian_bench("mistakes", model=Wide())
    levels = [1000.0 * k / steps for k in range(steps, 0, -1)] + [0.0]
    right, wrong = (kind(SCHEDULE, "x0", eta=eta) for kind in (Right, MISTAKES[name]))
    *_, (one, _) = walk(work, right, levels)
    *_, (other, _) = walk(work, wrong, levels)
    return one, other


class Wide(GaussianModel):
    sample_shape: Any = (1, 48, 48)


def test_without_z_the_end_is_the_mean_and_with_twice_it_the_spread_is_more() -> None:
    right, none = ended("no z", steps=250)
    assert float(right.std()) == pytest.approx(0.4, abs=0.03)
    assert float(none.std()) < 0.1 and float(none.mean()) == pytest.approx(0.1, abs=0.02)
    assert float(ended("z twice")[1].std()) > 0.55


def test_alpha_for_alpha_bar_leaves_the_noise() -> None:
    assert float(ended("α for ᾱ")[1].std()) > 0.8


def test_a_small_start_is_made_up_for_by_z_and_not_without() -> None:
    right, small = ended("x_T × 0.9")
    assert float((right - small).std()) < 1e-2
    right, small = ended("x_T × 0.9", eta=0.0)
    assert float(small.std() / right.std()) == pytest.approx(0.9, abs=0.02)


def test_what_the_network_says_is_taken_for_something_else() -> None:
    model = GaussianModel()
    x = torch.randn(1, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    said = model.denoiser()(x, 500)
    a, b = SCHEDULE.alpha_bar[500] ** 0.5, (1 - SCHEDULE.alpha_bar[500]) ** 0.5
    v = a * said.eps_hat - b * said.x0_hat
    for prediction, expected in (
        ("epsilon", a * x - b * said.eps_hat), ("v", (x - b * v) / a), ("x0", (x - b * said.x0_hat) / a),
    ):  # fmt: skip
        program = OtherOutput(SCHEDULE, prediction)
        assert torch.allclose(program.x0_hat(said, x, 500), expected, atol=1e-5)
        assert program.label.startswith({"epsilon": "ε", "v": "v", "x0": "x_0"}[prediction])


def test_every_mistake_is_a_choice_a_row_and_a_sentence() -> None:
    choices = next(param for param in catalog.EXPERIMENTS["mistakes"].params if param.name == "mistake").choices
    assert choices == ("all", *MISTAKES)
    work = gaussian_bench("mistakes")
    made = sheet(work)
    assert len(made.rows) == 1 + len(MISTAKES) == len(made.films)
    assert all(row.note.endswith(".") and len(row.note) < 96 for row in made.rows[1:])
    assert made.pair == ((0, 7), (1, 7)) and all(made.cells[row, 7].note.startswith("RMS") for row in range(1, 11))
    drawn = [curve.name for curve in made.plots["Deviation of x_t"].curves]
    assert drawn[:2] == ["right", "no z"] and "without √(1−β)" in drawn
    assert all(np.isfinite(curve.y).all() for plot in made.plots.values() for curve in plot.curves)
    hues = [{curve.name: hue for hue, curve in plot.numbered} for plot in made.plots.values()]
    assert all(hues[0].get(name, hue) == hue for name, hue in hues[1].items()), "one colour in both"
    used = {hue for plot in hues for hue in plot.values()}
    assert used == set(range(len(used))) and "within 0.1 of the right one are not drawn" in made.remark
    done = [part for part in parts(work) if isinstance(part, Done)]
    assert done[-1].done == done[-1].total and len(done) == done[-1].total, "it can be stopped at each call"


@pytest.mark.parametrize("eta", [0.0, 0.3, 1.0])
def test_the_sentences_are_true_of_the_eta_at_hand(eta: float) -> None:
    made = sheet(gaussian_bench("mistakes", fresh=eta))
    notes = {row.title: row.note for row in made.rows}
    ends = {row.title: made.cells[k, 7].note for k, row in enumerate(made.rows)}
    assert all(len(note) < 96 for note in notes.values())
    for title in ("no z", "z twice"):
        assert notes[title].startswith("η = 0 has no z, so nothing is wrong") == (eta == 0)
        assert (ends[title] == "RMS 0.00") == (eta == 0)
    assert ("fresh z of each step makes up" in notes["x_T of deviation 0.9"]) == (eta == 1)
    assert ("without z" in made.remark) == (eta == 0) and "t off by one step" in notes


def test_it_says_which_rows_start_elsewhere() -> None:
    said = "the same x_T (“without √(1−β)” from 3.32 times it and “x_T of deviation 0.9” from 0.9 times it)"
    assert said in sheet(gaussian_bench("mistakes")).remark
    assert "from the same x_T, η" in sheet(gaussian_bench("mistakes", mistake="no z")).remark


def test_the_unit_range_is_shown_as_its_program_would() -> None:
    made = sheet(gaussian_bench("mistakes", mistake="[0, 1]"))
    end: Cell = made.cells[1, 7]
    right: Cell = made.cells[0, 7]
    dark = right.picture < 110
    assert dark.any() and float(end.picture[dark].mean()) < 40


def test_steps_beyond_the_models_levels_are_refused(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "mistakes")
    scene = work.scene.replace(sampler=SamplerSpec("heun", 101, params=params(grid="karras")))
    with pytest.raises(ValueError, match=r"steps = 101 is outside 1\.\.100"):
        sheet(dataclasses.replace(work, scene=scene))
