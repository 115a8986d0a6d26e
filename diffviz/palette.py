"""The colours of the window and of exported animations: blue belongs to the signal, amber to the noise.

Each text colour stands at least 4.5:1 off both ``background`` and ``card`` (WCAG 2.1, criterion 1.4.3); a test holds it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours as ``#rrggbb``.

    ``accent_text`` is text on a fill of ``signal``; ``muted`` is text that steps back.
    """

    background: str
    card: str
    border: str
    text: str
    muted: str
    signal: str
    noise: str
    accent_text: str
    plot_grid: str
    error: str
    warning: str


DARK = Palette(
    background="#15171c",
    card="#1e2128",
    border="#2b2f39",
    text="#e8eaf0",
    muted="#9097aa",
    signal="#5b8cff",
    noise="#ffb454",
    accent_text="#0e1014",
    plot_grid="#292d36",
    error="#ff7a7a",
    warning="#ffb454",
)

LIGHT = Palette(
    background="#f4f5f8",
    card="#ffffff",
    border="#dcdfe7",
    text="#1c1f27",
    muted="#646b7e",
    signal="#2f66e8",
    noise="#a85a00",
    accent_text="#ffffff",
    plot_grid="#e9ebf0",
    error="#c62f2f",
    warning="#8a5a00",
)

THEMES = {"dark": DARK, "light": LIGHT}


def rgb(colour: str) -> tuple[int, int, int]:
    """``#rrggbb`` as three integers 0..255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
