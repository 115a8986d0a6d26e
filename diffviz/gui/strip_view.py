"""StripView: fills the film strip: with x_t of the picture in "Add noise", with recorded states in "Remove noise"."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diffviz.engine.messages import NoisedRequest, Strip, StripRequest
from diffviz.gui.asking import Asking
from diffviz.gui.panels.arrangement import Content
from diffviz.gui.panels.film_strip import StripFrame
from diffviz.gui.panels.strip_places import chosen_states, even_levels, spread_states
from diffviz.gui.parts import Parts
from diffviz.kinds import KINDS
from diffviz.kinds.kind import WHOLE
from diffviz.scene import Scene
from diffviz.session.state import Session

ONE = "In “Add noise” the strip shows x_t; in “Remove noise” it can show what the network sees in it, too"


class StripView(Asking):
    """Asks for what the strip shows when something of it has changed; never for where the slider is."""

    def __init__(self, parts: Parts) -> None:
        strip = parts.curves.strip
        self._store, self._port, self._strip, self._chains = parts.store, parts.port, strip, parts.chains
        self._noised: NoisedRequest | None = None  # of what the strip shows, at t = 0
        self._content = Content()
        self._made: dict[tuple[object, ...], StripFrame] = {}  # of the chain shown
        parts.view.asked.connect(self._asked)
        self._store.changed.connect(self._changed)
        strip.room_changed.connect(self.show)
        strip.shows_chosen.connect(lambda name: parts.options.view(strip=name))

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way; one of a picture that is gone never comes."""
        return self._store.scene.forward and super().busy

    def _asked(self, request: NoisedRequest, content: Content) -> None:
        """The slider asked for x_t: the strip is another one where more than t has changed."""
        noised = replace(request, serial=0, t=0, second="none", span=WHOLE)
        if noised != self._noised:
            self._noised, self._content = noised, content
            self.show()

    def _changed(self, old: Session, new: Session) -> None:
        if old.scene.forward is not new.scene.forward:
            self._strip.show_frames(())
            self.show()
        elif not new.scene.forward and (
            (old.run.job, old.run.length, old.run.open_tile) != (new.run.job, new.run.length, new.run.open_tile)
            or old.job.running is not new.job.running
            or (old.scene.view.strip, old.scene.view.eps_range) != (new.scene.view.strip, new.scene.view.eps_range)
        ):
            self.show()

    def show(self) -> None:
        """Draw the strip anew, or ask for its pictures."""
        scene = self._store.scene
        if scene.forward:
            self._ask()
        else:
            self._show_states(scene)

    def _ask(self) -> None:
        noised = self._noised
        self._strip.show_shows("x_t", False, ONE)
        self._strip.show_message("")
        if noised is None:
            return
        self._strip.show_content(self._content)
        room = replace(self._strip.room, T=noised.schedule.T)  # the axis may be ahead
        own = noised.size or self._content.size[::-1]
        size = min(own[0], room.device[1]), min(own[1], room.device[0])
        self._serial += 1
        self._port.send(StripRequest(self._serial, noised, even_levels(room), size))

    def receive(self, event: Strip) -> None:
        """The pictures of "Add noise"."""
        self._newer(event.request.serial)
        if self._store.scene.forward and event.request.serial == self._serial:
            levels = event.request.levels
            self._strip.show_frames(tuple(map(StripFrame, levels, event.pictures)))

    def _show_states(self, scene: Scene) -> None:
        """Those recorded states that have room; what has been made of one is kept."""
        chains, strip = self._chains, self._strip
        self._strip.show_shows(scene.view.strip, True, "")
        if not chains.states:
            strip.show_message("fills from the right while the chain runs")
            self._made = {}
            strip.show_frames(())
            return
        shown = int(scene.view.strip == "x_0")
        size = self._show_content(shown, scene)
        made = {}
        choose = chosen_states if chains.running else spread_states
        for i in choose(chains.levels, strip.room):
            made[self._key(i, shown, scene, size)] = self._frame(i, shown, scene, size)
        self._made = made
        strip.show_frames(tuple(made.values()))

    def _show_content(self, shown: int, scene: Scene) -> tuple[int, int] | None:
        """What the frames are like, and (H, W) of a sample in one of a kind without pixels of its own."""
        state, strip = self._chains.states[0], self._strip
        if KINDS[state.kind].keeps_rasters:
            height, width = self._frame(0, shown, scene, None).picture.shape[:2]
            strip.show_content(Content((width, height), False))
            return None
        strip.show_content(Content())
        width, height = strip.room.device
        return KINDS[state.kind].tile_size((height, width), 1 if self._chains.open_tile is not None else state.count)

    def _key(self, i: int, shown: int, scene: Scene, size: tuple[int, int] | None) -> tuple[object, ...]:
        return self._chains.run.job, i, shown, self._chains.open_tile, scene.view.eps_range, size

    def _frame(self, i: int, shown: int, scene: Scene, size: tuple[int, int] | None) -> StripFrame:
        kept = self._made.get(self._key(i, shown, scene, size))
        if kept is not None:
            return kept
        state = self._chains.states[i]
        picture: np.ndarray = state.frames(scene.view.eps_range, self._chains.open_tile, size)[shown]
        return StripFrame(state.t, picture)
