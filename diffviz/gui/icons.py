"""Icons: own SVG files, recoloured for the theme, drawn once per size; and arrays as images."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from diffviz.assets import asset
from diffviz.gui.theme import presentation_scale
from diffviz.palette import Palette

SIZE = 18  # as the buttons have them


@lru_cache(maxsize=256)
def icon(name: str, palette: Palette) -> QIcon:
    """The icon ``assets/icons/<name>.svg`` in the palette's text colour; greyed when disabled."""
    made, drawing = QIcon(), _drawing(name, palette.text)
    for size in _sizes():
        drawn = _drawn(drawing, size)
        made.addPixmap(drawn, QIcon.Mode.Normal)
        made.addPixmap(_in_ink(drawn, palette.border), QIcon.Mode.Disabled)
    return made


def pixmap(name: str, colour: str, size: int) -> QPixmap:
    """One icon as a pixmap of ``size`` pixels of a widget; strokes of "#000" take the colour."""
    ratio = QGuiApplication.instance().devicePixelRatio()  # type: ignore[union-attr]
    made = _drawn(_drawing(name, colour), round(size * ratio))
    made.setDevicePixelRatio(ratio)
    return made


def _sizes() -> set[int]:
    """Twice the button's too, and what the presentation needs on the finest screen: Qt makes no icon larger."""
    screens = QGuiApplication.screens()
    largest = max(presentation_scale(screen.size().height()) * screen.devicePixelRatio() for screen in screens)
    return {SIZE, 2 * SIZE, max(2 * SIZE, math.ceil(SIZE * largest))}


def _drawing(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_svg(name).replace('"#000"', f'"{colour}"').encode()))


def _drawn(drawing: QSvgRenderer, size: int) -> QPixmap:
    made = QPixmap(size, size)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    drawing.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return made


def _in_ink(drawn: QPixmap, ink: str) -> QPixmap:
    """The same in one colour: five times as fast as drawing it again."""
    made = QPixmap(drawn)
    painter = QPainter(made)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(made.rect(), QColor(ink))
    painter.end()
    return made


@lru_cache(maxsize=64)
def _svg(name: str) -> str:
    return asset("icons", f"{name}.svg").read_text(encoding="utf-8")


def image_of(array: np.ndarray) -> QImage:
    """A picture, uint8 (H, W, 3), as an image that borrows its memory."""
    height, width = array.shape[:2]
    return QImage(array.data, width, height, 3 * width, QImage.Format.Format_RGB888)
