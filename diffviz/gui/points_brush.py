"""PointsBrush: points are drawn on x_0 itself; all else follows when the brush is lifted.

A cloud is centred and has deviation 1. What is drawn stays where it was drawn as long as the brush is in the hand: were
it scaled under the hand, the next stroke would move the last one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diffviz.gui.panels.brush_layer import BrushLayer
from diffviz.gui.panels.message_bar import CLIPBOARD
from diffviz.gui.shared import Shared
from diffviz.kinds import KINDS, POINTS
from diffviz.kinds.clouds import scaled
from diffviz.kinds.points import EMPTY_PLANE, Points
from diffviz.kinds.stroke import RADIUS, RUB_RADIUS, Stroke
from diffviz.lens_catalog import place_text
from diffviz.scene import DataSpec
from diffviz.session.state import Session

HOW = (
    "Draw on x₀, by keys with Tab, arrows, and Space: points come where the brush goes, and all follows when it is "
    "lifted. D puts the brush away."
)
MOST_BYTES = 16 << 20  # of what was drawn, for undo while the brush is in the hand
FEW = "A cloud has points in two or more places; draw some more."


class PointsBrush:
    """Each stroke is a cloud of its own, and a step of undo. A click is one point."""

    def __init__(self, shared: Shared) -> None:
        panel, card = self._panel, self._card = shared.equation.x_0, shared.side.plane_card
        self._notices, self._view, self._pictures = shared.notices, panel.view, shared.pictures
        self._pages, self._plane, self._say, self._shelf = shared.pages, shared.plane, shared.say, shared.shelf
        self._plane.drawn = lambda: self._drawn
        self._rubs = False
        self._strokes = 0
        self._noted = False  # whether the line at the foot tells how what is open was scaled
        self._stroke: Stroke | None = None
        self._drawn: np.ndarray | None = None  # points as they were drawn; None: what is open is drawn on
        self._scaled: dict[str, np.ndarray] = {}  # the same of each source that was made since the brush was taken up
        self._true: tuple[np.ndarray, str] | None = None  # the picture of x_0 that is drawn over, and its caption
        self._layer = BrushLayer(panel.view, POINTS.plane)
        self._layer.put_down.connect(self._put_down)
        self._layer.moved.connect(self._moved)
        self._layer.lifted.connect(self._lifted)
        card.rub_chosen.connect(self._take_rub)
        card.clear_wanted.connect(self._clear)
        shared.view.drawn.connect(lambda *_: self._drawn_anew())
        self._store = shared.store
        self._store.changed.connect(self._changed)

    @property
    def on(self) -> bool:
        """Whether the brush is in the hand."""
        return self._layer.on

    def toggle(self) -> None:
        """Take the brush up, where x_0 is seen, or put it away."""
        if self.on:
            self.put_away()
            return
        self._pages.go("forward")
        self._show(True)
        self._say(HOW)

    def put_away(self) -> bool:
        """No longer draw; whether the brush was in the hand."""
        was = self.on
        if was:
            self._show(False)
            self._tell()
            self._forget()
        return was

    def _tell(self) -> None:
        """How what is open was scaled, if it was drawn; the note of other points goes."""
        drawn = self._scaled.get(self._store.scene.data.source)
        self._noted = drawn is not None
        self._say(_how_scaled(drawn) if drawn is not None else HOW if self.on else "")

    def _show(self, on: bool) -> None:
        self._layer.show(on, RUB_RADIUS if self._rubs else RADIUS)
        self._card.show_brush(on, self._rubs)

    def _take_rub(self, rubs: bool) -> None:
        self._rubs = rubs
        self._show(self.on)

    def _clear(self) -> None:
        """An empty plane."""
        self._take_rub(False)
        self._open(EMPTY_PLANE.array, EMPTY_PLANE)
        self._paint()  # also where one point alone was drawn

    def _changed(self, old: Session, new: Session) -> None:
        other = old.scene.data != new.scene.data
        if self._stroke is not None and old.in_hand and not new.in_hand:
            self._stroke = None
            self._layer.drop()
            if self._drawn is None:
                self._show_true()
            else:
                self._paint()
        if other and (self.on or self._noted):
            self._tell()
        if not self.on:
            return
        if other:  # a stroke, undo, or a file: what is being drawn is drawn over this cloud from here on
            self._hold(None)
            self._drawn = self._scaled.get(new.scene.data.source)
        if not new.scene.forward:
            self._true = None  # x̂_0 is shown there now
        if not (new.scene.forward and KINDS[new.scene.data.kind].plane) or new.scene.laboratory:
            self.put_away()

    # -- a stroke

    def _cloud(self) -> np.ndarray | None:
        datum = self._shelf.kept(self._store.scene.data)
        return self._drawn if self._drawn is not None or datum is None else datum.array

    def _put_down(self, x: float, y: float) -> None:
        if (cloud := self._cloud()) is not None:
            self._strokes += 1
            self._hold(Stroke(cloud, (x, y), self._rubs, self._strokes))
            self._paint()

    def _hold(self, stroke: Stroke | None) -> None:
        self._stroke = stroke
        self._store.update(in_hand=stroke is not None)

    def _moved(self, x: float, y: float) -> None:
        if self._stroke is not None:
            self._stroke.to((x, y))
            self._paint()

    def _lifted(self) -> None:
        """The cloud is opened as any other is."""
        stroke = self._stroke
        if stroke is None:
            return
        self._hold(None)
        points, before = stroke.points, self._cloud()
        if before is not None and np.array_equal(points, before):  # nothing came under what rubs
            self._paint()
            return
        if len(np.unique(points, axis=0)) < 2:
            self._notices.show_message(FEW, "info", topic=CLIPBOARD)
            self._drawn = before if self._rubs else points
            self._paint()
            return
        made, followed = Points(scaled(points.astype(np.float64)), EMPTY_PLANE.name), self._plane.followed
        with self._store.together():
            self._open(points, made)
            if followed is not None and before is not None and followed < len(before):
                x, y = made.array[np.square(points - before[followed]).sum(axis=1).argmin()]
                view = replace(self._store.scene.view, point=place_text(x, y, 6), pixel="")
                self._store.edit(undo=False, view=view)

    def _open(self, points: np.ndarray, made: Points) -> None:
        """As any other cloud is: the points as they are drawn, and as they are noised."""
        data = DataSpec(POINTS.name, f"sha256:{POINTS.digest(made.array)}")
        self._drawn, self._scaled[data.source] = points, points
        while len(self._scaled) > 1 and sum(each.nbytes for each in self._scaled.values()) > MOST_BYTES:
            del self._scaled[next(iter(self._scaled))]
        self._shelf.keep(data, made)
        self._pictures.open(data)

    # -- what is seen of it

    def _paint(self) -> None:
        """The cloud as it is by now in the place of x_0's picture."""
        array = self._view.array()
        points = self._stroke.points if self._stroke is not None else self._cloud()
        if array is None or points is None:
            return
        if self._true is None:
            self._true = array, self._panel.caption
        self._panel.set_caption(f"being drawn · {len(points):,} point{'' if len(points) == 1 else 's'}")
        self._view.show_array(POINTS.raster(points[None], 1.0, array.shape[:2])[0], fills=True)

    def _drawn_anew(self) -> None:
        """x_0 was shown again, by the slider for example."""
        self._true = None
        if self._stroke is not None or (self.on and self._drawn is not None):
            self._paint()

    def _forget(self) -> None:
        """x_0 as it is."""
        self._drawn = None
        self._scaled.clear()
        self._plane.ask()
        self._show_true()

    def _show_true(self) -> None:
        if self._true is not None:
            picture, caption = self._true
            self._view.show_array(picture, fills=True)
            self._panel.set_caption(caption)
            self._true = None


def _how_scaled(points: np.ndarray) -> str:
    """What is done with what was drawn before it is noised."""
    if not len(points):
        return "0 points: draw some"
    deviation = float(np.sqrt(np.mean(np.square(points - points.mean(axis=0)))))
    return f"{len(points):,} points, centred and divided by their deviation {deviation:.4g}"
