"""Names, words and parameters of the lenses, for menus, the command line and tests; the classes are in diffviz/lenses.

Words only: no torch, no Qt, as in ``catalog``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from diffviz.catalog import Entry, Param

MOST = 10_000  # no T is larger
MIDDLE = (0.5, 0.5)
START = (0.9, 1.1)  # x_T of the paths that are drawn at first


@dataclass(frozen=True)
class LensEntry(Entry):
    """``at_pixel``: it looks at one pixel, or one point, which the person chooses on the pictures. ``asks``: in "Add
    noise" it asks the loaded network for its x̂_0.

    ``known``: where what x_0 can be is known, it needs no chain. ``tall``: it has more of the window's height.
    ``of_chains``: it looks at chains alone. ``only``: what it says of what it can never show in "Remove noise".
    """

    at_pixel: bool = False
    asks: bool = False
    known: bool = False
    tall: bool = False
    of_chains: bool = False
    only: str = ""


# in the order of their keys, Alt+1 and so on
_ALL = (
    LensEntry("schedule", "Schedule", "Curves of the schedule over t; click or drag to go there."),
    LensEntry(
        "distribution",
        "Distribution",
        "x_t over all pixels, a mixture; over ε at one pixel, one Gaussian; and how far it is from N(0, I) at each t.",
        at_pixel=True,
    ),
    LensEntry(
        "posterior",
        "Posterior",
        "What is known of x_{t−1} where x_t and x_0 are: its coefficients over t, and the bells of one pixel.",
        (
            Param("back", "s = t −", 1, 1, MOST, 0, tip="How far back the posterior leads: to t − 1, or any lower s."),
            Param("channel", "channel", 1, 1, 4, 0, tip="Which number of it: red, green, blue; of a point x, y."),
        ),
        at_pixel=True,
        asks=True,
    ),
    LensEntry(
        "chain",
        "Chain",
        "What t steps with fresh noise come to, predicted and measured, and twenty chains of one pixel.",
        (Param("channel", "channel", 1, 1, 4, 0, tip="Which number of it: red, green, blue; of a point x, y."),),
        at_pixel=True,
    ),
    LensEntry(
        "spectrum",
        "Spectrum",
        "Power of x_0, noise and x_t against frequency, and where the noise takes over.",
    ),
    LensEntry(
        "numbers",
        "Numbers",
        "Every quantity at t, and over a range of t as a table to copy or save.",
        (
            Param("from", "t from", 0, 0, MOST, 0, tip="The first level of the table."),
            Param("to", "to", MOST, 0, MOST, 0, tip="The last level of the table, T at most."),
            Param("step", "by", 50, 1, MOST, 0, tip="Every so many levels have a row."),
            Param(
                "sigma_data", "σ<sub>d</sub>", 0.5, 0.01, 10, 2, tip="The data's deviation, in EDM's c_skip to c_in."
            ),
        ),
    ),
    LensEntry(
        "map",
        "Map",
        "The density of x_t over x and all t at once, and ways through it: chains; of points the ODE's and the SDE's.",
        (
            Param("channel", "channel", 1, 1, 4, 0, tip="Which number of a point in the plane: x, y."),
            Param("start", "x<sub>T</sub>", 0.9, -3, 3, 2, tip="Where, on a line, the ODE's and the SDE's way begin."),
        ),
        at_pixel=True,
        known=True,
        tall=True,
        only="In “Remove noise” the map is of data that is known whole: open points, in the plane or on a line, from "
        "Samples.",
    ),
    LensEntry(
        "words",
        "Words",
        "What each phrase of the prompt does: where the network looks for it, and x̂_0 without it.",
        of_chains=True,
        only="This lens looks at a chain in Remove noise, of a network that is told words, such as faces-64.",
    ),
)
LENSES = {entry.name: entry for entry in _ALL}


def lens_params(given: Iterable[tuple[str, float | str]], lens: str) -> tuple[tuple[str, float | str], ...]:
    """A value for each parameter of a lens; ``given``: those of all lenses that were set, as "numbers.step"."""
    own = dict(given)
    return tuple((param.name, own.get(f"{lens}.{param.name}", param.default or 0)) for param in LENSES[lens].params)


def pixel_of(text: str) -> tuple[float, float]:
    """Where the pixel is that lenses look at, as shares of width and height in 0..1: "0.25 0.5"; "" is the middle.

    Raises:
        ValueError: if the text is no such pair.
    """
    if not text:
        return MIDDLE
    if not re.fullmatch(r"(0|1|0\.\d{1,9}) (0|1|0\.\d{1,9})", text):
        raise ValueError(f'"{text[:40]}" is not two shares in 0..1, as in "0.25 0.5"')
    x, y = text.split()
    return float(x), float(y)


def pixel_text(x: float, y: float, digits: int = 5) -> str:
    """The text of a place, which ``pixel_of`` reads; of one point among thousands it has more ``digits``."""
    return " ".join(f"{min(max(share, 0.0), 1.0):.{digits}f}".rstrip("0").rstrip(".") for share in (x, y))


def place_of(text: str) -> tuple[float, float]:
    """The place in the plane whose path is drawn, as x and y: "0.25 -1.5"; "" is ``START``.

    Raises:
        ValueError: if the text is no such pair, or one far from any data.
    """
    if not text:
        return START
    if not re.fullmatch(r"-?\d{1,2}(\.\d{1,9})? -?\d{1,2}(\.\d{1,9})?", text):
        raise ValueError(f'"{text[:40]}" is not two numbers below 100, as in "0.25 -1.5"')
    x, y = text.split()
    return float(x), float(y)


def place_text(x: float, y: float, digits: int = 3) -> str:
    """The text of a place, which ``place_of`` reads; of one point among thousands it has more ``digits``."""
    return " ".join(f"{min(max(each, -99.0), 99.0):.{digits}f}" for each in (x, y))


def looked_at(pixel: str, point: str, reach: float = 0.0) -> tuple[float, float]:
    """Where in x_0's picture a lens of "Add noise" looks, shares of width and height.

    In a plane that is seen over [-reach, reach] it is where the point is that is followed, unless a pixel is said.
    """
    if pixel or not reach:
        return pixel_of(pixel)
    x, y = place_of(point)
    return 0.5 + x / (2 * reach), 0.5 - y / (2 * reach)
