"""Numbers: every quantity of the schedule at t, and over a range of t as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from diffviz.chart import Chart, Column, Table, number
from diffviz.diffusion import NoiseSchedule, quantities, quantities_at
from diffviz.lenses.lens import Kept, Lens, Moment

_T, _S, _D = "<sub>t</sub>", "<sub>t−1</sub>", "<sub>d</sub>"
_EDM = (
    f"EDM's network F (Karras et al. 2022): x̂<sub>0</sub> = c<sub>skip</sub> x + c<sub>out</sub> F(c<sub>in</sub> x, "
    f"c<sub>noise</sub>) of x = x{_T}/√ᾱ{_T}; with σ{_D} = 1 F is −v.<br>"
)
COLUMNS = {
    "t": Column("t", "t: the level, 0 is the clean picture"),
    "beta": Column("β", f"β{_T}: the variance of the noise that the step from t−1 to t adds", "noise"),
    "alpha": Column("α", f"α{_T} = 1−β{_T}: what the step leaves of the variance before", "signal"),
    "alpha_bar": Column("ᾱ", f"ᾱ{_T} = ∏ α<sub>s</sub>, s = 1 … t: what is left of the picture's variance", "signal"),
    "signal": Column("√ᾱ", f"√ᾱ{_T}: the factor of x<sub>0</sub> in x{_T}", "signal"),
    "noise": Column("√(1−ᾱ)", f"√(1−ᾱ{_T}): the factor of ε in x{_T}", "noise"),
    "sigma": Column("σ", f"σ{_T} = √((1−ᾱ{_T})/ᾱ{_T}): noise beside a picture of factor 1", "noise"),
    "snr": Column("SNR", f"SNR = ᾱ{_T}/(1−ᾱ{_T})"),
    "snr_db": Column("SNR in dB", "10 log<sub>10</sub> SNR"),
    "lambda": Column("λ", f"λ{_T} = ½ ln SNR = ln(√ᾱ{_T}/√(1−ᾱ{_T}))"),
    "c_0": Column("c_0", f"c<sub>0</sub> = √ᾱ{_S} β{_T}/(1−ᾱ{_T}): x<sub>0</sub>'s factor in the posterior mean"),
    "c_t": Column("c_t", f"c{_T} = √α{_T} (1−ᾱ{_S})/(1−ᾱ{_T}): x{_T}'s factor in the posterior mean"),
    "beta_tilde": Column("β̃", f"β̃{_T} = β{_T} (1−ᾱ{_S})/(1−ᾱ{_T}): the posterior's variance", "noise"),
    "kl": Column(
        "KL in bits",
        f"KL(q(x{_T} | x<sub>0</sub>) ‖ N(0, I)) in bits a dimension = "
        f"½ [ᾱ{_T} mean(x<sub>0</sub>²) − ᾱ{_T} − ln(1−ᾱ{_T})] / ln 2: how far x{_T} is from pure noise",
    ),
    "w_eps": Column("w of ε", "What a squared error of x̂<sub>0</sub> counts in the loss of ε: SNR"),
    "w_x_0": Column("w of x_0", "What it counts in the loss of x<sub>0</sub>: 1"),
    "w_v": Column("w of v", "What it counts in the loss of v: SNR + 1"),
    "w_flow": Column("w of u", "What it counts in the loss of flow matching's u = ε − x<sub>0</sub>: (√SNR + 1)²"),
    "w_min_snr": Column("w of min-SNR", "What it counts with min-SNR weighting: min(SNR, 5) (Hang et al. 2023)"),
    "w_vlb": Column(
        "w of the bound", "What it counts in the variational bound: ½ (SNR(t−1) − SNR(t)) nats (Kingma et al. 2021)"
    ),
    "c_skip": Column("c_{skip}", f"{_EDM}c<sub>skip</sub> = σ{_D}²/(σ² + σ{_D}²)", "signal"),
    "c_out": Column("c_{out}", f"{_EDM}c<sub>out</sub> = σ σ{_D}/√(σ² + σ{_D}²), so that F has deviation 1", "noise"),
    "c_in": Column("c_{in}", f"{_EDM}c<sub>in</sub> = 1/√(σ² + σ{_D}²), so that what F sees has deviation 1"),
    "c_noise": Column("c_{noise}", f"{_EDM}c<sub>noise</sub> = ¼ ln σ, what F is told in the place of t"),
}


class Numbers(Lens):
    """A row of the present level, and one of every ``step``-th level from ``from`` to ``to``, which is the last one."""

    name = "numbers"

    def __init__(self) -> None:
        self._mean_square = Kept(lambda x_0: float(x_0.double().square().mean()))
        self._rows = Kept(_rows)

    def chart(self, moment: Moment, params: Mapping[str, Any]) -> Chart:
        mean_square = self._mean_square(moment.x_0)
        whole, sigma_data = (int(params[name]) for name in ("from", "to", "step")), float(params["sigma_data"])
        rows = self._rows(moment.schedule, mean_square, sigma_data, *whole)
        now = quantities_at(moment.schedule, moment.t, moment.s, mean_square, sigma_data)
        table = Table(tuple(COLUMNS.values()), rows, np.array([now[name] for name in COLUMNS]))
        whose = "x̂_0" if moment.guessed else "x_0"
        sentence = (
            f"At t = {moment.t:g} of {moment.schedule.T}: KL of {number(now['kl'])} bits a dimension from N(0, I), "
            f"of {whose} with mean square {number(mean_square)}."
        )
        if moment.t - moment.s > 1:  # the rows below are of single steps
            sentence += f" Its β, α, c_0, c_t, β̃ and w of the bound are of the step from here to {moment.s:g}."
        return Chart(self.name, sentence, table=table)


def _rows(schedule: NoiseSchedule, mean_square: float, sigma_data: float, low: int, high: int, step: int) -> np.ndarray:
    """Float (n, columns); of ends in the wrong order both are kept."""
    first, last = sorted((min(low, schedule.T), min(high, schedule.T)))
    levels = np.unique(np.append(np.arange(first, last + 1, max(step, 1)), last))
    columns = quantities(schedule, mean_square, sigma_data)
    return np.stack([columns[name][levels] for name in COLUMNS], axis=1)
