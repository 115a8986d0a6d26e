"""OUT: the model that ``load_model`` opens, and beside it, in training/, what it takes to go on.

Every file is replaced as a whole. All that a resumption needs is one file, so a killed training finds the old
checkpoint or the new one.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffviz.bounded import Unreadable, short
from diffviz.files import display_name, sweep, write_bytes, write_text
from diffviz.images import png_bytes
from diffviz.kinds import KINDS, PICTURE
from diffviz.locks import claim
from diffviz.models.pictures import PictureSet, write_picture_sheet
from diffviz.models.saving import write_outline, write_tensors, write_weights
from diffviz.models.told import Told
from diffviz.models.worded import bare
from diffviz.train.card import card
from diffviz.train.classes import known_classes
from diffviz.train.losses import HELD_OUT, LOSSES, append, read_held_out, read_notes, read_rows, trim
from diffviz.train.recipe import Recipe, TrainError, read_recipe, write_recipe

if TYPE_CHECKING:
    import numpy as np

    from diffviz.train.trainer import Trainer

STATE = "state.safetensors"
RECIPE = "recipe.json"
LOCK = "lock"  # an empty file: locked while a training writes, whatever else it is


class Output:
    """The folder that a training writes.

    Args:
        folder: made with the first file; its parent must exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.training = folder / "training"
        self.saved_step: int | None = None  # of the last checkpoint on disk
        self._lines: list[str] = []

    @property
    def name(self) -> str:
        return display_name(self.folder)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other trainings away while the block runs; the lock ends with this process at the latest.

        Raises:
            TrainError: if another one has it.
            OSError: if the folder cannot be made.
        """
        self.training.mkdir(parents=True, exist_ok=True)
        handle = claim(self.training / LOCK)
        if handle is None:
            raise TrainError(f"{self.name}: another training is writing it; let it end, or choose another name.")
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # not begun: nothing of ours stays
                if not self.has_recipe():
                    (self.training / LOCK).unlink()
                    self.training.rmdir()
                    self.folder.rmdir()
            os.close(handle)

    def has_recipe(self) -> bool:
        return os.path.isfile(self.training / RECIPE)

    def has_state(self) -> bool:
        return os.path.isfile(self.training / STATE)

    def recipe(self) -> Recipe:
        """The recipe of the training that is to be resumed. Raises TrainError if there is none."""
        return read_recipe(self.training / RECIPE)

    def check_new(self) -> None:
        """Refuse a place where a new training would destroy something.

        Raises:
            TrainError: if it holds a training that has got somewhere, or files that are not a training's.
        """
        if not os.path.isdir(self.folder.parent):
            raise TrainError(f"{self.name}: its parent folder does not exist; make it first.")
        if self.has_state():
            advice = "add --resume to go on, or choose another name"
            raise TrainError(f"{self.name}: holds a training already", advice, "place")
        if os.path.exists(self.folder) and not os.path.isdir(self.folder):
            raise TrainError(f"{self.name}: is a file; choose another name for the model's folder.")
        # another process of the same launch may have locked it already
        begun = {self.training, self.training / LOCK}
        if not self.has_recipe() and any(_entries(place) - begun for place in (self.folder, self.training)):
            raise TrainError(f"{self.name}: is not empty and holds no training; choose another name.")

    def begin(self, trainer: Trainer) -> None:
        """Write what does not change while training, and sweep up after a run that was killed. Raises OSError."""
        (self.training / "samples").mkdir(parents=True, exist_ok=True)
        for place in ("", "unet", "scheduler", "training", "training/samples"):
            sweep(self.folder / place)  # halves of files that a run which was killed never got to rename
        write_recipe(self.training / RECIPE, trainer.recipe)
        recipe, pictures = trainer.recipe, trainer.pictures
        held_out = [name for name, held in zip(pictures.names, pictures.held_out, strict=True) if held]
        notes: dict[str, Any] = {
            "training": {
                "size": recipe.size,
                "classes": {name: list(folders) for name, folders in recipe.classes},
                "held_out": held_out,
            }
        }
        if pictures.captions is not None:
            notes |= Told(pictures.captions.vocabulary, recipe.shuffle).to_dict()
        null = len(pictures.class_names) if pictures.class_names else None
        write_outline(
            self.folder,
            bare(trainer.network),
            trainer.schedule,
            recipe.prediction,
            pictures.class_names,
            null,
            notes,
            KINDS[recipe.kind],
        )
        if recipe.kind != PICTURE.name:
            return
        trained = pictures.trained
        sheet = PictureSet(pictures.pixels[trained], pictures.labels[trained], pictures.class_names, recipe.flip)
        write_picture_sheet(self.folder, sheet)

    def read_state(self, trainer: Trainer) -> float:
        """Put the checkpoint, if there is one, into the trainer.

        Returns:
            Seconds that were trained so far.
        Raises:
            TrainError: if the checkpoint belongs to another network or is damaged.
        """
        if not self.has_state():
            return 0.0
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            step, seconds = read_notes(self.training / STATE)
            trainer.restore(load_file(self.training / STATE), step)
        except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
            cause = short((str(error).strip().splitlines() or [type(error).__name__])[0], 120)
            raise TrainError(
                f"{self.name}: its checkpoint cannot be used ({cause}); train into a new folder."
            ) from error
        self.saved_step = trainer.steps_done
        return seconds

    def check_classes(self, class_names: tuple[str, ...]) -> None:
        """Refuse pictures of other classes than the training was begun with.

        Raises:
            TrainError: naming the classes.
        """
        if not self.has_state():
            return
        try:
            known = known_classes(self.folder)
        except Unreadable as error:
            raise TrainError(f"{self.name}: its diffviz.json {error}; train into a new folder.") from error
        if list(class_names) != known:
            was = f"the classes {short(', '.join(known), 400)}" if known else "pictures without classes"
            raise TrainError(f"{self.name}: was trained on {was}; give the same, or train into a new folder.")

    def trim_losses(self, step: int) -> list[float]:
        """Forget the losses after ``step``, which will come again; those until then. Raises OSError and TrainError."""
        try:
            trim(self.training, step)
            return [float(row[3]) for row in read_rows(self.training / LOSSES)]
        except Unreadable as error:
            raise TrainError(f"{self.name}/training: a table of losses {error}; move it away.") from error

    def add_losses(self, losses: Sequence[float], step: int, seconds: float, lr: float) -> None:
        """Remember those of consecutive steps for the next checkpoint; the others are of the last one."""
        first = step - len(losses) + 1
        self._lines += [f"{first + k},{seconds:.1f},{lr:.3e},{loss!r}\n" for k, loss in enumerate(losses)]

    def save(self, trainer: Trainer, seconds: float, grid: np.ndarray | None, held_out: float | None) -> Path | None:
        """Write a checkpoint: losses, state, model, in this order; losses beyond the state are forgotten on resume.

        Args:
            held_out: the loss on the pictures that were held out; None where it was not measured.

        Returns:
            The file of the grid, if one was given.
        Raises:
            OSError: if something cannot be written; the checkpoint before is then still whole.
        """
        notes = {"step": trainer.steps_done, "seconds": seconds}
        append(self.training / LOSSES, self._lines)
        self._lines.clear()
        measured = read_held_out(self.training)
        if held_out is not None and trainer.steps_done not in [step for step, _ in measured]:
            append(self.training / HELD_OUT, [f"{trainer.steps_done},{held_out!r}\n"])
            measured.append((trainer.steps_done, held_out))
        write_tensors(self.training / STATE, trainer.state(), {"diffviz": json.dumps(notes)})
        self.saved_step = trainer.steps_done
        write_weights(self.folder, dict(bare(trainer.average).state_dict()))
        path = None
        if grid is not None:
            path = self.training / "samples" / f"{trainer.steps_done:08d}.png"
            data = png_bytes(grid)
            write_bytes(path, data)
            write_bytes(self.folder / "samples.png", data)
        write_text(self.folder / "README.md", card(trainer, seconds, measured[-1] if measured else None))
        return path


def disk_error(error: OSError, output: Output) -> TrainError:
    """What to tell the person when OUT cannot be written."""
    cause = os.strerror(error.errno) if error.errno else str(error)
    wrong = f"{output.name}: cannot be written ({cause}); make room or check its rights"
    if output.saved_step is None:
        return TrainError(f"{wrong}; no checkpoint has been written yet.", reason="disk")
    return TrainError(f"{wrong}; the checkpoint of step {output.saved_step} is kept", "go on with --resume", "disk")


def _entries(folder: Path) -> set[Path]:
    """What stands in a folder; of what cannot be read nothing: writing there will say so."""
    try:
        return {folder / name for name in os.listdir(folder)}
    except OSError:
        return set()
