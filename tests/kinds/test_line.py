"""Points on a line: told from points in the plane, scaled, and seen as a histogram that lies on its side."""

from __future__ import annotations

import io

import numpy as np
import pytest

from diffviz.bounded import Refusal
from diffviz.kinds import KINDS, LINE, POINTS, kind_of, read_file
from diffviz.kinds.line import FULL

VALUES = np.array([3.0, 5.0, -2.5, 4.0])


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [npy(VALUES), npy(VALUES[:, None]), b"3\n5\n-2.5\n4\n", b"x\n3\n5\n-2.5\n4", b"3\r\n5\r\n-2.5\r\n4\r\n"],
    ids=["(n,)", "(n, 1)", "csv", "a named column", "CRLF"],
)
def test_one_number_a_point_is_a_line_whatever_the_file_is_called(data, tmp_path):
    (tmp_path / "a.png").write_bytes(data)
    kind, line = read_file(tmp_path / "a.png")
    assert kind is LINE and line.array.shape == (4, 1) and line.array.dtype == np.float32
    np.testing.assert_allclose(line.array[:, 0] * VALUES.std() + VALUES.mean(), VALUES, rtol=1e-6)
    assert "centred at 2.375 and divided by their deviation" in line.note
    assert LINE.decoded(LINE.encoded(line.array), "again").array.tolist() == line.array.tolist()


def test_two_numbers_a_point_are_no_line_and_one_is_no_plane():
    assert kind_of(npy(np.zeros((3, 2)))) is POINTS and kind_of(b"1,2\n3,4\n") is POINTS
    assert kind_of(npy(np.zeros((3, 3)))) is POINTS, "whose reader says what it holds"
    assert kind_of(b"a word\nand another\n") is None and kind_of(b"[0.1, 0.2]") is None
    assert LINE.fits((7, 1)) and not LINE.fits((7, 2)) and not POINTS.fits((7, 1))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (npy(np.zeros(5)), "all its points are one"),
        (npy(np.array([1.0])), "holds 1x1 numbers; one column of 2 rows or more"),
        (npy(np.array([1.0, np.nan])), "not finite"),
        (b"1\n2\nx\n", "is not one number in every line"),
        (b"1\n2\n3,4\n", "is not one number in every line"),
    ],
)
def test_what_is_no_line_is_refused_in_one_line(data, why):
    with pytest.raises(Refusal, match=why):
        LINE.decoded(data, "a.csv")


@pytest.mark.parametrize("name", LINE.samples)
def test_samples_are_scaled(name):
    line = LINE.read(f"builtin:{name}")
    assert line.array.shape == (2000, 1) and line.note is None
    assert float(line.array.mean()) == pytest.approx(0, abs=1e-5)
    assert float(line.array.std()) == pytest.approx(1, abs=1e-5)
    assert (line.labels is None) is (not line.class_names)
    if name == "two_deltas":
        assert set(line.array[:, 0].tolist()) == {-1.0, 1.0}


@pytest.mark.parametrize("size", [(256, 256), (301, 180), (24, 24)])
def test_bars_are_as_long_as_the_density_is(size):
    x = np.random.default_rng(0).uniform(-1, 1, (1, 100_000, 1)).astype(np.float32)
    picture = LINE.raster(x, 1.0, size)[0]
    assert picture.shape == (*size, 3) and picture.dtype == np.uint8
    inked = (picture[..., 0] < 180).sum(axis=1) / size[1] * FULL
    rows = 3 - (np.arange(size[0]) + 0.5) * 6 / size[0]
    assert np.abs(inked[np.abs(rows) < 0.7] - 0.5).max() < 0.03 + 1 / size[1], "a uniform density of 1/2"
    assert inked[(np.abs(rows) > 1.3) & (np.abs(rows) > 0.2)].max() < 0.02
    lower = LINE.raster(x - 1.5, 1.0, size)[0]
    assert (lower[: size[0] // 2 - 1, :, 0] < 180).sum() == 0, "x is drawn upwards"


def test_the_point_at_a_height():
    index, place = LINE.looked_at(np.array([[-2.0], [0.5], [2.5]], np.float32), (0.9, 0.1))
    assert index == (2,) and place == "point 3"
    assert LINE.channels(1) == ("x",) and [name for name, _ in LINE.marginals(np.zeros((1, 3, 1)))] == ["x"]


def test_every_kind_names_a_lens_that_there_is():
    from diffviz.lens_catalog import LENSES

    assert {kind.lens for kind in KINDS.values()} <= set(LENSES)
