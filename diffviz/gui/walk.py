"""Walk: moving along what can be walked through, by hand and by playback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from diffviz.gui.parts import Parts
from diffviz.session import permits

FAR = 1_000_000  # more steps than there are anywhere


class Walkable(Protocol):
    """Something with a first and a last place in playing order. Slider, arrows and playback know nothing else."""

    @property
    def place(self) -> float:
        """Where it stands, in 0..1."""

    def go_to(self, t: int) -> None:
        """The place nearest to level t."""

    def step(self, steps: int) -> None:
        """So many places on, or back."""

    def play_to(self, u: float) -> None:
        """Playback has come to u in 0..1."""


class Levels:
    """The levels 0..T of the forward process."""

    def __init__(self, parts: Parts) -> None:
        self._store, self._options = parts.store, parts.options

    @property
    def place(self) -> float:
        scene, schedule = self._store.scene, self._options.own_schedule
        if scene.view.pacing == "t":
            return scene.t / schedule.T
        signal = np.sqrt(schedule.alpha_bar)
        return float((signal[0] - signal[scene.t]) / (signal[0] - signal[-1]))

    def go_to(self, t: int) -> None:
        self._store.edit(t=t)

    def step(self, steps: int) -> None:
        self._store.edit(t=min(max(self._store.scene.t + steps, 0), self._options.own_schedule.T))

    def play_to(self, u: float) -> None:
        schedule = self._options.own_schedule
        if self._store.scene.view.pacing == "t":
            t = round(u * schedule.T)
        else:  # even in √ᾱ, which falls with t: np.searchsorted wants a rising table
            signal = np.sqrt(schedule.alpha_bar)
            t = schedule.T - int(np.searchsorted(signal[::-1], signal[0] + u * (signal[-1] - signal[0])))
        self._store.edit(undo=False, t=min(max(t, 0), schedule.T))


class States:
    """The recorded states of the chain shown; at the newest one of a chain that waits, a step on is a new one."""

    def __init__(self, parts: Parts) -> None:
        self._store, self._port, self._chains = parts.store, parts.port, parts.chains

    @property
    def place(self) -> float:
        return self._chains.index / max(1, len(self._chains.states) - 1)

    def go_to(self, t: int) -> None:
        if self._chains.states:
            self._store.edit(t=t)  # of the nearest one

    def step(self, steps: int) -> None:
        chains = self._chains
        if not chains.states:
            return
        if 0 < steps < FAR and chains.running and chains.index == len(chains.states) - 1:
            self._port.control.advance()
        else:
            chains.go_to(chains.index + steps)

    def play_to(self, u: float) -> None:
        if self._chains.states:
            self._chains.go_to(round(u * (len(self._chains.states) - 1)))


class Walk:
    """Every way to move on the page that is seen.

    Args:
        pages: what is walked through, by the session's page.
        settle: shows t as it is; a slider may stand between two places.
    """

    def __init__(self, parts: Parts, pages: Mapping[str, Callable[[], Walkable]], settle: Callable[[], None]) -> None:
        self._store, self._playback, self._pages, self._settle = parts.store, parts.playback, pages, settle

    @property
    def _here(self) -> Walkable:
        return self._pages[self._store.session.page]()

    def go_to(self, t: int) -> None:
        """The person moved t."""
        self._playback.stop()
        before = self._store.scene
        self._here.go_to(t)
        if self._store.scene == before:
            self._settle()

    def step(self, steps: int) -> None:
        """Arrows, Home and End."""
        self._playback.stop()
        self._here.step(steps)

    def toggle_play(self) -> None:
        """Space: play or pause."""
        if self._playback.playing:
            self._playback.stop()
        elif not permits.refusal("play", self._store.session):
            self._playback.play(self._here.place)

    def play_to(self, u: float) -> None:
        """Playback has moved to u in 0..1."""
        if permits.refusal("play", self._store.session):
            self._playback.stop()
        else:
            self._here.play_to(u)
