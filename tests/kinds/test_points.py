"""Points in the plane: read whatever wrote them, scaled and said, seen where they are."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest

from diffviz.bounded import Refusal
from diffviz.images import png_bytes
from diffviz.kinds import KINDS, LINE, POINTS, kind_of, read_file
from diffviz.kinds import points as points_module

CLOUD = np.array([(3.0, -1.0), (5.0, 1.0), (4.0, 7.5), (-2.0, 0.25)])


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def csv(separator: str = ",", head: str = "") -> bytes:
    return (head + "\n".join(f"{x}{separator}{y}" for x, y in CLOUD) + "\n").encode()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(csv(), id="csv"),
        pytest.param(csv(";"), id="semicolons"),
        pytest.param(csv("\t"), id="tabs"),
        pytest.param(csv(" "), id="blanks"),
        pytest.param(csv("  ", "# x y\n"), id="as NumPy's savetxt"),
        pytest.param(csv(";").replace(b".", b","), id="decimal commas"),
        pytest.param(csv('","', '"').replace(b"\n", b'"\n"')[:-1], id="quoted"),
        pytest.param(csv(head="# by me\nx,y\n"), id="after a remark"),
        pytest.param(csv(" ", 30 * "# a long remark\n"), id="after a long remark"),
        pytest.param(csv() + b"  \n \n", id="before blanks"),
        pytest.param(csv(head="x,y\n"), id="named columns"),
        pytest.param(csv().replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(b"\xef\xbb\xbf" + csv(), id="byte order mark"),
        pytest.param(npy(CLOUD), id="npy"),
        pytest.param(npy(CLOUD.astype(np.float32)), id="float32"),
        pytest.param(npy(np.asfortranarray(CLOUD)), id="Fortran's order"),
    ],
)
def test_a_file_of_points_is_told_by_its_content_and_scaled_to_deviation_1(data, tmp_path):
    (tmp_path / "a.png").write_bytes(data)
    kind, points = read_file(tmp_path / "a.png")
    assert kind is POINTS and points.array.dtype == np.float32 and points.name == "a.png"
    deviation = np.sqrt(np.mean((CLOUD - CLOUD.mean(axis=0)) ** 2))
    np.testing.assert_allclose(points.array * deviation + CLOUD.mean(axis=0), CLOUD, rtol=1e-5, atol=1e-5)
    assert "4 points, centred at (2.5, 1.938)" in points.note and f"deviation {deviation:.4g}" in points.note


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (npy(np.zeros((5, 3))), "holds 5x3 numbers"),
        (npy(np.zeros((1, 2))), "holds 1x2 numbers"),
        (npy(np.zeros((5, 2))), "all its points are one"),
        (npy(np.array([(0, 1), (np.nan, 2)])), "not finite"),
        (npy(np.array([(0, 1), (np.inf, 2)])), "not finite"),
        (npy(CLOUD)[:90], "is no array of numbers"),
        (npy(np.array(["a", "b"])), "is no array of numbers"),
        (csv() + b"3,x\n", "not two columns of numbers in every line"),
        (b"x,y\r\n" + csv().replace(b"\n", b"\r\n") + b"3,\r\n", "in every line; mend line 6, which holds '3,'"),
        (csv() + b"3\n", "not two columns of numbers in every line; mend line 5"),
        (csv() + b"\xff\n", "not two columns of numbers in every line"),
    ],
)
def test_what_is_no_cloud_is_refused_in_one_line(data, why):
    with pytest.raises(Refusal, match=why) as refused:
        POINTS.decoded(data, "a.csv")
    assert str(refused.value).startswith("a.csv: ") and "\n" not in str(refused.value)


def test_of_a_long_file_rows_are_read_evenly_and_that_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(points_module, "MOST", 10)
    many = np.stack((np.arange(35.0), np.arange(35.0) % 2), axis=1)
    text = b"x,y\r\n" + b"".join(b"%g,%g\r\n" % tuple(row) for row in many)
    for data in (text, npy(many)):
        cloud = POINTS.decoded(data, "a.csv")
        assert cloud.array.shape == (10, 2) and "10 points of 35, evenly out of the file" in cloud.note
        rows = ((cloud.array[:, 0] - cloud.array[0, 0]) / np.ptp(cloud.array[:, 1])).round()
        assert np.array_equal(np.searchsorted(np.arange(10) * 35 // 10, rows, "right"), np.arange(1, 11))


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "holds 0 numbers"), ("1,2\n", "holds 1x2 numbers"), ("once upon a time\nthere was\n", "not two columns")],
)
def test_a_broken_file_that_is_called_a_table_is_no_broken_picture(text, why, tmp_path):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(Refusal, match=why):
        read_file(tmp_path / "a.csv")


def test_pickled_arrays_are_never_loaded():
    file = io.BytesIO()
    np.save(file, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(Refusal, match="is no array of numbers"):
        POINTS.decoded(file.getvalue(), "a.npy")


@pytest.mark.parametrize(
    "data",
    [png_bytes(np.zeros((4, 4, 3), np.uint8)), b'{"format": 1}', b"", b"1\n2\n3\n", b"a,b\n",
     b"hello, world\nand, you\n", b"1,2,3\n4,5,6\n"],
)  # fmt: skip
def test_what_is_something_else_is_left_to_others(data):
    assert kind_of(data) is not POINTS


def test_a_scene_carries_them_exactly():
    points = POINTS.decoded(csv(), "a.csv")
    again = POINTS.decoded(POINTS.encoded(points.array), "b.npy")
    assert POINTS.digest(again.array) == POINTS.digest(points.array)
    for seed in range(20):  # by which the scene asks for them
        drawn = np.random.default_rng(seed).normal((3, -1), (1, 4), (500, 2))
        once = POINTS.decoded(POINTS.encoded(drawn), "drawn").array
        assert POINTS.digest(POINTS.decoded(POINTS.encoded(once), "again").array) == POINTS.digest(once)
    assert POINTS.digest(points.array) == POINTS.digest(points.array.copy()) != POINTS.digest(-points.array)


@pytest.mark.parametrize("name", POINTS.samples)
def test_those_that_ship_have_deviation_1_and_are_the_same_each_time(name):
    points = POINTS.read(f"builtin:{name}").array
    assert points.shape == (2000, 2) and np.abs(points.mean(axis=0)).max() < 1e-5
    assert float(np.sqrt(np.mean(points.astype(np.float64) ** 2))) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(points, POINTS.read(f"builtin:{name}").array)


@pytest.mark.parametrize("size", [(256, 256), (100, 300), (301, 97)])
def test_a_point_is_drawn_where_it_is(size):
    place = np.array([[[1.5, -0.75], [50.0, 0.0]]], np.float32)  # the other one lies outside
    picture = POINTS.raster(place, 1.0, size)[0]
    rows, columns = np.nonzero((picture != 255).any(axis=2))
    unit = min(size) / 6
    assert rows.mean() + 0.5 == pytest.approx(size[0] / 2 + 0.75 * unit, abs=1)
    assert columns.mean() + 0.5 == pytest.approx(size[1] / 2 + 1.5 * unit, abs=1)
    assert np.ptp(rows) < 4 and np.ptp(columns) < 4
    wide = POINTS.raster(place, 3.0, size)[0]
    assert abs(np.nonzero((wide != 255).any(axis=2))[1].mean() - size[1] / 2) < 0.6 * unit


def test_more_ink_where_points_lie_on_each_other():
    one, many = (POINTS.raster(np.zeros((1, n, 2), np.float32))[0].min() for n in (1, 40))
    assert many < one < 255


def test_a_model_of_pictures_takes_none():
    assert POINTS.x_0(CLOUD).shape == (4, 2) and POINTS.words((4, 2)) == "4 points in the plane"
    with pytest.raises(ValueError, match="open a picture"):
        POINTS.x_0(CLOUD, (3, 32, 32))
    assert KINDS["points"] is POINTS and math.prod(POINTS.raster_size((4, 2))) > 10_000


def test_a_larger_sample_has_the_classes_of_the_points() -> None:
    """Of two deltas in turns, 5,000 were three of the one to two of the other."""
    cloud = LINE.read("builtin:two_deltas")
    for count in (5000, 1000):
        x_0 = LINE.x_0(cloud.array, (count, 1))
        assert x_0.shape == (count, 1) and abs(x_0.mean()) < 0.005


def test_of_a_long_file_all_that_takes_turns_is_read() -> None:
    """Every second row of it is of one class."""
    cloud = POINTS.decoded(npy(np.tile([[-1.0, 0.0], [1.0, 0.0]], (points_module.MOST, 1))), "turns.npy")
    assert len(cloud.array) == points_module.MOST and np.ptp(cloud.array[:, 0]) > 0


def test_each_coordinate_is_a_distribution_of_its_own() -> None:
    x = np.arange(12.0).reshape(2, 3, 2)
    (a, left), (b, right) = POINTS.marginals(x)
    assert (a, b) == ("x", "y") and np.array_equal(left, x[..., 0]) and np.array_equal(right, x[..., 1])


def test_points_out_of_a_picture_are_where_it_is_dark():
    picture = np.full((40, 80, 3), 255, np.uint8)
    picture[5:15, 10:20], picture[25:35, 60:70] = 0, (128, 128, 128)
    points = points_module.of_darkness(picture, 6000)
    assert points.shape == (6000, 2) and points.dtype == np.float32
    assert np.sqrt(np.mean(points**2)) == pytest.approx(1, abs=1e-5) and np.abs(points.mean(axis=0)).max() < 1e-4
    left = points[points[:, 0] < 0]
    assert len(left) / 6000 == pytest.approx(255 / (255 + 127), abs=0.03), "twice as many where it is twice as dark"
    assert left[:, 1].min() > points[points[:, 0] > 0][:, 1].max(), "y upwards"
    assert np.ptp(left[:, 0]) == pytest.approx(np.ptp(left[:, 1]), rel=0.05), "of one scale: squares stay squares"
    assert np.array_equal(points, points_module.of_darkness(picture, 6000)), "the same every time"


def test_out_of_a_white_picture_there_are_none():
    with pytest.raises(Refusal, match="The picture is white"):
        points_module.of_darkness(np.full((9, 9, 3), 250, np.uint8))


def test_a_pixel_is_named_by_its_place_in_the_plane_or_on_the_line() -> None:
    assert POINTS.where((192, 192), (256, 256)) == "x = 1.51, y = −1.51"
    assert POINTS.where((249, 149), (300, 256), 3) == "x = 7.00, y = −1.51", "the plane in the middle"
    assert LINE.where((3, 24), (100, 100)) == "x = 1.53"


def test_two_clouds_are_seen_over_each_other_each_in_its_ink():
    first, second = (POINTS.raster(np.array([[place]], np.float32))[0] for place in ((-1.0, 0.0), (1.0, 0.0)))
    both, distance = POINTS.difference(first, second)
    (y, x), (v, u) = (np.argwhere((each < 250).any(axis=-1))[0] for each in (first, second))
    assert distance is None and both[y, x].tolist() == first[y, x].tolist() and (both[0] == 255).all()
    red, green, blue = both[v, u].astype(int)
    assert red > green > blue, "the second is orange"
    assert (POINTS.difference(first, first)[0][y, x] <= first[y, x]).all(), "dark where both are"
