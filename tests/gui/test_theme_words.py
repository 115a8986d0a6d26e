"""Signs have real subscripts, as rich text and as plain letters; other words stay as they are."""

from __future__ import annotations

import pytest

from diffviz.gui.theme import drawn, rich


@pytest.mark.parametrize(
    ("written", "painted", "marked"),
    [
        ("x_0 and x_t", "x₀ and xₜ", "x<sub>0</sub> and x<sub>t</sub>"),
        ("√ᾱ_t x\u0302_0", "√ᾱₜ x\u200d\u0302₀", "√ᾱ<sub>t</sub> x\u200d\u0302<sub>0</sub>"),
        ("x_{t−1} < x_T", "xₜ₋₁ < xᴛ", "x<sub>t−1</sub> &lt; x<sub>T</sub>"),
        ("p_θ(x_s | x_t)", "pθ(xₛ | xₜ)", "p<sub>θ</sub>(x<sub>s</sub> | x<sub>t</sub>)"),
        ("E[x_0|x_t]", "E[x₀|xₜ]", "E[x<sub>0</sub>|x<sub>t</sub>]"),
        ("fixed_small and x_0.png", "fixed_small and x_0.png", "fixed_small and x_0.png"),
        ("α_t and β\u0303_t", "αₜ and β\u0303ₜ", "α<sub>t</sub> and β\u0303<sub>t</sub>"),
        ("a < b", "a < b", "a < b"),
    ],
)
def test_signs_have_subscripts(written: str, painted: str, marked: str) -> None:
    assert (drawn(written), rich(written)) == (painted, marked)
