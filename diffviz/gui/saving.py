"""Asking where to save, and saying that a file is written: the same words for every kind of file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from diffviz.files import display_name
from diffviz.gui.numbers import size_text
from diffviz.gui.panels.message_bar import MessageBar

TOPIC = "export"
CANCELLED = "Cancelled; nothing was written."


def ask_where(window: QWidget, title: str, start: Path, kinds: Mapping[str, str], bar: MessageBar) -> Path | None:
    """The file that a save dialog names, with a suffix out of ``kinds`` (suffix: what it means); None for none.

    The filter is at first that of ``start``. A name without one of the suffixes gets that of the filter; a file that is
    there by that name was never asked about, so it is refused in ``bar``.
    """
    filters = {f"{text} (*{suffix})": suffix for suffix, text in kinds.items()}
    first = next((words for words, suffix in filters.items() if suffix == start.suffix), "")
    path, chosen = QFileDialog.getSaveFileName(window, title, str(start), ";;".join(filters), first)
    if not path:
        return None
    full = path if Path(path).suffix.lower() in kinds else path + filters.get(chosen, start.suffix)
    return Path(full) if free_to_write(path, full, bar) else None


def free_to_write(chosen: str, full: str, bar: MessageBar) -> bool:
    """Whether a dialog has asked about the ``full`` name, or there is no such file; else it is refused in ``bar``."""
    if full != chosen and os.path.lexists(full):
        text = f"{display_name(full)} is there already; choose it by its whole name to replace it."
        bar.show_message(text, topic=TOPIC)
        return False
    return True


def not_written(path: str | Path, error: OSError) -> str:
    """What the system said about a file, as a sentence with a remedy."""
    return f"{Path(path).name} could not be written ({error.strerror or error}); choose another folder."


def written(bar: MessageBar, path: str | Path, write: Callable[[], object]) -> bool:
    """Write a file; whether it is there, which ``bar`` says, or why not."""
    topic = f"write {path}"
    try:
        write()
    except OSError as error:
        bar.show_message(not_written(path, error), topic=topic)
        return False
    bar.clear_topic(topic)
    say_written(bar, Path(path))
    return True


def say_ended(bar: MessageBar, path: Path, how: str) -> None:
    """How a writing that was told of ended: done, failed (which is said already) or cancelled."""
    bar.clear_topic(TOPIC)
    if how == "done":
        say_written(bar, path)
    elif how == "cancelled":
        bar.show_message(CANCELLED, "info", topic=TOPIC)


def say_written(bar: MessageBar, path: Path) -> None:
    """A file is there; the message's button shows where."""
    folder = QUrl.fromLocalFile(str(path.parent))
    show = ("Show in folder", lambda: (QDesktopServices.openUrl(folder), None)[1])
    bar.show_message(f"{path.name} is written, {size_text(path)}.", "info", show, topic=TOPIC)
