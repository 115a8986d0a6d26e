"""Workbench: what an experiment works with."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from diffviz import catalog
from diffviz.checks import shown
from diffviz.engine.chain import run_chain
from diffviz.engine.experiments.heads import settings_text
from diffviz.engine.experiments.memory import Memory
from diffviz.engine.noise import held_noise
from diffviz.engine.states import State
from diffviz.engine.tensors import x_0_of
from diffviz.models.folder import CHECKPOINT_PARTS
from diffviz.models.pictures import find_picture_sheet, read_picture_sheet
from diffviz.scene import RunSpec, Scene, sample_seed
from diffviz.sheet import Film
from diffviz.timeline import Timeline

if TYPE_CHECKING:
    from diffviz.models import Model


class PictureMissing(ValueError):
    """An experiment begins with the user's own picture, and there is none."""


FILM_BYTES = 32 * 2**20  # of a row: 24 of them stay below a GiB
SUFFIXES = (".json", ".safetensors", ".bin")  # of a model's files; a set of pictures may be thousands of others


@dataclass(frozen=True)
class Workbench:
    """A loaded model, the scene, and what was computed before.

    Attributes:
        model: the scene's. read: loads another one by name. picture: the user's own, uint8 (H, W, 3), or None.
        pulse: is called between things that are read from disk; raises where the person has cancelled.
    """

    model: Model
    scene: Scene
    memory: Memory
    read: Callable[[str], Model]
    picture: np.ndarray | None = None
    pulse: Callable[[], None] = lambda: None

    def param(self, name: str) -> Any:
        """A parameter of the experiment: as given, or its default."""
        return dict(self.scene.experiment.params).get(name, self._declared[name])

    @property
    def _declared(self) -> dict[str, Any]:
        return catalog.experiment_defaults(self.scene.experiment.name)

    def numbers(self, name: str, low: float, high: float, most: int = 16) -> tuple[float, ...]:
        """A text parameter as numbers, separated by blanks, commas or semicolons.

        Raises:
            ValueError: one sentence, if it holds anything else, none, too many, or one out of range.
        """
        words = [word for word in re.split(r"[\s,;]+", str(self.param(name))) if word]
        label = name.replace("_", " ")
        if not 1 <= len(words) <= most:
            raise ValueError(f"{label}: give 1 to {most} numbers, such as {self._declared[name]}.")
        values = []
        for word in words:
            try:
                values.append(float(word))
            except ValueError:
                raise ValueError(f"{label}: {shown(word)} is no number; write {low:g} to {high:g}.") from None
            if not low <= values[-1] <= high:
                raise ValueError(f"{label}: {values[-1]:g} is outside {low:g}..{high:g}.")
        return tuple(values)

    @property
    def run(self) -> RunSpec:
        """The chain that the scene describes."""
        return RunSpec(self.scene.model, self.scene.sampler)

    @property
    def asked(self) -> str:
        """All that the experiment reads and all cells share: "DDIM 20 · person · w = 3 · emoji-32 · seed 0"."""
        seed = "" if "seed" in self._unread else self.seed
        return " · ".join(filter(None, (self.settings, self.model_name, seed)))

    @property
    def settings(self) -> str:
        """The same without the model and the seed."""
        classless = not (self.scene.model.class_label or self.model.class_names)
        return settings_text(self.run, self._unread | ({"class"} if classless else set()))

    @property
    def seed(self) -> str:
        """That of x_T, or those, and that of the fresh noise where it is another: "seed 0, noise 5"."""
        noise, first = -1 if "noise" in self._unread else self.scene.noise, self.scene.seed
        last = sample_seed(first, int(self.param("samples")) - 1 if "samples" in self._declared else 0)
        seeds = f"seed {first}" if first == last else f"seeds {first} to {last}"
        return seeds + (f", noise {noise}" if noise >= 0 else "")

    @property
    def _unread(self) -> frozenset[str]:
        return catalog.unread(self.scene.experiment.name, self.scene.experiment.params)

    @property
    def model_name(self) -> str:
        """The model's; of data that stands for one as it is called: "exact · two moons"."""
        name = self.model.name
        return catalog.model_name(name) if name.startswith("exact") else name

    @property
    def reads_open(self) -> bool:
        """Whether the experiment reads ``picture``, not one that the model was trained on or none."""
        brings = find_picture_sheet(self.model.folder) is not None
        return self.scene.begins_with_open(self.model.kind.name, brings)

    def picture_x_0(self) -> Tensor:
        """What the experiment begins with in the model's shape, float32 (1, C, H, W).

        Raises PictureMissing if there is none.
        """
        known = self._known()
        picture = self.picture if known is None else known
        if picture is None:
            raise PictureMissing("There is no picture yet; open one first.")
        return self.as_x_0(picture)

    @property
    def picture_name(self) -> str:
        """What that is called."""
        own = self._known() is None
        return f"your {catalog.KINDS[self.model.kind.name].label}" if own else "training picture"

    def another_picture(self) -> np.ndarray | None:
        """To one that the model was trained on another one, of the same class if it has two; None to the person's."""
        return self._known(-1)

    def _known(self, which: int = 0) -> np.ndarray | None:
        """A picture that the model was trained on of the scene's class, uint8 (S, S, 3): its first, or last with -1.

        None where another was asked for, the model brings none, or the person has drawn one.
        """
        folder, label = find_picture_sheet(self.model.folder), self.scene.model.class_label
        if folder is None or self.reads_open:
            return None
        key = ("training picture", folder, label, which, _times(folder))
        known: np.ndarray | None = self.memory.get(key)
        if known is None:
            pictures = read_picture_sheet(folder)
            of_class = pictures.labels == (pictures.class_names.index(label) if label in pictures.class_names else -1)
            some = of_class if of_class.sum() > 1 or (which == 0 and of_class.any()) else np.ones_like(of_class)
            known = np.ascontiguousarray(pictures.pixels[np.flatnonzero(some)[which]].transpose(1, 2, 0))
            self.memory.put(key, known, known.nbytes)
        return known

    def as_x_0(self, picture: np.ndarray) -> Tensor:
        """uint8 (h, w, 3) cut and resized to the model's shape, float32 (1, C, H, W)."""
        return x_0_of(self.model.kind, picture, self.model.sample_shape)

    def rms(self, a: Tensor | np.ndarray, b: Tensor | np.ndarray) -> float:
        """Root of the mean square difference of what two samples, or more, are: pixels or what is heard in -1..1."""
        return rms(a, b) / self.model.kind.scale(self.model.sample_shape)

    def outside(self, x: Tensor | np.ndarray, note: str = "") -> str:
        """A note, and in it how many parts of states (..., *S) their pictures leave out."""
        count = self.model.kind.unseen(torch.as_tensor(x).cpu().float().numpy())
        return " · ".join(filter(None, (note, f"{count:,} outside" if count else "")))

    def held_eps(self) -> Tensor:
        """ε of the scene's seed, float32 (1, C, H, W)."""
        return held_noise(self.scene.seed, self.model.sample_shape)

    def model_of(self, name: str) -> Model:
        """The scene's own model, or another one, which is loaded; its samples must have the same shape.

        Raises:
            ModelError, ValueError: one sentence, if it cannot be used.
        """
        if name == self.scene.model.name:
            return self.model
        model, times = self.memory.get(("model", name)) or (None, None)
        if model is None or times != _times(model.folder):  # a training went on: its folder holds other weights now
            self.pulse()
            model = self.read(name)
            size_bytes = sum(p.numel() * p.element_size() for p in model.network.parameters())
            self.memory.put(("model", name), (model, _times(model.folder)), size_bytes)
        if model.sample_shape != self.model.sample_shape:
            raise ValueError(
                f"{model.name}: has samples of another shape than {self.model.name}; compare models of one size."
            )
        return model

    def chain(self, scene: Scene, *, count: int = 1, keep_values: bool = False, **keywords: Any) -> Iterator[State]:
        """``run_chain`` with the model that ``scene`` names, ``count`` samples of any classes but one per row."""
        plain = scene.replace(count=count, class_rows=False)
        return run_chain(self.model_of(scene.model.name), plain, keep_values=keep_values, **keywords)


def rms(a: Tensor | np.ndarray, b: Tensor | np.ndarray) -> float:
    """Root of the mean square difference of two samples' own numbers."""
    difference = torch.as_tensor(a).cpu().double() - torch.as_tensor(b).cpu().double()
    return float(difference.square().mean().sqrt())


def _times(folder: Path) -> tuple[float, ...]:
    """When the files of a model were written."""
    places = [folder, *(folder / part for part in (*CHECKPOINT_PARTS, "scheduler"))]
    files = [
        path for place in places if os.path.isdir(place) for path in sorted(place.iterdir()) if path.suffix in SUFFIXES
    ]
    return tuple(path.stat().st_mtime for path in files)


class Reel:
    """Collects a row's film: of many large pictures only as many as fit into ``FILM_BYTES``, evenly, both ends kept.

    Args:
        levels: of all states of the row, in the film's order.
    """

    def __init__(self, row: int, levels: Sequence[float]) -> None:
        self._row, self._levels = row, tuple(levels)
        self._wanted: frozenset[int] = frozenset()
        self._frames: dict[int, tuple[np.ndarray, ...]] = {}

    def add(self, i: int, *pictures: np.ndarray) -> None:
        """State i: x_t uint8 (H, W, 3), and x̂_0 where the film has it; in any order."""
        if not self._wanted:
            most = FILM_BYTES // sum(picture.nbytes for picture in pictures)
            self._wanted = frozenset(Timeline(self._levels).thinned(max(2, most)))
        if i in self._wanted:
            self._frames[i] = pictures

    def film(self) -> Film:
        """Of the states added so far, at least one."""
        frames = sorted(self._frames.items())
        stacks = map(np.stack, zip(*(pictures for _, pictures in frames), strict=True))
        return Film(self._row, tuple(self._levels[i] for i, _ in frames), *stacks)
