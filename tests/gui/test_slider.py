"""One axis: slider and plot cursor are the same thing, and the dots are the equation's numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest
from gui_driver import Driver, as_array, as_rgb
from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtWidgets import QAbstractButton, QApplication, QSpinBox

from diffviz.diffusion import SCHEDULES
from diffviz.session.state import Session

pytestmark = pytest.mark.display

LINEAR = SCHEDULES["linear"](T=100)


def curves_button(driver: Driver, text: str) -> QAbstractButton:
    found = [b for b in driver.window.findChildren(QAbstractButton) if b.text() == text and b.isVisible()]
    assert len(found) == 1, (text, found)
    return found[0]


def axis_ends(driver: Driver) -> tuple[float, float]:
    return driver.plot_x(0), driver.plot_x(driver.slider.maximum())


def resize(driver: Driver, width: int, height: int) -> None:
    driver.window.resize(width, height)
    for _ in range(5):
        QApplication.processEvents()


@pytest.mark.parametrize("T", [2, 100, 10_000])
@pytest.mark.parametrize("size", [(1024, 700), (1440, 860), (1900, 1000)])
def test_handle_and_cursor_stand_at_one_x(T: int, size: tuple[int, int], driver: Driver) -> None:
    driver.set("T_spin", T)
    resize(driver, *size)
    for share in (0.0, 0.31, 0.5, 1.0):
        t = round(share * T)
        driver.set_t(t)
        assert driver.handle_x() == pytest.approx(driver.plot_x(t), abs=1.0), (T, t)
        assert driver.cursor_x() == pytest.approx(driver.plot_x(t), abs=1.0)
    resize(driver, 1440, 860)


def test_a_move_is_told_once(driver: Driver) -> None:
    told: list[int] = []

    def listen(old: Session, new: Session) -> None:
        told.append(new.scene.t)

    driver.window.controller.store.changed.connect(listen)
    for t in (10, 11, 90):
        driver.set_t(t)
    assert told == [10, 11, 90]
    driver.generate()
    told.clear()
    for t in (60, 20):
        driver.set_t(t)
    driver.window.controller.store.changed.disconnect(listen)
    assert told == [60, 20]  # recorded states of a chain of five steps


def test_the_track_is_as_wide_as_the_axis(driver: Driver) -> None:
    """A press at the axis' ends is 0 and T; beyond them it stays there; in the middle it is the middle."""
    left, right = axis_ends(driver)
    slider_left = driver.slider.mapTo(driver.window, QPoint(0, 0)).x()
    y = driver.slider.height() / 2
    for x, t in ((left, 0), (right, 100), (left - 20, 0), (right + 20, 100), ((left + right) / 2, 50)):
        driver.press(driver.slider, x - slider_left, y)
        driver.release(driver.slider, x - slider_left, y)
        assert driver.slider.value() == t
    driver.idle()


def test_it_stays_so_when_presentation_scales_everything(driver: Driver) -> None:
    driver.trigger("presentation")
    for _ in range(5):
        driver.paint()
    try:
        for t in (0, 50, 100):
            driver.set_t(t)
            assert driver.handle_x() == pytest.approx(driver.plot_x(t), abs=1.0)
    finally:
        driver.trigger("presentation")
        resize(driver, 1440, 860)


def test_dragging_the_slider_follows_the_mouse(driver: Driver) -> None:
    slider_left = driver.slider.mapTo(driver.window, QPoint(0, 0)).x()
    y = driver.slider.height() / 2
    driver.press(driver.slider, driver.plot_x(10) - slider_left, y)
    for t in (20, 55, 80):
        driver.move(driver.slider, driver.plot_x(t) - slider_left, y)
        assert driver.slider.value() == t
    driver.release(driver.slider, driver.plot_x(80) - slider_left, y)
    driver.idle()
    assert driver.scene.t == 80


def test_dragging_in_the_plot_moves_the_slider(driver: Driver) -> None:
    plot_left = driver.plot.mapTo(driver.window, QPoint(0, 0)).x()
    viewport = driver.plot
    y = viewport.height() / 2
    driver.press(viewport, driver.plot_x(25) - plot_left, y)
    driver.move(viewport, driver.plot_x(75) - plot_left, y)
    driver.release(viewport, driver.plot_x(75) - plot_left, y)
    driver.idle()
    assert driver.slider.value() == 75 and driver.scene.t == 75


def test_spin_and_slider_are_one(driver: Driver) -> None:
    spin = driver.find("t_spin", QSpinBox)
    driver.set("t_spin", 63)
    assert driver.slider.value() == 63
    driver.set_t(12)
    assert spin.value() == 12


# -- the plot


@pytest.mark.parametrize("t", [0, 1, 40, 100])
def test_the_dots_are_the_two_coefficients(t: int, driver: Driver) -> None:
    driver.set_t(t)
    alpha_bar = float(LINEAR.alpha_bar[t])
    dots = sorted(driver.dots(), key=lambda dot: dot[1])
    assert [dot[0] for dot in dots] == [t, t]
    assert [dot[1] for dot in dots] == pytest.approx(sorted([alpha_bar**0.5, (1 - alpha_bar) ** 0.5]))


@pytest.mark.parametrize("t", [0, 1, 40, 100])
def test_the_numbers_at_the_dots_are_the_equations(t: int, driver: Driver) -> None:
    driver.set_t(t)
    _, signal, noise = driver.coefficients()
    numbers = [float(text) for text in driver.plot_texts() if re.fullmatch(r"\d\.\d+", text)]
    assert sorted(numbers) == sorted([signal, noise])


def test_both_curves_are_labelled_directly_one_solid_one_dashed(driver: Driver) -> None:
    texts = " ".join(driver.plot_texts())
    assert "√ᾱ" in texts and "√(1" in texts
    assert [curve.dashed for curve in driver.plot._curves] == [False, True]
    pixels = as_array(driver.plot.grab().toImage()).astype(int)
    gaps = {}
    for role in ("signal", "noise"):
        close = np.abs(pixels - np.array(as_rgb(getattr(driver.window.palette_, role)))).sum(axis=2) < 90
        left, right = (round(x) for x in driver.plot.track())
        seen = close[:, left + 1 : right - 1].any(axis=0)
        gaps[role] = int((np.diff(seen.astype(int)) == -1).sum())
    assert gaps["signal"] < 10 < 30 < gaps["noise"], gaps


def test_the_curves_are_the_schedules(driver: Driver) -> None:
    """Their pixels stand where the axes' labels put them."""
    pixels = as_array(driver.plot.grab().toImage()).astype(int)
    (zero, _), *_, (one, _) = driver.plot.labels("left")
    foot, top = (driver.plot._pixel(0, value).y() for value in (zero, one))
    left, right = driver.plot.track()
    alpha_bar = LINEAR.alpha_bar[70]
    for role, value in (("signal", alpha_bar**0.5), ("noise", (1 - alpha_bar) ** 0.5)):
        colour = np.array(as_rgb(getattr(driver.window.palette_, role)))
        x = round(left + 0.7 * (right - left))
        column = np.abs(pixels[:, x - 4 : x + 5] - colour).sum(axis=2).min(axis=1)
        rows = np.flatnonzero(column < 90)
        assert rows.size, role
        assert float(rows.mean()) == pytest.approx(foot + (top - foot) * value - 0.5, abs=2)


def test_alpha_bar_with_beta_on_its_own_true_axis(driver: Driver) -> None:
    driver.set_t(40)
    curves_button(driver, "ᾱ, β").click()
    driver.paint()
    texts = " ".join(driver.plot_texts())
    assert f"{LINEAR.alpha_bar[40]:.4f}" in texts and f"{LINEAR.beta[40]:.5f}" in texts
    labels = driver.plot.labels("right")
    # the axis' labels are β where its curve is drawn: β of t = 40 read back through the right-hand labels
    height, words = labels[-1]
    assert height == 1
    top = float(words)
    heights = {round(y * top, 6) for _, y in driver.dots()}
    assert round(float(LINEAR.beta[40]), 6) in heights


def test_snr_in_decibels_and_sigma(driver: Driver) -> None:
    driver.set_t(40)
    curves_button(driver, "SNR").click()
    driver.paint()
    assert any(f"{LINEAR.snr_db[40]:.1f} dB" == text.replace("−", "-") for text in driver.plot_texts())
    assert driver.dots()[0][1] == pytest.approx(float(LINEAR.snr_db[40]))
    curves_button(driver, "σ").click()
    driver.paint()
    assert driver.dots()[0][1] == pytest.approx(float(np.log10(LINEAR.sigma[40])))


def test_the_slider_follows_the_axis_in_every_view_of_the_curves(driver: Driver) -> None:
    for text in ("ᾱ, β", "SNR", "σ"):
        curves_button(driver, text).click()
        for _ in range(3):
            driver.paint()
        driver.set_t(70)
        assert driver.handle_x() == pytest.approx(driver.plot_x(70), abs=1.0), text


def test_what_stands_beside_the_slider_are_the_fields_numbers(driver: Driver) -> None:
    driver.set_t(40)
    readout = driver.words("schedule_readout").replace("−", "-")
    assert f"{LINEAR.alpha_bar[40]:.4f}" in readout
    driver.set_t(0)
    assert driver.words("schedule_readout").endswith("β = –")  # as in the lens Numbers


def test_no_nan_is_ever_shown(driver: Driver) -> None:
    for text in ("√ᾱ, √(1−ᾱ)", "ᾱ, β", "SNR", "σ"):
        curves_button(driver, text).click()
        for t in (0, 100):
            driver.set_t(t)
            assert "nan" not in " ".join([*driver.plot_texts(), driver.words("schedule_readout")]).lower()


def test_a_move_lays_out_nothing_of_the_window(driver: Driver) -> None:
    asked: list[str] = []

    class Listener(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.LayoutRequest and watched is driver.window:
                asked.append("layout")
            return False

    for _ in range(12):  # what was asked before has gone up to the window
        driver.paint()
    listener = Listener(driver.window)
    QApplication.instance().installEventFilter(listener)
    try:
        for t in (31, 32, 77):
            driver.set_t(t)
            for _ in range(8):
                driver.paint()
        assert asked == []
    finally:
        QApplication.instance().removeEventFilter(listener)
