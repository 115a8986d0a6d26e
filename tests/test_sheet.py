"""A sheet grows part by part and gives back what was put in, as states and as numbers."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest

from diffviz.sheet import Cell, Curve, Done, Film, Head, Outline, Plot, Remark, RowNote, Sheet


def flat(value: int) -> np.ndarray:
    return np.full((2, 2, 3), value, np.uint8)


def outlined() -> Sheet:
    return Sheet().with_part(
        Outline("Test", (Head("one"), Head("two", "note")), (Head("t = 9", t=9), Head("t = 0", t=0)))
    )


def test_parts_find_their_places_and_old_sheets_stay() -> None:
    before = outlined()
    after = before.with_part(Cell(1, 0, flat(7), "0.5")).with_part(RowNote(0, "3 s")).with_part(Remark("Equal."))
    assert not before.cells and after.cells[1, 0].picture[0, 0, 0] == 7
    assert [row.note for row in after.rows] == ["3 s", "note"] and after.remark == "Equal."
    assert after.with_part(Done(1, 2)) == after


def test_an_outline_begins_anew() -> None:
    sheet = outlined().with_part(Cell(0, 0, flat(1))).with_part(Outline("Other", (), ()))
    assert sheet.title == "Other" and not sheet.cells


def test_a_plot_of_the_same_title_replaces_the_earlier() -> None:
    first = Plot("error", "steps", "RMS", (Curve("a", (1.0,), (2.0,)),))
    second = Plot("error", "steps", "RMS", (Curve("a", (1.0, 2.0), (2.0, 1.0)),))
    assert outlined().with_part(first).with_part(second).plots == {"error": second}


def test_a_row_is_walked_by_its_film_or_by_its_cells() -> None:
    sheet = outlined().with_part(Cell(0, 0, flat(9))).with_part(Cell(0, 1, flat(1)))
    t, shown = sheet.at(0, 6) or (None, None)
    assert t == 9 and shown is not None and shown[0, 0, 0] == 9
    near, _ = sheet.with_part(Cell(0, 0, flat(8), t=8.0)).at(0, 9) or (None, None)
    assert near == 8  # not what its column stands for
    filmed = sheet.with_part(Film(0, (9, 5, 0), np.stack([flat(9), flat(5), flat(0)])))
    t, shown = filmed.at(0, 6) or (None, None)
    assert t == 5 and shown is not None and shown[0, 0, 0] == 5
    assert sheet.at(1, 5) is None


def test_it_has_films_where_some_row_has_more_than_one_state() -> None:
    one = outlined().with_part(Cell(0, 0, flat(1))).with_part(Cell(1, 1, flat(2)))
    assert not Sheet().has_films and not one.has_films
    assert one.with_part(Cell(0, 1, flat(3))).has_films
    assert one.with_part(Film(1, (9.0, 0.0), np.stack([flat(1), flat(2)]))).has_films
    still = Sheet().with_part(Outline("Test", (Head("one"),), (Head("x_0"), Head("x_1"))))
    assert not still.with_part(Cell(0, 0, flat(1))).with_part(Cell(0, 1, flat(1))).has_films


def test_columns_of_one_title_are_told_apart_by_their_notes() -> None:
    sheet = Sheet().with_part(Outline("Test", (), (Head("DDIM", "seed 1"), Head("DDIM", "seed 2"), Head("DDPM", "x"))))
    assert [sheet.named(column) for column in range(3)] == ["DDIM · seed 1", "DDIM · seed 2", "DDPM"]


def test_the_table_holds_every_number() -> None:
    sheet = outlined().with_part(Cell(0, 1, flat(1), "0.25"))
    sheet = sheet.with_part(Plot("error", "steps", "RMS", (Curve("a, b", (1.0, 2.0), (0.1, 1e-7)),)))
    rows = list(csv.reader(io.StringIO(sheet.to_csv())))
    assert rows[0] == ["Test", "t = 9", "t = 0"] and rows[1] == ["one", "", "0.25"] and rows[2][0] == "two · note"
    assert rows[-2:] == [["a, b", "1.0", "0.1"], ["a, b", "2.0", "1e-07"]]


def test_a_sheet_shows_as_another_with_its_pictures_and_curves() -> None:
    sheet = outlined().with_part(Cell(0, 1, flat(1), "0.25"))
    assert sheet.shows_as(outlined().with_part(Cell(0, 1, flat(1), "0.25")))
    for other in (outlined(), outlined().with_part(Cell(0, 1, flat(2))), sheet.with_part(Plot("p", "x", "y", ()))):
        assert not sheet.shows_as(other) and not other.shows_as(sheet)


def test_what_shows_estimates_in_the_place_of_states_is_called_so() -> None:
    """A figure of it did not say what its pictures are."""
    sheet = outlined().with_part(Cell(0, 0, flat(9)))
    assert sheet.of_x0_hat().title == "Test", "it has none"
    seen = sheet.with_part(Cell(0, 1, flat(1), x0_hat=flat(5))).of_x0_hat()
    assert seen.title == "Test · x̂_0" and seen.cells[0, 1].picture[0, 0, 0] == 5


def test_what_the_numbers_are_is_said_with_the_first_plot() -> None:
    """A sheet that was stopped before said what its RMS were relative to, and had none."""
    begun = Sheet().with_part(Outline("a", (Head("r"),), (Head("c"),))).with_part(Remark("Two.", "RMS: to the end."))
    assert (
        begun.with_part(Cell(0, 0, flat(7))).remark == "Two." and not begun.with_part(Cell(0, 0, flat(7))).has_numbers
    )
    plot = Plot("p", "x", "y", ())
    assert begun.with_part(plot).has_numbers and begun.with_part(Cell(0, 0, flat(7), "0.5")).has_numbers
    assert begun.with_part(plot).remark == begun.with_part(plot).with_part(plot).remark == "Two. RMS: to the end."


@pytest.mark.parametrize("gap", [math.nan, math.inf, 0.0])
def test_a_curve_falls_apart_where_its_axes_have_no_place_for_a_number(gap: float) -> None:
    curve = Curve("floor", (1.0, 2.0, 3.0, 4.0, 5.0), (1.0, 2.0, gap, 4.0, gap))
    apart = [[[1, 1], [2, 2]], [[4, 4]]]
    assert [part.tolist() for part in Plot("p", "x", "y", (), log_y=True).stretches(curve)] == apart
    if gap == 0:
        apart = [[[1, 1], [2, 2], [3, 0], [4, 4], [5, 0]]]
    assert [part.tolist() for part in Plot("p", "x", "y", ()).stretches(curve)] == apart
    assert Plot("p", "x", "y", ()).stretches(Curve("none", (), ())) == []
