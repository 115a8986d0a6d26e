"""SampleSheet: what ships, as thumbnails with names; the arrows walk it, Return takes one."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QMenu, QVBoxLayout, QWidget

from diffviz.gui.panels.controls import named
from diffviz.gui.panels.layouts import filled
from diffviz.kinds import KINDS
from diffviz.scene import DataSpec

SIDE = 96  # pixels of a thumbnail
COLUMNS = 4


def _thumbnail(data: DataSpec) -> QIcon:
    """As its kind draws it."""
    kind = KINDS[data.kind]
    picture = np.ascontiguousarray(kind.raster(kind.x_0(kind.read(data.source).array)[None])[0])
    height, width = picture.shape[:2]
    image = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    smooth = Qt.TransformationMode.SmoothTransformation
    return QIcon(QPixmap.fromImage(image.scaled(2 * SIDE, 2 * SIDE, Qt.AspectRatioMode.KeepAspectRatio, smooth)))


class SampleSheet(QFrame):
    """Opens under a button and goes when something was taken. It offers what a menu offers."""

    def __init__(self, menu: QMenu, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("sample_sheet")
        self.setProperty("look", "card")
        self._menu = menu
        self.list = named(QListWidget(), "sample_list", spoken="samples")
        self.list.setViewMode(QListWidget.ViewMode.IconMode)
        self.list.setMovement(QListWidget.Movement.Static)
        self.list.setIconSize(QSize(SIDE, SIDE))
        self.list.setSpacing(6)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.itemClicked.connect(self._take)
        self.list.itemActivated.connect(self._take)
        filled(QVBoxLayout(self), self.list, margins=(6, 6, 6, 6))

    def open_under(self, button: QWidget) -> None:
        """Show all of it, with the first chosen for the arrows."""
        if not self.list.count():
            for action in self._menu.actions():
                self._add(action)
        line = self.list.fontMetrics().height() + 22
        columns = min(COLUMNS, self.list.count())
        rows = -(-self.list.count() // max(1, columns))
        self.resize(columns * (SIDE + 26) + 30, rows * (SIDE + line + 8) + 28)
        self.move(button.mapToGlobal(QPoint(0, button.height() + 4)))
        self.list.setCurrentRow(0)
        self.show()
        self.list.setFocus(Qt.FocusReason.PopupFocusReason)

    def _add(self, action: QAction) -> None:
        item = QListWidgetItem(_thumbnail(action.data()), action.text())
        item.setData(Qt.ItemDataRole.UserRole, action)
        item.setSizeHint(QSize(SIDE + 18, SIDE + self.list.fontMetrics().height() + 16))
        self.list.addItem(item)

    def _take(self, item: QListWidgetItem) -> None:
        if self.isVisible():  # one click may activate too
            self.close()
            item.data(Qt.ItemDataRole.UserRole).trigger()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.list.currentItem():
            self._take(self.list.currentItem())
        else:
            super().keyPressEvent(event)
