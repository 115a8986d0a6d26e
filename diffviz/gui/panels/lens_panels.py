"""LensPanels: draws a chart's small pictures side by side, each panel with its name and number over it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from diffviz.chart import Chart, Panel, panel_places
from diffviz.palette import DARK, Palette

FONT_PX, GAP, LINES = 12, 3, 2


class LensPanels(QWidget):
    """Signal ``painted()``: the newest chart has reached the screen."""

    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("lens_panels")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._chart: Chart | None = None
        self._palette = DARK
        self._font = QFont("DejaVu Sans")

    def show_chart(self, chart: Chart) -> None:
        """Draw the panels of a chart."""
        self._chart = chart
        told = (f"{panel.name}: {name} {panel.number}" for panel in chart.panels for name, _ in panel.numbers[:1])
        self.setAccessibleName("; ".join(told).replace("x̂_0", "x̂0"))
        self.update()

    def set_look(self, palette: Palette, scale: float) -> None:
        """Colours and text size."""
        self._palette = palette
        self._font.setPixelSize(round(FONT_PX * scale))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._palette.card))
        if self._chart is not None and self._chart.panels:
            self._paint(painter, self._chart.panels)
        painter.end()
        self.painted.emit()

    def _paint(self, painter: QPainter, panels: tuple[Panel, ...]) -> None:
        ratio = self.devicePixelRatioF()
        metrics = QFontMetricsF(self._font)
        head = LINES * metrics.height() + 2
        # whole factors are of the screen's own pixels
        named = ratio * max(metrics.horizontalAdvance(panel.name) for panel in panels)
        places = panel_places(panels, self.width() * ratio, self.height() * ratio, head * ratio, GAP * ratio, named)
        painter.setFont(self._font)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, places.width < panels[0].pictures[0].shape[1])
        step = self.width() / len(panels)
        if len(panels) > 1:
            step = (places.corners[1][0][0] - places.corners[0][0][0]) / ratio
        for panel, corners in zip(panels, places.corners, strict=True):
            left = corners[0][0] / ratio
            wide = step - 2 * GAP
            for line, (text, colour) in enumerate(
                ((panel.name, self._palette.text), (f"Δ {panel.number}", self._palette.muted))
            ):
                painter.setPen(QColor(colour))
                shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, wide)
                painter.drawText(QPointF(left, line * metrics.height() + metrics.ascent()), shown)
            for picture, (x, y) in zip(panel.pictures, corners, strict=True):
                height, width = picture.shape[:2]
                image = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
                painter.drawImage(QRectF(x / ratio, y / ratio, places.width / ratio, places.height / ratio), image)
