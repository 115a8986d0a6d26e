"""Everyone can drive the window: what has the keys is seen, Tab and the arrows reach everything, and it has a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from gui_driver import Driver, as_array, as_rgb
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QScrollBar,
    QWidget,
)

from diffviz.gui.numbers import decibels
from diffviz.gui.panels.picture_keys import PictureKeys
from diffviz.gui.panels.rows import PathField
from diffviz.gui.panels.segments import Segments

pytestmark = pytest.mark.display

K = Qt.Key
CONTROLS = (QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit, QAbstractSlider, PictureKeys)
PAGES = ("direction_forward", "direction_reverse", "laboratory")


@pytest.fixture
def at_page(driver: Driver) -> Iterator[Callable[[str], Driver]]:
    def go(name: str) -> Driver:
        driver.trigger(name)
        driver.idle()
        driver.paint()
        return driver

    yield go
    driver.window.set_theme("auto")


def controls(window: QWidget) -> list[QWidget]:
    """What can be used now; the parts of a box count as the box, a row of radio buttons as one."""
    found: list[QWidget] = []
    for widget in window.findChildren(QWidget):
        owner = widget.parentWidget()
        part = isinstance(widget, QScrollBar) or isinstance(owner, QAbstractSpinBox | QComboBox | QLineEdit)
        other = isinstance(owner, Segments) and not (isinstance(widget, QPushButton) and widget.isChecked())
        usable = widget.isVisible() and widget.isEnabled() and widget.window() is window
        if isinstance(widget, CONTROLS) and usable and not part and not other:
            found.append(widget)
    return found


def walk(driver: Driver) -> list[QWidget]:
    """What the tab key comes to, from the slider until it is there again."""
    begin = next(b for b in driver.window.parts.way.buttons.values() if b.isChecked())
    begin.setFocus(Qt.FocusReason.TabFocusReason)
    seen: list[QWidget] = []
    while not seen or QApplication.focusWidget() is not seen[0]:
        focused = QApplication.focusWidget()
        assert focused is not None and focused not in seen, f"the tab key goes round at {focused}"
        seen.append(focused)
        QTest.keyClick(focused, K.Key_Tab)
    return seen


@pytest.mark.parametrize("page", PAGES)
def test_the_tab_key_reaches_every_control(page: str, at_page: Callable[[str], Driver]) -> None:
    driver = at_page(page)
    reached = walk(driver)
    names = [
        f"{type(w).__name__} {w.objectName() or w.accessibleName() or w.toolTip()}" for w in controls(driver.window)
    ]
    missed = [name for name, w in zip(names, controls(driver.window), strict=True) if w not in reached]
    assert missed == []


def ring(driver: Driver, widget: QWidget) -> int:
    """Pixels in and around a widget that take the ring's colour when it has the keys."""
    for area in driver.window.findChildren(QScrollArea):
        if area.isAncestorOf(widget):
            area.ensureWidgetVisible(widget)  # as the tab key does
    frame = QRect(widget.mapTo(driver.window, QPoint(-3, -3)), widget.size())
    frame.adjust(0, 0, 6, 6)
    colour = np.array(as_rgb(driver.window.palette_.focus))

    def ringed() -> np.ndarray:
        driver.paint()
        return np.abs(as_array(driver.window.grab(frame).toImage()).astype(int) - colour).sum(axis=2) < 30

    driver.window.setFocus()
    before = ringed()
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    return int((ringed() & ~before).sum())


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("page", PAGES)
def test_what_has_the_keys_has_a_ring(page: str, theme: str, at_page: Callable[[str], Driver]) -> None:
    driver = at_page(page)
    driver.window.set_theme(theme)
    unseen = [f"{type(w).__name__} {w.objectName()}" for w in walk(driver) if ring(driver, w) < 40]
    assert unseen == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_field_has_an_edge_that_is_seen(theme: str, at_page: Callable[[str], Driver]) -> None:
    driver = at_page("direction_forward")
    driver.window.set_theme(theme)
    driver.paint()
    edge = np.array(as_rgb(driver.window.palette_.edge))
    for name in ("schedule_combo", "seed_spin", "t_spin"):
        box = driver.find(name)
        frame = QRect(box.mapTo(driver.window, QPoint(0, 0)), box.size())
        pixels = as_array(driver.window.grab(frame).toImage()).astype(int)
        row = np.abs(pixels[pixels.shape[0] // 2] - edge).sum(axis=1)
        assert row[0] < 30 and row[-1] < 30, name


@pytest.mark.parametrize("page", PAGES)
def test_every_control_has_a_name_and_a_role(page: str, at_page: Callable[[str], Driver]) -> None:
    driver = at_page(page)
    if page == "direction_reverse":
        driver.generate()
    driver.window.controller.spoken.tell()
    wrong = []
    for widget in [*controls(driver.window), *driver.window.findChildren(QLabel)]:
        if not widget.isVisible():
            continue
        heard = QAccessible.queryAccessibleInterface(widget)
        name, role = heard.text(QAccessible.Text.Name), heard.role()
        labelled = any(flag & QAccessible.RelationFlag.Label for _, flag in heard.relations())
        nameless = not isinstance(widget, QLabel) and (role == QAccessible.Role.Client or not name)
        nameless = nameless or (isinstance(widget, QComboBox) and not labelled)
        if nameless or re.search(r"<\w|&\w+;|_", name):
            wrong.append(f"{type(widget).__name__} {widget.objectName()} {role.name} {name!r}")
    assert wrong == []


@pytest.mark.usefixtures("own_models")
@pytest.mark.parametrize("name", ["export", "glossary", "design", "brush", "train", "about"])
def test_every_control_of_a_dialog_has_a_name_and_says_what_it_is_for(name: str, driver: Driver) -> None:
    driver.trigger(name)
    driver.paint()
    [dialog] = [dialog for dialog in driver.window.findChildren(QDialog) if dialog.isVisible()]
    found = [widget for widget in controls(dialog) if not isinstance(widget, PictureKeys)]
    heard = {widget: QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name) for widget in found}
    assert found
    assert [f"{type(w).__name__} {w.objectName()} {heard[w]}" for w in found if not (heard[w] and w.toolTip())] == []
    dialog.close()
    if name == "train":
        driver.without_training()


def test_a_file_that_is_chosen_or_typed_has_the_name_of_its_row(at_page: Callable[[str], Driver]) -> None:
    driver = at_page("laboratory")
    driver.choose("experiment_combo", "Why a network?")
    driver.idle()
    lines = [line for line in driver.window.findChildren(QLineEdit) if line.isVisible()]
    [field] = [line for line in lines if isinstance(line.parentWidget(), PathField)]
    heard = QAccessible.queryAccessibleInterface(field).text(QAccessible.Text.Name)
    assert heard and field.toolTip() == field.parentWidget().toolTip() != ""


def test_the_button_says_what_it_does_on_each_page(at_page: Callable[[str], Driver]) -> None:
    tips = {page: at_page(page).generate_button.toolTip() for page in PAGES}
    assert "chain" in tips["direction_reverse"] and "experiment" not in tips["direction_reverse"]
    assert "experiment" in tips["laboratory"] and "chain" not in tips["laboratory"]


def test_segments_are_radio_buttons(at_page: Callable[[str], Driver]) -> None:
    way = at_page("direction_forward").window.parts.way.buttons
    heard = {key: QAccessible.queryAccessibleInterface(button) for key, button in way.items()}
    assert {interface.role() for interface in heard.values()} == {QAccessible.Role.RadioButton}
    assert [key for key, interface in heard.items() if interface.state().checked] == ["forward"]


def test_pictures_say_what_they_show_when_the_slider_rests(at_page: Callable[[str], Driver]) -> None:
    driver = at_page("direction_forward")
    views = [driver.picture_area(name) for name in ("x_t", "x_0", "eps")]
    driver.set_t(40)
    until_said(driver, views[0], "t 40")
    alpha_bar = driver.window.controller.options.in_force.alpha_bar[40]
    decibel = decibels(float(alpha_bar)).replace("−", "minus ")
    size = driver.shown("x_0").shape[1]
    assert heard_of(views[0]) == f"noisy picture x t, cat, {size} px, t 40, signal-to-noise {decibel} decibel"
    assert [heard_of(view) for view in views[1:]] == [f"clean picture x 0, cat, {size} px", "noise epsilon, seed 0"]
    assert QAccessible.queryAccessibleInterface(views[0]).role() == QAccessible.Role.Graphic
    driver.trigger("direction_reverse")
    driver.generate()
    until_said(driver, views[0], "t 0")
    assert heard_of(views[0]).startswith("state x t of the chain, dot, DDPM 5, seed 0, t 0")
    assert heard_of(views[1]) == "predicted clean picture x hat 0, t = 0, state 5 of 5"


def heard_of(widget: QWidget) -> str:
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def until_said(driver: Driver, widget: QWidget, words: str) -> None:
    driver.until(lambda: f"{words}," in heard_of(widget))


def test_the_arrows_walk_the_radio_buttons(at_page: Callable[[str], Driver]) -> None:
    driver = at_page("direction_forward")
    way = driver.window.parts.way.buttons
    way["forward"].setFocus(Qt.FocusReason.TabFocusReason)
    driver.key(K.Key_Right)
    assert driver.scene.direction == "reverse" and QApplication.focusWidget() is way["reverse"]
    driver.key(K.Key_Left)
    assert driver.scene.direction == "forward" and QApplication.focusWidget() is way["forward"]
    curves = driver.window.controller.schedule_panel.curves.buttons
    curves["coefficients"].setFocus(Qt.FocusReason.TabFocusReason)
    t = driver.slider.value()
    driver.key(K.Key_Right)
    assert driver.scene.view.curves == "alpha_bar" and driver.slider.value() == t


def test_the_arrows_read_a_picture_that_was_reached_with_tab(at_page: Callable[[str], Driver]) -> None:
    driver = at_page("direction_forward")
    view, t = driver.picture_area("x_t"), driver.slider.value()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    driver.key(K.Key_Right)
    first = driver.words("values_label")
    driver.key(K.Key_Down)
    assert "x = " in first and driver.words("values_label") != first
    assert driver.slider.value() == t
    driver.window.controller.view.jump.show_pictures((None, None, None))  # as while another picture is read
    driver.paint()
    driver.window.controller.showing.show_picture()
    driver.idle()
    driver.slider.setFocus()
    driver.paint()
    assert driver.words("values_label") == ""
    view.setFocus(Qt.FocusReason.MouseFocusReason)  # a click: the arrows stay the slider's
    driver.key(K.Key_Right)
    assert driver.slider.value() == t + 1


def test_the_arrows_lead_from_sample_to_sample_and_a_ring_is_around_the_one_that_return_opens(
    at_page: Callable[[str], Driver],
) -> None:
    driver = at_page("direction_reverse")
    driver.window.controller.store.edit(count=4)
    driver.generate()
    view = driver.picture_area("x_t")
    view.setFocus(Qt.FocusReason.TabFocusReason)
    for key, sample in ((K.Key_Down, 1), (K.Key_Left, 1), (K.Key_Down, 3), (K.Key_Down, 3), (K.Key_Right, 4)):
        driver.key(key)
        assert f"sample {sample}" in driver.words("values_label")
        target = view.target()  # type: ignore[attr-defined]
        grabbed = view.grab().toImage()
        row, column = divmod(sample - 1, 2)
        x = target.x() + (column + 0.5) * target.width() / 2
        y = target.y() + row * target.height() / 2
        assert grabbed.pixelColor(round(x), round(y) + 2).name() == "#ffffff"
    driver.key(K.Key_Return)
    driver.idle()
    assert driver.window.controller.chains.open_tile == 3


def test_return_opens_the_first_sample_where_no_arrow_has_chosen_one(at_page: Callable[[str], Driver]) -> None:
    driver = at_page("direction_reverse")
    driver.window.controller.store.edit(count=4)
    driver.generate()
    chains, view = driver.window.controller.chains, driver.picture_area("x_t")
    view.setFocus(Qt.FocusReason.TabFocusReason)
    driver.key(K.Key_Return)
    driver.idle()
    assert chains.open_tile == 0
    assert driver.words("values_label") == "", "a place of the grid is none of the sample's"
    driver.key(K.Key_Right)
    assert "sample 1" in driver.words("values_label") and "x = " in driver.words("values_label")
