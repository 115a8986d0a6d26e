"""The prompts that a person keeps, from one launch to the next."""

from __future__ import annotations

from diffviz.bounded import Unreadable, json_text, parse_json, several, text
from diffviz.gui.panels.words_row import WordsRow
from diffviz.gui.preferences import Preferences

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
