"""What the export dialog is told of the window, and what it orders."""

from __future__ import annotations

from typing import NamedTuple

from diffviz.export.options import Options

MOST = 2000  # frames of a picture's film


class Shown(NamedTuple):
    """What the window shows: ``most`` frames of pictures of ``size`` (height, width), None where they are drawn as
    large as they are asked for, and how well that is compressed depends on what they show.

    ``forward``: noise is added, else removed; ``busy``: why nothing can be written now, or ""; ``rows``: what a
    filmstrip's two rows are; ``lens``: one is in the place of the curves.
    """

    forward: bool = True
    most: int = MOST
    size: tuple[int, int] | None = (256, 256)
    folder: str = ""
    busy: str = ""
    rows: str = ""
    lens: bool = False


class Order(NamedTuple):
    """A film or filmstrip that is to be written."""

    path: str
    options: Options
    filmstrip: bool
    pacing: str
