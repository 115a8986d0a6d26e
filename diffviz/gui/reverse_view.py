"""ReverseView: the state of the chain that is looked at, or x_T of the seed, as three pictures."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from diffviz import catalog
from diffviz.engine.messages import StartNoise, StartRequest
from diffviz.engine.model_info import one_network
from diffviz.engine.port import Port
from diffviz.engine.states import State
from diffviz.gui.asking import Asking
from diffviz.gui.chains import Chains
from diffviz.gui.numbers import Values
from diffviz.gui.panels.arrangement import Content
from diffviz.gui.panels.equation_panel import EquationPanel
from diffviz.gui.panels.equation_words import LEVEL, MADE_WITH, OUTSIDE, SEED, STATE, outside
from diffviz.gui.second_row import draw_reverse_step
from diffviz.gui.step_line import network_line, step_line, why_line
from diffviz.gui.theme import X_HAT
from diffviz.kinds import KINDS
from diffviz.kinds.kind import WHOLE, Kind
from diffviz.kinds.tiles import ONE, row_classes, side
from diffviz.scene import Scene, ViewSpec
from diffviz.session.provenance import made_with
from diffviz.timeline import level_text


class ReverseView(Asking):
    """Draws x_T of the seed, a running chain, or a recorded one."""

    def __init__(self, port: Port, panel: EquationPanel, chains: Chains) -> None:
        self._port, self._panel, self._chains = port, panel, chains
        self._start: StartNoise | None = None
        self._asked: StartRequest | None = None
        self._eps_range = 1.0  # of what is shown
        self._starred: tuple[object, frozenset[int]] = ((), frozenset())
        self._tiled: tuple[State, tuple[object, ...], tuple[np.ndarray, ...]] | None = None

    def request_start(self, scene: Scene) -> None:
        """Ask for x_T of the seed, shown until a chain has run."""
        model = self._chains.model
        if model is None:
            return
        columns = side(scene.count) if scene.class_rows else None
        request = StartRequest(
            0, scene.seed, scene.count, model.sample_shape, scene.view.eps_range, columns, model.kind
        )
        if request != self._asked or self.busy:  # another answer may be on its way, or one of "Add noise" instead of it
            self._asked = request
            self._serial += 1
            self._port.send(replace(request, serial=self._serial))

    def receive_start(self, event: StartNoise) -> None:
        if self._newer(event.request.serial):
            self._start = event

    def failed(self) -> None:
        """The newest x_T will not come."""
        super().failed()
        self._asked = None

    def show(self, scene: Scene) -> None:
        """Draw the state at ``index``, or x_T where no chain has run."""
        panel, self._eps_range = self._panel, float(scene.view.eps_range)
        panel.show_direction("reverse")
        panel.divider.hide_line()
        second = scene.view.second != "none" and self._chains.state is not None
        panel.show_second("reverse" if second else "none")
        if self._chains.state is not None:
            self._show_state(self._chains.state, scene)
            return
        if self._chains.run.fan and self._chains.running:
            return  # the state that they part from stays until they have
        waiting = "draw some points first" if scene.pointless else "press Generate"
        if self._chains.running:
            waiting = "computing the first step…"
        elif self._chains.model is None:
            waiting = "loading the model…"
        panel.show_messages("", waiting, waiting)
        panel.show_coefficients(float(self._chains.model.schedule.alpha_bar[-1]) if self._chains.model else None)
        grid, x_T, start = ONE, None, self._start
        if start is not None and self._chains.model is not None:
            fills = self._show_content(start.x_T, start.request.kind)
            x_T, count = start.x_T, len(start.values)
            kind = KINDS[start.request.kind].during(panel.viewport.span)
            grid = kind.grid(count)
            if fills:
                size = kind.tile_size(panel.device_size, count)
                x_T = kind.arrange(start.values, float(start.request.eps_range), size)
        else:
            fills = self._show_content(None, "")
        panel.show_messages(waiting, waiting, waiting)
        panel.show_large("", False)
        panel.jump.show_pictures((x_T, None, None), grid, fills)
        panel.show_stars(frozenset())
        panel.x_t.view.show_row_names(())
        panel.x_t.set_caption("t = T, noise", LEVEL)
        panel.x_0.set_caption("")
        panel.eps.set_caption("")
        panel.show_line(
            "p<sub>θ</sub>(x<sub>s</sub> | x<sub>t</sub>): the chain starts from noise and removes it step by step."
        )

    def _show_state(self, state: State, scene: Scene) -> None:
        panel = self._panel
        grid = ONE if self._chains.open_tile is not None else KINDS[state.kind].grid(state.count)
        free = grid.several and scene.view.second == "none"  # two rows have no height to give away
        panel.show_large(scene.view.large if free else "", free)
        if not KINDS[state.kind].keeps_rasters:  # they are made for the room that there is
            self._show_content(None, state.kind)
        x_t, x0_hat, eps_hat = self._pictures(state, scene.view.eps_range)
        fills = self._show_content(x_t, state.kind)
        panel.jump.show_pictures((x_t, x0_hat, eps_hat), grid, fills)
        panel.show_coefficients(state.alpha_bar, state.gap, not state.exact)
        panel.show_stars(self._stars(scene))
        panel.x_t.view.show_row_names(self._row_names())
        sample = f"{self._numbered(self._chains.open_tile)}  ·  " if self._chains.open_tile is not None else ""
        out = self._unseen(state)
        panel.x_0.set_caption(
            f"t = {level_text(state.t)} · state {state.i} of {self._chains.run.total or state.n}{outside(out)}",
            "<br>".join((STATE, OUTSIDE.format(out))[: 1 + bool(out)]),
        )
        wide = "  ·  ±3" if scene.view.eps_range == 3 and state.values is not None else ""
        panel.x_t.set_caption(f"{sample}{self._made_with()}{self._span(state)}{wide}", MADE_WITH)
        panel.eps.set_caption(f"{self._seeds()}{wide}", SEED)
        if scene.view.second != "none":
            states, here = self._chains.states, self._chains.index
            before = states[here - 1] if here else None
            following = next((other for other in states[here + 1 :] if other.t == state.s), None)
            size, k = self._size(state), self._chains.open_tile
            shown, missing = (x_t, x0_hat, eps_hat), "not recorded"
            if state is states[-1]:
                missing = "not made yet" if self._chains.running else "stopped here"
            sampler = self._chains.run.scene.sampler_at(state.t).name
            steps = state, before, following, missing
            draw_reverse_step(panel, *steps, shown, scene.view.eps_range, k, grid, size, sampler)
        panel.show_line(self._lines(state, scene.view))

    def _span(self, state: State) -> str:
        """The time that is seen, where that is not all of it."""
        span = self._panel.viewport.span
        if span == WHOLE or state.values is None:
            return ""
        return f"  ·  {KINDS[state.kind].during(span).span_words(state.values[0, 0], state.rate)}"

    def _unseen(self, state: State) -> int:
        """How many parts of x̂_0 its picture leaves out, of the sample that is looked into or of all."""
        if state.values is None:
            return 0
        k, x0_hat = self._chains.open_tile, state.values[1]
        return KINDS[state.kind].unseen(x0_hat if k is None else x0_hat[k])

    def _lines(self, state: State, view: ViewSpec) -> str:
        """The step that is taken, and where it comes from: folded, or from the network on."""
        run = self._chains.run
        step, model = step_line(state, self._kept(state)), run.model
        if model is None:
            return step
        if not state.terms:  # as many lines as elsewhere: else pictures and curves have other heights at t = 0
            more = (2 if view.unfolded else view.second != "none") + (self._kept(state) is not None)
            return step + more * "<br>&nbsp;"
        made = run.scene if run.chosen is None else run.single(run.chosen)
        why = f"<br>{why_line(state, made.sampler_at(state.t))}"
        exact = model.name.startswith("exact")
        if not view.unfolded:
            source = "E[x<sub>0</sub>|x<sub>t</sub>]" if exact else "the&nbsp;network"
            link = f'<a href="unfold">▸&nbsp;from&nbsp;{source}</a>'
            return f"{step} &nbsp; {link}{why if view.second != 'none' else ''}"
        return f'{network_line(state, model.prediction, exact)} &nbsp;→<br>{step} &nbsp; <a href="unfold">▾</a>{why}'

    def _kept(self, state: State) -> float | None:
        """ᾱ of where the step arrives, of a chain that keeps a part of a picture."""
        run = self._chains.run
        inpainted = run.scene.start and run.scene.inpaint.mask and run.model is not None
        return run.model.schedule.alpha_bar_at(state.s) if inpainted and run.model is not None else None

    def _show_content(self, picture: np.ndarray | None, kind: str) -> bool:
        """A network's picture is shown in whole pixels; before it is there its cards are square.

        Returns:
            Whether the kind has no pixels of its own, so that what is seen of it fills the cards.
        """
        fills = bool(kind) and not KINDS[kind].keeps_rasters
        size = (1, 1) if picture is None or fills else (picture.shape[1], picture.shape[0])
        self._panel.show_content(Content(size, fills or picture is None))
        if kind:  # before anything is there, what was zoomed into stays
            self._panel.viewport.show_timed(KINDS[kind].heard)
        return fills

    def _size(self, state: State) -> tuple[int, int] | None:
        """(H, W) of one sample's picture, of a kind without pixels of its own, which fills its card; else None."""
        count = 1 if self._chains.open_tile is not None else state.count
        return KINDS[state.kind].tile_size(self._panel.device_size, count)

    def _pictures(self, state: State, value_range: int) -> tuple[np.ndarray, ...]:
        tiled, k = self._tiled, self._chains.open_tile
        seen = value_range, k, self._size(state), self._panel.viewport.span
        if tiled is None or tiled[0] is not state or tiled[1] != seen:
            tiled = self._tiled = state, seen, state.frames(*seen)
        return tiled[2]

    def tile_name(self, k: int) -> str:
        """What a sample is called; of rows of classes with its class."""
        run = self._chains.run
        rows = run.scene.class_rows and not run.fan
        label = run.single(k).model_at(self._chains.level or 0).class_label if rows else None
        return self._numbered(k) + (f", {label}" if label else "")

    def _numbered(self, k: int) -> str:
        if self._chains.run.fan:
            return f"future {k}" if k else "own noise"
        return f"sample {k + 1}"

    def _made_with(self) -> str:
        """What made the chain shown; of the sample that is looked into."""
        run = self._chains.run
        other = run.model is not None and not one_network(run.model, self._chains.model)
        name = catalog.model_name(run.model.name) if other and run.model is not None else ""
        if run.fan and run.open_tile is None:
            return f"{run.fan - 1} futures from t = {level_text(run.states[0].t)} · {made_with(run.scene, name)}"
        return made_with(run.scene if run.chosen is None else run.single(run.chosen), name)

    def _seeds(self) -> str:
        """The seed of what is shown, and that of its fresh noise where it is another one."""
        made = self._chains.run.single(self._chains.run.chosen or 0)
        return f"seed {made.seed}" + (f", noise {made.noise}" if made.noise >= 0 else "")

    def _row_names(self) -> tuple[str, ...]:
        """The classes of the grid's rows, where they have one each."""
        scene = self._chains.run.scene
        if not scene.in_rows or self._chains.run.fan or self._chains.run.chosen is not None:
            return ()
        label = scene.model_at(self._chains.level or 0).class_label
        return tuple(row_classes(self._chains.run.class_names, label, scene.count))

    def _stars(self, scene: Scene) -> frozenset[int]:
        """Which samples are favourites, numbered as they are on the screen."""
        key = (self._chains.run.job, self._chains.run.chosen, scene.favourites)
        if self._starred[0] != key:
            tiles = range(self._chains.run.count) if self._chains.run.chosen is None else [self._chains.run.chosen]
            stars = [i for i, k in enumerate(tiles) if self._chains.run.favourite(k) in scene.favourites]
            self._starred = key, frozenset(stars if scene.favourites else ())
        return self._starred[1]

    # -- under the cursor

    def tile_at(self, x: int, y: int) -> tuple[int, int, int] | None:
        """Sample number and pixel inside it of a pixel of the panel."""
        chains, start = self._chains, self._start
        model = chains.run.model if chains.states else chains.model
        if model is None or (chains.state is None and start is None):
            return None
        count = chains.state.count if chains.state is not None else len(start.values) if start is not None else 0
        kind, shown = KINDS[model.kind], self._panel.x_t.view.array()
        alone = chains.open_tile is not None or count == 1
        if not kind.keeps_rasters and shown is not None:  # it has another size than its raster
            (height, width), grid = kind.raster_size(model.sample_shape), ONE if alone else kind.grid(count)
            x, y = x * grid.columns * width // shown.shape[1], y * grid.rows * height // shown.shape[0]
        if alone:
            return chains.open_tile or 0, x, y
        return kind.sample_at(model.sample_shape, count, x, y)

    def values_at(self, x: int, y: int) -> tuple[str, Values]:
        """Where a pixel is, and in which of several samples; its unclipped values: numbers of x_t, x̂_0 and ε̂."""
        found = self.tile_at(x, y)
        if found is None:
            return "", []
        (k, x, y), state, start = found, self._chains.state, self._start
        several = (self._chains.run.count if state is not None else len(start.values) if start is not None else 1) > 1
        kind, batches = "picture", {}
        if state is not None and state.values is not None:
            kind, batches = state.kind, dict(zip(("x_t", f"{X_HAT}_0", "ε̂"), state.values, strict=True))
        elif state is None and start is not None:
            kind, batches = start.request.kind, {"x_T": start.values}
        values = [(name, KINDS[kind].values_at(batch[k], x, y)) for name, batch in batches.items() if k < len(batch)]
        place = self._where(KINDS[kind], batches, x, y) + (f", {self.tile_name(k)}" if several else "")
        return place, [(name, numbers) for name, numbers in values if numbers]

    def _where(self, kind: Kind, batches: dict[str, np.ndarray], x: int, y: int) -> str:
        """Where in a sample's picture a pixel is."""
        shape = next((batch.shape[1:] for batch in batches.values()), (1, 1, 1))
        height, width = kind.raster_size(shape)
        seconds = math.prod(shape) / kind.rate(None) if kind.heard else 0
        value_range = self._panel.range_under(self._eps_range)
        return kind.during(self._panel.viewport.span).where((x, y), (width, height), value_range, seconds)
