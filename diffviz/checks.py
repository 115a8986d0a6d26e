"""What a value of a scene may be: what is wrong with one is said in a sentence with its name."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
from typing import Any

from diffviz.bounded import Refusal

MAX_TEXT = 4096  # of a name or a path
MOST_NAMES = 160  # letters of those that a sentence lists


class SceneError(Refusal):
    """A scene file that cannot be used; the message is one sentence with the file's name and a remedy."""


def check_type(name: str, value: Any, default: Any) -> None:
    """Raise SceneError unless the value is of the default's type, and no endless text."""
    expected: tuple[type, ...] = (str, type(None)) if name.endswith("model.class_label") else (type(default),)
    if isinstance(default, float):
        expected = (float, int)
    if isinstance(default, tuple):  # of numbers
        if not isinstance(value, list) or any(type(number) not in (int, float) for number in value):
            raise SceneError(f'has "{name}": {shown(value)}, expected a list of numbers; mend it or save again.')
        return
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        raise SceneError(f'has "{name}": {shown(value)}, expected {_words(expected[0])}; mend the value or save again.')
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise SceneError(f'has "{name}" of {len(value):,} characters, at most {MAX_TEXT:,} are right; save it again.')


def among(name: str, value: Any, allowed: Any) -> None:
    """Raise SceneError unless the value is one of the allowed ones."""
    if value not in allowed:
        raise SceneError(f"{name} = {shown(value)} is not one of {listed(allowed)}.")


def listed(names: Iterable[Any]) -> str:
    """Names as a sentence can hold them: the first ones of many."""
    words, *rest = map(str, names)
    for k, name in enumerate(rest):
        if len(words) + len(name) > MOST_NAMES:
            return f"{words} and {len(rest) - k} more"
        words += f", {name}"
    return words


def between(name: str, value: Any, low: float, high: float) -> None:
    """Raise SceneError unless the value is a number in low..high."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise SceneError(f"{name} = {shown(value)} is outside {low:g}..{high:g}.")


def shown(value: Any) -> str:
    """The value in a message, short: a file may hold anything, of any length."""
    return reprlib.repr(value)


def _words(kind: type) -> str:
    return {str: "text", int: "a whole number", float: "a number", bool: "true or false"}[kind]
