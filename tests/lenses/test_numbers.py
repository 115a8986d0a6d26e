"""The Numbers lens: the field's numbers, at a level and over a range."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from moments import LINEAR, chart_of, moment

from diffviz.chart import Chart
from diffviz.diffusion import SCHEDULES, NoiseSchedule, kl_to_prior, quantities, quantities_at
from diffviz.diffusion.forward import posterior_coefficients
from diffviz.diffusion.theory import vlb_weight
from diffviz.lens_catalog import LENSES as WORDS
from diffviz.lens_catalog import lens_params
from diffviz.lenses import LENSES, Moment
from diffviz.lenses.numbers import COLUMNS, Numbers

THIRD = 1.0 / 3.0


def chart(t: float, schedule: NoiseSchedule = LINEAR, **given: float) -> Chart:
    return chart_of("numbers", moment(schedule, t), **given)


def test_golden_values() -> None:
    q = quantities(LINEAR, THIRD)
    assert q["c_0"][501] == pytest.approx(3.05805708e-03, rel=1e-8)
    assert q["c_t"][501] == pytest.approx(0.99410435, rel=1e-8)
    assert q["beta_tilde"][501] == pytest.approx(1.00513358e-02, rel=1e-8)
    assert q["beta"][501] == pytest.approx(1.00599600e-02, rel=1e-8)
    assert q["beta_tilde"][2] == pytest.approx(5.453188e-05, rel=1e-6)
    assert (q["c_0"][1], q["c_t"][1], q["beta_tilde"][1]) == (1.0, 0.0, 0.0)
    assert q["kl"][1000] * math.log(2) == pytest.approx(6.72679e-6, rel=1e-5)
    assert q["kl"][1000] * 3 * 32 * 32 == pytest.approx(0.029813, rel=1e-4)
    assert q["w_vlb"][100] == pytest.approx(8.942977e-2, rel=1e-6)
    assert q["w_vlb"][1000] == pytest.approx(4.118529e-7, rel=1e-6)


@pytest.mark.parametrize("name", sorted(SCHEDULES.keys() - {"custom"}))
def test_the_columns_are_what_the_functions_of_one_level_say(name: str) -> None:
    schedule = SCHEDULES[name](T=50)
    q = quantities(schedule, THIRD)
    x_0 = torch.full((1, 4), THIRD**0.5, dtype=torch.float64)
    for t in (1, 2, 25, 49):
        # ᾱ near 1e-9 leaves a quotient few digits; the product that the function takes has them all
        assert [q[n][t] for n in ("c_0", "c_t", "beta_tilde")] == pytest.approx(
            posterior_coefficients(t, t - 1, schedule), rel=1e-6, abs=1e-15
        )
        assert q["kl"][t] * math.log(2) * 4 == pytest.approx(float(kl_to_prior(x_0, t, schedule)[0]), rel=1e-9)
    assert q["w_vlb"][25] == pytest.approx(vlb_weight(25, schedule))
    assert np.allclose(q["w_v"][1:] - q["w_eps"][1:], q["w_x_0"][1:])
    assert np.all(q["w_min_snr"] <= 5)


def test_a_loss_weight_is_the_ratio_of_the_errors() -> None:
    """An error δ of x̂_0 at a held x_t is √SNR δ of ε and √(SNR + 1) δ of v (Salimans & Ho 2022, appendix D)."""
    t, delta = 300, 0.1
    a, b = LINEAR.alpha_bar[t] ** 0.5, (1 - LINEAR.alpha_bar[t]) ** 0.5
    x_0, x_t = 0.3, 0.7
    eps, eps_wrong = ((x_t - a * x) / b for x in (x_0, x_0 + delta))
    v, v_wrong = (a * e - b * x for e, x in ((eps, x_0), (eps_wrong, x_0 + delta)))
    q = quantities(LINEAR, THIRD)
    assert (eps - eps_wrong) ** 2 == pytest.approx(q["w_eps"][t] * delta**2)
    assert (v - v_wrong) ** 2 == pytest.approx(q["w_v"][t] * delta**2)
    u, u_wrong = eps - x_0, eps_wrong - (x_0 + delta)
    assert (u - u_wrong) ** 2 == pytest.approx(q["w_flow"][t] * delta**2)


def test_golden_preconditioning() -> None:
    """Karras et al. 2022, table 1, at σ = σ_d = 0.5 (ᾱ = 0.8) and at σ = 1 (ᾱ = 0.5)."""
    schedule = NoiseSchedule(np.array([0.0, 0.2, 1 - 0.5 / 0.8]))
    q = quantities(schedule, THIRD, 0.5)
    names = ("c_skip", "c_out", "c_in", "c_noise")
    assert [q[name][1] for name in names] == pytest.approx([0.5, 0.353553, 1.414214, -0.173287], rel=1e-5)
    assert [q[name][2] for name in names] == pytest.approx([0.2, 0.447214, 0.894427, 0], rel=1e-5, abs=1e-12)
    assert [q[name][0] for name in names] == [1, 0, 2, -math.inf]


@pytest.mark.parametrize("name", sorted(SCHEDULES.keys() - {"custom"}))
def test_preconditioned_input_and_target_have_deviation_1(name: str) -> None:
    """Of independent x_0 of deviation σ_d and ε; the target is F = (x_0 - c_skip x)/c_out, x = x_0 + σ ε."""
    schedule, d = SCHEDULES[name](T=50), 0.3
    q = quantities(schedule, THIRD, d)
    skip, out, into, sigma = (q[n][1:] for n in ("c_skip", "c_out", "c_in", "sigma"))
    assert np.allclose(into**2 * (d**2 + sigma**2), 1)
    assert np.allclose((((1 - skip) * d) ** 2 + (skip * sigma) ** 2) / out**2, 1)
    assert np.allclose(q["c_noise"][1:], -0.25 * q["lambda"][1:])


def test_with_unit_data_the_preconditioned_network_is_asked_for_minus_v() -> None:
    x_0, eps, t = 0.3, -0.8, 400
    a, b = LINEAR.alpha_bar[t] ** 0.5, (1 - LINEAR.alpha_bar[t]) ** 0.5
    q = quantities(LINEAR, THIRD, 1.0)
    asked = (x_0 - q["c_skip"][t] * (x_0 + q["sigma"][t] * eps)) / q["c_out"][t]
    assert asked == pytest.approx(-(a * eps - b * x_0))


def test_the_datas_deviation_is_a_setting_of_the_lens() -> None:
    for given in (0.5, 2.0):
        table = chart(300, sigma_data=given).table
        assert table is not None and table.marked is not None
        row = dict(zip(COLUMNS, table.marked, strict=True))
        assert row["c_skip"] == pytest.approx(given**2 / (row["sigma"] ** 2 + given**2))
        assert table.values[6, list(COLUMNS).index("c_skip")] == pytest.approx(row["c_skip"])


def test_a_step_over_several_levels_has_the_posterior_of_its_two_ends() -> None:
    q = quantities_at(LINEAR, 500, 400, THIRD)
    assert (q["c_0"], q["c_t"], q["beta_tilde"]) == pytest.approx(posterior_coefficients(500, 400, LINEAR), rel=1e-9)
    assert q["alpha_bar"] == pytest.approx(LINEAR.alpha_bar[500])
    q = quantities_at(LINEAR, 500, 0, THIRD)
    assert (q["c_0"], q["c_t"], q["beta_tilde"]) == (1.0, 0.0, 0.0)
    between = quantities_at(LINEAR, 499.5, 399.25, THIRD)
    assert between["c_0"] == pytest.approx(posterior_coefficients(499.5, 399.25, LINEAR)[0], rel=1e-9)
    with pytest.raises(IndexError, match="s = 500"):
        quantities_at(LINEAR, 500, 500, THIRD)


def test_the_row_of_a_longer_step_says_that_it_is_of_it() -> None:
    """Beside the rows of single steps, and β_t under the slider."""
    assert "step" not in chart(500).sentence
    longer = chart_of("numbers", moment(LINEAR, 500, 496)).sentence
    assert "β̃ and w of the bound are of the step from here to 496" in longer


@pytest.mark.parametrize("t", [0, 1, 1000])
def test_the_lens_has_its_row_at_both_ends(t: int) -> None:
    table = chart(t).table
    assert table is not None and table.marked is not None
    assert table.marked[0] == t
    assert table.values[:, 0].tolist() == [*range(0, 1001, 50)]
    assert len(table.columns) == table.values.shape[1] == len(COLUMNS)


def test_the_range_of_the_table() -> None:
    def levels(**given: float) -> list[float]:
        table = chart(250, **given).table
        assert table is not None
        return table.values[:, 0].tolist()

    assert levels(**{"from": 10, "to": 20, "step": 4}) == [10, 14, 18, 20]
    assert levels(**{"from": 20, "to": 10, "step": 100}) == [10, 20]
    assert levels(**{"from": 7, "to": 7, "step": 1}) == [7]
    assert levels(**{"from": 9000, "to": 10_000, "step": 1}) == [1000]


def test_zero_terminal_snr_has_no_number_that_is_not_one() -> None:
    from diffviz.diffusion import zero_terminal_snr

    shown = chart(1000, zero_terminal_snr(LINEAR))
    assert shown.table is not None and shown.table.marked is not None
    row = dict(zip(COLUMNS, shown.table.marked, strict=True))
    assert (row["alpha_bar"], row["snr"], row["kl"]) == (0, 0, 0)
    assert (row["c_skip"], row["c_out"], row["c_in"]) == (0, 0.5, 0)
    assert math.isinf(row["sigma"]) and 0 < row["c_0"] < 1 and row["c_t"] == 0  # x_T says nothing of x_0


def test_rows_are_made_once_while_t_moves() -> None:
    lens, params = Numbers(), dict(lens_params((), "numbers"))
    first = moment(LINEAR, 100)
    tables = [lens.chart(Moment(**{**first.__dict__, "t": t, "s": t - 1}), params).table for t in (100, 101)]
    assert tables[0] is not None and tables[1] is not None
    assert tables[0].values is tables[1].values


def test_every_number_goes_into_the_file() -> None:
    lines = chart(250, **{"from": 10, "to": 20, "step": 10}).to_csv().splitlines()
    assert lines[0].startswith("t,β,α,ᾱ") and lines[0].endswith(",c_skip,c_out,c_in,c_noise")
    row = [float(word) for word in lines[1].split(",")]
    q = quantities(LINEAR, float(moment(LINEAR, 0).x_0.double().square().mean()))
    assert row == [q[name][10] for name in COLUMNS]  # exactly


def test_each_lens_has_its_words() -> None:
    assert list(LENSES) == list(WORDS)
