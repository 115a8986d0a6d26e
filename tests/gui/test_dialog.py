"""Keys of dialogs: Return presses the button that has them, and the filled one where none has."""

from __future__ import annotations

import pytest
from gui_driver import Driver
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from diffviz.gui.panels.controls import push_button
from diffviz.gui.panels.dialog import AROUND, Dialog

pytestmark = pytest.mark.display


@pytest.mark.parametrize(
    ("at", "pressed"), [("tool", "tool"), ("plain", "plain"), ("go", "go"), ("box", "go"), ("line", "go")]
)
def test_return_presses_the_button_that_has_the_keys(qtbot, at: str, pressed: str) -> None:
    dialog, told = Dialog(None, "some_dialog", "Some"), []
    filled = QPushButton("Go")
    filled.setDefault(True)
    parts: dict[str, QWidget] = {"tool": QToolButton(), "plain": push_button("plain", "Plain", ""), "go": filled}
    lines = QVBoxLayout(dialog)
    for name, button in parts.items():
        button.clicked.connect(lambda _=False, name=name: told.append(name))
    for part in (parts := {**parts, "box": QCheckBox("box"), "line": QLineEdit()}).values():
        lines.addWidget(part)
    qtbot.addWidget(dialog)
    with qtbot.waitActive(dialog):
        dialog.show()
        dialog.activateWindow()  # where no window manager does it
    parts[at].setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(parts[at].hasFocus)
    qtbot.keyClick(parts[at], Qt.Key.Key_Return)
    assert told == [pressed]


def test_buttons_have_no_icons_of_the_platform(qtbot) -> None:
    dialog = Dialog(None, "some_dialog", "Some")
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, dialog)
    picture = QPixmap(8, 8)
    picture.fill(Qt.GlobalColor.green)
    for button in box.buttons():
        button.setIcon(QIcon(picture))  # as some platforms do
    qtbot.addWidget(dialog)
    dialog.show()
    assert all(button.icon().isNull() for button in box.buttons())


class Framed(QWidget):
    """A window with a title bar, which the offscreen platform has not."""

    def frameGeometry(self) -> QRect:
        return self.geometry().adjusted(-2, -30, 2, 2)


def test_what_stands_aside_stays_on_the_screen_with_its_title_bar(qtbot) -> None:
    """Its lowest lines lay below the edge."""
    window = Framed()
    qtbot.addWidget(window)
    screen = window.screen().availableGeometry()
    window.setGeometry(screen.adjusted(2, 30, -2, -2))
    low = QWidget(window)
    low.setGeometry(QRect(QPoint(0, 0), window.size() - QSize(0, 20)))
    dialog = Dialog(window, "some_dialog", "Some")
    dialog.resize(300, 200)
    dialog.stand_aside(window, low)
    with_frame = QRect(dialog.pos(), dialog.size() + QSize(4, 32))
    assert screen.adjusted(0, 0, 1, 1).contains(with_frame)


def test_at_first_it_is_no_larger_than_its_screen(qtbot) -> None:
    """The schedule's editor was higher than one of 1280x800 at a scale of 1.5."""
    dialog = Dialog(None, "some_dialog", "Some", QSize(9000, 100))
    qtbot.addWidget(dialog)
    room = dialog.screen().availableSize()
    assert room.width() - 80 < dialog.width() < room.width() and dialog.height() == 100


@pytest.mark.parametrize("name", ["design", "brush", "train"])
def test_it_fits_a_screen_of_1280x800_at_a_scale_of_1_5(name: str, driver: Driver) -> None:
    driver.trigger(name)
    (dialog,) = (each for each in driver.window.findChildren(QDialog) if each.isVisible())
    least = dialog.minimumSizeHint().expandedTo(dialog.minimumSize())
    assert least.width() <= 853 and least.height() <= 533 - AROUND.height()


def test_a_window_manager_keeps_it_above_its_window(qtbot) -> None:
    """It asks for the kind, and whose it is: as a window of its own it went behind with a click."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    dialog = Dialog(window, "some_dialog", "Some")
    dialog.show()
    handle = dialog.windowHandle()
    assert handle.type() == Qt.WindowType.Dialog and handle.transientParent() == window.windowHandle()
