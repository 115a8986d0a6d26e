"""SoundLayer: the cursor over a picture of a sound, at the place in time that is heard."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from diffviz.gui.panels.picture_view import PictureView

LINE = QColor("#ffffff")


class SoundLayer(QObject):
    """Draws over one view."""

    def __init__(self, view: PictureView) -> None:
        super().__init__(view)
        self._view = view
        self.share: float | None = None
        self.heard, self._tile = False, (0, 1)
        view.over.append(self._paint)

    def show(self, share: float | None, heard: bool, tile: tuple[int, int] = (0, 1)) -> None:
        """The cursor at a share of the width, None for none.

        ``heard``: whether it is this panel that is heard. ``tile``: the sample that is, and how many there are a side.
        """
        if (share, heard, tile) != (self.share, self.heard, self._tile):
            self.share, self.heard, self._tile = share, heard, tile
            self._view.update()

    def _paint(self, painter: QPainter, target: QRectF) -> None:
        if self.share is None:
            return
        dpr = self._view.devicePixelRatioF()
        k, side = self._tile
        width, height = target.width() / side, target.height() / side
        target = QRectF(target.x() + k % side * width, target.y() + k // side * height, width, height)
        x = target.x() + self.share * target.width()
        painter.save()
        if side > 1:
            painter.setPen(QPen(LINE, 2 * dpr))
            painter.drawRect(target.adjusted(2 * dpr, 2 * dpr, -2 * dpr, -2 * dpr))
        painter.setClipRect(target)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((QColor(0, 0, 0, 130), 3.0), (LINE, 1.4)):
            painter.setPen(QPen(colour, width * dpr, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLine(QLineF(x, target.top(), x, target.bottom()))
        if self.heard:  # a flag says which of the three
            size = 7 * dpr
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(LINE)
            corners = (
                QPointF(x - size, target.top()),
                QPointF(x + size, target.top()),
                QPointF(x, target.top() + size),
            )
            painter.drawPolygon(QPolygonF(corners))
        painter.restore()
