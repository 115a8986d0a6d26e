"""scheduler_config.json against diffusers' own schedulers: the same ᾱ, the same prediction type."""

from __future__ import annotations

import dataclasses
import json

import diffusers
import numpy as np
import pytest

from diffviz.diffusion import SCHEDULES
from diffviz.models import ModelError
from diffviz.models.folder import ModelFolder
from diffviz.models.scheduler import BETA_SCHEDULES, DEFAULTS, Process, process_of, read_process

# diffusers makes these only where scipy or torchsde is installed, which diffviz does not ask for
NO_ORACLE = {"DPMSolverSDEScheduler", "LMSDiscreteScheduler"}


def config_of(scheduler):
    return json.loads(scheduler.to_json_string())


def max_error(process, scheduler):
    return float(np.abs(process.schedule.alpha_bar[1:] - scheduler.alphas_cumprod.double().numpy()).max())


@pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")
@pytest.mark.parametrize("kind", sorted(set(DEFAULTS) - NO_ORACLE))
def test_defaults_of_each_class_equal_diffusers(kind):
    scheduler = getattr(diffusers, kind)()
    full = process_of(config_of(scheduler), "config")
    assert max_error(full, scheduler) < 1e-5
    assert full.schedule.T == 1000
    assert full.prediction == "epsilon"
    assert full.sampling.left_out == ()
    sparse = process_of({"_class_name": kind}, "config")
    assert np.array_equal(sparse.schedule.alpha_bar, full.schedule.alpha_bar)
    assert dataclasses.replace(sparse, schedule=full.schedule) == full


@pytest.mark.parametrize("zero_snr", [False, True])
@pytest.mark.parametrize("beta_schedule", list(BETA_SCHEDULES))
@pytest.mark.parametrize("T", [50, 1000])
def test_every_beta_schedule_equals_diffusers(beta_schedule, T, zero_snr):
    scheduler = diffusers.DDPMScheduler(
        num_train_timesteps=T,
        beta_schedule=beta_schedule,
        beta_start=0.001,
        beta_end=0.03,
        rescale_betas_zero_snr=zero_snr,
    )
    process = process_of(config_of(scheduler), "config")
    assert process.schedule.T == T
    assert max_error(process, scheduler) < 1e-5
    assert (process.schedule.alpha_bar[-1] == 0) == zero_snr
    assert process.summary.endswith(" zero-SNR · clip") == zero_snr


def test_trained_betas_are_taken_as_they_are():
    betas = [0.01, 0.5, 0.02, 0.999]
    scheduler = diffusers.DDIMScheduler(num_train_timesteps=4, trained_betas=betas)
    process = process_of(config_of(scheduler), "config")
    assert process.schedule.beta.tolist() == [0.0, *betas]
    assert max_error(process, scheduler) < 1e-7
    assert process.summary == "ε · custom 4 · clip"


def test_the_prediction_of_an_old_file():
    for said, ours in (({"predict_epsilon": False}, "x0"), ({"predict_epsilon": True}, "epsilon")):
        assert process_of({"_class_name": "DDPMScheduler", **said}, "config").prediction == ours
    assert process_of({"predict_epsilon": False, "prediction_type": "v_prediction"}, "config").prediction == "v"


@pytest.mark.parametrize(
    ("theirs", "ours", "sign"), [("epsilon", "epsilon", "ε"), ("sample", "x0", "x_0"), ("v_prediction", "v", "v")]
)
def test_prediction_types(theirs, ours, sign):
    process = process_of({"_class_name": "DDPMScheduler", "prediction_type": theirs}, "config")
    assert process.prediction == ours
    assert process.summary == f"{sign} · linear 1000 · clip"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"_class_name": "FlowMatchEulerDiscreteScheduler"}, "FlowMatchEulerDiscreteScheduler"),
        ({"_class_name": "ScoreSdeVeScheduler"}, "ScoreSdeVeScheduler"),
        ({"_class_name": 7}, "describes 7"),
        ({"use_flow_sigmas": True}, "use_flow_sigmas"),
        ({"timestep_type": "continuous"}, "timestep_type"),
        ({"prediction_type": "flow_prediction"}, '"prediction_type": flow_prediction, expected one of epsilon'),
        ({"prediction_type": None}, '"prediction_type": None'),
        ({"variance_type": "learned"}, "variance_type"),
        ({"num_train_timesteps": 0}, "expected a whole number in 2..10000"),
        ({"num_train_timesteps": 10**9}, "expected a whole number in 2..10000"),
        ({"num_train_timesteps": 1000.0}, "expected a whole number in 2..10000"),
        ({"num_train_timesteps": True}, "expected a whole number in 2..10000"),
        ({"beta_schedule": "laplace"}, '"beta_schedule": laplace, expected one of linear'),
        ({"beta_schedule": ["linear"]}, '"beta_schedule"'),
        ({"beta_end": 1.5}, '"beta_end": 1.5'),
        ({"beta_start": "0.1"}, '"beta_start": 0.1'),
        ({"beta_start": 1e999}, '"beta_start": inf'),
        ({"beta_start": float("nan")}, '"beta_start": nan'),
        ({"beta_start": 10**400}, '"beta_start": 1000'),
        ({"clip_sample_range": 10**400}, '"clip_sample_range": 1000'),
        ({"num_train_timesteps": 2, "trained_betas": [0.1, 10**400]}, "too large"),
        ({"trained_betas": [0.1, 0.2]}, "trained_betas has 2 entries"),
        ({"trained_betas": 0.1}, "trained_betas has 0.1 entries"),
        ({"trained_betas": [0.1, None], "num_train_timesteps": 2}, "trained_betas"),
        ({"trained_betas": [0.1, 7], "num_train_timesteps": 2}, "beta at t = 2 is 7"),
        ({"clip_sample": "yes"}, '"clip_sample": yes, expected true or false'),
        ({"clip_sample_range": 0}, '"clip_sample_range": 0'),
        ({"rescale_betas_zero_snr": 1}, '"rescale_betas_zero_snr": 1'),
    ],
)
def test_what_is_no_table_of_betas_is_refused(entry, said):
    with pytest.raises(ModelError) as caught:
        process_of({"_class_name": "DDPMScheduler", **entry}, "tiny/scheduler_config.json")
    assert str(caught.value).startswith("tiny/scheduler_config.json: ")
    assert said in str(caught.value)


def test_code_in_a_scheduler_is_refused(tmp_path):
    path = tmp_path / "scheduler_config.json"
    path.write_text('{"_class_name": ["my_scheduler", "MyScheduler"]}', encoding="utf-8")
    with pytest.raises(ModelError, match="asks for code of its own"):
        read_process(ModelFolder(tmp_path, "tiny", tmp_path, path), None)


def test_the_summary_of_a_plain_process():
    assert Process(SCHEDULES["cosine"](T=400), "v", None).summary == "v · cosine 400 · no clip"
