"""A lens's chart in frames and figures: every style draws, in its colours, inside its box."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from diffviz.chart import (
    Axis,
    Chart,
    Column,
    Dot,
    Mark,
    Panel,
    Plot,
    Series,
    Shade,
    Table,
    level_axis,
    linear_axis,
    log_axis,
)
from diffviz.export import lettering
from diffviz.export.lens_chart import BOTTOM, FULLEST, TOP, draw, figure, svg, write_chart
from diffviz.export.pens import Pixels, Svg
from diffviz.palette import SERIES, THEMES, rgb

X = np.linspace(0, 100, 101)
SVG = "{http://www.w3.org/2000/svg}"
STYLES = ("line", "dashed", "dotted", "dots", "bars", "band")


def chart(style: str, role: str = "signal") -> Chart:
    low = np.full(101, 0.1) if style == "band" else None
    series = Series("q(x_s | x_t)", X, np.full(101, 0.8), role, style, low)
    plot = Plot(
        "over t", level_axis(100), Axis("", 0.0, 1.0), (series,), (Dot(50, 0.5, "0.5"),), (Mark(20, "x_0"),), 50
    )
    return Chart("posterior", "A sentence with x_0 in it.", (plot,))


def share_of(picture: np.ndarray, colour: str) -> float:
    return float((np.abs(picture.astype(int) - rgb(colour)).sum(axis=2) < 60).mean())


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_each_style_is_drawn_in_its_colour(style: str, theme: str) -> None:
    palette = THEMES[theme]
    canvas = np.empty((200, 400, 3), np.uint8)
    canvas[:] = rgb(palette.card)
    empty = chart(style)
    draw(Pixels(canvas), (20, 10, 360, 180), empty, 1.0, palette)
    # bands and bars are see-through: what changed is counted, not the colour itself
    changed = np.abs(canvas.astype(int) - rgb(palette.card)).sum(axis=2) > 0
    rows = np.flatnonzero(changed.any(axis=1))
    assert rows.min() >= 10 and rows.max() < 200
    at = changed[:, 80:340].mean()
    assert (0.3 if style in ("bars", "band") else 0.01) < at < 0.9
    outside = np.ones(changed.shape, bool)
    outside[10:190, 20:384] = False
    assert not changed[outside].any()


def test_a_table_alone_is_its_present_row() -> None:
    table = Table((Column("t", ""), Column("β", "", "noise")), np.zeros((2, 2)), np.array([250.0, 0.0051]))
    picture = figure(Chart("numbers", "", table=table), 1.0)
    assert share_of(picture, THEMES["light"].noise) > 1e-4
    assert share_of(picture, THEMES["light"].signal) == 0


def test_a_message_stands_for_what_is_not_there() -> None:
    assert not np.array_equal(figure(Chart("chain", message="Nothing.")), figure(Chart("chain")))


def test_the_suffix_says_what_is_written(tmp_path: Path) -> None:
    write_chart(chart("line"), tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "over t,t," and lines[1] == "q(x_s | x_t),0.0,0.8" and len(lines) == 102
    write_chart(chart("line"), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (1920, 600)
    write_chart(chart("line"), tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == svg(chart("line"))


@pytest.mark.parametrize("style", [*STYLES, "thin"])
def test_an_svg_holds_the_same_as_the_figure(style: str) -> None:
    root = ElementTree.fromstring(svg(chart(style)))
    words = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert {"over t", "A sentence with x0 in it.", "0.5", "q(xs | xt)"} <= set(words)
    size = root.get("viewBox")
    assert size == "0 0 960 300"
    inks = {"bars": "polygon", "band": "polygon", "dots": "circle"}
    shapes = list(root.iter(f"{SVG}{inks.get(style, 'polyline')}"))
    colour = THEMES["light"].signal
    assert any(colour in (shape.get("stroke"), shape.get("fill")) for shape in shapes)
    for shape in root.iter(f"{SVG}polyline"):  # y = 0.8 of the plot's height, all along
        y = {place.split(",")[1] for place in str(shape.get("points")).split()}
        assert len(y) == (1 if shape.get("stroke") == colour else 2), "a line leads from a name to its mark"


def test_an_svg_of_a_map_and_of_strange_words() -> None:
    shade = Shade(np.linspace(0, 100, 5), np.linspace(0, 1, 4), np.ones((4, 5), np.float32), "4")
    plot = Plot("a < b & c", level_axis(100), Axis("", 0.0, 1.0), (), shades=(shade,))
    root = ElementTree.fromstring(svg(Chart("map", "x̂_0 < 1", (plot,))))
    assert len(list(root.iter(f"{SVG}image"))) == 1
    assert {"a < b & c", "x\u03020 < 1"} <= {"".join(text.itertext()) for text in root.iter(f"{SVG}text")}


def test_axes() -> None:
    axis = log_axis("", 1e-4, 1.0)
    assert axis.share(np.array([0.0, -1.0])).tolist() == pytest.approx([np.nan, np.nan], nan_ok=True)
    assert axis.share(1e-4) < 0.1 and axis.share(1.0) > 0.9
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks(5))
    assert [axis.text(v) for v in (1e-4, 0.01)] == ["10⁻⁴", "0.01"]
    assert Axis("", -4.5, 4.5).ticks(3) == [-4, 0, 4]  # never one alone, which gives no scale
    assert linear_axis("", 3, 3).share(3) == pytest.approx(0.5)
    assert level_axis(100).text(100.0) == "100" and linear_axis("", 0, 5000).text(5000.0) == "5,000"


def test_names_without_room_stand_under_the_title_and_all_areas_in_a_row() -> None:
    x = np.linspace(0, 1, 5)
    many = tuple(Series(f"a long name {k}", x, x, "text", "thin") for k in range(6))
    crowded, free = (Plot("a title", Axis("x", 0, 1), Axis("y", 0, 1), series) for series in (many, many[:1]))
    alone, beside = figure(Chart("chain", plots=(free,))), figure(Chart("chain", plots=(crowded, free)))
    assert alone.shape == beside.shape

    def top(picture: np.ndarray) -> int:
        """The first row of the last plot's right half in which the line is drawn: its end is in the corner."""
        ink = (picture < 128).all(axis=2)[80:, -120:]
        return int(np.flatnonzero(ink.any(axis=1))[0])

    assert top(beside) > top(alone)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_density_is_full_where_it_is_largest_and_clear_where_it_is_not(theme: str) -> None:
    palette, values = THEMES[theme], np.zeros((50, 11), np.float32)
    values[40] = 2.0  # y = 0.81
    shade = Shade(np.linspace(0, 100, 11), (np.arange(50) + 0.5) / 50, values, "4")
    plot = Plot(
        "over t and x", level_axis(100), Axis("", 0.0, 1.0), (), shades=(shade,), moving=(Series("", X, X * 0),)
    )
    canvas = np.empty((200, 400, 3), np.uint8)
    canvas[:] = rgb(palette.card)
    draw(Pixels(canvas), (20, 10, 360, 180), Chart("map", "", (plot,)), 1.0, palette)
    teal = (1 - FULLEST) * np.array(rgb(palette.card)) + FULLEST * np.array(rgb(SERIES[theme][3]))
    column = np.abs(canvas[:, 200].astype(int) - teal).sum(axis=1)
    top, bottom = 10 + TOP, 190 - BOTTOM
    assert abs(int(column.argmin()) - (bottom - 0.81 * (bottom - top))) <= 2 and column.min() < 0.15 * column.max()
    assert np.abs(canvas[(top + bottom) // 2, 200].astype(int) - rgb(palette.card)).max() <= 1


def test_a_map_has_more_height(tmp_path: Path) -> None:
    assert figure(chart("line"), 1.0).shape == (300, 960, 3)
    assert figure(replace(chart("line"), lens="map"), 1.0).shape == (460, 960, 3)


def test_panels_are_drawn_pixel_by_pixel_in_picture_and_svg() -> None:
    """Two phrases with two pictures each: every pixel of them is found again, enlarged by a whole factor."""
    rng = np.random.default_rng(0)
    pictures = tuple(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8) for _ in range(4))
    panels = Panel("red hair", pictures[:2], (("change", 0.25),)), Panel("sad", pictures[2:], (("change", 0.5),))
    shown = Chart("words", "x̂_0 changes", panels=panels)
    drawn = figure(shown)
    for picture in pictures:
        assert any(_holds(line, picture[0]) for line in drawn)
    assert svg(shown).count("<image") == 4


@pytest.mark.parametrize("count", [1, 4, 12])
def test_names_of_panels_have_room_or_are_shortened(count: int) -> None:
    """Beside low pictures they stood over each other."""
    pictures = (np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64, 3), np.uint8))
    names = [f"curly yellow background {k}" for k in range(count)]
    panels = tuple(Panel(name, pictures, (("change", 0.25),)) for name in names)
    root = ElementTree.fromstring(svg(Chart("words", "x̂_0 changes", panels=panels)))
    found = [text for text in root.iter(f"{SVG}text") if "".join(text.itertext()).startswith("curly")]
    begins = [float(str(text.get("x"))) for text in found]
    said = ["".join(text.itertext()) for text in found]
    wide = [lettering.width(lettering.runs_of(name, ""), float(str(found[0].get("font-size")))) for name in said]
    assert all(x + own < after for x, own, after in zip(begins, wide, [*begins[1:], 960.0], strict=True))
    assert (said == names) == (count < 12)


def _holds(line: np.ndarray, wanted: np.ndarray) -> bool:
    """Whether a row of pixels, each enlarged by one whole factor, stands in a line."""
    for start in np.flatnonzero((line == wanted[0]).all(axis=1)):
        for factor in range(2, 41):
            piece = line[start : start + 16 * factor : factor]
            if len(piece) == 16 and (piece == wanted).all():
                return True
    return False


def test_names_of_near_marks_stand_beside_each_other_over_the_area() -> None:
    marks = Mark(0.500, "x_t"), Mark(0.501, "x_0", "signal"), Mark(0.502, "mean", "noise")
    plot = Plot("bells", Axis("x", 0, 1), Axis("y", 0, 1), (), marks=marks)
    root = ElementTree.fromstring(svg(Chart("posterior", plots=(plot,))))
    words = {"".join(text.itertext()): text for text in root.iter(f"{SVG}text")}
    places = [float(str(words[name].get("x"))) for name in ("xt", "x0", "mean")]
    assert places == sorted(places) and min(np.diff(places)) > 15
    assert len({words[name].get("y") for name in ("xt", "x0", "mean")}) == 1
    led = {str(line.get("stroke")) for line in root.iter(f"{SVG}polyline")}
    assert led == {THEMES["light"].text, THEMES["light"].signal, THEMES["light"].noise}


@pytest.mark.parametrize("unit", [1.0, 1.17, 1.3, 1.5, 1.77])
@pytest.mark.parametrize("width", [300, 333, 361, 404])
def test_an_axis_of_t_has_T_in_a_film_of_any_size(width: int, unit: float) -> None:
    series = Series("", X * 10, X / 100)
    plot = Plot("over t", level_axis(1000), Axis("", 0.0, 1.0), (series,))
    pen = Svg(width, 140, "#ffffff")
    draw(pen, (0, 0, width, 140), Chart("posterior", plots=(plot,)), unit, THEMES["light"])
    words = ["".join(text.itertext()) for text in ElementTree.fromstring(pen.document()).iter(f"{SVG}text")]
    assert {"0", "1000", "t"} <= set(words), "in a figure no slider says what the axis counts"
