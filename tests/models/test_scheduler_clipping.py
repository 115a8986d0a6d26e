"""x̂_0 of a folder at single levels against diffusers' own scheduler: clipped, thresholded or as it is."""

from __future__ import annotations

import inspect
import json
import math

import diffusers
import pytest
import torch
from model_files import SCHEDULER

from diffviz.models import load_model
from diffviz.models.scheduler import DEFAULTS, process_of

# diffusers makes these only where scipy or torchsde is installed, which diffviz does not ask for
NO_ORACLE = {"DPMSolverSDEScheduler", "LMSDiscreteScheduler"}
LEVELS = (100, 90, 26, 1)


def folder_with(folder, scheduler):
    """The tiny model's folder with another scheduler, as its pipeline saves it."""
    scheduler.save_pretrained(folder / SCHEDULER.parent)
    return folder


def x0_hat_of_diffusers(scheduler, network, x, t):
    """What diffusers' scheduler makes of the network's v at level t."""
    alpha_bar = scheduler.alphas_cumprod[t - 1].double()
    v = network(x, torch.full((len(x),), t - 1), torch.zeros(len(x), dtype=torch.int64)).sample.double()
    x0_hat = alpha_bar.sqrt() * x.double() - (1 - alpha_bar).sqrt() * v
    if scheduler.config.get("thresholding"):
        return scheduler._threshold_sample(x0_hat.float()).double()
    known = "clip_sample" in inspect.signature(type(scheduler).__init__).parameters
    limit = scheduler.config.get("clip_sample_range", 1.0) if known and scheduler.config.clip_sample else math.inf
    return x0_hat.clamp(-limit, limit)


THRESHOLDS = {"thresholding": True, "sample_max_value": 3.0}
PLAIN = {"num_train_timesteps": 100, "prediction_type": "v_prediction"}


@pytest.mark.parametrize("kind", sorted(set(DEFAULTS) - NO_ORACLE))
@pytest.mark.parametrize(
    "more",
    [{}, THRESHOLDS, {**THRESHOLDS, "dynamic_thresholding_ratio": 0.9}, {**THRESHOLDS, "sample_max_value": 0.5}],
)
@torch.no_grad()
def test_every_class_clips_as_diffusers_does(tiny_model_folder, kind, more):
    made = getattr(diffusers, kind)
    known = inspect.signature(made.__init__).parameters
    if not more.keys() <= known.keys():
        pytest.skip(f"{kind} knows no thresholding")
    if kind in ("UnCLIPScheduler", "RePaintScheduler"):
        scheduler = made(num_train_timesteps=100)
        scheduler.register_to_config(prediction_type="v_prediction")
    else:
        scheduler = made(**PLAIN, **more)
    model = load_model(folder_with(tiny_model_folder, scheduler))
    x = 2 * torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    for t in LEVELS:
        expected = x0_hat_of_diffusers(scheduler, model.network, x, t)
        assert (model.denoiser(0)(x, t).x0_hat - expected).abs().max() < 1e-4, t


LEFT_BEHIND = [
    {"rescale_betas_zero_snr": True},
    {"trained_betas": [0.001 * (k % 17 + 1) for k in range(100)]},
    {"timestep_spacing": "trailing"},
    {"timestep_spacing": "leading", "steps_offset": 3},
]


@pytest.mark.parametrize("kind", sorted(set(DEFAULTS) - NO_ORACLE))
@pytest.mark.parametrize("left", LEFT_BEHIND, ids=str)
def test_a_class_takes_only_the_keys_that_it_knows(kind, left):
    made = getattr(diffusers, kind)
    known = inspect.signature(made.__init__).parameters
    if kind == "RePaintScheduler" and "trained_betas" in left:
        pytest.skip("diffusers makes none of it")
    config = {"num_train_timesteps": 100, **left}
    process, plain = (process_of({"_class_name": kind, **each}, "config") for each in (config, {}))
    theirs = made.from_config(config).alphas_cumprod.double().numpy()
    assert abs(process.schedule.alpha_bar[1:] - theirs).max() < 1e-5
    if "timestep_spacing" in left:
        heeded = (
            left["timestep_spacing"] if "timestep_spacing" in known else plain.sampling.spacing.removesuffix("_open")
        )
        offset = left.get("steps_offset", 0) if "steps_offset" in known else 0
        assert (process.sampling.spacing.removesuffix("_open"), process.sampling.offset) == (heeded, offset)


@pytest.mark.parametrize("key", ["clip_sample", "thresholding", "rescale_betas_zero_snr", "set_alpha_to_one"])
def test_null_is_false_as_diffusers_takes_it(key):
    process = [process_of({"_class_name": "DDIMScheduler", key: value}, "config") for value in (None, False)]
    assert process[0].summary == process[1].summary and process[0].sampling == process[1].sampling


def test_what_a_scheduler_before_left_behind_is_no_word_of_this_one(tiny_model_folder):
    before = diffusers.DDPMScheduler(**PLAIN, thresholding=True, sample_max_value=3.0)
    scheduler = diffusers.EulerDiscreteScheduler.from_config(before.config)
    config = json.loads(scheduler.to_json_string())
    assert config["thresholding"] is True  # diffusers keeps it
    assert process_of(config, "config").clip is None


@pytest.mark.parametrize(
    ("config", "summary"),
    [
        ({"thresholding": True, "sample_max_value": 3.0}, "dynamic clip up to 3"),
        ({**THRESHOLDS, "dynamic_thresholding_ratio": 0.9}, "dynamic clip 0.9 up to 3"),
        ({"thresholding": True}, "clip"),  # a largest value of 1 leaves plain clipping
        ({"clip_sample_range": 2}, "clip ±2"),
    ],
)
def test_the_summary_names_thresholds(config, summary):
    assert process_of({"_class_name": "DDPMScheduler", **config}, "config").summary == f"ε · linear 1000 · {summary}"


class TestNotFinite:
    """diffusers itself writes -Infinity, which is no JSON: it is a fault only in a key that is used."""

    @pytest.mark.parametrize(
        "kind", ["DPMSolverMultistepScheduler", "DPMSolverMultistepInverseScheduler", "SASolverScheduler"]
    )
    def test_what_diffusers_saves_opens(self, tiny_model_folder, kind):
        folder_with(tiny_model_folder, getattr(diffusers, kind)(**PLAIN))
        assert "-Infinity" in (tiny_model_folder / SCHEDULER).read_text(encoding="utf-8")
        assert load_model(tiny_model_folder).summary == "8x8 RGB · v · linear 100 · no clip · cpu"

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    @pytest.mark.parametrize("key", ["clip_sample_range", "sample_max_value", "dynamic_thresholding_ratio", "mine"])
    def test_in_a_key_that_is_not_used_it_is_no_fault(self, value, key):
        config = {"_class_name": "DDPMScheduler", "clip_sample": False, key: value}
        assert process_of(config, "config").clip is None

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    @pytest.mark.parametrize(
        ("key", "with_it"),
        [
            ("beta_start", {}),
            ("beta_end", {}),
            ("num_train_timesteps", {}),
            ("prediction_type", {}),
            ("clip_sample", {}),
            ("clip_sample_range", {}),
            ("sample_max_value", {"thresholding": True}),
            ("dynamic_thresholding_ratio", {"thresholding": True, "sample_max_value": 3}),
            ("steps_offset", {"timestep_spacing": "leading"}),
            ("timestep_spacing", {}),
            ("trained_betas", {}),
        ],
    )
    def test_in_one_that_is_used_the_message_names_the_key(self, value, key, with_it):
        config = {"_class_name": "DDPMScheduler", **with_it, key: value}
        with pytest.raises(ValueError, match=key) as caught:
            process_of(config, "tiny/scheduler_config.json")
        assert str(caught.value).startswith("tiny/scheduler_config.json: ")

    def test_a_beta_that_is_not_finite_is_named(self):
        config = {"_class_name": "DDPMScheduler", "num_train_timesteps": 2, "trained_betas": [0.1, math.nan]}
        with pytest.raises(ValueError, match=r"trained_betas: beta at t = 2 is nan"):
            process_of(config, "config")
