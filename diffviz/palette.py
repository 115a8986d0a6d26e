"""The colours, for the window and for exported pictures alike. Blue belongs to the signal, amber to the noise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours as "#rrggbb".

    text, muted, signal, noise, error and warning stand 4.5:1 off all grounds; edge and focus 3:1 (WCAG 2.2, 1.4.3 and
    1.4.11).
    """

    name: str
    background: str
    card: str
    field: str
    hover: str
    border: str  # of cards: decoration
    edge: str  # of what can be used: fields, buttons, the chosen segment, the slider's groove
    focus: str  # the ring around what has the keys; neither signal's colour nor noise's
    text: str
    muted: str
    signal: str
    noise: str
    accent: str  # of the one filled button; accent_text is readable on it
    accent_text: str
    plot_grid: str
    error: str
    warning: str
    empty: str  # behind pictures


DARK = Palette(
    name="dark",
    background="#15171c",
    card="#1d2027",
    field="#15171c",
    hover="#2a2e38",
    border="#2f343f",
    edge="#7a8398",
    focus="#ffffff",
    text="#e8eaf0",
    muted="#9aa1b3",
    signal="#6f9bff",
    noise="#ffb454",
    accent="#3465e0",
    accent_text="#ffffff",
    plot_grid="#2b2f39",
    error="#ff7b72",
    warning="#ffb454",
    empty="#181a20",
)

LIGHT = Palette(
    name="light",
    background="#f1f3f7",
    card="#ffffff",
    field="#f7f8fb",
    hover="#e8ebf2",
    border="#d5d9e2",
    edge="#7a8296",
    focus="#12151c",
    text="#1c1f27",
    muted="#5c6375",
    signal="#2459d6",
    noise="#a85a00",
    accent="#2f66e8",
    accent_text="#ffffff",
    plot_grid="#e3e6ed",
    error="#c22f2a",
    warning="#8a5a00",
    empty="#f4f5f8",
)

# of curves side by side, by theme: eight that can be told apart, none signal's or noise's; each 4.5:1 off the card
SERIES = {
    "dark": ("#5ec98f", "#ff8f9f", "#b79bff", "#56c7d8", "#d7c65a", "#e8eaf0", "#c9a38a", "#9aa1b3"),
    "light": ("#1c7f4d", "#b5304a", "#6a45c9", "#0f7484", "#776900", "#1c1f27", "#7a543b", "#5c6375"),
}

# from silence to full scale, in both themes: lightness rises evenly (OKLab 0.16 to 0.97); neither signal's nor noise's
SPECTRUM = (
    *("#0b0c16", "#20183f", "#3e2161", "#612a7c", "#89378f", "#b04899"),
    *("#d1609e", "#ec7ea3", "#fea2ae", "#ffcdc9", "#fff2ee"),
)

THEMES = {palette.name: palette for palette in (DARK, LIGHT)}


def rgb(colour: str) -> tuple[int, int, int]:
    """``#rrggbb`` as three integers 0..255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
