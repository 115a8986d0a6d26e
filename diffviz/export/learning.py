"""A film of a training: the samples of one checkpoint after the other, every cell with its own seed."""

from __future__ import annotations

import math
import os
from collections.abc import Generator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from diffviz.bands import GAP, Band, cut
from diffviz.export import lettering
from diffviz.export.errors import ExportError
from diffviz.export.exporter import Progress, write_film
from diffviz.export.figure import REFERENCE_PX, Type, blank, draw_label, draw_title
from diffviz.export.options import Options, check_options
from diffviz.export.render import enlarge_into, even, whole_factor
from diffviz.export.target import check_target
from diffviz.files import display_name
from diffviz.images import load_picture
from diffviz.timeline import Timeline

SIZE = 1280  # longer side of the samples in pixels, at most
FPS = 6.0
_CELL = 64  # pixels of a column at which the letters have their usual size
_ASPECT = 1.6  # of the samples, as near as whole bands allow


Shot = tuple[str, Path]  # the words about a frame, such as "step 300 · after 2 min", and the file of its grid


def default_size(shots: Sequence[Shot]) -> int:
    """1280 pixels, or as many as the newest grid has. Raises PictureError if it cannot be read."""
    return max([SIZE, *(max(load_picture(path).shape[:2]) for _, path in shots[-1:])])


def export_learning(
    title: str, columns: Sequence[str], shots: Sequence[Shot], path: str | os.PathLike[str], options: Options
) -> Generator[Progress, None, None]:
    """Write the film; the suffix chooses the format, none means a folder of PNGs.

    Args:
        title: the model's name. columns: the classes above the columns, empty where there are none.
        options: ``size`` is the longer side of the grid; ``layout`` means nothing.
    Raises:
        ExportError: at once for a target or options that cannot be used, or fewer than two shots; later for a disk
            that is full and the like.
        PictureError: later, for a grid that cannot be read.
    """
    target = check_target(path)
    check_options(options)
    if len(shots) < 2:
        raise ExportError(
            f"{display_name(target)}: a film needs the samples of two checkpoints; {title} has {len(shots)} so far."
        )
    timeline = Timeline(tuple(range(len(shots), 0, -1)))
    return write_film(lambda: LearningReel(title, columns, shots, options), target, options, timeline)


class LearningReel:
    """Frames of a training.

    Raises:
        PictureError: if the last grid cannot be read. ExportError: if it does not fit the size.
    """

    def __init__(self, title: str, columns: Sequence[str], shots: Sequence[Shot], options: Options) -> None:
        self._title, self._columns, self._shots = title, tuple(columns), shots
        self._last = load_picture(shots[-1][1])
        self._zoom, self._bands = self._layout(options.size)
        self._column = self._zoom * (self._last.shape[1] - GAP) / max(1, len(self._columns))
        size = round(self._column * REFERENCE_PX / _CELL) if self._columns else options.size // 6
        self._type = Type.of(size, options.theme)

    def _layout(self, size: int) -> tuple[int, list[Band]]:
        """Zoom and bands: about as wide as screens are, and as large as fits."""
        height, width = self._last.shape[:2]
        columns = max(1, len(self._columns))

        def miss(bands: list[Band]) -> float:
            return abs(math.log(bands[0].width / (len(bands) * height) / _ASPECT))

        bands = min((cut(width, columns, count) for count in range(1, columns + 1)), key=miss)
        return whole_factor((len(bands) * height, bands[0].width), size), bands

    @cached_property
    def _names(self) -> int:
        """Pixels above a band, for its classes."""
        return self._type.length(22) if self._columns else 0

    @cached_property
    def _tops(self) -> list[int]:
        """Of the bands' pictures."""
        each = self._names + self._zoom * self._last.shape[0]
        return [self._type.length(46) + self._names + k * even(each) for k in range(len(self._bands))]

    @cached_property
    def _left(self) -> int:
        return even((self.frame_shape[1] - self._zoom * self._bands[0].width) / 2)

    @cached_property
    def frame_shape(self) -> tuple[int, int]:
        """(H, W) of a frame in pixels."""
        kind = self._type
        bottom = self._tops[-1] + self._zoom * self._last.shape[0] + kind.length(16)
        return even(bottom), max(even(self._zoom * self._bands[0].width + kind.length(32)), kind.length(360))

    @cached_property
    def _base(self) -> np.ndarray:
        kind = self._type
        canvas = blank(*self.frame_shape, kind.palette)
        draw_title(canvas, self._title, 210, kind)
        for band, top in zip(self._bands, self._tops, strict=True):
            for k, name in enumerate(self._columns[band.first : band.last]):
                shown = lettering.shortened(name, kind.note, self._column - 6)
                at = self._left + (k + 0.5) * self._column, top - 7 * kind.unit
                lettering.draw(canvas, at, lettering.runs_of(shown, kind.palette.muted), kind.note, "m")
        return canvas

    def compose(self, index: int) -> np.ndarray:
        """One frame, a new contiguous uint8 (H, W, 3)."""
        note, path = self._shots[index]
        canvas = self._base.copy()
        draw_label(canvas, note, self._type)
        grid = load_picture(path)
        if grid.shape == self._last.shape:  # the others are of a training with other classes
            for band, top in zip(self._bands, self._tops, strict=True):
                part = grid[:, band.left : band.left + band.width]
                enlarge_into(canvas[top:, self._left :], part, self._zoom)
        return canvas
