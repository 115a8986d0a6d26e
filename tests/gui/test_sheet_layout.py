"""A sheet fills its room: the largest whole zoom, words level with their rows, and what is left goes to the others."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from gui_driver import Driver, plain
from PySide6.QtCore import QCoreApplication, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from diffviz.gui.panels.laboratory_page import LaboratoryPage
from diffviz.gui.panels.pair_view import PairView
from diffviz.gui.panels.set_words import lines
from diffviz.gui.panels.sheet_curves import SheetPlot
from diffviz.gui.panels.sheet_layout import MIN_ZOOM, Measures
from diffviz.gui.panels.sheet_view import SheetView
from diffviz.gui.panels.sheet_words import WAYS, SheetWords
from diffviz.kinds import PICTURE, SOUND
from diffviz.palette import DARK, SERIES
from diffviz.sheet import Cell, Curve, Head, Outline, Plot, Sheet


def measures(rows: int, columns: int, head: int = 30, dpr: float = 1.0) -> Measures:
    return Measures(columns, (17,) * rows, (head,) * rows, 120, 25, 8, 60, (32, 32), dpr)


def made(rows: int, columns: int) -> Sheet:
    heads = tuple(Head(f"row {i}", "a few words") for i in range(rows))
    sheet = Sheet().with_part(Outline("Made", heads, tuple(Head(f"x_{j}") for j in range(columns))))
    for row in range(rows):
        for column in range(columns):
            sheet = sheet.with_part(Cell(row, column, np.zeros((32, 32, 3), np.uint8), "RMS 0.1"))
    curve = Curve("x̂_0", (1.0, 2.0), (1.0, 2.0))
    return sheet.with_part(Plot("of x̂_0", "t", "RMS", (curve,)))


@pytest.mark.parametrize("dpr", [1.0, 1.25, 2.0])
@pytest.mark.parametrize("room", [(700, 300), (1000, 420), (1500, 900)])
def test_the_zoom_is_the_largest_that_fits(room: tuple[int, int], dpr: float) -> None:
    sheet = measures(3, 6, dpr=dpr)
    laid = sheet.laid(*room)
    assert laid.zoom >= MIN_ZOOM and laid.size[0] <= room[0] and laid.size[1] <= room[1]
    assert sheet.height(laid.zoom + 1) > room[1] or sheet.width(laid.zoom + 1) > room[0]
    last = laid.frame((2, 5))
    assert last.right() < room[0] and last.bottom() < room[1]


def test_a_sheet_of_which_nothing_seen_has_changed_waits_for_no_painting(qtbot: QtBot) -> None:
    """Nothing would be painted, and whoever waits for it would wait for ever."""
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(900, 300)
    sheet = made(2, 4)
    view.show_sheet(sheet)
    view.show()
    qtbot.waitUntil(lambda: not view.fresh)
    view.show_sheet(replace(sheet, remark="as before"))
    assert not view.fresh
    view.show_sheet(sheet.with_part(Cell(1, 3, np.ones((32, 32, 3), np.uint8), "RMS 0.1")))
    assert view.fresh
    qtbot.waitUntil(lambda: not view.fresh)


def test_rows_that_do_not_fit_even_small_are_scrolled() -> None:
    laid = measures(20, 4).laid(600, 300)
    assert laid.zoom == MIN_ZOOM and laid.size[1] > 300


def test_pictures_without_pixels_of_their_own_are_shrunk_until_all_are_seen(qtbot: QtBot) -> None:
    """Those of sounds and of points."""
    view = SheetView()
    qtbot.addWidget(view)
    view.set_look(DARK, 1.0)
    sheet = made(2, 8)
    for place in sheet.cells:
        sheet = sheet.with_part(Cell(*place, np.zeros((256, 256, 3), np.uint8)))
    for free in (False, True):
        view.free = free
        view.show_sheet(Sheet())
        view.show_sheet(sheet)
        view.fit(QSize(1300, 400))
        assert (view.frame((1, 7)).right() < 1300) is free and (view.minimumWidth() <= 1300) is free
    side = view._layout.picture[0]
    assert 96 <= side < 256
    view.words_in(4000, 3000)
    assert view._layout.picture[0] == side, "asking about another room changes nothing"
    view.fit(QSize(4000, 3000))
    assert view._layout.picture[0] >= 256
    pair = PairView()
    qtbot.addWidget(pair)
    pair.resize(900, 400)
    pair.show()
    for kind, fills in ((SOUND, True), (PICTURE, False)):
        pair.show_kind(kind)
        pair.show_pair(("a", "t = 0", np.zeros((256, 256, 3), np.uint8)), None)
        view_width = pair.first.view.width()
        assert (pair.first.view.target().width() == min(view_width, pair.first.view.height())) is fills


def test_space_that_is_left_goes_between_the_columns() -> None:
    tight, wide = (measures(2, 5).laid(width, 200) for width in (620, 800))
    assert tight.zoom == wide.zoom and wide.step > tight.step
    assert wide.step - wide.picture[0] <= wide.picture[0]


def test_words_stand_in_the_middle_of_their_row(qtbot: QtBot) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.show_sheet(made(3, 4))
    view.fit(QSize(900, 600))
    for row in range(3):
        head, cell = view.head_frame(row), view.frame((row, 0))
        picture = view._layout.picture[1]
        assert abs(head.center().y() - (cell.top() + picture / 2)) <= 2


@pytest.mark.parametrize(("rows", "columns", "aside"), [(2, 8, False), (4, 4, True), (5, 5, True)])
def test_the_others_stand_where_the_pictures_are_larger(qtbot: QtBot, rows: int, columns: int, aside: bool) -> None:
    page = LaboratoryPage()
    qtbot.addWidget(page)
    page.resize(985, 696)
    page.show_sheet(made(rows, columns), made(rows, columns))
    page.plot.setVisible(True)
    assert (page.splitter.orientation() == Qt.Orientation.Horizontal) == aside
    assert page.splitter.count() == 2 and page.others.count() == 2


def test_the_room_is_shared_as_if_the_pair_had_never_stood_elsewhere(qtbot: QtBot) -> None:
    """Beside the sheet it is higher, and took that height below it too until something else was drawn anew."""
    page = LaboratoryPage()
    qtbot.addWidget(page)
    page.show()
    page.resize(740, 540)
    for columns, way in ((3, Qt.Orientation.Horizontal), (8, Qt.Orientation.Vertical)):
        page.show_sheet(made(4, columns), made(4, columns))
        assert page.splitter.orientation() == way
    grey = np.zeros((32, 32, 3), np.uint8)
    page.resize(985, 696)
    for sheet in (
        made(2, 8),
        made(2, 8).with_part(Cell(0, 0, grey, x0_hat=grey)),
        made(2, 8),
    ):  # with the choice of x̂_0, which is higher than the title
        page.show_sheet(sheet, sheet)
        shared = page.splitter.sizes()
        QCoreApplication.processEvents()
        page.share()
        assert page.splitter.sizes() == shared


def test_a_line_that_was_drawn_stays_until_a_double_click(driver: Driver) -> None:
    driver.trigger("laboratory")
    driver.idle()
    page = driver.window.controller.laboratory.page
    page.show_sheet(made(3, 6), made(3, 6))
    driver.idle()
    before = page.splitter.sizes()
    for splitter in (page.splitter, page.others):
        handle = splitter.handle(1)
        middle = handle.rect().center()
        QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=middle)
        moved = middle + handle.rect().topLeft()
        moved.setX(moved.x() - 40)
        moved.setY(moved.y() - 40)
        QTest.mouseMove(handle, moved)
        QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=moved)
    drawn = page.splitter.sizes()
    assert drawn != before
    page.share()
    assert page.splitter.sizes() == drawn
    QTest.mouseDClick(page.splitter.handle(1), Qt.MouseButton.LeftButton)
    assert abs(page.splitter.sizes()[0] - before[0]) <= 2  # pixels that Qt rounds


def test_both_of_a_pair_are_as_large_as_each_other_whatever_they_are_called(qtbot: QtBot) -> None:
    pair = PairView()
    qtbot.addWidget(pair)
    pair.resize(260, 420)
    pair.stand(True)
    picture = np.zeros((8, 8, 3), np.uint8)
    pair.show_pair(("a", "t = 0", picture), ("denoised, spherical, and longer", "t = 0", picture))
    pair.show()
    qtbot.waitExposed(pair)
    QCoreApplication.processEvents()
    assert pair.first.width() == pair.second.width()
    assert plain(pair.second._title.text()).endswith("…") and "and longer" in pair.second._title.toolTip()

    for aside in (True, False):
        pair.stand(aside)
        for width in range(701, 707):
            pair.resize(width, 420)
            QCoreApplication.processEvents()
            assert pair.first.width() == pair.second.width(), "of one pixel less the picture was a seventh smaller"


def test_a_pair_put_below_the_sheet_again_has_its_long_names_back(qtbot: QtBot) -> None:
    pair, seen = PairView(), []
    qtbot.addWidget(pair)
    pair.resize(560, 420)
    pair.show_pair(("conditional, spherical", "", np.zeros((8, 8, 3), np.uint8)), None)
    pair.show()
    qtbot.waitExposed(pair)
    for aside in (True, False, True):  # beside the sheet the difference has the whole width
        pair.stand(aside)
        QCoreApplication.processEvents()
        seen.append((pair.gap._title.text(), pair.first._title.text()))
    assert seen[0] == seen[2] and seen[0][0] == "difference × 4" != seen[1][0]


def test_a_long_title_of_the_plot_takes_no_room_from_the_sheet(qtbot: QtBot) -> None:
    page = LaboratoryPage()
    qtbot.addWidget(page)
    widths = []
    for title in ("short", "a title of a plot that is as long as a sentence and longer still"):
        page.plot.show_plot(Plot(title, "t", "RMS", (Curve("x̂_0", (1.0, 2.0), (1.0, 2.0)),)))
        widths.append(page.plot.minimumSizeHint().width())
    assert widths[0] == widths[1]


def test_a_short_axis_has_two_labelled_ticks(qtbot: QtBot) -> None:
    plot = SheetPlot()
    qtbot.addWidget(plot)
    plot.resize(190, 180)
    plot.show_plot(Plot("p", "t/T", "RMS", (Curve("denoised", (0.2, 0.4, 0.8), (0.07, 0.09, 0.17)),)))
    for side, (low, high) in (("left", (0.0, 0.18)), ("bottom", (0.15, 0.8))):
        labelled = [tick for tick, _ in plot.canvas.labels(side)]
        assert len(labelled) > 1 and all(low <= tick <= high for tick in labelled), side


def shown_pair(qtbot: QtBot, width: int) -> PairView:
    pair = PairView()
    qtbot.addWidget(pair)
    pair.set_look(DARK, 1.0)
    pair.resize(width, 200)
    pair.show()
    return pair


@pytest.mark.parametrize("width", [430, 520, 1300])
def test_a_state_of_another_t_than_the_slider_says_its_own(qtbot: QtBot, width: int) -> None:
    """In narrow cards both stood there without one, and the slider said t = 1000."""
    pair, picture = shown_pair(qtbot, width), np.zeros((8, 8, 3), np.uint8)
    pair.show_t(1000)
    pair.show_pair(
        ("DPM-Solver++ 2M 8", "t = 1000", picture), ("DPM-Solver++ 2M 3", "t = 667", picture), (picture, 0.1)
    )
    QCoreApplication.processEvents()
    assert pair.second._caption.text() == "t = 667" and (pair.first.caption == "t = 1000") == (width >= 1300)
    pair.show_t(None)
    pair.show_pair(("told 219", "true t = 219", picture), ("told 1000", "true t = 219", picture), (picture, 0.1))
    QCoreApplication.processEvents()
    assert (pair.level.text() == "true t = 219") == (width < 1300) == (pair.first.caption == "")
    title = pair.second._title
    assert plain(title.text()) == "2 · told 1000" and title.sizeHint().width() <= title.width()


def test_two_cells_of_other_rows_and_columns_are_told_apart_where_cards_are_narrow(qtbot: QtBot) -> None:
    """Of the true t there was "tru…"."""
    pair, picture = shown_pair(qtbot, 430), np.zeros((8, 8, 3), np.uint8)
    first, second = ("true t = 404", "told 541", picture), ("true t = 1000", "told 1000", picture)
    for other, foot in ((second, "1: told 541  ·  2: told 1000"), (None, "1: told 541")):
        pair.show_pair(first, other, None)
        QCoreApplication.processEvents()
        assert pair.level.text() == foot and (pair.first.caption, pair.second.caption) == ("", "")
        for card, title in ((pair.first, "1 · true t = 404"), (pair.second, "2 · true t = 1000" if other else "")):
            assert plain(card._title.text()) == title and card._title.sizeHint().width() <= card._title.width()


@pytest.mark.parametrize("width", [430, 520, 700, 900, 1300])
def test_the_heads_of_a_pair_are_whole_and_lie_on_nothing(qtbot: QtBot, width: int) -> None:
    pair, picture = shown_pair(qtbot, width), np.zeros((8, 8, 3), np.uint8)
    pair.show_t(100)
    pair.show_pair(("conditional", "t = 100", picture), ("unconditional", "t = 100", picture), (picture, 0.00892))
    QCoreApplication.processEvents()
    for card in pair.cards:
        title, caption = card._title, card._caption
        assert caption.text() == card.caption, "nothing of it is left out"
        right = caption.mapTo(card, caption.rect().topRight()).x()
        left = right - caption.fontMetrics().horizontalAdvance(caption.text())
        assert not card.caption or title.x() + title.fontMetrics().horizontalAdvance(plain(title.text())) < left
    assert pair.gap.caption == "RMS < 0.01" and (pair.first.caption == "t = 100") == (width >= 700)


@pytest.mark.parametrize("gap, said", [(0.0116, "RMS 0.01"), (0.003, "RMS < 0.01"), (0.0, "RMS 0.00")])
def test_a_difference_has_the_decimals_of_eight_bits(qtbot: QtBot, gap: float, said: str) -> None:
    """The pair told RMS 0.0116 of pictures, beside 0.011 of what they are rounded from."""
    pair, picture = PairView(), np.zeros((8, 8, 3), np.uint8)
    qtbot.addWidget(pair)
    pair.show_pair(("a", "", picture), ("b", "", picture), (picture, gap))
    assert pair.gap.caption == said


def test_a_difference_of_sounds_has_the_digits_of_their_samples(qtbot: QtBot) -> None:
    pair, picture = PairView(), np.zeros((8, 8, 3), np.uint8)
    qtbot.addWidget(pair)
    pair.show_kind(SOUND)
    pair.show_pair(("a", "", picture), ("b", "", picture), (picture, 0.00123))
    assert pair.gap.caption == "RMS 0.0012"


def test_the_slider_of_the_pair_stands_at_the_end_where_the_sheet_is_shown(qtbot: QtBot) -> None:
    """After another run it stood at t = 250 below pictures of t = 0."""
    pair = PairView()
    qtbot.addWidget(pair)
    pair.show_levels(1000, (500.0, 250.0, 0.0))
    pair.show_t(250)
    assert pair.slider.value() == 250 and pair.level.text() == "t = 250"
    pair.show_t(None)
    assert pair.slider.value() == 0 and pair.level.text() == ""


def test_a_sign_in_a_caption_is_set(qtbot: QtBot) -> None:
    pair = PairView()
    qtbot.addWidget(pair)
    picture = np.zeros((32, 32, 3), np.uint8)
    pair.resize(1200, 300)
    pair.show_pair(("strength 0.4", "x_0 at once", picture), None)
    assert pair.first.caption == "x₀ at once"


def test_words_give_way_where_the_pictures_would_be_too_small(qtbot: QtBot) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    sheet = made(6, 8)
    heads = tuple(Head("DPM-Solver++ 2M 10", "10 network calls") for _ in sheet.rows)
    view.show_sheet(replace(sheet, rows=heads))
    view.fit(QSize(680, 300))
    assert view._layout.zoom == MIN_ZOOM and view._layout.size[0] <= 680
    assert view._words.left < view.words_in(1200, 300).left, "else the words stand on one line"
    assert all(view.head_frame(row).bottom() <= view.frame((row, 0)).bottom() + 1 for row in range(6))


def test_a_cell_that_comes_is_painted_with_its_outline(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was chosen before it was there had none, and half a badge."""
    view, sheet = SheetView(), made(2, 2)
    qtbot.addWidget(view)
    view.show_sheet(sheet)
    view.fit(QSize(700, 400))
    view.show_chosen((0, 1), None)
    painted: list[QRect] = []
    monkeypatch.setattr(view, "update", painted.append)
    view.show_sheet(sheet.with_part(replace(sheet.cells[0, 1], picture=np.ones((32, 32, 3), np.uint8))))
    assert [rect.contains(view.frame((0, 1)).adjusted(-3, -3, 2, 2)) for rect in painted] == [True]


@pytest.mark.parametrize("way", WAYS)
def test_words_of_two_cells_do_not_touch(qtbot: QtBot, way: tuple[int, bool]) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    words = SheetWords(made(4, 6), (97, 97), view.font(), DARK, 1.0, False, 1.0, way)
    layout = words.measures.laid(words.measures.width(1), 520)  # the least that it needs
    assert layout.room + words.over < layout.step


@pytest.mark.parametrize(("dpr", "side", "zoom"), [(1.0, 32, 2), (2.0, 32, 4), (1.0, 64, 1), (1.0, 160, 1)])
def test_pictures_are_scrolled_before_they_are_too_small(dpr: float, side: int, zoom: int) -> None:
    sheet = Measures(4, (17,) * 20, (30,) * 20, 120, 25, 8, 60, (side, side), dpr)
    assert sheet.laid(900, 300).zoom == zoom


def test_long_words_take_two_lines(qtbot: QtBot) -> None:
    font = QFont("DejaVu Sans")
    font.setPixelSize(11)
    assert lines("RMS 0.1", font, 60) == ["RMS 0.1"]
    assert lines("training picture", font, 60) == ["training", "picture"]
    assert lines("mean 0.00 · std 0.92 · r 0.07", font, 110) == ["mean 0.00 ·", "std 0.92 · r 0.07"]


@pytest.fixture
def plot(qtbot: QtBot) -> SheetPlot:
    plot = SheetPlot()
    qtbot.addWidget(plot)
    plot.set_look(DARK, 1.0)
    plot.resize(280, 200)
    plot.show()
    return plot


def test_a_single_point_has_axes_with_several_numbers(plot: SheetPlot) -> None:
    plot.show_plot(Plot("change", "training step", "RMS", (Curve("change", (5000.0,), (0.0,)),)))
    for side in ("bottom", "left"):
        ticks, words = zip(*plot.canvas.labels(side), strict=True)
        assert len(set(words)) == len(words) > 1 and min(ticks) >= 0, side


def test_the_words_of_a_short_axis_stand_at_the_other(plot: SheetPlot) -> None:
    shown = Plot("p", "t", "RMS of something", (Curve("c", (1.0, 2.0), (1.0, 2.0)),))
    for height, left, bottom in ((260, "RMS of something", "t"), (100, "", "RMS of something over t")):
        plot.resize(280, height)
        plot.show_plot(shown)
        QCoreApplication.processEvents()
        assert (plot.canvas.words("left"), plot.canvas.words("bottom")) == (left, bottom)
    plot.resize(120, 100)
    plot.show_plot(Plot("p", "w", "deviation of x_0", shown.curves))
    QCoreApplication.processEvents()
    assert plot.canvas.words("bottom") == "w" and plot.canvas.toolTip() == "deviation of x₀ over w"


def test_a_plot_is_as_high_as_the_names_of_its_curves(plot: SheetPlot) -> None:
    curves = tuple(Curve(f"true t = {k}", (1.0, 2.0), (1.0, 2.0 + k)) for k in range(10))
    plot.show_plot(Plot("p", "t", "RMS", curves))
    QCoreApplication.processEvents()
    heights = sorted(at for _, _, at in plot.canvas.names())
    assert len(heights) == 10 and np.diff(heights).min() > 11
    assert plot.canvas.area.top() < heights[0] and heights[-1] < plot.canvas.area.bottom()


@pytest.mark.parametrize("curves", [(), (Curve("a", (), ()),)])
def test_a_plot_whose_curves_are_not_there_yet_has_axes_of_its_own(plot: SheetPlot, curves: tuple[Curve, ...]) -> None:
    plot.show_plot(Plot("before", "t", "RMS", (Curve("c", (0.0, 1000.0), (0.0, 1000.0)),)))
    plot.show_plot(Plot("coming", "n", "RMS", curves, log_x=True, log_y=True))
    plot.grab()
    axes = plot.canvas.x_axis, plot.canvas.y_axis
    assert all(axis.power and axis.shown[1] < 10 for axis in axes)


def test_what_has_the_colour_of_another_curve_is_told_by_its_line_before_its_name(plot: SheetPlot) -> None:
    plot.resize(500, 300)
    for count in (8, 9):
        curves = tuple(Curve(f"curve {k}", (1.0, 2.0), (1.0, 1.0 + k)) for k in range(count))
        plot.show_plot(Plot("p", "t", "RMS", curves))
        QCoreApplication.processEvents()
        image, canvas = plot.canvas.grab().toImage(), plot.canvas
        (start, _), whole = canvas.pixel(np.array([2.0, 2.0]), np.array([1.0, 1.0]))[0], []
        for k, _, at in sorted(canvas.names()):
            colours = [image.pixelColor(x, int(at)).name() for x in range(int(start) + 10, int(start) + 22)]
            whole.append(set(colours) == {SERIES["dark"][k % 8]})
        assert whole == [count > 8] * 8 + [False] * (count - 8)


def test_no_line_leads_across_a_gap(plot: SheetPlot) -> None:
    x, one, gap = tuple(float(k) for k in range(9)), (1.0,) * 3, (math.nan,) * 3
    painted = []
    for y in (one * 3, one + gap + one, (*one, math.nan, 1.0, math.nan, *one)):
        plot.show_plot(Plot("p", "t", "RMS", (Curve("a", x, y), Curve("nothing", x, gap * 3))))
        QCoreApplication.processEvents()
        image = plot.canvas.grab().toImage()
        places = zip(*plot.canvas.pixel(np.linspace(0, 8, 33), np.ones(33)), strict=True)
        colours = [image.pixelColor(round(float(across)), int(up)).name() for across, up in places]
        painted.append([colour == SERIES["dark"][0] for colour in colours])
        assert [name for _, name, _ in plot.canvas.names()] == ["a"]
    assert all(painted[0])
    assert not any(painted[1][10:23]) and painted[1][1] and painted[1][31]
    assert [k for k in range(10, 23) if painted[2][k]] == [16]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("wide", [240, 300, 380, 460, 560, 700, 900])
def test_the_numbers_of_a_lying_axis_lie_on_no_other(plot: SheetPlot, wide: int, log: bool) -> None:
    plot.resize(wide, 200)
    plot.show_plot(Plot("p", "t", "RMS", (Curve("c", (60.0, 1000.0), (0.1, 1.0)),), log_x=log))
    labels = sorted((float(plot.canvas.pixel(tick, 0)[0]), words) for tick, words in plot.canvas.labels("bottom"))
    font = QFont("DejaVu Sans")
    font.setPixelSize(11)
    advance = QFontMetrics(font).horizontalAdvance
    assert len(labels) > 1
    for (x, words), (next_x, next_words) in pairwise(labels):
        assert next_x - x > (advance(words) + advance(next_words)) / 2 + 3, (words, next_words)


def test_the_numbers_of_a_presented_axis_lie_on_no_other(plot: SheetPlot) -> None:
    plot.set_look(DARK, 3.0)
    plot.resize(1200, 420)
    curve = Curve("floor", (1.0, 1000.0), (1e-5, 1.0))
    plot.show_plot(Plot("loss", "t", "RMS", (curve,), log_y=True))
    heights = sorted(float(plot.canvas.pixel(0, tick)[1]) for tick, _ in plot.canvas.labels("left"))
    assert len(heights) > 1 and np.diff(heights).min() >= 33


def test_a_longer_note_that_comes_later_has_its_room(qtbot: QtBot) -> None:
    page = LaboratoryPage()
    qtbot.addWidget(page)
    page.resize(900, 700)
    page.show()
    QCoreApplication.processEvents()
    sheet = made(3, 8)
    page.show_sheet(sheet, sheet)
    QCoreApplication.processEvents()
    lines_before = page.sheet._words.note_height(1)
    sheet = sheet.with_part(Cell(1, 7, np.zeros((32, 32, 3), np.uint8), "mean 0.00 · std 0.92"))
    page.show_sheet(sheet, sheet)
    assert page.sheet._words.note_height(1) > lines_before == page.sheet._words.note_height(0)


def test_pictures_keep_their_size_while_rows_with_notes_are_filled(qtbot: QtBot) -> None:
    """Those of points shrank by a quarter when the last row got its notes, minutes after the first."""
    for height in range(400, 700, 10):
        view = SheetView()
        qtbot.addWidget(view)
        view.set_look(DARK, 1.0)
        view.free = True
        heads = tuple(Head(f"row {i}") for i in range(4)), tuple(Head(f"{j}/7 T") for j in range(8))
        sheet, sizes = Sheet().with_part(Outline("Made", *heads)), set()
        view.fit(QSize(1600, height))
        for place in product(range(4), range(8)):
            sheet = sheet.with_part(Cell(*place, np.zeros((128, 128, 3), np.uint8), "t = 858" if place[1] else ""))
            view.show_sheet(sheet)
            if place > (0, 0):
                sizes.add(view._layout.picture)
        assert len(sizes) == 1, height


def test_the_t_of_chains_on_their_way_moves_nothing(qtbot: QtBot) -> None:
    """With room for it the pair leapt to the right of a sheet when it began, and below it again when rows were done."""
    page, leapt = LaboratoryPage(), list[tuple[int, bool]]()
    qtbot.addWidget(page)
    page.show()
    picture = np.zeros((64, 64, 3), np.uint8)
    for height in range(560, 900, 20):
        page.resize(1100, height)
        heads = tuple(tuple(Head(f"red hair {k}") for k in range(count)) for count in (3, 4))
        sheet, places = Sheet().with_part(Outline("Words", *heads)), list[tuple[object, ...]]()
        for i, j in product(range(3), range(4)):
            for note in ("t = 1000", "t = 500", ""):
                sheet = sheet.with_part(Cell(i, j, picture, note, passing=bool(note)))
                page.show_sheet(sheet, sheet)
                QCoreApplication.processEvents()
                places.append((page.splitter.orientation(), page.sheet.frame((2, 3))))
        if len(set(map(str, places))) > 1:
            leapt.append((height, len({way for way, _ in places}) > 1))
    assert not leapt


def test_of_pictures_that_can_be_shrunk_all_columns_are_seen_though_it_takes_narrower_words(qtbot: QtBot) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.set_look(DARK, 1.0)
    view.free = True
    sheet = made(4, 8)
    for place in sheet.cells:
        sheet = sheet.with_part(Cell(*place, np.zeros((256, 256, 3), np.uint8)))
    view.show_sheet(sheet)
    view.fit(QSize(698, 301))
    assert view.frame((0, 7)).right() < 698 and view.minimumWidth() <= 698
    assert view._layout.picture[0] >= 64
    view.fit(QSize(460, 301))  # too narrow for them: what stands at their left has its width
    assert view._words.left > 60 and view.minimumWidth() > 460


def test_both_pictures_of_a_pair_are_named_in_letters_of_one_size(qtbot: QtBot) -> None:
    pair, picture = PairView(), np.zeros((8, 8, 3), np.uint8)
    qtbot.addWidget(pair)
    pair.resize(420, 200)
    pair.show()
    for long in ("unconditional", "DDIM"):
        pair.show_pair(("DDPM", "", picture), (long, "", picture))
        QTest.qWait(1)
        small = ["font-weight:normal" in card._title.text() for card in (pair.first, pair.second)]
        assert small == [long == "unconditional"] * 2


def test_two_pictures_of_one_row_are_named_by_what_tells_them_apart(qtbot: QtBot) -> None:
    """Both were "true t = 219", and there was no room for what each was told."""
    pair, picture = PairView(), np.zeros((8, 8, 3), np.uint8)
    qtbot.addWidget(pair)
    pair.resize(580, 200)
    pair.show()
    pair.show_pair(("true t = 219", "told 219", picture), ("true t = 219", "told 1000", picture))
    assert "told 219" in pair.first._title.text() and "told 1000" in pair.second._title.text()
    pair.show_pair(("DDIM", "t = 100", picture), ("DDIM", "t = 100", picture))  # walked together: it is the same chain
    assert "DDIM" in pair.first._title.text() and "DDIM" in pair.second._title.text()
