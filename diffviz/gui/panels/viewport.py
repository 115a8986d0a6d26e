"""Viewport: what of the pictures is seen, shared by the views that move together."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from diffviz.kinds.kind import WHOLE, Span

NOTCH = 1.5  # of the wheel, in time
LEAST = 1 / 512  # of the time


@dataclass
class Place:
    """Where the pictures lie: zoom None fits; centre in picture fractions 0..1."""

    zoom: int | None = None
    x: float = 0.5
    y: float = 0.5


class Viewport(QObject):
    """Zoom and pan: of pictures their pixels, of what is ``timed`` the ``span`` of time that is seen.

    Signals: ``fit_wanted()`` by a double click; ``span_changed()``.
    """

    changed = Signal()
    fit_wanted = Signal()
    span_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.place = Place()
        self.timed, self.span = False, WHOLE
        self._left: dict[object, tuple[Place, bool, Span]] = {}

    def turn(self, left: object, to: object) -> None:
        """From one page to another, where pictures lie as they did when it was left, and whole at first."""
        self._left[left] = self.place, self.timed, self.span
        self.place, self.timed, self.span = self._left.pop(to, (Place(), self.timed, WHOLE))
        self.changed.emit()
        self.span_changed.emit()

    def fit(self) -> None:
        """Show whole pictures."""
        self._see(*WHOLE)
        self.set(None, 0.5, 0.5)

    def fit_others(self) -> None:
        """Other pictures are there: whole ones, where not their own pixels are seen."""
        if self.place.zoom != 1:
            self.fit()

    def one_to_one(self) -> None:
        """One device pixel a picture pixel; what is timed has none of its own."""
        if not self.timed:
            self.set(1, self.place.x, self.place.y)

    def set(self, zoom: int | None, x: float, y: float) -> None:
        self.place = Place(zoom, min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))
        self.changed.emit()

    # -- time

    def show_timed(self, on: bool) -> None:
        """Whether what is shown runs in time from left to right."""
        if on != self.timed:
            self.timed, self.span = on, WHOLE
            self.place = Place()
            self.changed.emit()

    def zoom_time(self, way: int, at: float) -> None:
        """See less of the time, ``way`` 1, or more, -1; what stands at a share of the width stays there."""
        begin, end = self.span
        length = min(max((end - begin) * NOTCH**-way, LEAST), 1.0)
        begin = self.time_at(at) - at * length
        self._see(begin, begin + length)

    def pan_time(self, share: float) -> None:
        """Go on in time by a share of what is seen."""
        begin, end = self.span
        self._see(begin + share * (end - begin), end + share * (end - begin))

    def time_at(self, share: float) -> float:
        """Of a share of the width that of all the time."""
        return self.span[0] + share * (self.span[1] - self.span[0])

    def share_of(self, time: float) -> float:
        """Where a share of all the time stands in the width; outside 0..1 where it is not seen."""
        return (time - self.span[0]) / (self.span[1] - self.span[0])

    def _see(self, begin: float, end: float) -> None:
        begin, length = min(max(begin, 0.0), 1.0 - (end - begin)), end - begin
        span: Span = (begin, begin + length) if length < 1 else WHOLE
        if span != self.span:
            self.span = span
            self.span_changed.emit()
