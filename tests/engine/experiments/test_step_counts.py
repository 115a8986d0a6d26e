"""Same seed, other step count: each cell is the chain's own end, measured from that of the most steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benches import bench, gaussian_bench, parts, sheet

from diffviz.engine.chain import run_chain
from diffviz.scene import SamplerSpec
from diffviz.sheet import Cell


def test_each_cell_is_the_end_of_that_chain(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "step_counts", steps="2 5", samples=2)
    made = sheet(work)
    assert [row.title for row in made.rows] == ["2 steps", "5 steps"]
    assert [(column.title, column.note) for column in made.columns] == [
        ("DDIM", "seed 0"), ("DDIM", "seed 1"), ("DDPM", "seed 0"), ("DDPM", "seed 1")
    ]  # fmt: skip
    assert "· seeds 0 to 1: the same x_T in each column" in made.remark
    for j, (sampler, seed) in enumerate((("ddim", 0), ("ddim", 1), ("ddpm", 0), ("ddpm", 1))):
        for row, steps in enumerate((2, 5)):
            *_, end = run_chain(work.model, work.scene.replace(sampler=SamplerSpec(sampler, steps), seed=seed))
            assert np.abs(made.cells[row, j].picture.astype(int) - end.shown.x_t[0]).max() <= 1
    assert made.cells[0, 0].note.startswith("RMS ") and made.cells[1, 0].note == ""


def test_ddim_comes_nearer_and_ddpm_does_not() -> None:
    made = sheet(gaussian_bench("step_counts", steps="10 40 160 640", samples=2))
    ddim, ddpm = made.plots["Distance to 640 steps"].curves
    assert list(ddim.y) == sorted(ddim.y, reverse=True) and ddim.y[-1] < 0.05
    assert min(ddpm.y) > 0.2 and ddim.x == (10, 40, 160)


def test_what_cannot_be_run_is_refused(tiny_model_folder: Path) -> None:
    with pytest.raises(ValueError, match=r"steps = 200 is outside 1\.\.100"):
        sheet(bench(tiny_model_folder, "step_counts", steps="5 200"))


def test_cells_say_their_t_until_they_are_done(tiny_model_folder: Path) -> None:
    made = parts(bench(tiny_model_folder, "step_counts", steps="2 5", samples=1))
    notes = [part.note for part in made if isinstance(part, Cell) and (part.row, part.column) == (0, 0)]
    assert notes[:2] == ["t = 100", "t = 50"] and notes[-1].startswith("RMS")
