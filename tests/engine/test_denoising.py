"""The scene's words about a network become the denoiser that they describe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from diffviz.diffusion import SCHEDULES
from diffviz.engine.chain import run_chain
from diffviz.engine.denoising import denoiser_of, start_level
from diffviz.models import ModelError, load_model
from diffviz.scene import ModelSpec, SamplerSpec, Scene

LINEAR = SCHEDULES["linear"](T=1000)
X = torch.randn((1, 3, 8, 8), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("clip, asked", [("own", "own"), ("static", "static"), ("dynamic", "dynamic"), ("none", None)])
def test_clip_is_the_denoisers(tiny_model_folder: Path, clip: str, asked: str | None) -> None:
    model = load_model(str(tiny_model_folder), "cpu")
    found = denoiser_of(model, ModelSpec("", "ring", 5.0, clip=clip))(3 * X, 90).x0_hat
    assert torch.equal(found, model.denoiser("ring", 5.0, asked)(3 * X, 90).x0_hat)
    free = model.denoiser("ring", 5.0, None)(3 * X, 90).x0_hat
    assert torch.equal(found, free) == (clip == "none")


def test_a_chain_runs_with_every_setting(tiny_model_folder: Path) -> None:
    model = load_model(str(tiny_model_folder), "cpu")
    scene = Scene(model=ModelSpec("", "ring", 5.0), sampler=SamplerSpec("ddim", 5))

    def end(**changes: object) -> torch.Tensor:
        spec = ModelSpec("", "ring", **{"guidance": 5.0, **changes})
        *_, last = run_chain(model, scene.replace(model=spec))
        assert last.values is not None
        return torch.from_numpy(last.values[0])

    plain = end()
    for changes in ({"clip": "none"}, {"rescale": 0.7}, {"guidance_low": 50}, {"guidance_high": 50}):
        assert not torch.equal(end(**changes), plain), changes
    assert torch.equal(end(guidance_high=1000), plain)


def test_outside_its_interval_guidance_costs_nothing(tiny_model_folder: Path) -> None:
    model = load_model(str(tiny_model_folder), "cpu")
    sizes: list[int] = []
    model.network.register_forward_hook(lambda _, given, __: sizes.append(len(given[0])))
    spec = ModelSpec("", "ring", 5.0, guidance_low=30, guidance_high=60)
    states = list(run_chain(model, Scene(model=spec, sampler=SamplerSpec("ddim", 10))))
    assert [30 <= state.t <= 60 for state in states[:-1]] == [size == 2 for size in sizes]
    assert sizes.count(2) == 4


def test_an_interval_above_the_models_levels_is_refused(tiny_model_folder: Path) -> None:
    model = load_model(str(tiny_model_folder), "cpu")
    with pytest.raises(ValueError, match=r"from t = 200 on acts nowhere: the model's levels are 1\.\.100"):
        denoiser_of(model, ModelSpec("", "ring", 5.0, guidance_low=200))


def test_guidance_without_a_null_class_is_refused(tiny_model_folder: Path) -> None:
    (tiny_model_folder / "diffviz.json").unlink()
    with pytest.raises(ModelError, match="no null class"):
        denoiser_of(load_model(str(tiny_model_folder), "cpu"), ModelSpec("", "1", 2.0))


# -- "denoise from here": the nearest level in SNR


@pytest.mark.parametrize("t", [1, 2, 17, 250, 999, 1000])
def test_the_same_schedule_gives_the_same_level(t: int) -> None:
    assert start_level(LINEAR.alpha_bar, float(LINEAR.alpha_bar[t])) == t


@pytest.mark.parametrize("name", ["cosine", "scaled_linear", "sigmoid", "exponential"])
@pytest.mark.parametrize("t", [3, 60, 150, 190])
def test_no_other_level_is_nearer_in_snr(name: str, t: int) -> None:
    other = SCHEDULES[name](T=200)
    level = start_level(LINEAR.alpha_bar, float(other.alpha_bar[t]))
    wanted = float(other.snr_db[t])
    gaps = np.abs(LINEAR.snr_db[1:] - wanted)
    assert 1 <= level <= 1000
    assert gaps[level - 1] <= gaps.min() + 1e-9


def test_a_clean_picture_has_no_noise_to_remove() -> None:
    assert start_level(LINEAR.alpha_bar, 1.0) == 0


def test_pure_noise_starts_at_the_top() -> None:
    assert start_level(LINEAR.alpha_bar, 0.0) == 1000
