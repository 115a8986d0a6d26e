"""What a file is, told by its content: its name decides only where that says nothing. For dialog, drop and command."""

from __future__ import annotations

import os
import re

from diffviz import kinds
from diffviz.engine.run_file import SUFFIX
from diffviz.files import suffix_of

_BY_NAME = {".json": "scene", ".diffviz": "scene", SUFFIX: "run"}


def kind_of(path: str | os.PathLike[str]) -> str:
    """ "folder", "scene", "run" or a kind of data: also of what is missing or damaged, whose reader says so."""
    if os.path.isdir(path):
        return "folder"
    head = kinds.head_of(path)
    if kind := kinds.kind_of(head):
        return kind.name
    if re.match(rb"(\xef\xbb\xbf)?\s*\{", head):
        return "scene"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 2**27:  # safetensors: the header's length, then it
        return "run"
    return _BY_NAME.get(suffix_of(path), kinds.PICTURE.name)
