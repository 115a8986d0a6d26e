"""Frames of a film from arrays: the same bytes with and without a display."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from diffviz.export import lettering
from diffviz.export.errors import ExportError
from diffviz.export.lens_chart import draw as draw_chart
from diffviz.export.lettering import Run
from diffviz.export.pens import Pixels
from diffviz.export.plot import NOISE_NAME, SIGNAL_NAME, Plot
from diffviz.export.source import Beside, Frame
from diffviz.export.strip import Strip
from diffviz.palette import THEMES, Palette, rgb
from diffviz.timeline import level_text

REFERENCE_PX = 300  # size of a picture panel at which a unit is one pixel
MIN_UNIT = 0.75  # below, the text would be too small to read


def whole_factor(shape: Sequence[int], size: int) -> int:
    """The largest whole factor by which a picture (H, W, ...) is enlarged so that its longer side fits ``size``.

    Raises:
        ExportError: if the picture is larger than ``size``.
    """
    longer = max(shape[0], shape[1])
    if longer > size:
        raise ExportError(f"size = {size} is smaller than the picture's {longer} pixels; choose {longer} or more.")
    return size // longer


def enlarge_into(region: np.ndarray, picture: np.ndarray, factor: int) -> None:
    """Write each pixel of uint8 (H, W, 3) as a block of ``factor`` by ``factor`` into the corner of ``region``.

    Nothing is smoothed or invented.
    """
    height, width = picture.shape[0] * factor, picture.shape[1] * factor
    rows = np.repeat(picture, factor, axis=1)
    # splitting the first axis never copies, so this writes into the frame itself
    region[:height, :width].reshape(picture.shape[0], factor, width, 3)[:] = rows[:, None]


def even(value: float) -> int:
    """The nearest even integer: blocks on even pixels keep their colours in yuv420p."""
    return 2 * round(value / 2)


class Renderer:
    """Composes frames of one film; what does not move is drawn once.

    Args:
        shape: (H, W) of the source's pictures.
        alpha_bar: the schedule's ᾱ, T+1 entries.
        forward: whether noise is added; else the pictures are called x̂_0 and ε̂.
        layout: a name of ``catalog.LAYOUTS``.
        size: longer side of one picture panel in pixels.
        theme: "dark" or "light".
        strip: the states that the layout of that name shows in small.
        chart: whether the frames bring a lens's chart, which then stands in the place of the curves.
        beside: of the first frame: whose curves are dotted, and whose x_t begins at the line in the panel.
    Raises:
        ExportError: if ``size`` is smaller than the pictures.
    """

    def __init__(
        self,
        shape: Sequence[int],
        alpha_bar: np.ndarray,
        forward: bool = True,
        layout: str = "x_t",
        size: int = 512,
        theme: str = "dark",
        strip: Sequence[Frame] = (),
        chart: bool = False,
        beside: Beside | None = None,
    ) -> None:
        self._has_chart, self._beside = chart, beside
        self._frames = strip
        self._factor = whole_factor(shape, size)
        self._palette: Palette = THEMES[theme]
        self._reverse = not forward
        self._alpha_bar = np.asarray(alpha_bar, dtype=np.float64)
        self._unit = max(size / REFERENCE_PX, MIN_UNIT)
        self._names = {"x_t": ("x_t",), "pair": ("x_0", "x_t")}.get(layout, ("x_t", "x_0", "eps"))
        self._plain = layout == "x_t"
        # the panel keeps the pictures' aspect ratio; its longer side is exactly `size`
        longer = max(shape[0], shape[1])
        self._box = tuple(size if side == longer else min(size, side * self._factor) for side in shape[:2])
        self._place(shape, layout)

    @property
    def frame_shape(self) -> tuple[int, int]:
        """(H, W) of a composed frame in pixels."""
        return self._height, self._width

    def compose(self, frame: Frame) -> np.ndarray:
        """One state as a new contiguous uint8 (H, W, 3)."""
        canvas = self._base.copy()
        pictures = {"x_t": frame.x_t, "x_0": frame.x_0, "eps": frame.eps}
        for name, (left, top) in self._corners.items():
            enlarge_into(canvas[top:, left:], pictures[name], self._factor)
            if name == "x_t" and frame.beside is not None:
                self._divide(canvas, left, top, frame.beside)
            if name == "x_t" and frame.row_names:
                height, width = (side * self._factor for side in frame.x_t.shape[:2])
                box = (left, top, width, height)
                lettering.row_names(canvas, box, frame.row_names, 11 * self._unit, self._palette)
        if self._plain:
            return canvas
        self._write_t(canvas, frame.t)
        if len(self._names) == 3:
            self._write_coefficients(canvas, frame)
        if self._lens is not None and frame.chart is not None:
            draw_chart(Pixels(canvas), self._lens, frame.chart, self._unit, self._palette)
        elif self._plot is not None:
            self._plot.mark(canvas, frame.t, frame.alpha_bar)
        if self._strip is not None:
            self._strip.mark(canvas, frame.t, self._palette.signal)
        return canvas

    # -- geometry

    def _place(self, shape: Sequence[int], layout: str) -> None:
        box_h, box_w = self._box
        inner_h, inner_w = shape[0] * self._factor, shape[1] * self._factor
        pad_top, pad_left = (box_h - inner_h) // 4 * 2, (box_w - inner_w) // 4 * 2
        self._plot: Plot | None = None
        self._lens: tuple[int, int, int, int] | None = None
        self._strip: Strip | None = None
        self._cards: dict[str, tuple[int, int, int, int]] = {}
        if self._plain:
            self._height, self._width = box_h, box_w
            self._corners = {"x_t": (pad_left, pad_top)}
            return
        u = self._unit
        margin, inset, self._head = even(14 * u), even(14 * u), even(34 * u)
        card_w = even(max(box_w + 2 * inset, self._header_width() + 2 * inset))
        card_h = even(self._head + box_h + inset)
        self._gap = margin if len(self._names) == 2 else even(self._term_width() + 20 * u)
        self._corners = {}
        for i, name in enumerate(self._names):
            left = margin + i * (card_w + self._gap)
            self._cards[name] = (left, margin, card_w, card_h)
            self._corners[name] = (left + (card_w - box_w) // 4 * 2 + pad_left, margin + self._head + pad_top)
        self._width = 2 * margin + len(self._names) * card_w + (len(self._names) - 1) * self._gap
        self._height = 2 * margin + card_h
        if layout in ("curves", "strip"):
            top, height = self._height, even(max(0.48 * box_h, (210 if self._has_chart else 150) * u))
            card = (margin, top, self._width - 2 * margin, height)
            self._cards["plot"] = card
            self._height = top + height + margin
            pad = round(8 * u)
            box = (card[0] + pad, card[1] + pad, card[2] - 2 * pad, card[3] - 2 * pad)
            self._plot = Plot(box, u, self._alpha_bar, self._palette, self._beside)
            self._lens = box if self._has_chart else None
            if layout == "strip":
                self._lay_strip(shape, card)

    def _lay_strip(self, shape: Sequence[int], card: tuple[int, int, int, int]) -> None:
        """Under the curves, in their card."""
        assert self._plot is not None
        left, top, width, height = card
        strip = Strip(self._plot.axis, even(top + height), self._unit, shape, len(self._alpha_bar) - 1)
        more = even(strip.height + 14 * self._unit)
        self._cards["plot"] = (left, top, width, height + more)
        self._height += more
        self._strip = strip

    def _header_width(self) -> float:
        longest = [*self._name("x_t"), Run("   t = 10000", self._palette.muted)]
        return lettering.width(longest, 15 * self._unit)

    def _term_width(self) -> float:
        return lettering.width([Run("= 0.000 ·", self._palette.text)], 24 * self._unit)

    # -- what stays

    @cached_property
    def _base(self) -> np.ndarray:
        palette, u = self._palette, self._unit
        canvas = np.full((self._height, self._width, 3), rgb(palette.background), dtype=np.uint8)
        for name, (left, top, width, height) in self._cards.items():
            radius = 9 * u
            lettering.paint(canvas, left, top, lettering.rounded(height, width, radius), rgb(palette.border))
            line = max(1.0, u * 0.8)
            lettering.paint(canvas, left, top, lettering.rounded(height, width, radius, line), rgb(palette.card))
            if name != "plot":
                lettering.draw(canvas, (left + 14 * u, top + 23 * u), self._name(name), 15 * u)
                self._write_note(canvas, name, left + width - 14 * u, top + 23 * u, width)
        if len(self._names) == 3 and not self._plain:
            self._write_terms(canvas)
        if self._plot is not None and self._lens is None:
            self._plot.draw_static(canvas)
        if self._strip is not None:
            self._strip.draw(canvas, self._frames)
        return canvas

    def _name(self, name: str) -> list[Run]:
        colour = {"x_t": self._palette.text, "x_0": self._palette.signal, "eps": self._palette.noise}[name]
        letter, index = {"x_t": ("x", "t"), "x_0": ("x", "0"), "eps": ("ε", "")}[name]
        hat = self._reverse and name != "x_t"
        runs = [Run(letter, colour, hat=hat, bold=True)]
        return [*runs, Run(index, colour, sub=True, bold=True)] if index else runs

    def _write_note(self, canvas: np.ndarray, name: str, right: float, y: float, card_width: int) -> None:
        notes = {"x_0": "estimate", "eps": "predicted noise"} if self._reverse else {"x_0": "clean", "eps": "noise"}
        note, size = [Run(notes.get(name, ""), self._palette.muted)], 12 * self._unit
        if lettering.width(note, size) + 60 * self._unit < card_width:
            lettering.draw(canvas, (right, y), note, size, "r")

    def _term_places(self) -> list[tuple[float, float]]:
        """The middle of each gap between cards, at the height of the pictures' middle."""
        y = self._cards["x_t"][1] + self._head + self._box[0] / 2
        lefts = [self._cards[name] for name in self._names[:-1]]
        return [(left + width + self._gap / 2, y) for left, _, width, _ in lefts]

    def _write_terms(self, canvas: np.ndarray) -> None:
        palette, u = self._palette, self._unit
        names = (
            [Run(SIGNAL_NAME, palette.signal), Run("t", palette.signal, sub=True)],
            [Run(NOISE_NAME, palette.noise), Run("t", palette.noise, sub=True), Run(")", palette.noise)],
        )
        for (x, y), runs in zip(self._term_places(), names, strict=True):
            lettering.draw(canvas, (x, y + 32 * u), runs, 14 * u, "m")

    # -- what moves

    def _divide(self, canvas: np.ndarray, left: int, top: int, beside: Beside) -> None:
        """Right of a line the pinned schedule's x_t, and at the foot what both sides are called."""
        height, width = beside.x_t.shape[:2]
        column, line = round(beside.split * width), max(2, even(1.5 * self._unit))
        enlarge_into(canvas[top:, left + column * self._factor :], beside.x_t[:, column:], self._factor)
        x, height, width = left + column * self._factor, height * self._factor, width * self._factor
        canvas[top : top + height, max(left, x - line // 2) : x - line // 2 + line] = rgb(self._palette.text)
        text = 12 * self._unit
        foot = top + height - 0.8 * text
        for name, start, room, anchor in (
            (beside.names[0], x - 0.8 * text, x - left, "r"),
            (beside.names[1], x + 0.8 * text, left + width - x, "l"),
        ):
            shown = Run(lettering.shortened(name, text, room - 1.6 * text), self._palette.text)
            if room > 4 * text:
                lettering.plated(canvas, (start, foot), shown, text, self._palette.card, anchor)

    def _write_t(self, canvas: np.ndarray, t: float) -> None:
        left, top, width, _ = self._cards["x_t"]
        runs = [Run("t = ", self._palette.muted), Run(level_text(t), self._palette.text)]
        lettering.draw(canvas, (left + width - 14 * self._unit, top + 23 * self._unit), runs, 13 * self._unit, "r")

    def _write_coefficients(self, canvas: np.ndarray, frame: Frame) -> None:
        palette, size = self._palette, 24 * self._unit
        terms = (
            ("=" if frame.exact else "≈", math.sqrt(frame.alpha_bar), palette.signal),
            ("+", math.sqrt(1 - frame.alpha_bar), palette.noise),
        )
        for (x, y), (sign, value, colour) in zip(self._term_places(), terms, strict=True):
            runs = [Run(f"{sign} ", palette.text), Run(f"{value:.3f}", colour), Run(" ·", palette.text)]
            lettering.draw(canvas, (x, y + 8 * self._unit), runs, size, "m")
