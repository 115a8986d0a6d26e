"""The figure of a sheet: every pixel of every picture is there once, and the plots' axes say the numbers."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from films import find
from sheets import make_sheet

from diffviz.chart import Axis, linear_axis, log_axis
from diffviz.export import lettering
from diffviz.export.figure import figure
from diffviz.export.pens import Pixels
from diffviz.palette import SERIES, THEMES, rgb
from diffviz.sheet import Curve, Head, Plot, Sheet


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("side, size, zoom", [(8, None, 16), (8, 20, 2), (200, None, 1)])
def test_pictures_stand_in_rows_and_columns_pixel_for_pixel(side: int, size: int | None, zoom: int, theme: str) -> None:
    sheet = make_sheet(side)
    picture = figure(sheet, size, theme)
    places = {}
    for place, cell in sheet.cells.items():
        [places[place]] = find(picture, cell.picture, zoom)
    assert len({y for _, y in places.values()}) == 2 and len({x for x, _ in places.values()}) == 3
    assert places[0, 0][0] < places[0, 1][0] < places[0, 2][0] and places[0, 0][1] < places[1, 0][1]
    assert picture.flags.c_contiguous and picture.dtype == np.uint8


def test_a_size_below_the_pictures_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="size = 7 is smaller than the picture's 8 pixels"):
        figure(make_sheet(8), 7)


def test_each_word_and_number_changes_the_picture() -> None:
    sheet = make_sheet()
    plain = figure(sheet)
    cell = sheet.cells[1, 2]
    others = [
        dataclasses.replace(sheet, title="Other"),
        dataclasses.replace(sheet, rows=(Head("DDPM 4", "5 network calls"), sheet.rows[1])),
        dataclasses.replace(sheet, columns=(Head("t = 99"), *sheet.columns[1:])),
        dataclasses.replace(sheet, cells={**sheet.cells, (1, 2): dataclasses.replace(cell, note="RMS 0.2")}),
        dataclasses.replace(sheet, remark="All from the x_T of seed 1."),
    ]
    for other in others:
        picture = figure(other)
        assert picture.shape == plain.shape and not np.array_equal(picture, plain)


def test_a_strong_cell_is_outlined() -> None:
    sheet = make_sheet()
    picture = figure(sheet)
    [(x, y)] = find(picture, sheet.cells[0, 1].picture, 16)
    assert (picture[y - 1, x : x + 128] == rgb(THEMES["light"].signal)).all()
    [(x, y)] = find(picture, sheet.cells[0, 0].picture, 16)
    assert (picture[y - 1, x : x + 128] == rgb(THEMES["light"].card)).all()


def test_curves_are_drawn_in_their_colours_and_zeros_have_no_place_on_a_logarithm() -> None:
    curves = tuple(Curve(f"run {i}", (1.0, 10.0), (0.1 / (i + 1), 0.0)) for i in range(10))
    plot = Plot("distance", "steps", "RMS", curves, log_x=True, log_y=True)
    picture = figure(Sheet("Compare", plots={"distance": plot}))
    found = {tuple(colour) for colour in picture.reshape(-1, 3)}
    assert {rgb(colour) for colour in SERIES["light"]} <= found


def test_more_curves_than_colours_have_their_line_before_their_name(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[tuple[np.ndarray, float]] = []
    draw = Pixels.line

    def line(self: Pixels, points: np.ndarray, thickness: float, colour: str, dash: float = 0.0) -> None:
        lines.append((points, dash))
        draw(self, points, thickness, colour, dash)

    monkeypatch.setattr(Pixels, "line", line)
    for count in (8, 9):
        lines.clear()
        curves = tuple(Curve(f"curve {k}", (1.0, 10.0), (0.1, k + 1.0)) for k in range(count))
        figure(Sheet("Many", plots={"p": Plot("p", "t", "RMS", curves)}))
        names = [dash for points, dash in lines if points[0, 1] == points[1, 1]]
        assert names == ([] if count == 8 else [lines[8][1]] + [0.0] * 8) and lines[7][1] == 0


def test_a_plot_without_values_says_so() -> None:
    plot = Plot("distance", "steps", "RMS", (Curve("run", (1.0,), (float("nan"),)),))
    one = figure(Sheet("Compare", plots={"distance": plot}))
    other = figure(Sheet("Compare", plots={"distance": dataclasses.replace(plot, curves=())}))
    assert np.array_equal(one, other)


@pytest.mark.parametrize("low, high, ticks", [(0, 1, "0 0.2 0.4 0.6 0.8 1"), (0, 1000, "0 200 400 600 800 1,000")])
def test_linear_ticks_are_round(low: float, high: float, ticks: str) -> None:
    axis = linear_axis("", low, high)
    assert " ".join(map(axis.text, axis.ticks(7))) == ticks
    assert 0 < float(axis.share(low)) < float(axis.share(high)) < 1


@pytest.mark.parametrize(
    "low, high, ticks",
    [
        (5, 100, "5 10 20 50 100"),
        (0.05, 0.1, "0.05 0.06 0.07 0.08 0.09 0.1"),
        (1e-6, 1, "10⁻⁶ 10⁻⁵ 10⁻⁴ 0.001 0.01 0.1 1"),
        (1e-12, 1, "10⁻¹² 10⁻¹⁰ 10⁻⁸ 10⁻⁶ 10⁻⁴ 0.01 1"),
    ],
)
def test_logarithmic_ticks_are_round(low: float, high: float, ticks: str) -> None:
    axis = log_axis("", low, high)
    assert " ".join(map(axis.text, axis.ticks(7))) == ticks
    assert float(axis.share(np.sqrt(low * high))) == pytest.approx(0.5)


@pytest.mark.parametrize("axis", [linear_axis("", 3, 3), log_axis("", 3, 3), linear_axis("", 0, 0)])
def test_one_value_alone_has_an_axis(axis: Axis) -> None:
    assert axis.low < axis.high and axis.ticks(7)


@pytest.mark.parametrize("log", [False, True])
def test_values_that_hardly_differ_are_drawn(log: bool) -> None:
    curve = Curve("a", (1, 2), (0.2144989501316867, 0.21449895013168846))
    plot = Plot("distance", "steps", "RMS", (curve,), log_y=log)
    colours = {tuple(colour) for colour in figure(Sheet("Compare", plots={"distance": plot})).reshape(-1, 3)}
    assert rgb(SERIES["light"][0]) in colours


def test_hats_and_indices_are_set_as_such_and_names_are_left_alone() -> None:
    runs = lettering.runs_of("x\u0302_0 of dpmpp_2m, x_T", "#000000")
    assert [(run.text, run.hat, run.sub) for run in runs] == [
        ("x", True, False),
        ("0", False, True),
        (" of dpmpp_2m, x", False, False),
        ("T", False, True),
    ]


def test_long_words_end_in_an_ellipsis_inside_their_room() -> None:
    lines = lettering.wrapped("one two three four five six seven eight nine ten", 12, 80, 2)
    assert len(lines) == 2 and lines[1].endswith("…")
    assert all(lettering.width(lettering.runs_of(line, ""), 12) <= 80 for line in lines)


def test_a_power_is_set_above_the_line() -> None:
    runs = lettering.runs_of("steps^−1.02 (first order)", "#000000")
    assert [(run.text, run.sup) for run in runs] == [("steps", False), ("−1.02", True), (" (first order)", False)]
    assert lettering.width(runs, 20) < lettering.width([lettering.Run("steps−1.02 (first order)", "")], 20)


def test_no_line_leads_across_a_gap_and_a_number_alone_is_a_dot() -> None:
    x, one, gap = tuple(float(k) for k in range(9)), (1.0,) * 3, (math.nan,) * 3
    columns = []
    for y in (one * 3, one + gap + one, (*one, math.nan, 1.0, math.nan, *one)):
        picture = figure(Sheet("Loss", plots={"p": Plot("p", "t", "loss", (Curve("a", x, y),))}))
        near = np.abs(picture.astype(int) - rgb(SERIES["light"][0])).sum(axis=2) < 30
        columns.append(int(near.any(axis=0).sum()))
    whole, broken, dotted = columns
    assert 0.4 * whole < whole - broken < 0.6 * whole and 4 < dotted - broken < 12
