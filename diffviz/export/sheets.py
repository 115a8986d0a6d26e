"""A sheet of the laboratory into a file: figure, table, or a film in which all rows walk from x_T to x_0 together."""

from __future__ import annotations

import os
from collections.abc import Generator
from functools import cached_property
from pathlib import Path

import numpy as np

from diffviz.export.encoders import ENCODERS, grain
from diffviz.export.errors import ExportError
from diffviz.export.exporter import Progress, in_words, write_film
from diffviz.export.figure import Grid, Type, blank, draw_label, draw_title, figure
from diffviz.export.options import Options, check_options
from diffviz.export.render import enlarge_into, even, whole_factor
from diffviz.export.target import check_target
from diffviz.files import display_name, write_bytes, write_text
from diffviz.images import png_bytes
from diffviz.sheet import Film, Head, Sheet
from diffviz.timeline import Timeline, level_text

SUFFIXES = (".png", ".csv", *ENCODERS)
_ASPECT = 1.6  # of the films' frames, as near as whole rows allow


def export_sheet(sheet: Sheet, path: str | os.PathLike[str], options: Options) -> Generator[Progress, None, None]:
    """Write the sheet; the suffix chooses: .png a figure, .csv the numbers, a format of films, or none a PNG folder.

    Args:
        options: ``size`` is the longer side of one picture (``figure.default_size`` fits); ``layout`` means nothing.
    Raises:
        ExportError: at once for a target or options that cannot be used, or a film of a sheet without chains; later
            for a disk that is full and the like.
    """
    target = check_target(path, SUFFIXES)
    check_options(options)
    suffix = target.suffix.lower()
    if suffix in (".png", ".csv"):
        return _write_page(sheet, target, options)
    reel = SheetReel(sheet, options, grain(suffix))
    if len(reel.timeline) < 2:
        raise ExportError(f"{display_name(target)}: this sheet holds no chain that a film could walk; choose .png.")
    return write_film(lambda: reel, target, options, reel.timeline)


def _write_page(sheet: Sheet, target: Path, options: Options) -> Generator[Progress, None, None]:
    yield Progress(0, 1)
    with in_words(target):
        if target.suffix.lower() == ".csv":
            write_text(target, sheet.to_csv())
        else:
            write_bytes(target, png_bytes(figure(sheet, options.size, options.theme)))
    yield Progress(1, 1)


class SheetReel:
    """Frames in which every row shows its state nearest to the frame's t, x_t and x̂_0, beside what it began with.

    Args:
        grain: whole factor by which noise must be enlarged to survive the format.
    """

    def __init__(self, sheet: Sheet, options: Options, grain: int = 1) -> None:
        self._sheet = sheet
        self._films = {row: film for row in range(len(sheet.rows)) if (film := sheet.film(row)) is not None}
        levels = sorted({level for film in self._films.values() for level in film.levels}, reverse=True)
        self.timeline = Timeline(tuple(levels))
        self._size, self._theme, self._grain = options.size, options.theme, grain

    @cached_property
    def _type(self) -> Type:
        return Type.of(self._size, self._theme)

    @cached_property
    def _zoom(self) -> int:
        side = max(max(cell.picture.shape[:2]) for cell in self._sheet.cells.values())
        zoom = whole_factor((side, side), self._size)
        return max(self._grain, zoom // self._grain * self._grain)

    @cached_property
    def _fixed(self) -> dict[int, np.ndarray]:
        """What a row began with, such as one's own picture, by row; empty where the first column is a state itself."""
        if not self._sheet.columns or self._sheet.columns[0].t is not None:
            return {}
        found = {row: self._sheet.cells[row, 0].picture for row in self._films if (row, 0) in self._sheet.cells}
        return {row: picture for row, picture in found.items() if picture.shape == self._films[row].x_t.shape[1:]}

    @cached_property
    def _columns(self) -> tuple[str, ...]:
        hats = any(film.x0_hat is not None for film in self._films.values())
        return (*(("fixed",) if self._fixed else ()), "x_t", *(("x0_hat",) if hats else ()))

    @cached_property
    def _blocks(self) -> list[list[int]]:
        """Rows side by side in so many blocks that the frame is about as wide as screens are."""
        rows = list(self._films)

        def cut(count: int) -> list[list[int]]:
            each = -(-len(rows) // count)
            return [rows[i : i + each] for i in range(0, len(rows), each)]

        def miss(blocks: list[list[int]]) -> float:
            height, width = self._size_of([self._grid(block) for block in blocks])
            return float(abs(np.log(width / height / _ASPECT)))

        return min((cut(count) for count in range(1, len(rows) + 1)), key=miss)

    def _grid(self, rows: list[int]) -> Grid:
        both = "x0_hat" in self._columns
        heads = {"x_t": "x_t" if both else "", "x0_hat": "x\u0302_0"}  # one alone is whatever the sheet shows
        fixed = self._sheet.columns[0].title if self._fixed else ""
        shapes = [self._films[row].x_t.shape[1:3] for row in rows]
        side = self._zoom * max(width for _, width in shapes)
        return Grid(
            tuple(self._sheet.rows[row] for row in rows),
            tuple(Head(heads.get(name, fixed)) for name in self._columns),
            (side,) * len(self._columns),
            tuple(self._zoom * height for height, _ in shapes),
            (True,) * len(rows),
            self._type,
        )

    def _size_of(self, grids: list[Grid]) -> tuple[int, int]:
        margin, gap = self._type.length(16), self._type.length(22)
        width = sum(grid.size[1] for grid in grids) + gap * (len(grids) - 1) + 2 * margin
        height = self._head + max(grid.size[0] for grid in grids) + margin
        return even(height), max(even(width), self._type.length(300))

    @property
    def _head(self) -> int:
        return self._type.length(46)

    @cached_property
    def _grids(self) -> list[tuple[Grid, list[int], int]]:
        """Grid, rows and left edge of each block."""
        found, left = [], self._type.length(16)
        for rows in self._blocks:
            grid = self._grid(rows)
            found.append((grid, rows, left))
            left += grid.size[1] + self._type.length(22)
        return found

    @cached_property
    def frame_shape(self) -> tuple[int, int]:
        """(H, W) of a frame in pixels."""
        return self._size_of([grid for grid, _, _ in self._grids])

    @cached_property
    def _base(self) -> np.ndarray:
        canvas = blank(*self.frame_shape, self._type.palette)
        draw_title(canvas, self._sheet.title, 110, self._type)
        for grid, rows, left in self._grids:
            grid.draw_heads(canvas, left, self._head)
            for i, row in enumerate(rows):
                if row in self._fixed:
                    x, y = grid.place(i, 0)
                    enlarge_into(canvas[self._head + y :, left + x :], self._fixed[row], self._zoom)
        return canvas

    def compose(self, index: int) -> np.ndarray:
        """One frame, a new contiguous uint8 (H, W, 3)."""
        t = self.timeline.levels[index]
        canvas = self._base.copy()
        draw_label(canvas, f"t = {level_text(t)}", self._type)
        for grid, rows, left in self._grids:
            for i, row in enumerate(rows):
                self._draw_state(canvas, grid, left, i, self._films[row], t)
        return canvas

    def _draw_state(self, canvas: np.ndarray, grid: Grid, left: int, i: int, film: Film, t: float) -> None:
        k = Timeline(film.levels).nearest(t)
        pictures = {"x_t": film.x_t, "x0_hat": film.x0_hat}
        for j, name in enumerate(self._columns):
            states = pictures.get(name)
            if states is None:
                continue
            x, y = grid.place(i, j)
            enlarge_into(canvas[self._head + y :, left + x :], states[k], self._zoom)
            if name == "x_t":
                grid.draw_note(canvas, left, self._head, (i, j), f"t = {level_text(film.levels[k])}")
