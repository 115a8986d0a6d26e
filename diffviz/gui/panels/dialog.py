"""Dialog: what every dialog is called, and what it does with its keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QPushButton, QToolButton, QWidget

from diffviz.gui.theme import palette_of
from diffviz.palette import Palette

AROUND = QSize(40, 60)
PRESSED = QPushButton | QToolButton  # by Return; a check box is no order


class Dialog(QDialog):
    """Return presses the button that has the keys; where none has them, Qt the one that is filled."""

    def __init__(self, parent: QWidget | None, name: str, title: str, size: QSize | None = None) -> None:
        """``size``: at first, as far as the screen has room for it and its frame."""
        super().__init__(parent)
        if size is not None:
            self.resize(size.boundedTo(self.screen().availableSize() - AROUND))
        self.setObjectName(name)
        self.setWindowTitle(title)

    def stand_aside(self, window: QWidget, seen: QWidget | None = None) -> None:
        """At the window's right, where least of it is covered; where ``seen`` would be, below that."""
        frame, screen = window.frameGeometry(), window.screen().availableGeometry()
        size = self.size() + frame.size() - window.size()  # with a frame of its own, as wide as the window's
        x = max(screen.left(), min(frame.right() + 8, screen.right() - size.width()))
        y = frame.top() + 40
        if seen is not None and x < seen.mapToGlobal(seen.rect().topRight()).x():
            y = seen.mapToGlobal(seen.rect().bottomLeft()).y() + 40
        self.move(x, max(screen.top(), min(y, screen.bottom() - size.height())))

    def come(self) -> None:
        """Open, or come to the front."""
        self.show()
        self.raise_()
        self.activateWindow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press(event):
            super().keyPressEvent(event)

    def set_look(self, palette: Palette) -> None:
        """Colours of what it paints by itself, before it is seen and whenever they change."""

    def changeEvent(self, event: QEvent) -> None:
        if self.isVisible() and event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self.set_look(palette_of(self))
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        self.set_look(palette_of(self))
        for box in self.findChildren(QDialogButtonBox):
            for button in box.buttons():
                button.setIcon(QIcon())  # some platforms give them pictures of their own, in their own colours
        super().showEvent(event)


def press(event: QKeyEvent) -> bool:
    """Whether a key that nobody has taken presses the button that has the keys: Return, as the space bar does."""
    button = QApplication.focusWidget()
    if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or not isinstance(button, PRESSED):
        return False
    if not event.isAutoRepeat():
        button.click()
    return True
