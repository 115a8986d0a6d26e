"""SmallDesk: a small network learns the points that are open, in seconds, while its field is seen beside the exact."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from diffviz import catalog
from diffviz.chart import Chart
from diffviz.engine import messages as m
from diffviz.files import models_dir, own_models
from diffviz.gui.panels.small_dialog import IN_PLANE, ON_LINE, SmallDialog, learning_chart
from diffviz.gui.shared import Shared
from diffviz.gui.training_desk import free_name
from diffviz.kinds import KINDS
from diffviz.kinds.known import Snapshot
from diffviz.session.state import Session
from diffviz.session.wording import picture_name
from diffviz.train.losses import SMALL_STATE

if TYPE_CHECKING:
    from diffviz.train.small import Learnt

NO_POINTS = "Open points first: a file of them, or some out of Samples."
OTHERS = "It learnt other points than those that are open. With those open it can go on; Save as… keeps it."
MOST = 2000  # points of a curve
MOST_COURSES = 16
SIGNS = {"v": "v", "epsilon": "eps", "x0": "x0", "flow": "flow"}


@dataclass(eq=False)
class Course:
    """How far a network is. ``learnt``: the digest of its points, ``of``: what they are called."""

    folder: str
    learnt: str
    of: str = ""
    steps: list[tuple[int, float]] = field(default_factory=list)  # with the loss
    said: str = "It learnt these points before; Go on trains it longer."
    chart: Chart | None = None
    written: int = 0  # steps of the curve that are on disk

    def note(self, learnt: Learnt) -> None:
        """It is that far."""
        self.steps.append((learnt.step, learnt.loss))
        if len(self.steps) > MOST:
            self.steps = self.steps[::2]
        self.said = (
            f"After {learnt.step:,} steps its mean squared error is {learnt.loss:.4f}; the exact answer's, on the same "
            f"x_t, is {learnt.floor:.4f}, and no network's can be less."
        )
        self.chart = learning_chart(self.steps, learnt.floor, (learnt.at, learnt.losses, learnt.floors))


class SmallDesk:
    """The dialog, the job, and the model that comes of it, which is loaded when the training ends.

    The dialog speaks of the network that is trained, of that which is chosen, or of the newest of the open points.
    """

    def __init__(self, shared: Shared) -> None:
        self._store, self._port, self._jobs, self._models = shared.store, shared.port, shared.jobs, shared.models
        self._window, self._plane, self._lens, self._last = shared.window, shared.plane, shared.lens, shared.folder
        self._x_0 = shared.equation.x_0
        self._job = -1
        self._courses: dict[str, Course] = {}  # by folder, the newest last
        self._course: Course | None = None  # that the dialog speaks of
        self._trained: Course | None = None  # that is trained, or was
        self._seen: tuple[object, ...] = ()  # what the dialog was told of
        self.dialog = SmallDialog(shared.window)
        self.dialog.train_wanted.connect(self._train)
        self.dialog.go_on_wanted.connect(self._go_on)
        self.dialog.stop_wanted.connect(self._stop)
        self.dialog.save_wanted.connect(self._save)
        self._store.changed.connect(self._changed)

    def show(self) -> None:
        if not self.dialog.isVisible():
            self._seen = ()
            plane = KINDS[self._store.scene.data.kind].plane  # over x_0 is the field that is learnt
            self.dialog.stand_aside(self._window, self._x_0 if plane else None)
        self._show_course()
        self.dialog.come()

    def _train(self, prediction: str, seconds: float) -> None:
        if self._plane.datum() is None:
            self.dialog.show_words(NO_POINTS)
            return
        if self._refused():
            return  # what was learnt before stays what is gone on with, and saved
        of = picture_name(self._store.scene.data.source)
        folder = str(models_dir() / free_name(f"{of.rsplit('.', 1)[0]} {SIGNS[prediction]}"))
        self._send(Course(folder, self._store.session.points, of), prediction, seconds)

    def _refused(self) -> bool:
        refused = self._jobs.refused()
        if refused:
            self.dialog.show_words("Something else is running; stop it first.")
            self._seen = ()  # until it has ended
        return refused

    def _go_on(self, seconds: float) -> None:
        if self._course is not None and not self._refused():
            self._send(self._course, "", seconds)

    def _send(self, course: Course, prediction: str, seconds: float) -> None:
        """Train it: a new one for a prediction, "" to go on with its own."""
        scene, datum = self._store.scene, self._plane.datum()
        self._course = self._trained = course
        self._seen = course, self._store.session.points, scene.data.kind
        self._courses[course.folder] = course
        course.written = len(course.steps)
        while len(self._courses) > MOST_COURSES:
            del self._courses[next(iter(self._courses))]
        self._job = self._jobs.begin("train", self._ended)
        self._show_state()
        self._port.send(
            m.TrainRequest(self._job, course.folder, datum, scene.schedule, prediction, seconds, scene.seed)
        )

    def _stop(self) -> None:
        if self._jobs.runs(self._job):
            self._jobs.cancel()

    def receive(self, event: m.Learned) -> None:
        """How far it is: the curve, and the field beside the exact one."""
        course = self._trained
        if course is None or not self._jobs.runs(event.job) or self._store.session.points != course.learnt:
            return
        course.note(event.learnt)
        self.dialog.show_course(course.said, course.chart)
        self._show(event.learnt.snapshot)

    def _show(self, snapshot: Snapshot | None) -> None:
        self._plane.show_learning(snapshot)
        if self._lens.known() is not None:
            self._lens.ask()

    def _changed(self, old: Session, new: Session) -> None:
        if old.model.number != new.model.number:  # it is loaded now, or another one is
            self._show(None)
        if _of(old) != _of(new) or (old.job.running and not new.job.running):
            self._show_course()

    def _show_course(self) -> None:
        """Speak of the network that is to be spoken of; what is learnt of other points than those open ends."""
        session = self._store.session
        if self._jobs.runs(self._job) and self._trained is not None:
            if self._trained.learnt == session.points:
                return
            self._jobs.cancel()
        course, kind = self._spoken_of(session), session.scene.data.kind
        seen = course, session.points, kind
        if seen != self._seen:
            self._course, self._seen = course, seen
            self._say(course, session)
        self._show_state()

    def _say(self, course: Course | None, session: Session) -> None:
        kind = session.scene.data.kind
        self.dialog.show_new((IN_PLANE if KINDS[kind].plane else ON_LINE) if catalog.KINDS[kind].cloud else NO_POINTS)
        if course is not None:
            self.dialog.show_course(course.said if course.learnt == session.points else OTHERS, course.chart)

    def _spoken_of(self, session: Session) -> Course | None:
        chosen = session.scene.model.name
        if session.model.loading and self._course is not None and self._course.learnt == session.points:
            return self._course  # it comes
        if chosen in self._courses:
            return self._courses[chosen]
        if session.model.learnt and Path(chosen) in own_models() and (Path(chosen) / SMALL_STATE).is_file():
            return self._courses.setdefault(chosen, Course(chosen, session.model.learnt))  # of an earlier window
        alike = [course for course in self._courses.values() if course.learnt == session.points]
        return alike[-1] if alike else None

    def _show_state(self) -> None:
        course, running = self._course, self._jobs.runs(self._job)
        why = "Train a network first"
        if course is not None:
            why = "" if course.learnt == self._store.session.points else "It learnt other points than those open"
        self.dialog.show_state(running, course is not None, why)

    def _ended(self, how: str, detail: str) -> None:
        course = self._trained
        assert course is not None
        if how != "done":
            course.steps = course.steps[: course.written]
            if not course.written:
                self._courses.pop(course.folder, None)
        self._show(None)
        if how == "done" and course.learnt == self._store.session.points:
            self._models.load(detail)
        self._show_course()
        if how == "done" and course.learnt != self._store.session.points:
            self.dialog.show_kept(course.of)
        if how == "failed":
            self.dialog.show_words(detail)

    def _save(self) -> None:
        """Copy the folder to a new place."""
        if self._course is None:
            return
        folder = self._course.folder
        proposed = str(self._last.at(Path(folder).name))
        chosen, _ = QFileDialog.getSaveFileName(self.dialog, "Save the model's folder", proposed)
        if not chosen:
            return
        try:
            shutil.copytree(folder, chosen)
        except FileExistsError:
            self.dialog.show_words(f"{Path(chosen).name}: is there already; choose a new name.")
        except OSError as error:
            why = error.strerror or error.args[0][-1][-1]  # copytree has one for each file
            self.dialog.show_words(f"{Path(chosen).name}: not written ({why}); choose another place.")
        else:
            self._last.note(chosen)
            self.dialog.show_words(f"{Path(chosen).name} is written; it opens as any model's folder does.")


def _of(session: Session) -> tuple[object, ...]:
    """What decides which network is spoken of."""
    return session.points, session.scene.data.kind, session.scene.model.name, session.model.number
