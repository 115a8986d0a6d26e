"""Pens: what a chart is drawn with, into an array of pixels or as SVG; places and lengths in pixels from the corner."""

from __future__ import annotations

import base64
import math
from typing import Protocol
from xml.sax.saxutils import escape

import numpy as np

from diffviz.chart import Axis
from diffviz.export import lettering
from diffviz.export.lettering import Run, Runs
from diffviz.images import png_bytes
from diffviz.palette import Palette, rgb

Box = tuple[int, int, int, int]  # left, top, width, height
GAP = 0.7  # of a dash, as ``lettering.polyline`` leaves it
ANCHORS = {"l": "start", "m": "middle", "r": "end"}


class Pen(Protocol):
    """``colour``: "#rrggbb"; ``share``: how much of it covers what is under it."""

    def text(self, xy: tuple[float, float], runs: Runs, size_px: float, anchor: str = "l") -> None:
        """Words on a baseline; ``anchor``: "l", "m" or "r", the part of them that stands at x."""

    def box(self, box: Box, colour: str, share: float = 1.0, radius: float = 0.0) -> None:
        """A filled rectangle."""

    def disc(self, x: float, y: float, radius: float, colour: str) -> None: ...

    def line(self, points: np.ndarray, thickness: float, colour: str, dash: float = 0.0, share: float = 1.0) -> None:
        """Through points, float (n, 2); ``dash`` > 0 breaks it into pieces of that length."""

    def between(self, box: Box, edges: tuple[np.ndarray, np.ndarray, np.ndarray], colour: str, share: float) -> None:
        """What lies in a box between two edges: x rising, and there y of the upper and of the lower one."""

    def shade(self, left: int, top: int, share: np.ndarray, colour: str) -> None:
        """A colour by a share for each pixel, float (h, w)."""

    def picture(self, left: int, top: int, pixels: np.ndarray) -> None:
        """A picture as it is, uint8 (h, w, 3)."""


def draw_axes(
    pen: Pen,
    area: Box,
    x_axis: Axis,
    y_axis: Axis,
    most: tuple[float, float],
    unit: float,
    palette: Palette,
    end: float = math.inf,
) -> None:
    """Lines and numbers of two axes, of about ``most`` across and up those that have room, and none beyond ``end``."""
    left, top, width, height = area
    line, text, base = max(1, round(unit)), 11 * unit, top + height
    free = math.inf
    for tick in y_axis.ticks(most[1]):  # upwards
        y = round(base - float(y_axis.share(tick)) * height)
        pen.box((left, y, width, line), palette.plot_grid)
        if y <= free:
            pen.text((left - 6 * unit, y + 0.36 * text), [Run(y_axis.text(tick), palette.muted)], text, "r")
            free = y - 1.2 * text
    pen.box((left, base, width, line), palette.border)
    free = -math.inf
    for tick in x_axis.ticks(most[0]):
        words, x = [Run(x_axis.text(tick), palette.muted)], left + float(x_axis.share(tick)) * width
        half = lettering.width(words, text) / 2
        pen.box((round(x), base, line, round(4 * unit)), palette.border)
        middle = min(x, end - half)  # the last one may stand a little to the left
        if middle - half >= free and x <= end:
            pen.text((middle, base + 1.4 * text), words, text, "m")
            free = middle + half + 5 * unit


class Pixels:
    """Draws into uint8 (H, W, 3), in place."""

    def __init__(self, canvas: np.ndarray) -> None:
        self._canvas = canvas

    def text(self, xy: tuple[float, float], runs: Runs, size_px: float, anchor: str = "l") -> None:
        lettering.draw(self._canvas, xy, runs, size_px, anchor)

    def box(self, box: Box, colour: str, share: float = 1.0, radius: float = 0.0) -> None:
        left, top, width, height = box
        if share == 1.0 and not radius:
            self._canvas[max(top, 0) : top + height, max(left, 0) : left + width] = rgb(colour)
        else:
            lettering.paint(self._canvas, left, top, lettering.rounded(height, width, radius) * share, rgb(colour))

    def disc(self, x: float, y: float, radius: float, colour: str) -> None:
        shape = lettering.disc(radius)
        half = shape.shape[0] // 2
        lettering.paint(self._canvas, round(x) - half, round(y) - half, shape, rgb(colour))

    def line(self, points: np.ndarray, thickness: float, colour: str, dash: float = 0.0, share: float = 1.0) -> None:
        margin = math.ceil(thickness) + 1
        left, top = (int(value) - margin for value in np.floor(points.min(axis=0)))
        width, height = (int(value) + 2 * margin for value in np.ceil(np.ptp(points, axis=0)))
        coverage = lettering.polyline(height, width, points - (left, top), thickness, dash)
        lettering.paint(self._canvas, left, top, coverage * share, rgb(colour))

    def between(self, box: Box, edges: tuple[np.ndarray, np.ndarray, np.ndarray], colour: str, share: float) -> None:
        left, top, width, height = box
        columns, rows = left + np.arange(width) + 0.5, (top + np.arange(height) + 0.5)[:, None]
        high, low = (np.interp(columns, edges[0], edge, left=np.nan, right=np.nan) for edge in edges[1:])
        with np.errstate(invalid="ignore"):
            inside = (rows >= high) & (rows <= low)
        lettering.paint(self._canvas, left, top, inside * share, rgb(colour))

    def shade(self, left: int, top: int, share: np.ndarray, colour: str) -> None:
        lettering.paint(self._canvas, left, top, share, rgb(colour))

    def picture(self, left: int, top: int, pixels: np.ndarray) -> None:
        self._canvas[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels


class Svg:
    """Collects elements of SVG; text stays text, in DejaVu Sans where it is there."""

    def __init__(self, width: int, height: int, ground: str) -> None:
        self._size, self._parts = (width, height), [""]
        self.box((0, 0, width, height), ground)

    def document(self) -> str:
        """The whole file."""
        width, height = self._size
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
            ' font-family="DejaVu Sans, Verdana, sans-serif">'
        )
        return "\n".join([head, *self._parts[1:], "</svg>", ""])

    def text(self, xy: tuple[float, float], runs: Runs, size_px: float, anchor: str = "l") -> None:
        spans, off = [], 0.0
        for run in runs:
            wanted = (lettering.SUB_DROP * run.sub - lettering.SUP_RISE * run.sup) * size_px
            words = escape(run.text) + ("\u0302" if run.hat else "\u0303" if run.tilde else "")
            size = f' font-size="{size_px * lettering.SUB_SCALE:.2f}"' if run.sub or run.sup else ""
            bold = ' font-weight="bold"' if run.bold else ""
            spans.append(f'<tspan fill="{run.colour}" dy="{wanted - off:.2f}"{size}{bold}>{words}</tspan>')
            off = wanted
        place = f'x="{xy[0]:.2f}" y="{xy[1]:.2f}" font-size="{size_px:.2f}" text-anchor="{ANCHORS[anchor]}"'
        self._parts.append(f'<text {place} xml:space="preserve">{"".join(spans)}</text>')

    def box(self, box: Box, colour: str, share: float = 1.0, radius: float = 0.0) -> None:
        left, top, width, height = box
        place = f'x="{left}" y="{top}" width="{width}" height="{height}" rx="{radius:.2f}"'
        self._parts.append(f'<rect {place} fill="{colour}" fill-opacity="{share:g}"/>')

    def disc(self, x: float, y: float, radius: float, colour: str) -> None:
        self._parts.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:.2f}" fill="{colour}"/>')

    def line(self, points: np.ndarray, thickness: float, colour: str, dash: float = 0.0, share: float = 1.0) -> None:
        dashes = f' stroke-dasharray="{dash:.2f} {GAP * dash:.2f}"' if dash else ""
        look = f'stroke="{colour}" stroke-width="{thickness:.2f}" stroke-opacity="{share:g}"{dashes}'
        self._parts.append(f'<polyline points="{_places(points)}" fill="none" stroke-linejoin="round" {look}/>')

    def between(self, box: Box, edges: tuple[np.ndarray, np.ndarray, np.ndarray], colour: str, share: float) -> None:
        left, top, width, height = box
        x, high, low = (np.clip(edge, low, low + size) for edge, low, size in zip(
            edges, (left, top, top), (width, height, height), strict=True))  # fmt: skip
        shown = np.isfinite(high + low)
        upper, lower = (np.stack([x[shown], edge[shown]], axis=1) for edge in (high, low))
        points = _places(np.concatenate([upper, lower[::-1]]))
        self._parts.append(f'<polygon points="{points}" fill="{colour}" fill-opacity="{share:g}"/>')

    def shade(self, left: int, top: int, share: np.ndarray, colour: str) -> None:
        pixels = np.empty((*share.shape, 4), np.uint8)
        pixels[..., :3], pixels[..., 3] = rgb(colour), np.rint(255 * np.clip(share, 0, 1))
        self.picture(left, top, pixels)

    def picture(self, left: int, top: int, pixels: np.ndarray) -> None:
        data = base64.b64encode(png_bytes(pixels)).decode("ascii")
        place = f'x="{left}" y="{top}" width="{pixels.shape[1]}" height="{pixels.shape[0]}"'
        self._parts.append(f'<image {place} href="data:image/png;base64,{data}"/>')


def _places(points: np.ndarray) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
