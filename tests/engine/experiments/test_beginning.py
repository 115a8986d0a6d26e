"""What the experiments with a picture begin with: one that the model knows, unless the person's own is asked for."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from benches import bench, picture, sheet

from diffviz.kinds.picture import fitted
from diffviz.models.pictures import PictureSet, write_picture_sheet
from diffviz.scene import DataSpec, ModelSpec


@pytest.fixture
def knowing(tiny_model_folder: Path) -> Path:
    """A model with three of its training pictures beside it."""
    pixels = np.random.default_rng(0).integers(0, 256, (3, 3, 8, 8), np.uint8)
    write_picture_sheet(tiny_model_folder, PictureSet(pixels, np.array([0, 1, 1]), ("dot", "ring")))
    return tiny_model_folder


def trained_on(folder: Path, i: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 3, 8, 8), np.uint8)[i].transpose(1, 2, 0)


@pytest.mark.parametrize(("label", "i"), [(None, 0), ("dot", 0), ("ring", 1)])
@pytest.mark.parametrize("name", ["strength", "inversion"])
def test_a_training_picture_of_the_class_comes_first(knowing: Path, name: str, label: str | None, i: int) -> None:
    work = bench(knowing, name, with_picture=False, **({"steps": "2"} if name == "inversion" else {"strengths": "0.5"}))
    work = dataclasses.replace(work, scene=work.scene.replace(model=ModelSpec(str(knowing), label)))
    made = sheet(work)
    assert np.array_equal(made.cells[0, 0].picture, trained_on(knowing, i))
    assert made.columns[0].title == "training picture" and made.cells[0, 0].still
    assert made.columns[made.pair[0][1]].title == "training picture"
    assert made.columns[made.pair[1][1]].title in ("denoised", "back again")


@pytest.mark.parametrize("case", ["open", "drawing", "unknown"])
def test_the_persons_own_where_it_is_asked_for_drawn_or_all_there_is(
    knowing: Path, tiny_model_folder: Path, case: str
) -> None:
    work = bench(knowing, "strength", strengths="0.5", **({"begin": "open"} if case == "open" else {}))
    if case == "drawing":
        drawn = DataSpec(source=f"sha256:{'0' * 64}")
        work = dataclasses.replace(work, scene=work.scene.replace(data=drawn))
    if case == "unknown":
        for path in knowing.glob("pictures.*"):
            path.unlink()
    made = sheet(work)
    assert made.columns[0].title == "your picture"
    assert np.array_equal(made.cells[0, 0].picture, fitted(picture(), 8, 8))


@pytest.mark.parametrize(("label", "i"), [("ring", 2), ("dot", 2)])
def test_between_two_pictures_both_are_known(knowing: Path, label: str, i: int) -> None:
    work = bench(knowing, "interpolation", with_picture=False, points=3)
    made = sheet(dataclasses.replace(work, scene=work.scene.replace(model=ModelSpec(str(knowing), label))))
    assert np.array_equal(made.cells[0, 2].picture, trained_on(knowing, i))
    assert made.remark.startswith(f"DDIM 5 · {label} · ") and made.pair == ((0, 0), (2, 0))
