"""Experiments of a network of sounds, and of points: cells that can be heard, and words that say what they are of."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from benches import GaussianModel

from diffviz.engine.experiments import parts_of
from diffviz.engine.experiments.guidance import Look, _cells
from diffviz.engine.experiments.memory import Memory
from diffviz.engine.experiments.workbench import Workbench
from diffviz.kinds import POINTS, SOUND, Kind
from diffviz.kinds.audible import wave_of
from diffviz.scene import ExperimentSpec, ModelSpec, RunSpec, SamplerSpec, Scene, params
from diffviz.sheet import Sheet

RUNS = tuple(RunSpec(ModelSpec("gaussian"), SamplerSpec("ddim", n)) for n in (2, 4))


def made(kind: Kind, shape: tuple[int, ...], name: str, runs: tuple[RunSpec, ...] = (), **given: object) -> Sheet:
    model = GaussianModel(T=50)
    model.kind, model.sample_shape = kind, shape  # type: ignore[assignment,misc]
    spec = ExperimentSpec(name, params(given), runs)
    scene = Scene(model=ModelSpec("gaussian"), sampler=SamplerSpec("ddim", 4), experiment=spec)
    opened = SOUND.read("builtin:drum").array if kind is SOUND else POINTS.read("builtin:rings").array
    bench = Workbench(model, scene, Memory(), lambda _: model, opened)  # type: ignore[arg-type,return-value]
    sheet = Sheet()
    for part in parts_of(bench):
        sheet = sheet.with_part(part)
    return sheet


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("compare", {}),
        ("strength", {"strengths": "0.5 1"}),
        ("inversion", {"steps": "2 4"}),
        ("mistakes", {}),
        ("wrong_t", {}),
        ("translator", {}),
        ("step_counts", {"steps": "2 4"}),
        ("posterior_walk", {}),
        ("one_step", {}),
        ("convergence", {"steps": "2 4"}),
        ("interpolation", {}),
    ],
)
def test_every_cell_of_a_sound_can_be_heard(name: str, given: dict[str, object]) -> None:
    sheet = made(SOUND, (16, 4, 4), name, RUNS if name == "compare" else (), **given)
    assert sheet.cells
    for cell in sheet.cells.values():
        wave = wave_of(cell.picture)
        assert wave is not None and wave.shape == (256,) and np.isfinite(wave).all()
        assert cell.x0_hat is None or wave_of(cell.x0_hat) is not None
    words = sheet.to_csv() + sheet.remark + " ".join(head.note for head in (*sheet.rows, *sheet.columns))
    assert not re.search(r"picture|pixel|−1\.\.1", words), words


@pytest.mark.parametrize(
    ("name", "given", "at", "beside"),
    [
        ("strength", {"strengths": "0.5 1"}, (0, 4), (0, 0)),
        ("inversion", {"steps": "2 4"}, (0, 2), (0, 0)),
        ("step_counts", {"steps": "2 4"}, (0, 0), (1, 0)),
    ],
)
def test_a_distance_is_that_of_the_pair(
    name: str, given: dict[str, object], at: tuple[int, int], beside: tuple[int, int]
) -> None:
    """It was one of the MDCT's numbers in the sheet, three times that of the samples beside it."""
    cells = made(SOUND, (16, 4, 4), name, **given).cells
    said = re.match(r"RMS ([\d.]+)", cells[at].note)
    _, rms = SOUND.difference(cells[at].picture, cells[beside].picture)
    assert said and rms and float(said[1]) == pytest.approx(rms, rel=0.02, abs=0.006)


def test_a_cloud_is_called_so_and_measured_in_its_deviations() -> None:
    sheet = made(POINTS, (40, 2), "strength", strengths="0.5 1")
    assert "in deviations of the data" in sheet.remark and sheet.columns[0].title == "your points"
    assert not re.search("picture|pixel", sheet.to_csv() + sheet.remark)
    assert wave_of(sheet.cells[0, 0].picture) is None


def test_points_beyond_1_are_not_cut_where_guidance_is_shown() -> None:
    far = torch.stack((torch.full((40, 2), 2.5), torch.full((40, 2), -2.0)))
    model = GaussianModel(T=50)
    model.kind, model.sample_shape = POINTS, (40, 2)  # type: ignore[assignment,misc]
    bench = Workbench(model, Scene(), Memory(), lambda _: model)  # type: ignore[arg-type,return-value]
    cells = list(_cells(bench, 0, Look(20, 0.1, 0.1, far, POINTS.raster(np.zeros((1, 40, 2)))[0]), 2.0))
    assert np.array_equal(cells[0].picture, POINTS.raster(far[1:].numpy())[0]) and cells[3].note == "RMS 4.5"
