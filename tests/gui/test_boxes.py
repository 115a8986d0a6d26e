"""Lists and number boxes: the wheel scrolls past them, and a list that was used gives the keys back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from gui_driver import NONE, Driver
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLabel, QScrollArea, QVBoxLayout, QWidget

from diffviz.gui.panels.controls import Combo
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.rows import TextField
from diffviz.gui.panels.scheduler_dialog import SchedulerDialog

pytestmark = pytest.mark.display

K = Qt.Key
NO_PHASE = Qt.ScrollPhase.NoScrollPhase


def wheel(box: QWidget, steps: int = -1) -> None:
    """Turn the wheel over a widget, as the system says it: Qt then finds out who takes it."""
    window = box.window()
    place = QPointF(box.mapTo(window, box.rect().center()))
    QTest.wheelEvent(window.windowHandle(), place, QPoint(0, 120 * steps))


def value(box: QWidget) -> object:
    return box.currentIndex() if isinstance(box, QComboBox) else box.text()  # type: ignore[attr-defined]


def boxes_of(window: QWidget) -> list[QWidget]:
    found = [*window.findChildren(QComboBox), *window.findChildren(QAbstractSpinBox)]
    return [box for box in found if box.isEnabled()]


@pytest.mark.usefixtures("own_models")
def test_the_wheel_changes_no_box_that_has_not_the_focus(make_driver: Callable[..., Driver]) -> None:
    own = make_driver()
    own.trigger("export")
    own.trigger("train")
    own.trigger("laboratory")
    dialog = SchedulerDialog(own.window, "a network")
    dialog.show()
    own.paint()
    boxes = boxes_of(own.window)
    assert len({box.window() for box in boxes}) == 4  # the window and three dialogs
    assert len(boxes) > 30
    before = [value(box) for box in boxes]
    for box in boxes:
        box.clearFocus()
        here = QPointF(box.rect().center())
        for angle in (QPoint(0, -120), QPoint(0, 120)):
            event = QWheelEvent(here, here, QPoint(), angle, Qt.MouseButton.NoButton, NONE, NO_PHASE, False)
            QApplication.sendEvent(box, event)
            assert not event.isAccepted() and not box.hasFocus(), box.objectName()
        assert not box.focusPolicy().value & Qt.FocusPolicy.WheelFocus.value & ~Qt.FocusPolicy.StrongFocus.value
    assert [value(box) for box in boxes] == before
    dialog.close()
    own.window.training.close(10_000)


def test_the_column_scrolls_instead(driver: Driver) -> None:
    driver.window.resize(1000, 620)
    driver.paint()
    column = driver.window.controller.side.findChild(QScrollArea).verticalScrollBar()
    assert column.maximum() > 0
    for name in ("schedule_combo", "T_spin"):
        column.setValue(0)
        wheel(driver.find(name))
        assert column.value() > 0, name


def test_a_focused_number_box_takes_the_wheel(driver: Driver) -> None:
    seed = driver.find("seed_spin")
    seed.setFocus()
    wheel(seed, 1)
    assert driver.scene.seed == 1


@pytest.fixture
def quick(qapp: QApplication) -> Iterator[None]:
    """Qt takes a release soon after the click that opened a list for that click's own."""
    before = qapp.doubleClickInterval()
    qapp.setDoubleClickInterval(0)
    yield
    qapp.setDoubleClickInterval(before)


@pytest.mark.usefixtures("quick")
def test_a_list_that_was_used_gives_the_keys_back(driver: Driver) -> None:
    combo = driver.find("schedule_combo", QComboBox)
    QTest.mouseClick(combo, Qt.MouseButton.LeftButton)
    assert combo.view().isVisible()
    row = combo.view().visualRect(combo.model().index(combo.findText("cosine"), 0)).center()
    for away in (0, 1, 9):  # a mouse does not jump
        driver.move(combo.view().viewport(), row.x() + away, row.y(), held=False)
    QTest.mouseClick(combo.view().viewport(), Qt.MouseButton.LeftButton, NONE, row)
    driver.window.activateWindow()  # the offscreen platform leaves that to us when a list closes
    driver.paint()
    assert driver.scene.schedule.name == "cosine"
    assert not combo.hasFocus()
    driver.key(K.Key_End)
    assert (driver.scene.schedule.name, driver.scene.t) == ("cosine", 100)
    driver.key(K.Key_Space)
    assert driver.window.controller.playback.playing and not combo.view().isVisible()


def test_the_rows_of_a_list_are_cut_where_its_box_cuts_them(driver: Driver) -> None:
    """Names that begin alike, of exact models and of pictures, differ at their ends."""
    for combo in driver.window.findChildren(Combo):
        assert combo.view().textElideMode() == Qt.TextElideMode.ElideMiddle, combo.objectName()


def test_a_list_opens_where_its_box_is_once_what_the_click_changed_is_laid_out(qtbot) -> None:
    window, note, box = QWidget(), QLabel("a\nb\nc"), Combo((("one", 1), ("two", 2)))
    qtbot.addWidget(window)
    filled(QVBoxLayout(window), note, box, None)
    window.show()

    def below() -> int:
        box.showPopup()
        found = box.view().window().y() - box.mapToGlobal(QPoint(0, 0)).y()
        box.hidePopup()
        return found

    before, y = below(), box.y()
    note.hide()
    box.showPopup()
    assert box.y() < y, "before the list comes"
    assert below() == before


def test_a_list_that_was_left_without_a_choice_too(driver: Driver) -> None:
    combo = driver.find("schedule_combo", QComboBox)
    QTest.mouseClick(combo, Qt.MouseButton.LeftButton)
    QTest.keyClick(combo.view(), K.Key_Escape)
    driver.paint()
    assert not combo.view().isVisible() and not combo.hasFocus()


def test_a_list_reached_with_tab_keeps_the_keys(driver: Driver) -> None:
    combo = driver.find("schedule_combo", QComboBox)
    combo.setFocus(Qt.FocusReason.TabFocusReason)
    driver.key(K.Key_Down)
    driver.key(K.Key_Down)
    assert combo.hasFocus() and combo.currentIndex() == 2
    driver.key(K.Key_Space)
    assert combo.view().isVisible()
    QTest.keyClick(combo.view(), K.Key_Up)
    QTest.keyClick(combo.view(), K.Key_Return)
    driver.paint()
    assert combo.currentIndex() == 1 and combo.hasFocus()
    driver.key(K.Key_Return)
    driver.key(K.Key_Tab)
    assert QApplication.focusWidget() is driver.find("T_spin")


@pytest.mark.parametrize(("reason", "keeps"), [("TabFocusReason", True), ("MouseFocusReason", False)])
def test_a_number_that_was_said_leaves_the_keys_where_the_person_is(driver: Driver, reason: str, keeps: bool) -> None:
    box = driver.find("T_spin")
    box.setFocus(Qt.FocusReason[reason])
    QTest.keyClicks(box, "0")
    driver.key(K.Key_Return)
    assert box.hasFocus() is keeps
    driver.key(K.Key_Tab)
    assert QApplication.focusWidget() is driver.find("beta_start_spin")  # Tab goes on from there either way


@pytest.mark.parametrize("key", [K.Key_D, K.Key_E])
def test_export_and_denoise_are_the_windows_in_a_box_too(key: Qt.Key, driver: Driver) -> None:
    """X11 has them for a field: the end of its line, and a letter less."""
    for box in (driver.find("seed_spin"), driver.find("t_spin")):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.ControlModifier)
        event.ignore()
        QApplication.sendEvent(box, event)
        assert not event.isAccepted()


def test_letters_are_the_windows_keys_until_a_list_is_open(driver: Driver) -> None:
    combo, seed = driver.find("schedule_combo", QComboBox), driver.scene.seed
    combo.setFocus(Qt.FocusReason.TabFocusReason)
    driver.key(K.Key_N)
    driver.key(K.Key_E)  # which is no key of the window: "exponential" is chosen by who sees it alone
    assert driver.scene.seed != seed and driver.scene.schedule.name == "linear"
    driver.key(K.Key_Space)
    QTest.keyClicks(combo.view(), "e")
    QTest.keyClick(combo.view(), K.Key_Return)
    assert driver.scene.schedule.name == "exponential"


def test_a_field_that_is_not_edited_shows_the_beginning_of_its_text(driver: Driver) -> None:
    field = TextField()
    field.setParent(driver.window)
    field.resize(60, 24)
    field.show()
    field.setValue("ddim euler heun dpmpp_2m")
    assert field.cursorPosition() == 0
    field.setFocus()
    driver.key(K.Key_End, widget=field)
    assert field.cursorPosition() == len(field.text())
    driver.slider.setFocus()
    assert field.cursorPosition() == 0
    field.setParent(None)
    field.deleteLater()


def test_home_leads_to_the_first_entry_of_a_list_in_groups(driver: Driver) -> None:
    """Its first line is the name of a group: the mark stayed where it was."""
    driver.trigger("laboratory")
    combo = driver.find("experiment_combo", QComboBox)
    driver.choose("experiment_combo", "Why a network?")
    combo.showPopup()
    driver.paint()
    driver.key(K.Key_Home, widget=combo.view())
    assert combo.view().currentIndex().row() == 1
    driver.key(K.Key_End, widget=combo.view())
    assert combo.view().currentIndex().row() == combo.count() - 1
    combo.hidePopup()
