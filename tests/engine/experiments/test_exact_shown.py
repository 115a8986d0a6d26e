"""Exact against learned: both at the same x_t, the neighbours with their weights, and the verdict."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from benches import bench, parts, sheet
from PIL import Image

from diffviz.diffusion import exact_denoiser
from diffviz.engine.chain import run_chain
from diffviz.engine.experiments.data_set import data_set
from diffviz.engine.experiments.exact import _Record, _remark, alone_from
from diffviz.engine.experiments.memory import Memory
from diffviz.engine.opening import open_model
from diffviz.models import ModelError
from diffviz.models.pictures import PictureSet, write_picture_sheet
from diffviz.scene import ModelSpec, SamplerSpec
from diffviz.sheet import Cell

COUNT = 9


@pytest.fixture
def pictures() -> PictureSet:
    pixels = np.random.default_rng(0).integers(0, 256, (COUNT, 3, 8, 8), dtype=np.uint8)
    return PictureSet(pixels, np.arange(COUNT) % 3, ("dot", "ring", "cross"))


@pytest.fixture
def model_folder(tiny_model_folder: Path, pictures: PictureSet) -> Path:
    """The tiny model with nine pictures beside its weights."""
    write_picture_sheet(tiny_model_folder, pictures)
    return tiny_model_folder


def test_both_are_asked_at_the_x_t_of_the_models_own_chain(model_folder: Path, pictures: PictureSet) -> None:
    work = bench(model_folder, "exact")
    made = sheet(work)
    states = list(run_chain(work.model, work.scene))[:-1]
    assert made.films[0].levels == tuple(state.t for state in states) == (100, 80, 60, 40, 20)
    assert np.array_equal(made.films[0].x_t, np.stack([state.shown.x_t[0] for state in states]))
    assert np.array_equal(made.films[1].x_t, np.stack([state.shown.x0_hat[0] for state in states]))
    data = torch.from_numpy(pictures.pixels).float() / 127.5 - 1
    denoiser = exact_denoiser(data, work.model.schedule)
    gaps = made.plots["Network and exact x̂_0"].curves[0]
    effective = made.plots["Effective number of neighbours"].curves[0]
    for i, state in enumerate(states):
        assert state.values is not None
        x_t, x0_hat = (torch.from_numpy(state.values[k]) for k in (0, 1))
        mean = denoiser(x_t, state.t).x0_hat
        assert gaps.y[i] == pytest.approx(float((x0_hat - mean).square().mean().sqrt()), rel=1e-4)
        weights = denoiser.weights(x_t, state.t).double()
        assert effective.y[i] == pytest.approx(float(1 / weights.square().sum()), rel=1e-4)
        assert 0.999 < effective.y[i] < COUNT + 0.001
        shown = ((mean.permute(0, 2, 3, 1)[0].numpy() + 1) * 127.5).round()
        assert np.abs(made.films[2].x_t[i] - shown).max() <= 1


def test_the_chain_is_the_scenes_own_with_its_levels_and_its_fresh_noise(model_folder: Path) -> None:
    work = bench(model_folder, "exact")
    scene = work.scene.replace(sampler=SamplerSpec("ddpm", 4, "leading"), seed=3, noise=8)
    made = sheet(dataclasses.replace(work, scene=scene))
    states = list(run_chain(work.model, scene))[:-1]
    assert made.films[0].levels == tuple(state.t for state in states) == (76, 51, 26, 1)
    assert np.array_equal(made.films[0].x_t, np.stack([state.shown.x_t[0] for state in states]))


def test_the_neighbours_are_the_heaviest_with_their_weights(model_folder: Path, pictures: PictureSet) -> None:
    made = sheet(bench(model_folder, "exact"))
    assert [row.title for row in made.rows[4:]] == [f"nearest {k}" for k in range(1, 6)]
    known = pictures.pixels.transpose(0, 2, 3, 1)
    for column in range(len(made.columns)):
        weights = []
        found = set()
        for row in range(4, 9):
            cell = made.cells[row, column]
            (index,) = (i for i in range(COUNT) if np.abs(known[i].astype(int) - cell.picture).max() == 0)
            weight, name = cell.note.removeprefix("w ").split(" · ")
            assert name == pictures.class_names[pictures.labels[index]]
            weights.append(float(weight.replace("·10", "e").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))))
            found.add(index)
            assert cell.strong == (weights[-1] > 0.5)
        assert len(found) == 5 and weights == sorted(weights, reverse=True) and sum(weights) < 1.05


def test_a_class_is_compared_with_its_own_pictures(model_folder: Path) -> None:
    work = bench(model_folder, "exact")
    spec = ModelSpec(str(model_folder), "ring", guidance=3.0)
    made = sheet(dataclasses.replace(work, scene=work.scene.replace(model=spec)))
    notes = [cell.note for (row, _), cell in made.cells.items() if row >= 4]
    assert len(made.rows) == 4 + 3
    assert all(note.endswith(" · ring") for note in notes)
    assert "over 3 pictures of ring" in made.remark
    plain = dataclasses.replace(work, scene=work.scene.replace(model=dataclasses.replace(spec, guidance=1.0)))
    assert np.array_equal(made.films[1].x_t, sheet(plain).films[1].x_t), "E[x_0|x_t] is what no guidance asks for"


def test_the_exact_model_against_itself_has_no_difference_and_memorises(model_folder: Path) -> None:
    name = f"exact:{model_folder}"
    work = bench(model_folder, "exact")
    scene = work.scene.replace(model=ModelSpec(name), sampler=SamplerSpec("ddim", 20))
    work = dataclasses.replace(work, model=open_model(name), scene=scene, memory=Memory())
    made = sheet(work)
    assert max(made.plots["Network and exact x̂_0"].curves[0].y) < 1e-4
    assert all(abs(int(cell.picture.mean()) - 127) <= 1 for (row, _), cell in made.cells.items() if row == 3)
    assert "one picture alone" in made.remark and made.remark.endswith("so it memorises here.")


def test_a_network_that_ends_elsewhere_generalises(model_folder: Path) -> None:
    made = sheet(bench(model_folder, "exact"))
    assert made.remark.endswith("so it generalises here.")
    (network, exact) = made.plots["x̂_0 to the nearest training picture"].curves
    assert network.y[-1] > 0.2 and exact.y[-1] < 0.05


def test_any_folder_may_be_the_data_and_is_read_once(model_folder: Path, tmp_path: Path) -> None:
    for k in range(3):
        (tmp_path / "own").mkdir(exist_ok=True)
        Image.new("RGB", (20, 30), (80 * k, 0, 100)).save(tmp_path / "own" / f"{k}.png")
    work = bench(model_folder, "exact", data=str(tmp_path / "own"))
    made = sheet(work)
    assert len(made.rows) == 4 + 3 and "over 3 pictures" in made.remark
    used = work.memory.used_bytes
    sheet(work)
    assert work.memory.used_bytes == used > 0
    Image.new("RGB", (20, 30), (0, 200, 0)).save(tmp_path / "own" / "more.png")
    assert "over 4 pictures" in sheet(work).remark


def test_mirror_images_count_where_the_training_had_them(tiny_model_folder: Path, pictures: PictureSet) -> None:
    write_picture_sheet(tiny_model_folder, dataclasses.replace(pictures, flip=True))
    assert f"over {2 * COUNT} pictures" in sheet(bench(tiny_model_folder, "exact")).remark


def test_one_picture_alone_is_said_with_its_mirror_image_folded_in(
    tiny_model_folder: Path, pictures: PictureSet
) -> None:
    write_picture_sheet(tiny_model_folder, dataclasses.replace(pictures, flip=True))
    work = bench(tiny_model_folder, "exact")
    data = torch.from_numpy(np.concatenate([pictures.pixels, pictures.pixels[..., ::-1]])).float() / 127.5 - 1
    denoiser = exact_denoiser(data, work.model.schedule)
    t, folded = [], []
    for state in list(run_chain(work.model, work.scene))[:-1]:
        assert state.values is not None
        weights = denoiser.weights(torch.from_numpy(state.values[0]), state.t).double()[0]
        t.append(state.t)
        folded.append(float(1 / (weights[:COUNT] + weights[COUNT:]).square().sum()))
    since = alone_from(t, folded)
    assert since is not None
    said = f"from t = {since:g} on down the exact answer is one picture, with its mirror image, alone"
    assert said in sheet(work).remark


@pytest.mark.parametrize(("effective", "since"), [
    ((9.0, 1.2, 1.1, 1.0), 300), ((9.0, 1.2, 3.0, 1.0), 100), ((1.0, 1.0, 1.0, 1.0), 400), ((1.0, 1.0, 1.0, 1.5), None),
])  # fmt: skip
def test_from_where_on_down_one_picture_is_alone(effective: tuple[float, ...], since: float | None) -> None:
    assert alone_from((400, 300, 200, 100), effective) == since


def test_columns_arrive_while_the_chain_runs(model_folder: Path) -> None:
    order = [part.column for part in parts(bench(model_folder, "exact")) if isinstance(part, Cell) and part.row == 0]
    assert order == sorted(order) and len(order) == 5


def test_without_pictures_it_is_refused_with_the_remedy(tiny_model_folder: Path) -> None:
    with pytest.raises(ModelError, match=r"brings no pictures that it was trained on; choose the folder"):
        sheet(bench(tiny_model_folder, "exact"))
    with pytest.raises(ModelError, match="gone: is no folder here"):
        sheet(bench(tiny_model_folder, "exact", data=str(tiny_model_folder / "gone")))


def test_thousands_of_pictures_are_counted_as_elsewhere(tiny_model_folder: Path, pictures: PictureSet) -> None:
    write_picture_sheet(tiny_model_folder, pictures)
    work = bench(tiny_model_folder, "exact")
    found, record = data_set(work), _Record(t=[1.0], folded=[2.0])
    assert "over 2,050 pictures" in _remark(record, found.x[:1], found.denoiser, 2050, None, found.own)
