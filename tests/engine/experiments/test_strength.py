"""Strength: rows that begin at exactly their level, run the rest of one chain, and say how far they got."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from benches import bench, parts, sheet

from diffviz.engine.beginning import Beginning
from diffviz.engine.experiments.walks import cut_sampler
from diffviz.scene import SamplerSpec, params
from diffviz.sheet import Cell
from diffviz.timeline import level_text


@pytest.mark.parametrize("sampler", [SamplerSpec("ddim", 5), SamplerSpec("euler", 60, params=params(grid="karras"))])
def test_a_row_begins_at_exactly_its_level(sampler: SamplerSpec, tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "strength", strengths="0.1 1")
    made = sheet(dataclasses.replace(work, scene=work.scene.replace(sampler=sampler)))
    assert [made.films[row].levels[0] for row in (0, 1)] == [10, 100]
    assert np.array_equal(made.cells[0, 0].picture, made.cells[1, 0].picture)
    for row in (0, 1):
        film = made.films[row]
        assert film.x0_hat is not None
        assert np.array_equal(made.cells[row, 1].picture, film.x_t[0])
        assert np.array_equal(made.cells[row, 2].picture, film.x0_hat[0])
        half = (len(film.levels) - 1) // 2
        assert np.array_equal(made.cells[row, 3].picture, film.x0_hat[half])
        assert made.cells[row, 3].note == f"t = {level_text(film.levels[half])}"
        assert np.array_equal(made.cells[row, 4].picture, film.x_t[-1])


def test_the_distance_is_that_of_the_numbers_as_of_every_kind(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "strength", strengths="1 0.1")
    made, x_0 = sheet(work), work.picture_x_0()
    (curve,) = made.plots["Distance to your picture"].curves
    assert curve.x == (0.1, 1.0)
    for row, at, start in ((0, 1, 100), (1, 0, 10)):
        scene = work.scene.replace(sampler=cut_sampler(work.scene.sampler, start, 100))
        *_, end = work.chain(scene, keep_values=True, began=Beginning(x_0, start))
        assert end.values is not None
        expected = float(np.sqrt(np.mean((end.values[0] - x_0.numpy()).astype(np.float64) ** 2)))
        assert curve.y[at] == pytest.approx(expected, rel=1e-6), "not that of pictures of 8 bits"
        assert "RMS" not in made.rows[row].note and made.cells[row, 4].note == f"RMS {expected:.3f}"
    assert curve.y[0] < curve.y[1], "little noise leaves the picture nearer"


@pytest.mark.parametrize("steps, start, kept", [(50, 40, 20), (50, 100, 50), (5, 30, 1), (5, 1, 1), (7, 60, 4)])
def test_steps_are_cut_as_image_to_image_tools_do(steps: int, start: int, kept: int) -> None:
    """diffusers: min(int(steps · strength), steps), and never none."""
    assert cut_sampler(SamplerSpec("ddim", steps), start, 100).steps == kept


def test_the_full_strength_is_the_whole_chain(tiny_model_folder: Path) -> None:
    made = sheet(bench(tiny_model_folder, "strength", strengths="1"))
    assert made.films[0].levels == (100, 80, 60, 40, 20, 0)
    assert "5 steps" in made.rows[0].note and "noises to t = s · 100 and spreads s · " in made.remark


def test_it_needs_a_picture(tiny_model_folder: Path) -> None:
    with pytest.raises(ValueError, match="open one first"):
        sheet(bench(tiny_model_folder, "strength", with_picture=False))


def test_what_the_sampler_cannot_do_is_refused_before_anything_runs(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "strength")
    sampler = SamplerSpec("ddpm", 5, params=params(variance="learned_range"))
    work = dataclasses.replace(work, scene=work.scene.replace(sampler=sampler))
    calls: list[int] = []
    work.model.network.register_forward_hook(lambda *_: calls.append(1))
    with pytest.raises(ValueError, match="has not learned; use fixed_small"):
        sheet(work)
    assert not calls


@pytest.mark.parametrize(("name", "place"), [("strength", (0, 4)), ("inversion", (0, 2)), ("interpolation", (2, 3))])
def test_a_state_on_the_way_to_a_cell_says_its_t(name: str, place: tuple[int, int], tiny_model_folder: Path) -> None:
    """Stopped there it stood under "denoised"."""
    cells = [part for part in parts(bench(tiny_model_folder, name)) if isinstance(part, Cell)]
    *way, end = [cell.note for cell in cells if (cell.row, cell.column) == place]
    assert way[0].startswith("t = ") and not end.startswith("t = ")
