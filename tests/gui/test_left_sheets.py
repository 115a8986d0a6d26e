"""Sheets that were left take no more memory than they may."""

from __future__ import annotations

import numpy as np

from diffviz.gui.left_sheets import Left, LeftSheets
from diffviz.kinds import PICTURE
from diffviz.scene import Scene
from diffviz.session.state import SheetState
from diffviz.sheet import Cell, Film, Head, Outline, Sheet


def left(seed: int) -> Left:
    picture = np.zeros((10, 10, 3), np.uint8)
    sheet = Sheet().with_part(Outline("Made", (Head("row"),), (Head("column"),))).with_part(Cell(0, 0, picture))
    sheet = sheet.with_part(Film(0, (1.0, 0.0), np.stack([picture] * 2)))
    return Left(PICTURE, sheet, [], None, SheetState(made=Scene(seed=seed).read))


def test_the_oldest_go_and_the_newest_stays() -> None:
    sheets = LeftSheets(limit_bytes=2000)
    for seed in (0, 1, 2, 1):
        sheets.keep(left(seed))
    assert [sheets.at(Scene(seed=seed, t=7)) is not None for seed in range(3)] == [False, True, True]
    sheets = LeftSheets(limit_bytes=1)
    sheets.keep(left(0))
    assert sheets.at(Scene(seed=0)) is not None
