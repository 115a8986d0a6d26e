"""What a file is, told by its content: its name decides only where that says nothing. For dialog, drop and command."""

from __future__ import annotations

import os
import re
import stat

from diffviz.engine.run_file import SUFFIX
from diffviz.files import suffix_of

HEAD = 4096  # bytes that are looked at
_BY_NAME = {".json": "scene", ".diffviz": "scene", SUFFIX: "run"}
_PICTURE = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|BM.{12}|II[*+]\0|MM\0[*+]|\0\0[\1\2]\0|P[1-7][\s#]|.{4}ftyp", re.DOTALL
)


def kind_of(path: str | os.PathLike[str]) -> str:
    """ "folder", "scene", "run" or "picture": also of what is missing or damaged, whose reader says so in words."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            return "folder"
        head = b""
        if stat.S_ISREG(mode):  # a pipe would wait for its writer
            with open(path, "rb") as file:
                head = file.read(HEAD)
    except (OSError, ValueError):
        head = b""
    if _PICTURE.match(head):
        return "picture"
    if re.match(rb"(\xef\xbb\xbf)?\s*\{", head):
        return "scene"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 2**27:  # safetensors: the header's length, then it
        return "run"
    return _BY_NAME.get(suffix_of(path), "picture")
