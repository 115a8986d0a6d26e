"""LensView: asks the engine for the chart of the lens that is chosen, and shows the newest answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QElapsedTimer, QTimer

from diffviz import catalog
from diffviz.chart import Chart
from diffviz.engine.messages import Lensed, LensRequest, Level, ModelInfo, NoisedRequest
from diffviz.engine.states import Recorded, State, before_last
from diffviz.evenly import evenly
from diffviz.gui.asking import Asking
from diffviz.gui.panels.arrangement import Content
from diffviz.gui.parts import Parts
from diffviz.gui.plane_view import PlaneView
from diffviz.kinds import KINDS
from diffviz.kinds.kind import Kind
from diffviz.kinds.known import Known
from diffviz.kinds.tiles import ONE
from diffviz.lens_catalog import LENSES, lens_params, looked_at, pixel_of, pixel_text
from diffviz.scene import with_param
from diffviz.session import permits
from diffviz.session.provenance import made_with
from diffviz.session.state import Session

NO_CHAIN = "This lens looks at a state of a chain, and there is none yet: press Generate."
UNLOADED = "This lens asks the network, and of an opened run it is not loaded: choose it in the menu, then Generate."
APART = "The chain shown is of other data than what is open: {} for one of it, which this map is of, too."
OWN = "schedule"  # is drawn by the panel itself, at once
EVERY_MS = 50  # a chart at most so often while t moves: painting it shall not hold up x_t
REST_MS = 150  # after so long without a move of t the network is asked
WAYS = 24  # of a chain's points
SAME_PLACE = 0.02  # of the picture's size: a click so near to the pinned pixel frees it

Place = tuple[float, float]  # shares of width and height


class LensView(Asking):
    """The lower card's lens. The Schedule lens needs no engine: the panel draws it.

    Lenses that look at a pixel follow the cursor until one is pinned; without either they look at the middle.
    """

    def __init__(self, parts: Parts, plane: PlaneView) -> None:
        self._store, self._port, self._chains, self._options = parts.store, parts.port, parts.chains, parts.options
        panel, view, self._reverse = parts.curves, parts.equation, parts.reverse
        self._panel, self._view = panel, view
        self._plane, self._dragging = plane, False  # whether a way's start is held
        self._noised: NoisedRequest | None = None  # what x_t was last asked for
        self._ahead: State | None = None  # whose chart was asked for last, before it is shown
        self._under: tuple[int, Place] | None = None  # the sample and the place in it under the cursor
        self._since = QElapsedTimer()
        self._later = QTimer(panel, singleShot=True)
        self._later.timeout.connect(lambda: self.ask(moving=True))
        self._rest = QTimer(panel, singleShot=True)
        self._rest.timeout.connect(self.ask)
        parts.view.asked.connect(self._asked)
        parts.view.drawn.connect(lambda *_: self._show_cross() if self._points() else None)
        self._store.changed.connect(self._changed)
        panel.lens_chosen.connect(self.choose)
        panel.lens.param_chosen.connect(self._param)
        panel.lens.plot.grip_dragged.connect(self._start_dragged)
        panel.lens.plot.gesture_ended.connect(self._let_go)
        plane.let_go.connect(self.ask)
        view.hovered.connect(self.hovered)
        view.viewport.span_changed.connect(self._show_cross)
        for name in LENSES:
            parts.actions[f"lens_{name}"].triggered.connect(lambda _=False, name=name: self.choose(name))

    @property
    def busy(self) -> bool:
        """Whether a chart is still to come."""
        return super().busy or self._later.isActive() or self._rest.isActive()

    def failed(self) -> None:
        """The newest request will not be answered."""
        self._later.stop()
        self._rest.stop()
        super().failed()

    def choose(self, lens: str) -> None:
        """The person wants another lens."""
        self._store.edit(view=replace(self._store.scene.view, lens=lens))

    def _param(self, key: str, value: float) -> None:
        view = self._store.scene.view
        self._store.edit(view=replace(view, lens_params=with_param(view.lens_params, key, value)))

    @property
    def dragging(self) -> bool:
        """Whether the start of a way is held, in a plot or in the plane."""
        return self._dragging or self._plane.dragging

    def _start_dragged(self, y: float) -> None:
        self._dragging = True
        self._param(f"{self._store.scene.view.lens}.start", round(y, 2))

    def _let_go(self) -> None:
        if self._dragging:
            self._dragging = False
            self.ask()

    # -- the pixel that is looked at

    @property
    def _followed(self) -> float:
        """How far the plane reaches whose point is followed, which a click chooses; 0: there is none."""
        scene = self._store.scene
        return KINDS[scene.data.kind].plane if scene.forward else 0.0

    @property
    def _at_pixel(self) -> bool:
        return LENSES[self._store.scene.view.lens].at_pixel

    def hovered(self, x: int, y: int) -> None:
        """The cursor is over a pixel of the pictures; (-1, -1): over none."""
        before, found = self._under, self._place(x, y)
        self._under = None if found is None else (found[0], self._begun_at(*found))
        free = not self._store.scene.view.pixel and not self._followed
        if self._at_pixel and self._under != before and free:
            self._show_cross()
            self.ask()

    def pin(self, x: int, y: int) -> None:
        """A click: the lens stays at this pixel; at the same one again it follows the cursor."""
        found, view = self._place(x, y), self._store.scene.view
        if found is None or not self._at_pixel or self._followed:
            return
        known = self._stands_at(found[0], pixel_of(view.pixel))[self._view.jump.pointed]
        near = max(abs(a - b) for a, b in zip(known, found[1], strict=True)) < SAME_PLACE
        pixel = pixel_text(*self._begun_at(*found), digits=9 if self._points() else 5)
        self._store.edit(view=replace(view, pixel="" if pixel == view.pixel or (view.pixel and near) else pixel))

    def _place(self, x: int, y: int) -> tuple[int, Place] | None:
        """The sample, and the place in its picture, of a pixel of the panel."""
        array = self._view.x_t.view.array()
        if x < 0 or array is None:
            return None
        (height, width), k = array.shape[:2], 0
        if not self._store.scene.forward:
            found, state = self._reverse.tile_at(x, y), self._chains.state
            if found is None or state is None or state.values is None:
                return None
            k, x, y = found
            height, width = KINDS[state.kind].raster_size(state.values.shape[2:])
        return k, (self._view.viewport.time_at((x + 0.5) / width), (y + 0.5) / height)

    def _points(self) -> tuple[Kind, np.ndarray, np.ndarray] | None:
        """Of points that are followed their kind, x_T (N, n, D), of a line in "Add noise" any, and what is shown."""
        scene, state = self._store.scene, self._chains.state
        if scene.forward:
            clouds, kind = self._plane.clouds, KINDS[scene.data.kind]
            return None if clouds is None or kind.plane else (kind, clouds[:1], clouds[:, None])
        if state is None or not catalog.KINDS[state.kind].cloud:
            return None
        x_T = self._chains.run.x_T
        return None if x_T is None or state.values is None else (KINDS[state.kind], x_T, state.values)

    def _begun_at(self, k: int, place: Place) -> Place:
        """The place that names what is under the cursor: of a chain of points where the nearest one began."""
        points, n = self._points(), self._view.jump.pointed
        if points is None:
            return place
        kind, x_T, values = points
        return kind.begun_at(x_T[min(k, len(x_T) - 1)], values[n][k], place, self._ranges[n])

    def _stands_at(self, k: int, begun: Place) -> tuple[Place, Place, Place]:
        """Where in x_t, x_0 and ε that is which is named so."""
        points = self._points()
        if points is None:
            return begun, begun, begun
        kind, x_T, values = points
        index, _ = kind.followed(x_T[min(k, len(x_T) - 1)], begun)
        k = min(k, len(values[0]) - 1)
        x_t, x_0, eps = (
            kind.stands_at(each[k], index, begun, wide) for each, wide in zip(values, self._ranges, strict=True)
        )
        return x_t, x_0, eps

    @property
    def _ranges(self) -> tuple[float, float, float]:
        """Over how much x_t, x_0 and ε are shown."""
        wide = float(self._store.scene.view.eps_range)
        return wide, 1.0, wide

    def _looked_at(self) -> tuple[int, Place]:
        """Sample and place: that which is pinned, or under the cursor, or the middle of the first."""
        k, place = self._under if self._under and self._at_pixel else (0, pixel_of(""))
        view = self._store.scene.view
        pinned = view.pixel
        if self._followed:
            return 0, looked_at(pinned, view.point, self._followed)
        return self._chains.open_tile or k, pixel_of(pinned) if pinned else place

    def _show_cross(self) -> None:
        crosses: list[Place | None] = [None] * 3
        looks = self._store.scene.forward or not LENSES[self._store.scene.view.lens].known
        if self._at_pixel and looks and not self._followed:  # that has a ring
            k, begun = self._looked_at()
            state = None if self._store.scene.forward else self._chains.state
            several = state is not None and self._chains.open_tile is None
            rows, columns = KINDS[state.kind].grid(state.count) if state is not None and several else ONE
            row, column = divmod(k % (rows * columns), columns)
            for n, (across, v) in enumerate(self._stands_at(k, begun)):
                u = self._view.viewport.share_of(across)
                if 0 <= u <= 1 and 0 <= v <= 1:
                    crosses[n] = (column + u) / columns, (row + v) / rows
        if catalog.KINDS[self._store.session.seen_kind].cloud and not self._points():
            crosses[1:] = None, None  # another point stands there in each picture
        self._view.jump.show_crosses(crosses)

    # -- asking and showing

    def _asked(self, request: NoisedRequest, _: Content) -> None:
        """x_t was asked for: the chart follows it."""
        self._noised = request
        if self._store.scene.view.lens == OWN:
            return
        if self._asks:
            self._rest.start(REST_MS)
        waited = self._since.elapsed() if self._since.isValid() else EVERY_MS
        if waited >= EVERY_MS:
            self.ask(moving=True)
        elif not self._later.isActive():
            self._later.start(EVERY_MS - waited)

    def _changed(self, old: Session, new: Session) -> None:
        a, b = old.scene.view, new.scene.view
        if a.lens != b.lens:
            self._panel.lens.plot.let_go()
        same = (a.lens, a.lens_params, a.pixel) == (b.lens, b.lens_params, b.pixel)
        others = old.model.number != new.model.number or old.scene.schedule.T != new.scene.schedule.T
        if not same or others or old.scene.forward is not new.scene.forward:
            self.show()
        elif not new.scene.forward and (_seen(old) != _seen(new) or self._told(old)):
            self._show_cross()
            if self._ahead is None or self._ahead is not self._chains.state:  # else its chart has just come
                self.ask()
        else:
            if a.eps_range != b.eps_range:
                self._show_cross()
            freed = self._asks and (old.model, old.job.running) != (new.model, new.job.running)
            if freed or (self._followed and a.point != b.point):
                self.ask()

    @property
    def _asks(self) -> bool:
        """Whether the lens wants the network's x̂_0, and there is one that is free."""
        session = self._store.session
        wanted = session.scene.forward and LENSES[session.scene.view.lens].asks
        return wanted and session.model.ready and not session.job.running

    def _told(self, old: Session) -> bool:
        """Whether a lens that needs no chain shows something else."""
        a, b = old.scene, self._store.scene
        return LENSES[b.view.lens].known and a.replace(t=b.t) != b

    def show(self) -> None:
        """The lens of the scene, with its controls."""
        view, model = self._store.scene.view, self._chains.model
        # others would only learn there that their network is told no words
        self._panel.show_words(view.lens == "words" or (model is not None and model.vocabulary is not None))
        self._panel.show_lens(view.lens, view.lens_params, self._options.in_force.T)
        self._show_cross()
        self.ask()

    def ask_ahead(self, states: Sequence[State]) -> int:
        """Ask for the chart of the newest of these states, which are shown next; the request's number, 0 for none."""
        scene, before = self._store.scene, self._serial
        follows = self._chains.states and self._chains.following and not (scene.forward or scene.laboratory)
        if follows and states and states[-1].t > 0 and scene.view.lens not in (OWN, "words"):
            self.ask(coming=states)
        return self._serial if self._serial > before else 0

    def ask(self, moving: bool = False, coming: Sequence[State] = ()) -> None:
        """Ask for the chart of this moment, or of the newest that is ``coming``; the newest request wins. While t is
        ``moving`` the network is spared."""
        self._later.stop()
        if not moving:
            self._rest.stop()
        self._since.restart()
        self._ahead = coming[-1] if coming else None
        scene = self._store.scene
        lens = scene.view.lens
        if lens == OWN:
            self.failed()  # nobody waits for a chart now
            return
        k, pixel = self._looked_at()
        noised = recorded = given = None
        if scene.forward:
            noised = self._noised
            if noised is None:
                return
        elif (known := self.known(coming)) is not None:
            level = coming[-1].t if coming else self._chains.level
            t = self._options.in_force.T if level is None else level
            given = Level(self._options.in_force, t, scene.data.kind, known)
        else:
            state, model = coming[-1] if coming else self._chains.state, self._chains.run.model
            said = self._why_none(lens, state is not None and model is not None)
            if said or state is None or model is None:
                self.failed()
                idle = tuple(param.name for param in LENSES[lens].params if said == LENSES[lens].only)
                self._panel.lens.show_chart(Chart(lens, message=said, idle=idle))
                return
            recorded = self._recorded(state, k, model)
        self._serial += 1
        params = lens_params(scene.view.lens_params, lens)
        asked = scene.model if self._asks and not moving else None
        self._port.send(LensRequest(self._serial, lens, params, pixel, noised, recorded, asked, given))

    def _why_none(self, lens: str, there: bool) -> str:
        """Why no state of a chain can be looked at with a lens, or nothing; ``there``: whether there is one."""
        session, run, model = self._store.session, self._chains.run, self._chains.model
        none = f"{permits.NO_POINTS}." if session.scene.pointless else NO_CHAIN
        opened, shown = (catalog.KINDS[kind].cloud for kind in (session.scene.data.kind, session.seen_kind))
        unseen = opened if LENSES[lens].known else lens == "spectrum" and shown and not opened
        if session.apart and unseen:
            other = session.model.recorded or session.learnt_others(session.model.learnt)
            anew = APART.format("choose a model in the menu, then Generate" if other else "press Generate")
            return none if session.scene.pointless else anew
        if there and run.model is not None and lens == "words" and run.model.vocabulary is None:
            asked = run.scene.model.class_label  # words are no class that its file names
            return UNLOADED if asked is not None and asked not in run.model.class_names else ""
        if there:
            return ""
        untold = lens == "words" and model is not None and model.vocabulary is None
        return LENSES[lens].only if untold or (LENSES[lens].known and not opened) else none

    def _recorded(self, state: State, k: int, model: ModelInfo) -> Recorded:
        told = self._chains.run.scene.model_at(state.t) if model.vocabulary is not None else None
        before = before_last(self._chains.states) if state.t <= 0 else None
        last = None if before is None else self._recorded(before, k, model)
        return Recorded(state, min(k, state.count - 1), model.schedule, told, last, self._chains.run.x_T)

    def known(self, coming: Sequence[State] = ()) -> Known | None:
        """What x_0 can be in "Remove noise", for a lens that shows it: what is open, where the model is of its kind;
        and the ways of the chain."""
        scene, model, run = self._store.scene, self._chains.shown_model, self._chains.run
        if scene.forward or not LENSES[scene.view.lens].known:
            return None
        cloud = self._plane.datum() if catalog.KINDS[scene.data.kind].cloud else None
        if cloud is None or model is None or model.kind != scene.data.kind or self._store.session.apart:
            return None
        k, shaded = self._plane.labels_in(cloud)
        return Known(
            cloud.array,
            getattr(cloud, "labels", None),
            k,
            scene.model.guidance if k >= 0 else 1.0,
            self._plane.start,
            scene.seed if scene.noise < 0 else scene.noise,
            self._ways(coming),
            made_with(run.single(min(self._looked_at()[0], run.count - 1))) if run.states else "",
            self._plane.network,
            self.dragging,
            shaded,
        )

    def _ways(self, coming: Sequence[State]) -> tuple[np.ndarray, np.ndarray] | None:
        """Of the chain that is shown levels and some points of the sample that is looked at, (K,) and (K, n, D)."""
        k = self._looked_at()[0]
        kept = [(state.t, state.values[0]) for state in (*self._chains.states, *coming) if state.values is not None]
        if len(kept) < 2:
            return None
        n = kept[0][1].shape[1]
        some = evenly(n, min(WAYS, n))
        return np.array([t for t, _ in kept]), np.stack([x[min(k, len(x) - 1), some] for _, x in kept])

    @property
    def chart(self) -> Chart | None:
        """What is seen, for who takes its numbers along; None where there is none yet."""
        if self._store.scene.view.lens != OWN:
            return None if self.busy else self._panel.lens.chart
        from diffviz.lenses.schedule import chart_of  # waits for torch

        scene, other = self._store.scene, self._options.pinned
        pinned = None if other is None else (other, scene.pinned[0].label)
        return chart_of(self._options.in_force, scene.t, scene.view.curves, pinned)

    def receive(self, event: Lensed) -> None:
        """An answer; an older one of the same lens is better than none."""
        if not self._newer(event.request.serial):
            return
        now = self._store.scene
        if event.request.lens == now.view.lens and (event.request.noised is not None) is now.forward:
            chart, recorded, tile = event.chart, event.request.recorded, self._chains.open_tile
            count = 1 if recorded is None or tile is not None else recorded.state.count
            if count > 1 and chart.sentence and not self._at_pixel:
                chart = replace(chart, sentence=f"The first of {count}. {chart.sentence}")
            self._panel.lens.show_chart(chart)


def _seen(session: Session) -> tuple[object, ...]:
    """What a chart of "Remove noise" is of; the network answers when no job has it."""
    return session.run, session.job.running
