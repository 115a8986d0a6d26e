"""TrainingDesk: the panel of "Train on my pictures…", the child that trains, and the window's menu of models."""

from __future__ import annotations

import dataclasses
import os
import re
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QObject

from diffviz.assets import builtin_models
from diffviz.bounded import json_text
from diffviz.files import models_dir, own_models
from diffviz.gui.numbers import found_text
from diffviz.gui.panels.train_dialog import TrainDialog
from diffviz.gui.panels.train_form import Choices, stored_choices
from diffviz.gui.preferences import Preferences
from diffviz.gui.shared import Shared
from diffviz.gui.training import TrainingRun, command, recipe_line
from diffviz.gui.training_film import TrainingFilm
from diffviz.gui.training_folder import TrainingFolder
from diffviz.kinds import PICTURE
from diffviz.meter import duration
from diffviz.train.classes import Classes
from diffviz.train.events import AllRead, Event, Saved
from diffviz.train.past import PastTraining, past_training
from diffviz.train.told_by import is_told_words

KEY = "training"  # of the choices in the settings
NO_ACCELERATE = 'Training needs the package accelerate; install it with: pip install "diffviz[train]"'
_NO_NAME = re.compile(r'[<>:"/\\|?*]|^[. ]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE)
MAX_NAME = 60


class TrainingDesk(QObject):
    """One training at a time; it goes on while its panel is closed, and stops at a checkpoint with the window."""

    def __init__(self, shared: Shared, preferences: Preferences, device: str) -> None:
        super().__init__(shared.window)
        self._window, self._store, self._notices, self._jobs = shared.window, shared.store, shared.notices, shared.jobs
        self._models, self._pages, self._preferences, self._device = shared.models, shared.pages, preferences, device
        dialog = self.dialog = TrainDialog(shared.window)
        self._run = TrainingRun(self)
        self._run.said.connect(self._said)
        self._run.ended.connect(self._ended)
        self._out = Path()  # of the training that runs or ran last
        self._past: PastTraining | None = None
        self._draft: Choices | None = None  # what was chosen for a new model, while the form shows a past training
        self._filled = (Path(), False)  # the past training that the form shows, and whether it was finished
        self._to_be_named = ""  # the folder that was chosen for a new model
        self._folder = TrainingFolder(self)
        self._folder.looked.connect(self._show_folder)
        self._film = TrainingFilm(self)
        dialog.start_wanted.connect(self._start)
        dialog.stop_wanted.connect(self.stop)
        dialog.use_wanted.connect(self._use)
        dialog.dropped.connect(self._folder_dropped)
        dialog.samples.film_wanted.connect(self._save_film)
        dialog.form.folder_chosen.connect(self._folder_chosen)
        dialog.form.classes_wanted.connect(self._choose_classes)
        dialog.form.captions_chosen.connect(self._captions_chosen)
        dialog.form.name_chosen.connect(self._show_name)
        dialog.form.minutes.valueChanged.connect(lambda: self._show_idle())
        choices = stored_choices(self._preferences.recall(KEY))
        if not choices.folder:
            choices = dataclasses.replace(choices, start=PICTURE.models[0])
        self._refresh_lists()
        dialog.form.show_choices(choices)

    @property
    def running(self) -> bool:
        return self._run.running

    def show(self, folder: str = "") -> None:
        """Open the panel, as it was left or, given a folder of pictures, for a training on them."""
        dialog = self.dialog
        if not self._run.running:
            self._refresh_lists()
            self._look_at(dialog.form.choices().folder, dialog.form.captions)
            self._show_name(dialog.form.choices().name)
            if folder:
                self._folder_dropped(folder)
        elif folder:
            dialog.bar.show_message("A training is running; stop it first.", "info", topic="folder")
        dialog.come()

    def stop(self) -> None:
        """Ask the child for a checkpoint and its end."""
        if self._run.running:
            self._run.stop()
            self.dialog.show_stopping()

    def close(self, wait_ms: int) -> bool:
        """The window closes: stop at a checkpoint; whether the child ended in time. It finishes by itself if not."""
        self.dialog.close()
        self._folder.close()
        self._film.stop()
        return self._run.close(wait_ms)

    def remember(self) -> None:
        """Keep the panel's choices in the settings."""
        shown = self.dialog.form.choices()
        choices = dataclasses.replace(self._draft or shown, name=shown.name)
        self._preferences.remember(KEY, json_text(dataclasses.asdict(choices)))

    # -- the panel

    def _refresh_lists(self) -> None:
        """The models to begin with, and the trainings to go on with, as they are on disk now."""
        form, loaded = self.dialog.form, self._store.scene.model.name
        items = [(name, name) for name in PICTURE.models]
        items += [(folder.name, str(folder)) for folder in own_models(PICTURE.name)]
        items = [(label, name) for label, name in items if is_told_words(name) == bool(form.captions)]
        # a set of pictures that stands for a model ("exact:FOLDER") has no weights to begin with
        known = (*builtin_models(), *map(str, own_models()))
        of_pictures = self._store.session.model.kind == PICTURE.name
        if (
            of_pictures
            and loaded not in known
            and not loaded.startswith("exact")
            and is_told_words(loaded) == bool(form.captions)
        ):
            items.append((f"{Path(loaded).name} (loaded)", loaded))
        begun = form.choices().start
        plain = "" if form.captions else PICTURE.models[0]  # their own words, not those that a model knows
        form.show_starts(items, begun if not begun or begun in [name for _, name in items] else plain)
        try:
            folders = sorted(models_dir().iterdir())
        except OSError:
            folders = []
        form.show_names(folder.name for folder in folders if os.path.isfile(folder / "training" / "state.safetensors"))

    def _folder_dropped(self, folder: str) -> None:
        self.dialog.form.show_folder_path(folder)
        self._folder_chosen(folder)

    def _folder_chosen(self, folder: str) -> None:
        """Another folder makes another model, which is called like it once it is known to be good."""
        self._to_be_named = folder
        if self._draft is not None:
            self._draft = dataclasses.replace(self._draft, folder=folder, classes=(), captions="")
        self._look_at(folder, None)

    def _captions_chosen(self, captions: str) -> None:
        """Other models are to begin with where words are told."""
        self._refresh_lists()
        self._look_at(self._folder.path, captions)

    def _look_at(self, folder: str, captions: str | None) -> None:
        """Count the pictures of a folder, or say that there is none; ``captions``: see ``TrainingFolder.look_at``."""
        self._folder.look_at(folder, captions)
        self.dialog.form.show_found("Pictures in sub-folders make classes, one a sub-folder.")
        self.dialog.form.show_classes(self.dialog.form.choices().classes, choosable=False)
        self._show_idle()

    def _show_folder(self, folder: str) -> None:
        """What the folder holds of what is to be learnt."""
        if self._run.running:
            return
        form, found = self.dialog.form, self._folder.found
        if self._folder.captions != form.captions:
            form.show_captions(self._folder.captions)
            self._refresh_lists()
        if found is None:
            form.show_found(self._folder.problem, wrong=True)
        else:
            classes = form.choices().classes
            classes = classes if self._past is not None else found.plain(classes)
            chosen = found.of(classes)
            form.show_classes(classes, choosable=bool(found.names))
            problem = self._folder.problem_of(classes)
            words = self._folder.told or found_text(chosen.count, chosen.names, chosen.loose)
            form.show_found(problem or words, bool(problem), ", ".join(chosen.names))
            if self._to_be_named == folder:
                form.name.setEditText(free_name(Path(folder).name))
        self._to_be_named = ""
        self._show_idle()

    def _choose_classes(self) -> None:
        from diffviz.gui.panels.class_dialog import ClassDialog

        if self._folder.found is None:
            return
        asked = ClassDialog(self.dialog, self._folder.found, self.dialog.form.choices().classes)
        asked.chosen.connect(self._classes_chosen)
        asked.open()

    def _classes_chosen(self, classes: Classes) -> None:
        self.dialog.form.show_classes(classes, choosable=True)
        self._show_folder(self._folder.path)

    def _show_name(self, name: str) -> None:
        """What there is of a training of this name: its curve, its samples, and whether it can be gone on with."""
        if self._run.running:
            return
        dialog, form = self.dialog, self.dialog.form
        self._out = dialog.out = models_dir() / (name.strip() or "-")
        self._past = past = None if name_problem(name) else past_training(self._out)
        form.show_state(False, past is not None)
        dialog.show_curve(past)
        form.show_time(past is not None and past.finished, None if past is None else past.until_step)
        dialog.show_samples(*(((), ()) if past is None else (past.grids, past.columns)))
        self._show_settings(past)
        self._show_idle()

    def _show_settings(self, past: PastTraining | None) -> None:
        """The form shows how a past training was begun; what was chosen for a new one comes back after it."""
        form = self.dialog.form
        now = form.choices()
        if past is not None:
            filled = self._out, past.finished  # the time is a total, or what comes on top
            if self._draft is not None and self._filled == filled:
                return  # it is shown already, perhaps with another time
            self._draft, self._filled = self._draft or now, filled
            wanted = as_begun(past, self._draft)
        elif self._draft is not None:
            wanted, self._draft = self._draft, None
        else:
            return
        form.show_settings(wanted)
        if (wanted.folder, wanted.classes, wanted.captions) != (now.folder, now.classes, now.captions):
            self._look_at(wanted.folder, wanted.captions)

    def _show_idle(self, status: str = "") -> None:
        if self._run.running:
            return
        past, choices = self._past, self.dialog.form.choices()
        name = choices.name
        problem = name_problem(name)
        button, note = "Start training", problem
        if past is not None:
            far = f"{past.steps} step{'s' if past.steps != 1 else ''} in {duration(past.seconds)}"
            button = "Train longer" if past.finished else "Resume"
            note = f"Trained, {far}." if past.finished else f"Stopped after {far}; Resume goes on."
            if not past.finished and past.until_step is None and 60 * choices.minutes <= past.seconds:
                note = problem = f"Stopped after {far}; choose a longer time in all to go on."
        elif not problem and os.path.isdir(self._out) and any(self._out.iterdir()):
            note = problem = f"{self._out.name}: is there and holds no training; choose another name."
        self.dialog.form.show_note(note if name else "", wrong=bool(problem))
        blocked = "" if find_spec("accelerate") else NO_ACCELERATE
        if blocked:
            self.dialog.bar.show_message(blocked, "warning", topic="accelerate")
        usable = past is not None and self._out in own_models()
        finished = past is not None and past.finished
        wrong = self._folder.problem_of(choices.classes)
        self.dialog.show_idle(button, blocked or wrong or problem, status, usable, finished)

    # -- a training

    def _start(self) -> None:
        dialog, choices, past = self.dialog, self.dialog.form.choices(), self._past
        self.remember()
        try:
            models_dir().mkdir(parents=True, exist_ok=True)
        except OSError as error:
            dialog.bar.show_message(f"{models_dir()} cannot be made ({error.strerror}); make room or check its rights.")
            return
        total: float | None = choices.minutes + (past.seconds / 60 if past is not None and past.finished else 0.0)
        if past is not None and past.until_step is not None:
            total = None
        dialog.form.show_state(True, past is not None)
        dialog.form.show_note("", wrong=False)  # it told of what was
        dialog.show_running(total)
        resume = past is not None
        self._run.start(command(self._out, resume), recipe_line(choices, self._device, total, resume))

    def _said(self, event: Event) -> None:
        self.dialog.show_event(event, self._run.stopping)
        if isinstance(event, AllRead):
            skipped = event.skipped
            told = self.dialog.form.captions
            text = f"{event.count:,} pictures." if told else found_text(event.count, event.classes)
            if skipped:
                text += f" {'; '.join(skipped[:3])}." if told else f" {len(skipped)} skipped: {skipped[0]}"
            self.dialog.form.show_found(text, tip="\n".join(skipped[:30]))
        elif isinstance(event, Saved):
            self._models.show_menu()

    def _ended(self, how: str, sentence: str) -> None:
        dialog, name = self.dialog, self._out.name
        self._models.show_menu()
        self._refresh_lists()
        self._show_name(name)
        words = {"finished": "finished", "stopped": "stopped at a checkpoint", "failed": "failed"}[how]
        if how == "stopped" and self._past is None:
            words = "stopped before anything was written"
        self._show_idle(words)
        if how == "failed":
            dialog.bar.show_message(sentence, topic="training")
        if dialog.isVisible() or how == "stopped":
            return
        if how == "failed":
            self._notices.show_message(sentence, remedy=("Show…", self.show), topic="training")
        else:
            self._notices.show_message(f"{name} is trained.", "info", ("Use it", self._use), topic="training")

    def _save_film(self) -> None:
        samples = self.dialog.samples
        self._film.ask(self.dialog, self.dialog.bar, self._out.name, samples.columns, samples.grids)

    def _use(self) -> None:
        """Load the model for Generate, of which this panel would hide what comes."""
        if self._jobs.running:
            self.dialog.bar.show_message("A chain is running; stop it first.", "info", topic="use")
            return
        self._models.load(str(self._out))
        self._pages.go("reverse")
        self.dialog.close()
        self._window.activateWindow()


def as_begun(past: PastTraining, choices: Choices) -> Choices:
    """The settings of a past training; of what it does not tell, and of a time that comes on top, the given ones."""
    recipe = past.recipe
    return dataclasses.replace(
        choices,
        folder=recipe.data or choices.folder,
        captions=recipe.captions,
        classes=recipe.classes,
        start=recipe.start,
        size=recipe.size,
        network=recipe.preset,
        flip=recipe.flip,
        minutes=choices.minutes if past.finished or recipe.minutes is None else recipe.minutes,
    )


def name_problem(name: str) -> str:
    """Why a model cannot be called so, or ""."""
    name = name.strip()
    if not name:
        return "Give the new model a name"
    if len(name) > MAX_NAME or not name.isprintable() or _NO_NAME.search(name):
        return f"{name[:20]!r} is no name for a folder: letters, digits, spaces and -, at most {MAX_NAME}"
    if name in builtin_models():
        return f"{name} comes with diffviz; choose another name"
    return ""


def free_name(wanted: str) -> str:
    """A name like the wanted one that no model has yet."""
    base = re.sub(r"[^\w -]", "-", wanted).strip(" -")[: MAX_NAME - 4] or "my model"
    base = f"my {base}" if name_problem(base) else base
    names = (base if k == 1 else f"{base} {k}" for k in range(1, 1000))
    return next(name for name in names if not os.path.exists(models_dir() / name))
