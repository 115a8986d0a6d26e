"""A network of words: what it is told, how its folder opens, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from model_files import CONFIG, INDEX, edit, refused
from torch.testing import assert_close
from word_network import KNOWN, write_words

from diffviz.engine.denoising import denoiser_of
from diffviz.models import ModelError, load_model
from diffviz.models.traced import Forward
from diffviz.scene import ModelSpec


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Read only."""
    return write_words(tmp_path_factory.mktemp("words") / "told")


@pytest.fixture
def folder(made, tmp_path):
    import shutil

    return shutil.copytree(made, tmp_path / "told")


@pytest.fixture(scope="module")
def model(made):
    return load_model(made)


def predicted(model, prompt, x, **more):
    return model.denoiser(prompt, clip=None, **more)(x, 60).x0_hat


@pytest.fixture
def x(model):
    return torch.randn(2, *model.sample_shape, generator=torch.Generator().manual_seed(3))


def test_its_samples_have_the_pictures_own_pixels(model):
    assert model.sample_shape == (3, 48, 48)
    assert model.words == KNOWN and model.class_names == () and not model.learned_variance
    assert model.summary.startswith("48x48 RGB")


def test_words_count_and_their_order_does_not(model, x):
    said = predicted(model, "long red hair, blue hat", x)
    assert_close(predicted(model, "blue hat, red long hair", x), said, rtol=1e-5, atol=1e-5)
    assert not torch.allclose(predicted(model, "long blue hair, red hat", x), said, atol=1e-4)


@pytest.mark.parametrize("said", ["red hair, no hat", "no hat"])
def test_guidance_leads_away_from_what_is_not_wanted(model, x, said):
    cond, away = (predicted(model, prompt, x) for prompt in (said.removesuffix("no hat"), "hat"))
    spec = ModelSpec(class_label=said, guidance=3.0, clip="none")
    found = denoiser_of(model, spec)(x, 60).x0_hat
    assert_close(found, away + 3 * (cond - away), rtol=1e-3, atol=1e-3)
    alone = denoiser_of(model, replace(spec, guidance=1.0))(x, 60).x0_hat
    assert_close(alone, cond, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_the_ends_of_a_blend_are_its_prompts(model, x, guidance):
    def blended(first, second, blend):
        return predicted(model, first, x, guidance=guidance, blended_with=second, blend=blend)

    for first, second in (("red hair", "blue hat"), ("", "blue hat"), ("red hair", "zebra")):
        ends = [predicted(model, prompt, x, guidance=guidance) for prompt in (first, second)]
        assert_close(blended(first, second, 0.0), ends[0], rtol=1e-5, atol=1e-5)
        assert_close(blended(first, second, 1.0), ends[1], rtol=1e-5, atol=1e-5)
        assert_close(blended(first, second, 0.25), torch.lerp(*ends, 0.25), rtol=1e-4, atol=1e-5)
    assert torch.equal(blended("red hair", "blue hat", 0.0), predicted(model, "red hair", x, guidance=guidance))


def test_unknown_words_change_nothing(model, x):
    assert torch.equal(predicted(model, "red hair, zebra", x), predicted(model, "red hair", x))
    assert torch.equal(predicted(model, "zebra", x), predicted(model, None, x))


def test_guidance_goes_on_from_nothing_said(model, x):
    v = model.run_network(x, torch.full((2,), 59), model.null.expand(2, -1, -1))
    told = torch.tensor([KNOWN.encode("red hair")]).expand(2, -1, -1)
    cond = model.run_network(x, torch.full((2,), 59), told)
    alpha_bar = float(model.schedule.alpha_bar[60])
    expected = alpha_bar**0.5 * x - (1 - alpha_bar) ** 0.5 * (v + 3 * (cond - v))
    assert_close(predicted(model, "red hair", x, guidance=3.0), expected, rtol=1e-4, atol=1e-4)


def test_each_sample_can_be_told_its_own(model, x):
    numbers = torch.tensor([KNOWN.encode(words) for words in ("red hair", "blue hat")])
    both = predicted(model, numbers, x)
    for k, words in enumerate(("red hair", "blue hat")):
        assert_close(both[k : k + 1], predicted(model, words, x[k : k + 1]), rtol=1e-4, atol=1e-4)


def test_a_pixel_that_changes_changes_its_own_place_most(model, x):
    """Space to depth and back: nothing is moved."""
    nudged = x.clone()
    nudged[:, :, 20, 33] += 1
    change = (predicted(model, None, nudged) - predicted(model, None, x)).abs().sum(dim=(0, 1))
    assert divmod(int(change.argmax()), 48) == (20, 33)


def test_it_is_recorded_with_the_same_numbers(model, x):
    recorded = Forward(model.network, model.sample_shape)
    assert recorded.is_recorded
    labels = model.network.example_labels(2, 5)
    plain = model.network(x, torch.tensor([4, 70]), labels)[0]
    whole = recorded(x.contiguous(memory_format=torch.channels_last), torch.tensor([4, 70]), labels)
    assert_close(whole, plain, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("wrong", [3, torch.zeros(2, dtype=torch.long), torch.full((1, 12, 6), 99)])
def test_what_is_no_prompt_is_refused(model, wrong):
    with pytest.raises(ModelError, match="words"):
        model.denoiser(wrong)


def test_without_its_words_it_is_refused(folder):
    (folder / "diffviz.json").unlink()
    refused(folder, "diffviz.json", "names its words")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"words": ["hair"]}, "names 1 words, the network has 5"),
        ({"words": ["hair"] * 5}, "correct it"),
        ({"words": "hair"}, '"words"'),
        ({"shuffle": 5}, "does not divide"),
        ({"shuffle": 0}, '"shuffle"'),
        ({"answers": {"man": 3}}, '"answers"'),
    ],
)
def test_words_that_do_not_fit_are_refused(folder, changes, said):
    edit(folder / "diffviz.json", **changes)
    refused(folder, "diffviz.json", said)


def test_a_network_with_a_text_encoder_is_refused(folder):
    edit(folder / CONFIG, encoder_hid_dim_type=None, encoder_hid_dim=None)
    refused(folder, "has a UNet2DConditionModel")


def test_a_config_of_other_words_than_the_weights_is_refused(folder):
    edit(folder / CONFIG, encoder_hid_dim=9)
    edit(folder / "diffviz.json", words=list("abcdefgh"))
    refused(folder, "encoder_hid_proj.weight")


def test_diffusers_opens_the_folder(made):
    from diffusers import UNet2DConditionModel

    assert json.loads((made / INDEX).read_text())["unet"] == ["diffusers", "UNet2DConditionModel"]
    assert UNet2DConditionModel.from_pretrained(made, subfolder="unet").config["encoder_hid_dim"] == 6
