"""BranchDesk: the chain in the person's hands: go on from any state, with other settings, alone or as futures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from diffviz import catalog
from diffviz.engine.futures import FUTURES, adds_noise, with_noise
from diffviz.engine.messages import Fork
from diffviz.engine.samples import settings_at
from diffviz.engine.states import State
from diffviz.gui.models import leans_on_data
from diffviz.gui.runs import FIRST, Run
from diffviz.gui.shared import Shared
from diffviz.scene import Leg, Scene
from diffviz.session import permits
from diffviz.session.provenance import settings_of
from diffviz.session.state import ASIDE, NO_RUN, Session
from diffviz.timeline import level_text

FORKS = 6
DECIDED = (
    "The dashed curve is how far apart futures end, by the t where they part. Where it comes near 0, the picture is "
    "decided: fresh noise changes little any more."
)
LOST = "The chain is too large to be kept beside its futures; run one of fewer steps or samples to see when it decides."

GONE = "The chain that was shown here is no longer recorded; its settings are back, the pictures are the other chain's."


class BranchDesk:
    """Branches of the recorded chain, their history, and the way back."""

    def __init__(self, shared: Shared) -> None:
        self._store, self._notices, self._jobs = shared.store, shared.notices, shared.jobs
        self._chains, self._desk, self._pages = shared.chains, shared.generating, shared.pages
        self._fit = shared.equation.viewport.fit_others
        self._waiting: list[int] = []  # states whose futures are still to be drawn, of so many:
        self._deciding = self._looked_at = 0  # ... and the state that was shown before them, with its curves
        self._curves = ""
        slots = {
            "undo": self.undo,
            "redo": self.redo,
            "pause": self.pause,
            "go_on": self.go_on,
            "futures": self.futures,
            "decide": self.decide,
            "return": self.back,
            "repeat": self.repeat,
            "restore_chain": self.restore,
            "take_settings": self.take_settings,
        }
        for name, slot in slots.items():
            shared.actions[name].triggered.connect(lambda _=False, slot=slot: slot())
        self._desk.ended.connect(self._ended)

    # -- what the person asks for

    def pause(self) -> None:
        """Hold the running chain, or let it run on, and follow it."""
        self._jobs.pause()
        if not self._jobs.paused:
            self._chains.follow()

    def go_on(self) -> None:
        """A new branch from the state shown, with the settings shown."""
        if not self._refused("go_on"):
            self._when_free(self._branch)

    def futures(self) -> None:
        """Nine continuations from the state shown: what else could have come of it."""
        if not self._refused("futures"):
            self._when_free(self._fan_out)

    def decide(self) -> None:
        """Futures from states along the whole chain, one after the other: their outcomes' spread over t."""
        if not self._refused("decide"):
            self._when_free(self._decide)

    def back(self) -> bool:
        """The chain that the branch or the futures were made from; whether there is one."""
        left, branch = self._chains.run.job, not self._chains.run.fan
        with self._store.together():
            if not self._chains.back():
                return False
            changes: dict[str, Any] = {} if self._store.scene.forward else {"t": round(self._chains.level or 0)}
            if branch:  # the settings that made its parent come back with it
                changes |= _made_by(self._chains.run.shown)
            self._store.set(
                self._store.scene.replace(**changes), not self._deciding, replaced=left, words="the way back"
            )
        self._fit()
        return True

    def restore(self) -> None:
        """The chain that was replaced, with its settings."""
        if self._refused("restore_chain"):
            return
        chains, run = self._chains, self._chains.replaced
        assert run is not None
        before = chains.run.job if chains.states else NO_RUN
        with self._store.together():
            chains.show_run(run)
            scene = self._store.scene.replace(t=round(chains.level or 0), **_made_by(run.shown))
            self._store.set(self._pages.at(scene, "reverse"), replaced=before, words="the chain brought back")
        self._fit()

    def take_settings(self) -> None:
        """What made the chain shown, for the next one too."""
        if not self._refused("take_settings"):
            self._store.edit(**_made_by(self._store.session.again or self._chains.run.shown))

    def repeat(self) -> None:
        """Run the scene's history again from its seed."""
        if not self._refused("repeat"):
            self._desk.run_again(self._store.scene)

    def undo(self) -> None:
        """One entry back, to the chain that was shown there; a stroke in the hand, or a row of futures that runs, is
        no entry and alone taken back."""
        if self._store.session.in_hand:
            self._store.update(in_hand=False)  # who draws it lets it go
        elif self._deciding:
            self._jobs.cancel()
        else:
            self._to_moment(self._store.undo, self._store.leads_to(back=True))

    def redo(self) -> None:
        """One entry forward again."""
        self._to_moment(self._store.redo, self._store.leads_to(back=False))

    # -- how it is done

    def _to_moment(self, step: Callable[[], None], job: int) -> None:
        """A chain that runs in the place of the one that was shown there, or of none, is stopped first; what the person
        sets meanwhile stays."""
        chains, steps = self._chains, self._store.steps
        lost = job not in (NO_RUN, ASIDE, chains.run.job, *chains.kept)

        def still() -> None:
            if self._store.steps == steps:
                step()

        if chains.running and job != chains.run.job and job in (NO_RUN, ASIDE, *chains.kept):
            self._jobs.cancel(then=still)
            return
        step()
        if lost:
            now = self._store.session
            self._notices.show_message(GONE, "info", topic="chain", holds=lambda s: _place(s) == _place(now))

    def _when_free(self, work: Callable[[], None]) -> None:
        """Now, or when the paused chain has ended."""
        if self._jobs.running:
            self._chains.stay()  # it is about the state shown, not one that is still on its way
            self._jobs.cancel(then=work)
        else:
            work()

    def _run(self, scene: Scene, fork: Fork, arrived: bool) -> None:
        """``arrived``: the chain was at t = 0, and is gone on with from its middle, which is said."""
        run = self._chains.run
        self._desk.run(scene, fork=fork, undo=not self._deciding)
        if self._deciding:
            self._store.update(job=dataclasses.replace(self._jobs.state, decides=True))
        if arrived and self._chains.run is not run:
            job, t = self._chains.run.job, level_text(run.states[run.index].t)
            text = f"At t = 0 all noise is gone; this goes on from t = {t}, in the middle of the chain."
            self._notices.show_message(text, "info", topic="middle", holds=lambda s: s.shows(job))

    def _arrived(self, run: Run) -> bool:
        """Whether the chain has arrived; then a state in its middle is gone to, to go on from."""
        arrived = run.on_from != run.index
        if arrived:
            self._chains.go_to(run.on_from)
        return arrived

    def _branch(self) -> None:
        run = self._chains.run
        arrived = self._arrived(run)
        state = run.states[run.index]
        scene = self._continued(run, state)
        sample = None if run.count == 1 else run.open_tile
        self._desk.warn_of_drift(scene)
        self._run(scene, Fork(run.job, state.i, sample), arrived)

    def _continued(self, run: Run, state: State, fan: bool = False) -> Scene:
        """The settings shown, with the history that leads to the state.

        ``fan``: for futures, whose noises part there: a sampler that adds none gives way to its counterpart that does.
        """
        shown, made = self._store.scene, self._base(run)
        # what the person has left alone goes on as it was, also where that differs from sample to sample
        noise = made.noise if shown.noise == run.scene.noise else shown.noise
        model = made.model if shown.model == run.scene.model else shown.model
        sampler = with_noise(shown.sampler) if fan else shown.sampler
        scene = shown.replace(seed=made.seed, start=made.start, count=made.count, class_rows=made.class_rows)
        if made.start:  # a branch began where its chain did, whatever was opened or marked since
            scene = scene.replace(data=made.data, inpaint=made.inpaint)
        led = settings_at(made, state.t)
        scene = scene.replace(noise=noise, model=model, sampler=sampler, history=led.history)
        unchanged = (scene.noise, scene.model, scene.sampler) == (led.noise, led.model, led.sampler)
        if led.history and led.history[-1].t == state.t:  # nothing was run with what is left here
            return scene
        if unchanged and (not fan or state.i == 0):
            return scene
        return scene.replace(history=(*led.history, Leg(state.t, led.noise, led.model, led.sampler)))

    def _base(self, run: Run) -> Scene:
        chosen = run.chosen
        return run.scene if chosen is None else run.single(chosen)

    def _fan_out(self) -> None:
        run = self._chains.run
        arrived = self._arrived(run)
        state, chosen = run.states[run.index], run.chosen
        scene = self._continued(run, state, fan=True).replace(count=1, class_rows=False)
        with self._store.together():
            self._run(scene, Fork(run.job, state.i, chosen, FUTURES), arrived)
            if self._chains.run is run:
                return
            # after them: undo of futures takes it back with them
            self._store.edit(undo=False, view=dataclasses.replace(self._store.scene.view, curves="spread"))
        self._say_futures(state.t)

    def _decide(self) -> None:
        last, self._looked_at = len(self._chains.states) - 1, self._chains.index
        self._curves = self._store.scene.view.curves
        self._waiting = sorted({round(i * (last - 1) / (FORKS - 1)) for i in range(FORKS)})
        self._deciding = len(self._waiting)
        self._next_fan()

    def _next_fan(self) -> None:
        self._chains.go_to(self._waiting.pop(0))
        self._fan_out()
        done = self._deciding - len(self._waiting)
        text = f"Futures from state {done} of {self._deciding}…"
        self._notices.show_message(text, "info", topic="chain", holds=lambda s: s.job.running)

    def _ended(self, how: str) -> None:
        """A chain has ended: where futures are drawn one after the other, draw the next ones, or say what they show."""
        if not self._deciding:
            return
        if how == "replaced":  # by something else that the person asked for
            self._deciding = 0
            return
        kept = not self._chains.run.fan or self.back()
        if kept and how == "done" and self._waiting:
            self._next_fan()
            return
        self._deciding = 0
        if kept:
            self._chains.go_to(self._looked_at)
        if how == "done" and kept:  # of the sample that is open, and drawn among the spread
            tile = self._chains.open_tile
            self._say(DECIDED, lambda s: (s.run.open_tile, s.scene.view.curves) == (tile, "spread"))
        elif how == "done":
            self._say(LOST)
        else:
            self._store.edit(undo=False, view=dataclasses.replace(self._store.scene.view, curves=self._curves))

    def _say_futures(self, t: float) -> None:
        shown = self._store.scene.sampler
        own, noisy = (catalog.SAMPLERS[spec.name].label for spec in (shown, with_noise(shown)))
        if not adds_noise(shown):
            text = (
                f"{own} adds no noise, so all its futures from here are one and the same. "
                f"These are {noisy}'s{' at η = 1' if noisy == own else ''}, each with fresh noise."
            )
        else:
            text = f"{FIRST}; the eight others part from it at t = {level_text(t)}. Click one to walk it, Esc returns."
        self._say(text)

    def _say(self, text: str, holds: Callable[[Session], bool] = lambda s: True) -> None:
        """About the chain shown, as long as it is, and ``holds``."""
        job = self._chains.run.job
        self._notices.show_message(text, "info", topic="chain", holds=lambda s: s.shows(job) and holds(s))

    def _refused(self, action: str) -> bool:
        why = permits.refusal(action, self._store.session)
        if why:
            self._notices.show_message(f"{why}.", "info", holds=lambda s: permits.refusal(action, s) == why)
        return bool(why)


def _place(session: Session) -> tuple[Scene, str, str]:
    """Where one is in the history."""
    return session.scene, session.undo_words, session.redo_words


def _made_by(shown: Scene) -> dict[str, Any]:
    """What made a chain of this window, whose data are at hand: with them, where it is of them."""
    return {**settings_of(shown), **({"data": shown.data} if leans_on_data(shown) else {})}
