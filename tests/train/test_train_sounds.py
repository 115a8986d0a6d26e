"""``diffviz train --kind sound``: a folder of sounds, their MDCT, and a model that is opened as one of sounds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from test_train_command import refused

from diffviz.cli import main
from diffviz.diffusion import add_noise
from diffviz.kinds import SOUND
from diffviz.kinds.drums import RATE, stroke
from diffviz.kinds.sound_files import wav_bytes
from diffviz.models import ModelError, load_model
from diffviz.train.draw import Draw
from diffviz.train.pictures import read_pictures
from diffviz.train.recipe import Recipe, TrainError
from diffviz.train.start import adopt

SMALL = (
    "--kind",
    "sound",
    "--size",
    "16",
    "--preset",
    "tiny",
    "--batch",
    "4",
    "--device",
    "cpu",
    "--precision",
    "fp32",
)


@pytest.fixture(scope="module")
def drums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five strokes of two drums, and a file that is none. Read only."""
    folder = tmp_path_factory.mktemp("sounds") / "drums"
    for drum in ("kick", "hi-hat"):
        (folder / drum).mkdir(parents=True)
        for k in range(5):
            (folder / drum / f"{k}.wav").write_bytes(wav_bytes(stroke(drum, k), RATE))
    (folder / "kick" / "broken.wav").write_bytes(b"RIFF")
    return folder


@pytest.fixture(scope="module")
def trained(drums: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """After two steps. Read only."""
    out = tmp_path_factory.mktemp("models") / "model"
    assert main(["train", str(drums), *SMALL, "-o", str(out), "--steps", "2", "--T", "100"]) == 0
    return out


def test_a_model_of_sounds_is_trained_and_opened(trained: Path) -> None:
    model = load_model(trained)
    assert model.kind is SOUND and model.sample_shape == (16, 4, 4) and model.class_names == ("hi-hat", "kick")
    assert model.clip is None and not model.notes and model.summary.startswith("0.032 s of sound · v · linear 100")
    assert model.denoiser("kick")(torch.zeros(2, 16, 4, 4), 10).x0_hat.shape == (2, 16, 4, 4)
    card = (trained / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# A model trained by diffviz\n\n0.032 s of sound, 2 classes.") and "--kind sound" in card
    assert not (trained / "pictures.png").exists() and (trained / "samples.png").exists()


def test_what_is_trained_on_is_what_is_noised(drums: Path) -> None:
    recipe = Recipe(kind="sound", data=str(drums), size=64, preset="sound", batch=4, steps=1)
    read = read_pictures(recipe)
    assert read.pixels.shape == (10, 16, 16, 16) and read.pixels.dtype == np.float32
    assert np.array_equal(read.pixels[0], SOUND.x_0(SOUND.read(f"path:{drums / read.names[0]}").array, (16, 16, 16)))
    x_0 = Draw(read, recipe, torch.device("cpu")).batch(0).x_0
    assert all(any(np.array_equal(each, known) for known in read.pixels) for each in x_0.numpy())


@pytest.mark.parametrize(
    ("words", "why"),
    [(("--flip",), "--flip is of pictures; leave it out with --kind sound."),
     (("--captions", "txt"), "--captions is of pictures"),
     (("--from", "smileys-32"), "smileys-32 makes pictures; say --kind picture, or choose another."),
     (("--size", "20"), "needs a multiple of 16")],
)  # fmt: skip
def test_what_is_of_pictures_is_refused(words: tuple[str, ...], why: str, drums: Path, tmp_path: Path, capsys) -> None:
    given = [word for word in SMALL if not (word in ("--size", "16") and "--size" in words)]
    code = main(["train", str(drums), *given, *words, "-o", str(tmp_path / "m"), "--steps", "1"])
    assert why in refused(capsys, code)


@pytest.mark.parametrize("said", ["smell", 3, "points"])
def test_a_folder_that_says_another_kind_is_refused(said: object, trained: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(trained, tmp_path / "m")
    path = folder / "diffviz.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "kind": said}))
    with pytest.raises(ModelError, match="kind" if said != "points" else "samples of 16x4x4 are none"):
        load_model(folder)


def test_silence_is_learnt_sooner_where_it_weighs(drums: Path, tmp_path: Path) -> None:
    """Of 256 samples 48 are silent before the stroke; half of them, at t = 50, after as many steps."""
    x_0 = torch.from_numpy(read_pictures(Recipe(kind="sound", data=str(drums), size=16, steps=1)).pixels)
    x_0 = x_0.repeat(64, 1, 1, 1)
    eps = torch.randn(x_0.shape, generator=torch.Generator().manual_seed(1))
    level = {}
    for share in ("0", "0.9"):
        out = tmp_path / share
        free = ("--T", "100", "--lr", "1e-2", "--ema", "0.9", "--quiet-weight", share, "--hold-out", "0")
        assert main(["train", str(drums), *SMALL, *free, "--batch", "8", "-o", str(out), "--steps", "60"]) == 0
        assert f"--quiet-weight {share}" in (out / "README.md").read_text(encoding="utf-8")
        model = load_model(out)
        x_t = add_noise(x_0, torch.full((len(x_0),), 50), eps, model.schedule)
        error = model.denoiser(None)(x_t, 50).x0_hat - x_0
        level[share] = float(np.square(SOUND.waves(error.numpy())[:, :24]).mean())
    assert level["0.9"] < 0.7 * level["0"], level


def test_a_training_begins_with_a_model_of_sounds(drums: Path, trained: Path, tmp_path: Path, capsys) -> None:
    """Also with one of other size and preset than a training of sounds has by default."""
    out = tmp_path / "m"
    few = ("--steps", "1", "--batch", "4", "--lr", "1e-9", "--device", "cpu", "--ema", "0")
    assert main(["train", str(drums), "--kind", "sound", "--from", str(trained), *few, "-o", str(out)]) == 0
    said = capsys.readouterr().out
    assert "10 sounds in 2 classes" in said and "sounds/s" in said
    begun, model = load_model(trained), load_model(out)
    assert model.kind is SOUND and model.sample_shape == begun.sample_shape and model.schedule.T == begun.schedule.T
    for was, now in zip(begun.weights(), model.weights(), strict=True):
        assert torch.allclose(was, now, atol=1e-3)
    assert f"begun with the weights of `{trained.name}`" in (out / "README.md").read_text(encoding="utf-8")


def test_a_network_of_sounds_that_says_a_variance_too_begins_no_training(trained: Path, tmp_path: Path) -> None:
    """It was let through, and the training broke off at its first step."""
    folder = shutil.copytree(trained, tmp_path / "m")
    path = folder / "unet" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"out_channels": 32}))
    with pytest.raises(TrainError, match="says a variance too, which diffviz does not train"):
        adopt(Recipe(kind="sound", start=str(folder)), {})


def test_a_model_of_sounds_does_not_begin_a_training_of_pictures(drums: Path, trained: Path, tmp_path: Path, capsys):
    code = main(["train", str(drums), "--from", str(trained), "-o", str(tmp_path / "m"), "--steps", "1"])
    assert "makes sounds; say --kind sound, or choose another." in refused(capsys, code)
