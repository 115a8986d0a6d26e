"""Chains: the recorded chain that is shown, live or afterwards, those before it, and the state that is looked at."""

from __future__ import annotations

from time import monotonic

from diffviz.diffusion import NoiseSchedule
from diffviz.engine.messages import ChainStarted, ChainStates, Fork, ModelInfo
from diffviz.engine.model_info import one_network, other_weights
from diffviz.engine.states import State
from diffviz.gui.runs import Fan, Run, fan_of
from diffviz.sampling import Sampling
from diffviz.scene import Scene
from diffviz.session.provenance import made_with
from diffviz.session.state import ASIDE, NO_RUN, RunState
from diffviz.session.store import Store, in_range
from diffviz.timeline import Timeline

REDRAW_S = 0.25  # of the plot while futures run
GIVEN = ("seed", "start", "count", "class_rows")  # of a chain's scene, whatever is set when it is gone on with


class Chains:
    """Keeps the session's ``run`` as the chain that is shown, and the scene's t as the level of its state."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.place, store.recall = self._place, self._recall
        self._model: ModelInfo | None = None
        self.run = Run()
        self.kept: dict[int, Run] = {}  # chains that were replaced and are still recorded, the newest last
        self.running = False
        self._put_aside = False  # once the chain that runs has ended
        self.following = True
        self.rate = 0.0
        self._fans_s = 0.0
        self._spreads = 0

    def _say(self) -> None:
        """The session's run is this one."""
        run = self.run
        self._store.update(
            run=RunState(
                job=run.job,
                index=run.index,
                length=len(run.states),
                spreads=self._spreads,
                made=run.scene,
                asked=run.shown,
                t=self.level,
                fan=run.fan,
                count=run.count,
                open_tile=run.open_tile,
                parents=len(run.parents),
                following=self.following,
                own=one_network(run.model, self._model),
                relearnt=other_weights(run.model, self._model),
                replaced="" if self.replaced is None else made_with(self.replaced.scene),
                on_from=run.states[run.on_from].t if run.states else None,
                kind=run.states[0].kind if run.states else RunState.kind,
                learnt="" if run.model is None else run.model.learnt,
            )
        )

    # -- what is there

    @property
    def model(self) -> ModelInfo | None:
        """The model that is loaded."""
        return self._model

    @model.setter
    def model(self, info: ModelInfo) -> None:
        self._model = info
        self._say()

    @property
    def classes(self) -> tuple[str, ...]:
        """Those of the model that is loaded."""
        return () if self._model is None else self._model.class_names

    @property
    def said(self) -> Sampling | None:
        """How the folder of the model that is loaded says that it is to be sampled."""
        return None if self._model is None else self._model.sampling

    @property
    def states(self) -> list[State]:
        return self.run.states

    @property
    def state(self) -> State | None:
        """The state shown."""
        return self.run.states[self.run.index] if self.run.states else None

    @property
    def index(self) -> int:
        return self.run.index

    @property
    def level(self) -> float | None:
        """t of the state shown, which may lie between two whole levels; None where there is none."""
        return self.run.states[self.run.index].t if self.run.states else None

    @property
    def levels(self) -> tuple[float, ...]:
        """t of each state."""
        return tuple(state.t for state in self.run.states)

    @property
    def open_tile(self) -> int | None:
        """The sample that is looked into."""
        return self.run.open_tile

    @open_tile.setter
    def open_tile(self, k: int | None) -> None:
        self.run.open_tile = k
        self._say()

    @property
    def parents(self) -> list[Run]:
        """The chains that the one shown was branched from, the newest last."""
        return self.run.parents

    @property
    def fans(self) -> dict[float, Fan]:
        """The spread of the futures of the sample shown, by the level that they part at; of several shown none.

        Of futures of other settings there is another one: the newest is shown. The futures shown stand last.
        """
        run = self.run
        if run.fan and run.states:
            known, t = dict(run.fans.get(run.apart, {})), run.states[0].t
            shown = known.pop(t, None)
            own = fan_of(run)
            return known | {t: own if own.arrived or shown is None else shown}
        return next((run.fans[key] for key in reversed(run.fans) if key[0] == run.chosen), {})

    @property
    def replaced(self) -> Run | None:
        """The newest chain that can be brought back."""
        above = {self.run.job, *(parent.job for parent in self.parents)}
        return next((run for job, run in reversed(self.kept.items()) if job not in above and not run.fan), None)

    @property
    def shown_model(self) -> ModelInfo | None:
        """That of the chain shown, or the one loaded where there is none."""
        return self.run.model if self.run.states else self._model

    @property
    def schedule(self) -> NoiseSchedule | None:
        """That of the chain shown, or of the model where there is none."""
        model = self.shown_model
        return model.schedule if model is not None else None

    # -- a chain comes, and goes

    def begin(self, job: int, scene: Scene, shown: Scene, fork: Fork | None = None) -> int:
        """A chain was asked for, made by ``scene`` while the window shows ``shown``; its first state comes soon.

        Returns the job of the chain that it takes the place of, for undo, NO_RUN for none.
        """
        if fork is not None and fork.fan:  # what cannot be changed on the way was not asked for now
            shown = shown.replace(**{name: getattr(self.run.shown, name) for name in GIVEN})
        before, self.run = self.run, Run(job, scene, shown, model=self._model)
        self._keep(before)
        if fork is not None:
            self.run.parents = [*before.parents, before]
            self.run.fans = before.fans if fork.fan and not before.fan else {}
            self.run.fan, self.run.first, self.run.parted = fork.fan, fork.i, fork.sample or 0
            self.run.states = fork.shared(before.states)
            self.run.index = max(0, len(self.run.states) - 1)
        self.running = self.following = True
        self._put_aside = False
        self.rate = 0.0
        self._say()
        return before.job if before.states else NO_RUN

    def _keep(self, run: Run) -> None:
        if run.states:
            self.kept.pop(run.job, None)
            self.kept[run.job] = run

    def show_run(self, run: Run) -> None:
        """A chain that was recorded before, or elsewhere, takes the place of what is shown."""
        self._keep(self.run)
        self._turn_to(run)

    def _turn_to(self, run: Run) -> None:
        self.run = run
        self.running = self.following = self._put_aside = False
        self._say()

    def put_aside(self) -> None:
        """Show no chain, as before the first one; one that runs goes when it has ended."""
        self._put_aside = self.running
        if not self.running:
            self.show_run(Run())

    def forget(self, job: int) -> None:
        """Offer a chain that is not shown no more."""
        self.kept.pop(job, None)
        self._say()

    def back(self) -> bool:
        """Show the chain that the branch or the futures were made from; whether there is one."""
        if self.running or not self.parents:
            return False
        self._keep(self.run)
        self.run = self.parents[-1]
        self.following = False
        self._say()
        return True

    def started(self, event: ChainStarted) -> None:
        if event.job == self.run.job:
            self.run.total = len(event.levels) - 1
            self.run.parents = [parent for parent in self.parents if parent.job in event.kept]
            self.kept = {job: run for job, run in self.kept.items() if job in event.kept}
            self._say()

    def receive(self, event: ChainStates) -> None:
        """New states of the running chain."""
        if event.job != self.run.job:
            return
        self.run.states.extend(event.states)
        self.rate = event.steps_per_s
        if self.following:
            self.run.index = len(self.states) - 1
        if self.run.fan:
            self._note_fan(monotonic() - self._fans_s > REDRAW_S)
        self._show()

    def _note_fan(self, draw: bool) -> None:
        """The newest stands last. Those that have arrived stay until others from there have arrived too."""
        t, fan = self.states[0].t, fan_of(self.run)
        known = self.run.fans.pop(self.run.apart, {})
        before = known.pop(t, fan)
        self.run.fans[self.run.apart] = known | {t: before if before.arrived and not fan.arrived else fan}
        if draw:
            self._fans_s = monotonic()
            self._spreads += 1

    def ended(self, job: int) -> None:
        """The chain has come to its end, or was stopped; nothing may have come of it."""
        if job != self.run.job:
            return
        with self._store.together():
            self.running = False
            if self._put_aside:
                self.put_aside()
            elif self.parents and (not self.states or self.states[-1].i < self.run.first):
                self.back()
            elif not self.states and self.replaced is not None:
                self.show_run(self.replaced)
            elif self.run.fan and self.states:
                self._note_fan(True)
            self._show()

    def _recall(self, job: int) -> None:
        """Undo goes to a moment at which another chain was shown; one that is no longer recorded stays away."""
        run = Run() if job == ASIDE else self.kept.get(job)
        if run is not None and not self.running:
            if self.run.states:  # in its place among the kept: undo and redo replace nothing
                self.kept.setdefault(self.run.job, self.run)
            self._turn_to(run)

    # -- walking

    def _place(self, old: Scene, new: Scene) -> int:
        """The t of what is shown: in "Remove noise" that of the recorded state nearest to the scene's."""
        if new.forward:
            return in_range(new)
        if self.level is None and self.run.fan:  # the state that they part from stays until they have
            return new.t
        if self.level is None:  # nothing has run: x_T is what there is
            return self.schedule.T if self.schedule is not None else new.schedule.T
        if round(self.level) != new.t:
            self._look_at(Timeline(self.levels).nearest(new.t))
            self._say()
        return round(self.level)

    def _look_at(self, index: int) -> None:
        """Show a recorded state. Looking back stops following a chain that runs."""
        self.run.index = min(max(index, 0), len(self.states) - 1)
        self.following = self.running and self.run.index == len(self.states) - 1

    def go_to(self, index: int) -> None:
        """Show a recorded state."""
        self._look_at(index)
        self._show()

    def follow(self) -> None:
        """Back to the newest state."""
        self.following = True
        self.run.index = max(0, len(self.states) - 1)
        self._show()

    def stay(self) -> None:
        """Keep the state shown, whatever is still on its way."""
        self.following = False
        self._say()

    def _show(self) -> None:
        """Tell what is shown, and let the scene's t follow."""
        with self._store.together():
            self._say()
            scene = self._store.scene
            if not scene.forward:
                self._store.edit(undo=False, t=scene.t if self.level is None else round(self.level))
