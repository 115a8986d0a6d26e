"""A sheet of the laboratory as one picture: rows, columns, numbers, plots and remark, the same with any display."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from diffviz.export import lettering
from diffviz.export.charts import draw_chart
from diffviz.export.render import enlarge_into, even, whole_factor
from diffviz.palette import THEMES, Palette, rgb
from diffviz.sheet import Head, Sheet

REFERENCE_PX = 128  # size of a picture at which a unit is one pixel
SIZE = 128
_MOST_UNITS = 2.0
_CHART_WIDTH, _CHART_HEIGHT = 400, 250  # in units, at least

Shape = tuple[int, int]


def default_size(sheet: Sheet) -> int:
    """A size for the sheet's pictures: 128 pixels, or theirs where they are larger."""
    return max([SIZE, *(max(cell.picture.shape[:2]) for cell in sheet.cells.values())])


@dataclass(frozen=True)
class Type:
    """How a figure is set: pixels of one unit, and the colours."""

    unit: float
    palette: Palette

    @property
    def title(self) -> float:
        return 17 * self.unit

    @property
    def head(self) -> float:
        return 12.5 * self.unit

    @property
    def note(self) -> float:
        return 10.5 * self.unit

    def length(self, units: float) -> int:
        """Whole and even, so that pictures stay on even pixels."""
        return even(units * self.unit)

    @staticmethod
    def of(size: int, theme: str) -> Type:
        """``size``: longer side of one picture in pixels; ``theme``: dark or light."""
        return Type(min(max(size / REFERENCE_PX, 1.0), _MOST_UNITS), THEMES[theme])


@dataclass(frozen=True)
class Grid:
    """Where rows of pictures with heads stand, in pixels from the grid's corner.

    Args:
        rows, columns: their heads. widths: of each column's pictures; heights: of each row's.
        notes: whether a row has numbers under its pictures.
    """

    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    widths: tuple[int, ...]
    heights: tuple[int, ...]
    notes: tuple[bool, ...]
    type: Type
    gap: int = field(init=False)
    side: int = field(init=False)
    top: int = field(init=False)

    def __post_init__(self) -> None:
        kind = self.type
        longest = max((self._head_width(head) for head in self.rows), default=0.0)
        titled = any(head.title or head.note for head in self.columns)
        noted = any(head.note for head in self.columns)
        object.__setattr__(self, "gap", kind.length(8))
        object.__setattr__(self, "side", even(min(longest + 14 * kind.unit, 190 * kind.unit)))
        object.__setattr__(self, "top", kind.length(0 if not titled else 38 if noted else 24))

    def _head_width(self, head: Head) -> float:
        title, note = lettering.runs_of(head.title, "", bold=True), lettering.runs_of(head.note, "")
        return max(lettering.width(title, self.type.head), lettering.width(note, self.type.note))

    def _under(self, row: int) -> int:
        return self.type.length(18) if self.notes[row] else 0

    def place(self, row: int, column: int) -> tuple[int, int]:
        """Left and top of a picture."""
        left = self.side + sum(self.widths[:column]) + column * self.gap
        top = self.top + sum(self.heights[:row]) + row * self.gap + sum(self._under(i) for i in range(row))
        return left, top

    @property
    def size(self) -> Shape:
        """Height and width of the whole grid."""
        if not self.rows or not self.columns:
            return 0, 0
        left, top = self.place(len(self.rows) - 1, len(self.columns) - 1)
        return top + self.heights[-1] + self._under(len(self.rows) - 1), left + self.widths[-1]

    def draw_heads(self, canvas: np.ndarray, left: int, top: int) -> None:
        """Row and column heads of a grid whose corner is at (left, top), in place."""
        kind, palette = self.type, self.type.palette
        for i, head in enumerate(self.rows):
            y = top + self.place(i, 0)[1] + self.heights[i] / 2
            room = self.side - 12 * kind.unit
            titles = lettering.wrapped(head.title, kind.head, room, 2, bold=True)
            notes = lettering.wrapped(head.note, kind.note, room, 3)
            lines = [(line, kind.head, palette.text, True) for line in titles]
            lines += [(line, kind.note, palette.muted, False) for line in notes]
            y -= sum(1.3 * size for _, size, _, _ in lines) / 2
            for line, size, colour, bold in lines:
                y += 1.3 * size
                lettering.draw(canvas, (left, y - 0.35 * size), lettering.runs_of(line, colour, bold), size)
        for j, head in enumerate(self.columns):
            x = left + self.place(0, j)[0] + self.widths[j] / 2
            y = top + 15 * kind.unit
            _centred(canvas, (x, y), head.title, kind.head, palette.text, self.widths[j])
            _centred(canvas, (x, y + 15 * kind.unit), head.note, kind.note, palette.muted, self.widths[j])

    def draw_note(self, canvas: np.ndarray, left: int, top: int, place: tuple[int, int], text: str) -> None:
        """The number under a picture, in place."""
        x, y = self.place(*place)
        at = left + x + self.widths[place[1]] / 2, top + y + self.heights[place[0]] + 13 * self.type.unit
        _centred(canvas, at, text, self.type.note, self.type.palette.muted, self.widths[place[1]] + self.gap)


def _centred(canvas: np.ndarray, at: tuple[float, float], text: str, size_px: float, colour: str, room: float) -> None:
    """Words about a point, smaller where they are too wide, and shortened where that is not enough."""
    natural = lettering.width(lettering.runs_of(text, colour), size_px)
    size_px *= min(1.0, max(0.75, room / natural)) if natural else 1.0
    lettering.draw(canvas, at, lettering.runs_of(lettering.shortened(text, size_px, room), colour), size_px, "m")


def blank(height: int, width: int, palette: Palette) -> np.ndarray:
    """uint8 (height, width, 3) in the colour of the page."""
    colour = palette.card if palette.name == "light" else palette.background
    return np.full((height, width, 3), rgb(colour), dtype=np.uint8)


def draw_title(canvas: np.ndarray, title: str, beside: float, kind: Type) -> None:
    """The title of a film's frame, at the left of its first line; ``beside``: units that are left to the label."""
    room = canvas.shape[1] - kind.length(32) - beside * kind.unit
    runs = lettering.runs_of(lettering.shortened(title, kind.title, room, bold=True), kind.palette.text, bold=True)
    lettering.draw(canvas, (kind.length(16), kind.length(30)), runs, kind.title)


def draw_label(canvas: np.ndarray, label: str, kind: Type) -> None:
    """Which of its states a film's frame shows, at the right of its first line."""
    at = canvas.shape[1] - kind.length(16), kind.length(30)
    lettering.draw(canvas, at, lettering.runs_of(label, kind.palette.text), kind.head * 1.15, "r")


def sheet_grid(sheet: Sheet, zoom: int, kind: Type) -> Grid:
    """The grid of a sheet's cells, each enlarged by the whole factor ``zoom``."""
    shapes = {place: cell.picture.shape for place, cell in sheet.cells.items()}
    usual: Sequence[int] = max((s[:2] for s in shapes.values()), default=(16, 16))

    def longest(axis: int, index: int, side: int) -> int:
        own = [shape[side] for place, shape in shapes.items() if place[axis] == index]
        return zoom * max(own, default=usual[side])

    return Grid(
        sheet.rows,
        sheet.columns,
        tuple(longest(1, j, 1) for j in range(len(sheet.columns))),
        tuple(longest(0, i, 0) for i in range(len(sheet.rows))),
        tuple(any(cell.note for (row, _), cell in sheet.cells.items() if row == i) for i in range(len(sheet.rows))),
        kind,
    )


def figure(sheet: Sheet, size: int | None = None, theme: str = "light") -> np.ndarray:
    """The whole sheet, uint8 (H, W, 3): title, rows and columns of pictures, plots, remark.

    Args:
        size: longer side of one picture in pixels, of which the largest whole zoom is taken; None: a size that fits.
        theme: "light" for paper, or "dark".
    Raises:
        ExportError: if ``size`` is smaller than the sheet's pictures.
    """
    size = size or default_size(sheet)
    side = max((max(cell.picture.shape[:2]) for cell in sheet.cells.values()), default=size)
    zoom = whole_factor((side, side), size)
    kind = Type.of(size, theme)
    grid = sheet_grid(sheet, zoom, kind)
    margin, unit = kind.length(18), kind.unit
    inner = max(grid.size[1], round(_CHART_WIDTH * unit) if sheet.plots else round(260 * unit))
    across = max(1, min(len(sheet.plots), int((inner + 12 * unit) // (_CHART_WIDTH * unit))))
    chart_height = round(_CHART_HEIGHT * unit)
    remark = lettering.wrapped(sheet.remark, 11.5 * unit, inner, 12)
    heights = [
        round(30 * unit),
        grid.size[0],
        math.ceil(len(sheet.plots) / across) * (chart_height + round(14 * unit)) if sheet.plots else 0,
        round((len(remark) * 16 + 12) * unit) if remark else 0,
    ]
    canvas = blank(sum(heights) + 2 * margin, inner + 2 * margin, kind.palette)
    title = lettering.shortened(sheet.title, kind.title, inner, bold=True)
    heading = lettering.runs_of(title, kind.palette.text, bold=True)
    lettering.draw(canvas, (margin, margin + 16 * unit), heading, kind.title)
    top = margin + heights[0]
    _draw_cells(canvas, sheet, grid, zoom, margin, top)
    top += heights[1] + round(14 * unit)
    chart_width = (inner - (across - 1) * round(12 * unit)) // across
    for k, plot in enumerate(sheet.plots.values()):
        left = margin + (k % across) * (chart_width + round(12 * unit))
        y = top + (k // across) * (chart_height + round(14 * unit))
        draw_chart(canvas, (left, y, chart_width, chart_height), plot, unit, kind.palette)
    top = margin + sum(heights[:3]) + round(12 * unit)
    for k, line in enumerate(remark):
        runs = lettering.runs_of(line, kind.palette.muted)
        lettering.draw(canvas, (margin, top + (16 * k + 12) * unit), runs, 11.5 * unit)
    return canvas


def _draw_cells(canvas: np.ndarray, sheet: Sheet, grid: Grid, zoom: int, left: int, top: int) -> None:
    palette, line = grid.type.palette, max(2, round(2 * grid.type.unit))
    grid.draw_heads(canvas, left, top)
    for place, cell in sheet.cells.items():
        x, y = grid.place(*place)
        x, y = left + x, top + y
        height, width = (zoom * side for side in cell.picture.shape[:2])
        if cell.strong:
            canvas[max(0, y - line) : y + height + line, max(0, x - line) : x + width + line] = rgb(palette.signal)
        enlarge_into(canvas[y:, x:], cell.seen, zoom)
        if cell.note:
            grid.draw_note(canvas, left, top, place, cell.note)
