"""What a folder of pictures can be told by: captions that lie in it, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from word_network import write_words

from diffviz.train.recipe import TrainError
from diffviz.train.told_by import captions_in, in_words, is_told_words

CAPTIONS = {"0.png": "red hair", "1.png": "blue hat, red hair"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "faces"
    made.mkdir()
    for k in range(3):
        Image.fromarray(np.full((8, 8, 3), 40 * k, np.uint8)).save(made / f"{k}.png")
    return made


def write_lines(path: Path, captions: dict[str, str]) -> Path:
    rows = [json.dumps({"file_name": name, "caption": words}) for name, words in captions.items()]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_what_lies_in_the_folder_is_found(folder: Path) -> None:
    assert captions_in(folder) == "" == captions_in(folder / "none")
    (folder / "1.txt").write_text("red hair", encoding="utf-8")
    assert captions_in(folder) == "txt"
    lines = write_lines(folder / "captions.jsonl", CAPTIONS)
    assert captions_in(folder) == str(lines)


def test_what_does_not_match_is_said_before_anything_is_trained(folder: Path) -> None:
    source = write_lines(folder / "captions.jsonl", {**CAPTIONS, "gone.png": "long hair"})
    assert in_words(folder, str(source)) == (
        "3 pictures, told in 4 words; 1 picture has no caption, shown without words; "
        "1 caption is of no picture that is there: gone.png."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "captions.jsonl").write_text("{", encoding="utf-8"), "captions.jsonl: line 1"),
        (lambda folder: [path.unlink() for path in folder.glob("*.png")], "holds no pictures"),
        (lambda folder: write_lines(folder / "captions.jsonl", {"gone.png": "red"}), "none of its 3 pictures"),
    ],
    ids=["damaged", "empty", "other"],
)
def test_captions_that_do_not_do_are_refused_in_a_sentence(folder: Path, change, words: str) -> None:
    source = write_lines(folder / "captions.jsonl", CAPTIONS)
    change(folder)
    with pytest.raises(TrainError, match=words):
        in_words(folder, str(source))


def test_models_of_words_are_told_from_others(tmp_path: Path) -> None:
    assert is_told_words("faces-64") and is_told_words(str(write_words(tmp_path / "told")))
    assert not is_told_words("emoji-32") and not is_told_words("no-such-model")
