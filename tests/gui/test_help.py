"""F1 names what is seen, the glossary explains it and shows it, and signs have tooltips with formula and meaning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from gui_driver import Driver, as_array, plain
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QAccessible, QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QPushButton,
    QTextBrowser,
    QWidget,
)

from diffviz.gui.panels.help_overlay import BESIDE, BETWEEN, HelpOverlay, Region, in_columns
from diffviz.gui.theme import X_HAT
from diffviz.lens_catalog import LENSES
from diffviz.palette import LIGHT
from diffviz.scene import DataSpec

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
    driver.trigger("laboratory")
    driver.key(K.Key_F1)
    assert "Ctrl+G: Run" in overlay.accessibleName()


def test_f1_speaks_of_what_is_open_and_names_what_is_drawn_over_points(driver: Driver) -> None:
    def said() -> str:
        driver.trigger("help")
        words = driver.find("help_overlay").accessibleName().partition("\nSpace: ")[0]  # what follows are keys
        driver.key(K.Key_Escape)
        return words

    pictures = said()
    assert "One picture is the sum" in pictures and "score" not in pictures
    driver.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.idle()
    points = said()
    assert "One cloud is the sum" in points and "pixel" not in points and "picture" not in points
    for words in ("shade", "arrows", "the way of one point"):
        assert words in points, words
    driver.trigger("direction_reverse")
    driver.idle()
    points = said()
    assert "Runs the network" not in points and "ODE" in points and "dragged" in points
    driver.window.controller.store.edit(count=4)
    driver.generate()
    driver.idle()
    assert "ODE" not in said(), "nothing is drawn over several clouds"
    driver.trigger("laboratory")
    assert "Runs the experiment" in said() and "clouds" in said()
    store = driver.window.controller.store
    store.edit(data=driver.first_scene.data, model=driver.first_scene.model)
    driver.idle()
    assert "clouds" not in said(), "the chain of points is not seen here"


def test_what_is_seen_over_points_is_shown_whatever_chain_was_there(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.generate()
    driver.idle()
    before = len(driver.window.controller.chains.states)
    driver.trigger("glossary")
    driver.find("glossary_search", QLineEdit).setText("SDE")
    driver.find("show_me_button", QPushButton).click()
    driver.idle()
    drawn = driver.window.controller.plane._layers[0].drawn
    assert driver.scene.data.kind == "points" and drawn is not None
    assert [way.name for way in drawn.ways] == ["SDE", "ODE"] and drawn.arrows is not None
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.data.kind == "picture" and len(driver.window.controller.chains.states) == before


def test_f1_lists_every_key_that_the_window_has(driver: Driver) -> None:
    driver.trigger("help")
    lines = driver.find("help_overlay").accessibleName().split("\n")
    driver.key(K.Key_Escape)
    listed = {key for line in lines for key in line.partition(": ")[0].split(", ")}
    keys = {keys.toString() for action in driver.window.actions() for keys in action.shortcuts()}
    keys |= {action.text().partition("&")[2][0] for action in driver.window.menuBar().actions()}  # with Alt
    lenses = [driver.action(f"lens_{name}").shortcut().toString() for name in LENSES]
    assert f"{lenses[0]} … {lenses[-1]}" in listed
    assert {key.removeprefix("Alt+") for key in keys.difference(lenses)} <= {key.removeprefix("Alt+") for key in listed}


@pytest.mark.parametrize("name", ["rings", "swiss_roll"])
def test_show_me_of_guidance_over_points_sets_class_and_weight(name: str, driver: Driver) -> None:
    driver.window.controller.pictures.open(DataSpec("points", f"builtin:{name}"))
    driver.idle()
    driver.trigger("glossary")
    driver.find("glossary_search", QLineEdit).setText("classifier-free")
    driver.find("show_me_button", QPushButton).click()
    driver.idle()
    drawn, label = driver.window.controller.plane._layers[0].drawn, {"rings": "inner"}.get(name, "upper")
    assert driver.find("class_combo", QComboBox).currentText() == driver.scene.model.class_label == label
    assert driver.scene.model.guidance == 4.0 == driver.find("guidance_spin").value()
    assert drawn is not None and [each.name for each in drawn.pointers] == ["any", label, "w = 4"]
    driver.trigger("undo")
    driver.idle()
    assert (driver.scene.data.source, driver.scene.model.guidance) == (f"builtin:{name}", 1.0)


@pytest.mark.parametrize("room", [100, 400, 970, 5000])
def test_the_keys_stand_in_as_few_rows_as_have_room(room: int) -> None:
    keys = [(f"Ctrl+{k}", "what it does" * (k % 3)) for k in range(50)]

    def wide(text: str) -> int:
        return 7 * len(text)

    def width(parts: Iterable[Sequence[tuple[str, str]]]) -> int:
        widest = [max(wide(key) for key, _ in part) + max(wide(words) for _, words in part) for part in parts]
        return sum(widest) + BESIDE * len(widest) + BETWEEN * (len(widest) - 1)

    parts = [part for _, part in in_columns(keys, room, wide)]
    assert [entry for part in parts for entry in part] == keys
    assert len(parts) == 1 or width(parts) <= room
    fewer = len(parts[0]) - 1
    assert not fewer or width(keys[k : k + fewer] for k in range(0, len(keys), fewer)) > room


@pytest.mark.parametrize(("size", "lens"), [((1280, 800), "map"), ((1024, 640), "chain"), ((1024, 640), "map")])
def test_the_keys_cover_no_words_of_a_region_beside_them(driver: Driver, size: tuple[int, int], lens: str) -> None:
    driver.window.resize(*size)
    driver.trigger(f"lens_{lens}")
    driver.idle()
    driver.trigger("help")
    overlay = driver.find("help_overlay", HelpOverlay)
    settings = next(region.widget for region in overlay._regions if region.title == "Settings")
    corner = settings.mapTo(driver.window, settings.rect().topLeft())
    assert corner.x() + settings.width() < size[0] - 4, "its frame is seen"
    words = QRect(corner.x(), corner.y(), settings.width(), 3 * overlay.fontMetrics().height() + 4)
    first = overlay._regions[0].widget
    equation = QRect(first.mapTo(driver.window, first.rect().topLeft()), QSize(first.width(), words.height() - 20))
    many = [as_array(overlay.grab(said).toImage()) for said in (words, equation)]
    overlay._keys = overlay._keys[:1]
    assert all(map(np.array_equal, many, [as_array(overlay.grab(said).toImage()) for said in (words, equation)]))
    driver.key(K.Key_Escape)


def test_keys_without_room_stand_in_the_first_region_where_the_next_is_above_it(qtbot) -> None:
    """In a low laboratory, whose next region is the bar on top, the window was painted no more."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, 200)
    regions = [Region(QWidget(window), "Results", "Rows."), Region(QWidget(window), "Pages", "Compare.")]
    for region, place in zip(regions, (QRect(5, 60, 290, 100), QRect(5, 5, 290, 40)), strict=True):
        region.widget.setGeometry(place)
    window.show()
    overlay = HelpOverlay(window)
    overlay.open_over(regions, [(f"Ctrl+{k}", "what it does") for k in range(50)], LIGHT)
    with qtbot.captureExceptions() as wrong:
        overlay.grab()
    assert not wrong


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
    assert [terms.item(i).text() for i in range(terms.count())][:1] == ["signal-to-noise ratio  ·  SNR"]
    words = plain(entry.toHtml())
    assert "log10" in words and "Kingma" in words
    show.click()
    driver.idle()
    assert driver.scene.view.curves == "snr"
    assert not dialog.isVisible()  # out of the way of what it shows
    driver.until(lambda: QApplication.focusWidget() is driver.slider)
    driver.trigger("undo")
    assert driver.scene.view.curves == "coefficients"
    driver.trigger("glossary")
    search.setText("x_0")  # as a keyboard has it; the arrows walk what is found
    search.setFocus()
    assert terms.currentItem().text() == "clean picture  ·  x₀"
    QTest.keyClick(search, K.Key_Down)
    assert "predicted picture" in terms.currentItem().text() and search.text() == "x_0"
    search.setText("no such word")
    assert terms.count() == 0 and not show.isEnabled()
    dialog.close()


def test_the_terms_of_the_glossary_are_read_whole_and_without_markup(driver: Driver) -> None:
    driver.trigger("glossary")
    driver.paint()
    terms = driver.find("glossary_list", QListWidget)
    assert not terms.horizontalScrollBar().isVisible()
    texts = [terms.item(i).text() for i in range(terms.count())]
    assert len(texts) > 20 and not [text for text in texts if re.search("[_{<]", text)]
    for row in range(terms.count()):
        terms.setCurrentRow(row)
        words = driver.find("glossary_entry", QTextBrowser).toPlainText()
        assert words and not re.search("[_{<]", words), words
    driver.find("glossary_dialog").close()


def test_its_key_in_the_overlay_opens_the_glossary(driver: Driver) -> None:
    driver.trigger("help")
    assert "Shift+F1 opens the glossary" in driver.find("help_overlay").accessibleName()
    driver.key(K.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert driver.find("glossary_dialog").isVisible()
    driver.find("glossary_dialog").close()


def test_the_overlay_says_where_the_rest_is_and_sets_its_signs(driver: Driver) -> None:
    driver.trigger("lens_distribution")
    driver.trigger("help")
    heard = driver.find("help_overlay").accessibleName()
    assert "More" not in heard and "▸ opens the rest" in heard  # in "Add noise" that line bears the chain's name
    assert "xₜ over all pixels" in heard and not RAW.search(heard)
    assert "Left, PgUp: Previous state" in heard and "Right, PgDown: Next state" in heard
    driver.key(K.Key_Escape)
    driver.trigger("lens_schedule")


def unwrapped(driver: Driver) -> list[str]:
    """Tooltips of more than a line that are no rich text, which alone Qt wraps."""
    tips = {part.toolTip() for kind in (QWidget, QAction) for part in driver.window.findChildren(kind)}
    return [tip for tip in tips if max(map(len, tip.split("\n"))) > 80 and "<" not in tip]


def test_every_long_tooltip_wraps(driver: Driver) -> None:
    wrong = unwrapped(driver)
    driver.generate()
    wrong += unwrapped(driver)
    driver.trigger("laboratory")
    driver.idle()
    assert wrong + unwrapped(driver) == []


def test_signs_have_tooltips_with_formula_and_meaning(driver: Driver) -> None:
    tips = [plain(label.toolTip()) for label in driver.find("x_t_panel").findChildren(QLabel)]
    assert any("xt = √ᾱt x0 + √(1−ᾱt) ε" in tip and "noisy picture" in tip for tip in tips)
    [signal] = [label for label in driver.labels_between("x_t", "x_0") if "ᾱ" in label.text()]
    assert "How much of the clean picture" in plain(signal.toolTip())
    summary = driver.find("model_summary", QLabel)
    assert f"v: what this network was trained to return; ε̂ and {X_HAT}0 follow from it" in plain(summary.toolTip())


def test_a_picture_offers_what_can_be_done_with_it(driver: Driver) -> None:
    card, menus = driver.find("x_0_panel"), driver.window.menus
    words = [action.text() for action in menus.of_picture(card).actions() if action.text()]
    assert words[:2] == ["Copy picture", "Save picture as PNG…"] and "Denoise from here" in words
    assert "Go on from here" not in words  # there is no chain
    menu = menus.of_picture(card)
    menu.actions()[0].trigger()
    assert QApplication.clipboard().image().width() == driver.shown("x_0").shape[1]
    menu.actions()[-1].trigger()
    assert driver.find("glossary_list", QListWidget).currentItem().text() == "clean picture  ·  x₀"
    driver.find("glossary_dialog").close()


def test_the_curves_offer_the_others(driver: Driver) -> None:
    menu = driver.window.menus.of_curves()
    by_name = {action.text(): action for action in menu.actions()}
    assert by_name["√ᾱ, √(1−ᾱ)"].isChecked() and not by_name["spread"].isEnabled()
    assert driver.action("save_lens") in menu.actions(), "as over every other lens"
    by_name["SNR"].trigger()
    assert driver.scene.view.curves == "snr"


def test_the_menu_key_opens_the_menu_of_the_picture_that_has_the_keys(driver: Driver) -> None:
    view = driver.picture_area("x_t")
    view.setFocus(Qt.FocusReason.TabFocusReason)
    at = view.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, view.mapToGlobal(at))
    QApplication.sendEvent(view, event)
    driver.paint()
    [menu] = [menu for menu in driver.window.findChildren(QMenu, "context_menu") if menu.isVisible()]
    menu.close()


SIGNS = re.compile(r"[√ᾱβεσηφ]|x̂|\bx_?[0tTs]\b|\bSNR\b|\bt\b")
RAW = re.compile(r"(?<![\w.])(x\u200a?\u0302?|ᾱ|β|ε\u0302?|σ)_[{0-9tTs]")


def unexplained(driver: Driver) -> list[str]:
    """What is seen of signs without a tooltip, or with one that is written as code."""
    found = []
    for widget in driver.window.findChildren(QWidget):
        if not isinstance(widget, QLabel | QAbstractButton | QAbstractSpinBox) or not widget.isVisible():
            continue
        if driver.window.controller.bar.isAncestorOf(widget):  # a whole sentence
            continue
        words, tip = plain(widget.text()), widget.toolTip()
        if RAW.search(words) or "<" in words:
            found.append(f"{widget.objectName()} {words!r} is written as code")
        if SIGNS.search(words) and not tip:
            found.append(f"{widget.objectName()} {words!r} is not explained")
        if RAW.search(tip):
            found.append(f"{widget.objectName()} {words!r} is explained by {tip!r}")
    return found


def test_every_sign_that_is_seen_is_explained(driver: Driver) -> None:
    wrong = []
    for second in ("none", "step", "posterior"):
        driver.window.controller.options.view(second=second)
        driver.idle()
        wrong += unexplained(driver)
    driver.generate()
    wrong += unexplained(driver)
    driver.window.controller.options.view(second="none")
    driver.set_t(40)
    driver.idle()
    wrong += unexplained(driver)
    driver.trigger("laboratory")
    driver.idle()
    assert wrong + unexplained(driver) == []
