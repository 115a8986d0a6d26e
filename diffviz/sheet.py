"""Sheet: what an experiment shows, as rows and columns of pictures with curves beside them. No torch, no Qt.

An experiment yields parts; ``Sheet.with_part`` adds one. Window, figure and table are made of the same sheet.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from diffviz.timeline import Timeline

COLOURS = 8  # of curves; further ones are of the same colours, dashed
EDGE = 10  # a coloured edge is this part of a picture's side


@dataclass(frozen=True)
class Head:
    """What stands at a row or over a column: a few words, and smaller ones below. ``t``: the column's level, if any."""

    title: str
    note: str = ""
    t: float | None = None


@dataclass(frozen=True)
class Outline:
    """The first part of every experiment: what there will be, and the two cells to look at first, if it knows them."""

    title: str
    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    pair: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Cell:
    """One picture, uint8 (H, W, 3), with the number under it.

    ``strong``: outlined, where an effect is active. ``edge``: a colour in which a number is seen, which is no part of
    the picture. ``x0_hat``: of a chain's state, what the network took for clean. ``still``: beside its row's chain and
    no state of it: it stays while the others are walked. ``t``: its level, where it is another one than its column's.
    ``passing``: on its way to the picture that will stand there; its note goes then, and no room is kept for it.
    """

    row: int
    column: int
    picture: np.ndarray
    note: str = ""
    strong: bool = False
    x0_hat: np.ndarray | None = None
    still: bool = False
    edge: tuple[int, int, int] | None = None
    t: float | None = None
    passing: bool = False

    @property
    def seen(self) -> np.ndarray:
        """What the sheet shows, uint8 (H, W, 3): the picture, and its edge over it."""
        if self.edge is None:
            return self.picture
        height, width = self.picture.shape[:2]
        wide = max(1, min(height, width) // EDGE)
        edged = np.empty((height, width, 3), dtype=np.uint8)
        edged[:] = self.edge
        edged[wide : height - wide, wide : width - wide] = self.picture[wide : height - wide, wide : width - wide]
        return edged


@dataclass(frozen=True)
class Film:
    """All states of a row's chain, to be walked through: uint8 (n, H, W, 3) at ``levels``, descending or ascending.

    ``x0_hat``: what the network took for clean at each of them, or None.
    """

    row: int
    levels: tuple[float, ...]
    x_t: np.ndarray
    x0_hat: np.ndarray | None = None


@dataclass(frozen=True)
class RowNote:
    """The smaller words at a row, known later than the row: a distance, a duration."""

    row: int
    note: str


@dataclass(frozen=True)
class Curve:
    """One line of a plot: (x, y) in the plot's units, with dots where its points are few and meant; NaN is a gap.

    ``hue``: the number of its colour, where that is not its place in the plot but the one in another of the sheet.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    dots: bool = False
    hue: int | None = None


@dataclass(frozen=True)
class Plot:
    """Curves over one pair of axes; a later plot of the same title replaces the earlier one.

    ``least``: of y; what lies below is among the numbers and not on the curve.
    """

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    log_x: bool = False
    log_y: bool = False
    least: float = -math.inf

    @property
    def numbered(self) -> list[tuple[int, Curve]]:
        """The curves, each with the number of its colour."""
        return [(k if curve.hue is None else curve.hue, curve) for k, curve in enumerate(self.curves)]

    @property
    def dashed(self) -> bool:
        """Whether there are more curves than colours: then a piece of its line stands before each name."""
        return any(k >= COLOURS for k, _ in self.numbered)

    def stretches(self, curve: Curve) -> list[np.ndarray]:
        """A curve between its gaps, float (n, 2) each: the axes have no place for a number that is not finite, and one
        of powers none for 0."""
        points = np.array([curve.x, curve.y], dtype=np.float64).T
        shown = np.logical_and(*np.isfinite(points).T) & (points[:, 1] >= self.least)
        for k, log in enumerate((self.log_x, self.log_y)):
            shown &= (points[:, k] > 0) | (not log)
        parts = np.split(np.arange(len(points)), np.flatnonzero(np.diff(shown)) + 1)
        return [points[part] for part in parts if shown[part].any()]


@dataclass(frozen=True)
class Done:
    """How far an experiment is: ``done`` even parts of its work, often network calls, of ``total``; ``kept`` of them
    took no time: they were computed before."""

    done: int
    total: int
    kept: int = 0


@dataclass(frozen=True)
class Remark:
    """What the result says, shown under the sheet. ``numbers``: what its numbers are, said with the first plot."""

    text: str
    numbers: str = ""


Part = Outline | Cell | Film | RowNote | Plot | Done | Remark


@dataclass(frozen=True)
class Sheet:
    """Everything shown. Cells and films by place; plots by title."""

    title: str = ""
    rows: tuple[Head, ...] = ()
    columns: tuple[Head, ...] = ()
    cells: Mapping[tuple[int, int], Cell] = field(default_factory=lambda: MappingProxyType({}))
    films: Mapping[int, Film] = field(default_factory=lambda: MappingProxyType({}))
    plots: Mapping[str, Plot] = field(default_factory=lambda: MappingProxyType({}))
    remark: str = ""
    pair: tuple[tuple[int, int], ...] = ()
    unsaid: str = ""  # of the remark, until there is a plot

    def with_part(self, part: Part) -> Sheet:
        """The sheet with one more part; an outline begins a new one."""
        if isinstance(part, Outline):
            return Sheet(part.title, part.rows, part.columns, pair=part.pair)
        if isinstance(part, Cell):
            return self._replace(cells={**self.cells, (part.row, part.column): part})
        if isinstance(part, Film):
            return self._replace(films={**self.films, part.row: part})
        if isinstance(part, Plot):
            remark = " ".join(filter(None, (self.remark, self.unsaid)))
            return self._replace(plots={**self.plots, part.title: part}, remark=remark, unsaid="")
        if isinstance(part, Remark):
            return self._replace(remark=part.text, unsaid=part.numbers)
        if isinstance(part, RowNote):
            rows = list(self.rows)
            rows[part.row] = dataclasses.replace(rows[part.row], note=part.note)
            return self._replace(rows=tuple(rows))
        return self

    def parts(self) -> tuple[Part, ...]:
        """What makes the same sheet."""
        outline, remark = Outline(self.title, self.rows, self.columns, self.pair), Remark(self.remark, self.unsaid)
        made: list[Part] = [outline, *self.cells.values(), *self.films.values(), *self.plots.values(), remark]
        return tuple(made) if self.rows else ()

    @property
    def has_x0_hat(self) -> bool:
        """Whether some cell knows its x̂_0."""
        return any(cell.x0_hat is not None for cell in self.cells.values())

    @property
    def has_films(self) -> bool:
        """Whether some row's states can be walked."""
        timed = Counter(row for (row, j), cell in self.cells.items() if (cell.t, self.columns[j].t) != (None, None))
        states = {**timed, **{row: len(film.levels) for row, film in self.films.items()}}
        return any(count > 1 for count in states.values())

    @property
    def has_numbers(self) -> bool:
        """Whether there is more to tell of it than titles: a grid of words has none, nor what was stopped early."""
        return bool(self.plots) or any(cell.note for cell in self.cells.values())

    @property
    def nbytes(self) -> int:
        """Of its pictures."""
        pictures = [picture for film in self.films.values() for picture in (film.x_t, film.x0_hat)]
        pictures += [picture for cell in self.cells.values() for picture in (cell.picture, cell.x0_hat)]
        return sum(picture.nbytes for picture in pictures if picture is not None)

    def shows_as(self, other: Sheet) -> bool:
        """Whether its pictures and curves are those of another one."""
        sheets = self, other
        mine, its = ((s.title, [row.title for row in s.rows], s.columns, s.plots, s.cells.keys()) for s in sheets)
        return mine == its and all(np.array_equal(cell.seen, other.cells[k].seen) for k, cell in self.cells.items())

    def of_x0_hat(self) -> Sheet:
        """The same sheet with x̂_0 in the place of x_t, where it is known, which its title says then."""
        cells = {
            place: cell if cell.x0_hat is None else dataclasses.replace(cell, picture=cell.x0_hat)
            for place, cell in self.cells.items()
        }
        films = {
            row: film if film.x0_hat is None else dataclasses.replace(film, x_t=film.x0_hat)
            for row, film in self.films.items()
        }
        title = f"{self.title} · x̂_0" if self.has_x0_hat else self.title
        return self._replace(title=title, cells=cells, films=films)

    def of_rows(self, rows: Sequence[int]) -> Sheet:
        """Its rows of these numbers alone, in this order; no plot, which would be of all."""
        to = {row: k for k, row in enumerate(rows)}
        return Sheet(
            self.title,
            tuple(self.rows[row] for row in rows),
            self.columns,
            {(to[i], j): dataclasses.replace(cell, row=to[i]) for (i, j), cell in self.cells.items() if i in to},
            {to[i]: dataclasses.replace(film, row=to[i]) for i, film in self.films.items() if i in to},
            remark=self.remark,
            unsaid=self.unsaid,
        )

    def named(self, column: int) -> str:
        """A column's title, and what tells it from others of that title."""
        head, titles = self.columns[column], [other.title for other in self.columns]
        return " · ".join(filter(None, (head.title, head.note if titles.count(head.title) > 1 else "")))

    def film(self, row: int) -> Film | None:
        """The row's states: its film, or its cells where their columns have a level; None if there are none."""
        if row in self.films:
            return self.films[row]
        places = [(head.t, self.cells[row, j]) for j, head in enumerate(self.columns) if (row, j) in self.cells]
        timed = [(t if cell.t is None else cell.t, cell) for t, cell in places if t is not None]
        if not timed:
            return None
        return Film(row, tuple(t for t, _ in timed), np.stack([cell.picture for _, cell in timed]))

    def at(self, row: int, t: float) -> tuple[float, np.ndarray] | None:
        """The row's state nearest to level t: its level and picture."""
        film = self.film(row)
        if film is None:
            return None
        i = Timeline(film.levels).nearest(t)
        return film.levels[i], film.x_t[i]

    def to_csv(self) -> str:
        """Every number: the cells' notes as a table, then each plot's points."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([self.title, *(head.title for head in self.columns)])
        for i, row in enumerate(self.rows):
            notes = [self.cells[i, j].note if (i, j) in self.cells else "" for j in range(len(self.columns))]
            writer.writerow([" · ".join(filter(None, (row.title, row.note))), *notes])
        for plot in self.plots.values():
            writer.writerow([])
            writer.writerow([plot.title, plot.x_label, plot.y_label])
            for curve in plot.curves:
                writer.writerows([curve.name, repr(x), repr(y)] for x, y in zip(curve.x, curve.y, strict=True))
        return out.getvalue()

    def _replace(self, **changes: object) -> Sheet:
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]
