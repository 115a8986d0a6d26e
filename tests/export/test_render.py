"""Frames hold the pictures pixel for pixel, and the equation's numbers around them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diffviz import catalog
from diffviz.export import lettering
from diffviz.export.lettering import Run
from diffviz.export.render import Renderer, whole_factor
from diffviz.export.source import Beside, Frame
from diffviz.palette import DARK, THEMES, rgb

T = 1000
ALPHA_BAR = np.concatenate([[1.0], np.cumprod(1 - np.linspace(1e-4, 0.02, T))])
# colours that no theme has, so that a panel can be found again in a frame
COLOURS = {"x_t": (255, 0, 255), "x_0": (0, 255, 1), "eps": (0, 1, 255)}
LAYOUT_PANELS = {"x_t": ("x_t",), "pair": ("x_0", "x_t"), "equation": ("x_t", "x_0", "eps")}
LAYOUT_PANELS["curves"] = LAYOUT_PANELS["strip"] = LAYOUT_PANELS["equation"]


def plain(t: int, height: int = 32, width: int = 32, exact: bool = True) -> Frame:
    pictures = [np.full((height, width, 3), colour, dtype=np.uint8) for colour in COLOURS.values()]
    return Frame(t, *pictures, exact=exact, alpha_bar=float(ALPHA_BAR[t]))


def box(image: np.ndarray, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, width, height of the pixels of one colour, which must fill a rectangle."""
    ys, xs = np.nonzero((image == colour).all(axis=-1))
    left, top, right, bottom = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
    assert len(xs) == (right - left) * (bottom - top), "the panel is covered or broken"
    return int(left), int(top), int(right - left), int(bottom - top)


def written(monkeypatch: pytest.MonkeyPatch) -> list[list[Run]]:
    """The runs of every line that is written from now on."""
    lines: list[list[Run]] = []
    draw = lettering.draw

    def recording(canvas: np.ndarray, xy: tuple[float, float], runs: list[Run], *rest: object) -> None:
        lines.append(list(runs))
        draw(canvas, xy, runs, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(lettering, "draw", recording)
    return lines


def test_x_t_alone_is_the_picture_enlarged() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    frame = Renderer((32, 32), ALPHA_BAR, size=96).compose(Frame(5, picture, picture, picture, alpha_bar=0.9))
    np.testing.assert_array_equal(frame, picture.repeat(3, axis=0).repeat(3, axis=1))


@pytest.mark.parametrize("layout", ["x_t", "curves"])
def test_right_of_a_line_stands_what_the_pinned_schedule_makes(layout: str) -> None:
    other = np.full((32, 32, 3), (7, 200, 100), dtype=np.uint8)
    beside = Beside(other, ALPHA_BAR[::2] ** 2, ("linear", "a schedule"), 0.25)
    frame = replace(plain(500), beside=beside)
    image = Renderer((32, 32), ALPHA_BAR, True, layout, 256, beside=beside).compose(frame)
    own, right = ((image == colour).all(axis=-1) for colour in (COLOURS["x_t"], other[0, 0]))
    columns = [np.flatnonzero(part.any(axis=0)) for part in (own, right)]
    assert columns[0].max() < columns[1].min() and columns[1].max() - columns[0].min() == 255
    assert len(columns[1]) == pytest.approx(3 * len(columns[0]), abs=8)
    if layout == "curves":
        alone = Renderer((32, 32), ALPHA_BAR, True, layout, 256).compose(plain(500))
        drawn = (image != alone).any(axis=-1)[300:]  # under the pictures: its curves
        y = np.flatnonzero(drawn.any(axis=1))
        assert drawn.any(axis=0).sum() > 400 and len(y) > 20


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("layout", catalog.LAYOUTS)
@pytest.mark.parametrize("shape, size", [((32, 32), 64), ((32, 20), 96), ((7, 30), 64), ((1, 16), 16), ((64, 64), 64)])
def test_every_panel_is_there_whole(layout: str, theme: str, shape: tuple[int, int], size: int) -> None:
    renderer = Renderer(shape, ALPHA_BAR, True, layout, size, theme)
    image = renderer.compose(plain(300, *shape))
    assert image.shape == (*renderer.frame_shape, 3) and image.dtype == np.uint8 and image.flags.c_contiguous
    factor = size // max(shape)
    lefts = []
    for name in LAYOUT_PANELS[layout]:
        left, top, width, height = box(image, COLOURS[name])
        assert (height, width) == (shape[0] * factor, shape[1] * factor)
        assert left % 2 == 0 and top % 2 == 0, "blocks must lie on the grid of halved colour"
        lefts.append(left)
    assert lefts == sorted(lefts)


@pytest.mark.parametrize("layout", ["x_t", "pair", "curves"])
def test_rows_of_classes_bring_their_names(monkeypatch: pytest.MonkeyPatch, layout: str) -> None:
    lines, renderer = written(monkeypatch), Renderer((32, 32), ALPHA_BAR, layout=layout, size=256)
    before = renderer.compose(plain(400))
    named = renderer.compose(replace(plain(400), row_names=((0.0, 0.0, "smiling"), (0.0, 0.5, "loving"))))
    words = [run.text for line in lines for run in line]
    assert words.count("smiling") == words.count("loving") == 1
    ys, xs = np.nonzero((named != before).any(axis=-1))
    left, top, width, height = box(before, COLOURS["x_t"])
    assert left <= xs.min() and xs.max() < left + width / 2 and top <= ys.min() and ys.max() < top + 0.75 * height
    assert not ((ys > top + height / 4) & (ys < top + height / 2)).any(), "each stands in its row"
    low = tuple((0.0, k / 64, f"row {k}") for k in range(64))
    np.testing.assert_array_equal(renderer.compose(replace(plain(400), row_names=low)), before)


def test_what_whole_factors_leave_over_is_padded() -> None:
    image = Renderer((30, 30), ALPHA_BAR, size=100).compose(plain(0, 30, 30))
    assert image.shape == (100, 100, 3)
    assert box(image, COLOURS["x_t"])[2:] == (90, 90)
    assert (image[:, -1] == rgb(DARK.background)).all()


def test_a_size_below_the_pictures_is_refused_with_both_numbers() -> None:
    with pytest.raises(ValueError, match=r"size = 20 is smaller than the picture's 32 pixels; choose 32"):
        whole_factor((32, 16), 20)


def test_the_coefficients_are_the_schedules(monkeypatch: pytest.MonkeyPatch) -> None:
    renderer = Renderer((32, 32), ALPHA_BAR, True, "curves", 64)
    lines = written(monkeypatch)
    renderer.compose(plain(420))
    texts = ["".join(run.text for run in line) for line in lines]
    signal, noise = f"{np.sqrt(ALPHA_BAR[420]):.3f}", f"{np.sqrt(1 - ALPHA_BAR[420]):.3f}"
    assert f"= {signal} ·" in texts and f"+ {noise} ·" in texts
    assert signal in texts and noise in texts, "the dots of the plot carry the same numbers"
    assert "t = 420" in texts
    coloured = {run.text: run.colour for line in lines for run in line}
    assert coloured[signal] == DARK.signal and coloured[noise] == DARK.noise


def test_between_two_levels_the_frames_own_numbers_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = written(monkeypatch)
    pictures = [np.zeros((32, 32, 3), dtype=np.uint8)] * 3
    renderer = Renderer((32, 32), ALPHA_BAR, False, "curves", 64)
    base = len(lines)
    renderer.compose(Frame(312.6789, *pictures, alpha_bar=0.36))
    said = ["".join(run.text for run in line) for line in lines[base:]]
    assert "t = 312.68" in said and "= 0.600 ·" in said and "+ 0.800 ·" in said
    assert {"0.600", "0.800"} <= set(said), "the dots on the curves"


@pytest.mark.parametrize("exact, sign", [(True, "="), (False, "≈")])
def test_a_broken_sum_is_not_called_equal(monkeypatch: pytest.MonkeyPatch, exact: bool, sign: str) -> None:
    renderer = Renderer((32, 32), ALPHA_BAR, False, "equation", 64)
    lines = written(monkeypatch)
    renderer.compose(plain(420, exact=exact))
    assert any(line[0].text.strip() == sign for line in lines)


@pytest.mark.parametrize("forward", [True, False])
def test_hats_stand_in_reverse_only(monkeypatch: pytest.MonkeyPatch, forward: bool) -> None:
    lines = written(monkeypatch)
    Renderer((32, 32), ALPHA_BAR, forward, "equation", 64).compose(plain(1))
    hats = sorted(run.text for line in lines for run in line if run.hat)
    assert hats == (["x", "ε"] if not forward else [])


@pytest.mark.parametrize("words", ["x\u0302", "\u03b5\u0302", "\u03b2\u0303"])
def test_a_hat_or_tilde_is_drawn_above_its_letter(words: str) -> None:
    canvases = []
    for written in (words[0], words):
        canvas = np.zeros((40, 40, 3), dtype=np.uint8)
        lettering.draw(canvas, (10, 30), lettering.runs_of(written, "#ffffff"), 20)
        canvases.append(canvas)
    rows = np.nonzero((canvases[0] != canvases[1]).any(axis=(1, 2)))[0]
    letter = np.nonzero(canvases[0].any(axis=(1, 2)))[0]
    assert len(rows) and rows.max() < letter.min()


def cursor_column(image: np.ndarray) -> int:
    """The column with the most pixels of the text's colour below the cards."""
    lower = (image[-100:] == rgb(DARK.text)).all(axis=-1)
    return int(lower.sum(axis=0).argmax())


def test_the_cursor_walks_evenly_with_t() -> None:
    renderer = Renderer((32, 32), ALPHA_BAR, True, "curves", 96)
    columns = [cursor_column(renderer.compose(plain(t))) for t in (0, 250, 500, 750, 1000)]
    steps = np.diff(columns)
    assert steps.min() > 20 and steps.max() - steps.min() <= 2


@pytest.mark.parametrize("t", [0, 150, 420, 1000])
def test_the_dots_lie_on_the_curves(t: int) -> None:
    renderer = Renderer((32, 32), ALPHA_BAR, True, "curves", 160)
    image = renderer.compose(plain(t))
    column = image[-170:, cursor_column(image)].astype(int)

    def middle(colour: str) -> float:
        return float(np.nonzero(np.abs(column - rgb(colour)).max(axis=-1) < 30)[0].mean())

    first = renderer.compose(plain(0))
    ends = first[-170:, cursor_column(first)].astype(int)
    top, bottom = (
        float(np.nonzero(np.abs(ends - rgb(colour)).max(axis=-1) < 30)[0].mean())
        for colour in (DARK.signal, DARK.noise)
    )
    assert top < bottom, "at t = 0 the signal is whole and the noise nothing"
    for colour, value in ((DARK.signal, np.sqrt(ALPHA_BAR[t])), (DARK.noise, np.sqrt(1 - ALPHA_BAR[t]))):
        assert middle(colour) == pytest.approx(bottom - value * (bottom - top), abs=2)


def test_frames_share_no_memory_and_only_moving_parts_move() -> None:
    renderer = Renderer((32, 32), ALPHA_BAR, True, "equation", 64)
    first = renderer.compose(plain(10))
    kept = first.copy()
    second = renderer.compose(plain(900))
    np.testing.assert_array_equal(first, kept)
    changed = (first != second).any(axis=-1).mean()
    assert 0 < changed < 0.03
    np.testing.assert_array_equal(Renderer((32, 32), ALPHA_BAR, True, "equation", 64).compose(plain(10)), first)


@pytest.mark.parametrize("dash, pieces", [(0.0, 1), (6.0, 10)])
def test_a_dashed_line_is_broken_and_a_solid_one_is_not(dash: float, pieces: int) -> None:
    points = np.array([[2.0, 5.0], [98.0, 5.0]])
    row = lettering.polyline(11, 100, points, 2.0, dash)[5] > 0.5
    assert np.count_nonzero(np.diff(row.astype(int)) == 1) == pieces


def test_shapes_cover_their_area() -> None:
    assert lettering.disc(5).sum() == pytest.approx(np.pi * 25, rel=0.02)
    card = lettering.rounded(40, 60, 8)
    assert card.sum() == pytest.approx(40 * 60 - (4 - np.pi) * 64, rel=0.01)
    assert card[20, 30] == 1 and card[0, 0] == 0
