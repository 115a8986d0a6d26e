"""Pictures are as large as there is room for: side by side, or wide ones above each other, and their cards fit them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from diffviz.gui.panels.arrangement import STACK_FROM, Arrangement, Content, Frame, arranged, places

FRAME = Frame((10, 34), (58, 78), (120, 11), 110)
SIZES = [(730, 260), (1000, 420), (1600, 600), (3500, 1400)]


def of(size: tuple[int, int], content: Content, rows: int = 1, ratio: float = 1.0) -> Arrangement:
    return arranged(size, rows, content, FRAME, ratio)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("content", [Content((4, 3)), Content((3, 4)), Content((9, 1)), Content((32, 32), False)])
def test_nothing_lies_over_anything_and_all_is_inside(size: tuple[int, int], rows: int, content: Content) -> None:
    made = of(size, content, rows)
    rectangles = [rectangle for row in places(size, rows, made, FRAME) for rectangle in row]
    assert len(rectangles) == 5 * rows
    for x, y, w, h in rectangles:
        assert x >= 0 and y >= 0 and x + w <= size[0] and y + h <= made.height <= size[1]
    for i, (x, y, w, h) in enumerate(rectangles):
        for left, top, width, height in rectangles[i + 1 :]:
            assert x + w <= left or left + width <= x or y + h <= top or top + height <= y


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
@pytest.mark.parametrize("size", SIZES)
def test_a_picture_that_fills_touches_two_sides_of_its_area(size: tuple[int, int], ratio: float) -> None:
    made = of(size, Content((640, 480)), ratio=ratio)
    room = int(made.areas()[0][0] * ratio), int(made.areas()[0][1] * ratio)
    assert made.device[0] == room[0] or made.device[1] == room[1]
    assert made.device[0] / made.device[1] == pytest.approx(4 / 3, rel=0.02)


@pytest.mark.parametrize("size", SIZES)
def test_a_card_is_cut_to_whole_pixels(size: tuple[int, int]) -> None:
    made = of(size, Content((32, 32), False))
    assert made.device[0] % 32 == 0 and made.device == made.areas()[0] and made.picture[0] % 32 == 0
    assert made.device[0] > of(size, Content((1, 1))).device[0] - 32


def test_wide_pictures_stand_above_each_other_where_that_makes_them_larger() -> None:
    for size in SIZES:
        for aspect in (1.0, 1.5, STACK_FROM, 1.7, 2.5, 4.0, 12.0):
            content = Content((round(100 * aspect), 100))
            made = of(size, content)
            abreast = (size[0] - 2 * 58 - 16) // 3 - 10
            if aspect <= STACK_FROM:
                assert not made.stacked
            if aspect >= 4:
                assert made.stacked
            assert made.device[0] >= min(abreast, (size[1] - 34) * aspect) - 1


@pytest.mark.parametrize("size", SIZES[1:])
def test_no_coefficient_is_cut_beside_a_line_of_pixels(size: tuple[int, int]) -> None:
    (row,) = places(size, 1, of(size, Content((2048, 1))), FRAME)
    assert [row[1][2:], row[3][2:]] == [FRAME.coefficient] * 2


@pytest.mark.parametrize("rows", [1, 2])
def test_a_panorama_is_no_ribbon(rows: int) -> None:
    assert of((1600, 600), Content((1000, 100)), rows).device[1] > 60


@pytest.mark.parametrize("rows", [1, 2])
def test_more_room_never_makes_them_smaller(rows: int) -> None:
    for content in (Content((1, 1)), Content((3, 1)), Content((1, 3)), Content((32, 32), False)):
        widths = [of((side, side // 2), content, rows).device[0] for side in range(500, 3000, 37)]
        assert all(a <= b for a, b in pairwise(widths))


@pytest.mark.parametrize(
    "content", [Content((1, 1)), Content((4, 3)), Content((32, 32), False), Content((128, 128), False)]
)
@pytest.mark.parametrize("size", SIZES)
def test_x_t_takes_the_height_that_is_left_over(size: tuple[int, int], content: Content) -> None:
    made = of(size, content)
    big, small = made.areas()[0], made.areas()[1]
    abreast = content.device(((size[0] - 2 * 58 - 16) // 3 - 10, size[1] - 34))
    assert made.areas()[1] == made.areas()[2] and big[0] >= abreast[0]
    assert made.seen >= 3 * abreast[0] * abreast[1]  # no picture is paid for with more of others
    assert small[0] >= min(big[0] // 2 - 1, abreast[0])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("large", [0, 1])
def test_one_card_can_have_all_the_height(size: tuple[int, int], large: int) -> None:
    content = Content((128, 128), False)
    even, made = of(size, content), arranged(size, 1, content, FRAME, 1.0, large)
    big, small = made.areas()[large], made.areas()[2]
    assert big[0] >= max(even.picture[0], small[0]) and big[1] + 128 > size[1] - 34 - 128
    rectangles = places(size, 1, made, FRAME)[0]
    assert [x for x, *_ in rectangles] == sorted(x for x, *_ in rectangles)
    assert all(x + w <= left for (x, _, w, _), (left, *_) in pairwise(rectangles))
    assert rectangles[0][0] >= 0 and rectangles[-1][0] + rectangles[-1][2] <= size[0]
