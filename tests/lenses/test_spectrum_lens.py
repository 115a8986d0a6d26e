"""Spectrum: power over frequency at t, and where the noise takes over."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from both_kinds import LINEAR, moment_of, picture, points

from diffviz.diffusion.spectrum import spectra, transform
from diffviz.kinds import SOUND
from diffviz.lenses import spectrum
from diffviz.lenses.spectrum import Spectrum


@pytest.mark.parametrize("t", [0, 1, 300, 1000])
def test_it_is_measured_on_what_is_shown(t: int) -> None:
    moment = moment_of(picture(), t)
    power, way = Spectrum().chart(moment, {}).plots
    lines = {each.name: each.y for each in power.series}
    shown = spectra(transform(moment.x_t[0]), transform(moment.eps[0]), 40)
    assert lines["x_t"] == pytest.approx(shown.x_0, rel=1e-4, abs=1e-6)
    assert lines["(1−ᾱ) · ε"] == pytest.approx((1 - LINEAR.alpha_bar[t]) * shown.eps)
    assert np.all(lines["1−ᾱ"] == 1 - LINEAR.alpha_bar[t])
    assert way.t == t and len(way.dots) == len(power.seen()) and power.named


def test_the_crossing_falls_as_t_rises_and_is_marked_in_both_plots() -> None:
    lens, x_0, found = Spectrum(), picture(), []
    for t in (50, 200, 400):
        chart = lens.chart(moment_of(x_0, t), {})
        power, way = chart.plots
        (mark,), (dot,) = power.seen(), way.dots
        assert mark.x == dot.y and f"{mark.x:.3f}" in chart.sentence
        over_t = np.interp(t, way.series[0].x, way.series[0].y)
        assert over_t == pytest.approx(dot.y, rel=1e-6)
        found.append(dot.y)
    assert found == sorted(found, reverse=True) and found[0] > found[-1]
    fainter = lens.chart(moment_of(x_0 / 1.5, 50), {})
    assert fainter.plots[1].dots[0].y < found[0]  # of another picture


def test_of_a_large_picture_the_middle_is_transformed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrum, "MOST", 16)
    moment = moment_of(picture(), 300)
    power = Spectrum().chart(moment, {}).plots[0]
    middle = moment.x_t[0, :, 8:24, 12:28].contiguous()
    assert power.series[-1].y == pytest.approx(spectra(transform(middle), transform(middle), 16).x_0, rel=1e-4)


def test_a_sound_has_the_spectrum_of_what_is_heard() -> None:
    n, f = 16_384, 0.05
    x_0 = torch.sin(2 * torch.pi * f * torch.arange(n))[None]
    moment = moment_of(x_0, 100, "sound")
    chart = Spectrum().chart(moment, {})
    power = chart.plots[0]
    lines = {each.name: each for each in power.series}
    peak = int(lines["x_0"].y.argmax())
    assert lines["x_0"].x[peak] == pytest.approx(f, rel=0.1) and np.median(lines["x_0"].y) < 1e-3 * lines["x_0"].y[peak]
    noise = 1 - LINEAR.alpha_bar[100]
    assert np.median(lines["(1−ᾱ) · ε"].y[-40:]) == pytest.approx(noise, rel=0.1), "white"
    assert "16,384 samples" in chart.sentence and 0.05 < power.marks[0].x < 0.1
    folded = torch.from_numpy(SOUND.x_0(SOUND.read("builtin:drum").array, (16, 16, 16)))[None]
    assert "4,096 samples" in Spectrum().chart(moment_of(folded, 100, "sound"), {}).sentence


@pytest.mark.parametrize(("x_0", "kind"), [(points(), "points"), (torch.zeros(1, 3, 3, 90), "picture")])
def test_what_has_none_says_why(x_0: torch.Tensor, kind: str) -> None:
    chart = Spectrum().chart(moment_of(x_0, 10, kind), {})
    assert chart.message.endswith(".") and "open a" in chart.message and not chart.plots


def test_of_a_network_of_sounds_the_noise_is_as_strong_as_is_said() -> None:
    """Its numbers are louder than what is heard, the noise that they are given is not."""
    shape = 1, 16, 16, 16
    moment = moment_of(torch.randn(shape, generator=torch.Generator().manual_seed(0)), 300, "sound")
    lines = {each.name: each.y for each in Spectrum().chart(moment, {}).plots[0].series}
    assert lines["(1−ᾱ) · ε"][-8:].mean() == pytest.approx(lines["1−ᾱ"][0], rel=0.1)
    assert lines["x_0"][-8:].mean() == pytest.approx(1, rel=0.1)
