"""Walk: moving along t, by hand and by playback; levels in Forward, recorded states in Reverse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffviz.scene import sample_seed

if TYPE_CHECKING:
    from diffviz.gui.controller import Controller


class Walk:
    """Every way to change t."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    def go_to(self, t: int) -> None:
        """The person moved t."""
        self._controller.playback.stop()
        if self._controller.scene.direction == "reverse":
            if not self._controller.reverse.states:
                return
            t = self._controller.reverse.go_to_level(t)
        if t != self._controller.scene.t:
            self._controller.store.edit(t=t, undo=not self._controller.reverse.running)
        else:
            self._controller.show_t()  # the slider back to the state, where the nearest one is the one shown
            self._controller.show_now()
        self._show_live()

    def _show_live(self) -> None:
        """Offer to follow a running chain again where the person looks back."""
        if self._controller.reverse.running:
            self._controller.jobs.show_progress()

    def step(self, steps: int) -> None:
        """Arrows: levels in Forward; recorded states elsewhere; a chain at pace "step" does its next one."""
        if self._controller.in_laboratory:
            self._controller.laboratory.step(steps)
            return
        if self._controller.scene.direction == "forward":
            self.go_to(min(max(self._controller.scene.t + steps, 0), self._controller.schedule.T))
            return
        reverse = self._controller.reverse
        if not reverse.states:
            return
        if steps > 0 and reverse.running and reverse.index == len(reverse.states) - 1:
            self._controller.engine.advance()
            return
        self._go_to_state(reverse.index + steps)

    def jump(self, end: bool) -> None:
        """Home and End: the first or last state in playing order."""
        if self._controller.in_laboratory:
            self._controller.laboratory.step(10_000 if end else -10_000)
            return
        if self._controller.scene.direction == "forward":
            self.go_to(self._controller.schedule.T if end else 0)
        elif self._controller.reverse.states:
            self._go_to_state(len(self._controller.reverse.states) - 1 if end else 0)

    def _go_to_state(self, index: int) -> None:
        self._controller.playback.stop()
        self._controller.reverse.go_to(index)
        self._controller.show_state()
        self._show_live()

    # -- playing

    def toggle_play(self) -> None:
        """Space: play or pause along the timeline."""
        if self._controller.playback.playing:
            self._controller.playback.stop()
        elif self._controller.in_laboratory:
            self._controller.playback.play(self._controller.laboratory.place)
        elif self._controller.scene.direction == "forward":
            self._controller.playback.play(self._position())
        elif len(self._controller.reverse.states) > 1:
            self._controller.playback.play(self._controller.reverse.index / (len(self._controller.reverse.states) - 1))

    def _position(self) -> float:
        if self._controller.scene.view.pacing == "t":
            return self._controller.scene.t / self._controller.schedule.T
        signal = np.sqrt(self._controller.schedule.alpha_bar)
        return float((signal[0] - signal[self._controller.scene.t]) / (signal[0] - signal[-1]))

    def play_to(self, u: float) -> None:
        """Playback has moved to u in 0..1."""
        if self._controller.in_laboratory:
            self._controller.laboratory.play_to(u)
            return
        if self._controller.scene.direction == "reverse":
            states = self._controller.reverse.states
            if not states:
                self._controller.playback.stop()
                return
            self._controller.reverse.go_to(round(u * (len(states) - 1)))
            self._controller.show_state()
            return
        schedule = self._controller.schedule
        if self._controller.scene.view.pacing == "t":
            t = round(u * schedule.T)
        else:
            signal = np.sqrt(schedule.alpha_bar)
            # np.searchsorted wants a rising table: √ᾱ falls with t
            t = schedule.T - int(np.searchsorted(signal[::-1], signal[0] + u * (signal[-1] - signal[0])))
        self._controller.store.edit(t=min(max(t, 0), schedule.T), undo=False)

    def next_loop(self) -> None:
        """Once, loop, there and back, and again."""
        order = ("once", "loop", "there_and_back")
        self._controller.options.view(loop=order[(order.index(self._controller.scene.view.loop) + 1) % 3])

    def go_live(self) -> None:
        """Follow the running chain again."""
        self._controller.reverse.follow()
        self._controller.chain_moved()

    def new_noise(self) -> None:
        """The next seed: ε is another one, and can be had again by its number."""
        self._controller.store.edit(seed=sample_seed(self._controller.scene.seed, 1))
