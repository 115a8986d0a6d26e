"""One output in five forms: closed formulas, and an error of one as what it is in the others."""

from __future__ import annotations

import math

import pytest
import torch

from diffviz.diffusion.denoiser import to_x0_eps
from diffviz.diffusion.translation import FORMS, errors, translate


def draw(seed: int) -> torch.Tensor:
    return torch.randn(2, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("alpha_bar", [0.999, 0.5, 0.0786, 4e-5])
def test_each_form_gives_the_others_back(alpha_bar: float) -> None:
    eps, x_0 = draw(0), draw(1)
    forms = translate(eps, x_0, alpha_bar)
    assert tuple(forms) == FORMS
    a, b = math.sqrt(alpha_bar), math.sqrt(1 - alpha_bar)
    x_t = a * x_0 + b * eps
    assert torch.allclose(to_x0_eps(forms["v"], x_t, alpha_bar, "v")[0], x_0, atol=1e-9)
    assert torch.allclose(-b * forms["score"], eps)
    assert torch.allclose((x_t + a * forms["velocity"]) / (a + b), eps, atol=1e-9)


@pytest.mark.parametrize("alpha_bar", [0.9, 0.5, 0.01])
@pytest.mark.parametrize("form", FORMS)
def test_an_error_is_what_it_becomes_when_the_output_is_read_on(form: str, alpha_bar: float) -> None:
    """At one x_t: add δ in one form, read ε and x_0 from it, and compare all forms with the true ones."""
    a, b = math.sqrt(alpha_bar), math.sqrt(1 - alpha_bar)
    eps, x_0, delta = draw(0), draw(1), draw(2)
    x_t = a * x_0 + b * eps
    wrong = translate(eps, x_0, alpha_bar)[form] + delta
    read_eps = {
        "eps": wrong, "x0": (x_t - a * wrong) / b, "v": a * wrong + b * x_t, "score": -b * wrong,
        "velocity": (x_t + a * wrong) / (a + b),
    }[form]  # fmt: skip
    after = translate(read_eps, (x_t - b * read_eps) / a, alpha_bar)
    before, grown = translate(eps, x_0, alpha_bar), errors(form, float(delta.square().mean().sqrt()), alpha_bar)
    for name in FORMS:
        found = float((after[name] - before[name]).square().mean().sqrt())
        assert grown[name] == pytest.approx(found, rel=1e-9), name


def test_golden_of_an_error_in_eps() -> None:
    grown = errors("eps", 0.1, 0.2)
    a, b = math.sqrt(0.2), math.sqrt(0.8)
    assert grown["x0"] == pytest.approx(0.1 * b / a) and grown["v"] == pytest.approx(0.1 / a)
    assert grown["score"] == pytest.approx(0.1 / b) and grown["velocity"] == pytest.approx(0.1 * (1 + b / a))


def test_at_the_ends_what_has_no_bound_is_infinite() -> None:
    assert errors("eps", 0.1, 0.0)["x0"] == math.inf == errors("x0", 0.1, 1.0)["eps"]
    assert errors("v", 0.1, 0.0)["x0"] == pytest.approx(0.1) and errors("v", 0.1, 1.0)["eps"] == pytest.approx(0.1)
