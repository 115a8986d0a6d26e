"""PlaneView: where the plane itself is seen, the exact theory over the points: density, score, paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from diffviz import catalog
from diffviz.diffusion import NoiseSchedule
from diffviz.engine.messages import Noised
from diffviz.engine.plane import Plane, PlaneRequest, Told
from diffviz.engine.states import State
from diffviz.gui.asking import Asking
from diffviz.gui.numbers import Values
from diffviz.gui.panels.plane_ink import GREEN, ODE, OLIVE, ONE, SDE, TEAL, Drawn, Pointer, Way
from diffviz.gui.panels.plane_layer import PlaneLayer
from diffviz.gui.parts import Parts
from diffviz.kinds import KINDS, Datum
from diffviz.kinds.known import Snapshot
from diffviz.lens_catalog import LENSES, START, looked_at, place_of, place_text
from diffviz.scene import ModelSpec, Scene, ViewSpec
from diffviz.session.signal import Signal
from diffviz.session.state import Session

LEVELS = 90  # of a point's way through the noise
SHADE = "; the shade counts them"
OTHERS = "Points{}: {}, the chain. {}: {}"
BOTH = "From one start ODE and SDE end apart; of many starts both have the same density at each t ({} steps)"
GUIDED = "w = {:g} adds {:g} times the way from any to {}"
NEAR = "Medians: chain to the nearest of the data {:.3f}, data to each other {:.3f}"
COPIES = ": copies, memorised"


class PlaneView(Asking):
    """Asks the engine for the field of what is open, at the level that is seen, and draws the newest answer.

    Attributes:
        datum: what is open, or None while it is read.
        dragging: whether x_T of the paths is held: they are asked for in longer steps. let_go: emits when no longer.
        read: emits when the place under the cursor has been read.
        drawn: the points of x_0 where a brush in the hand has left them, not yet centred and scaled; None without one.
    """

    def __init__(self, parts: Parts) -> None:
        self._store, self._port, panel, self.datum = parts.store, parts.port, parts.equation, parts.datum
        self._panel, self._chains, self._options = panel, parts.chains, parts.options
        self.dragging, self.let_go = False, Signal()
        self._cursor: tuple[float, float] | None = None  # over x_t
        self.read = Signal()
        self.drawn: Callable[[], np.ndarray | None] = lambda: None
        self._arrived: tuple[State, int, np.ndarray] | None = None
        self._plane: Plane | None = None
        self._learning: Snapshot | None = None  # the network that is being trained
        self._noised: tuple[Noised, NoiseSchedule] | None = None
        self._layers = [PlaneLayer(card.view) for card in panel.jump.cards]
        first = self._layers[0]
        first.taken, first.moved, first.let_go = self._take, self._start_at, self._let_go
        panel.x_t.hovered.connect(self._look_at)
        parts.view.drawn.connect(self._forward_drawn)
        for k, card in enumerate(panel.jump.cards):
            card.clicked.connect(lambda x, y, k=k: self._clicked(k, x, y))
        self._store.changed.connect(self._changed)

    # -- asking

    @property
    def network(self) -> Snapshot | None:
        """The small network whose field is seen beside the exact one: that in training, or the one that is loaded."""
        scene, model = self._store.scene, self._chains.model
        if self._learning is not None:
            fits = self._learning.config["dimensions"] == (2 if KINDS[scene.data.kind].plane else 1)
            return self._learning if fits else None
        if model is None or model.kind != scene.data.kind or self._store.session.learnt_others(model.learnt):
            return None
        return model.small

    def show_learning(self, snapshot: Snapshot | None) -> None:
        """A network is being trained and is now like this; None: no longer."""
        self._learning = snapshot
        self.ask()

    @property
    def _points(self) -> tuple[Noised, NoiseSchedule] | None:
        """The points that are open, as "Add noise" shows them; None: it shows none, or others while these are read."""
        kind, noised = self._store.scene.data.kind, self._noised
        there = noised is not None and noised[0].request.kind == kind and catalog.KINDS[kind].cloud
        return noised if noised is not None and there and len(noised[0].x_0_values) else None

    @property
    def clouds(self) -> np.ndarray | None:
        """Their x_t, x_0 and ε, float (3, n, D); None where there are none."""
        if (shown := self._points) is None:
            return None
        event, schedule = shown
        return np.stack((_x_t(event, schedule), event.x_0_values, event.eps_values))

    @property
    def followed(self) -> int | None:
        """Which of those in a plane is followed; None where there are none."""
        shown = self._points if KINDS[self._store.scene.data.kind].plane else None
        return None if shown is None else self._nearest(shown[0])

    @property
    def start(self) -> tuple[float, float]:
        """x_T of the paths: one that was chosen where the panel reached farther is not seen, the first one is."""
        scene = self._store.scene
        place, reach = place_of(scene.view.point), KINDS[scene.data.kind].plane * scene.view.eps_range
        return place if max(map(abs, place)) <= reach else START

    def _nearest(self, event: Noised) -> int:
        """To the place that was chosen."""
        kind, view = KINDS[event.request.kind], self._store.scene.view
        (i,), _ = kind.looked_at(event.x_0_values, looked_at(view.pixel, view.point, kind.plane))
        return int(i)

    def _cloud(self, scene: Scene) -> Datum | None:
        """What is open, where it lies in a plane that is seen, and is what the model knows."""
        kind = KINDS[scene.data.kind]
        if not kind.plane or scene.laboratory:
            return None
        if scene.forward:
            return self.datum()
        model = self._chains.shown_model
        return self.datum() if not self._store.session.apart and model is not None and model.kind == kind.name else None

    def labels_in(self, cloud: Datum) -> tuple[int, int]:
        """Of what is open the class that is set, and the chain's, whose density is shaded; -1 for any."""
        names, scene = getattr(cloud, "class_names", ()), self._store.scene
        if scene.forward:
            return -1, -1
        wanted = (scene.model.class_label, (self._made() or scene.model).class_label)
        label, shaded = (names.index(each) if each in names else -1 for each in wanted)
        return label, shaded

    def ask(self) -> None:
        """Ask for the field of this moment, or take it away."""
        scene = self._store.scene
        cloud, view = self._cloud(scene), scene.view
        seen = view.density or view.arrows or (view.paths and not scene.forward) or self.network is not None
        if cloud is None or not (seen or self._cursor):
            self._plane = None
            self.failed()
            self._draw()
            return
        label, shaded = self.labels_in(cloud)
        level = scene.t if scene.forward else self._chains.level
        schedule = self._options.in_force
        self._serial += 1
        self._port.send(
            PlaneRequest(
                self._serial,
                schedule.T if level is None else min(level, schedule.T),
                cloud.array,
                getattr(cloud, "labels", None),
                schedule,
                KINDS[scene.data.kind].plane * view.eps_range,
                view.density,
                view.arrows,
                label,
                scene.model.guidance if label >= 0 else 1.0,
                shaded,
                self.start if view.paths and not scene.forward else None,
                scene.seed if scene.noise < 0 else scene.noise,
                self.network,
                self.dragging,
                KINDS[scene.data.kind].plane,
                self._cursor,
                self._ends(),
            )
        )

    def _ends(self) -> np.ndarray | None:
        """The points of a chain that has arrived, the same array as long as it is the same sample."""
        state, k = self._chains.state, self._chains.open_tile or 0
        if self._store.scene.forward or state is None or state.t > 0 or state.values is None:
            return None
        if self._arrived is None or self._arrived[0] is not state or self._arrived[1] != k:
            self._arrived = state, k, state.values[0][k]
        return self._arrived[2]

    def receive(self, event: Plane) -> None:
        """An answer; an older one is better than none."""
        if not self._newer(event.request.serial):
            return
        if self._cloud(self._store.scene) is not None:
            self._plane = event
            self._draw()
            if event.request.cursor is not None:
                self.read.emit()

    def _changed(self, old: Session, new: Session) -> None:
        if (old.scene, old.run, old.model) != (new.scene, new.run, new.model):
            self.ask()
            if self.dragging:
                self._draw()  # x_T is where it is held, before its paths are there

    def _forward_drawn(self, event: Noised, schedule: NoiseSchedule) -> None:
        before, self._noised = self._noised, (event, schedule)
        if before is None or before[0].request.picture_id != event.request.picture_id:
            self.ask()
        else:
            self._draw()

    # -- the person

    def _look_at(self, x: int, y: int) -> None:
        """The cursor is over that pixel of x_t, -1 for none."""
        before, self._cursor = self._cursor, self._place(0, x, y) if x >= 0 else None
        if before != self._cursor:
            self.ask()

    def values(self) -> Values:
        """Density and score under the cursor, by name; nothing elsewhere."""
        here, plane = None if self._plane is None else self._plane.here, self._plane
        if here is None or plane is None or self._cursor is None:
            return []
        asked, names = plane.request, getattr(self.datum(), "class_names", ())
        of, score = (f"|{names[k]}" if 0 <= k < len(names) else "" for k in (asked.density_of, asked.label))
        found = [(f"ln q(x_t{of})", [here.log_density])]
        found.append(("score" if of == score else f"score{score or ' of any'}", [float(each) for each in here.score]))
        if here.guided is not None:
            found.append((f"at w = {plane.request.guidance:g}", [float(each) for each in here.guided]))
        return found

    def _place(self, card: int, x: int, y: int) -> tuple[float, float] | None:
        """Where in the plane a pixel of a panel is."""
        drawn, array = self._layers[card].drawn, self._panel.jump.cards[card].view.array()
        if drawn is None or array is None:
            return None
        height, width = array.shape[:2]
        unit = min(height, width) / (2 * drawn.reach)
        return (x + 0.5 - width / 2) / unit, (height / 2 - y - 0.5) / unit

    def _take(self) -> None:
        self.dragging = True
        self._store.begin_gesture()

    def _let_go(self) -> None:
        self.dragging = False
        self._store.end_gesture()
        self.ask()
        self.let_go.emit()

    def _start_at(self, x: float, y: float) -> None:
        self._store.edit(view=replace(self._store.scene.view, point=place_text(x, y)))

    def _clicked(self, card: int, x: int, y: int) -> None:
        """In "Add noise" the nearest point is the one that is followed; in "Remove noise" the paths start there, unless
        a lens takes the chain's point there."""
        scene, place = self._store.scene, self._place(card, x, y)
        if place is None or not self._follows(scene):
            return
        lens = LENSES[scene.view.lens]
        if not scene.forward:
            if card == 0 and not (lens.at_pixel and not lens.known and self._chains.states):
                self._start_at(*place)
            return
        if (clouds := self.clouds) is not None:
            nearest = int(np.square(clouds[card] - place).sum(axis=1).argmin())
            x, y = clouds[1][nearest]
            point = place_text(x, y, 6)
            self._store.edit(view=replace(scene.view, point=point, pixel=""))

    @staticmethod
    def _follows(scene: Scene) -> bool:
        """Whether a point is chosen: its path is drawn, or in "Add noise" a lens looks at it."""
        return scene.view.paths or (scene.forward and LENSES[scene.view.lens].at_pixel)

    # -- drawing

    def _draw(self) -> None:
        scene = self._store.scene
        if self._cloud(scene) is None or self._panel.x_t.view.grid.several:
            for layer in self._layers:
                layer.show(None)
            return
        plane, view = self._plane, scene.view
        reach = KINDS[scene.data.kind].plane * view.eps_range
        drawn = Drawn(reach)
        if plane is not None and plane.request.reach == reach:
            drawn = replace(drawn, density=plane.density, arrows=plane.arrows, words=self._words(plane, scene))
            if not scene.forward and plane.paths is not None:
                drawn = self._with_paths(drawn, plane, scene)
        rings: list[np.ndarray | None] = [None, None]
        if scene.forward and self._follows(scene) and (shown := self._points) is not None:
            drawn, rings = self._with_point(drawn, shown, view)
        plain = KINDS[scene.data.kind].plane  # x_0 is shown over its own range, whatever that of x_t and ε
        beside = [Drawn(each, ring=ring) for each, ring in zip((plain, reach), rings, strict=True)]
        if plane is not None and plane.told is not None and plane.request.reach == reach:
            beside[0] = self._with_network(beside[0], plane, plane.told)
        for layer, each in zip(self._layers, (drawn, *beside), strict=True):
            layer.show(each)

    def _words(self, plane: Plane, scene: Scene) -> str:
        """What is to be known of what is drawn, the first things first: not all of it may have room."""
        asked, view, lines = plane.request, scene.view, []
        if not scene.forward:
            made, now = self._made(), _settings(scene.model)
            drawn = [name for name, each in (("arrows", plane.arrows), ("paths", plane.paths)) if each is not None]
            if made is not None and _settings(made) != now and drawn:
                what = " and ".join(drawn).capitalize()
                lines.append(OTHERS.format(" and shade" if view.density else "", _settings(made), what, now))
            if plane.near is not None:
                lines.append(NEAR.format(*plane.near) + COPIES * (3 * plane.near[0] < plane.near[1]))
            if asked.guidance > 1 and (view.arrows or plane.paths is not None):
                shaded = "; the shade is not guided" if view.density else ""
                lines.append(GUIDED.format(asked.guidance, asked.guidance - 1, scene.model.class_label) + shaded)
            elif asked.guidance == 1 and plane.paths is not None and plane.near is None:
                lines.append(BOTH.format(len(plane.paths.t) - 1))
        if view.arrows and asked.t <= 0:
            lines.append(f"t = 0: points have no density, so no score{SHADE if view.density else ''}")
        if plane.most < len(asked.atoms):
            lines.append(f"of {plane.most:,} of the points")
        return "\n".join(lines)

    def _made(self) -> ModelSpec | None:
        """What the state shown was asked for; None where there is none."""
        run, state = self._chains.run, self._chains.state
        if state is None or self._store.scene.forward:
            return None
        return (run.scene if run.chosen is None else run.single(run.chosen)).model_at(state.t)

    @staticmethod
    def _with_network(drawn: Drawn, plane: Plane, told: Told) -> Drawn:
        """Over x_0 or x̂_0 what the network says, its arrows to the scale of the exact ones."""
        longest = None if plane.arrows is None else float(np.hypot(*plane.arrows[1].T).max())
        words = f"network, error {told.rms:.3f}"
        return replace(drawn, arrows=told.arrows, error=told.error, longest=longest, words=words)

    def _with_paths(self, drawn: Drawn, plane: Plane, scene: Scene) -> Drawn:
        paths = plane.paths
        assert paths is not None
        ode, sde = paths.at(plane.request.t)
        gone = int((paths.t >= plane.request.t).sum())
        ways = (Way(paths.sde, "SDE", SDE, 1.1, sde, gone), Way(paths.ode, "ODE", ODE, 2.4, ode, gone))
        pointers: tuple[Pointer, ...] = ()
        if plane.guided is not None:
            guided = plane.guided
            pointers = (
                Pointer(guided.place, guided.uncond, "any", TEAL),
                Pointer(guided.place, guided.cond, scene.model.class_label or "", GREEN),
                Pointer(guided.place, guided.guided, f"w = {scene.model.guidance:g}", OLIVE),
            )
        return replace(drawn, ways=ways, pointers=pointers, start=self.start)

    def _with_point(
        self, drawn: Drawn, noised: tuple[Noised, NoiseSchedule], view: ViewSpec
    ) -> tuple[Drawn, list[np.ndarray | None]]:
        """The way of the point followed, through all levels with its one ε; and where it is in x_0 and ε."""
        event, schedule = noised
        i = self._nearest(event)
        x_0, eps = event.x_0_values[i], event.eps_values[i]
        now, seen = _x_t(event, schedule)[i], self.drawn()
        in_x_0 = x_0 if seen is None else seen[i] if len(seen) == len(event.x_0_values) else None
        if event.request.fresh or not view.paths:  # its ε is another one at each t: the jump's way is not the chain's
            return replace(drawn, ring=now), [in_x_0, eps]
        alpha_bar = schedule.alpha_bar[np.unique(np.linspace(0, schedule.T, LEVELS).round().astype(int))][:, None]
        way = alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * eps
        return replace(drawn, ways=(Way(way, "x_T", ONE, 2.0, now, begins="x_0"),)), [in_x_0, eps]


def _x_t(event: Noised, schedule: NoiseSchedule) -> np.ndarray:
    alpha_bar = float(schedule.alpha_bar[event.request.t])
    return alpha_bar**0.5 * event.x_0_values + (1 - alpha_bar) ** 0.5 * event.eps_values


def _settings(model: ModelSpec) -> str:
    """What decides the density and the ways."""
    return f"{model.class_label}, w = {model.guidance:g}" if model.class_label else "any class"
