"""SampleSheet: what ships, as thumbnails with names; the arrows walk it, Return takes one."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAction, QCursor, QHideEvent, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QMenu, QVBoxLayout, QWidget

from diffviz.gui.icons import image_of
from diffviz.gui.panels.controls import named
from diffviz.gui.panels.layouts import filled
from diffviz.kinds import KINDS
from diffviz.scene import DataSpec

SIDE = 96  # pixels of a thumbnail
COLUMNS = 4  # or more, where the screen is low
GAP, EDGE = 4, 10  # between them, and around all of them
BESIDE, BELOW = 20, 16  # of a name, and of a thumbnail with its name


def _thumbnail(data: DataSpec) -> QIcon:
    """As its kind draws it."""
    kind = KINDS[data.kind]
    picture = np.ascontiguousarray(kind.raster(kind.x_0(kind.read(data.source).array)[None])[0])
    smooth = Qt.TransformationMode.SmoothTransformation
    return QIcon(
        QPixmap.fromImage(image_of(picture).scaled(2 * SIDE, 2 * SIDE, Qt.AspectRatioMode.KeepAspectRatio, smooth))
    )


class SampleSheet(QFrame):
    """Opens under a button and goes when something was taken. It offers what a menu offers."""

    def __init__(self, menu: QMenu, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("sample_sheet")
        self.setProperty("look", "card")
        self._menu, self._button = menu, parent
        self.list = named(QListWidget(), "sample_list", spoken="samples")
        self.list.setViewMode(QListWidget.ViewMode.IconMode)
        self.list.setMovement(QListWidget.Movement.Static)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setIconSize(QSize(SIDE, SIDE))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.itemClicked.connect(self._take)
        self.list.itemActivated.connect(self._take)
        filled(QVBoxLayout(self), self.list, margins=(EDGE, EDGE, EDGE, EDGE))

    def open_under(self, button: QWidget) -> None:
        """Show all of it, with the first chosen for the arrows."""
        if not self.list.count():
            self.list.setGridSize(self._cell + QSize(GAP, GAP))
            for action in self._menu.actions():
                self._add(action)
        place = button.mapToGlobal(QPoint(0, button.height() + 4))
        screen = button.screen().availableGeometry().adjusted(8, 8, -8, -8)
        sizes = [self._size(columns) for columns in range(min(COLUMNS, self.list.count()), self.list.count() + 1)]
        seen = [size for size in sizes if size.width() <= screen.width()] or sizes[:1]
        size = next((size for size in seen if place.y() + size.height() <= screen.bottom()), seen[-1])
        size = size.boundedTo(QSize(screen.width(), screen.bottom() - place.y()))
        self.resize(size)
        self.move(max(screen.left(), min(place.x(), screen.right() - size.width())), place.y())
        self.list.setCurrentRow(0)
        self.show()
        self.list.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def _cell(self) -> QSize:
        """Of a thumbnail and its name."""
        metrics = self.list.fontMetrics()
        names = (metrics.horizontalAdvance(action.text()) for action in self._menu.actions())
        return QSize(max(SIDE + 18, max(names, default=0) + BESIDE), SIDE + metrics.height() + BELOW)

    def _size(self, columns: int) -> QSize:
        """Of the sheet with so many of them in a row."""
        rows, grid = -(-self.list.count() // max(1, columns)), self.list.gridSize()
        bar = self.list.verticalScrollBar().sizeHint().width()  # whose room the list keeps free
        return QSize(columns * grid.width() + bar + 3 * EDGE + 4, rows * grid.height() + 2 * EDGE + 4)

    def _add(self, action: QAction) -> None:
        item = QListWidgetItem(_thumbnail(action.data()), action.text())
        item.setData(Qt.ItemDataRole.UserRole, action)
        item.setSizeHint(self._cell)
        self.list.addItem(item)

    def _take(self, item: QListWidgetItem) -> None:
        if self.isVisible():  # one click may activate too
            self.close()
            item.data(Qt.ItemDataRole.UserRole).trigger()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        # while a popup is open no widget is told that the mouse has left it
        button = self._button
        button.setAttribute(
            Qt.WidgetAttribute.WA_UnderMouse, button.rect().contains(button.mapFromGlobal(QCursor.pos()))
        )
        button.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.list.currentItem():
            self._take(self.list.currentItem())
        else:
            super().keyPressEvent(event)
