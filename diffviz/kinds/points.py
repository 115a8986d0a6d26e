"""Points in the plane: float32 (n, 2), noised each on its own, seen as a cloud."""

from __future__ import annotations

import hashlib
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from diffviz import bounded
from diffviz.bounded import Refusal
from diffviz.checks import shown
from diffviz.evenly import evenly
from diffviz.files import display_name
from diffviz.kinds.clouds import CLASSES, CLOUDS, scaled
from diffviz.kinds.kind import GAIN, Kind
from diffviz.kinds.picture import LUMA
from diffviz.numerals import brief

MOST = 100_000
MAX_BYTES = 512 * 2**20
MOST_ROWS = 20_000_000
REACH = 3.0  # deviations of the unit Gaussian that a picture reaches to, at a value range of 1
WIDE = 3.0  # times REACH: no x_T of a chain is farther out
SIDE = 256
MOST_INK = 40  # dots on each other: more are no darker
OTHER = np.array((214, 96, 10), np.float32)  # the ink of a second cloud over a first one
INK, PAPER = np.array((36, 84, 178), np.float32), np.array((255, 255, 255), np.float32)
DRAWN = 5000  # points out of a picture
LIGHT = 1 / 3
FAINT = 8.0  # of 255: paper that is nearly white gives no points
_NPY = b"\x93NUMPY"


@dataclass(frozen=True)
class Points:
    """What a file of points holds: float32 (n, 2), of mean 0 and deviation 1 over both coordinates.

    ``labels``: the class of each point, int64 (n,), of those named in ``class_names``; None where there are none.
    """

    array: np.ndarray
    name: str
    note: str | None = None
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] = ()


EMPTY_PLANE = Points(np.empty((0, 2), np.float32), "drawn points")  # that a brush is to fill


class PointCloud(Kind):
    """Points (x, y). They are centred and divided by their deviation, so that x_T is as wide as they are."""

    name = "points"
    one, many, parts, unit = "cloud", "clouds", "points", "in deviations of the data"
    channel = "1 = x, 2 = y"
    files = "Points (*.csv *.npy)"
    spread = "spread"
    plane = REACH
    columns: ClassVar[int] = 2
    right: ClassVar[str] = "two columns of 2 rows or more are points in the plane"

    def deviation(self, x: np.ndarray) -> float:
        """How far the points of clouds (N, n, D) lie from the middle of theirs, on each axis."""
        return float(np.sqrt(np.mean(x.var(axis=1))))

    # -- files

    def begins(self, head: bytes) -> bool:
        """An array of NumPy's, or lines of so many numbers, with or without a first line of words."""
        if head.startswith(_NPY):
            return self._takes(_npy_shape(head))
        lines = head.split(b"\n")[:-1] or [head]
        rows = [line for line in lines if line.strip() and not line.startswith(b"#")][:20]
        numbers = [_numbers(row, self.columns) for row in rows]
        return bool(rows) and all(numbers[1:]) and (numbers[0] or len(rows) > 1)

    def _takes(self, shape: tuple[int, ...]) -> bool:
        """Whether an array of that shape is read here; one of no use too, whose reader says so."""
        return not on_a_line(shape)

    def read(self, source: str) -> Points:
        scheme, _, rest = source.partition(":")
        if scheme == "builtin":
            array, labels = CLOUDS[rest]()
            return Points(array, rest.replace("_", " "), labels=labels, class_names=CLASSES.get(rest, ()))
        name = display_name(rest)
        try:
            return self.decoded(bounded.read_bytes(rest, MAX_BYTES), name)
        except bounded.Unreadable as error:
            raise Refusal(f"{name}: {error}; choose points as CSV of two columns, or .npy.") from error

    def decoded(self, data: bytes, name: str) -> Points:
        raw, rows = _parsed(data, name, self.columns)
        raw, mean, deviation = self._checked(raw, rows, name)
        as_they_are = np.abs(mean).max() < 1e-6 and abs(deviation - 1) < 1e-6
        # once more would round them to others than those whose digest a scene asks for
        scaled = (raw if as_they_are else (raw - mean) / deviation).astype(np.float32)
        where = ", ".join(brief(each, 4) for each in mean)
        where = f"({where})" if self.columns > 1 else where
        taken = f"{len(raw):,} points" + (f" of {rows:,}, evenly out of the file" if rows > len(raw) else "")
        note = f"{name}: {taken}, centred at {where} and divided by their deviation {brief(deviation, 4)}."
        return Points(np.ascontiguousarray(scaled), name, None if as_they_are and rows == len(raw) else note)

    def held(self, array: np.ndarray, name: str) -> Points:
        """Numbers that a program holds, as they are: its network learnt them so. Raises Refusal."""
        raw, rows = array[_picked(len(array))] if array.ndim else array, len(array) if array.ndim else 0
        raw, mean, deviation = self._checked(raw, rows, name)
        off = float(np.abs(mean).max())
        note = None
        if off > 0.25 or not 0.5 < deviation < 2:
            there = f"is off the middle by {brief(off, 3)} and has deviation {brief(deviation, 3)}"
            note = f"{name}: {there}; x_T has 0 and 1."
        return Points(np.ascontiguousarray(raw, np.float32), name, note)

    def _checked(self, raw: np.ndarray, rows: int, name: str) -> tuple[np.ndarray, np.ndarray, float]:
        """Float64 (n, D) out of so many rows, its mean and its deviation over all coordinates. Raises Refusal."""
        if self.columns == 1 and raw.size and on_a_line(raw.shape):
            raw = raw.reshape(-1, 1)
        if raw.ndim != 2 or raw.shape[1] != self.columns or not 2 <= rows <= MOST_ROWS:
            shape = "x".join(map(str, (rows, *raw.shape[1:])))
            raise Refusal(f"{name}: holds {shape} numbers; {self.right}.")
        if not np.isfinite(raw).all():
            raise Refusal(f"{name}: holds numbers that are not finite; leave those rows out.")
        mean = raw.mean(axis=0)
        deviation = float(np.sqrt(np.mean(np.square(raw - mean))))
        if not (deviation > 0 and math.isfinite(deviation)):
            raise Refusal(f"{name}: all its points are one; a cloud has two or more places.")
        return raw, mean, deviation

    def encoded(self, datum: np.ndarray) -> bytes:
        file = io.BytesIO()
        np.save(file, datum, allow_pickle=False)
        return file.getvalue()

    def digest(self, datum: np.ndarray) -> str:
        shape = np.array(datum.shape, dtype="<i8").tobytes()
        return hashlib.sha256(shape + np.ascontiguousarray(datum, "<f4").tobytes()).hexdigest()

    def own_model(self, source: str) -> str:
        return f"exact:{source.removeprefix('builtin:').removeprefix('path:')}"

    # -- the numbers that are noised

    def x_0(self, datum: Any, shape: Sequence[int] | None = None) -> np.ndarray:
        """All points, or as many as a model's sample has: evenly out of them, some twice where they are too few."""
        if shape is not None and not self.fits(shape):
            raise ValueError("The model's samples are pictures, and what is open are points; open a picture.")
        points = np.array(datum, np.float32)
        if shape is None or shape[0] == len(points):
            return points
        return points[evenly(len(points), shape[0])]

    def fits(self, shape: Sequence[int]) -> bool:
        return len(shape) == 2 and shape[1] == self.columns

    def words(self, shape: Sequence[int]) -> str:
        return f"{shape[0]:,} points in the plane"

    def made_words(self, shape: Sequence[int]) -> str:
        return f"draws {self.words(shape)}"

    def short_words(self, shape: Sequence[int]) -> str:
        return f"{shape[0]:,} points"

    # -- what is seen

    def raster(self, x: np.ndarray, value_range: float = 1.0, size: tuple[int, int] | None = None) -> np.ndarray:
        """Each sample's cloud: y upwards, one scale for both axes; where points lie on each other the ink is darker.

        What lies outside of ``REACH`` deviations is not seen, as nothing is moved to the edge.
        """
        height, width = size or (SIDE, SIDE)
        unit = min(height, width) / (2 * REACH * value_range)
        dot = max(1, round(min(height, width) / 130))
        # the ink of so many points, as far as one more is seen
        strength = min(1.2, 0.5 + 400 / max(1, x.shape[1])) * np.arange(MOST_INK + 1, dtype=np.float32)
        inks = np.rint(PAPER + (1 - np.exp(-strength))[:, None] * (INK - PAPER)).astype(np.uint8)
        made = np.empty((len(x), height, width, 3), np.uint8)
        for sample, picture in zip(x, made, strict=True):
            # the corner of each dot, from 1 on where one only just reaches into the picture; others in the edge
            high, wide = height + dot - 1, width + dot - 1
            across = (sample[:, 0] * unit + (width + dot + 1) / 2).clip(0, wide + 1)
            down = (sample[:, 1] * -unit + (height + dot + 1) / 2).clip(0, high + 1)
            places: np.ndarray = down.astype(np.intp) * (wide + 2) + across.astype(np.intp)
            corners: np.ndarray = np.bincount(places, minlength=(high + 2) * (wide + 2))
            # more than so many on each other are no darker: in small numbers all of it is a third of the time
            small = np.uint8 if dot * MOST_INK < 256 else np.uint16
            inner = np.minimum(corners, MOST_INK).astype(small).reshape(high + 2, wide + 2)[1:-1, 1:-1]
            ink = np.minimum(_windows(np.minimum(_windows(inner, dot, 0), MOST_INK), dot, 1), MOST_INK)
            drops = ink.astype(np.uint8, copy=False).tobytes()
            for channel in range(3):  # Python's own table of bytes is looked up twice as fast as numpy's
                table = inks[:, channel].tobytes().ljust(256, b"\0")
                picture[..., channel] = np.frombuffer(drops.translate(table), np.uint8).reshape(height, width)
        return made

    def difference(self, a: np.ndarray, b: np.ndarray, gain: float = GAIN) -> tuple[np.ndarray, float | None]:
        """Both over each other, the second in other ink: pixels of dots that lie apart say nothing of how far."""
        full = PAPER[0] - INK[0]
        first, second = ((PAPER[0] - each[..., :1]) / full for each in (a, b))
        seen = PAPER * (1 - first * (1 - INK / PAPER)) * (1 - second * (1 - OTHER / PAPER))
        return np.rint(seen).clip(0, 255).astype(np.uint8), None

    def raster_size(self, shape: Sequence[int]) -> tuple[int, int]:
        return SIDE, SIDE

    def where(self, pixel: tuple[int, int], size: tuple[int, int], value_range: float = 1.0, seconds: float = 0) -> str:
        """The place in the plane."""
        unit = min(size) / (2 * REACH * value_range)
        places = (pixel[0] + 0.5 - size[0] / 2) / unit, (size[1] / 2 - pixel[1] - 0.5) / unit
        return ", ".join(f"{name} = {place:.2f}" for name, place in zip("xy", places, strict=True)).replace("-", "−")

    def looked_at(self, x_t: np.ndarray, place: tuple[float, float], value_range: float = 1.0) -> tuple[Any, str]:
        """The point nearest to it, in a square picture."""
        there = (2 * np.array((place[0], 1 - place[1])) - 1) * REACH * value_range
        i = int(np.argmin(np.square(x_t - there).sum(axis=1)))
        return (i,), f"point {i + 1}"

    def unseen(self, x: np.ndarray) -> int:
        """Points farther out than ``REACH``."""
        return int((np.abs(x) > REACH).any(axis=-1).sum())

    def begun_at(
        self, x_T: np.ndarray, x: np.ndarray, place: tuple[float, float], value_range: float = 1.0
    ) -> tuple[float, float]:
        """Where the point nearest to it began."""
        return self.stands_at(x_T, self.looked_at(x, place, value_range)[0], place, WIDE)

    def followed(self, x_T: np.ndarray, begun: tuple[float, float]) -> tuple[Any, str]:
        """The point that began there."""
        return self.looked_at(x_T, begun, WIDE)

    def stands_at(
        self, x: np.ndarray, index: Any, begun: tuple[float, float], value_range: float = 1.0
    ) -> tuple[float, float]:
        """Where that point is, in a square picture; one that is not seen lies outside of 0..1."""
        x_y = x[index].astype(np.float64) / (2 * REACH * value_range)
        return 0.5 + float(x_y[0]), 0.5 - float(x_y[1])

    def channels(self, count: int) -> tuple[str, ...]:
        return ("x", "y")[:count]

    def marginals(self, x: np.ndarray) -> tuple[tuple[str, np.ndarray], ...]:
        """Each coordinate."""
        return ("x", x[..., 0]), ("y", x[..., 1])


def of_darkness(picture: np.ndarray, count: int = DRAWN, seed: int = 0) -> np.ndarray:
    """Points drawn out of a picture, more where it is darker: each anywhere in a pixel that is drawn by its darkness.

    Args:
        picture: uint8 (H, W, 3); white gives none, nor does the lightest third.
    Returns:
        float32 (count, 2), y upwards, of mean 0 and deviation 1.
    Raises:
        Refusal: where it is white, or all but one of its pixels are.
    """
    dark = 255.0 - picture.astype(np.float64) @ LUMA
    dark[dark < FAINT] = 0.0
    # a photograph has no white paper: its lightest third is taken for it
    dark = np.maximum(dark - min(float(np.quantile(dark, LIGHT)), float(dark.max()) / 2), 0.0)
    if np.count_nonzero(dark) < 2:
        raise Refusal("The picture is white: points are drawn where it is dark; open or draw another.")
    rng = np.random.default_rng(seed)
    sums = np.cumsum(dark)
    pixel = np.searchsorted(sums, rng.uniform(0, sums[-1], count), side="right")
    row, column = np.divmod(np.minimum(pixel, dark.size - 1), dark.shape[1])
    return scaled(np.stack((column, -row), axis=1) + rng.uniform(0, 1, (count, 2)))


def _windows(counts: np.ndarray, size: int, axis: int) -> np.ndarray:
    """The sums of so many rows (axis 0) or columns (1) one after the other, from each on."""
    length = counts.shape[axis] - size + 1
    parts = [counts[k : k + length] if axis == 0 else counts[:, k : k + length] for k in range(size)]
    found = parts[0].copy()
    for part in parts[1:]:
        found += part
    return found


def on_a_line(shape: tuple[int, ...]) -> bool:
    """Whether an array of that shape holds one number a point."""
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)


def _npy_shape(head: bytes) -> tuple[int, ...]:
    """Of the array that begins so, () where it does not say."""
    found = re.search(rb"'shape': \(([\d, ]*)\)", head[:512])
    return tuple(map(int, re.findall(rb"\d+", found[1]))) if found else ()


def _cells(line: bytes) -> list[str]:
    """What a line holds: between semicolons or tabs, where a comma is a decimal one, or commas, or else blanks."""
    text = line.decode().strip()
    if ";" in text or "\t" in text:
        parts = re.split("[;\t]", text.replace(",", "."))
    else:
        parts = text.split(",") if "," in text else text.split()
    return [part.strip(" \"'") for part in parts]


def _numbers(line: bytes, count: int) -> bool:
    try:
        parts = _cells(line)
        return len(parts) == count and all(math.isfinite(float(part)) for part in parts)
    except ValueError:
        return False


def _parsed(data: bytes, name: str, columns: int) -> tuple[np.ndarray, int]:
    """The numbers of a file, float64, of a long one ``MOST`` rows evenly out of it; and how many rows it has."""
    if data.startswith(_NPY):
        try:
            array = np.load(io.BytesIO(data), allow_pickle=False)
            rows = len(array) if array.ndim else 0
            return np.asarray(array[_picked(rows)] if rows else array, np.float64), rows
        except (ValueError, TypeError, EOFError, OSError, MemoryError, OverflowError, SyntaxError) as error:
            raise Refusal(f"{name}: is no array of numbers; save it with numpy.save as (n, {columns}).") from error
    lines, count = _lines(columns, data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    rows_of: list[list[float]] = []
    for number, line in lines:
        try:
            rows_of.append([float(part) for part in _cells(line)])
            if len(rows_of[-1]) != len(rows_of[0]):
                raise ValueError
        except ValueError as error:
            wanted = {1: "one number", 2: "two columns of numbers"}[columns]
            held = shown(line.decode(errors="replace"))
            raise Refusal(f"{name}: is not {wanted} in every line; mend line {number}, which holds {held}.") from error
    return np.array(rows_of, np.float64), count


def _lines(columns: int, data: bytes) -> tuple[list[tuple[int, bytes]], int]:
    """Those that hold something, by their number, but for words: a first one, and those behind a #.

    Of many ``MOST``, evenly; and how many there are.
    """
    letters = np.frombuffer(data + b"\n", np.uint8)
    ends = np.flatnonzero(letters[:-1] == 10)
    begins = np.concatenate(([0], ends + 1))
    ends = np.append(ends, len(data))
    full = np.flatnonzero((ends > begins) & (letters[begins] != ord("#")))
    if len(full) and not _numbers(data[begins[full[0]] : ends[full[0]]], columns):
        full = full[1:]
    picked = full[_picked(len(full))].tolist()
    lines = [(k + 1, line) for k in picked if (line := data[begins[k] : ends[k]]).strip()]
    return lines, len(full) - (len(picked) - len(lines))


def _picked(rows: int) -> np.ndarray:
    """The rows that are read of so many: all, or ``MOST`` of them, evenly."""
    return evenly(max(1, rows), min(rows, MOST))


POINTS = PointCloud()
