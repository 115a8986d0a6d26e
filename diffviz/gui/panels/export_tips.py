"""What each control of the export dialog is for, by its attribute."""

from __future__ import annotations

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
