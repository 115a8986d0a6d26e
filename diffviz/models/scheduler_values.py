"""Values out of a scheduler_config, each within its bounds, or a ModelError that names the key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from diffviz.models.errors import ModelError
from diffviz.models.folder import short


def number(config: Mapping[str, Any], key: str, default: float, low: float, high: float, name: str) -> float:
    """A number in low..high, which is finite."""
    value = config.get(key, default)
    if type(value) not in (int, float) or not low <= value <= high:  # neither is NaN
        raise ModelError(f'{name}: has "{key}": {short(value)}, expected a number in {low:g}..{high:g}.')
    return float(value)


def whole(config: Mapping[str, Any], key: str, default: int, low: int, high: int, name: str) -> int:
    """A whole number in low..high."""
    value = config.get(key, default)
    if type(value) is not int or not low <= value <= high:
        raise ModelError(f'{name}: has "{key}": {short(value)}, expected a whole number in {low}..{high}.')
    return value


def flag(config: Mapping[str, Any], key: str, default: bool, name: str) -> bool:
    """True or false."""
    value = config.get(key, default)
    if not isinstance(value, bool):
        raise ModelError(f'{name}: has "{key}": {short(value)}, expected true or false.')
    return value


def word(config: Mapping[str, Any], key: str, default: str, allowed: Iterable[str], name: str) -> str:
    """One of the words that are allowed."""
    value = config.get(key, default)
    if not isinstance(value, str) or value not in allowed:
        raise ModelError(f'{name}: has "{key}": {short(value)}, expected {", ".join(allowed)}.')
    return value
