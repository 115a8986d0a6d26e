"""The formula of each schedule is there, and says what its table holds."""

from __future__ import annotations

import math

import pytest

from diffviz.diffusion import SCHEDULES
from diffviz.session.formulas import FORMULAS, with_formula


def test_each_schedule_has_its_formula() -> None:
    assert set(FORMULAS) == set(SCHEDULES)
    assert not any("<sup>" in formula for formula in FORMULAS.values()), "its line has no height for it"
    assert with_formula("mine", 100, "linear").startswith("mine, T = 100:")
    assert with_formula("mine", 100, "linear", moved=True).endswith("then √ᾱ moved to 0 at T")  # else β is another
    assert with_formula("a <b>", 10, "of a folder") == "a &lt;b&gt;, T = 10"


def test_the_formulas_are_those_of_the_tables() -> None:
    """Each as it is written, worked out by hand at one level."""

    def S(x: float) -> float:
        return 1 / (1 + math.exp(-x))

    def f(u: float) -> float:
        return math.cos(0.5 * math.pi * (u + 0.008) / 1.008) ** 2

    t, T, rise = 400, 1000, 399 / 999
    made = {name: SCHEDULES[name](T=T) for name in FORMULAS if name != "custom"}
    beta = {name: float(schedule.beta[t]) for name, schedule in made.items()}
    alpha_bar = {name: float(schedule.alpha_bar[t]) for name, schedule in made.items()}
    assert beta["linear"] == pytest.approx(1e-4 + (0.02 - 1e-4) * rise)
    assert beta["scaled_linear"] == pytest.approx((0.00085**0.5 + (0.012**0.5 - 0.00085**0.5) * rise) ** 2)
    assert beta["quadratic"] == pytest.approx((1e-4**0.5 + (0.02**0.5 - 1e-4**0.5) * rise) ** 2)
    assert beta["sigmoid_beta"] == pytest.approx(1e-4 + (0.02 - 1e-4) * S(12 * rise - 6))
    assert beta["constant"] == pytest.approx(0.01)
    assert alpha_bar["cosine"] == pytest.approx(f(t / T) / f(0))
    assert alpha_bar["exponential"] == pytest.approx(math.exp(-12 * t / T))
    assert alpha_bar["flow"] == pytest.approx(0.6**2 / (0.6**2 + 0.4**2))
    tau = 3 * 0.4 / (1 + 2 * 0.4)
    assert SCHEDULES["flow"](T=T, shift=3).alpha_bar[t] == pytest.approx((1 - tau) ** 2 / ((1 - tau) ** 2 + tau**2))
    assert alpha_bar["sigmoid"] == pytest.approx((S(3) - S(-3 + 6 * t / T)) / (S(3) - S(-3)))
