"""The posterior under the jump, with its own numbers, and the sampler's step in "Remove noise" as pictures."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from gui_driver import Driver
from PIL import Image
from pixels import from_uint8, to_uint8
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel

from diffviz.diffusion import SAMPLERS, SCHEDULES, Prediction, add_noise, posterior_coefficients
from diffviz.engine.denoising import start_level
from diffviz.engine.noise import held_noise
from diffviz.gui.second_row import FACTORS
from diffviz.gui.step_line import factor_formula, network_line, why_line
from diffviz.gui.theme import X_HAT
from diffviz.models import load_model
from diffviz.scene import DataSpec, Leg, SamplerSpec, Scene

ROW = ("step_x_t", "step_x_s", "step_z")
NOISY = ("ddpm", "ddim", "euler_ancestral")  # those that can draw fresh noise


@pytest.mark.parametrize("t", [1, 2, 40, 100])
def test_the_posteriors_mean_and_draws_are_its_formula_on_the_pictures_shown(t: int, driver: Driver) -> None:
    driver.choose("second_row_combo", "posterior")
    driver.find("eps_range_check").setChecked(True)
    driver.set_t(t)
    c_0, c_t, variance = posterior_coefficients(t, t - 1, SCHEDULES["linear"](T=100))
    four, panel = driver.shown("step_x_t"), driver.window.controller.view.step.cards[0]
    panel.clicked.emit(3, 3)  # the mean alone
    alone = driver.shown("step_x_t")
    height, width = (side // 2 for side in alone.shape[:2])
    assert np.array_equal(four[:height, :width], alone[: 2 * height : 2, : 2 * width : 2])
    sign, a, b = driver.coefficients(ROW)
    assert sign == "=" and a == pytest.approx(c_0, abs=6e-4) and b == pytest.approx(c_t, abs=6e-4)
    assert np.array_equal(driver.shown("step_z"), driver.shown("x_t"))
    mean, x_t = (driver.shown(name) / 127.5 * 3 - 3 for name in ("step_x_t", "x_t"))
    x_0 = driver.shown("x_0") / 127.5 - 1
    inside = (np.abs(x_t) < 2.9) & (np.abs(mean) < 2.9)
    assert np.abs(mean - (c_0 * x_0 + c_t * x_t))[inside].max() < 0.04
    spread = []
    for _ in range(3):
        panel.clicked.emit(3, 3)
        draw = driver.shown("step_x_t") / 127.5 * 3 - 3
        spread.append(float((draw - mean)[inside & (np.abs(draw) < 2.9)].std()))
    assert spread == pytest.approx([variance**0.5] * 3, abs=0.02)
    panel.clicked.emit(3, 3)
    assert np.array_equal(driver.shown("step_x_t"), four), "all of them again"
    for coefficient, value in ((row := driver.window.controller.view.step).signal, c_0), (row.noise, c_t):
        assert f"{value:.6g}" in coefficient.toolTip()
    assert f"{variance**0.5:.4g}" in driver.words("formula_line")


def test_one_step_equals_its_sum_after_the_posterior_too(driver: Driver) -> None:
    """The posterior's mean is about its draws; one step is x_t, and kept the sign that it was shown after."""
    driver.choose("second_row_combo", "posterior")
    driver.set_t(50)
    assert driver.coefficients(ROW)[0] == "≈"
    driver.choose("second_row_combo", "one step")
    driver.set_t(40)
    assert driver.coefficients(ROW)[0] == "="


def test_a_guess_in_the_place_of_x_0(driver: Driver, tiny_model_folder: Path, tmp_path: Path) -> None:
    driver.choose("second_row_combo", "posterior")
    driver.choose("guess_combo", "coffee")
    driver.idle()
    driver.window.controller.view.step.cards[0].clicked.emit(3, 3)
    true, guess = driver.shown("x_0"), driver.shown("step_x_s")
    assert f"q(x39 | x40, {X_HAT}0) = N(" in driver.words("formula_line")
    assert guess.shape == true.shape and not np.array_equal(guess, true)
    c_0, c_t, _ = posterior_coefficients(40, 39, SCHEDULES["linear"](T=100))
    mean, x_t = (driver.shown(name) / 127.5 - 1 for name in ("step_x_t", "x_t"))
    inside = (np.abs(x_t) < 0.95) & (np.abs(mean) < 0.95)
    assert np.abs(mean - (c_0 * (guess / 127.5 - 1) + c_t * x_t))[inside].max() < 0.02
    driver.choose("guess_combo", "the model's")
    driver.idle()
    model = load_model(str(tiny_model_folder), "cpu")
    size = model.kind.words(model.sample_shape)
    assert f"The model makes {size}" in driver.words("formula_line")  # of the reduced picture, enlarged
    assert not np.array_equal(driver.shown("step_x_s"), true) and driver.shown("step_x_s").shape == true.shape
    path = tmp_path / "small.png"
    Image.fromarray(np.random.default_rng(3).integers(0, 255, (*model.sample_shape[1:], 3), np.uint8)).save(path)
    driver.window.open_picture(path)
    driver.idle()
    x_0 = from_uint8(driver.shown("x_0"))
    schedule = SCHEDULES["linear"](T=100)
    x_t = add_noise(x_0, 40, held_noise(0, tuple(x_0.shape[1:])), schedule)
    level = start_level(model.schedule.alpha_bar, float(schedule.alpha_bar[40]))
    said = model.denoiser(class_label="dot", clip="own")(x_t, level).x0_hat
    assert np.abs(driver.shown("step_x_s").astype(int) - to_uint8(said, 1)[0].astype(int)).max() <= 1
    assert "This is the reverse step" in driver.words("formula_line")


def test_another_picture_out_of_a_file(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "red.png"
    Image.new("RGB", (8, 8), (255, 0, 0)).save(path)
    driver.choose("second_row_combo", "posterior")
    for answer in (str(path), ""):  # a dialog that is put away changes nothing
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, answer=answer: (answer, ""))
        driver.choose("guess_combo", "a file…")
        driver.idle()
        assert driver.scene.view.guess == f"path:{path}" and driver.find("guess_combo").currentText() == "red.png"
        assert np.all(driver.shown("step_x_s")[:, :, 0] == 255) and not driver.shown("step_x_s")[:, :, 1:].any()
    driver.trigger("undo")
    assert driver.scene.view.guess == "true"
    driver.window.controller.options.view(guess=f"path:{tmp_path / 'gone.png'}")
    driver.idle()
    line = driver.words("formula_line")
    assert "No guess, gone.png: there is no such file" in line and line.endswith("folder.") and ".." not in line


@pytest.mark.parametrize("prediction", ["v", "epsilon", "x0"])
def test_from_the_network_to_the_step_in_numbers(prediction: str) -> None:
    state = SimpleNamespace(alpha_bar=0.36, exact=True)
    line = network_line(state, prediction)  # type: ignore[arg-type]
    assert "0.6</b>" in line and "0.8</b>" in line and line.startswith("network: ")
    assert "network" not in network_line(SimpleNamespace(alpha_bar=0.36, exact=True), "sample", exact=True)  # type: ignore[arg-type]
    assert "clipped" in network_line(SimpleNamespace(alpha_bar=0.36, exact=False), prediction)  # type: ignore[arg-type]


def test_every_samplers_step_has_its_reason_and_fresh_noise_is_told_where_it_is_drawn() -> None:
    for name in SAMPLERS:
        still, drawn = (SimpleNamespace(terms=(("x̂_0", 0.1), ("z", z))) for z in (0.0, 0.2))
        said, more = (why_line(state, SamplerSpec(name)) for state in (still, drawn))  # type: ignore[arg-type]
        assert said.startswith("why: ") and more.startswith(said) and (" z" in more) is (name in NOISY)
    variances = {"fixed_small": "deviation √β̃", "fixed_large": "deviation √β", "learned_range": "the network says"}
    for variance, words in variances.items():
        spec = SamplerSpec("ddpm", params=(("variance", variance),))
        assert why_line(drawn, spec).endswith(words)  # type: ignore[arg-type]
    assert why_line(SimpleNamespace(terms=()), SamplerSpec()) == ""  # type: ignore[arg-type]


def test_after_a_change_of_sampler_each_step_has_the_reason_of_its_own() -> None:
    scene = Scene(sampler=SamplerSpec("ddim"), history=(Leg(500, sampler=SamplerSpec("heun")),))
    assert [scene.sampler_at(t).name for t in (900, 501, 500, 20)] == ["heun", "heun", "ddim", "ddim"]


def test_the_line_of_the_step_is_unfolded_by_a_key_and_by_a_click(driver: Driver) -> None:
    driver.generate()
    driver.idle()
    driver.window.controller.chains.go_to(2)
    driver.idle()
    folded = driver.words("formula_line")
    assert "from the network" in folded
    driver.key(Qt.Key.Key_V)
    driver.idle()
    assert driver.scene.view.unfolded and "network: " in driver.words("formula_line")
    driver.find("formula_line", QLabel).linkActivated.emit("unfold")
    driver.idle()
    assert not driver.scene.view.unfolded and driver.words("formula_line") == folded


def test_there_is_none_at_t_0(driver: Driver) -> None:
    driver.choose("second_row_combo", "posterior")
    driver.set_t(1)
    place = driver.picture_area().geometry()
    driver.set_t(0)
    assert driver.shown("step_x_t").size == 0 and "t = 0" in driver.words("formula_line")
    assert driver.picture_area().geometry() == place


@pytest.mark.parametrize("view", [{"second": "posterior"}, {"unfolded": True}])
def test_the_pictures_stay_where_they_are_at_the_end_of_a_chain(view: dict[str, object], ran: Driver) -> None:
    """The line under them was lower at t = 0: a grid was twice as large there."""
    ran.window.controller.store.edit(undo=False, view=replace(ran.scene.view, **view))
    lines = []
    for index in (2, len(ran.window.controller.chains.states) - 1):
        ran.window.controller.chains.go_to(index)
        ran.idle()
        lines.append(ran.find("formula_line", QLabel).text().count("<br>"))
    assert lines[0] == lines[1] > 0


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_formula_of_a_factor_is_that_of_its_number(name: str) -> None:
    """In the tooltip of c_ε there was none, and none in those of the others of a chain's step."""
    schedule, eta = SCHEDULES["linear"](T=100), {"eta": 0.5} if name in ("ddim", "euler_ancestral") else {}
    x, h_before = torch.ones(1, 2, dtype=torch.float64), 1.0
    for step in SAMPLERS[name](lambda x, t: Prediction(0.5 * x, x), x, schedule, steps=5, **eta):
        a, b = schedule.alpha_bar_at(step.t), schedule.alpha_bar_at(step.s)
        (sigma, sigma_s), z = (((1 - level) / level) ** 0.5 for level in (a, b)), dict(step.terms)["z"]
        h = np.log(sigma / sigma_s) if sigma_s else np.inf
        known = {"σ_t": sigma, "σ_s": sigma_s, "ᾱ_t": a, "ᾱ_s": b, "σ²": z**2, "r": h_before / h}
        known["σ_{down}"] = (sigma_s**2 - z**2 / b) ** 0.5
        for symbol, factor in step.terms:
            if symbol in FACTORS:
                formula = factor_formula(step, name, symbol)  # type: ignore[arg-type]
                assert worth(formula.split(", ")[0], known) == pytest.approx(factor, rel=1e-6, abs=1e-9), formula
        h_before = h


def worth(formula: str, known: dict[str, float]) -> float:
    """A formula's number, of its signs' numbers."""
    for sign, value in known.items():
        formula = formula.replace(sign, f"({float(value)!r})")
    formula = re.sub(r"√(\([^()]*(\([^()]*\)[^()]*)*\))", r"\1**0.5", formula).replace("−", "-").replace("½", "0.5*")
    return float(eval(re.sub(r"(?<=[)\d]) ?(?=\()", "*", formula).replace("* *", "*")))


@pytest.mark.parametrize(("sampler", "second"), [("ddpm", "posterior"), ("ddim", "one step")])
def test_removing_noise_the_row_is_the_step_that_is_taken(sampler: str, second: str, driver: Driver) -> None:
    """Either way: with "one step" nothing was there, and nothing said so."""
    driver.window.controller.store.edit(sampler=SamplerSpec(sampler, 5))
    driver.choose("second_row_combo", second)
    driver.generate()
    driver.idle()
    chains = driver.window.controller.chains
    chains.go_to(2)
    driver.idle()
    state, after = chains.states[2], chains.states[3]
    terms = dict(state.terms)
    _, a, b = driver.coefficients(ROW)
    names = [name for name in terms if name != "z"]
    assert a == pytest.approx(terms[names[0]], abs=6e-4) and b == pytest.approx(terms[names[1]], abs=6e-4)
    assert np.array_equal(driver.shown("step_x_t"), after.frames().x_t)
    assert np.array_equal(driver.shown("step_x_s"), state.frames().x0_hat)
    expected = state.frames().x_t if sampler == "ddpm" else state.frames().eps_hat
    assert np.array_equal(driver.shown("step_z"), expected)
    why = {"ddpm": "why: the mean of q(xs | xt, x0) with the guess", "ddim": "noised anew as far as s"}
    assert why[sampler] in driver.words("formula_line")
    under = {"ddpm": "c<sub>t</sub>", "ddim": "c<sub>ε</sub>"}[sampler]
    step = driver.window.controller.view.step
    assert under in step.noise.text(), "c_t is the factor of x_t alone"
    titles = [card.title for card in step.cards]
    chains.go_to(5)
    driver.idle()
    assert under in step.noise.text() and [card.title for card in step.cards] == titles, "ε̂ was called x_t at t = 0"
    assert driver.shown("step_x_t").size == 0
    row = driver.find("step_x_t_panel").parent()
    tips = [part.toolTip() for part in row.findChildren(QLabel) if part.isVisible()]
    assert not any("in this step" in tip or "that is taken" in tip for tip in tips), "of the step before"
    driver.choose("second_row_combo", "none")
    assert not driver.find("step_x_t_panel").isVisible()


def test_of_a_chain_that_was_stopped_no_next_state_is_promised(paused: Driver) -> None:
    paused.window.controller.options.view(second="posterior")
    card = paused.window.controller.view.step.cards[0]
    assert card.view._message == "not made yet" and "t = 70" in card.caption
    paused.trigger("cancel")
    paused.idle()
    assert card.view.array() is None and card.view._message == "stopped here"
    assert "t = 70" in card.caption


def test_where_the_model_has_no_guess_the_true_x_0_is_not_called_its_own(driver: Driver) -> None:
    driver.window.controller.options.view(second="posterior", guess="network")
    driver.window.controller.pictures.open(DataSpec("sound", "builtin:bell"))
    driver.idle()
    assert "open one of its size" in driver.words("formula_line")
    assert driver.window.controller.view.step.cards[1].caption == ""
