"""A set of pictures as a model like any other: through the one door, with classes, guidance, every sampler, a chain."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from diffviz import catalog
from diffviz.cli import main
from diffviz.engine.chain import run_chain
from diffviz.engine.opening import open_model, read_picture_set
from diffviz.models import ModelError
from diffviz.models.pictures import PictureSet, write_picture_sheet
from diffviz.scene import ModelSpec, SamplerSpec, Scene

COLOURS = {"blue": (20, 40, 220), "red": (230, 30, 20)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of three pictures, each of one colour with a bright stripe."""
    for name, colour in COLOURS.items():
        (tmp_path / "set" / name).mkdir(parents=True)
        for k in range(3):
            picture = np.full((16, 16, 3), colour, dtype=np.uint8)
            picture[4 * k : 4 * k + 4] = 250
            Image.fromarray(picture).save(tmp_path / "set" / name / f"{k}.png")
    return tmp_path / "set"


def ends_at(picture: np.ndarray, pictures: PictureSet) -> int:
    """The index of the picture that this one is, to two grey levels."""
    gaps = np.abs(pictures.pixels.transpose(0, 2, 3, 1).astype(int) - picture.astype(int)).max(axis=(1, 2, 3))
    assert gaps.min() <= 2
    return int(gaps.argmin())


@pytest.mark.parametrize("sampler", catalog.SAMPLERS)
def test_every_sampler_runs_without_a_network_and_ends_at_a_training_picture(folder: Path, sampler: str) -> None:
    model = open_model(f"exact-16:{folder}")
    assert model.sample_shape == (3, 16, 16) and model.class_names == ("blue", "red") and model.null_class == 2
    assert model.summary == "16x16 RGB · x_0 · linear 1000 · no clip · cpu" and not model.learned_variance
    scene = Scene(sampler=SamplerSpec(sampler, 40), count=4, model=ModelSpec(model.name, "red"))
    *_, last = run_chain(model, scene)
    pictures = read_picture_set(str(folder), 16)
    assert {int(pictures.labels[ends_at(picture, pictures)]) for picture in last.shown.x_t} == {1}


def test_without_a_class_it_draws_from_all_of_them(folder: Path) -> None:
    model = open_model(f"exact-16:{folder}")
    *_, last = run_chain(model, Scene(sampler=SamplerSpec("ddim", 40), count=16))
    pictures = read_picture_set(str(folder), 16)
    assert {int(pictures.labels[ends_at(picture, pictures)]) for picture in last.shown.x_t} == {0, 1}


def test_guidance_is_that_of_networks(folder: Path) -> None:
    model = open_model(f"exact-16:{folder}")
    x_t = torch.randn((2, 3, 16, 16), generator=torch.Generator().manual_seed(0))
    cond, uncond, guided = (model.denoiser(*given)(x_t, 800).x0_hat for given in (("red",), (None,), ("red", 3.0)))
    assert float((cond - uncond).abs().max()) > 0.1
    assert torch.allclose(guided, uncond + 3 * (cond - uncond), atol=1e-4)


def test_a_level_is_never_frozen_into_it(folder: Path) -> None:
    """Networks are recorded once; this one must not be."""
    model = open_model(f"exact-16:{folder}")
    model.warm_up()
    denoiser, x_t = model.denoiser(), torch.zeros(1, 3, 16, 16)
    assert float((denoiser(x_t, 900).x0_hat - denoiser(x_t, 300).x0_hat).abs().max()) > 1e-3


def test_a_folder_is_read_at_32_pixels_where_no_size_is_named(folder: Path) -> None:
    assert open_model(f"exact:{folder}").sample_shape == (3, 32, 32)
    flat = open_model(f"exact-8:{folder / 'red'}")
    assert flat.class_names == () and flat.null_class is None and len(next(iter(flat.network.parameters()))) == 3


def test_a_models_own_pictures_bring_its_schedule(tiny_model_folder: Path, folder: Path) -> None:
    given = read_picture_set(str(folder), 8)
    write_picture_sheet(tiny_model_folder, PictureSet(given.pixels, given.labels, given.class_names, flip=True))
    model = open_model(f"exact:{tiny_model_folder}")
    assert model.schedule.T == 100 and model.sample_shape == (3, 8, 8)
    assert len(next(iter(model.network.parameters()))) == 12, "mirror images count"
    assert open_model(f"exact:{tiny_model_folder / 'unet'}").sample_shape == (3, 8, 8)


def test_a_recipe_leads_to_the_pictures(tiny_model_folder: Path, folder: Path) -> None:
    recipe = {"format": 1, "data": str(folder), "size": 8, "flip": True, "steps": 1}
    for k in range(3, 6):
        shutil.copy(folder / "red" / "0.png", folder / "red" / f"{k}.png")
    (tiny_model_folder / "training").mkdir()
    (tiny_model_folder / "training" / "recipe.json").write_text(json.dumps(recipe), encoding="utf-8")
    found = read_picture_set(str(tiny_model_folder))
    assert found.pixels.shape == (9, 3, 8, 8) and found.flip
    shutil.rmtree(folder)
    with pytest.raises(ModelError, match=r"tiny: the pictures that it was trained on \(set\) are not here; choose"):
        read_picture_set(str(tiny_model_folder))


@pytest.mark.parametrize("name, said", [
    ("exact:", "names no folder"),
    ("exact:gone", "gone: is no folder here"),
    ("exact-1:{set}", "outside 2..1024"),
    ("exact:{tiny}", "tiny: brings no pictures that it was trained on"),
    ("exact:{empty}", "empty: holds 0 pictures that can be used, there must be at least 1"),
    ("exact-1024:{set}", "are too many"),
])  # fmt: skip
def test_what_cannot_be_one_is_refused_in_words(
    name: str, said: str, folder: Path, tiny_model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    if "many" in said:
        monkeypatch.setattr("diffviz.engine.opening.MAX_NUMBERS", 5 * 3 * 1024**2)
    with pytest.raises(ModelError) as refused:
        open_model(name.format(set=folder, tiny=tiny_model_folder, empty=tmp_path / "empty"))
    assert said in str(refused.value)


def test_a_class_of_which_no_picture_is_left_is_refused(tiny_model_folder: Path, folder: Path) -> None:
    given = read_picture_set(str(folder), 8)
    write_picture_sheet(tiny_model_folder, PictureSet(given.pixels, given.labels, ("blue", "red", "held out")))
    with pytest.raises(ModelError, match="no picture is of the class 'held out'"):
        open_model(f"exact:{tiny_model_folder}")


def test_the_command_line_takes_it(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "frames"
    words = ["--sampler", "ddim", "--steps", "20", "--class", "blue", "--size", "16", "--layout", "x_t"]
    assert main(["export", "reverse", "-o", str(out), "--model", f"exact-16:{folder}", *words]) == 0
    last = np.asarray(Image.open(sorted(out.glob("*.png"))[-1]).convert("RGB"))
    assert last.shape[0] >= 16 and last[..., 2].min() > 150, "a blue picture"


def test_the_command_line_refuses_it_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "reverse", "-o", str(tmp_path / "x.gif"), "--model", f"exact:{tmp_path / 'gone'}"]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
