"""Preferences: what the window remembers between launches. Without settings it remembers nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings

if TYPE_CHECKING:
    from diffviz.gui.main_window import MainWindow

log = logging.getLogger(__name__)
MAX_PATH = 4096
VERSION = 1  # of the layout; another one is not restored


class Preferences:
    """Theme, geometry, splitter, recent files, and whether the hint was followed once."""

    def __init__(self, settings: QSettings | None) -> None:
        self._settings = settings
        self.theme = self._text("theme", "auto")
        if self.theme not in ("auto", "dark", "light"):
            self.theme = "auto"
        self.first_launch = self._read("hint_followed", "false") not in (True, "true")

    def restore(self, window: MainWindow) -> None:
        """Put the window where it was; a value that no longer fits is left out."""
        if self._settings is None or self._read("version", VERSION) not in (VERSION, str(VERSION)):
            window.splitter.setSizes([540, 320])
            return
        geometry, splitter = self._read("geometry", None), self._read("splitter", None)
        # of a file that was edited by hand they may be words
        if not isinstance(geometry, QByteArray) or not window.restoreGeometry(geometry):
            log.info("no geometry to restore")
        if not isinstance(splitter, QByteArray) or not window.splitter.restoreState(splitter):
            window.splitter.setSizes([540, 320])
        recent = self._read("recent", [])
        files = [recent] if isinstance(recent, str) else recent if isinstance(recent, list) else []
        window.controller.shelf.recent = [path for path in files if isinstance(path, str) and len(path) < MAX_PATH]
        window.files.folder = self._text("folder", "")

    def save(self, window: MainWindow) -> None:
        """Remember."""
        if self._settings is None:
            return
        presenting = window.actions_["presentation"].isChecked()
        values = {
            "version": VERSION,
            "theme": self.theme,
            "hint_followed": not self.first_launch,
            "splitter": window.splitter.saveState(),
            "recent": window.controller.shelf.recent,
            "folder": window.files.folder,
        }
        if not presenting:
            values["geometry"] = window.saveGeometry()
        for key, value in values.items():
            self._settings.setValue(key, value)
        self._settings.sync()

    def recall(self, key: str) -> str:
        """What a panel remembered, "" for nothing."""
        return self._text(key, "")

    def remember(self, key: str, value: object) -> None:
        """Keep a panel's choices."""
        if self._settings is not None:
            self._settings.setValue(key, value)

    def _text(self, key: str, default: str) -> str:
        value = self._read(key, default)
        return value if isinstance(value, str) else default

    def _read(self, key: str, default: object) -> object:
        """The value of a file that may have been edited by hand or cut: of whatever kind, or the default."""
        if self._settings is None:
            return default
        try:
            return self._settings.value(key, default)
        except Exception:  # PySide cannot convert what it says
            return default
