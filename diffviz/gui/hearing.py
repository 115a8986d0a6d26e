"""Hearing: plays what the panels show of a sound, at the slider's t, while the slider moves too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from diffviz.diffusion import NoiseSchedule
from diffviz.engine.messages import Noised
from diffviz.gui.panels.sound_layer import SoundLayer
from diffviz.gui.parts import Parts
from diffviz.gui.speaker import NoSound, Speaker
from diffviz.kinds import KINDS
from diffviz.kinds.voice import SILENCE, Mix, Voice
from diffviz.session.permits import refusal
from diffviz.session.state import Session

PAUSE_S = 0.5
TERMS = ("x_t", "x_0", "eps")  # of the panels, in order
CURSOR_MS = 33
FADED_MS = 80  # after which what was heard last has faded out
TOPIC = "sound"


class Hearing(QObject):
    """What is heard, and where in it: one cursor for the three panels.

    Of several samples one is heard: a click says which, a second one looks into it, ``entered(k)``.
    """

    entered = Signal(int)

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.equation)
        panel, self._chains, self._reverse, self._datum = parts.equation, parts.chains, parts.reverse, parts.datum
        self._store, self._notices, self._panel = parts.store, parts.notices, panel
        self._listen = parts.actions["play_sound"]
        self.voice = Voice()
        self.speaker = Speaker(self.voice.fill)
        self._noised: tuple[Noised, NoiseSchedule] | None = None
        self.playing, self._sample = False, 0  # of several the one that is heard
        self._layers = [SoundLayer(card.view) for card in panel.jump.cards]
        self._left: dict[str, int] = {}  # where the cursor of another page stands
        self._lent: tuple[Mix, int] | None = None  # of no panel
        self._once, self._cursor = QTimer(self, singleShot=True), QTimer(self, interval=CURSOR_MS)
        self._fading = QTimer(self, singleShot=True, interval=FADED_MS)
        self._once.timeout.connect(self.stop)
        self._cursor.timeout.connect(self._draw)
        self._fading.timeout.connect(self.speaker.stop)
        for k, card in enumerate(panel.jump.cards):
            card.clicked.connect(lambda x, y, k=k: self._clicked(k, x, y))
        parts.view.drawn.connect(self._drawn)
        panel.viewport.span_changed.connect(self._draw)
        self._listen.triggered.connect(self.toggle)
        self._store.changed.connect(self._changed)

    # -- what there is to hear

    def _mix(self) -> tuple[Mix, int] | None:
        """What the chosen panel shows, and its rate; None where that is no sound, or not there yet."""
        if self._lent is not None:
            return self._lent
        scene = self._store.scene
        if refusal("play_sound", self._store.session):
            return None
        return self._added(scene.view.heard) if scene.forward else self._removed(scene.view.heard)

    def _added(self, term: str) -> tuple[Mix, int] | None:
        datum, noised = self._datum(), self._noised
        if datum is None or noised is None or noised[0].request.kind != self._store.scene.data.kind:
            return None
        event, schedule = noised
        alpha_bar = float(schedule.alpha_bar[event.request.t])
        factors = {"x_t": (alpha_bar**0.5, (1 - alpha_bar) ** 0.5), "x_0": (1.0, 0.0), "eps": (0.0, 1.0)}[term]
        rate = KINDS[event.request.kind].rate(datum.array)
        return Mix((event.x_0_values, event.eps_values), factors), rate

    def _removed(self, term: str) -> tuple[Mix, int] | None:
        state, k = self._chains.state, self._chains.open_tile
        if state is None or not state.rate:
            return None
        k = min(self._sample, state.count - 1) if k is None else k
        return Mix((state.wave(TERMS.index(term), k),), (1.0,)), state.rate

    def heard(self) -> tuple[str, np.ndarray, int] | None:
        """What would be heard, all of it: its name, float32 (n,), and its rate."""
        found = self._mix()
        if found is None:
            return None
        mix, rate = found
        return self._store.scene.view.heard, mix.part(0, mix.length), rate

    # -- playing

    def let_hear(self, wave: np.ndarray, rate: int) -> None:
        """A wave that no panel shows, once, from its beginning."""
        silence = np.zeros(round(PAUSE_S * rate), np.float32)  # until it is stopped, instead of its beginning
        self._lent = Mix((np.concatenate([wave, silence]),), (1.0,)), rate
        self.voice.position = 0
        if self.playing:
            self._refresh()
        else:
            self.toggle()
        if self.playing:
            self._once.start(round(1000 * len(wave) / rate))
        else:
            self._lent = None

    def toggle(self) -> None:
        """Begin where the cursor is, or stop."""
        if self.playing:
            self.stop()
            return
        found = self._mix()
        if found is None:
            return
        mix, rate = found
        self._fading.stop()
        self.voice.position %= mix.length
        self.voice.say(mix)
        try:
            self.speaker.start(rate)
        except NoSound as error:
            self.voice.say(SILENCE)
            of = self._store.session.page
            here = lambda s: s.page == of and (s.scene.laboratory or not refusal("play_sound", s))  # noqa: E731
            self._notices.show_message(str(error), "warning", topic=TOPIC, holds=here)
            return
        self._notices.clear_topic(TOPIC)
        self._show_playing(True)

    def stop(self) -> None:
        """Fade out, and let the device rest."""
        self._lent = None
        self._once.stop()
        if self.playing:
            self.voice.say(SILENCE)
            self._fading.start()
            self._show_playing(False)

    def close(self) -> None:
        """Let the device go."""
        for timer in (self._cursor, self._fading, self._once):
            timer.stop()
        self.speaker.close()

    def _show_playing(self, playing: bool) -> None:
        self.playing = playing
        (self._cursor.start if playing else self._cursor.stop)()
        words = "Stop the sound" if playing else "Listen"
        self._listen.setText(words)
        self._listen.setIconText(f" {words.split()[0]}")
        self._draw()

    def _refresh(self) -> None:
        """What is shown is another one: so is what is heard, from the same place on."""
        found = self._mix() if self.playing else None
        if found is None and self._store.session.job.kind == "generate":  # its first state comes soon
            self.voice.say(SILENCE)
        elif found is None:
            self.stop()
        else:
            mix, rate = found
            self.voice.say(mix)
            try:
                self.speaker.start(rate)  # another one, where another sound was opened
            except NoSound:
                self.stop()
        self._draw()

    def _drawn(self, event: Noised, schedule: NoiseSchedule) -> None:
        self._noised = event, schedule
        self._refresh()

    def _changed(self, old: Session, new: Session) -> None:
        other = old.scene.data != new.scene.data
        if other or old.page != new.page:
            self._left = {} if other else self._left | {old.page: self.voice.position}
            self.voice.position = self._left.get(new.page, 0)
            self.stop()
        if old.run.job != new.run.job:
            self._sample = 0
        if (old.run, old.scene.view.heard, old.page, old.job.kind) != (
            new.run,
            new.scene.view.heard,
            new.page,
            new.job.kind,
        ):
            self._refresh()

    def _clicked(self, card: int, x: int, y: int) -> None:
        """There in time, and that panel; of several samples that one, from its beginning."""
        array, found = self._panel.jump.cards[card].view.array(), self._mix()
        if array is None or found is None:
            return
        before = self._store.scene.view.heard, self._sample
        self.voice.position = int(self._panel.viewport.time_at(x / array.shape[1]) * found[0].length)
        if self._several and (tile := self._reverse.tile_at(x, y)) is not None:
            self.voice.position, self._sample = 0, tile[0]
        self._store.edit(view=replace(self._store.scene.view, heard=TERMS[card]))
        if self._several:
            again = self.playing and before == (TERMS[card], self._sample)
            self._refresh() if self.playing else self.toggle()
            if again or not self.playing:  # where there is no device it is seen at least
                self.entered.emit(self._sample)
        self._draw()

    @property
    def _several(self) -> bool:
        return self._panel.x_t.view.grid.several

    def _draw(self) -> None:
        found = None if self._several and not self.playing else self._mix()
        heard, sample = TERMS.index(self._store.scene.view.heard), self._sample if self._several else 0
        share = -1.0 if found is None else self._panel.viewport.share_of(self.voice.position / found[0].length)
        for k, layer in enumerate(self._layers):
            layer.show(share if 0 <= share <= 1 else None, k == heard, sample)
