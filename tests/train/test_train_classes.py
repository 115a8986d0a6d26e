"""Classes as they are written down, and as they are chosen from what a folder holds."""

from __future__ import annotations

import json

import pytest

from diffviz.train.classes import Found, classes_of, names_problem, read_classes
from diffviz.train.recipe import TrainError

MERGED = (("cat", ("cat-face",)), ("Obst", ("fruit", "süß")))
FOUND = Found((("apple", 5), ("cat", 20), ("dog", 7)))


def test_what_is_written_is_read(tmp_path):
    words = json.dumps(dict(MERGED), ensure_ascii=False)
    assert read_classes(words) == MERGED
    (tmp_path / "classes.json").write_text(words, encoding="utf-8")
    assert read_classes(tmp_path / "classes.json") == MERGED == read_classes(str(tmp_path / "classes.json"))
    assert classes_of([["a", ["b", "c"]]]) == (("a", ("b", "c")),)  # as JSON of the settings has it


@pytest.mark.parametrize("value", [None, 3, "ab", [["a"]], [["a", "bc"]], [["a", []]], [["a", [1]]], [[1, ["b"]]], ()])
def test_what_is_no_choice_is_none(value):
    assert classes_of(value) == ()


@pytest.mark.parametrize(("typed", "said"), [
    ("{", "--classes: is not valid JSON"), ("{}", "--classes: holds no classes; expected {\"cat\""),
    ('{"a": "b"}', "holds no classes"), ("gone.json", "gone.json: is missing; check its name"),
])  # fmt: skip
def test_what_cannot_be_read(typed, said):
    with pytest.raises(TrainError, match=said):
        read_classes(typed)


def test_a_folder_by_classes():
    assert FOUND.count == 32 and FOUND.of(()) is FOUND
    assert FOUND.of((("pet", ("cat", "dog")), ("food", ("apple",)))).folders == (("pet", 27), ("food", 5))


def test_too_few_are_said():
    assert FOUND.problem == "" == Found((("a", 8),)).problem
    assert Found((("a", 7),)).problem == "holds 7 pictures, a training needs at least 8."
    assert Found((("a", 1),)).problem.startswith("holds 1 picture,") and "no pictures" in Found(()).problem


def test_folders_that_have_gone_are_named():
    assert FOUND.missing((("pet", ("cat", "bird")), ("fish", ("trout",)))) == ("bird", "trout")
    assert FOUND.missing((("pet", ("cat", "dog")),)) == () == FOUND.missing(())


def test_everything_under_its_own_name_is_no_choice():
    assert FOUND.plain(tuple((name, (name,)) for name in FOUND.names)) == ()
    some = (("cat", ("cat",)), ("dog", ("dog",)))
    assert FOUND.plain(some) == some


@pytest.mark.parametrize("name", ["", "x" * 101, "a\nb"])
def test_names_that_are_none(name):
    assert f"{name!r} is no name for a class" in names_problem(["cat", name])
    assert names_problem(["猫 and dogs", "b"]) == ""


def test_too_many_classes():
    assert names_problem([str(k) for k in range(1000)]) == ""
    assert "There are 1001 classes, at most 1000 are possible" in names_problem([str(k) for k in range(1001)])
