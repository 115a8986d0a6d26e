"""A folder of pictures -> one uint8 array in memory, decoded once, with the class of each."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from diffviz.bounded import Refusal
from diffviz.files import display_name
from diffviz.images import load_picture
from diffviz.kinds import SOUND
from diffviz.kinds.picture import fitted
from diffviz.train.captions import Captions, read_captions
from diffviz.train.classes import Classes, Found, names_problem
from diffviz.train.held_out import Before, hold_out
from diffviz.train.recipe import MIN_PICTURES, Recipe, TrainError
from diffviz.vocabulary import Vocabulary

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".ico", ".avif"}
SOUND_SUFFIXES = {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aif", ".aiff", ".au", ".caf"}
Groups = list[tuple[str, list[Path]]]


@dataclass(frozen=True, eq=False)
class Pictures:
    """What is trained on.

    Attributes:
        pixels: uint8 (N, 3, S, S), or of sounds float32 (N, C, H, W), as they are noised.
        labels: int64 (N,), all 0 where there are no classes.
        names: of each picture, relative to the folder, "cat-face/smile.png".
        class_names: of the labels; empty where there are no classes.
        held_out: bool (N,): pictures for measuring only.
        skipped: one sentence for each picture that cannot be used.
        captions: of the pictures, where they are told in words; there are no classes then.
    """

    pixels: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    names: tuple[str, ...]
    class_names: tuple[str, ...]
    held_out: np.ndarray = field(repr=False)
    skipped: tuple[str, ...] = ()
    captions: Captions | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def conditions(self, chosen: np.ndarray) -> np.ndarray | None:
        """What the network is told of these pictures: labels (n,) or words (n, 12, 6), int64; None: nothing."""
        if self.captions is not None:
            return self.captions.numbers[chosen]
        return self.labels[chosen] if self.class_names else None

    @property
    def trained(self) -> np.ndarray:
        """Indices of the pictures that are trained on."""
        return np.flatnonzero(~self.held_out)


def as_noised(pixels: Tensor) -> Tensor:
    """Some of ``Pictures.pixels`` as what is noised, float32."""
    return pixels.to(torch.float32) / 127.5 - 1.0 if pixels.dtype == torch.uint8 else pixels


def read_pictures(
    recipe: Recipe,
    seen: Callable[[int, int], None] = lambda done, total: None,
    least: int = MIN_PICTURES,
    before: Before | None = None,
    known: Vocabulary | None = None,
) -> Pictures:
    """Decode the recipe's folder: upright, on white, the middle square, reduced to size x size by Lanczos.

    Sounds: their beginning at 8 kHz, as long as size x size samples, with silence behind those that are shorter.

    Args:
        seen: is told how many pictures of how many have been read.
        least: how many there must be; a training needs 8.
        before: the training that the weights come from.
        known: the words of the network that is trained on, where there are captions.
    Raises:
        TrainError: if the folder is missing or holds fewer pictures that can be used.
    """
    root = Path(recipe.data)
    suffixes = SOUND_SUFFIXES if recipe.kind == SOUND.name else SUFFIXES
    one = recipe.captions and os.path.isdir(root)
    groups = [("", files_below(root, suffixes))] if one else _groups(root, recipe.classes, suffixes)
    if problem := names_problem([name for name, _ in groups if name or recipe.classes]):
        raise TrainError(problem)
    files = [(label, path) for label, (_, paths) in enumerate(groups) for path in paths]
    pixels, labels, names = [], [], []
    loose = [] if recipe.classes else _loose(root, groups, suffixes)
    skipped = [f"{name}: lies beside the sub-folders, so it is in no class" for name in loose]
    for done, (label, path) in enumerate(files):
        seen(done, len(files))
        try:
            pixels.append(_decoded(recipe, path))
        except Refusal as error:
            skipped.append(str(error))
            continue
        labels.append(label)
        names.append(path.relative_to(root).as_posix())
    seen(len(files), len(files))
    if len(pixels) < least:
        first = f" The first that was skipped: {skipped[0]}" if skipped else ""
        need = "a training needs" if least == MIN_PICTURES else "there must be"
        what = f"{len(pixels)} {recipe.kind}s that can be used"
        raise TrainError(f"{display_name(root)}: holds {what}, {need} at least {least}.{first}")
    class_names = tuple(name for name, _ in groups) if groups[0][0] else ()
    empty = [name for k, name in enumerate(class_names) if k not in labels]
    if empty:
        raise TrainError(
            f"{display_name(root)}: the class {empty[0]!r} has no {recipe.kind} that can be used; remove it."
        )
    array = np.stack(pixels)
    if recipe.kind != SOUND.name:
        array = np.ascontiguousarray(array.transpose(0, 3, 1, 2))
    held_out = hold_out(names, recipe, before, array)
    captions = read_captions(recipe.captions, root, names, known) if recipe.captions else None
    skipped += captions.notes if captions else ()
    return Pictures(
        array, np.array(labels, dtype=np.int64), tuple(names), class_names, held_out, tuple(skipped), captions
    )


def _decoded(recipe: Recipe, path: Path) -> np.ndarray:
    """One file: uint8 (S, S, 3), or of a sound float32 of the recipe's shape. Raises Refusal."""
    if recipe.kind == SOUND.name:
        return SOUND.x_0(SOUND.read(f"path:{path}").array, recipe.sample_shape)
    return fitted(load_picture(path), recipe.size, recipe.size)


def survey(folder: str | os.PathLike[str]) -> Found:
    """How many pictures a folder and its sub-folders hold by the files' names; nothing is decoded.

    Raises:
        TrainError: if it cannot be trained on, as far as names tell.
    """
    root = Path(folder)
    groups = _groups(root, ())
    found = Found(tuple((name, len(paths)) for name, paths in groups), len(_loose(root, groups, SUFFIXES)))
    if not found.count and files_below(root, SOUND_SUFFIXES):
        raise TrainError(
            f"{display_name(root)}: holds sounds and no pictures; in a terminal diffviz train FOLDER --kind sound "
            "-o OUT --minutes 60 trains on them."
        )
    if found.problem:
        raise TrainError(f"{display_name(root)}: {found.problem}")
    return found


def _groups(root: Path, classes: Classes, suffixes: Container[str] = SUFFIXES) -> Groups:
    """(class name, its files) in the order of the labels; one nameless group where there are no classes."""
    if not os.path.isdir(root):
        what = "is a file; give the folder that holds the pictures" if os.path.exists(root) else "is no folder here"
        raise TrainError(f"{display_name(root)}: {what}{'' if os.path.exists(root) else '; check its name'}.")
    try:
        folders = sorted(entry.name for entry in os.scandir(root) if _is_shown_folder(entry))
        if classes:
            return [(name, _files_of(root, wanted, folders, suffixes)) for name, wanted in classes]
        found = [(name, files_below(root / name, suffixes)) for name in folders]
        found = [(name, paths) for name, paths in found if paths]
        return found or [("", files_below(root, suffixes))]
    except OSError as error:
        raise TrainError(f"{display_name(root)}: cannot be read ({error.strerror}); check its rights.") from error


def _loose(root: Path, groups: Groups, suffixes: Container[str]) -> list[str]:
    """The files beside sub-folders that make classes: they are in none."""
    if not groups[0][0]:
        return []
    return sorted(name for name in _names(root, deep=False) if Path(name).suffix.lower() in suffixes and name[0] != ".")


def _is_shown_folder(entry: os.DirEntry[str]) -> bool:
    """A link that leads back to itself is none: one of them makes no folder unreadable."""
    try:
        return not entry.name.startswith(".") and entry.is_dir()
    except OSError:
        return False


def holds_pictures(folder: str | os.PathLike[str], most: int = 500) -> bool:
    """A cheap look: whether a picture is among the first ``most`` names in the folder or in its sub-folders."""
    names = itertools.islice(_names(Path(folder)), most)
    return any(Path(name).suffix.lower() in SUFFIXES and name[0] != "." for name in names)


def _names(folder: Path, deep: bool = True) -> Iterator[str]:
    """The names in a folder, then those in its sub-folders; of what cannot be read, none."""
    below = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                yield entry.name
                if deep and _is_shown_folder(entry):
                    below.append(Path(entry.path))
    except OSError:
        return
    for each in below:
        yield from _names(each, deep=False)


def _files_of(root: Path, wanted: Sequence[str], folders: Sequence[str], suffixes: Container[str]) -> list[Path]:
    missing = [name for name in wanted if name not in folders]
    if missing:
        problem = f"{display_name(root)}: has no sub-folder {missing[0]!r}"
        raise TrainError(problem, "put it back, or leave it out of --classes", "classes")
    return [path for name in wanted for path in files_below(root / name, suffixes)]


def files_below(folder: Path, suffixes: Container[str]) -> list[Path]:
    """Every file of these suffixes below, sorted by path; links to folders are followed at the top, no hidden names."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place, name) for name in files if Path(name).suffix.lower() in suffixes and name[0] != "."]
    return sorted(found)
