"""Text is readable, and the two themes speak of the same things."""

from __future__ import annotations

import pytest

from diffviz.palette import SERIES, THEMES, Palette, rgb


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1)."""
    parts = [value / 255 for value in rgb(colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_of_known_colours() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


GROUNDS = ("background", "card", "field", "hover")


@pytest.mark.parametrize("palette", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", ["text", "muted", "signal", "noise", "error", "warning"])
def test_text_is_readable(palette: Palette, ground: str, ink: str) -> None:
    if ground == "hover" and ink not in ("text", "muted"):
        return  # only buttons lie on it
    assert contrast(getattr(palette, ink), getattr(palette, ground)) >= 4.5


@pytest.mark.parametrize("palette", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("line", ["edge", "focus"])
def test_what_can_be_used_stands_out(palette: Palette, ground: str, line: str) -> None:
    assert contrast(getattr(palette, line), getattr(palette, ground)) >= 3


@pytest.mark.parametrize("palette", THEMES.values(), ids=THEMES)
def test_the_ring_is_seen_on_the_filled_button_and_beside_an_edge(palette: Palette) -> None:
    assert contrast(palette.focus, palette.accent) >= 3
    assert contrast(palette.focus, palette.edge) >= 3


@pytest.mark.parametrize("palette", THEMES.values(), ids=THEMES)
def test_the_filled_button_is_readable(palette: Palette) -> None:
    assert contrast(palette.accent_text, palette.accent) >= 4.5


def test_rgb() -> None:
    assert rgb("#0180ff") == (1, 128, 255)


@pytest.mark.parametrize("palette", THEMES.values(), ids=THEMES)
def test_curves_are_named_readably_in_their_colour(palette: Palette) -> None:
    assert len({*SERIES[palette.name]} - {palette.signal, palette.noise}) == 8
    assert min(contrast(colour, palette.card) for colour in SERIES[palette.name]) >= 4.5
