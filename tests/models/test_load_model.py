"""Folders that load: their layouts, what is read from them, and what a Model does."""

from __future__ import annotations

import json
import os
import shutil

import pytest
import torch
from diffusers import UNet2DModel
from model_files import CONFIG, SCHEDULER, WEIGHTS, edit, edit_weights, plain_unet, refused
from safetensors.torch import load_file

from diffviz.diffusion import SAMPLERS
from diffviz.models import ModelError, SchedulerChoice, SchedulerMissing, load_model, network


def noise(*shape, seed=0, dtype=torch.float32):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@pytest.fixture
def unconditional(tiny_model_folder):
    edit(tiny_model_folder / CONFIG, num_class_embeds=None)
    edit_weights(tiny_model_folder, lambda tensors: {k: v for k, v in tensors.items() if k != "class_embedding.weight"})
    return tiny_model_folder


def test_a_pipeline_is_read_as_its_files_say(tiny_model_folder):
    model = load_model(tiny_model_folder)
    assert model.name == "tiny"
    assert model.summary == "8x8 RGB · v · linear 100 · clip · cpu"
    assert model.sample_shape == (3, 8, 8)
    assert model.class_names == ("dot", "ring", "cross")
    assert model.null_class == 3
    assert model.prediction == "v"
    assert model.schedule.T == 100
    # the config's ends as they are, not scaled to T = 100
    assert model.schedule.beta[1] == 1e-4
    assert model.schedule.beta[100] == 0.02
    assert not model.network.training
    assert not any(p.requires_grad for p in model.network.parameters())


def test_the_network_equals_diffusers_own(tiny_model_folder):
    model = load_model(str(tiny_model_folder), torch.device("cpu"))
    theirs = UNet2DModel.from_pretrained(tiny_model_folder / "unet", low_cpu_mem_usage=False)
    x, timestep, labels = noise(2, 3, 8, 8), torch.tensor([7, 93]), torch.tensor([0, 3])
    expected = theirs(x, timestep, labels).sample
    torch.testing.assert_close(model.run_network(x, timestep, labels), expected, atol=1e-6, rtol=1e-5)
    double = model.run_network(x.double(), timestep, labels)
    assert double.dtype == torch.float64
    torch.testing.assert_close(double.float(), expected, atol=1e-6, rtol=1e-5)


def test_an_outline_is_tried_once_and_its_weights_are_checked_each_time(tiny_model_folder, monkeypatch):
    tried, check_run = [], network._check_run
    monkeypatch.setattr(network, "_TRIED", {})
    monkeypatch.setattr(network, "_check_run", lambda *given: tried.append(1) or check_run(*given))
    first, second = load_model(tiny_model_folder), load_model(tiny_model_folder)
    assert tried == [1]
    assert all(map(torch.equal, first.network.state_dict().values(), second.network.state_dict().values()))
    edit_weights(tiny_model_folder, lambda tensors: {k: v for k, v in tensors.items() if k != "conv_out.bias"})
    with pytest.raises(ModelError, match=r"lacks conv_out\.bias"):
        load_model(tiny_model_folder)


def test_a_network_that_cannot_run_is_refused_each_time_and_few_outlines_are_kept(tiny_model_folder, monkeypatch):
    monkeypatch.setattr(network, "_TRIED", {})
    monkeypatch.setattr(network, "_MOST_TRIED", 1)
    for side in (7, 7, 8, 10):
        edit(tiny_model_folder / CONFIG, sample_size=side)
        if side == 7:
            refused(tiny_model_folder, "does not pass through the network")
        else:
            load_model(tiny_model_folder)
    assert [json.loads(config)["sample_size"] for config in network._TRIED] == [10]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_float_types_are_computed_in_float32(tiny_model_folder, dtype):
    exact = load_model(tiny_model_folder)
    edit_weights(tiny_model_folder, lambda tensors: {k: v.to(dtype) for k, v in tensors.items()})
    model = load_model(tiny_model_folder)
    assert {p.dtype for p in model.network.parameters()} == {torch.float32}
    x = noise(1, 3, 8, 8)
    difference = (model.denoiser(0)(x, 50).eps_hat - exact.denoiser(0)(x, 50).eps_hat).abs().max()
    assert difference < 0.05


def test_an_fp16_variant_file_is_found(tiny_model_folder):
    weights = tiny_model_folder / WEIGHTS
    weights.rename(weights.with_suffix(".fp16.safetensors"))
    assert load_model(tiny_model_folder).sample_shape == (3, 8, 8)


def test_weights_behind_links_load_as_in_the_hubs_cache(tiny_model_folder):
    blob = tiny_model_folder.parent / "blob"
    (tiny_model_folder / WEIGHTS).rename(blob)
    os.symlink(blob, tiny_model_folder / WEIGHTS)
    assert load_model(tiny_model_folder).sample_shape == (3, 8, 8)


class TestLayouts:
    def test_everything_in_one_folder_as_in_the_first_hub_models(self, tiny_model_folder):
        for path in [*(tiny_model_folder / "unet").iterdir(), *(tiny_model_folder / "scheduler").iterdir()]:
            path.rename(tiny_model_folder / path.name)
        (tiny_model_folder / "unet").rmdir()
        (tiny_model_folder / "scheduler").rmdir()
        assert load_model(tiny_model_folder).summary == "8x8 RGB · v · linear 100 · clip · cpu"

    def test_a_bare_network_with_its_scheduler_inside(self, tiny_model_folder):
        bare = tiny_model_folder.parent / "bare"
        shutil.copytree(tiny_model_folder / "unet", bare)
        shutil.copytree(tiny_model_folder / "scheduler", bare / "scheduler")
        model = load_model(bare)
        assert model.schedule.T == 100
        assert model.class_names == ("0", "1", "2", "3")
        assert model.null_class is None

    @pytest.mark.parametrize("part", ["unet", "unet_ema"])
    @pytest.mark.parametrize("place", ["run/checkpoint-500", "run"])
    def test_a_checkpoint_finds_scheduler_and_names_beside_and_above(self, tiny_model_folder, part, place):
        run = tiny_model_folder.parent / "run"
        checkpoint = run / "checkpoint-500"
        shutil.copytree(tiny_model_folder / "unet", checkpoint / part)
        shutil.copytree(tiny_model_folder / "scheduler", tiny_model_folder.parent / place / "scheduler")
        shutil.copy(tiny_model_folder / "diffviz.json", tiny_model_folder.parent / place)
        for folder in (checkpoint, checkpoint / part):
            model = load_model(folder)
            assert model.schedule.T == 100
            assert model.class_names == ("dot", "ring", "cross")
        assert model.name == f"checkpoint-500/{part}"

    def test_a_checkpoint_prefers_the_averaged_weights(self, tiny_model_folder):
        shutil.copytree(tiny_model_folder / "unet", tiny_model_folder / "unet_ema")
        (tiny_model_folder / "model_index.json").unlink()
        edit_weights(tiny_model_folder, lambda tensors: {k: v * 0 for k, v in tensors.items()})
        assert float(load_model(tiny_model_folder).network.conv_in.weight.abs().max()) > 0

    def test_a_folder_named_by_a_relative_path(self, tiny_model_folder, monkeypatch):
        monkeypatch.chdir(tiny_model_folder)
        assert load_model(".").name == "tiny"

    def test_one_that_was_trained_here_by_its_name(self, tiny_model_folder, tmp_path, monkeypatch):
        monkeypatch.setenv("DIFFVIZ_DATA_DIR", str(tmp_path / "data"))
        shutil.copytree(tiny_model_folder, tmp_path / "data" / "models" / "pets")
        assert load_model("pets").folder == tmp_path / "data" / "models" / "pets"
        monkeypatch.chdir(tiny_model_folder.parent)
        shutil.copytree(tiny_model_folder, "pets")
        assert load_model("pets").folder == tiny_model_folder.parent / "pets"  # as the shell completes it

    def test_attention_under_its_old_names(self, tiny_model_folder):
        x = noise(1, 3, 8, 8)
        before = load_model(tiny_model_folder).denoiser(1)(x, 40).x0_hat
        new_to_old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}

        def rename(key):
            for new, old in new_to_old.items():
                key = key.replace(f".{new}.", f".{old}.")
            return key

        edit_weights(tiny_model_folder, lambda tensors: {rename(k): v for k, v in tensors.items()})
        assert any(".proj_attn." in key for key in load_file(tiny_model_folder / WEIGHTS))
        torch.testing.assert_close(load_model(tiny_model_folder).denoiser(1)(x, 40).x0_hat, before)

    def test_a_rectangle_of_one_channel(self, tmp_path):
        plain_unet(sample_size=(4, 8), in_channels=1, out_channels=1).save_pretrained(tmp_path / "grey")
        model = load_model(tmp_path / "grey", scheduler=SchedulerChoice())
        assert model.sample_shape == (1, 4, 8)
        assert model.summary == "8x4 grey · ε · linear 1000 · clip · cpu"
        assert model.denoiser()(noise(2, 1, 4, 8), 1000).x0_hat.shape == (2, 1, 4, 8)

    def test_a_learned_variance_reaches_the_prediction(self, tmp_path):
        plain_unet(out_channels=6).save_pretrained(tmp_path / "learned")
        model = load_model(tmp_path / "learned", scheduler=SchedulerChoice())
        prediction = model.denoiser()(noise(2, 3, 8, 8), 9)
        assert prediction.variance.shape == prediction.x0_hat.shape == (2, 3, 8, 8)
        assert model.learned_variance

    def test_most_models_learn_no_variance(self, tiny_model_folder):
        assert not load_model(tiny_model_folder).learned_variance

    def test_between_two_levels_the_network_is_asked_at_a_fraction(self, tiny_model_folder):
        model, x = load_model(tiny_model_folder), noise(1, 3, 8, 8)
        label = torch.tensor([1])
        alpha_bar = model.schedule.alpha_bar_at(40.25)
        v = model.network(x, torch.tensor([39.25]), label).sample
        x_0 = (alpha_bar**0.5 * x - (1 - alpha_bar) ** 0.5 * v).clamp(-1, 1)
        torch.testing.assert_close(model.denoiser(1)(x, 40.25).x0_hat, x_0, atol=1e-5, rtol=1e-4)
        around = [model.run_network(x, torch.tensor([t]), label) for t in (39.0, 39.25, 40.0)]
        assert not torch.equal(around[0], around[1]) and not torch.equal(around[1], around[2])

    def test_a_table_of_embeddings_is_asked_at_the_nearest_level(self, tmp_path):
        plain_unet(time_embedding_type="learned", num_train_timesteps=10).save_pretrained(tmp_path / "table")
        model, x = load_model(tmp_path / "table", scheduler=SchedulerChoice(T=10)), noise(1, 3, 8, 8)
        between, below = (model.run_network(x, torch.tensor([t]), None) for t in (4.25, 4))
        assert torch.equal(between, below)

    @pytest.mark.parametrize(
        ("down", "up"),
        [
            ("DownBlock2D", "UpBlock2D"),
            ("AttnDownBlock2D", "AttnUpBlock2D"),
            ("ResnetDownsampleBlock2D", "ResnetUpsampleBlock2D"),
            ("SkipDownBlock2D", "SkipUpBlock2D"),
            ("AttnSkipDownBlock2D", "AttnSkipUpBlock2D"),
        ],
    )
    def test_every_kind_of_block_that_the_door_lets_in(self, tmp_path, down, up):
        network = plain_unet((32, 32), down, up, layers_per_block=1, norm_num_groups=8, attention_head_dim=8)
        network.save_pretrained(tmp_path / "net")
        model = load_model(tmp_path / "net", scheduler=SchedulerChoice(T=10))
        x, timestep = noise(1, 3, 8, 8), torch.tensor([4])
        torch.testing.assert_close(
            model.run_network(x, timestep, None), network.eval()(x, timestep).sample, atol=1e-5, rtol=1e-4
        )


class TestMissingScheduler:
    def test_it_is_asked_for(self, tiny_model_folder):
        shutil.rmtree(tiny_model_folder / "scheduler")
        with pytest.raises(SchedulerMissing, match=r"^tiny: has no scheduler_config\.json"):
            load_model(tiny_model_folder)

    def test_it_is_taken_from_the_choice(self, tiny_model_folder):
        shutil.rmtree(tiny_model_folder / "scheduler")
        model = load_model(tiny_model_folder, scheduler=SchedulerChoice("cosine", 50, "x0"))
        assert model.summary == "8x8 RGB · x_0 · cosine 50 · clip · cpu"

    def test_the_choice_does_not_override_a_file(self, tiny_model_folder):
        assert load_model(tiny_model_folder, scheduler=SchedulerChoice("cosine", 50, "x0")).prediction == "v"

    @pytest.mark.parametrize(
        "choice", [SchedulerChoice("custom"), SchedulerChoice(T=1), SchedulerChoice(prediction="noise")]
    )
    def test_a_choice_that_is_none_is_refused(self, tiny_model_folder, choice):
        shutil.rmtree(tiny_model_folder / "scheduler")
        with pytest.raises(ModelError, match=r"^scheduler: "):
            load_model(tiny_model_folder, scheduler=choice)


class TestDenoiser:
    def test_every_way_to_name_a_class_says_the_same(self, tiny_model_folder):
        model, x = load_model(tiny_model_folder), noise(4, 3, 8, 8)
        by_label = model.denoiser(1)(x, 60)
        for wanted in ("ring", torch.tensor([1, 1, 1, 1]), torch.tensor(1)):
            torch.testing.assert_close(model.denoiser(wanted)(x, 60).x0_hat, by_label.x0_hat)
        assert (model.denoiser("dot")(x, 60).x0_hat - by_label.x0_hat).abs().max() > 1e-4

    def test_labels_belong_to_the_samples_of_a_batch(self, tiny_model_folder):
        model, x = load_model(tiny_model_folder), noise(3, 3, 8, 8)
        together = model.denoiser(torch.tensor([2, 0, 1]))(x, 60).eps_hat
        for k, label in enumerate([2, 0, 1]):
            torch.testing.assert_close(together[k : k + 1], model.denoiser(label)(x[k : k + 1], 60).eps_hat)

    def test_none_is_the_null_class(self, tiny_model_folder):
        model, x = load_model(tiny_model_folder), noise(2, 3, 8, 8)
        expected = model.denoiser(3)(x, 60).eps_hat
        torch.testing.assert_close(model.denoiser()(x, 60).eps_hat, expected)
        torch.testing.assert_close(model.denoiser(None, guidance=5.0)(x, 60).eps_hat, expected)

    def test_guidance_goes_from_the_null_class_through_the_class(self, tiny_model_folder):
        model, x = load_model(tiny_model_folder), noise(2, 3, 8, 8)
        null, ring = (model.denoiser(k, clip=None)(x, 60).eps_hat for k in (None, "ring"))
        guided = model.denoiser("ring", guidance=3.0, clip=None)(x, 60).eps_hat
        torch.testing.assert_close(guided, null + 3 * (ring - null), atol=1e-5, rtol=1e-4)

    def test_guidance_may_lead_away_from_another_class(self, tiny_model_folder):
        model, x = load_model(tiny_model_folder), noise(2, 3, 8, 8)
        dot, ring = (model.denoiser(k, clip=None)(x, 60).eps_hat for k in ("dot", "ring"))
        guided = model.denoiser("ring", guidance=3.0, clip=None, away_from="dot")(x, 60).eps_hat
        torch.testing.assert_close(guided, dot + 3 * (ring - dot), atol=1e-5, rtol=1e-4)
        with pytest.raises(ModelError, match="knows no class square"):
            model.denoiser("ring", guidance=3.0, away_from="square")

    def test_the_level_is_the_networks_timestep_plus_one(self, tiny_model_folder):
        model, x = load_model(tiny_model_folder), noise(1, 3, 8, 8)
        seen = []
        model.network.register_forward_pre_hook(lambda _, args: seen.append(args[1].tolist()))
        model.denoiser(0)(x, 1)
        model.denoiser(0, guidance=2)(x, 100)
        assert seen == [[0], [99, 99]]

    def test_an_unconditional_model_needs_no_class(self, unconditional):
        model = load_model(unconditional)
        assert model.class_names == ()
        assert model.null_class is None
        assert model.denoiser()(noise(5, 3, 8, 8), 100).x0_hat.shape == (5, 3, 8, 8)

    @pytest.mark.parametrize("wanted", [0, "dot", torch.tensor([0])])
    def test_an_unconditional_model_refuses_a_class(self, unconditional, wanted):
        with pytest.raises(ModelError, match=r"^tiny: has no classes"):
            load_model(unconditional).denoiser(wanted)

    def test_guidance_needs_a_null_class(self, tiny_model_folder):
        (tiny_model_folder / "diffviz.json").unlink()
        model = load_model(tiny_model_folder)
        with pytest.raises(ModelError, match=r"^tiny: has no null class, so guidance = 2 is impossible"):
            model.denoiser("1", guidance=2.0)
        with pytest.raises(ModelError, match=r"^tiny: has no null class; choose one of its classes, 0, 1, 2, 3"):
            model.denoiser()

    def test_an_unknown_class_lists_the_names(self, tiny_model_folder):
        with pytest.raises(ModelError, match=r"^tiny: knows no class square; choose one of dot, ring, cross\.$"):
            load_model(tiny_model_folder).denoiser("square")

    @pytest.mark.parametrize("wanted", [4, -1, torch.tensor([0, 4]), torch.tensor([0.5]), torch.zeros(1, 1).long()])
    def test_a_label_that_the_network_has_no_row_for(self, tiny_model_folder, wanted):
        with pytest.raises(ModelError, match=r"^tiny: "):
            load_model(tiny_model_folder).denoiser(wanted)

    def test_a_pixel_models_samples_are_pictures_as_they_are(self, tiny_model_folder):
        model, x = load_model(tiny_model_folder), noise(1, 3, 8, 8)
        assert model.decode(x) is x

    def test_a_whole_chain_of_any_batch_size(self, tiny_model_folder):
        model = load_model(tiny_model_folder)
        for count in (1, 3):
            steps = list(SAMPLERS["ddim"](model.denoiser("dot"), noise(count, 3, 8, 8), model.schedule, steps=4))
            assert steps[-1].x_s.shape == (count, 3, 8, 8)
            assert bool(torch.isfinite(steps[-1].x_s).all())


class TestClipping:
    @pytest.mark.parametrize(
        ("changes", "summary", "limit"),
        [
            ({}, "clip", 1.0),
            ({"clip_sample": False}, "no clip", None),
            ({"clip_sample_range": 0.5}, "clip ±0.5", 0.5),
            ({"thresholding": True, "sample_max_value": 1.0}, "clip", 1.0),
            ({"thresholding": True, "sample_max_value": 1.5}, "dynamic clip up to 1.5", 1.0),
            ({"_class_name": "EulerDiscreteScheduler", "clip_sample": ...}, "no clip", None),
            # what a pipeline keeps of the scheduler before, which diffusers' Euler never asks about
            ({"_class_name": "EulerDiscreteScheduler", "thresholding": True}, "no clip", None),
        ],
    )
    def test_own_is_what_the_scheduler_does(self, tiny_model_folder, changes, summary, limit):
        edit(tiny_model_folder / SCHEDULER, **changes)
        model = load_model(tiny_model_folder)
        assert model.summary == f"8x8 RGB · v · linear 100 · {summary} · cpu"
        x = 5 * noise(2, 3, 8, 8)
        free = model.denoiser(0, clip=None)(x, 30).x0_hat
        own = model.denoiser(0)(x, 30).x0_hat
        assert free.abs().max() > 2
        if limit is None:
            assert torch.equal(own, free)
        else:
            torch.testing.assert_close(own.abs().max(), torch.tensor(limit))
        if summary.startswith("clip"):
            torch.testing.assert_close(own, free.clamp(-limit, limit))

    @pytest.mark.parametrize("limit", [1.0, 0.5])
    def test_eps_is_kept_or_derived_again(self, tiny_model_folder, limit):
        edit(tiny_model_folder / SCHEDULER, clip_sample_range=limit)
        model, x, t = load_model(tiny_model_folder), 5 * noise(2, 3, 8, 8), 30
        free, kept = model.denoiser(0, clip=None)(x, t), model.denoiser(0)(x, t)
        derived = model.denoiser(0, rederive_eps=True)(x, t)
        assert torch.equal(kept.eps_hat, free.eps_hat)
        assert torch.equal(derived.x0_hat, kept.x0_hat)
        alpha_bar = float(model.schedule.alpha_bar[t])
        sums = [alpha_bar**0.5 * p.x0_hat + (1 - alpha_bar) ** 0.5 * p.eps_hat for p in (kept, derived)]
        assert (sums[0] - x).abs().max() > 0.1
        torch.testing.assert_close(sums[1], x, atol=1e-5, rtol=1e-5)

    def test_another_word_is_refused(self, tiny_model_folder):
        with pytest.raises(ValueError, match="clip = 'hard'"):
            load_model(tiny_model_folder).denoiser(0, clip="hard")
