"""What the export dialog is told of the window, what it orders, and what each of its controls is for."""

from __future__ import annotations

from typing import NamedTuple

from diffviz.export.options import Options

TIPS = {
    "more": "Other formats",
    "layout_combo": "What stands in each frame",
    "seconds": "How long the film lasts, without the last frame's hold",
    "frames": "How many pictures it has; of a filmstrip how many stand in a row",
    "hold": "How long the last frame stays",
    "panel_size": "The longer side of one picture panel",
    "path": "The file that is written",
    "browse": "Choose the file in a dialog",
    "show_folder": "Open the folder of what was written",
    "cancel": "Stop the writing; when nothing is written, close this",
    "export": "Write the file",
}


MOST = 2000  # frames of a picture's film


class Shown(NamedTuple):
    """What the window shows: ``most`` frames of pictures of ``size`` (height, width), None where they are drawn as
    large as they are asked for, and how well that is compressed depends on what they show.

    ``forward``: noise is added, else removed; ``busy``: why nothing can be written now, or ""; ``rows``: what a
    filmstrip's two rows are; ``lens``: one stands for the curves; ``fresh``: each level or step has noise of its own.
    """

    forward: bool = True
    most: int = MOST
    size: tuple[int, int] | None = (256, 256)
    folder: str = ""
    busy: str = ""
    rows: str = ""
    lens: bool = False
    fresh: bool = False


class Order(NamedTuple):
    """A film or filmstrip that is to be written."""

    path: str
    options: Options
    filmstrip: bool
    pacing: str
