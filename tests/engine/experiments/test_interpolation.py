"""Interpolation: the ends are the ends, the circle keeps the noise's size, and every column shares its fresh noise."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from benches import bench, gaussian_bench, parts, picture, sheet
from PIL import Image
from pixels import to_uint8

from diffviz.engine.chain import run_chain
from diffviz.engine.experiments.walks import linear, spherical
from diffviz.images import PictureError
from diffviz.scene import SamplerSpec, Scene
from diffviz.sheet import Done

TITLES = ["x_t, spherical", "denoised, spherical", "x_t, linear", "denoised, linear"]


def noises() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn((1, 3, 32, 32), generator=generator), torch.randn((1, 3, 32, 32), generator=generator)


def test_the_circle_keeps_what_the_line_loses() -> None:
    a, b = noises()
    assert torch.allclose(spherical(a, b, 0.0), a, atol=1e-6) and torch.allclose(spherical(a, b, 1.0), b, atol=1e-6)
    assert float(spherical(a, b, 0.5).std()) == pytest.approx(1.0, abs=0.03)
    assert float(linear(a, b, 0.5).std()) == pytest.approx(0.5**0.5, abs=0.03)
    # equal shares of the angle
    half = spherical(a, b, 0.5)
    assert torch.allclose(spherical(a, half, 0.5), spherical(a, b, 0.25), atol=1e-3)
    assert torch.allclose(spherical(a, 2 * a, 0.5), 1.5 * a)


def test_two_seeds_need_no_picture_and_their_ends_are_their_chains(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "interpolation", with_picture=False, between="seeds", points=5, seed_step=3)
    work = dataclasses.replace(work, scene=work.scene.replace(seed=7))
    made = sheet(work)
    assert [row.title for row in made.rows] == TITLES and len(made.columns) == 5
    for column, seed in ((0, 7), (4, 10)):
        *_, last = run_chain(work.model, work.scene.replace(seed=seed))
        for row in (1, 3):
            gap = made.cells[row, column].picture.astype(int) - last.shown.x_t[0]
            assert np.abs(gap).max() <= 1
    deviation = {curve.name: curve.y for curve in made.plots["Deviation of the mixed state"].curves}
    assert deviation["linear"][2] < 0.85 * deviation["spherical"][2]
    assert made.cells[0, 2].note == f"std {deviation['spherical'][2]:.2f}"


def test_two_pictures_get_the_same_noise_and_the_depth_asked_for(tiny_model_folder: Path, tmp_path: Path) -> None:
    Image.fromarray(255 - picture()).save(tmp_path / "second.png")
    work = bench(tiny_model_folder, "interpolation", second=str(tmp_path / "second.png"), depth=0.4, points=3)
    made = sheet(work)
    assert [row.title for row in made.rows] == ["pixels", *TITLES]
    assert made.rows[1].note == "t = 40" and made.films[2].levels[0] == 40
    x_A, x_B = work.picture_x_0(), work.as_x_0(255 - picture())
    assert np.array_equal(made.cells[0, 0].picture, to_uint8(x_A)[0])
    assert np.array_equal(made.cells[0, 2].picture, to_uint8(x_B)[0])
    assert np.array_equal(made.cells[0, 1].picture, to_uint8((x_A + x_B) / 2)[0])
    alpha_bar = work.model.schedule.alpha_bar_at(40)
    mixed = alpha_bar**0.5 * (x_A + x_B) / 2 + (1 - alpha_bar) ** 0.5 * work.held_eps()
    assert np.array_equal(made.cells[3, 1].picture, to_uint8(mixed)[0])


def test_inverted_pictures_come_back_at_the_ends() -> None:
    work = dataclasses.replace(gaussian_bench("interpolation", noise="inverted", depth=1, points=3), picture=picture())
    work = dataclasses.replace(work, scene=work.scene.replace(sampler=SamplerSpec("ddim", 100)))
    made = sheet(work)
    for row in (2, 4):
        for column in (0, 2):
            gap = made.cells[row, column].picture.astype(int) - made.cells[0, column].picture
            assert np.sqrt(np.mean(gap**2)) < 10
    assert "inverted to t = " in made.remark


def test_fresh_noise_is_the_same_in_every_column(tiny_model_folder: Path) -> None:
    """Else the columns would differ by more than their share."""
    work = bench(tiny_model_folder, "interpolation", with_picture=False, between="seeds", points=3)
    work = dataclasses.replace(work, scene=work.scene.replace(sampler=SamplerSpec("ddpm", 5)))
    made = sheet(work)
    *_, last = run_chain(work.model, Scene(sampler=SamplerSpec("ddpm", 5)))
    assert np.abs(made.cells[1, 0].picture.astype(int) - last.shown.x_t[0]).max() <= 1, (
        "the first is the seed's own chain"
    )


@pytest.mark.parametrize("given, total", [({"between": "seeds"}, 10), ({"noise": "inverted", "depth": 1.0}, 20)])
def test_progress_ends_at_its_total(tiny_model_folder: Path, given: dict, total: int) -> None:
    done = [p for p in parts(bench(tiny_model_folder, "interpolation", points=3, **given)) if isinstance(p, Done)]
    assert done[-1] == Done(total, total)
    assert [p.done for p in done] == sorted(p.done for p in done)


def test_after_the_last_seed_comes_the_first(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "interpolation", between="seeds", points=3)
    made = sheet(dataclasses.replace(work, scene=work.scene.replace(seed=2**31 - 1)))
    last = list(run_chain(work.model, work.scene.replace(seed=0)))[-1]
    assert np.abs(made.cells[1, 2].picture.astype(int) - last.shown.x_t[0]).max() <= 1


def test_what_is_not_there_is_refused_in_words(tiny_model_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"gone\.png: there is no such file"):
        sheet(bench(tiny_model_folder, "interpolation", second=str(tmp_path / "gone.png")))
    with pytest.raises(ValueError, match="open one first"):
        sheet(bench(tiny_model_folder, "interpolation", with_picture=False))
