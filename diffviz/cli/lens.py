"""``diffviz export --lens``: a lens under a film, or of ``forward`` alone as numbers or as a figure."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from diffviz.cli import terminal
from diffviz.cli.words import UsageError
from diffviz.lens_catalog import LENSES
from diffviz.scene import Scene, ViewSpec

if TYPE_CHECKING:
    import numpy as np

    from diffviz.kinds import Kind

ALONE = (".csv", ".png", ".svg")  # what a lens by itself is written as
UNDER = ("curves", "strip")  # layouts that have room for one


def view_of(arguments: argparse.Namespace) -> ViewSpec:
    """What is seen: the lens, its settings and its pixel.

    Raises:
        UsageError: for words of a lens where there is none.
    """
    given = {"--set": arguments.set, "--pixel": arguments.pixel}
    stray = next((name for name, value in given.items() if value and arguments.lens is None), None)
    if stray:
        raise UsageError(f"{stray} is of a lens; add --lens NAME, one of {', '.join(LENSES)}.")
    lens = arguments.lens or "schedule"
    values = dict(terminal.value_of(LENSES[lens], words) for words in arguments.set)
    params = tuple(sorted((f"{lens}.{name}", value) for name, value in values.items()))
    return ViewSpec(pacing=arguments.pacing or "visible", lens=lens, lens_params=params, pixel=arguments.pixel or "")


def alone(arguments: argparse.Namespace) -> bool:
    """Whether the lens is written by itself, not a film.

    Raises:
        UsageError: where level, layout or file do not go together with it.
    """
    if arguments.lens is not None and LENSES[arguments.lens].of_chains:
        raise UsageError(f"--lens {arguments.lens} looks at a chain; take it with export reverse.")
    by_itself = arguments.lens is not None and not arguments.filmstrip and arguments.output.lower().endswith(ALONE)
    if arguments.t is not None and not by_itself:
        raise UsageError("--t is the level of a lens by itself; add --lens NAME and end OUT in .csv, .png or .svg.")
    if not by_itself:
        check_under(arguments)
    return by_itself


def check_under(arguments: argparse.Namespace) -> None:
    """Raise UsageError where a lens is wanted and there is no film with room for it."""
    if arguments.lens is None:
        return
    if arguments.output is None:
        raise UsageError("--lens is seen in a film; add -o OUT.")
    if arguments.filmstrip or arguments.layout not in (None, *UNDER):
        raise UsageError(f"--lens has its place under the equation; take --layout {' or '.join(UNDER)}.")


def write_alone(scene: Scene, kind: Kind, datum: np.ndarray, target: Path) -> None:
    """The chart of a scene, as its numbers or as a figure."""
    from diffviz.engine.lensing import chart_of
    from diffviz.export.exporter import in_words
    from diffviz.export.lens_chart import write_chart

    chart = chart_of(scene, datum)
    if chart.message:
        raise UsageError(chart.message)
    with terminal.border(), in_words(target):
        write_chart(chart, target)
