"""What a folder of pictures can be told by beside its sub-folders: captions, and what a training knows of them."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from diffviz.assets import asset, builtin_models
from diffviz.bounded import Unreadable, read_object
from diffviz.files import display_name, model_folder
from diffviz.train.captions import BESIDE, read_captions
from diffviz.train.classes import MAX_NOTES_BYTES
from diffviz.train.pictures import SUFFIXES, files_below
from diffviz.train.recipe import TrainError

FILES = ("captions.jsonl", "metadata.jsonl")
LOOKED_AT = 500  # names in the folder, for a text beside a picture


def captions_in(folder: str | os.PathLike[str]) -> str:
    """The captions that lie in a folder of pictures, as ``--captions`` takes them; "" for none."""
    root = Path(folder)
    for name in FILES:
        if os.path.isfile(root / name):
            return str(root / name)
    try:
        with os.scandir(root) as entries:
            names = [Path(entry.name) for entry in islice(entries, LOOKED_AT)]
    except OSError:
        return ""
    told = (name for name in names if name.suffix.lower() in SUFFIXES)
    return BESIDE if any(os.path.isfile(root / name.with_suffix(".txt")) for name in told) else ""


def in_words(folder: str | os.PathLike[str], source: str) -> str:
    """How many pictures captions tell, in how many words, and what is wrong with them; nothing is decoded.

    Raises:
        TrainError: if no training can begin with them, as far as names tell.
    """
    root = Path(folder)
    if not os.path.isdir(root):
        raise TrainError(f"{display_name(root)}: is no folder here; choose the one that holds the pictures.")
    names = [path.relative_to(root).as_posix() for path in files_below(root, SUFFIXES)]
    if not names:
        raise TrainError(f"{display_name(root)}: holds no pictures; choose another folder.")
    captions = read_captions(source, root, names)
    known = f"{len(names):,} pictures, told in {len(captions.vocabulary.words):,} words"
    return "; ".join((known, *captions.notes)) + "."


def is_told_words(name: str) -> bool:
    """Whether a model's diffviz.json names words."""
    try:
        folder = asset("models", name) if name in builtin_models() else Path(model_folder(name))
        return "words" in read_object(folder / "diffviz.json", MAX_NOTES_BYTES)
    except Unreadable:
        return False
