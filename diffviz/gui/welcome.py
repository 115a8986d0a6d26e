"""Welcome: the opening of the first launch, played on the real thing, and the hint that is left when it has ended."""

from __future__ import annotations

import dataclasses
from time import monotonic

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QStyle

from diffviz.gui.preferences import Preferences
from diffviz.gui.shared import Shared
from diffviz.gui.walk import FAR, Levels
from diffviz.kinds.tiles import side
from diffviz.scene import InpaintSpec, SamplerSpec, Scene
from diffviz.session.state import NO_RUN

KEY = "opening_seen"
NOISE_S, HOLD_S, REST_S = 3.5, 0.7, 2.0  # the way to noise, the moment there, and before what has come of it
PATIENCE_S = 60.0  # for a picture or a model that does not come
COUNT, STEPS = 16, 30
QUIET = ("wait", "noise", "load")  # parts in which only t moves
SKIPPED_BY = (
    QEvent.Type.ShortcutOverride,
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
)
DRAG, TURN = "Drag to add noise", "Your turn: drag, or ← →"
WORDS = "Next: type words, and see a face come out of noise."
TOLD = {
    "noise": "t runs from 0 to T: the picture drowns in noise.",
    "chains": f"Now the way back: {COUNT} chains of the network, each from other noise.",
}


class Welcome(QObject):
    """Plays x_0 to x_T over the curves, then sixteen chains of the network, and gives the window back as it was.

    Nothing is recorded beforehand: the slider's own requests and a chain's own states are what is seen.

    Signals: ``ended()`` when it is over or was skipped.
    """

    ended = Signal()

    def __init__(self, shared: Shared, preferences: Preferences, levels: Levels) -> None:
        super().__init__(shared.window)
        self._store, self._notices, self._preferences = shared.store, shared.notices, preferences
        self._slider, self._levels, self._forward = shared.curves.slider, levels, shared.view
        self._chains, self._jobs, self._generating = shared.chains, shared.jobs, shared.generating
        self._say_words = shared.actions["say_words"].trigger
        self._hint = preferences.first_launch
        self._slider.show_hint(DRAG if self._hint else "")
        self._before: Scene | None = None  # while it plays: what to come back to
        self._run = NO_RUN  # the chain that was there
        self._own = shared.store.scene  # as it was set last
        self._part, self._since_s = "", 0.0
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=16)
        self._timer.timeout.connect(self._tick)
        self._generating.ended.connect(self._chains_ended)

    @property
    def playing(self) -> bool:
        return self._before is not None

    def play_once(self) -> None:
        """At the first launch, where nothing speaks against motion."""
        if not self._preferences.recall(KEY) and self._preferences.remembers and not reduced_motion():
            self.play()

    def play(self) -> None:
        """From the beginning; any key or click ends it."""
        if self.playing or self._jobs.running:
            return
        self._before, self._run = self._store.scene, self._store.session.run.job
        self._slider.show_hint("")
        self._store.begin_gesture()  # nothing of it is a step that undo would take back
        self._store.set(self._before.on("forward"))
        self._own = self._store.scene
        self._enter("wait")
        self._timer.start()
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)

    def skip(self) -> None:
        """Give the window back as it was, as soon as its chains have stopped."""
        if self._part == "rise":
            self._enter("over")
            self._jobs.cancel(self.stop)
        elif self._part != "over":
            self.stop()

    def stop(self, restore: bool = True) -> None:
        """Give the window back at once, as one that closes has to; without ``restore`` as it is now."""
        before, self._part = self._before, ""
        if before is None:
            return
        self._timer.stop()
        app = QApplication.instance()
        assert app is not None
        app.removeEventFilter(self)
        with self._store.together():
            rose = self._store.session.run.job
            if rose != self._run:
                self._chains.put_aside()
                self._store.recall(self._run)
                self._chains.forget(rose)  # nobody asked for it
            if restore:
                self._store.set(before)
            self._store.end_gesture()
        self._before = None
        self._preferences.remember(KEY, "true")
        self._notices.clear_topic("opening")
        if self._hint:
            self._slider.show_hint(TURN)
        self.ended.emit()

    def acted(self) -> None:
        """The scene has changed: whoever changed it needs no hint, and may like to know what else there is."""
        if self._hint and not self.playing:
            self._hint = False
            self._preferences.first_launch = False
            self._slider.show_hint("")
            if not self._preferences.remembers:
                return
            remedy = ("Type words…", self._say_words)
            self._notices.show_message(
                WORDS,
                "info",
                remedy,
                topic="words",
                holds=lambda session: not (session.model.worded or session.run.there),
            )

    # -- part by part

    def _enter(self, part: str) -> None:
        self._part, self._since_s = part, monotonic()

    def _tell(self, what: str) -> None:
        text = f"{TOLD[what]} Any key ends this."
        self._notices.show_message(text, "info", topic="opening", holds=lambda _: self.playing)

    def _tick(self) -> None:
        passed = monotonic() - self._since_s
        if self._part in QUIET and self._store.scene != self._own:  # somebody else sets something: let it be
            self.stop(restore=False)
        elif self._part == "wait" and not self._forward.busy:
            self._tell("noise")
            self._enter("noise")
        elif self._part == "noise":
            if passed < NOISE_S:
                self._levels.play_to(passed / NOISE_S)
            else:
                self._levels.step(FAR)
            self._own = self._store.scene
            if passed > NOISE_S + HOLD_S:
                self._enter("load")
        elif self._part == "load" and self._store.session.model.ready:
            self._rise()
        elif (self._part == "rest" and passed > REST_S) or passed > PATIENCE_S:
            self.skip()

    def _rise(self) -> None:
        assert self._before is not None
        self._tell("chains")
        self._enter("rise")
        model = self._chains.model
        rows = model is not None and len(model.class_names) >= side(COUNT)
        scene = self._before.replace(
            count=COUNT, class_rows=rows, history=(), start=0, noise=-1, inpaint=InpaintSpec(),
            sampler=SamplerSpec("ddim", STEPS), view=dataclasses.replace(self._before.view, pace="max"),
        )  # fmt: skip
        self._generating.run(scene)

    def _chains_ended(self, how: str) -> None:
        if self._part == "rise":
            if how == "done":
                self._enter("rest")
            else:
                self.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in SKIPPED_BY:
            return False
        if self._part in QUIET:  # what was clicked stays where it is, so it does what it does
            self.stop()
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # it comes again as a key, and as no shortcut
        else:
            self.skip()
        return True


def reduced_motion() -> bool:
    """Whether the desktop asks for no animations."""
    style = QApplication.style()
    return style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, None) == 0
