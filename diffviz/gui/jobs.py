"""JobDesk: chains, experiments and exports that run, what they say in the window, and how they end."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from diffviz.engine import messages as m
from diffviz.engine.drift import WARNING, drifts
from diffviz.files import log_path
from diffviz.gui.noisy_start import start_from
from diffviz.gui.store import NO_RUN
from diffviz.gui.theme import drawn
from diffviz.meter import duration
from diffviz.scene import Scene
from diffviz.session import permits
from diffviz.session.state import JobState

if TYPE_CHECKING:
    from diffviz.gui.controller import Controller
    from diffviz.sheet import Sheet


class ExportListener(Protocol):
    """Who began an export and is told about it, and about no other one."""

    def show_progress(self, done: int, total: int, seconds: float) -> None: ...

    def show_end(self, how: str, detail: str) -> None: ...


class JobDesk:
    """One job at a time: a chain, an experiment or an export."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._job = 0
        self.kind = ""  # generate | experiment | export while one runs
        self.stopping = self._stopped = self.paused = False
        self._then: Callable[[], None] | None = None  # what waits for the end of a cancelled chain
        self._began_s = 0.0
        self._listeners: dict[int, ExportListener] = {}  # of each export, by its job's number

    @property
    def running(self) -> bool:
        return bool(self.kind)

    def exporting(self, listener: ExportListener) -> bool:
        """Whether the job that runs is an export of this one's."""
        return self.running and self._listeners.get(self._job) is listener

    @property
    def state(self) -> JobState:
        return JobState(self.kind, self.paused, self.stopping)

    # -- chains

    def toggle(self) -> None:
        """The button: Generate or Run, or Stop while a chain or an experiment runs."""
        if self.kind in ("generate", "experiment"):
            self.cancel()
        else:
            self.generate()

    def generate(self) -> None:
        """Switch to Reverse and run the chain from the seed's noise; in the laboratory run its experiment."""
        if self._controller.in_laboratory:
            self.experiment()
            return
        if self._refuse():
            return
        if self._controller.models.loading:
            self._controller.set_direction("reverse")
            self._controller.models.when_loaded = self._generate_if_still_there
            self.show_progress()
            return
        self.warn_of_drift(self._controller.scene)
        self._begin_chain(None)

    def _generate_if_still_there(self) -> None:
        if self._controller.scene.direction == "reverse" and not self._controller.in_laboratory:
            self.generate()

    def warn_of_drift(self, scene: Scene, experiment: bool = False) -> None:
        """Say what guidance does to DDIM unless ε̂ is derived again."""
        said = self._controller.models.said
        clips = said is None or said.clips
        if drifts(scene, clips, experiment):
            self._controller.bar.show_message(
                f"{drawn(WARNING)}.",
                "info",
                ("Derive ε̂ again", lambda: self._controller.options.part("model", rederive_eps=True)),
                topic="chain",
                holds=lambda s: drifts(s.scene, clips, experiment),
            )
        else:
            self._controller.bar.clear_topic("chain")

    def denoise(self) -> None:
        """Run the chain from the noisy picture shown."""
        if self._refuse():
            return
        begun = start_from(self._controller)
        if begun is None:
            text, t = "There is no noise to remove at t = 0; move the slider first.", self._controller.scene.t
            self._controller.bar.show_message(text, "info", holds=lambda s: s.page == "forward" and s.scene.t == t)
            return
        start, sentence = begun
        self._begin_chain(start)
        job = self._job
        self._controller.bar.show_message(
            sentence, "info", topic="chain", holds=lambda s: s.page == "reverse" and s.run.job == job
        )

    def pause(self) -> None:
        """Hold the running chain after its step, or let it run on."""
        if self.kind == "generate" and not self.stopping:
            self.paused = not self.paused
            if self.paused:
                self._controller.engine.pause()
            else:
                self._controller.engine.run_on()
                self._controller.walk.go_live()
            self.show_progress()

    def cancel(self, then: Callable[[], None] | None = None) -> None:
        """Stop at the next step; ``then`` is called when the job has ended."""
        if self.running:
            self.stopping, self._then = True, then
            self._controller.engine.cancel()
            self.show_progress()

    def _refuse(self) -> bool:
        why = permits.running(self._controller.session)
        if why:
            self._controller.bar.show_message(f"{why}.", "info", holds=lambda s: permits.running(s) == why)
        return bool(why)

    def _begin_chain(self, start: m.StartFrom | None) -> None:
        """A chain of its own, with nothing before it."""
        self.run_chain(self._controller.scene.replace(history=(), start=start.level if start else 0), start)

    def run_chain(self, scene: Scene, start: m.StartFrom | None = None, fork: m.Fork | None = None) -> None:
        """Run the chain of a scene, which becomes the one shown; futures leave the scene as it is."""
        controller = self._controller
        if controller.models.recorded or controller.models.loading:
            loading = "The model is still loading; try again then"
            text = permits.NOT_LOADED if controller.models.recorded else loading
            controller.bar.show_message(
                f"{text}.", "info", topic="chain", holds=lambda s: s.model.loading or bool(s.model.recorded)
            )
            return
        self._begin("generate")
        shown = controller.scene if fork and fork.fan else scene
        replaced = controller.reverse.run.job if controller.reverse.states and not (fork and fork.fan) else NO_RUN
        controller.reverse.begin(self._job, scene, shown, fork)
        controller.store.begin_gesture()  # one step of undo
        controller.store.set(shown)
        if scene.direction != "reverse":
            controller.set_direction("reverse")
        controller.store.end_gesture(replaced)
        controller.show_all()
        controller.engine.generate(m.GenerateRequest(self._job, scene, start, fork))
        controller.focus_wanted.emit()
        self.show_progress()

    def _begin(self, kind: str, listener: ExportListener | None = None) -> None:
        self._job += 1
        if listener is not None:
            self._listeners[self._job] = listener
        self.kind, self.stopping, self.paused, self._began_s = kind, False, False, monotonic()
        self._controller.playback.stop()
        self._controller.bar.clear_topic("failure")  # what was wrong then is not wrong now

    def experiment(self) -> None:
        """Run the scene's experiment."""
        if self._refuse():
            return
        controller = self._controller
        controller.laboratory.prepare()
        if self.running:  # the rows it was given have begun to run by themselves
            return
        self.warn_of_drift(controller.scene, experiment=True)
        self._begin("experiment")
        controller.laboratory.begin(self._job)
        controller.engine.experiment(m.ExperimentRequest(self._job, controller.scene, controller.forward.picture))
        self.show_progress()

    # -- exports

    def export(
        self,
        path: str,
        options: dict[str, Any],
        frames: int,
        filmstrip: bool,
        pacing: str,
        listener: ExportListener | None = None,
    ) -> bool:
        """Write a film of what is shown; whether it was begun."""
        if self._refuse():
            return False
        self._begin("export", listener)
        controller = self._controller
        scene = controller.scene.replace(view=dataclasses.replace(controller.scene.view, pacing=pacing))
        picture = controller.forward.picture
        run = controller.reverse.run.job
        request = m.ExportRequest(self._job, scene, path, options, frames, picture, filmstrip, run)
        controller.engine.export(request)
        self.show_progress()
        return True

    def export_sheet(
        self, path: str, options: dict[str, Any], frames: int, sheet: Sheet, listener: ExportListener | None = None
    ) -> bool:
        """Write a sheet of the laboratory; whether it was begun."""
        if self._refuse():
            return False
        self._begin("export", listener)
        scene = self._controller.scene
        self._controller.engine.export(m.ExportRequest(self._job, scene, path, options, frames, sheet=sheet))
        self.show_progress()
        return True

    # -- run files

    def save_run(self, path: str) -> bool:
        """Write the chain shown to a run file; whether it was begun."""
        if self._refuse():
            return False
        self._begin("save_run")
        run = self._controller.reverse.run
        self._controller.engine.save_run(m.SaveRunRequest(self._job, run.scene, path, run.job, run.fan))
        self.show_progress()
        return True

    def open_run(self, path: str) -> bool:
        """Read a run file; whether it was begun."""
        if self._refuse():
            return False
        self._begin("open_run")
        self._controller.engine.open_run(m.OpenRunRequest(self._job, path))
        self.show_progress()
        return True

    def run_opened(self, event: m.RunOpened) -> None:
        if event.job == self._job:
            self._controller.run_opened.emit(event)

    def export_progress(self, event: m.ExportProgress) -> None:
        if event.job in self._listeners:
            self._listeners[event.job].show_progress(event.done, event.total, monotonic() - self._began_s)

    # -- how jobs end

    def done(self, event: m.JobDone) -> None:
        self._end(event.job, event.kind, "done", event.path or "")

    def failed(self, event: m.JobFailed) -> None:
        text = event.message
        if event.fault:
            text = f"{text} The log has the details: {log_path()}"
        self._controller.bar.show_message(text, topic="failure")
        self._end(event.job, event.kind, "failed", text)

    def cancelled(self, event: m.JobCancelled) -> None:
        self._end(event.job, event.kind, "cancelled", "")

    def _end(self, job: int, kind: str, how: str, detail: str) -> None:
        if job != self._job:
            return
        self.kind, self.stopping, self.paused = "", False, False
        then, self._then = self._then, None
        self._stopped = how == "cancelled" and kind == "generate"
        controller = self._controller
        if kind == "generate":
            controller.reverse.ended(job)
            if controller.scene.direction == "reverse":
                if not controller.reverse.states:  # it was given up: x_T is what there is
                    controller.store.edit(t=controller.schedule.T, undo=False)
                controller.show_all()
        elif kind == "experiment":
            controller.laboratory.ended()
        elif kind == "save_run" and how == "done":
            controller.run_saved.emit(detail)
        elif job in self._listeners:
            self._listeners.pop(job).show_end(how, detail)
        self.show_progress()
        if then is not None:
            then()
        elif kind == "generate":
            controller.branches.ended(how)

    # -- what the window says

    def show_progress(self) -> None:
        """The button, the bar and the line under it."""
        controller, reverse = self._controller, self._controller.reverse
        chain = self.kind == "generate"
        done = reverse.states[-1].i if reverse.states else 0
        total = reverse.total or controller.scene.sampler.steps
        if self.kind == "experiment":
            done, total = controller.laboratory.done
        controller.side.show_running(bool(chain or self.kind == "experiment"), (done, total), self._status(done, total))
        controller.side.run.pause.setVisible(chain)
        controller.schedule_panel.live.setVisible(chain and not reverse.following)
        held = permits.locked(controller.session)
        free = held.replace("Stop", "Stop or pause") if chain else held
        controller.side.show_locked("" if self.paused else free, held)
        controller.state_changed.emit()

    def _status(self, done: int, total: int) -> str:
        reverse = self._controller.reverse
        if self.kind in ("export", "save_run", "open_run"):
            return {"export": "exporting…", "save_run": "saving the run…", "open_run": "reading the run…"}[self.kind]
        if self.kind == "experiment":
            spent = monotonic() - self._began_s
            left = f" · {duration(spent / done * (total - done))} left" if done and spent > 1 else ""
            return "stopping…" if self.stopping else f"{done} of {total} network calls{left}" if total else "starting…"
        if self.kind != "generate":
            if self._controller.models.when_loaded is not None:
                return "loading, then generating…"
            if reverse.model is None and self._controller.models.loading:
                return "loading the model…"
            stopped = self._stopped and reverse.states and not self._controller.in_laboratory
            return f"stopped at step {done} of {total}" if stopped else ""
        if self.stopping:
            return "stopping…"
        if not reverse.states:
            return "loading the model…" if reverse.model is None else "starting…"
        if self.paused:
            return f"paused at step {done}/{total} · → does one"
        if self._controller.scene.view.pace == "step":
            return f"step {done}/{total} · press → for the next step"
        rate = reverse.rate
        if not rate:
            return f"step {done}/{total}"
        return f"step {done}/{total} · {rate:.3g} it/s · {duration((total - done) / rate)} left"
