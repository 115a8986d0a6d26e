"""DesignDesk: the schedule is drawn in a dialog; each drag is a change of the scene, and one step of undo."""

from __future__ import annotations

import numpy as np

from diffviz.bounded import Refusal
from diffviz.catalog import CUSTOM, SCHEDULES
from diffviz.diffusion.curves import moved, point_levels
from diffviz.diffusion.schedules import MAX_BETA
from diffviz.engine.denoising import make_schedule
from diffviz.gui.panels.design_dialog import DesignDialog
from diffviz.gui.schedules import ScheduleDesk
from diffviz.gui.shared import Shared
from diffviz.scene import MAX_TITLE, ScheduleSpec
from diffviz.schedule_file import own_path, save_own
from diffviz.session.state import Session

DRAWN = "drawn"  # what it is called until it has a name
POINTS = 9


class DesignDesk:
    """Between the dialog and the scene's schedule, which becomes a list of β at the first drag."""

    def __init__(self, shared: Shared, schedules: ScheduleDesk) -> None:
        store = self._store = shared.store
        self._window, self._options, self._chains = shared.window, shared.options, shared.chains
        self._pages, self._schedules, self._count = shared.pages, schedules, POINTS
        self.dialog = dialog = DesignDialog(shared.window, *shared.steps)
        dialog.moved.connect(self._moved)
        dialog.gesture_began.connect(store.begin_gesture)
        dialog.gesture_ended.connect(store.end_gesture)
        dialog.count_chosen.connect(self._take_count)
        dialog.zero_snr_chosen.connect(self._zero_snr)
        dialog.save_wanted.connect(self._save)
        dialog.import_wanted.connect(schedules.ask_import)
        dialog.export_wanted.connect(schedules.ask_export)
        store.changed.connect(self._changed)

    def show(self) -> None:
        """Open the dialog with the schedule in force: in Remove noise a copy of the model's, in Add noise."""
        if not self._store.scene.forward:
            self._take_models()
        self._draw()
        if not self.dialog.isVisible():
            self.dialog.stand_aside(self._window)  # x_t, slider and strip are seen while points are dragged
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.plots["alpha_bar"].setFocus()

    def _take_models(self) -> None:
        """The schedule of the model, which is its own and cannot be changed, in Add noise: what stands there already
        or can be chosen there where it is the same, else as a list."""
        schedule, scene = self._chains.schedule, self._store.scene
        if schedule is None:
            self._schedules.seen()
            return
        there = self._pages.at(scene, "forward")
        by_name = (ScheduleSpec(schedule.name, schedule.T),) if schedule.name in SCHEDULES else ()
        same = (s for s in (there.schedule, *by_name) if np.array_equal(make_schedule(s).alpha_bar, schedule.alpha_bar))
        zero = float(schedule.alpha_bar[-1]) == 0
        spec = next(same, None) or listed(schedule.beta[1:].clip(None, MAX_BETA), schedule.name, zero)
        self._store.set(there.replace(schedule=spec, t=min(there.t, spec.T)))

    # -- what is done

    def _lead(self) -> None:
        """To Add noise, whose x_t follows: in Remove noise nothing that is seen would."""
        if not self._store.scene.forward:
            self._pages.go("forward")

    def _zero_snr(self, on: bool) -> None:
        self._store.begin_gesture()
        self._lead()
        self._options.schedule(zero_snr=on)
        self._store.end_gesture()

    def _moved(self, quantity: str, k: int, value: float) -> None:
        self._lead()
        plain, spec = self._options.plain, self._store.scene.schedule
        schedule = moved(plain, point_levels(plain.T, self._count), k, quantity, value)
        drawn = listed(schedule.beta[1:], DRAWN, spec.zero_snr)
        self._options.schedule(name=drawn.name, T=drawn.T, params=(), betas=drawn.betas, title=DRAWN)

    def _take_count(self, count: int) -> None:
        self._count = count
        self._draw()

    def _save(self, name: str) -> None:
        """Keep it by its name; from then on it is called so."""
        spec, plain = self._store.scene.schedule, self._options.plain
        try:
            path = own_path(name)
            there = path.exists() and name != spec.title
            if there:
                self.dialog.show_saved(f"“{name}” is there already; choose another name.")
                return
            save_own(name, plain.beta[1:].tolist(), spec.zero_snr)
        except Refusal as error:
            self.dialog.show_saved(str(error))
            return
        except OSError as error:
            text = f"It could not be kept in {path.parent} ({error.strerror}); make room or check its rights."
            self.dialog.show_saved(text)
            return
        kept = listed(plain.beta[1:], name, spec.zero_snr)
        self._options.schedule(name=kept.name, T=kept.T, params=(), betas=kept.betas, title=name)
        self._schedules.show_own()
        self.dialog.show_saved("Kept; the schedule combo offers it.")

    # -- what is shown

    def _changed(self, old: Session, new: Session) -> None:
        a, b = old.scene, new.scene
        if self.dialog.isVisible() and (a.schedule, a.t, a.direction) != (b.schedule, b.t, b.direction):
            self._draw()

    def _draw(self) -> None:
        scene, schedule = self._store.scene, self._options.own_schedule
        plain = self._options.plain if scene.forward else schedule
        title = scene.schedule.title
        self.dialog.show_schedule(schedule, plain, point_levels(plain.T, self._count), scene.t, scene.schedule.zero_snr)
        self.dialog.show_name("" if title == DRAWN else title)


def listed(beta: np.ndarray, title: str, zero_snr: bool) -> ScheduleSpec:
    """β at t = 1, 2, ... as the list of a scene."""
    betas = tuple(beta.tolist())
    return ScheduleSpec(CUSTOM.name, len(betas), betas=betas, title=title[:MAX_TITLE], zero_snr=zero_snr)
