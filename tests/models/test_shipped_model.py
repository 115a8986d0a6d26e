"""The models that ship: each loads, is named, is small, and draws pictures rather than noise."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diffviz.assets import asset, builtin_models
from diffviz.diffusion import SAMPLERS
from diffviz.kinds import SOUND
from diffviz.kinds.drums import ONSET
from diffviz.models import load_model
from diffviz.models.folder import find_parts
from diffviz.models.pictures import read_picture_sheet
from diffviz.models.weights import WEIGHTS, read_weights

MODELS = {"emoji-32": 24, "smileys-32": 15}  # and their number of classes
WORDED = "faces-64"  # which is told words
DRUMS = "drums-8k"  # which is heard
MOST_BYTES = 40e6  # of all weights together


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return load_model(request.param)


def roughness(x):
    """Mean absolute difference of neighbouring pixels; about 1.13 for unit noise, 0.76 once it is clipped."""
    return float((x[..., 1:] - x[..., :-1]).abs().mean() + (x[..., 1:, :] - x[..., :-1, :]).abs().mean()) / 2


def test_they_are_found_and_small():
    assert builtin_models() == sorted([*MODELS, WORDED, DRUMS])
    assert sum(asset("models", name, "unet", WEIGHTS).stat().st_size for name in builtin_models()) < MOST_BYTES
    assert asset("models", WORDED, "unet", WEIGHTS).stat().st_size < 20e6
    assert asset("models", DRUMS, "unet", WEIGHTS).stat().st_size < 8e6


def test_it_is_described(model):
    assert model.summary == "32x32 RGB · v · linear 1000 · clip · cpu"
    assert model.sample_shape == (3, 32, 32)
    assert len(model.class_names) == model.null_class == MODELS[model.name]
    assert "heart" in model.class_names


def test_it_is_stored_in_half_precision_and_computes_in_single(model):
    tensors = read_weights(find_parts(asset("models", model.name), model.name)).tensors
    assert {tensor.dtype for tensor in tensors.values()} == {"F16"}
    assert {p.dtype for p in model.network.parameters()} == {torch.float32}


def test_its_card_names_sources_and_licences(model):
    card = asset("models", model.name, "README.md").read_text(encoding="utf-8")
    for word in ("Noto Emoji", "Apache-2.0", "Twemoji", "CC-BY 4.0", "Fluent Emoji", "MIT", "Limits"):
        assert word in card
    assert "../" not in card


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_a_short_chain_draws_a_picture(model, guidance):
    x = torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    *_, last = SAMPLERS["ddim"](model.denoiser("heart", guidance, rederive_eps=True), x, model.schedule, steps=10)
    assert bool(torch.isfinite(last.x_s).all())
    assert float(last.x_s.abs().max()) <= 1.0
    assert roughness(last.x_s) < 0.25 < roughness(x.clamp(-1, 1))
    # emoji on white, one by one; a heart may stand in a square. The middle is not all white
    assert int((last.x_s[..., :3, :3].mean((1, 2, 3)) > 0.6).sum()) >= 7
    assert float(last.x_s[..., 8:24, 8:24].mean()) < 0.8


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_gpu_computes_the_same(model):
    on_gpu = load_model(model.name, "cuda")
    assert on_gpu.summary.endswith(" · cuda:0")
    x = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    expected = model.denoiser("heart", 2.0)(x, 700)
    found = on_gpu.denoiser(torch.full((4,), model.class_names.index("heart")), 2.0)(x.cuda(), 700)
    # convolutions may use TF32 there, of 10 bits
    torch.testing.assert_close(found.x0_hat.cpu(), expected.x0_hat, atol=2e-2, rtol=0)


def test_classes_differ(model):
    x = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    pictures = []
    for name in ("heart", "clock" if "clock" in model.class_names else "monkey-face"):
        *_, last = SAMPLERS["ddim"](model.denoiser(name, 2.0, rederive_eps=True), x, model.schedule, steps=10)
        pictures.append(last.x_s)
    assert float((pictures[0] - pictures[1]).abs().mean()) > 0.1


def test_its_training_pictures_ship_beside_it(model):
    kept = read_picture_sheet(model.folder)
    assert kept.pixels.shape[1:] == (3, 32, 32) and kept.flip
    assert len(kept.pixels) == {"emoji-32": 1025, "smileys-32": 462}[model.name]
    assert kept.class_names == model.class_names and set(kept.labels.tolist()) == set(range(MODELS[model.name]))
    # on white, but for the few that fill their square
    assert float((kept.pixels[:, :, 0, 0] == 255).mean()) > 0.85


# -- the model that is told words


@pytest.fixture(scope="module")
def faces():
    return load_model(WORDED)


def test_faces_are_told_words(faces):
    assert faces.summary == "64x64 RGB · v · linear 1000 · clip · cpu" and faces.class_names == ()
    assert len(faces.words.words) == 38 and len(faces.words.phrases) == 86
    assert len(faces.words.examples) >= 50
    read = faces.words.read("a happy man with grey hair, specs")
    assert [" ".join(phrase) for phrase in read.phrases] == ["smiling", "gray hair", "glasses"]
    assert read.unknown == ("man",) and "say a beard" in faces.words.notes(read)[0]


def test_their_card_names_sources_and_licences():
    card = asset("models", WORDED, "README.md").read_text(encoding="utf-8")
    for word in ("CC0", "DiceBear", "Open Peeps", "Lorelei", "Notionists", "Limits"):
        assert word in card


def test_words_decide_what_is_drawn(faces):
    """The same noise, three backgrounds: each corner has the colour that was asked for, and red hair is red."""
    x = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)).expand(3, -1, -1, -1).contiguous()
    prompts = [f"cartoon face, long red hair, {colour} background" for colour in ("blue", "green", "yellow")]
    labels = torch.tensor([faces.words.encode(prompt) for prompt in prompts])
    *_, last = SAMPLERS["dpmpp_2m"](faces.denoiser(labels, 1.5), x, faces.schedule, steps=10)
    blue, green, yellow = last.x_s[:, :, :6, :6].mean(dim=(2, 3))
    assert blue[2] == blue.max() and green[1] == green.max() and yellow[2] == yellow.min()
    hair = last.x_s[:, :, 8:20, 20:44].mean(dim=(2, 3))
    assert (hair[:, 0] > hair[:, 1] + 0.2).all() and (hair[:, 0] > hair[:, 2] + 0.2).all()


def test_small_things_follow_their_words(faces):
    """Four mouths from the same noise, with glasses and without: they differ where mouths and eyes are, and little else
    does."""
    mouths = ("smiling", "sad", "grinning", "open mouth")
    said = [f"pixel face, short brown hair, {mouth}, light skin, blue shirt, white background" for mouth in mouths]
    said.append(said[0].replace("smiling", "glasses, smiling"))
    labels = torch.tensor([faces.words.encode(prompt) for prompt in said])
    x = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(3)).expand(5, -1, -1, -1).contiguous()
    *_, last = SAMPLERS["dpmpp_2m"](faces.denoiser(labels, 2.0), x, faces.schedule, steps=12)
    drawn = last.x_s
    mouth, eyes = (slice(34, 50), slice(20, 44)), (slice(16, 36), slice(10, 54))
    for k in range(1, 4):
        apart = (drawn[k] - drawn[0]).square()
        assert float(apart[:, mouth[0], mouth[1]].mean()) > 0.1, mouths[k]
        assert float(apart[:, :14].mean()) < 0.05  # hair and background
    glasses = drawn[4] - drawn[0]
    assert float((glasses[:, eyes[0], eyes[1]].mean(dim=0) < -0.5).float().mean()) > 0.1  # dark frames


# -- the model that is heard


@pytest.fixture(scope="module")
def drums():
    return load_model(DRUMS)


def test_its_card_says_how_it_sounds_and_what_it_learnt_from():
    card = asset("models", DRUMS, "README.md").read_text(encoding="utf-8")
    for word in ("CC0", "python -m diffviz.kinds.drums", "Limits", "heard"):
        assert word in card


def test_strokes_are_the_drums_that_were_asked_for(drums):
    assert drums.kind is SOUND and drums.summary == "0.512 s of sound · v · linear 1000 · no clip · cpu"
    assert drums.class_names == ("clap", "cymbal", "hi-hat", "kick", "snare", "tom")
    asked = [name for name in ("kick", "hi-hat", "cymbal", "snare") for _ in range(3)]
    labels = torch.tensor([drums.class_names.index(name) for name in asked])
    x = torch.randn(len(asked), *drums.sample_shape, generator=torch.Generator().manual_seed(0))
    denoiser = drums.denoiser(labels, 2.0, clip=None, rederive_eps=True)
    *_, last = SAMPLERS["dpmpp_2m"](denoiser, x, drums.schedule, steps=12)
    waves = SOUND.waves(last.x_s.numpy())
    power = np.abs(np.fft.rfft(waves)) ** 2
    high = power[:, 1024:].sum(1) / power.sum(1)  # above 2 kHz
    late = np.square(waves[:, 1200:]).sum(1) / np.square(waves).sum(1)  # after 0.15 s
    kick, hat, cymbal, snare = (slice(k, k + 3) for k in (0, 3, 6, 9))
    # of the data: below 0.002 and above 0.95, above 0.033 and below 0.032
    assert high[kick].max() < 0.1 < 0.7 < high[hat].min()
    assert late[snare].max() < 0.04 < late[cymbal].min()
    assert np.abs(waves.mean(1)).max() < 0.01 * np.abs(waves).max()
    before = np.square(waves[:, :ONSET]).mean(1) / np.square(np.abs(waves).max(1))
    assert 10 * np.log10(np.median(before)) < -36  # of 600 in 20 steps -40; -25 where silence had no weight
