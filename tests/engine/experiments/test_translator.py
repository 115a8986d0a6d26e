"""Translator: the five forms along the scene's chain, with what an error of one is in each."""

from __future__ import annotations

from pathlib import Path

import pytest
from benches import bench, sheet

from diffviz.diffusion.translation import errors


def test_the_forms_and_their_errors_stand_in_the_sheet(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "translator", of="x_0", error=0.2)
    made = sheet(work)
    assert len(made.rows) == 5 and made.columns[0].t == 100
    for j, column in enumerate(made.columns):
        assert column.t is not None
        grown = errors("x0", 0.2, work.model.schedule.alpha_bar_at(made.columns[j].t or 1))
        if column.title.startswith("t = "):
            assert made.cells[0, j].note.startswith(f"±{grown['eps']:.2g}") and made.cells[1, j].note.startswith("±0.2")
    assert all(made.cells[1, j].strong and not made.cells[0, j].strong for j in range(len(made.columns)))
    (plot,) = made.plots.values()
    assert len(plot.curves) == 5 and plot.title == "An error of 0.2 in x̂_0"
    assert plot.curves[1].y == pytest.approx([0.2] * len(plot.curves[1].y))


def test_the_default_is_an_error_in_eps(tiny_model_folder: Path) -> None:
    made = sheet(bench(tiny_model_folder, "translator"))
    eps, x_0, *_ = next(iter(made.plots.values())).curves
    assert set(eps.y) == {0.1} and list(x_0.y) == sorted(x_0.y), "the more noise, the larger in x_0"
