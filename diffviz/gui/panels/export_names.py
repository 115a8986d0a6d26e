"""What the end of a name says to the export dialog, and what it adds to one."""

from __future__ import annotations

from diffviz.export.encoders import ENCODERS
from diffviz.files import suffix_of

FILMSTRIP = "filmstrip"
KINDS = {**{suffix: suffix for suffix in ENCODERS if suffix}, ".png": FILMSTRIP}
FIRST = (*(suffix for suffix, kind in ENCODERS.items() if kind.usual), FILMSTRIP)
MORE = tuple(suffix for suffix, kind in ENCODERS.items() if not kind.usual)
USUAL_SIZE = {False: 512, True: 256}  # of a film, of a filmstrip
# (forward, filmstrip): frames of it; None: every state
USUAL = {(True, False): 60, (False, False): None, (True, True): 8, (False, True): 8}


def kind_of(path: str) -> str | None:
    """The format that a name chooses by its end, or None."""
    return KINDS.get(suffix_of(path))


def suffix_for(kind: str) -> str:
    """The end of the names of a format: "" is that of folders of PNGs."""
    return ".png" if kind == FILMSTRIP else kind


def with_suffix(path: str, kind: str) -> str:
    """The name with the format's suffix, in the place of another format's; an unknown one is refused later.

    Spaces behind a suffix are left out.
    """
    path = path.rstrip() if suffix_of(path) else path
    given, suffix = suffix_of(path), suffix_for(kind)
    if given in KINDS:
        return path if given == suffix else path[: -len(given)] + suffix
    return path if given or not path else path + suffix
