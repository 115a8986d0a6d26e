"""Showing: draws the session on the page of the equation: what has changed in it, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diffviz import catalog
from diffviz.diffusion import NoiseSchedule
from diffviz.engine.futures import adds_noise
from diffviz.gui.parts import Parts
from diffviz.gui.runs import OTHERS, past_text
from diffviz.meter import duration
from diffviz.numerals import brief
from diffviz.scene import Scene
from diffviz.session.defaults import as_default
from diffviz.session.formulas import with_formula
from diffviz.session.permits import locked, permits
from diffviz.session.state import WEIGHTS, Session
from diffviz.session.wording import wording

ELSEWHERE = {
    "export": "exporting…",
    "save_run": "saving the run…",
    "open_run": "reading the run…",
    "train": "training a network…",
}

COMING = "The model's own schedule comes with the model; until then that of “Add noise” is drawn."


class Status:
    """Says what runs, how far it is, and what cannot be changed meanwhile."""

    def __init__(self, parts: Parts) -> None:
        self._side, self._schedule_panel, self._chains, self._jobs = parts.side, parts.curves, parts.chains, parts.jobs

    def show(self, session: Session) -> None:
        """The button, the bar and the line."""
        job, chains = session.job, self._chains
        chain, experiment = job.kind == "generate", job.kind == "experiment"
        done = chains.states[-1].i if chains.states else 0
        total = chains.run.total or session.scene.sampler.steps
        if experiment or (session.scene.laboratory and not chain):
            done, total = session.sheet.done
        self._side.show_running(chain or experiment, (done, total), self._words(session, done, total))
        self._side.run.pause.setVisible(chain)
        self._schedule_panel.live.setVisible(chain and not session.run.following)
        held = locked(session)
        free = held.replace("Stop", "Stop or pause") if chain else held
        self._side.show_locked("" if job.paused else free, held)

    def _words(self, session: Session, done: int, total: int) -> str:
        job = session.job
        if job.kind and job.stopping:
            return "stopping…"
        if job.kind in ELSEWHERE:
            return ELSEWHERE[job.kind]
        if job.kind == "experiment":
            spent, computed = self._jobs.seconds, done - session.sheet.kept
            left = f" · {duration(spent / computed * (total - done))} left" if computed and spent > 1 else ""
            return f"{done / total:.0%}{left}" if total else "starting…"
        if job.kind == "generate":
            return self._chain_words(session, done, total)
        if session.model.waited:
            return "loading, then generating…"
        if session.model.loading and not session.model.known:
            return "loading the model…"
        if session.sheet.partial and session.scene.laboratory and session.sheet.filled and not session.changes:
            return session.sheet.stopped
        stopped = session.on_chain and session.run.length and done < total
        return f"stopped at step {done} of {total}" if stopped else ""

    def _chain_words(self, session: Session, done: int, total: int) -> str:
        if not session.run.length:
            return "starting…" if session.model.known else "loading the model…"
        steps = session.on_chain and session.run.following  # elsewhere, and looking back, the arrow only walks
        if session.job.paused:
            return f"paused at step {done}/{total}" + (" · → does one" if steps and not session.changed else "")
        if session.scene.view.pace == "step":
            return f"step {done}/{total}" + (" · press → for the next step" if steps else "")
        rate = self._chains.rate
        if not rate:
            return f"step {done}/{total}"
        return f"step {done}/{total} · {brief(rate, 3)} steps/s · {duration((total - done) / rate)} left"


class Showing:
    """Hears every change and has the panels and views draw it."""

    def __init__(self, parts: Parts) -> None:
        self._store, self._chains, self._options = parts.store, parts.chains, parts.options
        self._forward, self._reverse, self._schedule_panel = parts.view, parts.reverse, parts.curves
        self._side, self._playback, self._status = parts.side, parts.playback, Status(parts)
        self._viewport = parts.equation.viewport
        self._store.changed.connect(self._changed)

    def _changed(self, old: Session, new: Session) -> None:
        a, b = old.scene, new.scene
        reverse = not b.forward
        if a.forward is not b.forward:
            self._viewport.turn((a.direction, a.data), (b.direction, b.data))
        elif a.data == b.data and a.view.own_pixels is not b.view.own_pixels:  # undone too
            (self._viewport.one_to_one if b.view.own_pixels else self._viewport.fit)()
        anew = a.forward is not b.forward or (reverse and old.model.number != new.model.number)
        if anew or (reverse and old.run.job != new.run.job):
            self.show_all()
            return
        curves = (a.schedule, a.pinned, a.view.curves) != (b.schedule, b.pinned, b.view.curves)
        if curves or (old.run.spreads, old.run.open_tile) != (new.run.spreads, new.run.open_tile):
            self._show_schedule()
        settings = a.replace(t=b.t) != b
        models = [(session.model.number, session.model.loading, session.seen_kind) for session in (old, new)]
        if settings or models[0] != models[1]:
            self.show_options()
        if reverse and old.run.length != new.run.length:
            self._schedule_panel.slider.set_ticks(self._chains.levels)
        if (a.t, a.schedule, old.run.index) != (b.t, b.schedule, new.run.index) or old.run.t != new.run.t:
            self.show_t()
        asks = not reverse and (b.view.second, b.view.guess) == ("posterior", "network")  # which needs a free network
        if asks and (old.model.number, old.job.running) != (new.model.number, new.job.running):
            self.show_picture()
        if _pictured(a) != _pictured(b) or (reverse and (old.run, old.job) != (new.run, new.job)):
            self.show_picture()
        same = (old.job, old.run, old.model, old.sheet, old.page) == (new.job, new.run, new.model, new.sheet, new.page)
        if settings or not same:
            self._show_chain(new)

    def show_all(self) -> None:
        """Draw the whole session anew."""
        session = self._store.session
        if session.scene.forward:
            self._forward.show(session.scene)
        self._show_schedule()
        self.show_options()
        self.show_t()
        self._schedule_panel.slider.set_ticks(() if session.scene.forward else self._chains.levels)
        self._show_chain(session)
        self.show_picture()

    def _show_schedule(self) -> None:
        scene, schedule = self._store.scene, self._options.in_force
        known = catalog.SCHEDULES.get(schedule.name)
        moved = bool(schedule.alpha_bar[-1] == 0) and schedule.name not in ("flow", "custom")  # which say so themselves
        if scene.forward:
            moved = scene.schedule.zero_snr and self._options.plain.alpha_bar[-1] > 0
        label = scene.schedule.label if scene.forward else known.label if known else schedule.name
        label += ", zero SNR" if moved and not scene.forward else ""
        name = with_formula(label, schedule.T, scene.schedule.name if scene.forward else schedule.name, moved)
        if not scene.forward and self._chains.schedule is None:
            name = COMING
        fans = None if scene.forward else tuple(self._chains.fans.values())
        pinned = self._options.pinned
        beside = None if pinned is None else (pinned, f"{scene.pinned[0].label}, pinned")
        self._schedule_panel.show_schedule(schedule, scene.view.curves, name, fans, beside)
        self._options.check_end()

    def show_options(self) -> None:
        """The side panel's values, and those of playback."""
        scene, schedule = self._store.scene, self._options.in_force
        lock = "" if scene.forward else self._schedule_lock(schedule)
        session = self._store.session
        kind = session.model.kind if session.model.known and not session.model.loading else scene.data.kind
        noisy = adds_noise(scene.sampler)
        self._side.show_scene(scene, self._options.plain, lock, noisy, kind, session.seen_kind)
        self._side.show_differing(wording(as_default(scene, self._chains.said), scene, session.model.worded))
        self._side.folder_row.show_settings(scene, self._chains.said)
        self._schedule_panel.show_scene(scene)
        self._schedule_panel.tabs.lock("spectrum", permits(session)["lens_spectrum"])
        self._playback.set_options(scene.view.speed, scene.view.loop)

    def _schedule_lock(self, schedule: NoiseSchedule) -> str:
        """Whose schedule is in force, which nobody can choose."""
        shown, loaded = self._chains.shown_model, self._chains.model
        if shown is None:
            return COMING
        name = f"{schedule.name}, T = {schedule.T}".replace("_", " ")
        if loaded is not None and not np.array_equal(loaded.schedule.beta, shown.schedule.beta):
            return f"{name}: of the model that made the chain shown."
        trained = " A network only knows the noise levels it was trained on."
        return f"{name}: the model's own.{'' if shown.name.startswith('exact') else trained}"

    def show_t(self) -> None:
        """Slider, cursor and numbers, which may stand elsewhere."""
        scene, schedule = self._store.scene, self._options.in_force
        level = None if scene.forward else self._chains.level
        self._schedule_panel.show_t(min(scene.t, schedule.T) if level is None else level, schedule)

    def show_picture(self) -> None:
        """Ask for x_t of the scene, or draw the state that is looked at."""
        scene = self._store.scene
        if scene.forward:
            self._forward.request(scene)
            return
        if not self._chains.states:
            self._reverse.request_start(scene)
        self._reverse.show(scene)

    def show_size(self) -> None:
        """The pictures have another room: those that fill it are made for it."""
        scene = self._store.scene
        if scene.forward:
            self._forward.request(scene)
        elif not scene.laboratory:
            self._reverse.show(scene)

    def show_new_picture(self) -> None:
        """x_0 is another one."""
        if self._store.scene.forward:
            self._forward.show_new(self._store.scene)
        self.show_picture()

    def _show_chain(self, session: Session) -> None:
        """What runs, where the chain shown comes from, and which settings were changed since."""
        self._status.show(session)
        scene, run = session.scene, session.run
        repeat = bool(scene.history or scene.start) and not run.fan
        past = past_text(self._chains.run, scene)
        self._side.run.show_note(OTHERS if session.job.paused and session.changed else "")
        self._side.run.show_branch(session.on_chain, past, repeat, bool(run.parents))
        back = bool(session.changes - {WEIGHTS}) and not scene.laboratory
        self._side.show_changes(session.changes, scene.laboratory, back)


def _pictured(scene: Scene) -> Scene:
    """The scene without what only lies over its pictures, or beside them: where paths begin, what a lens is told."""
    return scene.replace(view=replace(scene.view, point="", lens_params=()))
