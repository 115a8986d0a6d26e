"""From a folder to arrays: what is read, how it is cut, what is skipped, what is refused."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image
from train_shapes import CLASSES, draw_folder, draw_shape

from diffviz.kinds.picture import fitted
from diffviz.train.classes import read_classes
from diffviz.train.pictures import holds_pictures, read_pictures, survey
from diffviz.train.recipe import Recipe, TrainError


def recipe_of(folder, **changes):
    return Recipe(**({"data": str(folder), "size": 8, "steps": 1} | changes))


def test_each_sub_folder_is_a_class_names_sorted(shapes):
    pictures = read_pictures(recipe_of(shapes))
    assert pictures.class_names == CLASSES
    assert pictures.pixels.shape == (27, 3, 8, 8)
    assert pictures.pixels.dtype == np.uint8
    assert pictures.labels.tolist() == [0] * 9 + [1] * 9 + [2] * 9
    assert pictures.names[9] == "dot/dot-00.png"
    assert pictures.skipped == ()


def test_without_sub_folders_there_are_no_classes(shapes):
    pictures = read_pictures(recipe_of(shapes / "dot"))
    assert pictures.class_names == ()
    assert len(pictures) == 9
    assert not pictures.labels.any()


def test_transparent_is_white(shapes):
    pictures = read_pictures(recipe_of(shapes, size=16))
    corners = pictures.pixels[:, :, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners == 255).all()
    red, green = pictures.pixels[0, :, 8, 8], pictures.pixels[9, :, 8, 8]
    assert red.argmax() == 0 and green.argmax() == 1


def test_the_middle_square_is_taken():
    picture = np.zeros((10, 30, 3), dtype=np.uint8)
    picture[:, 10:20] = 200
    assert (fitted(picture, 10, 10) == 200).all()
    assert (fitted(picture.transpose(1, 0, 2), 10, 10) == 200).all()
    assert fitted(picture, 4, 4).shape == (4, 4, 3)


def test_classes_can_be_merged_and_ordered(shapes, tmp_path):
    path = tmp_path / "classes.json"
    path.write_text(json.dumps({"round": ["ring", "dot"], "plus": ["cross"]}), encoding="utf-8")
    pictures = read_pictures(recipe_of(shapes, classes=read_classes(path)))
    assert pictures.class_names == ("round", "plus")
    assert np.bincount(pictures.labels).tolist() == [18, 9]
    assert pictures.names[0].startswith("ring/")


def test_deeper_folders_belong_to_their_class_and_hidden_files_to_nobody(tmp_path):
    folder = draw_folder(tmp_path / "shapes", each=3)
    (folder / "dot" / "more").mkdir()
    draw_shape("dot", 7).save(folder / "dot" / "more" / "deep.png")
    draw_shape("dot", 7).save(folder / "dot" / ".hidden.png")
    (folder / "dot" / "notes.txt").write_text("no picture", encoding="utf-8")
    (folder / ".thumbs").mkdir()
    draw_shape("dot", 7).save(folder / ".thumbs" / "a.png")
    (folder / "empty").mkdir()
    pictures = read_pictures(recipe_of(folder))
    assert pictures.class_names == CLASSES
    assert np.bincount(pictures.labels).tolist() == [3, 4, 3]
    assert "dot/more/deep.png" in pictures.names


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_pictures_beside_the_folders_of_the_classes_are_said_to_be_in_none(tmp_path):
    """They were left out without a word."""
    shapes = draw_folder(tmp_path / "shapes")
    shutil.copy(shapes / "dot" / "dot-00.png", shapes / "beside.png")
    pictures = read_pictures(recipe_of(shapes))
    assert len(pictures) == 27
    assert pictures.skipped == ("beside.png: lies beside the sub-folders, so it is in no class",)
    assert survey(shapes).loose == 1 and survey(shapes / "dot").loose == 0
    some = read_pictures(recipe_of(shapes, classes=(("dot", ("dot",)),)))
    assert some.skipped == (), "who names the folders has left out the rest"


def test_a_class_may_be_a_link(shapes, tmp_path):
    (tmp_path / "kinds").mkdir()
    for name in ("dot", "ring"):
        (tmp_path / "kinds" / name).symlink_to(shapes / name)
    assert read_pictures(recipe_of(tmp_path / "kinds")).class_names == ("dot", "ring")


def test_a_link_to_itself_hides_no_pictures(tmp_path):
    shapes = draw_folder(tmp_path / "shapes")
    (shapes / "loop").symlink_to("loop")
    (shapes / "loop.png").symlink_to("loop.png")
    assert survey(shapes).names == CLASSES
    assert holds_pictures(shapes)
    assert read_pictures(recipe_of(shapes)).class_names == CLASSES


def test_bad_pictures_are_skipped_and_listed(tmp_path):
    folder = draw_folder(tmp_path / "shapes", each=4)
    (folder / "dot" / "empty.png").write_bytes(b"")
    (folder / "dot" / "torn.png").write_bytes((folder / "dot" / "dot-00.png").read_bytes()[:60])
    (folder / "ring" / "text.jpg").write_text("hello", encoding="utf-8")
    pictures = read_pictures(recipe_of(folder))
    assert len(pictures) == 12
    assert [sentence.split(":")[0] for sentence in pictures.skipped] == ["empty.png", "torn.png", "text.jpg"]
    assert all("\n" not in sentence for sentence in pictures.skipped)


@pytest.mark.parametrize("make, said", [
    (lambda p: p / "nowhere", "is no folder here; check its name"),
    (lambda p: p / "file.png", "is a file; give the folder that holds the pictures"),
    (lambda p: p / "few", "holds 7 pictures that can be used, a training needs at least 8"),
    (lambda p: p / "broken", "holds 0 pictures that can be used, a training needs at least 8. The first that was"),
    (lambda p: p / "none", "holds 0 pictures that can be used, a training needs at least 8."),
    (lambda p: p / "classless", "the class 'bad' has no picture that can be used; remove it"),
])  # fmt: skip
def test_folders_that_cannot_be_trained_on(tmp_path, make, said):
    (tmp_path / "file.png").write_bytes(b"x")
    for name, count in (("few", 7), ("broken", 0), ("none", 0)):
        (tmp_path / name).mkdir()
        for k in range(count):
            draw_shape("dot", k).save(tmp_path / name / f"{k}.png")
    for k in range(9):
        (tmp_path / "broken" / f"{k}.png").write_bytes(b"no picture")
    (draw_folder(tmp_path / "classless") / "bad").mkdir()
    (tmp_path / "classless" / "bad" / "a.png").write_bytes(b"x")
    with pytest.raises(TrainError) as caught:
        read_pictures(recipe_of(make(tmp_path)))
    assert str(caught.value).startswith(f"{make(tmp_path).name}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("text, said", [
    ("{", "is not valid JSON"),
    ("[]", "holds a JSON list, expected an object; expected {\"cat\""),
    ("{}", "holds no classes"),
    ('{"a": "b"}', "holds no classes"),
    ('{"a": []}', "holds no classes"),
    ('{"a": [1]}', "holds no classes"),
])  # fmt: skip
def test_class_files_that_are_none(tmp_path, text, said):
    path = tmp_path / "classes.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TrainError, match=said):
        read_classes(path)


@pytest.mark.parametrize("classes, said", [
    ((("a", ("nowhere",)),), "has no sub-folder 'nowhere'"),
    ((("a" * 101, ("dot",)),), "is no name for a class"),
    ((("a\nb", ("dot",)),), "is no name for a class"),
])  # fmt: skip
def test_classes_that_do_not_fit(shapes, classes, said):
    with pytest.raises(TrainError, match=said):
        read_pictures(recipe_of(shapes, classes=classes))


def test_a_large_picture_is_reduced_whole(tmp_path):
    (tmp_path / "large").mkdir()
    for k in range(8):
        Image.new("RGB", (300, 200), (10 * k, 0, 0)).save(tmp_path / "large" / f"{k}.png")
    pictures = read_pictures(recipe_of(tmp_path / "large"))
    assert pictures.pixels[3, 0].tolist() == [[30] * 8] * 8


def test_a_survey_counts_as_the_training_will(shapes, tmp_path):
    assert (survey(shapes).count, survey(shapes).names) == (27, CLASSES)
    assert survey(shapes / "dot").folders == (("", 9),) and survey(shapes / "dot").names == ()
    draw_folder(tmp_path / "few", each=2)
    for folder, said in (("few", "few: holds 6 pictures, a training needs at least 8."), ("gone", "is no folder here")):
        with pytest.raises(TrainError, match=said):
            survey(tmp_path / folder)
    (tmp_path / "none").mkdir()
    with pytest.raises(TrainError, match="none: holds no pictures"):
        survey(tmp_path / "none")
    (tmp_path / "none" / "a.wav").touch()
    with pytest.raises(TrainError, match="holds sounds and no pictures; in a terminal diffviz"):
        survey(tmp_path / "none")
