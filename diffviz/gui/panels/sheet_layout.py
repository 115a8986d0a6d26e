"""Where the cells of a sheet stand: the largest whole zoom that its room allows, the rest of the room between them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect

from diffviz.gui.panels.arrangement import whole_zoom

MIN_ZOOM, LEAST_PX = 2, 64  # smaller pictures are scrolled, not shrunk: of 32 pixels those of this zoom
SPREAD = 0.5  # of a picture's width: more space between the columns tears the rows apart

Place = tuple[int, int]


@dataclass(frozen=True)
class Measures:
    """What a sheet asks for, in the widget's pixels.

    Attributes:
        notes: of each row, the height of the words under its cells. heads: of the words at its left.
        left, top: what stands beside and above the cells. words: the widest of those over or under a cell.
        side: of a picture in its own pixels (w, h). dpr: pixels of the screen in one of the widget.
    """

    columns: int
    notes: tuple[int, ...]
    heads: tuple[int, ...]
    left: int
    top: int
    gap: int
    words: int
    side: tuple[int, int]
    dpr: float

    def row_heights(self, zoom: int) -> tuple[int, ...]:
        """Words that need more than the pictures push the next row down."""
        height = round(self.side[1] * zoom / self.dpr)
        return tuple(max(height + note, head) for note, head in zip(self.notes, self.heads, strict=True))

    def height(self, zoom: int) -> int:
        """What the whole sheet needs."""
        return self.top + self.gap + sum(height + self.gap for height in self.row_heights(zoom))

    def width(self, zoom: int) -> int:
        """What the whole sheet needs at least."""
        return self.left + self.gap + self.columns * (round(self.side[0] * zoom / self.dpr) + self.gap)

    def spread(self, zoom: int) -> int:
        """How much wider it may be: space between the columns."""
        wide = round(self.side[0] * zoom / self.dpr)
        return self.columns * (max(0, min(self.words, 3 * wide) - wide) + round(SPREAD * wide))

    @property
    def least_zoom(self) -> int:
        """Below which the pictures are too small to be looked at, whatever the screen's pixels are."""
        return max(1, round(LEAST_PX * self.dpr / max(self.side)))

    def zoom_in(self, width: int, height: int) -> int:
        """The largest at which all columns, and down to the least all rows, fit."""
        across = (width - self.left - self.gap) / self.columns - self.gap
        widest = zoom = whole_zoom((across * self.dpr, 1e9), self.side)
        while zoom > self.least_zoom and self.height(zoom) > height:
            zoom -= 1
        return max(1, min(widest, zoom))

    def laid(self, width: int, height: int) -> SheetLayout:
        """The sheet in its room."""
        zoom = self.zoom_in(width, height)
        wide = round(self.side[0] * zoom / self.dpr)
        room = (width - self.left - self.gap) // self.columns  # of a column
        words = min(self.words, room - self.gap)
        step = max(wide, min(words, 3 * wide)) + self.gap
        step += max(0, min(room - step, round(SPREAD * wide)))
        return SheetLayout(self, zoom, step, max(wide, min(words, step - self.gap)))


@dataclass(frozen=True)
class SheetLayout:
    """A sheet at its zoom. ``step``: from column to column; ``room``: for the words of one."""

    measures: Measures
    zoom: int
    step: int
    room: int

    @property
    def picture(self) -> tuple[int, int]:
        """Width and height of a cell's picture."""
        measures = self.measures
        return tuple(round(side * self.zoom / measures.dpr) for side in measures.side)  # type: ignore[return-value]

    def frame(self, place: Place) -> QRect:
        """Where a cell lies, its note included."""
        row, column = place
        measures, (width, height) = self.measures, self.picture
        above = sum(each + measures.gap for each in measures.row_heights(self.zoom)[:row])
        left = measures.left + column * self.step + (self.step - measures.gap - width) // 2
        return QRect(left, measures.top + above, width, height + measures.notes[row])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of it all."""
        measures = self.measures
        return measures.left + measures.columns * self.step, measures.height(self.zoom)
