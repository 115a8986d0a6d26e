"""Sheets in files: what is written is decoded again, and what was there stays where nothing can be written."""

from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
from films import find, frames
from PIL import Image
from sheets import LEVELS, make_sheet, untimed_sheet

from diffviz.export.exporter import ExportError, Options
from diffviz.export.figure import figure
from diffviz.export.sheets import SheetReel, export_sheet
from diffviz.sheet import Sheet

FRAMES = sorted({level for levels in LEVELS for level in levels}, reverse=True)


def write(sheet: Sheet, path: Path, **options: object) -> list[tuple[int, int]]:
    return [(p.done, p.total) for p in export_sheet(sheet, path, Options(**{"size": 32, **options}))]  # type: ignore[arg-type]


def test_png_is_the_figure(tmp_path: Path) -> None:
    assert write(make_sheet(), tmp_path / "a.png", theme="light") == [(0, 1), (1, 1)]
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), figure(make_sheet(), 32, "light"))


def test_csv_holds_every_number(tmp_path: Path) -> None:
    write(make_sheet(), tmp_path / "a.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text(encoding="utf-8"))))
    assert rows[0] == ["Compare", "t = 100", "t = 50", "t = 0"] and rows[2] == ["DDIM 2", "", "", "RMS 0.1"]
    assert rows[-3:] == [["DDIM", "2.0", "0.1"], ["DDIM", "10.0", "0.01"], ["DDIM", "100.0", "0.0"]]


@pytest.mark.parametrize("suffix", [".apng", ".webp", ""])
def test_films_walk_all_rows_together(tmp_path: Path, suffix: str) -> None:
    sheet = make_sheet()
    progress = write(sheet, tmp_path / f"a{suffix}", hold_s=0)
    assert progress == [(i, len(FRAMES)) for i in range(len(FRAMES) + 1)]
    film = frames(tmp_path / f"a{suffix}")
    assert len(film) == len(FRAMES)
    for picture, t in zip(film, FRAMES, strict=True):
        for row, levels in enumerate(LEVELS):
            k = int(np.argmin([abs(level - t) for level in levels]))
            x_t = find(picture, sheet.films[row].x_t[k], 4)
            x0_hat = find(picture, sheet.films[row].x0_hat[k], 4)  # type: ignore[index]
            assert len(x_t) == len(x0_hat) == 1 and x_t[0][0] < x0_hat[0][0]


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".gif"])
def test_lossy_films_have_their_frames_on_even_pixels(tmp_path: Path, suffix: str) -> None:
    sheet = make_sheet()
    write(sheet, tmp_path / f"a{suffix}", hold_s=0, size=24)
    film = frames(tmp_path / f"a{suffix}")
    reel = SheetReel(sheet, Options(size=24), 1 if suffix == ".gif" else 2)
    assert len(film) == len(FRAMES) and film[0].shape[:2] == reel.frame_shape
    assert reel.frame_shape[0] % 2 == reel.frame_shape[1] % 2 == 0
    error = film[-1].astype(float) - reel.compose(len(FRAMES) - 1)
    assert np.sqrt((error**2).mean()) < 30


def test_frames_are_thinned_with_both_ends(tmp_path: Path) -> None:
    sheet = make_sheet()
    write(sheet, tmp_path / "a", frames=3)
    film = frames(tmp_path / "a")
    assert len(film) == 3
    for picture, k in ((film[0], 0), (film[-1], -1)):
        assert find(picture, sheet.films[0].x_t[k], 4)


def test_what_a_row_began_with_stands_beside_its_states() -> None:
    sheet = make_sheet()
    columns = tuple(dataclasses.replace(head, t=None) for head in sheet.columns)
    sheet = dataclasses.replace(sheet, columns=columns)
    reel = SheetReel(sheet, Options(size=32))
    middle = reel.compose(2)
    [(x, _)] = find(middle, sheet.cells[0, 0].picture, 4)
    [(beside, _)] = find(middle, sheet.films[0].x_t[2], 4)
    assert x < beside


def test_rows_of_cells_at_known_levels_are_a_film_too(tmp_path: Path) -> None:
    sheet = make_sheet(films=False)
    write(sheet, tmp_path / "a")
    film = frames(tmp_path / "a")
    assert len(film) == 3 and find(film[0], sheet.cells[1, 0].picture, 4)


@pytest.mark.parametrize("suffix", [".png", ".gif", ".mp4", ""])
def test_a_closed_export_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    progress = export_sheet(make_sheet(), tmp_path / f"a{suffix}", Options(size=32))
    next(progress)
    if suffix != ".png":
        next(progress)
    progress.close()
    assert list(tmp_path.iterdir()) == []


def test_refusals_name_the_file_and_a_remedy(tmp_path: Path) -> None:
    for sheet, name, options, words in (
        (untimed_sheet(), "a.gif", {}, "a.gif: this sheet holds no chain that a film could walk; choose .png"),
        (make_sheet(), "a.pdf", {}, "a.pdf: no known format has the suffix '.pdf'; choose .apng, .csv, .gif"),
        (make_sheet(64), "a.png", {}, "size = 32 is smaller than the picture's 64 pixels"),
        (make_sheet(64), "a.gif", {}, "size = 32 is smaller than the picture's 64 pixels"),
        (make_sheet(), "a.gif", {"fps": 100}, "outside the format's 0.1..50"),
        (make_sheet(), "none/a.png", {}, "does not exist; create it"),
    ):
        with pytest.raises(ExportError, match=words.replace(".", r"\.")):
            write(sheet, tmp_path / name, **options)
        assert list(tmp_path.iterdir()) == []
