"""SmallDesk: a small network learns the points that are open, in seconds, while its field is seen beside the exact."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from diffviz import catalog
from diffviz.engine import messages as m
from diffviz.files import models_dir
from diffviz.gui.panels.small_dialog import IN_PLANE, ON_LINE, SmallDialog
from diffviz.gui.shared import Shared
from diffviz.gui.training_desk import free_name
from diffviz.kinds import KINDS
from diffviz.kinds.known import Snapshot
from diffviz.scene import DataSpec
from diffviz.session.state import Session
from diffviz.session.wording import picture_name

NO_POINTS = "Open points first: a file of them, or some out of Samples."
SIGNS = {"v": "v", "epsilon": "eps", "x0": "x0", "flow": "flow"}


class SmallDesk:
    """The dialog, the job, and the model that comes of it, which is loaded when the training ends."""

    def __init__(self, shared: Shared) -> None:
        self._store, self._port, self._jobs, self._models = shared.store, shared.port, shared.jobs, shared.models
        self._window, self._plane, self._lens, self._last = shared.window, shared.plane, shared.lens, shared.folder
        self._x_0 = shared.equation.x_0
        self._job, self._folder, self._prediction = -1, "", "v"
        self._data: DataSpec | None = None  # what is learnt
        self._shown: DataSpec | None = None  # what the dialog speaks of
        self.dialog = SmallDialog(shared.window)
        self.dialog.train_wanted.connect(self._train)
        self.dialog.go_on_wanted.connect(self._go_on)
        self.dialog.stop_wanted.connect(self._stop)
        self.dialog.save_wanted.connect(self._save)
        self._store.changed.connect(self._changed)

    def show(self) -> None:
        self._show_points()
        if not self.dialog.isVisible():
            plane = KINDS[self._store.scene.data.kind].plane  # over x_0 is the field that is learnt
            self.dialog.stand_aside(self._window, self._x_0 if plane else None)
        self.dialog.come()

    def _train(self, prediction: str, seconds: float) -> None:
        if self._plane.datum() is None:
            self.dialog.show_words(NO_POINTS)
            return
        if self._refused():
            return  # what was learnt before stays what is gone on with, and saved
        name = f"{picture_name(self._store.scene.data.source).rsplit('.', 1)[0]} {SIGNS[prediction]}"
        self._folder, self._prediction = str(models_dir() / free_name(name)), prediction
        self.dialog.begin()
        self._send(prediction, seconds)

    def _refused(self) -> bool:
        refused = self._jobs.refused()
        if refused:
            self.dialog.show_words("Something else is running; stop it first.")
        return refused

    def _go_on(self, seconds: float) -> None:
        if not self._refused():
            self._send(self._prediction, seconds, go_on=True)

    def _send(self, prediction: str, seconds: float, go_on: bool = False) -> None:
        scene, datum = self._store.scene, self._plane.datum()
        self._data = scene.data
        self._job = self._jobs.begin("train", self._ended)
        self.dialog.show_state(True, False)
        self._port.send(
            m.TrainRequest(self._job, self._folder, datum, scene.schedule, prediction, seconds, scene.seed, go_on)
        )

    def _stop(self) -> None:
        if self._jobs.runs(self._job):
            self._jobs.cancel()

    def receive(self, event: m.Learned) -> None:
        """How far it is: the curve, and the field beside the exact one."""
        if not self._jobs.runs(event.job) or self._store.scene.data != self._data:
            return
        learnt = event.learnt
        by_level = learnt.at, learnt.losses, learnt.floors
        T = self._store.scene.schedule.T
        self.dialog.show_learnt(learnt.step, (learnt.loss, learnt.floor), by_level, T)
        self._show(learnt.snapshot)

    def _show(self, snapshot: Snapshot | None) -> None:
        self._plane.show_learning(snapshot)
        if self._lens.known() is not None:
            self._lens.ask()

    def _changed(self, old: Session, new: Session) -> None:
        if old.model.number != new.model.number:  # it is loaded now, or another one is
            self._show(None)
        if old.scene.data != new.scene.data and self._shown is not None:
            self._show_points()

    def _show_points(self) -> None:
        """Other points are open: what is learnt of those before is kept, and no longer spoken of."""
        data, running = self._store.scene.data, self._jobs.runs(self._job)
        if running and data != self._data:
            self._jobs.cancel()
        if data != self._shown:
            self._shown = data
            points = IN_PLANE if KINDS[data.kind].plane else ON_LINE
            self.dialog.show_new(points if catalog.KINDS[data.kind].cloud else NO_POINTS)
            if data == self._data:
                self.dialog.show_again()
        if not running:
            self.dialog.show_state(False, data == self._data)

    def _ended(self, how: str, detail: str) -> None:
        mine = self._store.scene.data == self._data
        done = how == "done"
        if not done:
            self._data = None
        self.dialog.show_state(False, done and mine)
        if done and mine:
            self._models.load(detail)
            return
        self._show(None)
        if done and self._data is not None:
            self.dialog.show_kept(picture_name(self._data.source))
        if how == "failed":
            self.dialog.show_words(detail)

    def _save(self) -> None:
        """Copy the folder to a new place."""
        proposed = str(self._last.at(Path(self._folder).name))
        chosen, _ = QFileDialog.getSaveFileName(self.dialog, "Save the model's folder", proposed)
        if not chosen:
            return
        try:
            shutil.copytree(self._folder, chosen)
        except FileExistsError:
            self.dialog.show_words(f"{Path(chosen).name}: is there already; choose a new name.")
        except OSError as error:
            why = error.strerror or error.args[0][-1][-1]  # copytree has one for each file
            self.dialog.show_words(f"{Path(chosen).name}: not written ({why}); choose another place.")
        else:
            self._last.note(chosen)
            self.dialog.show_words(f"{Path(chosen).name} is written; it opens as any model's folder does.")
