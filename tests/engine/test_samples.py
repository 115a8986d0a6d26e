"""The chains that the samples of another are: plain values. That they make the same pixels: test_branching."""

from __future__ import annotations

import pytest

from diffviz.engine.samples import row_names, sample_of, settings_at
from diffviz.kinds.tiles import ONE, Grid, square
from diffviz.scene import Leg, ModelSpec, SamplerSpec, Scene

LEGS = (Leg(80, -1, ModelSpec(class_label="b"), SamplerSpec("ddim")), Leg(40, 20, ModelSpec(), SamplerSpec("heun")))
MADE = Scene(seed=5, sampler=SamplerSpec("euler"), model=ModelSpec(class_label="c"), history=LEGS)


def test_a_single_chain_is_its_own_sample() -> None:
    assert sample_of(MADE, 0, ()) is MADE


def test_sample_k_of_a_grid_has_seed_and_noises_k_further() -> None:
    one = sample_of(MADE.replace(count=9, noise=100), 4, ())
    assert (one.seed, one.noise, one.count) == (9, 104, 1)
    assert [leg.noise for leg in one.history] == [-1, 24], "the seed's own noise stays the seed's"


def test_a_row_has_its_class_in_every_leg_and_its_column_the_noise() -> None:
    one = sample_of(MADE.replace(count=9, class_rows=True), 7, tuple("abc"))  # row 2, column 1
    assert one.seed == 6 and not one.class_rows
    assert one.model.class_label == "b", "c, a, b"
    assert [leg.model.class_label for leg in one.history] == ["a", "c"], "b, c, a and a, b, c"


def test_the_names_of_rows_stand_where_their_samples_begin() -> None:
    rows = MADE.replace(count=9, class_rows=True)
    assert row_names(rows, tuple("abc"), square(9), 0) == ((0, 0, "c"), (0, 1 / 3, "a"), (0, 2 / 3, "b"))
    assert [name for *_, name in row_names(rows, tuple("abc"), square(9), 1000)] == ["b", "c", "a"], "of the first leg"
    assert row_names(rows.replace(count=25), tuple("abcde"), Grid.of(25, 2), 0)[1] == (0.5, 2 / 13, "d"), "sample 5"
    assert row_names(rows.replace(class_rows=False), tuple("abc"), square(9), 0) == ()
    assert row_names(rows, tuple("abc"), ONE, 0) == (), "one picture of all of them"


@pytest.mark.parametrize(("t", "sampler", "left"), [
    (90, "ddim", []), (80, "heun", [80]), (60, "heun", [80]), (40, "euler", [80, 40]), (10, "euler", [80, 40])
])  # fmt: skip
def test_what_led_to_a_state(t: float, sampler: str, left: list[float]) -> None:
    led = settings_at(MADE, t)
    assert led.sampler.name == sampler and [leg.t for leg in led.history] == left
    assert led.noise == (20 if sampler == "heun" else -1) and led.seed == MADE.seed
