"""Formulas as they are heard."""

from __future__ import annotations

import pytest

from diffviz.gui.panels.in_words import in_words


@pytest.mark.parametrize(
    ("shown", "heard"),
    [
        ("x<sub>t</sub>", "x t"),
        ("x̂<sub>0</sub>", "x hat 0"),
        ("x\u200d̂₀", "x hat 0"),
        ("√(1−ᾱ<sub>t</sub>)", "root (1 minus alpha bar t)"),
        ("<div style='color:#fff'>= <span>0.724</span></div><div>√ᾱ<sub>t</sub></div>", "= 0.724, root alpha bar t"),
        ("−∞", "minus infinity"),
        ("β<sub>1</sub>", "beta 1"),
        ("ε̂", "epsilon hat"),
        ("person · DDPM 20 · seed 0", "person, DDPM 20, seed 0"),
        ("derive ε̂ again", "derive epsilon hat again"),
        ("ᾱ_T is 0.3", "alpha bar T is 0.3"),
        ("x_{t-1} and x\u0302_0", "x t-1 and x hat 0"),
        ("fixed_small", "fixed_small"),
        ("5·10⁻⁵", "5 times ten to the minus 5"),
        ("plain words", "plain words"),
    ],
)
def test_formulas_are_heard_without_markup(shown: str, heard: str) -> None:
    assert in_words(shown) == heard
