"""BranchDesk: the chain in the person's hands: go on from any state, with other settings, alone or as futures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from diffviz import catalog
from diffviz.engine import futures
from diffviz.engine.messages import Fork, StartFrom, State
from diffviz.engine.samples import settings_at
from diffviz.engine.start import fitted
from diffviz.gui.actions import set_enabled, set_tip
from diffviz.gui.runs import Run
from diffviz.gui.store import NO_RUN
from diffviz.scene import Leg, Scene
from diffviz.session import permits
from diffviz.session.provenance import settings_of
from diffviz.session.state import RunState, Session
from diffviz.timeline import level_text

if TYPE_CHECKING:
    from diffviz.gui.controller import Controller

FIRST = "The first goes on with the chain's own noise"
FORKS = 6
DECIDED = (
    "The dashed curve is how far apart futures end, by the t where they part. Where it comes near 0, the picture is "
    "decided: fresh noise changes little any more."
)
OTHERS = "The settings are others now: Pause (P) stays, Go on (G) goes on from here with them, undo takes them back."
LOST = "The chain is too large to be kept beside its futures; run one of fewer steps or samples to see when it decides."


class BranchDesk:
    """Branches of the recorded chain, their history, and the way back."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._waiting: list[int] = []  # states whose futures are still to be drawn, of so many:
        self._deciding = 0
        actions = controller.actions
        slots = {
            "pause": controller.jobs.pause,
            "go_on": self.go_on,
            "futures": self.futures,
            "decide": self.decide,
            "return": self.back,
            "repeat": self.repeat,
            "restore_chain": self.restore,
            "take_settings": self.take_settings,
        }
        for name, slot in slots.items():
            actions[name].triggered.connect(lambda _=False, slot=slot: slot())

    # -- what the person asks for

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
        controller = self._controller
        branch = not controller.reverse.run.fan
        if not controller.reverse.back():
            return False
        changes: dict[str, Any] = {"t": round(controller.reverse.level or 0)}
        if branch:  # the settings that made its parent come back with it
            changes |= settings_of(controller.reverse.run.shown)
        controller.store.edit(undo=branch, **changes)
        controller.view.viewport.fit()
        controller.show_all()
        return True

    def restore(self) -> None:
        """The chain that was replaced, with its settings."""
        if self._refused("restore_chain"):
            return
        controller, reverse = self._controller, self._controller.reverse
        before, run = reverse.run.job if reverse.states else NO_RUN, reverse.replaced
        assert run is not None
        controller.playback.stop()
        reverse.show_run(run)
        scene = controller.scene.replace(direction="reverse", t=round(reverse.level or 0), **settings_of(run.shown))
        scene = scene.replace(view=dataclasses.replace(scene.view, page="equation"))
        controller.store.set(scene, replaced=before, words="the chain brought back")
        controller.view.viewport.fit()
        controller.show_all()

    def take_settings(self) -> None:
        """What made the chain shown, for the next one too."""
        if not self._refused("take_settings"):
            self._controller.store.edit(True, **settings_of(self._controller.reverse.run.shown))

    def repeat(self) -> None:
        """Run the scene's history again from its seed."""
        if not self._refused("repeat"):
            self.run_again(self._controller.scene)

    def run_again(self, scene: Scene) -> None:
        """Run a scene's chain from its beginning, through its history; from a picture where it began with one."""
        controller, start = self._controller, None
        if scene.start:
            picture, model = controller.forward.picture, controller.reverse.model
            if picture is None or model is None:
                text, data = "The picture that the chain begins with is not there; open it first.", scene.data
                controller.bar.show_message(text, "info", holds=lambda s: s.scene.data == data)
                return
            start = StartFrom(fitted(picture, *model.sample_shape[1:]), scene.start)
        controller.jobs.run_chain(scene, start)

    # -- how it is done

    def _when_free(self, work: Callable[[], None]) -> None:
        """Now, or when the paused chain has ended."""
        jobs = self._controller.jobs
        if jobs.running:
            self._controller.reverse.following = False  # it is about the state shown, not one that is still on its way
            jobs.cancel(then=work)
        else:
            work()

    def _from(self) -> State:
        """The state to go on from; where the chain has arrived, one in its middle, and that is said."""
        controller, run = self._controller, self._controller.reverse.run
        if run.on_from != run.index:
            controller.reverse.go_to(run.on_from)
            state = run.states[run.index]
            text = (
                f"At t = 0 all noise is gone; this goes on from t = {level_text(state.t)}, in the middle of the chain."
            )
            controller.bar.show_message(
                text, "info", topic="middle", holds=lambda s: s.page == "reverse" and s.run.parents > 0
            )
        return run.states[run.index]

    def _branch(self) -> None:
        controller, run = self._controller, self._controller.reverse.run
        state = self._from()
        scene = self._continued(run, state)
        sample = None if run.count == 1 else run.open_tile
        controller.jobs.warn_of_drift(scene)
        controller.jobs.run_chain(scene, fork=Fork(run.job, state.i, sample))

    def _continued(self, run: Run, state: State, fan: bool = False) -> Scene:
        """The settings shown, with the history that leads to the state.

        ``fan``: for futures, whose noises part there: a sampler that adds none gives way to its counterpart that does.
        """
        shown, made = self._controller.scene, self._base(run)
        # what the person has left alone goes on as it was, also where that differs from sample to sample
        noise = made.noise if shown.noise == run.scene.noise else shown.noise
        model = made.model if shown.model == run.scene.model else shown.model
        sampler = futures.with_noise(shown.sampler) if fan else shown.sampler
        scene = shown.replace(seed=made.seed, start=made.start, count=made.count, class_rows=made.class_rows)
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
        controller, run = self._controller, self._controller.reverse.run
        state, chosen = self._from(), run.chosen
        scene = self._continued(run, state, fan=True).replace(count=1, class_rows=False)
        self._say_futures(state.t)
        controller.store.edit(undo=False, view=dataclasses.replace(controller.scene.view, curves="spread"))
        controller.jobs.run_chain(scene, fork=Fork(run.job, state.i, chosen, futures.COUNT))

    def _decide(self) -> None:
        last = len(self._controller.reverse.states) - 1
        self._waiting = sorted({round(i * (last - 1) / (FORKS - 1)) for i in range(FORKS)})
        self._deciding = len(self._waiting)
        self._next_fan()

    def _next_fan(self) -> None:
        self._controller.reverse.go_to(self._waiting.pop(0))
        self._fan_out()
        done = self._deciding - len(self._waiting)
        text = f"Futures from {self._deciding} states: {done}…"
        self._controller.bar.show_message(text, "info", topic="chain", holds=lambda s: s.job.running)

    def ended(self, how: str) -> None:
        """A chain has ended: where futures are drawn one after the other, draw the next ones, or say what they show."""
        if not self._deciding:
            return
        if how == "done" and not self.back():
            how = "lost"
            self._say(LOST)
        if how == "done" and self._waiting and self._here():
            self._next_fan()
            return
        self._deciding = 0
        if how == "done":
            self._say(DECIDED)

    def _say_futures(self, t: float) -> None:
        shown = self._controller.scene.sampler
        own, noisy = (catalog.SAMPLERS[spec.name].label for spec in (shown, futures.with_noise(shown)))
        if not futures.adds_noise(shown):
            text = (
                f"{own} adds no noise, so all its futures from here are one and the same: x_t has decided everything. "
                f"These are {noisy}'s{' at η = 1' if noisy == own else ''}, each with fresh noise."
            )
        else:
            text = f"{FIRST}; the eight others part from it at t = {level_text(t)}. Click one to walk it, Esc returns."
        self._controller.bar.show_message(
            text, "info", topic="chain", holds=lambda s: s.page == "reverse" and bool(s.run.fan)
        )

    def _say(self, text: str) -> None:
        """About the chain shown, as long as it is."""
        job = self._controller.reverse.run.job
        self._controller.bar.show_message(
            text, "info", topic="chain", holds=lambda s: s.page == "reverse" and s.run.job == job
        )

    # -- what the side panel says

    def show(self, session: Session) -> None:
        """Pause or run on, and where the chain comes from."""
        controller, scene = self._controller, session.scene
        pause = "Run on" if session.job.paused else "Pause"
        controller.actions["pause"].setText(pause)
        controller.actions["pause"].setIconText(pause)
        self._show_go_on(session.run)
        controller.side.run.show_note(OTHERS if session.job.paused and session.changed else "")
        controller.side.run.show_branch(
            self._here(),
            self._past(),
            bool(scene.history or scene.start) and not session.run.fan,
            bool(session.run.parents),
        )
        controller.side.show_changes(session.changes)

    def _show_go_on(self, run: RunState) -> None:
        """From where, if that is not the state shown."""
        middle = f"t = {round(run.on_from)}" if run.t == 0 and run.on_from else ""
        for name, words in (("go_on", "Go on from"), ("futures", "8 futures from")):
            action = self._controller.actions[name]
            action.setText(f"{words} {middle or 'here'}")
            if middle and action.isEnabled():
                set_tip(action, f"The chain has arrived; {words.lower()} {middle}, the recorded state nearest to T/2")
            elif action.isEnabled():
                set_enabled(action, True, "")
        self._controller.actions["go_on"].setIconText(f"Go on from {middle or 'here'}")

    def _past(self) -> tuple[str, str]:
        """Where the chain shown comes from, short and long."""
        run, scene = self._controller.reverse.run, self._controller.scene
        if run.fan and run.states:
            return f"{run.fan - 1} futures from t = {level_text(run.states[0].t)}", FIRST
        ways = [f"{_sampler(leg)} → {level_text(leg.t)}" for leg in scene.history]
        return ", ".join([*ways, _sampler(scene)]), history_text(scene)

    def _refused(self, action: str) -> bool:
        why = permits.refusal(action, self._controller.session)
        if why:
            self._controller.bar.show_message(f"{why}.", "info", holds=lambda s: permits.refusal(action, s) == why)
        return bool(why)

    def _here(self) -> bool:
        """Whether the recorded chain is on the screen."""
        return self._controller.session.page == "reverse"


def history_text(scene: Scene) -> str:
    """The changes on a chain's way, in words."""
    if not scene.history:
        return ""
    parts = [f"{_settings(leg)} to t = {level_text(leg.t)}" for leg in scene.history]
    return f"Seed {scene.seed}: {', '.join(parts)}, then {_settings(scene)}. It is saved with the scene."


def _sampler(part: Leg | Scene) -> str:
    return catalog.SAMPLERS[part.sampler.name].label


def _settings(part: Leg | Scene) -> str:
    words = [f"{_sampler(part)} {part.sampler.steps}", part.model.class_label or "any"]
    if part.model.guidance != 1:
        words.append(f"w {part.model.guidance:g}")
    if part.noise >= 0:
        words.append(f"noise {part.noise}")
    return " · ".join(words)
