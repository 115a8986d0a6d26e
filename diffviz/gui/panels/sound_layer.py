"""SoundLayer: the cursor over a picture of a sound, at the place in time that is heard."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from diffviz.gui.panels.picture_marks import Ground
from diffviz.gui.panels.picture_view import PictureView

LINE, FLAG = QColor("#ffffff"), QColor("#3465e0")


class SoundLayer(QObject):
    """Draws over one view."""

    def __init__(self, view: PictureView) -> None:
        super().__init__(view)
        self._view = view
        self.share: float | None = None
        self.heard, self._sample = False, 0
        view.over.append(self._paint)

    def show(self, share: float | None, heard: bool, sample: int = 0) -> None:
        """The cursor at a share of the width, None for none.

        ``heard``: whether it is this panel that is heard. ``sample``: which of several is.
        """
        if (share, heard, sample) != (self.share, self.heard, self._sample):
            self.share, self.heard, self._sample = share, heard, sample
            self._view.update()

    def _paint(self, painter: QPainter, target: QRectF) -> None:
        if self.share is None:
            return
        dpr = self._view.devicePixelRatioF()
        ground = Ground(target.toRect(), self._view.grid, dpr)
        target = QRectF(*ground.corner(self._sample), *ground.tile)
        x = target.x() + self.share * target.width()
        painter.save()
        if self._view.grid.several:
            painter.setPen(QPen(LINE, 2 * dpr))
            painter.drawRect(target.adjusted(2 * dpr, 2 * dpr, -2 * dpr, -2 * dpr))
        painter.setClipRect(target)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((QColor(0, 0, 0, 130), 3.0), (LINE, 1.4)):
            painter.setPen(QPen(colour, width * dpr, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLine(QLineF(x, target.top(), x, target.bottom()))
        if self.heard:  # a flag says which of the three
            size = 7 * dpr
            painter.setPen(QPen(LINE, dpr))
            painter.setBrush(FLAG)  # a white one is a chip out of the picture on a white card
            corners = (
                QPointF(x - size, target.top()),
                QPointF(x + size, target.top()),
                QPointF(x, target.top() + size),
            )
            painter.drawPolygon(QPolygonF(corners))
        painter.restore()
