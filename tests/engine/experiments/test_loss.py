"""Loss per t: the numbers are the network's and the exact denoiser's own, and the ledger is the bound's."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from benches import bench, parts, sheet

from diffviz.diffusion import SCHEDULES, add_noise, vlb_terms
from diffviz.diffusion.theory import bits_per_dimension, vlb_weight, vlb_weights
from diffviz.engine.experiments.data_set import data_set
from diffviz.engine.experiments.loss import Measured, _not_drawn, ledger, level_noise, measured_levels
from diffviz.models import ModelError
from diffviz.sheet import Done, Plot

LINEAR = SCHEDULES["linear"](T=1000)


def test_with_every_level_the_ledger_is_the_bound_itself(model_folder: Path) -> None:
    """L_T + Σ L_{t-1} + L_0 as vlb_terms has it, of the same pictures and the same noise."""
    work = bench(model_folder, "loss", pictures=3, levels=100)
    made = sheet(work)
    data, schedule = data_set(work), work.model.schedule
    x_0 = data.some(3, 0)
    for row, name, denoiser in ((1, "network", work.model.denoiser(clip=None)), (2, "exact", data.denoiser)):
        levels = iter(range(1, 101))
        terms = vlb_terms(denoiser, x_0, schedule, eps_like=lambda x, levels=levels: level_noise(0, next(levels), x))
        assert terms.decoder is not None
        whole = terms.prior + terms.decoder + torch.stack(list(terms.steps.values())).sum(dim=0)
        bits = float(bits_per_dimension(whole, x_0).mean())
        (curve,) = (each for each in made.plots["Bound, stacked from T down"].curves if each.name == name)
        assert curve.y[0] == pytest.approx(bits, rel=1e-4)
        assert made.rows[row].note == f"{curve.y[0]:.2f} bits/dim"
        assert curve.x == tuple(range(1, 101)) and list(curve.y) == sorted(curve.y, reverse=True)
        assert curve.y[-1] == pytest.approx(
            float(bits_per_dimension(terms.prior + terms.steps[100], x_0).mean()), rel=1e-4
        )


def test_golden_weights() -> None:
    weights = vlb_weights(LINEAR)
    for t, value in ((100, 8.942977e-2), (500, 4.697938e-4), (1000, 4.118529e-7)):
        assert vlb_weight(t, LINEAR) == pytest.approx(value, rel=1e-6) == weights[t - 2]


def test_few_levels_give_the_gaussians_bound_in_closed_form() -> None:
    """Data N(0, 0.4²): E(x_0 - x̂_0)² = 0.16 (1-ᾱ)/(0.16 ᾱ + 1 - ᾱ)."""
    bar = LINEAR.alpha_bar
    error = 0.16 * (1 - bar) / (0.16 * bar + 1 - bar)
    expected = vlb_weights(LINEAR) * error[2:] / math.log(2)
    assert np.allclose(ledger(Measured({t: error[t] for t in range(1, 1001)}), LINEAR), expected, rtol=1e-9)
    some = ledger(Measured({t: error[t] for t in measured_levels(1000, 32)}), LINEAR)
    assert some.sum() == pytest.approx(expected.sum(), rel=0.01)


def test_the_loss_is_that_of_what_the_network_predicts(model_folder: Path) -> None:
    work = bench(model_folder, "loss", pictures=2, levels=6)
    schedule, t = work.model.schedule, 40
    x_0 = data_set(work).some(2, 0)
    eps = level_noise(0, t, x_0)
    said = work.model.denoiser(clip=None)(add_noise(x_0, t, eps, schedule), t)
    bar = schedule.alpha_bar_at(t)
    v, v_hat = (bar**0.5 * e - (1 - bar) ** 0.5 * x for e, x in ((eps, x_0), (said.eps_hat, said.x0_hat)))
    kept = Measured({t: float((x_0 - said.x0_hat).double().square().mean())})
    for name, truth, guess in (("epsilon", eps, said.eps_hat), ("v", v, v_hat), ("x0", x_0, said.x0_hat)):
        assert kept.loss(t, schedule, name) == pytest.approx(float((truth - guess).square().mean()), rel=1e-3)


def test_the_exact_denoiser_is_the_floor(model_folder: Path) -> None:
    made = sheet(bench(model_folder, "loss", pictures=9, levels=12))
    network, floor = made.plots["Error of x̂_0 over t"].curves
    assert all(low <= high for low, high in zip(floor.y, network.y, strict=True))
    assert network.x == tuple(sorted(measured_levels(100, 12)))
    assert "of 9 pictures" in made.remark and "bits/dim" in made.remark


def test_losses_that_the_plot_leaves_out_are_said(model_folder: Path) -> None:
    """Near one of the nine pictures the exact answer is that picture."""
    made = sheet(bench(model_folder, "loss", pictures=9, levels=12))
    network, floor = made.plots["Loss over t"].curves
    assert network.x == floor.x == tuple(sorted(measured_levels(100, 12))) and np.isfinite(network.y).all()
    plot = made.plots["Loss over t"]
    drawn = {t for part in plot.stretches(floor) for t in part[:, 0]}
    missing = [round(t) for t in floor.x if t not in drawn]
    assert len(missing) > 1
    assert all(0 < loss < 1e-5 for t, loss in zip(floor.x, floor.y, strict=True) if t in missing)
    assert "nan" not in made.to_csv(), "which has them all the same"
    assert f"Not drawn, since below 10⁻⁵: floor, exact at t = {missing[0]}–{missing[-1]}." in made.remark
    every = Measured(dict.fromkeys((1, 50, 100), 1.0))
    few = Measured({1: 1e-9, 50: 1.0, 100: 1e-9})
    schedule = SCHEDULES["linear"](T=100)
    assert _not_drawn(schedule, "x0", every, few).endswith("floor, exact at t = 1 and 100.")
    assert _not_drawn(schedule, "x0", every, every) == ""


def test_the_exact_mean_of_few_neighbours_is_that_of_all(model_folder: Path) -> None:
    data = data_set(bench(model_folder, "loss"))
    eps = level_noise(0, 1, data.x)
    for t in (1, 20, 60, 100):
        x_t = add_noise(data.x, t, eps, data.denoiser.schedule)
        assert torch.allclose(data.predict(x_t, t), data.denoiser(x_t, t).x0_hat, atol=1e-5)


def test_it_can_be_stopped_at_each_batch_and_draws_while_it_runs(model_folder: Path) -> None:
    made = parts(bench(model_folder, "loss", pictures=4, levels=5))
    done = [part for part in made if isinstance(part, Done)]
    assert done[-1].done == done[-1].total == 4 * len(measured_levels(100, 5)) and len(done) == len(set(done))
    assert sum(isinstance(part, Plot) for part in made) > len(done)


def test_without_pictures_it_is_refused_with_the_remedy(tiny_model_folder: Path) -> None:
    with pytest.raises(ModelError, match=r"brings no pictures that it was trained on; choose the folder"):
        sheet(bench(tiny_model_folder, "loss"))


@pytest.mark.parametrize("count", [2, 7, 32, 999, 1000, 5000])
def test_the_levels_measured_have_both_ends(count: int) -> None:
    levels = measured_levels(1000, count)
    assert levels[0] == 1000 and levels[-1] == 1 and levels == sorted(set(levels), reverse=True)
    assert len(levels) <= count + 1
