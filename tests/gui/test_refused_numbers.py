"""A number that is not taken: the old one stays, and a sentence beside the box says the range."""

from __future__ import annotations

import pytest
from gui_driver import Driver
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QLabel

from diffviz.gui.panels.controls import RealSpin, WholeSpin, show_value

pytestmark = pytest.mark.display

K = Qt.Key
BOXES = [
    ("T_spin", "99999", "99999 is outside 2..10,000"),
    ("T_spin", "1", "1 is outside 2..10,000"),
    ("seed_spin", "-5", "-5 is outside 0..2,147,483,647"),
    ("seed_spin", "99999999999", "99999999999 is outside 0..2,147,483,647"),
    ("steps_spin", "0", "0 is outside 1..100"),
    ("guidance_spin", "1e9", "1e9 is outside 0..50"),
    ("guidance_spin", "", "A number in 0..50 is missing"),
    ("beta_start_spin", "2", "2 is outside 0.000001..0.999"),
    ("beta_end_spin", "7", "7 is outside 0.000001..0.999"),
    ("noise_spin", "-3", "-3 is outside 0..2,147,483,647"),
    ("t_spin", "101", "101 is outside 0..100"),
]


def write(box: QAbstractSpinBox, text: str, key: Qt.Key = K.Key_Return) -> None:
    box.setFocus()
    box.selectAll()
    QTest.keyClick(box, K.Key_Delete)
    QTest.keyClicks(box, text)
    QTest.keyClick(box, key)


def sentence(driver: Driver, name: str) -> str:
    label = driver.window.findChild(QLabel, f"{name}_objection")
    return label.text() if label is not None and label.isVisible() else ""


@pytest.mark.parametrize("key", [K.Key_Return, K.Key_Tab], ids=["Return", "Tab"])
@pytest.mark.parametrize("name, text, words", BOXES, ids=[f"{row[0]} {row[1]}" for row in BOXES])
def test_it_is_said_beside_the_box(name: str, text: str, words: str, key: Qt.Key, driver: Driver) -> None:
    box, before = driver.find(name, QAbstractSpinBox), driver.scene
    old = box.text()
    write(box, text, key)
    driver.paint()
    assert sentence(driver, name) == words
    assert box.text() == old and driver.scene == before
    assert box.hasFocus() is (key == K.Key_Return)  # it can be typed again at once
    assert box.accessibleDescription() == words
    interface = QAccessible.queryAccessibleInterface(driver.window.findChild(QLabel, f"{name}_objection"))
    assert interface.text(QAccessible.Text.Name) == words


def test_it_goes_at_the_next_good_number(driver: Driver) -> None:
    box = driver.find("T_spin", QAbstractSpinBox)
    write(box, "99999")
    assert sentence(driver, "T_spin")
    write(box, "50")
    driver.idle()
    assert sentence(driver, "T_spin") == "" == box.accessibleDescription() and driver.scene.schedule.T == 50


def test_the_number_that_was_there_is_a_good_one(driver: Driver) -> None:
    box = driver.find("T_spin", QAbstractSpinBox)
    write(box, "99999")
    write(box, "100")
    assert sentence(driver, "T_spin") == "" and driver.scene == driver.first_scene


def test_it_goes_with_undo_and_with_the_slider(driver: Driver) -> None:
    write(driver.find("t_spin", QAbstractSpinBox), "9999")
    driver.set_t(7)
    assert sentence(driver, "t_spin") == ""
    driver.set("seed_spin", 4)
    write(driver.find("seed_spin", QAbstractSpinBox), "-1")
    driver.trigger("undo")
    driver.idle()
    assert sentence(driver, "seed_spin") == ""


def test_it_goes_with_its_box(driver: Driver) -> None:
    write(driver.find("T_spin", QAbstractSpinBox), "1", K.Key_Tab)
    driver.trigger("direction_reverse")
    driver.idle()
    driver.trigger("direction_forward")
    driver.idle()
    assert sentence(driver, "T_spin") == ""


def test_t_is_objected_to_without_moving_anything(driver: Driver) -> None:
    panel = driver.window.controller.schedule_panel
    before = [child.geometry() for child in (panel.plot, panel.slider, panel.t_spin)]
    write(panel.t_spin, "9999")
    driver.paint()
    label = driver.window.findChild(QLabel, "t_spin_objection")
    assert [child.geometry() for child in (panel.plot, panel.slider, panel.t_spin)] == before
    assert panel.rect().contains(label.geometry()) and not label.geometry().intersects(panel.t_spin.geometry())


@pytest.mark.parametrize("leave", [K.Key_Return, K.Key_Tab, K.Key_Escape], ids=["Return", "Tab", "Esc"])
def test_of_t_it_goes_once_the_box_is_left(leave: Qt.Key, driver: Driver) -> None:
    """It lay over the slider until a good number was typed."""
    before = driver.scene
    write(driver.find("t_spin", QAbstractSpinBox), "9999", leave)
    if leave != K.Key_Escape:
        assert sentence(driver, "t_spin")
        driver.find("schedule_combo").setFocus(Qt.FocusReason.MouseFocusReason)
    driver.paint()
    assert sentence(driver, "t_spin") == "" and driver.scene == before


def test_esc_takes_back_what_is_refused(driver: Driver) -> None:
    box = driver.find("seed_spin", QAbstractSpinBox)
    write(box, "-5")
    assert sentence(driver, "seed_spin")
    driver.key(K.Key_Escape)
    assert sentence(driver, "seed_spin") == "" and box.text() == "0"


def test_letters_are_not_typed_into_a_number(driver: Driver) -> None:
    box = driver.find("T_spin", QAbstractSpinBox)
    write(box, "5x0")
    driver.idle()
    assert driver.scene.schedule.T == 50


LENGTHS = [("export_seconds_spin", "0", "0 is outside 0.2..600"), ("export_frames_spin", "9999", "9999 is outside 2..")]


@pytest.mark.parametrize("name, text, words", LENGTHS)
def test_in_the_export_dialog(name: str, text: str, words: str, driver: Driver) -> None:
    driver.trigger("export")
    driver.paint()
    dialog = driver.window.findChild(object, "export_dialog")
    box = driver.find(name, QAbstractSpinBox)
    write(box, text, K.Key_Return)
    assert sentence(driver, "export_length").startswith(words)
    assert dialog.isVisible(), "Return is no answer to the dialog"  # type: ignore[attr-defined]
    write(box, "5")
    assert sentence(driver, "export_length") == ""


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("kind", [RealSpin, WholeSpin])
@pytest.mark.parametrize("typed", ["-2", "−2"])
def test_a_negative_number_has_a_minus_whatever_it_was_typed_with(kind: type[RealSpin | WholeSpin], typed: str) -> None:
    box = kind()
    box.setRange(-3, 3)
    box.lineEdit().selectAll()
    box.lineEdit().insert(typed)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == -2 and box.text() == box.textFromValue(-2) and box.text().startswith("−2")
    assert not box.typing and not box.accessibleDescription()
    box.deleteLater()


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize(("decimals", "plain"), [(2, "0.50"), (4, "0.5000")])
def test_a_number_has_more_decimals_while_it_needs_them(decimals: int, plain: str) -> None:
    """A box kept those of a number that was there once: 0.50000."""
    box = RealSpin(decimals=decimals, minimum=0.0, maximum=1.0)
    for value, words in (
        (0.5, plain),
        (0.12345, "0.12345"),
        (0.5, plain),
        (1e-7, "0.000000"),
        (0.0, plain.replace("5", "0")),
    ):
        show_value(box, value)
        assert box.text() == words and box.value() == pytest.approx(value, abs=1e-6)
        assert (box.minimum(), box.maximum()) == (0, 1)
    box.deleteLater()
