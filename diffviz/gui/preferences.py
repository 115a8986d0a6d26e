"""Preferences: what the window remembers between launches. Without settings it remembers nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QByteArray, QSettings

from diffviz.bounded import Unreadable, json_text, parse_json, several, text
from diffviz.gui.panels.words_row import WordsRow

MAX_PATH = 4096
VERSION = 1  # of the layout; another one is not restored


@dataclass(frozen=True)
class Layout:
    """Where the window was, what it showed last, and where files were chosen.

    ``lower``: the height of the curves, where the person has chosen one.
    """

    geometry: QByteArray | None = None
    lower: int | None = None
    recent: list[str] = field(default_factory=list)
    folder: str = ""
    folds: str = ""  # names of the panel's lines that are open


class Preferences:
    """Theme, geometry, the line between pictures and curves, recent files, and whether the hint was followed once."""

    def __init__(self, settings: QSettings | None) -> None:
        self._settings = settings
        self.theme = self._text("theme", "auto")
        if self.theme not in ("auto", "dark", "light"):
            self.theme = "auto"
        self.first_launch = self._read("hint_followed", "false") not in (True, "true")

    @property
    def remembers(self) -> bool:
        return self._settings is not None

    def layout(self) -> Layout:
        """How the window was left; what was edited by hand into something else is left out."""
        if self._settings is None or self._read("version", VERSION) not in (VERSION, str(VERSION)):
            return Layout()
        geometry, lower = self._read("geometry", None), self._text("lower", "")
        recent = self._read("recent", [])
        files = [recent] if isinstance(recent, str) else recent if isinstance(recent, list) else []
        return Layout(
            geometry if isinstance(geometry, QByteArray) else None,
            int(lower) if lower.isascii() and lower.isdecimal() and len(lower) < 5 else None,
            [path for path in files if isinstance(path, str) and len(path) < MAX_PATH],
            self._text("folder", ""),
            self._text("folds", ""),
        )

    def save(self, layout: Layout) -> None:
        """Remember; a geometry that is None stays as it was remembered."""
        if self._settings is None:
            return
        values = {
            "version": VERSION,
            "theme": self.theme,
            "hint_followed": not self.first_launch,
            "lower": "" if layout.lower is None else str(layout.lower),
            "recent": layout.recent,
            "folder": layout.folder,
            "folds": layout.folds,
        }
        if layout.geometry is not None:
            values["geometry"] = layout.geometry
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


KEY = "prompts"
MOST, LONGEST = 50, 1000
_PROMPTS = several(text(LONGEST, 1), 0, MOST)


def keep_prompts(row: WordsRow, preferences: Preferences) -> None:
    """Give the row those that were kept, and remember each change."""
    row.show_prompts(stored(preferences.recall(KEY)))
    row.kept_changed.connect(lambda prompts: preferences.remember(KEY, json_text(prompts[:MOST])))


def stored(words: str) -> list[str]:
    """The prompts of a text that may have been edited by hand; none of one that is no list of them."""
    try:
        value = parse_json(words.encode()) if words else []
    except Unreadable:
        return []
    return list(value) if _PROMPTS.fits(value) else []
