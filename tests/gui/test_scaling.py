"""Any display scaling shows what scaling 1 shows, only finer: judged by the pixels, each scaling in its own process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

pytestmark = pytest.mark.display

SCALES = ("1", "1.25", "1.5", "2")
SCRIPT = Path(__file__).with_name("scaled_plots.py")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Path, str]]]:
    """Of each scaling: the folder of what was drawn, and what was printed."""
    running = {}
    for scale in SCALES:
        folder = tmp_path_factory.mktemp("scaled")
        environment = {**os.environ, "QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, str(SCRIPT), str(folder)]
        running[scale] = folder, subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    yield {scale: (folder, process.communicate(timeout=120)[0]) for scale, (folder, process) in running.items()}


def blurred(picture: Image.Image) -> np.ndarray:
    """Letters and dashes fall a little differently on other pixels; curves, axes and their weight must not."""
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(2.5)), np.float64)


@pytest.mark.parametrize("scale", SCALES[1:])
@pytest.mark.parametrize("plot", ["coefficients", "snr", "presented", "loss", "sheet"])
def test_a_plot_reduced_is_the_plot_at_1(drawn: dict[str, tuple[Path, str]], plot: str, scale: str) -> None:
    plain, fine = (Image.open(drawn[s][0] / f"{plot}.png").convert("RGB") for s in ("1", scale))
    assert fine.size == tuple(round(side * float(scale)) for side in plain.size)
    apart = np.abs(blurred(plain) - blurred(fine.resize(plain.size, Image.Resampling.BOX)))
    assert apart.max() < 30
    assert apart.mean() < 1


@pytest.mark.parametrize("scale", SCALES)
def test_pixels_of_a_sheet_are_equally_wide(drawn: dict[str, tuple[Path, str]], scale: str) -> None:
    row = np.asarray(Image.open(drawn[scale][0] / "stripes.png").convert("L"))
    lines = [[(value, len(list(run))) for value, run in groupby(line)] for line in row]
    striped = [line for line in lines if sum(value == 255 for value, _ in line) == 16]
    assert len(striped) > 31
    for line in striped:
        first = next(i for i, (value, _) in enumerate(line) if value == 255)
        assert len({width for _, width in line[first + 1 : first + 30]}) == 1  # a frame may touch the outer ones


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(("width", "count"), [(1203, 3), (700, 1)])  # all of one size; x_t larger than its parts
def test_a_picture_fills_its_card_pixel_for_pixel(
    drawn: dict[str, tuple[Path, str]], width: int, count: int, scale: str
) -> None:
    folder = drawn[scale][0]
    asked = np.asarray(Image.open(folder / f"asked_{width}.png"))
    screen = np.asarray(Image.open(folder / f"filled_{width}.png").convert("RGB"))
    height, across = asked.shape[:2]
    corners = screen[: screen.shape[0] - height + 1, : screen.shape[1] - across + 1]
    starts = np.argwhere((corners == asked[0, 0]).all(axis=2))
    found = [x for y, x in starts if np.array_equal(screen[y : y + height, x : x + across], asked)]
    assert len(found) == count and (count == 3 or found[0] < 10), "not all of x_t, x_0 and ε, or not x_t alone"


@pytest.mark.parametrize("scale", SCALES)
def test_icons_fill_their_place(drawn: dict[str, tuple[Path, str]], scale: str) -> None:
    assert [float(part) for part in drawn[scale][1].split()] == pytest.approx([1, 1], abs=0.05)
