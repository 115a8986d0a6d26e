"""SampleView: a grid of samples at the largest whole zoom that fits, never smoothed, the classes above its columns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

HEAD = 20  # pixels for the names of the classes
NARROWEST = 34.0  # of a column that is named


class SampleView(QWidget):
    """Shows one picture; it is as large as the picture at least."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sample_view")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._image = QImage()
        self._columns: tuple[str, ...] = ()

    def show_samples(self, path: str, columns: Sequence[str]) -> None:
        """Read a file, "" for none; ``columns``: the classes, one a column, empty where there are none."""
        image = QImage(path) if path else QImage()
        if path and image.isNull():
            return  # it is being replaced: the next one comes
        self._image, self._columns = image, tuple(columns)
        self.setMinimumSize(image.size() + QSize(0, self._head()) if not image.isNull() else QSize(0, 0))
        self.update()

    @property
    def image(self) -> QImage:
        return self._image

    def zoom(self) -> int:
        """Screen pixels a picture pixel."""
        if self._image.isNull():
            return 1
        ratio = self.devicePixelRatioF()
        width, height = self.width() * ratio, (self.height() - self._head()) * ratio
        return max(1, math.floor(min(width / self._image.width(), height / self._image.height())))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image.isNull():
            return
        painter = QPainter(self)
        scale = self.zoom() / self.devicePixelRatioF()
        width, height = self._image.width() * scale, self._image.height() * scale
        head = self._head()
        top = max(head, math.floor((self.height() - height) / 2))
        left = math.floor((self.width() - width) / 2)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(QRectF(left, top, width, height), self._image)
        if self._columns and width / len(self._columns) >= NARROWEST:
            self._draw_names(painter, left, top - head, width / len(self._columns))

    def _head(self) -> int:
        return HEAD if self._columns else 0

    def _draw_names(self, painter: QPainter, left: float, top: float, column: float) -> None:
        font = self.font()
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(self.palette().placeholderText().color())
        metrics = QFontMetricsF(font)
        for k, name in enumerate(self._columns):
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, column - 6)
            painter.drawText(QRectF(left + k * column, top, column, HEAD), Qt.AlignmentFlag.AlignCenter, shown)
