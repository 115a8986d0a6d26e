"""The caption of a picture: where there is no room it loses what is spare, never a part of a number."""

from __future__ import annotations

import numpy as np
import pytest
from gui_driver import as_array
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from diffviz.gui.panels.picture_card import PictureCard
from diffviz.gui.panels.viewport import Viewport
from diffviz.kinds.tiles import Grid
from diffviz.palette import LIGHT

LONG = "two gaussians · 5,000 points"


@pytest.mark.parametrize(("width", "shown"), [(400, LONG), (190, "two gaussians")])
def test_a_narrow_card_leaves_the_number_of_points_to_the_tooltip(qtbot: QtBot, width: int, shown: str) -> None:
    card = PictureCard("x_0_panel", "x<sub>0</sub>", Viewport())
    qtbot.addWidget(card)
    card.resize(width, 200)
    card.show()
    card.set_caption(LONG, "what is noised")
    caption = card.findChild(QLabel, "x_0_panel_caption")
    assert caption.text() == shown and card.caption == LONG
    assert (LONG in caption.toolTip()) == (shown != LONG)


@pytest.mark.parametrize(
    ("whole", "short"),
    [
        ("8 futures from t = 400 · DDPM → 400, DDPM 40", "8 futures"),
        ("8 futures from t = 500 · person · DDIM → 500, DDIM 50 · seed 2", "8 futures from t = 500 · person"),
        (
            "8 futures from t = 500 · person · DDPM → 796, then cat · DDPM → 500, then cat · DDPM 250 · seed 2",
            "8 futures from t = 500 · cat",
        ),
        ("person · DDPM → 500, then cat · DDPM 40 · seed 0", "person → 500, then cat"),
        ("t = 50 · state 19 of 20", "t = 50"),
        ("cat · DDPM 250 · seed 0 · from your picture at t = 1000, in-painted", "cat · DDPM 250 · in-painted"),
        ("cat · DDPM 250 · seed 0 · from your picture at t = 1000, in-painted", "cat · DDPM 250"),
        ("t = 500 · state 125 of 250 · 1,080 outside", "t = 500 · 1,080 outside"),
    ],
)
def test_a_caption_loses_whole_words_before_letters(qtbot: QtBot, whole: str, short: str) -> None:
    card = PictureCard("x_t_panel", "x", Viewport())
    qtbot.addWidget(card)
    card.show()
    room = card._caption.fontMetrics().horizontalAdvance(short) + 1
    card._room.setFixedWidth(max(60, room))
    QCoreApplication.processEvents()
    card.set_caption(whole)
    assert card._caption.text() == short and whole.replace(">", "&gt;") in card._caption.toolTip()
    card._room.setFixedWidth(2000)
    QCoreApplication.processEvents()
    card.set_caption(whole)
    assert card._caption.text() == whole


def test_names_over_tiles_grow_with_what_is_presented(qtbot: QtBot) -> None:
    """On a large screen they could not be read."""
    card = PictureCard("x_t_panel", "x", Viewport())
    qtbot.addWidget(card)
    card.resize(420, 450)
    card.view.show_array(np.zeros((64, 64, 3), dtype=np.uint8), Grid(2, 2))
    card.view.show_row_names(("mean", "draws"))
    card.show()
    rows = []
    for scale in (1.0, 2.0):
        card.set_look(LIGHT, scale)
        target = card.view.target()
        picture = as_array(card.view.grab().toImage())
        tile = picture[target.top() : target.center().y() - 8, target.left() : target.center().x() - 8]
        rows.append(np.flatnonzero(tile.any(axis=(1, 2))).size)
    assert rows[1] > 1.7 * rows[0] > 0
