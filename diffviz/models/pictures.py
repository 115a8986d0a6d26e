"""The pictures that a model was trained on, beside its weights: pictures.png, one lossless sheet, and pictures.json."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from diffviz.bounded import FLAG, json_text, read_object, several, take, text, whole
from diffviz.files import write_bytes, write_text
from diffviz.images import PictureError, picture_hash, png_bytes, read_picture
from diffviz.models.classes import MAX_NAME
from diffviz.models.errors import ModelError
from diffviz.models.folder import CHECKPOINT_PARTS, refusing

SHEET, INDEX = "pictures.png", "pictures.json"
# what a training writes of its own accord
MAX_COUNT, MAX_SIDE = 5000, 64
# what is read: 48 MiB of pixels
_READ_SIDE, _READ_PIXELS = 1024, 2**24


@dataclass(frozen=True, eq=False)
class PictureSet:
    """Pictures with their classes.

    Attributes:
        pixels: uint8 (N, 3, S, S), N of at least 1.
        labels: int64 (N,), all 0 where there are no classes. class_names: of the labels; empty without classes.
        flip: whether the mirror image of each counts as a picture too.
    """

    pixels: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    class_names: tuple[str, ...] = ()
    flip: bool = False

    @property
    def size(self) -> int:
        """S."""
        return int(self.pixels.shape[-1])

    def with_mirrored(self) -> PictureSet:
        """The set with its mirror images, where they count."""
        if not self.flip:
            return self
        pixels = np.concatenate([self.pixels, self.pixels[..., ::-1]])
        return PictureSet(pixels, np.concatenate([self.labels, self.labels]), self.class_names)


def fits_a_sheet(count: int, side: int) -> bool:
    """Whether so many pictures of that side are few and small enough to lie beside the weights."""
    return count <= MAX_COUNT and side <= MAX_SIDE


def write_picture_sheet(folder: Path, pictures: PictureSet) -> bool:
    """Write both files if there are at most 5,000 pictures of at most 64x64; whether they were written.

    Raises:
        OSError: if a file cannot be written.
    """
    count, side = len(pictures.pixels), pictures.size
    if not fits_a_sheet(count, side):
        return False
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    tiles = np.full((rows * columns, 3, side, side), 255, dtype=np.uint8)
    tiles[:count] = pictures.pixels
    sheet = tiles.reshape(rows, columns, 3, side, side).transpose(0, 3, 1, 4, 2).reshape(rows * side, columns * side, 3)
    index = {
        "size": side,
        "count": count,
        "columns": columns,
        "flip": pictures.flip,
        "class_names": list(pictures.class_names),
        "labels": pictures.labels.tolist(),
        "hash": picture_hash(sheet),
    }
    write_bytes(folder / SHEET, png_bytes(sheet))
    write_text(folder / INDEX, json_text(index) + "\n")
    return True


def find_picture_sheet(folder: Path) -> Path | None:
    """The folder that holds a model's sheet: its own, or for a part of it ("unet") the one above; None without one."""
    places = (folder, folder.parent) if folder.name in CHECKPOINT_PARTS else (folder,)
    return next((place for place in places if os.path.isfile(place / INDEX)), None)


def read_picture_sheet(folder: Path) -> PictureSet:
    """The pictures of ``write_picture_sheet``.

    Raises:
        ModelError: if a file is missing, damaged, or does not fit the other.
    """
    name = f"{folder.name}/{INDEX}"
    with refusing(name):
        value = read_object(folder / INDEX)
        side, count, columns = (
            take(value, key, whole(1, most))
            for key, most in (("size", _READ_SIDE), ("count", _READ_PIXELS), ("columns", _READ_PIXELS))
        )
        class_names, flip = take(value, "class_names", several(text(MAX_NAME)), []), take(value, "flip", FLAG, False)
        labels = take(value, "labels", several(whole(0, max(0, len(class_names) - 1)), count, count))
    rows = math.ceil(count / columns)
    if rows * columns * side**2 > _READ_PIXELS:
        raise ModelError(f"{name}: tells of more than {_READ_PIXELS // 10**6} million pixels; write the file again.")
    try:
        sheet = read_picture(folder / SHEET, (columns * side, rows * side)).array
    except PictureError as error:
        raise ModelError(f"{folder.name}/{error}") from error
    if value.get("hash") != picture_hash(sheet):
        raise ModelError(f"{name}: is not the index of the {SHEET} beside it; get both files again.")
    tiles = sheet.reshape(rows, side, columns, side, 3).transpose(0, 2, 4, 1, 3).reshape(-1, 3, side, side)[:count]
    return PictureSet(np.ascontiguousarray(tiles), np.array(labels, dtype=np.int64), tuple(class_names), flip)
