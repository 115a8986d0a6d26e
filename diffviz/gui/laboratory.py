"""Laboratory: runs the scene's experiment and shows its sheet; two cells of it are walked side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from diffviz import catalog
from diffviz.engine import messages as m
from diffviz.gui.left_sheets import Left, LeftSheets
from diffviz.gui.panels.experiment_card import ExperimentCard
from diffviz.gui.panels.laboratory_page import LaboratoryPage
from diffviz.gui.panels.pair_view import Side
from diffviz.gui.shared import Shared
from diffviz.gui.theme import drawn
from diffviz.kinds import KINDS, PICTURE, Kind
from diffviz.kinds.audible import wave_of
from diffviz.kinds.kind import GAIN
from diffviz.sampling import PLAIN
from diffviz.scene import RunSpec, SamplerSpec, Scene, with_param
from diffviz.session import permits
from diffviz.session.sheets import FIRST_RUNS, given_before
from diffviz.session.state import Session, SheetState
from diffviz.sheet import Done, Film, Outline, Sheet
from diffviz.timeline import level_text

Place = tuple[int, int]


class Laboratory:
    """The page, its card in the side panel, and what they show."""

    def __init__(self, shared: Shared, hear: Callable[[np.ndarray, int], None]) -> None:
        self._store, self._port, self._notices, self._jobs = shared.store, shared.port, shared.notices, shared.jobs
        self._chains, self._picture, self._warn = shared.chains, shared.view, shared.generating.warn_of_drift
        self._hear, self._shelf = hear, shared.shelf
        self._ask_picture, self._presentation = shared.actions["open"], shared.actions["presentation"]
        card, page = self.card, self.page = ExperimentCard(), LaboratoryPage()
        self.sheet = Sheet()
        self._asked: Scene | None = None  # what the one that comes is run with
        self._made_of: Kind = PICTURE  # what the sheet is of
        self._job = -1
        self._steps = shared.store.steps  # of undo, when the scene was last looked at
        self._chosen: list[Place] = []  # the newest last
        self._t: float | None = None  # None: the cells as they are
        self._nothing = self._before = self._all_of_it()  # what there was when this one began to run
        self._left = LeftSheets()
        self._plot = ""  # the one that was picked; another where the sheet has none of that title
        self._kind = "x_t"
        self.seen = self.sheet  # of the states or of x̂_0
        self._store.changed.connect(self._scene_changed)
        card.experiment_chosen.connect(lambda name: self._edit(name=name, params=()))
        card.param_chosen.connect(self._param_chosen)
        card.picture_asked.connect(self._picture_asked)
        card.run_added.connect(self._add_run)
        card.runs_cleared.connect(lambda: self._edit(runs=()))
        page.sheet.cell_clicked.connect(lambda row, column: self._clicked((row, column)))
        for side in page.pair.cards:
            side.clicked.connect(lambda *_, view=side.view: self._let_hear(view.array()))
        page.sheet.row_closed.connect(self._close_row)
        page.pair.t_changed.connect(self.go_to)
        page.plot.plot_chosen.connect(self._choose_plot)
        page.kind.chosen.connect(self._choose_kind)
        self._presentation.toggled.connect(self._show_empty)
        self._show_sheet(self.sheet)
        self.show_card()
        self._show_empty()

    @property
    def far(self) -> SheetState:
        """How far it is."""
        return self._store.session.sheet

    def _say(self, **changes: Any) -> None:
        """The session's sheet is this one."""
        sheet = dataclasses.replace(self.far, filled=bool(self.sheet.cells), walkable=self.walkable)
        self._store.update(sheet=dataclasses.replace(sheet, chains=self.sheet.has_films, **changes))

    # -- choosing what to run

    @property
    def _known(self) -> Kind:
        """The kind of data that experiments are of now: the model's."""
        session = self._store.session
        return KINDS[session.model.kind if session.model.known else session.scene.data.kind]

    @property
    def _of(self) -> Kind:
        """The kind of data of what is shown, or would be."""
        return self._made_of if self.sheet.rows else self._known

    def _edit(self, **changes: Any) -> None:
        self._store.edit(experiment=dataclasses.replace(self._store.scene.experiment, **changes))

    def _param_chosen(self, name: str, value: float | str) -> None:
        self._edit(params=with_param(self._store.scene.experiment.params, name, value))

    def _picture_asked(self) -> None:
        """Another picture is opened to begin with it."""
        self._param_chosen("begin", "open")
        self._ask_picture.trigger()

    def _add_run(self) -> None:
        scene = self._store.scene
        run = RunSpec(scene.model, scene.sampler)
        if run in scene.experiment.runs:
            does = "change the sampler, its steps or the model first"
            if self.far.made != scene.read:
                does = "Run makes the rows with what is set now"

            def state(s: Scene) -> tuple[object, ...]:
                return s.laboratory, s.model, s.sampler, s.read, self.far.made

            text, was = f"This run is a row already; {does}.", state(scene)
            self._notices.show_message(text, "info", topic="chain", holds=lambda s: state(s.scene) == was)
            return
        self._edit(runs=(*scene.experiment.runs, run))

    def _close_row(self, row: int) -> None:
        if not self._jobs.refused():
            runs = self._store.scene.experiment.runs
            self._edit(runs=runs[:row] + runs[row + 1 :])

    @property
    def _running(self) -> bool:
        return self._jobs.state.kind == "experiment"

    def _scene_changed(self, old: Session, new: Session) -> None:
        """The card; other runs and another experiment begin with what they were left with, or an empty sheet."""
        before, spec = old.scene.experiment, new.scene.experiment
        undone, self._steps = self._steps == self._store.steps, self._store.steps
        if _shown_of(old) == _shown_of(new):
            return
        self.show_card()
        if before != spec:
            another = before.name != spec.name
            if another:
                self._left.keep(self._all_of_it())
                beside = self._left.newest_of(spec) if undone else None  # as it stood there, run with other settings
                self._show_left(self._left.at(new.scene) or beside or self._nothing)
            if (another or before.runs != spec.runs) and self._running:
                self._job = -1  # by undo or an opened scene: what still comes is not the scene's
                self._jobs.cancel(then=None if another else lambda: self._follow_runs(undone))
            elif not another and before.runs != spec.runs:
                self._follow_runs(undone)
        self._show_empty()

    def _show_left(self, left: Left) -> None:
        """Its sheet took time and is there again."""
        self._made_of, sheet, chosen, t, was = left
        self._say(done=was.done, partial=was.partial, made=was.made)
        self._show_sheet(sheet)
        self._chosen = chosen
        self.go_to(t)

    def _all_of_it(self) -> Left:
        return Left(self._made_of, self.sheet, self._chosen, self._t, self.far)

    def show_card(self) -> None:
        """The experiment, its parameters, and the picture that it begins with."""
        session = self._store.session
        kind, no_own = self._known, "" if session.model.pictures else "This model brings no picture it was trained on"
        if session.scene.data.handed_to(session.model.kind):
            no_own = "What you drew or pasted is begun with; open another for one that the model was trained on"
        self.card.show_kind(kind)
        self.card.show_experiment(session.scene.experiment, self._running, self._picture.name, kind.told(no_own))

    def _follow_runs(self, undone: bool) -> None:
        """Rows were added, taken out or, by undo and redo, are those of before: what was computed of them is there at
        once, where it is seen, and what was stopped stays so."""
        scene, spec = self._store.scene, self._store.scene.experiment
        here, stopped = self._all_of_it(), self.far.partial and bool(spec.runs)
        self._left.keep(here)
        left = self._left.at(scene)
        if stopped and left is None and here.made:
            left = self._left.at(here.made.replace(experiment=spec)) or here.of_runs(spec)
        if left is not None and (stopped or undone or not left.state.partial):
            self._show_left(left)
        elif spec.name == "compare" and spec.runs and scene.laboratory and not given_before(scene):
            self.run()
        else:
            self._show_left(self._nothing)

    def _show_empty(self) -> None:
        spec = self._store.scene.experiment
        entry = catalog.EXPERIMENTS[spec.name]
        why = permits.refusal("generate", self._store.session)
        presented = self._presentation.isChecked()  # without the side panel, whose buttons have their keys
        press = "Ctrl+G" if presented else "Run"
        text = f"{entry.tip} {f'Press {press}' if not why or self._running else why}."
        if spec.name == "compare" and spec.runs:
            count = len(spec.runs)
            text = f"{entry.tip} {'One run is' if count == 1 else f'{count} runs are'} in the list; press {press}."
        elif spec.name == "compare":
            own = "; to choose your own, set one at the right, press “Add this run”, and go on with the next"
            text = f"{entry.tip} {press} compares four samplers{'' if presented else own}."
        self.page.sheet.show_message(entry.label, drawn(self._known.told(text)))
        if not self.sheet.rows:
            self._compare(None, None)  # whose words are of the kind too

    # -- running

    def run(self) -> None:
        """Run the scene's experiment."""
        if self._jobs.refused():
            return
        scene = self._store.scene
        if scene.experiment.name == "compare" and (not scene.experiment.runs or given_before(scene)):
            said = self._chains.said or PLAIN  # rows to begin with, of what is set now, which run by themselves
            samplers = (SamplerSpec(name, steps).as_said(said) for name, steps in FIRST_RUNS)
            self._edit(runs=tuple(RunSpec(scene.model, sampler) for sampler in samplers))
            return
        self._warn(scene, True)
        self._before = self._all_of_it()
        self._say(done=(0, 0), kept=0, partial=True)
        self._asked = scene.read
        self._job = self._jobs.begin("experiment", self._ended)
        clouds = self._shelf.clouds(run.model.name for run in scene.experiment.runs)
        self._port.send(m.ExperimentRequest(self._job, scene, self._picture.picture, clouds))

    def receive(self, event: m.ExperimentParts) -> None:
        """New parts of the sheet."""
        if event.job != self._job:
            return
        sheet, far = self.sheet, dict[str, Any]()
        for part in event.parts:
            sheet = sheet.with_part(part)
            if isinstance(part, Outline):
                self._made_of, far["made"] = self._known, self._asked
            if isinstance(part, Done):
                far |= {"done": (part.done, part.total), "kept": part.kept}
        with self._store.together():
            self._say(**far)
            self._show_sheet(sheet)

    def _ended(self, how: str, detail: str) -> None:
        """What is there stays, or what there was if that had come further; beside what is picked stands another."""
        (_, sheet, chosen, _, was), far = self._before, self.far
        self._say(partial=how != "done" and far.partial)
        if how == "done" and self.sheet.shows_as(sheet):
            text, run = "Nothing that this experiment reads was changed: the sheet is the same.", self._asked
            self._notices.show_message(text, "info", topic="same", holds=lambda s: s.scene.read == run)
        same = sheet is self.sheet or (was.made == far.made and was.done[0] >= far.done[0])
        if how != "done" and (same or (self._job > 0 and not self.sheet.cells)):
            self._show_left(self._before._replace(chosen=self._chosen or chosen, t=self._t))
        if len(self._chosen) > 1:
            return
        picked, t, cells = self._chosen, self._t, self.sheet.cells
        places = [place for place in self.sheet.pair if place in cells]
        if len(places) < 2:  # the ends of the first two rows
            rows = sorted({row for row, _ in cells})[:2]
            places = [(row, max(column for other, column in cells if other == row)) for row in rows]
        for place in (*reversed(places), *picked):
            self.choose(place)
        if picked:
            self.go_to(t)

    # -- showing

    def _show_sheet(self, sheet: Sheet) -> None:
        if (sheet.rows, sheet.columns) != (self.sheet.rows, self.sheet.columns):
            same = bool(sheet.columns) and sheet.columns == self.sheet.columns
            self._chosen = [place for place in self._chosen if same and place[0] < len(sheet.rows)]
        self.sheet = sheet
        self.seen = sheet.of_x0_hat() if self._kind == "x0_hat" else sheet
        page = self.page
        spec = self._store.scene.experiment
        page.sheet.set_closable(spec.name == "compare" and len(spec.runs) == len(sheet.rows) > 0)
        plot = self._plot if self._plot in sheet.plots else next(iter(sheet.plots), "")
        page.plot.show_titles(tuple(sheet.plots), plot)
        page.plot.show_plot(sheet.plots.get(plot))
        page.sheet.free = not self._of.keeps_rasters
        page.show_sheet(sheet, self.seen)
        self._show_pair()

    def _choose_plot(self, title: str) -> None:
        self._plot = title
        self.page.plot.show_plot(self.sheet.plots.get(title))
        self.page.share()

    def _choose_kind(self, kind: str) -> None:
        self._kind = kind
        self._show_sheet(self.sheet)

    def _clicked(self, place: Place) -> None:
        self.choose(place)
        cell = self.seen.cells.get(place)
        self._let_hear(None if cell is None else cell.picture)

    def _let_hear(self, picture: np.ndarray | None) -> None:
        """What can be heard of it, once."""
        wave = wave_of(picture)
        if wave is not None:
            self._hear(wave, self._of.rate(None))

    def choose(self, place: Place) -> None:
        """Look at a cell, beside the one of another chain that was looked at before; both chains go to its t."""
        if place not in self.sheet.cells:
            return
        row = place[0] if self._walked(place) else None
        others = [other for other in self._chosen if other != place and not (other[0] == row and self._walked(other))]
        self._chosen = [*others, place][-2:]
        self.go_to(self.sheet.columns[place[1]].t)

    def go_to(self, t: float | None) -> None:
        """Walk both rows to the states nearest to level t; None: the cells as they are."""
        self._t = t
        self._show_pair()

    def step(self, steps: int) -> None:
        """The next or previous state of the chains that are looked at; downwards in t, as they ran."""
        levels = self._levels()
        if levels:
            here = levels[0] if self._t is None else self._t
            nearest = int(np.argmin(np.abs(np.asarray(levels) - here)))
            self.go_to(levels[min(max(nearest + steps, 0), len(levels) - 1)])

    @property
    def walkable(self) -> bool:
        """Whether there are chains to walk through among what is looked at."""
        return bool(self._levels())

    @property
    def place(self) -> float:
        """Where t stands between the first state and the last, in 0..1."""
        levels = self._levels()
        if self._t is None or len(levels) < 2:
            return 0.0
        return min(max((levels[0] - self._t) / (levels[0] - levels[-1]), 0.0), 1.0)

    def play_to(self, u: float) -> None:
        """Playback: u in 0..1 of the way from the first state to the last."""
        levels = self._levels()
        if levels:
            self.go_to(levels[0] + u * (levels[-1] - levels[0]))

    def _levels(self) -> tuple[float, ...]:
        levels = {level for place in self._chosen if (film := self._walked(place)) is not None for level in film.levels}
        return tuple(sorted(levels, reverse=True))

    def _walked(self, place: Place) -> Film | None:
        """The chain of which a cell is a state, if it is of several."""
        cell, film = self.sheet.cells.get(place), self.sheet.film(place[0])
        return None if cell is None or cell.still or film is None or len(film.levels) < 2 else film

    def _marked(self, place: Place | None) -> Place | None:
        """Of a cell that is looked at the one of its chain that is nearest to t."""
        t = self._t
        if place is None or t is None or self._walked(place) is None:
            return place
        gaps: dict[Place, tuple[float, float]] = {}
        for at, cell in self.sheet.cells.items():
            over = self.sheet.columns[at[1]].t
            if at[0] == place[0] and over is not None and not cell.still:
                gaps[at] = abs((over if cell.t is None else cell.t) - t), abs(over - t)
        return min(gaps, key=lambda at: gaps[at], default=place)

    def _show_pair(self) -> None:
        levels = self._levels()
        T = self._chains.schedule.T if self._chains.schedule is not None else 0
        self.page.pair.show_levels(max(T, round(max(levels, default=0))), levels)
        walked, t = self._t is not None and bool(levels), self._t or 0.0
        here = min(levels, key=lambda level: abs(level - t), default=0.0)  # as the cells say
        self.page.pair.show_t(round(here) if walked else None)
        newest = self._chosen[-1] if self._chosen else None
        other = self._chosen[0] if len(self._chosen) > 1 else None
        self.page.sheet.show_chosen(self._marked(newest), self._marked(other))
        self._compare(self._shown(newest), self._shown(other))
        self._say()

    def _compare(self, first: Side | None, second: Side | None) -> None:
        """Both with their difference, where they are of one size; as many times as large as the sheet's own."""
        gap, made = None, self.far.made
        gain = float(dict(made.experiment.params if made else ()).get("amplify", GAIN))
        if first is not None and second is not None and first[2].shape == second[2].shape:
            gap = self._of.difference(first[2], second[2], gain)
        self.page.pair.show_kind(self._of, gain)
        self.page.pair.show_pair(first, second, gap)

    def _shown(self, place: Place | None) -> Side | None:
        cell = None if place is None else self.seen.cells.get(place)
        if place is None or cell is None:
            return None
        row, column = place
        title = self.sheet.rows[row].title
        reached = None if self._t is None else self.seen.at(row, self._t)
        if cell.still:
            return self.sheet.named(column), "", cell.picture
        if reached is None:
            return title, self.sheet.named(column), cell.picture
        return title, f"t = {level_text(reached[0])}", reached[1]


def _shown_of(session: Session) -> tuple[object, ...]:
    """What the card and the words of an empty sheet depend on."""
    scene = session.scene
    return scene.experiment, session.page, session.job.kind, session.model, scene.model.class_label, scene.data
