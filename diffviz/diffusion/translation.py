"""Translation: one output of a network in the five forms that are predicted, and what an error of one is in each."""

from __future__ import annotations

import math

from torch import Tensor

FORMS = ("eps", "x0", "v", "score", "velocity")


def translate(eps: Tensor, x_0: Tensor, alpha_bar: float) -> dict[str, Tensor]:
    """A pair that belongs together, x_t = √ᾱ x_0 + √(1-ᾱ) ε, in all forms.

    v = √ᾱ ε - √(1-ᾱ) x_0 (Salimans & Ho 2022),  score = -ε/√(1-ᾱ) (Song et al. 2021),  velocity u = ε - x_0, of flow
    matching's straight way x_τ = (1-τ) x_0 + τ ε (Lipman et al. 2023)

    Args:
        eps, x_0: of one shape.
        alpha_bar: of their level, in 0..1; below 1 for the score.
    """
    a, b = math.sqrt(alpha_bar), math.sqrt(1.0 - alpha_bar)
    score = -eps / b if b > 0 else eps.new_full(eps.shape, math.nan)
    return {"eps": eps, "x0": x_0, "v": a * eps - b * x_0, "score": score, "velocity": eps - x_0}


def errors(form: str, size: float, alpha_bar: float) -> dict[str, float]:
    """What an error of ``size`` >= 0 in one form is in each: at one x_t they all are an error of ε times a number.

    δ in ε is δ √(1-ᾱ)/√ᾱ in x_0, δ/√ᾱ in v, δ/√(1-ᾱ) in the score, δ (1 + √(1-ᾱ)/√ᾱ) in the velocity.

    Args:
        form: of ``FORMS``.
        alpha_bar: in 0..1. What has no bound is infinite: x_0 of an error in ε at ᾱ = 0, say.
    """
    a, b = math.sqrt(alpha_bar), math.sqrt(1.0 - alpha_bar)
    if form == "score":
        return errors("eps", size * b, alpha_bar) | {"score": size}
    # of an error in v, which has a bound in all but the score
    of_v = {"eps": a, "x0": b, "v": 1.0, "velocity": a + b}
    grown = {name: size * factor / of_v[form] if of_v[form] > 0 else math.inf for name, factor in of_v.items()}
    grown[form] = size
    return grown | {"score": grown["eps"] / b if b > 0 else math.inf}
