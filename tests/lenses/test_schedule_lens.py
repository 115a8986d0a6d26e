"""The Schedule lens as a chart: the curves that are chosen, those of a pinned schedule dotted."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.diffusion import SCHEDULES, zero_terminal_snr
from diffviz.lenses.schedule import chart_of
from diffviz.scene import CURVES

LINEAR, COSINE = SCHEDULES["linear"](T=100), SCHEDULES["cosine"](T=50)
QUANTITIES = {
    "coefficients": ("√ᾱ signal", np.sqrt(LINEAR.alpha_bar)),
    "alpha_bar": ("ᾱ", LINEAR.alpha_bar),
    "alpha": ("α", 1 - LINEAR.beta[1:]),
    "snr": ("SNR", 10 * np.log10(LINEAR.snr[1:])),
    "sigma": ("σ", LINEAR.sigma),
}


@pytest.mark.parametrize("curves", CURVES)
def test_the_curves_that_are_chosen_with_the_pinned_ones_dotted(curves: str) -> None:
    chart = chart_of(LINEAR, 40, curves, (COSINE, "cosine"))
    first = chart.plots[0]
    name, values = QUANTITIES.get(curves, QUANTITIES["coefficients"])
    assert first.series[0].name == name
    assert first.series[0].y[-len(values) :] == pytest.approx(values, rel=1e-9)
    assert first.t == 40 and first.dots[0].y == pytest.approx(values[-61])
    dotted = [each for plot in chart.plots for each in plot.series if each.style == "dotted"]
    assert len(dotted) == sum(len(plot.series) for plot in chart.plots) / 2
    assert dotted[0].name == "cosine" and dotted[0].x[-1] == 100 and len(dotted[0].x) == 51  # the same shares of T
    assert all(0 <= plot.y.share(dot.y) <= 1 for plot in chart.plots for dot in plot.dots)


@pytest.mark.parametrize("curves", CURVES)
def test_both_ends_of_a_schedule_that_ends_in_pure_noise(curves: str) -> None:
    for t in (0, 100):
        chart = chart_of(zero_terminal_snr(LINEAR), t, curves)
        for plot in chart.plots:
            assert np.isfinite([plot.y.low, plot.y.high, *(dot.y for dot in plot.dots)]).all()
