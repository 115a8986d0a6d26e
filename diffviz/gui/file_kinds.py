"""What a file is, told by its content: its name decides only where that says nothing. For dialog, drop and command."""

from __future__ import annotations

import os
import re
from pathlib import Path

from diffviz import kinds
from diffviz.engine.run_file import RUN_KEY, SUFFIX
from diffviz.files import PICKLE_SUFFIXES, suffix_of

_PARTS = ("scheduler", "text_encoder", "tokenizer")  # of a pipeline, which are no model by themselves
_OF_MODELS = (b'"_class_name"', b'"architectures"', b'"tokenizer_class"', b'"added_tokens"')
BY_NAME = {".json": "scene", ".diffviz": "scene", SUFFIX: "run"}
# what a dialog offers
SCENES = "diffviz scenes (*.json *.diffviz);;All files (*)"
RUNS = f"diffviz runs (*{SUFFIX});;All files (*)"


def model_of(path: str | os.PathLike[str]) -> str:
    """The model's folder to a file out of it; a pickle or a file alone itself, whose refusal says what to do."""
    file = Path(os.path.abspath(path))
    folder = file.parent.parent if file.parent.name in _PARTS else file.parent
    alone = not any(os.path.isfile(folder / name) for name in ("config.json", "model_index.json", "unet/config.json"))
    return str(file if alone or file.suffix.lower() in PICKLE_SUFFIXES else folder)


def kind_of(path: str | os.PathLike[str]) -> str:
    """ "folder", "scene", "run", "schedule", "model" (a file out of its folder) or a kind of data.

    Also of what is missing or damaged, whose reader says so.
    """
    if os.path.isdir(path):
        return "folder"
    head = kinds.head_of(path)
    if kind := kinds.kind_of(head):
        return kind.name
    if re.match(rb"(\xef\xbb\xbf)?\s*\{", head):
        lists = (b'"trained_betas"', b'"betas"', b'"alphas_cumprod"')
        listed = b'"format"' not in head and any(key in head for key in lists)
        return "model" if any(key in head for key in _OF_MODELS) else "schedule" if listed else "scene"
    if re.match(rb"(\xef\xbb\xbf)?\s*\[\s*[\d.-]", head):
        return "schedule"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 2**27:  # safetensors: the header's length, then it
        return "run" if RUN_KEY.encode() in head or suffix_of(path) == SUFFIX else "model"
    if head.startswith((b"PK\3\4", b"\x80")) and suffix_of(path) in PICKLE_SUFFIXES:
        return "model"
    return BY_NAME.get(suffix_of(path)) or kinds.kind_named(path).name
