"""The filmstrip: K states in a row, both ends, labelled with t."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from diffviz.export import filmstrip as filmstrip_module
from diffviz.export import lettering
from diffviz.export.errors import ExportError
from diffviz.export.filmstrip import filmstrip
from diffviz.export.source import Beside
from diffviz.images import bounds
from diffviz.palette import LIGHT, rgb


def find(strip: np.ndarray, picture: np.ndarray) -> list[tuple[int, int]]:
    """Corners (left, top) at which the picture stands in the strip."""
    height, width = picture.shape[:2]
    down, across = strip.shape[0] - height + 1, strip.shape[1] - width + 1
    fits = np.ones((down, across), bool)
    for y in sorted({0, height // 3, height - 1}):  # few places have these pixels
        for x in sorted({0, width // 3, width - 1}):
            fits &= (strip[y : y + down, x : x + across] == picture[y, x]).all(axis=-1)
    places = zip(*np.nonzero(fits), strict=True)
    return [(int(x), int(y)) for y, x in places if np.array_equal(strip[y : y + height, x : x + width], picture)]


@pytest.mark.parametrize("forward, rows", [(True, 1), (False, 2)])
@pytest.mark.parametrize("factor", [1, 3])
def test_the_states_stand_in_a_row(make_source: Callable[..., Any], forward: bool, rows: int, factor: int) -> None:
    source = make_source(31, forward=forward)
    strip = filmstrip(source, 4, 32 * factor + 2)
    corners = []
    for index in (0, 10, 20, 30):
        picture = source.frame(index).x_t.repeat(factor, axis=0).repeat(factor, axis=1)
        places = find(strip, picture)
        assert places, f"state {index} is not there"
        corners.append(places[0])
    assert len({top for _, top in corners}) == 1
    steps = np.diff([left for left, _ in corners])
    assert (steps > 32 * factor).all() and len(set(steps)) == 1
    x_0 = source.frame(0).x_0.repeat(factor, axis=0).repeat(factor, axis=1)
    below = [place for place in find(strip, x_0) if place[1] > corners[0][1]]
    assert len(below) == (4 if rows == 2 else 0)
    assert (strip[0] == rgb(LIGHT.card)).all()


def test_a_pinned_schedule_has_a_row_of_its_own(make_source: Callable[..., Any]) -> None:
    source = make_source(5)
    others = [np.roll(source.frame(i).x_t, 7, axis=0) for i in range(5)]
    plain = source.frame
    source.frame = lambda i: replace(plain(i), beside=Beside(others[i], source.alpha_bar, ("one", "the other"), 0.5))
    strip = filmstrip(source, 3, 32)
    tops = [[find(strip, picture)[0][1] for picture in (plain(i).x_t, others[i])] for i in (0, 2, 4)]
    assert tops[0][0] < tops[0][1] and tops == 3 * tops[:1]


@pytest.mark.parametrize("shape", [(900, 1), (1, 900), (1, 1)])
def test_pictures_narrower_than_their_labels(make_source: Callable[..., Any], shape: tuple[int, int]) -> None:
    source = make_source(4, *shape)
    strip = filmstrip(source, 2, 900)
    lefts = []
    for index in (0, 3):
        factor = 900 // max(shape)
        places = find(strip, source.frame(index).x_t.repeat(factor, axis=0).repeat(factor, axis=1))
        assert places
        lefts.append(places[0][0])
    assert lefts[1] - lefts[0] > 20


def test_every_state_says_its_t(make_source: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []
    draw = lettering.draw

    def recording(canvas: Any, xy: Any, runs: Any, *rest: Any) -> None:
        texts.append("".join(run.text for run in runs))
        draw(canvas, xy, runs, *rest)

    monkeypatch.setattr(lettering, "draw", recording)
    filmstrip(make_source(31, forward=False), 3, 64)
    assert [text for text in texts if text.startswith("t =")] == ["t = 1000", "t = 500", "t = 0"]


def test_the_first_state_bears_the_names_of_rows(make_source: Callable[..., Any]) -> None:
    source = make_source(5, forward=False)
    unnamed, plain = filmstrip(source, 3, 128), source.frame
    source.frame = lambda i: replace(plain(i), row_names=((0.0, 0.0, "smiling"), (0.0, 0.5, "loving")))
    ys, xs = np.nonzero((filmstrip(source, 3, 128) != unnamed).any(axis=-1))
    [(left, top)] = find(unnamed, plain(0).x_t.repeat(4, axis=0).repeat(4, axis=1))
    assert len(ys) and left <= xs.min() and xs.max() < left + 128 and top <= ys.min() and ys.max() < top + 128


def test_more_states_than_there_are_gives_all(make_source: Callable[..., Any]) -> None:
    source = make_source(3)
    assert filmstrip(source, 20, 32).shape == filmstrip(source, 3, 32).shape


@pytest.mark.parametrize("k", [0, 1, 65])
def test_k_out_of_range_is_refused(make_source: Callable[..., Any], k: int) -> None:
    with pytest.raises(ValueError, match=f"a filmstrip of {k} states is outside 2..64"):
        filmstrip(make_source(3), k, 32)


@pytest.mark.parametrize(("k", "size"), [(64, 256), (31, 1024), (4, 2048)])
def test_a_strip_that_could_not_be_opened_is_refused_with_what_fits(
    make_source: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, k: int, size: int
) -> None:
    assert (filmstrip_module.MOST_PIXELS, filmstrip_module.LONGEST) == (bounds.MAX_PIXELS, bounds.MAX_LENGTH)
    most, longest = bounds.MAX_PIXELS // 16, bounds.MAX_LENGTH // 4  # as those are, and drawn sixteen times as fast
    monkeypatch.setattr(filmstrip_module, "MOST_PIXELS", most)
    monkeypatch.setattr(filmstrip_module, "LONGEST", longest)
    source = make_source(k, forward=False)
    with pytest.raises(ExportError, match="a size of at most") as caught:
        filmstrip(source, k, size)
    fits = int(str(caught.value).rstrip(".").rpartition(" ")[2])
    assert 0.8 * size < fits < size or k < 64
    shape = filmstrip(source, k, fits).shape
    assert max(shape) <= longest and shape[0] * shape[1] <= most


def test_a_size_below_the_pictures_is_refused(make_source: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="choose 32 or more"):
        filmstrip(make_source(3), 2, 16)
