"""What a person drops, pastes and copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gui_driver import LEFT, NONE, Driver
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication


def drop(driver: Driver, mime: QMimeData) -> bool:
    """Drop something on the window; whether it was taken."""
    actions = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(driver.window.rect().center(), actions, mime, LEFT, NONE)
    QApplication.sendEvent(driver.window, enter)
    event = QDropEvent(QPointF(driver.window.rect().center()), actions, mime, LEFT, NONE)
    event.ignore()
    QApplication.sendEvent(driver.window, event)
    taken = enter.isAccepted() and event.isAccepted()
    driver.idle()
    return taken


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def image_of(array: np.ndarray) -> QImage:
    height, width = array.shape[:2]
    return QImage(np.ascontiguousarray(array).data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def one_sentence(text: str) -> bool:
    return "\n" not in text and text.rstrip().endswith(".") and "Traceback" not in text
