"""A wrong t told: of Gaussian data the error is known, and the least is where the truth is told."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from benches import bench, gaussian_bench, parts, picture, sheet

from diffviz.diffusion import SCHEDULES
from diffviz.engine.experiments.workbench import PictureMissing
from diffviz.engine.experiments.wrong_t import HEAT, LEVELS, heat, map_levels
from diffviz.sheet import Cell, Done


def test_the_truth_told_is_best_of_gaussian_data() -> None:
    """One draw of N(0.1, 0.4²), many numbers: but for chance no told t has a smaller error than the true one."""
    grey = np.random.default_rng(0).normal((1.1 / 2) * 255, 0.2 * 255, (48, 48, 1)).clip(0, 255).astype(np.uint8)
    work = gaussian_bench("wrong_t", begin="open")
    work.model.sample_shape = (1, 48, 48)
    made = sheet(dataclasses.replace(work, picture=np.repeat(grey, 3, axis=2)))
    errors = np.array([curve.y[::-1] for curve in made.plots["Error of ε̂ over the t told"].curves])
    assert errors.shape == (LEVELS, LEVELS)
    assert (errors.diagonal() < errors.min(axis=1) + 0.01).all() and errors[0].max() > 100 * errors[0, 0]
    assert all(made.cells[k, k].strong for k in range(LEVELS)) and not made.cells[0, 1].strong


def test_the_map_has_both_ends_and_is_even_in_the_angle() -> None:
    schedule = SCHEDULES["linear"](T=1000)
    levels = map_levels(schedule)
    assert levels[0] == 1000 and levels[-1] == 1 and len(levels) == LEVELS
    angles = np.arccos(np.sqrt(schedule.alpha_bar[levels]))
    assert np.ptp(np.diff(angles)) < 0.02
    assert len(map_levels(SCHEDULES["linear"](T=3))) == 3


def test_the_edge_says_how_large_the_error_is_and_is_no_part_of_the_picture() -> None:
    """Two cells beside each other: their difference counted the edges, a third of the pixels."""
    grey = np.full((20, 30, 3), 90, np.uint8)
    for share, colour in ((0.0, HEAT[0]), (1.0, HEAT[-1])):
        cell = Cell(0, 0, grey, edge=heat(share))
        assert tuple(cell.seen[0, 0]) == colour == tuple(cell.seen[-1, -1])
        assert (cell.seen[2:-2, 2:-2] == 90).all() and (cell.picture == 90).all()
    work = gaussian_bench("wrong_t", begin="open")
    work.model.sample_shape = (1, 20, 30)
    made = sheet(dataclasses.replace(work, picture=grey))
    assert len({cell.edge for cell in made.cells.values()}) > LEVELS
    assert all((cell.seen[3:-3, 3:-3] == cell.picture[3:-3, 3:-3]).all() for cell in made.cells.values())
    assert any((cell.seen != cell.picture).any() for cell in made.cells.values())


def test_it_is_stopped_at_each_call_and_needs_a_picture(tiny_model_folder: Path) -> None:
    done = [part for part in parts(bench(tiny_model_folder, "wrong_t")) if isinstance(part, Done)]
    assert len(done) == done[-1].total == done[-1].done
    work = bench(tiny_model_folder, "wrong_t", with_picture=False)
    with pytest.raises(PictureMissing):
        sheet(work)
    assert picture().shape == (12, 12, 3)
