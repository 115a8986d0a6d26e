"""The pictures beside the weights: written and read again, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from diffviz.images import MAX_SIDE, PictureError, read_picture
from diffviz.models import ModelError
from diffviz.models.pictures import (
    MAX_COUNT,
    PictureSet,
    find_picture_sheet,
    read_picture_sheet,
    write_picture_sheet,
)


def some(count: int = 7, side: int = 5, flip: bool = False) -> PictureSet:
    pixels = np.random.default_rng(count).integers(0, 256, (count, 3, side, side), dtype=np.uint8)
    return PictureSet(pixels, np.arange(count) % 2, ("odd", "even"), flip)


@pytest.mark.parametrize("count", [1, 4, 7, 4900])
def test_what_is_written_is_read(tmp_path: Path, count: int) -> None:
    side = 32 if count == 4900 else 5
    given = some(count, side, flip=count == 4)
    assert write_picture_sheet(tmp_path, given)
    read = read_picture_sheet(tmp_path)
    assert np.array_equal(read.pixels, given.pixels) and read.pixels.flags.c_contiguous
    assert np.array_equal(read.labels, given.labels) and read.labels.dtype == np.int64
    assert read.class_names == given.class_names and read.flip == given.flip


def test_a_sheet_may_be_larger_than_an_opened_picture(tmp_path: Path) -> None:
    write_picture_sheet(tmp_path, some(4900, 32))
    with Image.open(tmp_path / "pictures.png") as sheet:
        assert min(sheet.size) > MAX_SIDE


def test_tiles_lie_row_by_row(tmp_path: Path) -> None:
    given = some(5)
    write_picture_sheet(tmp_path, given)
    sheet = np.asarray(Image.open(tmp_path / "pictures.png"))
    assert sheet.shape == (10, 15, 3)
    assert np.array_equal(sheet[5:10, :5], given.pixels[3].transpose(1, 2, 0))


def test_large_sets_are_not_written(tmp_path: Path) -> None:
    many = PictureSet(np.zeros((MAX_COUNT + 1, 3, 1, 1), dtype=np.uint8), np.zeros(MAX_COUNT + 1, dtype=np.int64))
    assert not write_picture_sheet(tmp_path, many)
    assert not write_picture_sheet(tmp_path, some(1, 65))
    assert not list(tmp_path.iterdir()) and find_picture_sheet(tmp_path) is None


def test_a_part_of_a_model_finds_the_sheet_above(tmp_path: Path) -> None:
    write_picture_sheet(tmp_path, some())
    for name in ("unet", "other"):
        (tmp_path / name).mkdir()
    assert find_picture_sheet(tmp_path / "unet") == find_picture_sheet(tmp_path) == tmp_path
    assert find_picture_sheet(tmp_path / "other") is None


def test_mirror_images_are_added_where_they_count() -> None:
    plain, both = some().with_mirrored(), some(flip=True).with_mirrored()
    assert len(plain.pixels) == 7 and len(both.pixels) == 14
    assert np.array_equal(both.pixels[7:], some().pixels[..., ::-1])
    assert both.labels.tolist() == 2 * some().labels.tolist() and not both.flip


@pytest.mark.parametrize("change, said", [
    ({"size": 0}, '"size": 0, expected a whole number in 1'),
    ({"size": True}, '"size": True'),
    ({"count": 10**9}, '"count": 1000000000'),
    ({"columns": "3"}, '"columns": 3'),
    ({"size": 1000, "count": 5000, "labels": [0] * 5000}, "million pixels"),
    ({"labels": [0, 1]}, '"labels": [0, 1], expected a list of 7 values, each a whole number in 0..1'),
    ({"labels": [0, 1, 0, 1, 0, 1, 2]}, '"labels": [0, 1, 0, 1, 0, 1, ...], expected a list of 7 values'),
    ({"labels": [0, 1, 0, 1, 0, 1, -1]}, '"labels": [0, 1, 0, 1, 0, 1, ...], expected a list of 7 values'),
    ({"class_names": "ab"}, '"class_names"'),
    ({"flip": 1}, '"flip": 1'),
    ({"hash": "0"}, "is not the index of the pictures.png beside it"),
    ({"count": 9, "labels": [0] * 9, "columns": 9}, "pictures.png: is 15x15, not 45x5"),
])  # fmt: skip
def test_an_index_that_does_not_fit_is_refused(tmp_path: Path, change: dict, said: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    write_picture_sheet(folder, some())
    path = folder / "pictures.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(ModelError) as refused:
        read_picture_sheet(folder)
    assert said in str(refused.value) and str(refused.value).startswith("model/pictures.")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("damage", ["missing", "cut", "no json"])
def test_damaged_files_are_model_errors(tmp_path: Path, damage: str) -> None:
    write_picture_sheet(tmp_path, some())
    sheet = tmp_path / "pictures.png"
    if damage == "missing":
        sheet.unlink()
    elif damage == "cut":
        sheet.write_bytes(sheet.read_bytes()[:200])
    else:
        (tmp_path / "pictures.json").write_text("[1, 2", encoding="utf-8")
    with pytest.raises(ModelError):
        read_picture_sheet(tmp_path)


def test_another_size_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    Image.new("1", (11_000, 11_000)).save(path)
    with pytest.raises(PictureError, match=r"^huge.png: is 11,000x11,000, not 32x64"):
        read_picture(path, (32, 64))
