"""How numbers are written in the window: never rounded to 0 or 1 when they are neither."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from diffviz.numerals import significant

Values = list[tuple[str, list[float]]]  # by name
LEAST = 1e-99  # what is smaller is said to be so: nobody reads its digits


def fraction(value: float, digits: int) -> str:
    """A number in 0..1 with ``digits`` decimals, or as many more as it takes to tell it from 0 and 1."""
    if 0 < value < LEAST:
        return f"<{significant(LEAST, 1).removeprefix('1·')}"
    text = f"{value:.{digits}f}"
    if 0 < value < 10.0**-digits / 2 or (0 < value < 10.0**-digits and digits > 3):
        return significant(value, 2 if digits > 3 else 1)
    if value < 1 and float(text) == 1 and digits > 3:
        more = next((n for n in range(digits, 12) if float(f"{value:.{n}f}") < 1), 12)
        return f"{value:.{more}f}"
    return text


def decibels(alpha_bar: float) -> str:
    """The SNR of ᾱ, 10 log10(ᾱ/(1-ᾱ)), without its unit."""
    if alpha_bar <= 0 or alpha_bar >= 1:
        return "∞" if alpha_bar >= 1 else "−∞"
    if alpha_bar < LEAST:
        return signed(f"<{10 * math.log10(LEAST):.0f}")
    value = round(10 * math.log10(alpha_bar / (1 - alpha_bar)), 1)
    return signed(f"{value + 0.0:.1f}")


def signed(text: str) -> str:
    """The text of a number with a true minus sign."""
    return text.replace("-", "−")


def byte_text(count: float) -> str:
    """The size of a file: "12 kB", "3.4 MB"."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def size_text(path: Path) -> str:
    """The size of a file, or of a folder's files, that may have gone meanwhile."""
    files = path.iterdir() if path.is_dir() else [path]
    return byte_text(sum(file.stat().st_size for file in files if file.exists()))


def found_text(count: int, names: Sequence[str], loose: int = 0) -> str:
    """ "40 pictures in 2 classes: cat, dog." ``loose``: so many beside the folders are in none."""
    if not names:
        return f"{count} pictures, no classes."
    shown = ", ".join(names[:4]) + (", …" if len(names) > 4 else ".")
    beside = f" {loose} beside the sub-folders {'is' if loose == 1 else 'are'} in none." if loose else ""
    return f"{count} pictures in {len(names)} {'class' if len(names) == 1 else 'classes'}: {shown}{beside}"
