"""LensView: asks the engine for the chart of the lens that is chosen, and shows the newest answer."""

from __future__ import annotations

from dataclasses import replace

from diffviz.chart import Chart
from diffviz.engine.messages import Lensed, LensRequest, NoisedRequest
from diffviz.engine.port import Port
from diffviz.engine.states import Recorded
from diffviz.gui.chains import Chains
from diffviz.gui.forward_view import ForwardView
from diffviz.gui.options import Options
from diffviz.gui.panels.arrangement import Content
from diffviz.gui.panels.schedule_panel import SchedulePanel
from diffviz.lens_catalog import lens_params, pixel_of
from diffviz.scene import with_param
from diffviz.session.state import Session
from diffviz.session.store import Store

NO_CHAIN = "This lens looks at a state of a chain; there is none yet: press Generate."
OWN = "schedule"  # is drawn by the panel itself, at once


class LensView:
    """The lower card's lens. The Schedule lens needs no engine: the panel draws it."""

    def __init__(
        self,
        store: Store,
        port: Port,
        panel: SchedulePanel,
        *,
        forward: ForwardView,
        chains: Chains,
        options: Options,
    ) -> None:
        self._store, self._port, self._panel = store, port, panel
        self._chains, self._options = chains, options
        self._noised: NoisedRequest | None = None  # what x_t was last asked for
        self._serial = self._shown = 0
        forward.asked.connect(self._asked)
        store.changed.connect(self._changed)
        panel.lens_chosen.connect(self.choose)
        panel.lens.param_chosen.connect(self._param)

    @property
    def busy(self) -> bool:
        """Whether a chart is still to come."""
        return self._shown < self._serial

    def failed(self) -> None:
        """The newest request will not be answered."""
        self._shown = self._serial

    def choose(self, lens: str) -> None:
        """The person wants another lens."""
        self._store.edit(view=replace(self._store.scene.view, lens=lens))

    def _param(self, key: str, value: float) -> None:
        view = self._store.scene.view
        self._store.edit(view=replace(view, lens_params=with_param(view.lens_params, key, value)))

    def _asked(self, request: NoisedRequest, _: Content) -> None:
        """x_t was asked for: the chart follows it."""
        self._noised = request
        self.ask()

    def _changed(self, old: Session, new: Session) -> None:
        a, b = old.scene.view, new.scene.view
        same = (a.lens, a.lens_params, a.pixel) == (b.lens, b.lens_params, b.pixel)
        if not same or old.scene.forward is not new.scene.forward:
            self.show()
        elif not new.scene.forward and (old.run, old.model.number) != (new.run, new.model.number):
            self.ask()

    def show(self) -> None:
        """The lens of the scene, with its controls."""
        view = self._store.scene.view
        self._panel.show_lens(view.lens, view.lens_params, self._options.in_force.T)
        self.ask()

    def ask(self) -> None:
        """Ask for the chart of this moment; the newest request wins."""
        scene = self._store.scene
        lens = scene.view.lens
        if lens == OWN:
            return
        noised = recorded = None
        if scene.forward:
            noised = self._noised
            if noised is None:
                return
        else:
            state, run = self._chains.state, self._chains.run
            if state is None or run.model is None:
                self.failed()
                self._panel.lens.show_chart(Chart(lens, message=NO_CHAIN))
                return
            recorded = Recorded(state, run.open_tile or 0, run.model.schedule)
        self._serial += 1
        params, pixel = lens_params(scene.view.lens_params, lens), pixel_of(scene.view.pixel)
        self._port.send(LensRequest(self._serial, lens, params, pixel, noised, recorded))

    def receive(self, event: Lensed) -> None:
        """An answer; an older one of the same lens is better than none."""
        if event.request.serial <= self._shown:
            return
        self._shown = event.request.serial
        now = self._store.scene
        if event.request.lens == now.view.lens and (event.request.recorded is None) is now.forward:
            self._panel.lens.show_chart(event.chart)
