"""ChainDesk: chains of the network, from the seed's noise or from the noisy picture, and how they end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from diffviz import catalog
from diffviz.diffusion import NoiseSchedule
from diffviz.engine import messages as m
from diffviz.engine.denoising import start_level
from diffviz.engine.drift import WARNING, drifts, rederived
from diffviz.engine.futures import adds_noise
from diffviz.gui.numbers import decibels
from diffviz.gui.panels.controls import say_typed
from diffviz.gui.parts import Parts
from diffviz.gui.theme import drawn
from diffviz.scene import DataSpec, InpaintSpec, Scene
from diffviz.session import permits
from diffviz.session.signal import Signal
from diffviz.session.state import ASIDE, NO_RUN, Session


class ChainDesk:
    """Runs the chain of a scene, which becomes the one that is shown.

    Args:
        when_loaded: calls back when the model on its way is there.

    Attributes:
        begun: emits when a chain was sent to the engine. ended: emits done | failed | cancelled at its end, and
            "replaced" where another one is about to begin.
    """

    def __init__(self, parts: Parts, when_loaded: Callable[[Callable[[], None]], None]) -> None:
        self._window, self._store, self._port, self._notices = parts.window, parts.store, parts.port, parts.notices
        self._jobs, self._chains, self._options, self._picture = parts.jobs, parts.chains, parts.options, parts.view
        self._pages, self._when_loaded, self._shelf = parts.pages, when_loaded, parts.shelf
        self.begun, self.ended = Signal(), Signal()

    def generate(self) -> None:
        """Switch to "Remove noise" and run the chain from the seed's noise, when the model is there."""
        if self._jobs.refused():
            return
        if self._store.session.model.loading:
            self._pages.go("reverse")
            self._when_loaded(self._generate_if_still_there)
            return
        self.warn_of_drift(self._store.scene)
        self._run_from(None)

    def _generate_if_still_there(self) -> None:
        if self._store.session.on_chain:
            say_typed(self._window)
            self.generate()

    def denoise(self) -> None:
        """Run the chain from the noisy picture shown."""
        if self._jobs.refused():
            return
        begun = start_from(self._store.scene, self._options.own_schedule, self._chains.model, self._picture.picture)
        if begun is None:
            text, t = "There is no noise to remove at t = 0; move the slider first.", self._store.scene.t
            self._notices.show_message(text, "info", holds=lambda s: s.scene.forward and s.scene.t == t)
            return
        start, sentence = begun
        self._run_from(start)
        job = self._chains.run.job
        self._notices.show_message(sentence, "info", topic="chain", holds=lambda s: s.shows(job))
        self._say_alike(start, job)  # last: the newest is the one that is seen

    def _run_from(self, start: m.StartFrom | None) -> None:
        """A chain of its own, with nothing before it."""
        scene = self._store.scene.replace(history=(), start=start.level if start else 0, inpaint=InpaintSpec())
        self.run(scene, start)

    def run_again(self, scene: Scene) -> None:
        """Run a scene's chain from its beginning, through its history; from a picture where it began with one."""
        start, kept = None, self._shelf.kept(scene.data)
        picture = self._picture.picture if kept is None else kept.array
        if scene.start:
            mask = self.mask_of(scene)
            if picture is None or (mask is None and scene.inpaint.mask):
                what = "picture that the chain begins with" if picture is None else "mask of the chain"
                text = f"The {what} is not there; open {'it' if picture is None else 'its scene'} first."
                self._notices.show_message(text, "info", topic="chain", holds=lambda s: s.scene.data == scene.data)
                return
            start = m.StartFrom(picture, scene.start, mask)
        self.run(scene, start)

    def mask_of(self, scene: Scene) -> np.ndarray | None:
        """What the scene's chain keeps of the picture it begins with, uint8 (H, W, 3); None: nothing."""
        mask = self._shelf.kept(DataSpec(source=scene.inpaint.mask)) if scene.inpaint.mask else None
        return None if mask is None else mask.array

    def run(
        self, scene: Scene, start: m.StartFrom | None = None, fork: m.Fork | None = None, undo: bool = True
    ) -> None:
        """Run the chain of a scene, which ``undo`` leads back from; futures leave the scene as it is, and
        where they are no step of it the page too."""
        model = self._store.session.model
        if model.recorded or model.loading:
            text = permits.NOT_LOADED if model.recorded else "The model is still loading; try again then"
            self._notices.show_message(
                f"{text}.", "info", topic="chain", holds=lambda s: s.model.loading or bool(s.model.recorded)
            )
            return
        with self._store.together():
            job = self._jobs.begin("generate", self._ended)
            before, changed = self._store.scene, self._store.session.changes
            shown = before if fork and fork.fan else scene
            replaced = self._chains.begin(job, scene, shown, fork)
            if replaced == NO_RUN and (before.start or before.history):  # of a scene: no chain but its own is beside it
                replaced = ASIDE
            what = "the new chain" if fork is None else "the futures" if fork.fan else "the branch"
            words = "" if replaced == NO_RUN else what
            if fork and not fork.fan and "seed" in changed:  # it is for the next chain: a branch has its own
                shown = shown.replace(seed=before.seed)
            if undo or fork is None:
                shown = self._pages.at(shown, "reverse")
            self._store.set(shown, undo, replaced, words)
        self._port.send(m.GenerateRequest(job, scene, start, fork))
        self.begun.emit()
        self._say_alike(start if fork is None else None, job)

    def _say_alike(self, start: m.StartFrom | None, job: int) -> None:
        """Of one x_t and without noise on the way several samples are one, which takes its time nevertheless."""
        scene = self._store.scene
        if start is None or start.mask is not None or scene.count == 1 or scene.in_rows or adds_noise(scene.sampler):
            return
        text = (
            f"{catalog.SAMPLERS[scene.sampler.name].label} adds no noise, and all {scene.count} samples begin with one "
            "x_t: they are one and the same. A sampler that adds some, such as DDPM, makes them differ."
        )
        self._notices.show_message(text, "info", topic="alike", holds=lambda s: s.shows(job))

    def _ended(self, how: str, detail: str) -> None:
        self._chains.ended(self._chains.run.job)
        self.ended.emit(how)

    def warn_of_drift(self, scene: Scene, experiment: bool = False) -> None:
        """Say what guidance does to DDIM unless ε̂ is derived again."""
        info = self._chains.model
        clips = info is None or info.clips
        if not drifts(scene, clips, experiment):
            self._notices.clear_topic("chain")
            return

        def again() -> None:
            if experiment and self._jobs.running:  # it goes on with what it began with, and the offer stays for then
                self.warn_of_drift(scene, True)
                self._jobs.refused()
            else:
                self._store.set(rederived(self._store.scene, clips, experiment), words="derive ε̂ again on")
                if (asked := _next_run(self._store.session)) is not None:  # its setting may be folded away
                    text = "The next run derives ε̂ again; press Run."
                    self._notices.show_message(drawn(text), "info", holds=lambda s: _next_run(s) == asked)

        remedy = ("Derive ε̂ again", again)

        def holds(s: Session) -> bool:
            return s.scene.laboratory is experiment and drifts(s.scene, clips, experiment)

        self._notices.show_message(f"{drawn(WARNING)}.", "info", remedy, topic="chain", holds=holds)


def _next_run(session: Session) -> Scene | None:
    """What the laboratory would run; None where it is not seen, or something runs."""
    return session.scene.read if session.scene.laboratory and not session.job.running else None


def start_from(
    scene: Scene, schedule: NoiseSchedule, model: m.ModelInfo | None, picture: np.ndarray | None
) -> tuple[m.StartFrom, str] | None:
    """The picture and level that "denoise from here" begins with, and the sentence about it; None for no noise yet."""
    if model is None or picture is None:
        return None
    level = start_level(model.schedule.alpha_bar, float(schedule.alpha_bar[scene.t]))
    if level == 0:
        return None
    there = decibels(float(model.schedule.alpha_bar[level]))
    here = decibels(float(schedule.alpha_bar[scene.t]))
    sentence = (
        f"Denoised from the model's t = {level} (SNR {there} dB), the level nearest to t = {scene.t} of your schedule "
        f"({here} dB). {_known(model)}, and draws the like."
    )
    return m.StartFrom(picture, level), sentence


def _known(model: m.ModelInfo) -> str:
    name = catalog.model_name(model.name)
    if model.name.startswith("exact"):
        return f"The model, {name}, knows only its own data"
    if not model.class_names:
        return f"The network has seen only data like those of {name} in training"
    names = ", ".join(model.class_names[:6])
    return f"The network has seen only {name} ({names}{', …' if len(model.class_names) > 6 else ''}) in training"
