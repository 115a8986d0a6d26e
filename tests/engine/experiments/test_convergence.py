"""Convergence: the orders of the solvers on data whose ODE is known, and what is refused."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from benches import GaussianModel, bench, gaussian_bench, parts, sheet

from diffviz.diffusion import SAMPLERS, sigma_levels
from diffviz.engine.noise import held_noise
from diffviz.sheet import Done


@pytest.mark.parametrize("grid", ["karras", "exponential"])
def test_slopes_are_the_orders_on_gaussian_data(grid: str) -> None:
    made = sheet(gaussian_bench("convergence", steps="20 40 80 160", grid=grid))
    assert [row.title for row in made.rows] == ["DDIM", "Euler", "Heun", "DPM-Solver++ 2M"]
    for row, order in zip(made.rows, (1, 1, 2, 2), strict=True):
        said = re.fullmatch(r"slope (−?[0-9.]+) · order ([12])", row.note)
        assert said and int(said[2]) == order
        assert float(said[1].replace("−", "-")) == pytest.approx(-order, abs=0.2)


def test_the_errors_are_those_of_the_samplers() -> None:
    work = gaussian_bench("convergence", samplers="euler, heun", steps="10 30")
    made = sheet(work)
    x_T, schedule = held_noise(0, (1, 6, 6)), work.model.schedule
    *_, best = SAMPLERS["dpmpp_2m"](work.model.denoiser(), x_T, schedule, levels=sigma_levels(schedule, 1000, "karras"))
    plot, cost = made.plots["distance to the reference"], made.plots["distance by cost"]
    for i, name in enumerate(("euler", "heun")):
        assert plot.curves[i].x == (10, 30) and cost.curves[i].x == ((10, 30) if name == "euler" else (19, 59))
        assert plot.curves[i].y == cost.curves[i].y and plot.curves[i].name == made.rows[i].title
        for j, steps in enumerate((10, 30)):
            levels = sigma_levels(schedule, steps, "karras")
            *_, last = SAMPLERS[name](work.model.denoiser(), x_T, schedule, levels=levels)
            error = float((last.x_s - best.x_s).double().square().mean().sqrt())
            assert plot.curves[i].y[j] == pytest.approx(error, rel=1e-4)
            assert made.cells[i, j].note == f"RMS {plot.curves[i].y[j]:.2g}"
    assert np.array_equal(made.cells[0, 2].picture, made.cells[1, 2].picture), "one reference for both"
    assert [head.title for head in made.columns] == ["10 steps", "30 steps", "reference"]
    assert made.pair == ((0, 0), (0, 2)), "not the one reference beside itself"


def test_nothing_is_computed_twice_and_every_call_is_counted() -> None:
    model = GaussianModel()
    work = gaussian_bench("convergence", model=model, samplers="euler heun", steps="4 8")
    done = [part for part in parts(work) if isinstance(part, Done)]
    assert len(model.asked) == 4 + 8 + 7 + 15 + 1000 and done[-1] == Done(len(model.asked), len(model.asked))
    more = dataclasses.replace(work.scene.experiment, params=(("samplers", "heun dpmpp_2m"), ("steps", "4 8")))
    model.asked.clear()
    sheet(dataclasses.replace(work, scene=work.scene.replace(experiment=more)))
    assert len(model.asked) == 4 + 8, "only the new sampler is run"


def test_ddim_that_keeps_its_eps_has_a_reference_of_its_own(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "convergence", samplers="ddim euler", steps="2 5")
    made = sheet(work)
    assert "goes its own way" in made.remark
    assert "steps on the same grid of DDIM for DDIM and of DPM-Solver++ 2M for Euler." in made.remark
    assert not np.array_equal(made.cells[0, 2].picture, made.cells[1, 2].picture)
    derived = dataclasses.replace(work.scene.model, rederive_eps=True)
    made = sheet(dataclasses.replace(work, scene=work.scene.replace(model=derived)))
    assert "own way" not in made.remark and "of DPM-Solver++ 2M. Slope:" in made.remark
    for j in range(3):
        assert np.abs(made.cells[0, j].picture.astype(int) - made.cells[1, j].picture).max() <= 1, "DDIM is Euler"


@pytest.mark.parametrize("given, said", [
    ({"samplers": "ddim ddpm"}, "ddpm draws fresh noise"),
    ({"samplers": "rk4"}, "there is no 'rk4'; choose of ddim, euler"),
    ({"samplers": " "}, "give one or more"),
    ({"steps": "5 2.5"}, "2.5 is no whole number"),
    ({"steps": "5 200"}, "DDIM: steps = 200 is outside 1..100"),
    ({"steps": "many"}, "'many' is no number"),
])  # fmt: skip
def test_what_cannot_be_run_is_refused(tiny_model_folder: Path, given: dict[str, str], said: str) -> None:
    work = bench(tiny_model_folder, "convergence", **given)
    calls: list[int] = []
    work.model.network.register_forward_hook(lambda *_: calls.append(1))
    with pytest.raises(ValueError, match=said):
        parts(work)
    assert not calls
