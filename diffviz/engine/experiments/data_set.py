"""The pictures that a model was trained on, or those of a folder, with their exact denoiser."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion import ExactDenoiser, exact_denoiser
from diffviz.engine.experiments.workbench import Workbench
from diffviz.engine.opening import read_picture_set
from diffviz.kinds.picture import in_channels
from diffviz.models.cores import in_parts
from diffviz.models.exact import pictures_tensor
from diffviz.models.pictures import PictureSet

NOTHING = 1e-9  # a weight that changes no sum of a few thousand in float32
FEW = 0.25  # of a set: a product with so few rows is worth the copy of them


@dataclass(frozen=True)
class DataSet:
    """A set in the model's shape, mirror images included where they count.

    Attributes:
        own: as it was read. pictures: with its mirror images. x: they as float32 (N, C, S, S) on the model's device.
        denoiser: their exact one. label: the scene's class as the pictures count it; None: any.
    """

    own: PictureSet
    pictures: PictureSet
    x: Tensor
    denoiser: ExactDenoiser
    label: int | None

    @property
    def count(self) -> int:
        """How many pictures of the class there are."""
        return len(self.x) if self.label is None else int((self.pictures.labels == self.label).sum())

    @property
    def mean(self) -> Tensor:
        """Of the class's pictures, (C, S, S)."""
        own = self.x if self.label is None else self.x[torch.from_numpy(self.pictures.labels == self.label)]
        return own.mean(dim=0)

    @property
    def words(self) -> str:
        """ "120 pictures of cat"."""
        of = f" of {self.pictures.class_names[self.label]}" if self.label is not None else ""
        return f"{self.count:,} pictures{of}"

    def predict(self, x_t: Tensor, t: float) -> Tensor:
        """E[x_0 | x_t] over the pictures of the class, on all cores."""

        def part(x: Tensor) -> Tensor:
            weights = self.denoiser.weights(x, t, self.label)
            weigh = (weights > NOTHING).any(dim=0)
            if int(weigh.sum()) > FEW * len(weigh):
                return self.denoiser.mean_of(weights).view_as(x)
            few = torch.addmm(self.denoiser.mean, weights[:, weigh], self.denoiser.offsets[weigh])
            return few.view_as(x)

        return in_parts(part, x_t) if x_t.device.type == "cpu" else part(x_t)

    def shuffled(self, seed: int) -> np.ndarray:
        """Indices of all pictures of the class, in an order of the seed: each beginning of it is a fair sample."""
        every = np.arange(len(self.x))
        found = every if self.label is None else every[self.pictures.labels == self.label]
        return np.random.default_rng(seed).permutation(found)

    def some(self, count: int, seed: int) -> Tensor:
        """The first of those, at most ``count``, (n, C, S, S)."""
        return self.x[torch.from_numpy(self.shuffled(seed)[:count])]


def data_set(bench: Workbench) -> DataSet:
    """The pictures of the folder that was named, or those that the model was trained on.

    Raises:
        ValueError: one sentence, if there are none in the model's size.
    """
    model = bench.model
    own = training_pictures(bench)
    pictures = own.with_mirrored()
    key = ("data set", id(own), model.fingerprint, str(model.device))
    kept: tuple[PictureSet, Tensor, ExactDenoiser] | None = bench.memory.get(key)
    if kept is None:
        x = in_channels(pictures_tensor(pictures, model.device), model.sample_shape[0])
        denoiser = exact_denoiser(x, model.schedule, torch.from_numpy(pictures.labels).to(model.device))
        kept = own, x, denoiser  # the set too: it keeps its id
        bench.memory.put(key, kept, 2 * x.nbytes)
    return DataSet(own, pictures, *kept[1:], _label(bench, pictures))


def training_pictures(bench: Workbench) -> PictureSet:
    """As ``data_set``, the pictures alone."""
    if len(bench.model.sample_shape) != 3:
        raise ValueError(f"{bench.model.name} makes no pictures to compare with; choose a network that does.")
    _, height, width = bench.model.sample_shape
    if height != width:
        raise ValueError(f"{bench.model.name} has pictures of {width}x{height}; the exact denoiser reads square ones.")
    wanted = str(bench.param("data")) or str(bench.model.folder)
    key = ("pictures", wanted, width, _times(Path(wanted)))
    known: PictureSet | None = bench.memory.get(key)
    if known is None:
        known = read_picture_set(wanted, width, bench.pulse)
        bench.memory.put(key, known, known.pixels.nbytes)
    return known


def _times(folder: Path) -> tuple[float, ...]:
    """When something was last put into the folder or taken out of it."""
    try:
        places = [folder, *(path for path in folder.iterdir() if os.path.isdir(path))] if os.path.isdir(folder) else []
        return tuple(sorted(os.stat(place).st_mtime for place in places))
    except OSError:  # reading it says in words what is wrong
        return ()


def _label(bench: Workbench, pictures: PictureSet) -> int | None:
    """The scene's class as the pictures count it; None: any picture, also where none is of that class."""
    name = bench.scene.model.class_label
    label = pictures.class_names.index(name) if name in pictures.class_names else None
    return label if label in pictures.labels else None
