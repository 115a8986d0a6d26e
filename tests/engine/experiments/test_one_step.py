"""Why not one step? The futures' mean is x̂_0 on Gaussian data, up to chance; each future is a chain of its own."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from benches import GaussianModel, bench, gaussian_bench, parts, sheet

from diffviz.engine.experiments.one_step import futures, histogram, mean_gaps
from diffviz.sheet import Cell, Done, Plot


def test_the_mean_of_the_futures_is_the_x0_hat_of_gaussian_data() -> None:
    """E[x̂_0(x_s) | x_t] = x̂_0(x_t) at every step, so the gap is chance alone: spread/√n over 36 numbers."""
    work = gaussian_bench("one_step", futures=200, shares="0.9 0.4", chain_steps=5)
    made = sheet(work)
    for row in (0, 1):
        spread = float(made.cells[row, 7].note.removeprefix("RMS "))
        curve = made.plots["From the mean of n futures to x̂_0"].curves[row]
        assert curve.x == tuple(range(1, 201))
        assert 0.5 < curve.y[-1] / (spread / math.sqrt(200)) < 1.6
        assert curve.y[0] > 5 * curve.y[-1]
    assert made.plots["From the mean of n futures to x̂_0"].curves[-1].name == "spread/√n"


def test_a_future_is_the_chain_of_another_noise(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "one_step", futures=3)
    x = torch.randn(1, *work.model.sample_shape, generator=torch.Generator().manual_seed(2))
    *_, three = futures(work, x, [60, 40, 20, 0], 3)
    *_, two = futures(work, x, [60, 40, 20, 0], 2)
    assert torch.allclose(three[:2], two, atol=1e-5), "the number of futures changes none of them"
    assert len({float(end.sum()) for end in three}) == 3


def test_the_gaps_are_those_of_running_means(tiny_model_folder: Path) -> None:
    ends = torch.randn(5, 2, 3, generator=torch.Generator().manual_seed(0))
    hat = torch.zeros(1, 2, 3)
    expected = [float(ends[:k].mean(dim=0).square().mean().sqrt()) for k in range(1, 6)]
    work = bench(tiny_model_folder, "one_step")
    assert mean_gaps(work, ends, hat) == pytest.approx(expected, rel=1e-5)


def test_the_histogram_counts_every_future_of_the_number_that_differs_most() -> None:
    ends = torch.zeros(40, 1, 2, 2)
    ends[:10, 0, 1, 0], ends[10:, 0, 1, 0] = -0.5, 0.5
    plot = histogram("t = 3", ends, torch.full((1, 1, 2, 2), 0.25))
    stairs, hat, mean = plot.curves
    heights = np.asarray(stairs.y)[1:-1:2]
    assert plot.x_label == "value at (0, 1, 0)" and sorted(heights[heights > 0]) == [10, 30]
    assert hat.x == (0.25, 0.25) and mean.x == pytest.approx((0.25, 0.25))


def test_rows_are_the_states_asked_for_and_it_can_be_stopped(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "one_step", futures=2, shares="1 0.2 0.21", chain_steps=5)
    made = parts(work)
    final = sheet(work)
    assert [row.title for row in final.rows] == ["from t = 100", "from t = 20"]
    assert len(final.cells) == 2 * len(final.columns)
    done = [part for part in made if isinstance(part, Done)]
    assert done[-1].done == done[-1].total and len(done) > 10
    with pytest.raises(ValueError, match=r"shares: 2 is outside 0\.01\.\.1"):
        sheet(bench(tiny_model_folder, "one_step", shares="2"))
    with pytest.raises(ValueError, match=r"steps = 101 is outside 1\.\.100"):
        sheet(bench(tiny_model_folder, "one_step", chain_steps=101))


def test_with_the_defaults_it_takes_so_few_calls_that_one_waits_for_it() -> None:
    done = [part for part in parts(gaussian_bench("one_step")) if isinstance(part, Done)]
    assert done[-1].done == done[-1].total < 1600


def test_a_model_of_few_levels_takes_all_of_them_where_nobody_chose() -> None:
    work = gaussian_bench("one_step", model=GaussianModel(T=12), futures=2, shares="0.9")
    assert [row.note for row in sheet(work).rows] == ["11 steps to go"]


def test_a_future_says_its_t_until_it_has_come_to_its_end() -> None:
    made = parts(gaussian_bench("one_step", futures=2, shares="0.8", chain_steps=5))
    notes = [part.note for part in made if isinstance(part, Cell) and part.column == 3]
    assert notes[:-1] == ["t = 600", "t = 400", "t = 200", "t = 0"] and notes[-1].startswith("RMS")


def test_a_curve_keeps_its_colour_while_further_rows_come() -> None:
    made = parts(gaussian_bench("one_step", futures=2, shares="0.9 0.6 0.3", chain_steps=10))
    plots = [part for part in made if isinstance(part, Plot) and part.title.startswith("From the mean")]
    colours = {(curve.name, hue) for plot in plots for hue, curve in plot.numbered}
    assert len(plots) == 3 and len(colours) == len(plots[-1].curves) == 4
