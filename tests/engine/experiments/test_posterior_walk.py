"""Why a network? The posterior leads to the x_0 that it is given; with the network's guess it is the chain itself."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from benches import bench, gaussian_bench, sheet
from PIL import Image

from diffviz.engine.beginning import Beginning
from diffviz.engine.chain import run_chain
from diffviz.engine.experiments.workbench import PictureMissing
from diffviz.scene import SamplerSpec


def test_it_leads_to_whatever_x_0_it_is_given(tiny_model_folder: Path, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (250, 10, 10)).save(tmp_path / "red.png")
    made = sheet(bench(tiny_model_folder, "posterior_walk", begin="open", second=str(tmp_path / "red.png")))
    for row in (0, 1):
        assert np.abs(made.cells[row, 8].picture.astype(int) - made.cells[row, 0].picture).max() <= 1
    assert made.cells[0, 8].note == "RMS 0.000" and np.abs(made.cells[1, 8].picture - [250, 10, 10]).max() <= 1
    assert made.plots["From the x_0 given to the true one"].curves[0].y == (0.0,) * 5
    assert len({made.films[row].x_t[0].tobytes() for row in range(3)}) == 1, "the same x_T"


def test_the_third_row_is_the_networks_own_chain_from_that_x_t(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "posterior_walk", begin="open")
    made = sheet(work)
    scene = work.scene.replace(sampler=SamplerSpec("ddpm", 5))
    states = list(run_chain(work.model, scene, began=Beginning(work.picture_x_0(), 100)))
    off = made.films[2].x_t.astype(int) - np.stack([state.shown.x_t[0] for state in states])
    assert np.abs(off).max() <= 1
    assert made.films[2].levels == tuple(state.t for state in states)


def test_without_a_picture_it_says_what_is_missing(tiny_model_folder: Path) -> None:
    with pytest.raises(PictureMissing):
        sheet(bench(tiny_model_folder, "posterior_walk", with_picture=False))


def test_the_way_from_the_truth_widens_towards_0() -> None:
    work = dataclasses.replace(gaussian_bench("posterior_walk", begin="open"), picture=np.full((6, 6, 3), 90, np.uint8))
    plots = sheet(work).plots
    wrong, network = plots["From the true way's x_t"].curves
    colours = [{curve.name: hue for hue, curve in plot.numbered} for plot in plots.values()]
    assert all(colours[0][name] == hue for name, hue in colours[1].items()), "one colour in both"
    for curve in (wrong, network):
        assert curve.x[0] == 1000 and curve.x[-1] == 0 and curve.y[0] == 0
        assert list(curve.y) == sorted(curve.y)
