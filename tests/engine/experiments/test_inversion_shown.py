"""DDIM inversion in the laboratory: up, down, what was lost, and what the noise is like."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from benches import bench, gaussian_bench, parts, picture, sheet

from diffviz.engine.experiments.inversion import gaussian_note, neighbour_correlation
from diffviz.sheet import Cell, Done


def test_the_rows_go_up_and_come_back(tiny_model_folder: Path) -> None:
    made = sheet(bench(tiny_model_folder, "inversion", steps="4, 20"))
    assert [row.title for row in made.rows] == ["4 steps", "20 steps"]
    assert made.films[0].levels == (100, 75, 50, 25, 0)
    for row in (0, 1):
        assert np.array_equal(made.films[row].x_t[-1], made.cells[row, 0].picture)
        assert np.array_equal(made.films[row].x_t[0], made.cells[row, 1].picture)
        assert all(word in made.cells[row, 1].note for word in ("mean", "std", "r "))
    assert "40 network calls" in made.rows[1].note


def test_the_error_falls_with_the_first_order_where_the_network_is_exact() -> None:
    work = dataclasses.replace(gaussian_bench("inversion", steps="25 50 100"), picture=picture())
    made = sheet(work)
    plot = made.plots["Round-trip error"]
    (curve,) = plot.curves
    assert plot.log_x and plot.log_y and curve.x == (25, 50, 100)
    assert -1.3 < math.log(curve.y[2] / curve.y[0]) / math.log(4) < -0.7
    for row, error in enumerate(curve.y):
        assert made.cells[row, 2].note == f"RMS {error:.4f}" and "RMS" not in made.rows[row].note  # said once
    assert "first order: −1" in made.remark


def test_the_difference_is_amplified_about_grey(tiny_model_folder: Path) -> None:
    made = sheet(bench(tiny_model_folder, "inversion", steps="30"))
    gap = made.cells[0, 2].picture.astype(float) - made.cells[0, 0].picture
    inside = (made.cells[0, 2].picture > 0) & (made.cells[0, 2].picture < 255)  # elsewhere the result is clipped
    expected = np.clip(127.5 + 4 * gap, 0, 255)
    assert np.abs(made.cells[0, 3].picture - expected)[inside].max() <= 6


def test_every_network_call_is_counted_and_shown(tiny_model_folder: Path) -> None:
    all_parts = parts(bench(tiny_model_folder, "inversion", steps="3 5"))
    done = [part for part in all_parts if isinstance(part, Done)]
    assert [part.done for part in done] == list(range(1, 17)) and done[-1].total == 16
    assert sum(isinstance(part, Cell) and part.column == 1 for part in all_parts) >= 8


@pytest.mark.parametrize("steps, said", [
    ("2.5", "2.5 is no whole number"),
    ("101", r"101 is outside 1\.\.100"),
    ("", "give 1 to 16 numbers"),
])  # fmt: skip
def test_bad_step_counts_are_refused(tiny_model_folder: Path, steps: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sheet(bench(tiny_model_folder, "inversion", steps=steps))


def test_it_needs_a_picture(tiny_model_folder: Path) -> None:
    with pytest.raises(ValueError, match="open one first"):
        sheet(bench(tiny_model_folder, "inversion", with_picture=False))


def test_neighbours_tell_noise_from_a_picture() -> None:
    noise = torch.randn((1, 3, 64, 64), generator=torch.Generator().manual_seed(0))
    ramp = torch.linspace(-1, 1, 64).expand(1, 3, 64, 64)
    assert abs(neighbour_correlation(noise)) < 0.02
    assert neighbour_correlation(ramp) > 0.9
    assert "−0.00" not in gaussian_note(noise - noise.mean() - 0.001), "nothing has no sign"
    assert neighbour_correlation(torch.zeros(1, 1, 4, 4)) == 0.0
