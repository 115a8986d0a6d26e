"""DrawingDesk: what is drawn becomes x_0, and what a chain makes of it stands beside it."""

from __future__ import annotations

import dataclasses

import numpy as np

from diffviz.engine import messages as m
from diffviz.gui.panels.canvas import LONG_PX
from diffviz.gui.panels.draw_dialog import DrawDialog
from diffviz.gui.shared import Shared
from diffviz.gui.theme import X_HAT
from diffviz.images import Picture, picture_hash
from diffviz.kinds import KINDS
from diffviz.kinds.picture import fitted
from diffviz.kinds.tiles import ONE
from diffviz.scene import DataSpec, InpaintSpec, Scene
from diffviz.session import permits
from diffviz.session.provenance import made_with
from diffviz.session.state import Session

STRENGTH = 0.6  # a drawing is still followed, and becomes a picture of the model's


class DrawingDesk:
    """A canvas of the model's shape; each stroke is a change of the scene, so undo takes strokes back."""

    def __init__(self, shared: Shared) -> None:
        store, shelf = self._store, self._shelf = shared.store, shared.shelf
        self._picture, self._pictures, self._chains = shared.view, shared.pictures, shared.chains
        self._jobs, self._generating = shared.jobs, shared.generating
        self._drawn: set[str] = set()  # sources that are of this canvas's shape
        self._hashed = (0, "")  # the canvas's version, and its source
        self._before: np.ndarray | None = None  # the picture that was open before the first stroke
        self.dialog = DrawDialog(shared.window, *shared.steps)
        dialog = self.dialog
        dialog.addActions([shared.actions[name] for name in ("cancel", "pause")])  # of the chain that is seen in it
        dialog.canvas.begin(*self._shape())
        dialog.canvas.stroke_begun.connect(lambda: store.update(in_hand=True))
        dialog.stroke_ended.connect(self._stroked)
        dialog.run_wanted.connect(lambda: self.run())
        dialog.cleared.connect(self._clear)
        dialog.unmarked.connect(lambda: store.edit(inpaint=InpaintSpec()))
        dialog.strength_changed.connect(lambda share: shared.options.view(strength=share))
        dialog.strength.sliderPressed.connect(store.begin_gesture)  # a drag is one step of undo
        dialog.strength.sliderReleased.connect(store.end_gesture)
        dialog.resampling_changed.connect(lambda jump, times: shared.options.part("inpaint", jump=jump, times=times))
        store.changed.connect(self._changed)
        shared.pictures.arrived.connect(self._take_picture)
        shelf.ready.connect(lambda data, *_: self._show_mask() if data.source == store.scene.inpaint.mask else None)

    def show(self) -> None:
        """Open the canvas, with the drawing that the scene holds."""
        self._refit()
        self._take_picture()
        self._show_mask()
        self._show_how(self._store.session)
        self._show_result()
        self.dialog.come()

    def run(self, stroked: bool = False) -> None:
        """Noise the drawing and run the chain from there; a chain that runs gives way. Where nothing else was set since
        it was ``stroked``, undo takes both back together."""
        if self._jobs.state.kind == "generate":
            steps, data, inpaint = self._store.steps, self._store.scene.data, self._store.scene.inpaint

            def begin() -> None:
                scene = self._store.scene
                same = stroked and (self._store.steps, scene.data, scene.inpaint) == (steps, data, inpaint)
                self._run(self._with_canvas(scene), undo=not same)

            self._jobs.cancel(begin)
        elif not self._jobs.refused():
            self._run(self._with_canvas(self._store.scene))

    # -- what is drawn

    def _shape(self) -> tuple[int, int]:
        """Height and width of the canvas: the model's, enlarged."""
        model = self._chains.model
        height, width = model.sample_shape[-2:] if model is not None and len(model.sample_shape) == 3 else (1, 1)
        factor = max(1, LONG_PX // max(height, width))
        return height * factor, width * factor

    def _refit(self) -> None:
        if self.dialog.canvas.shape != self._shape():
            self._drawn.clear()
            self.dialog.canvas.begin(*self._shape())

    def _stroked(self) -> None:
        """The stroke and the chain that it begins are one step of undo, also where another chain has to end first."""
        self._store.update(in_hand=False)
        scene = self._with_canvas(self._store.scene)
        runs = self.dialog.at_once and not self._why_not()
        if runs and not self._jobs.running:
            self._run(scene)
            return
        self._store.set(scene)
        if runs:
            self.run(stroked=True)

    def _with_canvas(self, scene: Scene) -> Scene:
        """The scene with what is drawn as its x_0, and what is marked as its mask."""
        canvas = self.dialog.canvas
        source, mask = self._kept(canvas.array()), self._kept(canvas.marked())
        if mask != scene.inpaint.mask:
            scene = scene.replace(inpaint=dataclasses.replace(scene.inpaint, mask=mask))
        if source == scene.data.source:
            return scene
        if scene.data.source not in self._drawn:
            self._before = self._open_picture()
        self._drawn.add(source)
        self._pictures.count_as_opened(DataSpec(source=source))
        return scene.replace(data=DataSpec(source=source), start=0, history=())

    def _canvas_source(self) -> str:
        """Of what is drawn, whether the scene has it or not."""
        canvas = self.dialog.canvas
        if self._hashed[0] != canvas.version:
            self._hashed = canvas.version, f"sha256:{picture_hash(canvas.array())}"
        return self._hashed[1]

    def _kept(self, array: np.ndarray | None) -> str:
        """The source of a picture that was put on the shelf; of nothing ""."""
        if array is None:
            return ""
        source = f"sha256:{picture_hash(array)}"
        self._shelf.keep(DataSpec(source=source), Picture(array, "drawing"))
        return source

    def _clear(self, on_picture: bool) -> None:
        """An empty canvas; the scene stays as it is until something is drawn."""
        shape = self._shape()
        ground = self._before if self._store.scene.data.source in self._drawn else self._open_picture()
        self.dialog.canvas.begin(*shape, fitted(ground, *shape) if on_picture and ground is not None else None)
        if self._store.scene.inpaint.mask:
            self._store.edit(inpaint=InpaintSpec())
        self._show_result()

    def _open_picture(self) -> np.ndarray | None:
        """What is open, if it has pixels."""
        data, datum = self._picture.data, self._picture.picture
        return None if data is None or datum is None else KINDS[data.kind].seen(datum)

    def _take_picture(self) -> None:
        """What undo, redo or a scene has made x_0."""
        canvas, source, picture = self.dialog.canvas, self._store.scene.data.source, self._picture.picture
        if picture is None or self._picture.data != self._store.scene.data:
            return
        if source in self._drawn or (source.startswith("sha256:") and picture.shape[:2] == canvas.shape):
            self._drawn.add(source)
            canvas.show_picture(picture)
        elif self._drawn:  # before the first stroke
            canvas.begin(*self._shape())

    # -- how it is run

    def _strength(self, scene: Scene) -> float:
        return scene.view.strength or (1.0 if scene.inpaint.mask else STRENGTH)

    def _T(self) -> int:
        return 1000 if self._chains.model is None else self._chains.model.schedule.T

    def _level(self, scene: Scene) -> int:
        return max(1, round(self._strength(scene) * self._T()))

    def _run(self, scene: Scene, undo: bool = True) -> None:
        if self._why_not():
            return
        level = self._level(scene)
        start = m.StartFrom(self.dialog.canvas.array(), level, self.dialog.canvas.marked())
        self._generating.run(scene.replace(history=(), start=level), start, undo=undo)

    def _why_not(self) -> str:
        session = self._store.session
        busy = "" if session.job.kind == "generate" else permits.refusal("generate", session)
        return busy or permits.no_canvas(session)

    # -- what is shown

    def _changed(self, old: Session, new: Session) -> None:
        if not self.dialog.isVisible():
            return
        if old.in_hand and not new.in_hand:
            self.dialog.canvas.take_back()
        if old.model.number != new.model.number:
            self._refit()
        if old.scene.inpaint != new.scene.inpaint:
            self._show_mask()
        self._show_how(new)
        self._show_result()

    def _show_mask(self) -> None:
        scene, canvas = self._store.scene, self.dialog.canvas
        if self._kept(canvas.marked()) != scene.inpaint.mask:
            canvas.show_mask(self._generating.mask_of(scene))

    def _show_how(self, session: Session) -> None:
        scene = session.scene
        share, spec = self._strength(scene), scene.inpaint
        words = f"noised to t = {self._level(scene)} of {self._T()}: {_promise(share)}"
        self.dialog.show_how(share, words, bool(spec.mask), spec.jump, spec.times)
        self.dialog.show_running(self._why_not())

    def _show_result(self) -> None:
        chains, state = self._chains, self._chains.state
        if state is None or not chains.run.scene.start:
            self.dialog.show_result(None, ONE, "")
            return
        made, scene = chains.run.scene, self._store.scene
        since = (made.data.source, made.inpaint) != (self._canvas_source(), scene.inpaint)
        grid = ONE if chains.open_tile is not None else KINDS[state.kind].grid(state.count)
        words = f"{X_HAT}₀ at t = {state.t:g} · " if state.t else ""
        words += made_with(made) + (" · not of what is drawn now" if since else "")
        self.dialog.show_result(state.frames(1, chains.open_tile).x0_hat, grid, words)


def _promise(share: float) -> str:
    """What to expect of a strength."""
    if share < 0.35:
        return "much of the drawing stays"
    if share < 0.75:
        return "its shapes and colours lead"
    return "little of it is left but a hint" if share < 1 else "nothing of it is left but what is kept"
