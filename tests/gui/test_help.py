"""F1 names what is seen, the glossary explains it and shows it, and signs have tooltips with formula and meaning."""

from __future__ import annotations

import pytest
from gui_driver import Driver, plain
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListWidget, QPushButton, QTextBrowser

pytestmark = pytest.mark.display

K = Qt.Key


def test_f1_names_the_regions_and_lists_the_keys(driver: Driver) -> None:
    t = driver.slider.value()
    driver.key(K.Key_F1)
    overlay = driver.find("help_overlay")
    assert overlay.isVisible() and overlay.geometry() == driver.window.rect()
    heard = QAccessible.queryAccessibleInterface(overlay).text(QAccessible.Text.Name)
    for words in ("The equation", "Curves", "Slider", "Settings", "Space: Play", "Ctrl+G: Generate"):
        assert words in heard, words
    before = driver.window.grab().toImage()
    driver.key(K.Key_Right)  # any key takes it away, and does nothing else
    assert not overlay.isVisible() and driver.slider.value() == t
    assert QApplication.focusWidget() is driver.slider
    assert driver.window.grab().toImage() != before


def test_the_overlay_names_the_laboratory_too(driver: Driver) -> None:
    driver.trigger("laboratory")
    driver.trigger("help")
    heard = driver.find("help_overlay").accessibleName()
    assert "Results" in heard and "The equation" not in heard
    driver.key(K.Key_Escape)


def test_the_glossary_is_searched_and_shows_a_term(driver: Driver) -> None:
    driver.trigger("glossary")
    dialog = driver.find("glossary_dialog")
    assert dialog.isVisible() and not dialog.isModal()
    search, terms = driver.find("glossary_search", QLineEdit), driver.find("glossary_list", QListWidget)
    entry, show = driver.find("glossary_entry", QTextBrowser), driver.find("show_me_button", QPushButton)
    search.setText("signal noise ratio")
    assert [terms.item(i).text() for i in range(terms.count())][:1] == ["signal-to-noise ratio"]
    words = plain(entry.toHtml())
    assert "log10" in words and "Kingma" in words
    show.click()
    driver.idle()
    assert driver.scene.view.curves == "snr"
    driver.trigger("undo")
    assert driver.scene.view.curves == "coefficients"
    search.setText("no such word")
    assert terms.count() == 0 and not show.isEnabled()
    dialog.close()


def test_g_in_the_overlay_opens_the_glossary(driver: Driver) -> None:
    driver.trigger("help")
    driver.key(K.Key_G)
    assert driver.find("glossary_dialog").isVisible()
    driver.find("glossary_dialog").close()


def test_signs_have_tooltips_with_formula_and_meaning(driver: Driver) -> None:
    tips = [plain(label.toolTip()) for label in driver.find("x_t_panel").findChildren(QLabel)]
    assert any("xt = √ᾱt x0 + √(1−ᾱt) ε" in tip and "noisy picture" in tip for tip in tips)
    [signal] = [label for label in driver.labels_between("x_t", "x_0") if "ᾱ" in label.text()]
    assert "factor of the clean picture" in plain(signal.toolTip())
    summary = driver.find("model_summary", QLabel)
    assert "v: what this network was trained to return; ε̂ and x̂0 follow from it" in plain(summary.toolTip())
