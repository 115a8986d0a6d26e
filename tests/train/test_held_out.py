"""Pictures that are held out stay so, and nothing is measured by pictures that the weights know."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from test_train_from import train_from
from train_shapes import CLASSES, draw_folder

from diffviz.images import load_picture
from diffviz.kinds.picture import fitted
from diffviz.models.pictures import read_picture_sheet
from diffviz.train.held_out import Before, hold_out, measured, read_before
from diffviz.train.recipe import Recipe

NAMES = tuple(f"{folder}/{k}.png" for folder in ("a", "b") for k in range(250))
RECIPE = Recipe(hold_out=0.1)


def named(held):
    return {name for name, out in zip(NAMES, held, strict=True) if out}


def test_they_are_a_function_of_the_seed():
    held = hold_out(NAMES, RECIPE)
    assert held.dtype == bool and held.shape == (500,) and held.sum() == 50
    assert (held == hold_out(NAMES, RECIPE)).all()
    assert (held != hold_out(NAMES, RECIPE.replace(seed=1))).any()
    assert not hold_out(NAMES[:100], RECIPE).any()  # too few to spare


def test_what_a_training_before_held_out_stays_so_and_new_folders_give_their_share():
    before = Before(frozenset({"a/3.png", "a/77.png", "gone/1.png"}), frozenset({"a", "gone"}))
    for seed in range(5):
        held = named(hold_out(NAMES, RECIPE.replace(seed=seed), before))
        assert {name for name in held if name[0] == "a"} == {"a/3.png", "a/77.png"}
        assert len(held) == 2 + 25


def test_a_training_that_goes_on_holds_out_nothing_else_though_pictures_were_added():
    before = Before(frozenset({"a/3.png", "b/4.png"}), frozenset({"a"}), goes_on=True)
    assert named(hold_out(NAMES, RECIPE, before)) == before.held_out


def test_a_training_that_began_with_too_few_to_hold_out_trains_on_all_that_are_added():
    assert not hold_out(NAMES, RECIPE, Before(frozenset(), frozenset({"a", "b"}), goes_on=True)).any()
    assert not hold_out(NAMES, RECIPE, Before(frozenset(), None, goes_on=True)).any()


def test_pictures_of_the_sheet_are_never_held_out_whatever_they_are_called():
    pixels = np.random.default_rng(0).integers(0, 256, (500, 3, 8, 8), dtype=np.uint8)
    known = np.random.default_rng(1).random(500) < 0.4
    before = Before(frozenset(), sheet=frozenset(picture.tobytes() for picture in pixels[known]))
    held = hold_out(NAMES, RECIPE, before, list(pixels))
    assert not (held & known).any() and held.sum() == round(0.1 * (~known).sum())


def test_other_pictures_in_folders_of_the_same_names_are_held_out_as_ever():
    before = Before(frozenset({"a/other.png"}), frozenset({"a", "b"}))
    assert (hold_out(NAMES, RECIPE, before) == hold_out(NAMES, RECIPE)).all()


def test_every_class_is_measured_alike():
    labels = np.repeat(np.arange(4), 2500)
    held = np.random.default_rng(0).random(10_000) < 0.05
    chosen = measured(held)
    assert len(set(chosen)) == 128 and held[chosen].all()
    assert np.bincount(labels[chosen]).min() > 25
    for few in (0, 1, 127):
        some = np.zeros(300, dtype=bool)
        some[:few] = True
        assert (measured(some) == np.arange(few)).all()


def test_who_holds_out_nothing_trains_on_everything():
    assert not hold_out(NAMES, RECIPE.replace(hold_out=0.0), Before(frozenset({"a/3.png"}))).any()


@pytest.mark.parametrize("text", [
    "", "[]", "{", '{"training": 1}', '{"training": {"held_out": 3, "classes": {}}}', '{"class_names": ["a"]}',
    '{"training": {"held_out": [], "classes": [1]}}', '{"training": {"held_out": [], "classes": {"a": 1}}}',
])  # fmt: skip
def test_a_model_that_tells_nothing_of_it(tmp_path, text):
    (tmp_path / "diffviz.json").write_text(text, encoding="utf-8")
    assert read_before(tmp_path, goes_on=False) is None
    assert read_before(tmp_path / "nowhere", goes_on=True) is None


def test_from_one_training_to_the_next(train, out, tmp_path):
    """From the folder over the model's notes to the next training's, and to the pictures that it shows as its own."""
    folder = draw_folder(tmp_path / "many", each=70)
    assert train("--steps", 1, "--hold-out", 0.1, data=folder) == 0
    first = set(notes(out)["held_out"])
    assert len(first) == 21
    fourth = folder / "star"
    fourth.mkdir()
    for k in range(30):
        Image.new("RGB", (8, 8), (200, 8 * k, 30)).save(fourth / f"{k}.png")
    for k in range(60):  # copies of pictures that the first one was trained on, or measured by
        (fourth / f"copy {k}.png").write_bytes((folder / CLASSES[0] / f"{CLASSES[0]}-{k:02d}.png").read_bytes())
    second = tmp_path / "second"
    assert train_from(folder, second, out, "--steps", 1, "--hold-out", 0.1, "--seed", 5) == 0
    now = set(notes(second)["held_out"])
    assert {name for name in now if not name.startswith("star")} == first
    trained = {picture.tobytes() for picture in read_picture_sheet(out).pixels}
    side = read_picture_sheet(out).pixels.shape[-1]
    stars = {path: fitted(load_picture(path), side, side).transpose(2, 0, 1).tobytes() for path in fourth.iterdir()}
    fresh = {f"star/{path.name}" for path, pixels in stars.items() if pixels not in trained}
    assert 30 <= len(fresh) < 60 and now - first <= fresh
    assert len(now - first) == round(0.1 * len(fresh))
    kept = np.array(json.loads((second / "pictures.json").read_text(encoding="utf-8"))["labels"])
    assert len(kept) == 300 - len(now)


def test_pictures_that_are_added_in_between_are_trained_on_and_none_is_moved(train, out, tmp_path):
    folder = draw_folder(tmp_path / "many", each=70)
    assert train("--steps", 1, "--hold-out", 0.1, data=folder) == 0
    first = notes(out)["held_out"]
    for k in range(40):
        (folder / "dot" / f"a{k}.png").write_bytes((folder / "dot" / f"dot-{k:02d}.png").read_bytes())
    assert train("--resume", "--steps", 2, data=folder) == 0
    assert notes(out)["held_out"] == first


def notes(out):
    return json.loads((out / "diffviz.json").read_text(encoding="utf-8"))["training"]
