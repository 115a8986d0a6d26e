"""ReverseView: the recorded states of a chain, followed live or walked through afterwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import monotonic

import numpy as np
from PySide6.QtCore import QObject, Signal

from diffviz.diffusion import NoiseSchedule
from diffviz.engine.engine import Engine
from diffviz.engine.messages import ChainStarted, ChainStates, Fork, ModelInfo, StartNoise, StartRequest, State
from diffviz.engine.tiles import row_classes, side, tile
from diffviz.gui.panels.equation_panel import EquationPanel
from diffviz.gui.runs import Fan, Run, fan_of
from diffviz.gui.step_line import step_line
from diffviz.gui.theme import X_HAT
from diffviz.scene import Scene
from diffviz.session.provenance import made_with
from diffviz.session.state import RunState
from diffviz.timeline import Timeline, level_text

REDRAW_S = 0.25  # of the plot while futures run


class ReverseView(QObject):
    """What Reverse shows: x_T of the seed, a running chain, or a recorded one.

    Signals: ``ticks_changed(levels)``; ``progressed()`` when a chain has moved on; ``fans_changed()`` when the spread
    of futures is known further.
    """

    ticks_changed = Signal(object)
    progressed = Signal()
    fans_changed = Signal()

    def __init__(self, engine: Engine, panel: EquationPanel) -> None:
        super().__init__()
        self._engine, self._panel = engine, panel
        self.model: ModelInfo | None = None
        self.run = Run()
        self.kept: dict[int, Run] = {}  # chains that were replaced and are still recorded, the newest last
        self.running = False
        self._put_aside = False  # once the chain that runs has ended
        self.following = True
        self.rate = 0.0
        self._fans_s = 0.0
        self._start: StartNoise | None = None
        self._serial = self._shown = 0
        self._starred: tuple[object, frozenset[int]] = ((), frozenset())
        self._tiled: tuple[State, int | None, int, tuple[np.ndarray, ...]] | None = None

    @property
    def state(self) -> RunState:
        """The chain shown, for what can be done with it."""
        run = self.run
        return RunState(
            made=run.scene,
            asked=run.shown,
            t=self.level,
            at_end=run.index == len(run.states) - 1,
            fan=run.fan,
            count=run.count,
            open_tile=run.open_tile,
            parents=len(self.parents),
            following=self.following,
            own=run.model is self.model,
            replaced=self.replaced is not None,
            job=run.job,
            on_from=run.states[run.on_from].t if run.states else None,
        )

    # -- the chain

    @property
    def busy(self) -> bool:
        """Whether x_T is asked for and not there yet."""
        return self._shown < self._serial

    @property
    def timeline(self) -> Timeline | None:
        return Timeline(tuple(state.t for state in self.states)) if self.states else None

    @property
    def states(self) -> list[State]:
        return self.run.states

    @property
    def index(self) -> int:
        """The state shown."""
        return self.run.index

    @index.setter
    def index(self, index: int) -> None:
        self.run.index = index

    @property
    def open_tile(self) -> int | None:
        """The sample that is looked into."""
        return self.run.open_tile

    @open_tile.setter
    def open_tile(self, k: int | None) -> None:
        self.run.open_tile = k

    @property
    def total(self) -> int:
        return self.run.total

    @property
    def parents(self) -> list[Run]:
        """The chains that the one shown was branched from, the newest last."""
        return self.run.parents

    @property
    def replaced(self) -> Run | None:
        """The newest chain that can be brought back."""
        above = {self.run.job, *(parent.job for parent in self.parents)}
        return next((run for job, run in reversed(self.kept.items()) if job not in above and not run.fan), None)

    @property
    def schedule(self) -> NoiseSchedule | None:
        """That of the chain shown, or of the model where there is none."""
        model = self.run.model if self.states else self.model
        return model.schedule if model is not None else None

    def begin(self, job: int, scene: Scene, shown: Scene, fork: Fork | None = None) -> None:
        """A chain was asked for, made by ``scene`` while the window shows ``shown``; its first state comes soon."""
        before, self.run = self.run, Run(job, scene, shown, model=self.model)
        self._keep(before)
        if fork is not None:
            self.run.parents = [*before.parents, before]
            self.run.fans = before.fans if fork.fan else {}
            self.run.fan, self.run.first = fork.fan, fork.i
            shared = [] if fork.fan else [state for state in before.states if state.i < fork.i]
            self.run.states = shared if fork.sample is None else [state.sample(fork.sample) for state in shared]
            self.run.index = max(0, len(shared) - 1)
        self.running = self.following = True
        self._put_aside = False
        self.rate = 0.0
        self._say_run()

    def _keep(self, run: Run) -> None:
        if run.states:
            self.kept.pop(run.job, None)
            self.kept[run.job] = run

    def show_run(self, run: Run) -> None:
        """A chain that was recorded before, or elsewhere, takes the place of what is shown."""
        self._keep(self.run)
        self.run = run
        self.running = self.following = self._put_aside = False
        self._say_run()

    def put_aside(self) -> None:
        """Show no chain, as before the first one; one that runs goes when it has ended."""
        self._put_aside = self.running
        if not self.running:
            self.show_run(Run())

    def back(self) -> bool:
        """Show the chain that the branch or the futures were made from; whether there is one."""
        if self.running or not self.parents:
            return False
        self._keep(self.run)
        self.run = self.parents[-1]
        self.following = False
        self._say_run()
        return True

    @property
    def fans(self) -> dict[float, Fan]:
        """The spread of the futures of the chain shown, by the level that they part at."""
        return self.run.fans

    def _say_run(self) -> None:
        """Another chain is shown."""
        self._say_ticks()
        self.fans_changed.emit()

    def _say_ticks(self) -> None:
        self.ticks_changed.emit(tuple(state.t for state in self.states))

    def started(self, event: ChainStarted) -> None:
        if event.job == self.run.job:
            self.run.total = len(event.levels) - 1
            self.run.parents = [parent for parent in self.parents if parent.job in event.kept]
            self.kept = {job: run for job, run in self.kept.items() if job in event.kept}

    def receive(self, event: ChainStates) -> None:
        """New states of the running chain."""
        if event.job != self.run.job:
            return
        self.states.extend(event.states)
        self.rate = event.steps_per_s
        if self.following:
            self.index = len(self.states) - 1
        self._say_ticks()
        if self.run.fan:
            self._note_fan(monotonic() - self._fans_s > REDRAW_S)
        self.progressed.emit()

    def _note_fan(self, draw: bool) -> None:
        self.fans[self.states[0].t] = fan_of(self.run)
        if draw:
            self._fans_s = monotonic()
            self.fans_changed.emit()

    def ended(self, job: int) -> None:
        if job == self.run.job:
            self.running = False
            if self._put_aside:
                self.put_aside()
            elif self.parents and (not self.states or self.states[-1].i < self.run.first):
                self.back()  # nothing has come of it
            elif not self.states and self.replaced is not None:
                self.show_run(self.replaced)
            elif self.run.fan and self.states:
                self._note_fan(True)

    # -- walking

    def go_to_level(self, t: int) -> int:
        """Show the recorded state nearest to level t; the slider's level of it, or t where there is none."""
        timeline = self.timeline
        if timeline is None:
            return t
        return self.go_to(timeline.nearest(t))

    def go_to(self, index: int) -> int:
        """Show a recorded state; the slider's level, the whole one nearest. Looking back stops following a chain."""
        self.index = min(max(index, 0), len(self.states) - 1)
        self.following = self.running and self.index == len(self.states) - 1
        return round(self.states[self.index].t)

    @property
    def level(self) -> float | None:
        """t of the state shown, which may lie between two whole levels; None where there is none."""
        return self.states[self.index].t if self.states else None

    def follow(self) -> None:
        """Back to the newest state."""
        self.following = True
        if self.states:
            self.index = len(self.states) - 1

    # -- on screen

    def request_start(self, scene: Scene) -> None:
        """Ask for x_T of the seed, shown until a chain has run."""
        if self.model is None:
            return
        columns = side(scene.count) if scene.class_rows else None
        request = StartRequest(0, scene.seed, scene.count, self.model.sample_shape, scene.view.eps_range, columns)
        if self._start is not None and self._start.request == _numbered(request, self._start.request.serial):
            return
        self._serial += 1
        self._engine.request_noised(_numbered(request, self._serial))

    def receive_start(self, event: StartNoise) -> None:
        self._shown = max(self._shown, event.request.serial)
        self._start = event

    def failed(self) -> None:
        """The newest x_T will not come."""
        self._shown = self._serial

    def show(self, scene: Scene) -> None:
        """Draw the state at ``index``, or x_T where no chain has run."""
        panel = self._panel
        panel.show_direction("reverse")
        panel.show_step(False)
        if self.states:
            self._show_state(self.states[self.index], scene)
            return
        if self.run.fan and self.running:
            return  # the state that they part from stays until they have
        waiting = "computing the first step…" if self.running else "press Generate"
        if self.model is None:
            waiting = "loading the model…"
        panel.show_messages("", waiting, waiting)
        panel.show_coefficients(float(self.model.schedule.alpha_bar[-1]) if self.model else None)
        tiles, x_T = 1, None
        if self._start is not None and self.model is not None:
            x_T, tiles = tile(self._start.x_T), side(len(self._start.x_T))
        panel.show_messages(waiting, waiting, waiting)
        panel.show_pictures(x_T, None, None, tiles)
        panel.show_stars(frozenset())
        panel.show_row_names(())
        panel.x_t.set_caption("x_T, the seed's noise")
        panel.x_0.set_caption("")
        panel.eps.set_caption("")
        panel.show_line(
            "p<sub>θ</sub>(x<sub>s</sub> | x<sub>t</sub>): the chain starts from noise and removes it step by step."
        )

    def _show_state(self, state: State, scene: Scene) -> None:
        panel = self._panel
        tiles = 1 if self.open_tile is not None else side(len(state.x_t))
        x_t, x0_hat, eps_hat = self._pictures(state, scene.view.eps_range)
        panel.show_pictures(x_t, x0_hat, eps_hat, tiles)
        panel.show_coefficients(state.alpha_bar, state.gap, not state.exact)
        panel.show_stars(self._stars(scene))
        panel.show_row_names(self._row_names())
        sample = f"{self.tile_name(self.open_tile)}  ·  " if self.open_tile is not None else ""
        panel.x_0.set_caption(f"t = {level_text(state.t)} · state {state.i} of {self.total or state.n}")
        wide = "  ·  ±3" if scene.view.eps_range == 3 and state.values is not None else ""
        panel.x_t.set_caption(f"{sample}{self._made_with()}{wide}")
        panel.eps.set_caption(f"{self._seeds()}{wide}")
        panel.show_line(step_line(state))

    def _pictures(self, state: State, value_range: int) -> tuple[np.ndarray, ...]:
        tiled = self._tiled
        if tiled is not None and tiled[0] is state and tiled[1:3] == (self.open_tile, value_range):
            return tiled[3]
        batches = state.pictures(value_range)
        pictures = tuple(tile(batch) if self.open_tile is None else batch[self.open_tile] for batch in batches)
        self._tiled = (state, self.open_tile, value_range, pictures)
        return pictures

    def tile_name(self, k: int) -> str:
        """What a sample is called; of rows of classes with its class."""
        if self.run.fan:
            return f"future {k}" if k else "own noise"
        label = self.run.single(k).model.class_label if self.run.scene.class_rows else None
        return f"sample {k + 1}" + (f", {label}" if label else "")

    def _made_with(self) -> str:
        """What made the chain shown; of the sample that is looked into."""
        run = self.run
        other = run.model is not None and run.model is not self.model
        name = Path(run.model.name).name if other and run.model is not None else ""
        if run.fan and run.open_tile is None:
            return f"{run.fan - 1} futures from t = {level_text(self.states[0].t)} · {made_with(run.scene, name)}"
        return made_with(run.scene if run.chosen is None else run.single(run.chosen), name)

    def _seeds(self) -> str:
        """The seed of what is shown, and that of its fresh noise where it is another one."""
        made = self.run.single(self.run.chosen or 0)
        return f"seed {made.seed}" + (f", noise {made.noise}" if made.noise >= 0 else "")

    def _row_names(self) -> tuple[str, ...]:
        """The classes of the grid's rows, where they have one each."""
        scene = self.run.scene
        if not scene.class_rows or self.run.fan or self.run.chosen is not None:
            return ()
        return tuple(row_classes(self.run.class_names, scene.model.class_label, scene.count))

    def _stars(self, scene: Scene) -> frozenset[int]:
        """Which samples are favourites, numbered as they are on the screen."""
        key = (self.run.job, self.run.chosen, scene.favourites)
        if self._starred[0] != key:
            tiles = range(self.run.count) if self.run.chosen is None else [self.run.chosen]
            stars = [i for i, k in enumerate(tiles) if self.run.favourite(k) in scene.favourites]
            self._starred = key, frozenset(stars if scene.favourites else ())
        return self._starred[1]

    # -- under the cursor

    def tile_at(self, x: int, y: int) -> tuple[int, int, int] | None:
        """Sample number and pixel inside it of a pixel of the panel."""
        batch = self.states[self.index].x_t if self.states else (self._start.x_T if self._start else None)
        if batch is None:
            return None
        if self.open_tile is not None or len(batch) == 1:
            return self.open_tile or 0, x, y
        height, width = batch.shape[1:3]
        k = (y // height) * side(len(batch)) + x // width
        return (k, x % width, y % height) if k < len(batch) else None

    def values_at(self, x: int, y: int) -> list[tuple[str, list[float]]]:
        """Unclipped values of a pixel: name and numbers of x_t, x̂_0 and ε̂."""
        place = self.tile_at(x, y)
        if place is None:
            return []
        k, x, y = place
        if self.states:
            values = self.states[self.index].values
            named = [] if values is None else zip(("x_t", f"{X_HAT}_0", "ε̂"), values, strict=True)
        else:
            named = [("x_T", self._start.values)] if self._start else []
        result = []
        for name, batch in named:
            if y < batch.shape[2] and x < batch.shape[3]:
                result.append((name, [float(v) for v in batch[k, :3, y, x]]))
        return result


def _numbered(request: StartRequest, serial: int) -> StartRequest:
    return replace(request, serial=serial)
