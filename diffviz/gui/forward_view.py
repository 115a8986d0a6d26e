"""ForwardView: asks the engine for x_t of the scene and shows the newest answer."""

from __future__ import annotations

import numpy as np

from diffviz.diffusion import NoiseSchedule
from diffviz.engine.denoising import make_schedule, same_share
from diffviz.engine.messages import Noised, NoisedRequest
from diffviz.engine.port import Port
from diffviz.gui.asking import Asking
from diffviz.gui.numbers import Values
from diffviz.gui.panels.arrangement import Content
from diffviz.gui.panels.equation_panel import EquationPanel
from diffviz.gui.panels.equation_words import LEVEL, OUTSIDE, PIXELS, SEED, outside
from diffviz.gui.second_row import SecondRow
from diffviz.kinds import KINDS, Datum
from diffviz.kinds.kind import WHOLE
from diffviz.scene import DataSpec, Scene
from diffviz.session.signal import Signal

SMALL_PX = 64  # pictures up to this size are drawn pixel by pixel: they are enlarged by whole factors, never smoothed

HELD = (
    "q(x<sub>t</sub> | x<sub>0</sub>):&nbsp;&nbsp; x<sub>t</sub> = √ᾱ<sub>t</sub> x<sub>0</sub> + √(1−ᾱ<sub>t</sub>) ε"
)
FRESH = (
    "q(x<sub>1</sub> … x<sub>T</sub> | x<sub>0</sub>):&nbsp;&nbsp; "
    "x<sub>t</sub> = √(1−β<sub>t</sub>) x<sub>t−1</sub> + √β<sub>t</sub> z<sub>t</sub>, and ε gathers the z.&nbsp; "
    "The film of one held ε is no such trajectory."
)


class ForwardView(Asking):
    """The forward process on screen: x_0 at once, x_t and ε when the engine answers."""

    def __init__(self, port: Port, panel: EquationPanel) -> None:
        self._port, self._panel = port, panel
        self.asked = Signal()  # emits each request and what its pictures are like
        self.drawn = Signal()  # emits each answer that is shown, and its schedule
        self.data: DataSpec | None = None
        self._picture_id = ""
        self._opened = 0
        self.name = ""
        self.picture: np.ndarray | None = None
        self._seen: np.ndarray | None = None  # of a picture that has pixels of its own
        self._size_words = ""
        self._noised: Noised | None = None
        self._alpha_bar = 1.0  # of what is shown
        self._split = 0.5  # where the pinned schedule's picture begins
        self._second = SecondRow(panel)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self.picture is None or super().busy

    def set_picture(self, data: DataSpec, picture: Datum) -> None:
        """The x_0 of the scene."""
        scheme, _, rest = data.source.partition(":")
        self.data, self.name, self.picture = (
            data,
            rest.replace("_", " ") if scheme == "builtin" else picture.name,
            picture.array,
        )
        self._seen = KINDS[data.kind].seen(picture.array)
        self._size_words = KINDS[data.kind].size_words(picture.array)
        self._opened += 1
        self._picture_id = f"{data.kind}:{data.source}#{self._opened}"  # a file that was read anew is another picture
        self._port.put_picture(self._picture_id, picture.array)

    def request(self, scene: Scene) -> None:
        """Ask for what the scene shows; the newest request wins."""
        if self.picture is None:
            return
        fills = self._fills(scene)
        content = self._show_content(fills)
        self._serial += 1
        request = NoisedRequest(
            serial=self._serial,
            t=scene.t,
            seed=scene.seed,
            schedule=scene.schedule,
            picture_id=self._picture_id,
            eps_range=scene.view.eps_range,
            second=scene.view.second,
            size=self._panel.device_size if fills else None,
            kind=scene.data.kind if self.data is None else self.data.kind,  # of what is there, while another is read
            fresh=scene.fresh,
            guess=scene.view.guess if scene.view.second == "posterior" else "true",
            model=scene.model if (scene.view.second, scene.view.guess) == ("posterior", "network") else None,
            pinned=scene.pinned[0] if scene.pinned else None,
            span=self._panel.viewport.span,
        )
        self._split = scene.view.split
        self._port.send(request)
        self.asked.emit(request, content)

    def _fills(self, scene: Scene) -> bool:
        """Whether x_0 is noised in the pixels of the screen that it fills, else in its own."""
        if self._seen is None:
            return self.picture is not None
        return not scene.view.own_pixels and max(self._seen.shape) > SMALL_PX

    def _show_content(self, fills: bool) -> Content:
        height, width = (1, 1) if self._seen is None else self._seen.shape[:2]
        content = Content((width, height), fills or self.picture is None)
        self._panel.show_content(content)
        self._panel.viewport.show_timed(self.data is not None and KINDS[self.data.kind].heard)
        return content

    def show_new(self, scene: Scene) -> None:
        """x_0 is another one: what is made for its card stays until that of the new one is there, or it would flash."""
        before = self._noised
        if before is None or self.data is None or self._seen is not None or before.request.kind != self.data.kind:
            self.show(scene)

    def show(self, scene: Scene) -> None:
        """Draw everything anew, after Reverse was on screen."""
        panel = self._panel
        panel.show_direction("forward")
        panel.divider.hide_line()  # until there is an answer
        panel.show_messages("preparing the noise…", f"no {scene.data.kind}", "preparing the noise…")
        panel.show_second(scene.view.second)
        panel.show_large("", False)
        panel.show_coefficients(None)
        panel.show_stars(frozenset())
        panel.x_t.view.show_row_names(())
        for card, caption in ((panel.x_t, ""), (panel.x_0, self.name), (panel.eps, "")):
            card.set_caption(caption)  # not those of another direction
        fills = self._fills(scene)
        self._show_content(fills)
        panel.jump.show_pictures((None, self._seen, None), fills=fills)
        self._noised = None
        if scene.view.second == "none":
            self._show_formula(scene.fresh)

    def receive(self, event: Noised, schedule: NoiseSchedule, visible: bool) -> None:
        """Show an answer unless a newer one is on screen already."""
        if not self._newer(event.request.serial):
            return
        if visible and event.request.picture_id == self._picture_id:
            self._noised = event
            self._draw(event, schedule)

    def _draw(self, event: Noised, schedule: NoiseSchedule) -> None:
        panel, t = self._panel, event.request.t
        fills = event.request.size is not None
        panel.jump.show_pictures((self._divided(event), event.x_0, event.eps), fills=fills)
        self._show_line(event.request)
        self._alpha_bar = float(schedule.alpha_bar[t])
        panel.show_coefficients(self._alpha_bar)
        wide = "  ·  ±3" if event.request.eps_range == 3 else ""
        panel.x_t.set_caption(f"t = {t}{self._span(event)}{wide}", LEVEL)
        out = KINDS[event.request.kind].unseen(event.x_0_values)
        tip = OUTSIDE.format(out) if out else "" if self._seen is None else PIXELS
        panel.x_0.set_caption(f"{self.name} · {self._size(event)}{outside(out)}", tip)
        gathered = "  ·  gathered" if event.request.fresh else ""
        panel.eps.set_caption(f"seed {event.request.seed}{gathered}{wide}", SEED)
        panel.show_second(event.request.second)
        if event.request.second == "none":
            self._show_formula(event.request.fresh)
        else:
            self._second.draw(event, schedule, fills)
        self.drawn.emit(event, schedule)

    def _size(self, event: Noised) -> str:
        """Of a picture its pixels that are noised: noise looks finer the smaller they are."""
        if self._seen is None:
            return self._size_words
        height, width = event.x_0.shape[:2]
        return f"{width} px" if width == height else f"{width} × {height} px"

    def _span(self, event: Noised) -> str:
        """The time that is seen, where that is not all of it."""
        if event.request.span == WHOLE:
            return ""
        kind = KINDS[event.request.kind].during(event.request.span)
        return f"  ·  {kind.span_words(event.x_0_values, kind.rate(self.picture))}"

    def _divided(self, event: Noised) -> np.ndarray:
        """x_t, of the pinned schedule right of the line."""
        if event.pinned is None:
            return event.x_t
        column = round(self._split * event.x_t.shape[1])
        return np.concatenate([event.x_t[:, :column], event.pinned[:, column:]], axis=1)

    def _show_line(self, request: NoisedRequest) -> None:
        if request.pinned is None:
            self._panel.divider.hide_line()
        else:
            self._panel.divider.show_split(self._split, request.schedule.label, f"{request.pinned.label}, pinned")

    def _show_formula(self, fresh: bool) -> None:
        self._panel.show_line(FRESH if fresh else HELD)

    def values_at(self, x: int, y: int) -> tuple[str, Values]:
        """Where a pixel is, and its unclipped values: name and (r, g, b) of x_t, x_0 and ε."""
        event = self._noised
        if event is None:
            return f"x = {x}, y = {y}", []
        kind = KINDS[event.request.kind].during(event.request.span)
        seconds = event.x_0_values.size / kind.rate(self.picture) if kind.heard else 0
        (height, width), value_range = event.x_t.shape[:2], self._panel.range_under(event.request.eps_range)
        place = kind.where((x, y), (width, height), value_range, seconds)
        x_0, eps = (np.array(kind.values_at(values, x, y)) for values in (event.x_0_values, event.eps_values))
        if not x_0.size:
            return place, []
        alpha_bar, name = self._alpha_bar, "x_t"
        spec = event.request.pinned
        if spec is not None and x >= round(self._split * event.x_t.shape[1]):
            level = same_share(event.request.t, event.request.schedule.T, spec.T)
            alpha_bar, name = float(make_schedule(spec).alpha_bar[level]), "x_t, pinned"
        x_t = alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * eps
        return place, [(name, list(x_t)), ("x_0", list(x_0)), ("ε", list(eps))]
