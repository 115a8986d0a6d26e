"""Networks in memory: the same numbers as from a folder, the original left alone, and what does not fit said."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler, FlowMatchEulerDiscreteScheduler, UNet2DConditionModel, UNet2DModel
from model_files import plain_unet
from torch import Tensor

from diffviz.diffusion import SAMPLERS, SCHEDULES
from diffviz.models import ModelError, load_model
from diffviz.models.held import held_model

NAMES = ["dot", "ring", "cross"]


@pytest.fixture
def unet(_tiny_model: Path) -> UNet2DModel:
    return UNet2DModel.from_pretrained(_tiny_model / "unet", low_cpu_mem_usage=False)


@pytest.fixture
def scheduler(_tiny_model: Path) -> DDPMScheduler:
    return DDPMScheduler.from_pretrained(_tiny_model / "scheduler")


def end_of(model: Any, **keywords: Any) -> Tensor:
    x = torch.randn((2, *model.sample_shape), generator=torch.Generator().manual_seed(1))
    *_, last = SAMPLERS["ddim"](model.denoiser(**keywords), x, model.schedule, steps=4)
    return last.x_s


@torch.no_grad()
def test_it_is_the_model_of_the_folder(unet: UNet2DModel, scheduler: DDPMScheduler, _tiny_model: Path) -> None:
    held, loaded = held_model(unet, scheduler, NAMES, null_class=3), load_model(_tiny_model)
    assert held.name == "your network" and held.summary == loaded.summary
    assert (held.class_names, held.null_class) == (loaded.class_names, loaded.null_class)
    for keywords in ({"class_label": "ring"}, {"class_label": "dot", "guidance": 3.0}, {}):
        assert torch.allclose(end_of(held, **keywords), end_of(loaded, **keywords), rtol=1e-5, atol=1e-6)


def test_training_goes_on_beside_it(unet: UNet2DModel, scheduler: DDPMScheduler) -> None:
    unet.train().half()
    before = copy.deepcopy(unet.state_dict())
    model = held_model(unet, scheduler, NAMES)
    with torch.no_grad():
        first = end_of(model, class_label="dot")
        for weight in unet.parameters():
            assert weight.requires_grad
            weight.mul_(0)
        assert torch.equal(first, end_of(model, class_label="dot"))
    assert unet.training and unet.dtype == torch.float16 and model.network.dtype == torch.float32
    assert set(unet.state_dict()) == set(before)


@torch.no_grad()
@pytest.mark.parametrize("how", ["tensor", "tuple", "sample"])
def test_a_function_is_called_with_the_networks_own_timesteps(how: str) -> None:
    seen: list[int] = []

    class Output:
        def __init__(self, sample: Tensor) -> None:
            self.sample = sample

    def network(x: Tensor, timestep: Tensor) -> Any:
        seen.append(int(timestep[0]))
        return {"tensor": x * 0.5, "tuple": (x * 0.5,), "sample": Output(x * 0.5)}[how]

    schedule = SCHEDULES["cosine"](T=40)
    model = held_model(network, schedule, sample_shape=(1, 5, 7), prediction="x0")
    assert model.schedule is schedule and model.prediction == "x0" and model.class_names == ()
    seen.clear()
    x = torch.full((2, 1, 5, 7), 0.4)
    assert torch.allclose(model.denoiser()(x, 40).x0_hat, x * 0.5)
    assert seen == [39]


@torch.no_grad()
def test_a_function_may_know_classes() -> None:
    def network(x: Tensor, timestep: Tensor, labels: Tensor) -> Tensor:
        return torch.zeros_like(x) + labels.view(-1, 1, 1, 1) / 10

    schedule = SCHEDULES["linear"](T=20)
    model = held_model(network, schedule, ["a", "b"], null_class=2, sample_shape=(3, 4, 4), prediction="x0")
    x = torch.zeros((1, 3, 4, 4))
    assert torch.allclose(model.denoiser("b")(x, 9).x0_hat, torch.tensor(0.1))
    assert torch.allclose(model.denoiser("b", guidance=3.0, clip=None)(x, 9).x0_hat, torch.tensor(-0.1))


def test_the_schedulers_own_betas_are_taken() -> None:
    betas = np.linspace(0.001, 0.3, 10)
    scheduler = DDIMScheduler(num_train_timesteps=10, trained_betas=betas, prediction_type="sample")
    model = held_model(lambda x, t: x, scheduler, sample_shape=(3, 4, 4))
    assert np.allclose(model.schedule.beta[1:], betas) and model.prediction == "x0"


def test_a_compiled_network_is_the_one_inside(unet: UNet2DModel, scheduler: DDPMScheduler) -> None:
    class Compiled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self._orig_mod = unet

    assert held_model(Compiled(), scheduler, NAMES).sample_shape == (3, 8, 8)


def latent() -> UNet2DModel:
    return plain_unet((8,), in_channels=4, out_channels=4, layers_per_block=1)


def text_conditioned() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8,),
        down_block_types=("CrossAttnDownBlock2D",),
        up_block_types=("CrossAttnUpBlock2D",),
        layers_per_block=1,
        norm_num_groups=4,
        cross_attention_dim=8,
        attention_head_dim=4,
    )


def broken(x: Tensor, timestep: Tensor) -> Tensor:
    raise RuntimeError("sizes differ\nand more")


PLAIN = {"sample_shape": (3, 8, 8)}


@pytest.mark.parametrize(
    "make, keywords, said",
    [
        (latent, {}, "works on 4 channels, as latent networks do"),
        (text_conditioned, {}, "is a UNet2DConditionModel, which asks for what diffviz cannot give, such as a text"),
        (lambda: 7, {}, "is a int; pass a UNet2DModel, or a callable"),
        (lambda: lambda x, t: x, {}, "say what it works on as sample_shape=(C, H, W)"),
        (lambda: lambda x, t: x, {"sample_shape": (3, 8)}, "say what it works on as sample_shape=(C, H, W)"),
        (lambda: lambda x, t: x, {"sample_shape": (3, 8, 9999)}, "say what it works on as sample_shape=(C, H, W)"),
        (lambda: lambda x, t: x[:, :1], PLAIN, "returns (2, 1, 8, 8) for (2, 3, 8, 8)"),
        (lambda: broken, PLAIN, "fails when it is called with (x, timestep): sizes differ; correct it"),
        (lambda: lambda x, t: x, {**PLAIN, "class_names": ["a", "b"]}, "called with (x, timestep, class_labels)"),
        (lambda: lambda x, t: x, {**PLAIN, "null_class": 3}, "knows no classes; leave class_names"),
        (lambda: lambda x, t: x, {**PLAIN, "prediction": "v"}, "is what the scheduler's own config says"),
        (lambda: lambda x, t: x, {**PLAIN, "name": ""}, "is no name"),
    ],
)
def test_what_does_not_fit_is_said_in_one_sentence(make: Any, keywords: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError) as error:
        held_model(make(), DDPMScheduler(), **keywords)
    assert said in str(error.value) and "\n" not in str(error.value) and str(error.value).endswith(".")


@pytest.mark.parametrize(
    "keywords, said",
    [
        ({"class_names": ["a"] * 3}, "class_names are texts, all different"),
        ({"class_names": list("abcde")}, "class_names has 5 names, the network knows 4 labels"),
        ({"class_names": NAMES, "null_class": 4}, "null_class = 4 is no whole number in 0..3"),
    ],
)
def test_classes_that_the_network_lacks(
    unet: UNet2DModel, scheduler: DDPMScheduler, keywords: dict[str, Any], said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        held_model(unet, scheduler, **keywords)


@pytest.mark.parametrize(
    "scheduler, keywords, said",
    [
        (FlowMatchEulerDiscreteScheduler(), {}, "whose process is not a table of β"),
        (None, {}, "its scheduler is a NoneType; pass one of diffusers, or a NoiseSchedule"),
        (SCHEDULES["linear"](), {"prediction": "score"}, "is not one of epsilon, x0, v"),
    ],
)
def test_schedulers_that_do_not_fit(scheduler: Any, keywords: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        held_model(lambda x, t: x, scheduler, sample_shape=(3, 8, 8), **keywords)


def test_weights_that_are_not_finite(unet: UNet2DModel, scheduler: DDPMScheduler) -> None:
    with torch.no_grad():
        unet.conv_in.weight[0] = float("nan")
    with pytest.raises(ModelError, match=r"conv_in\.weight holds values that are not finite"):
        held_model(unet, scheduler)


def test_layers_that_the_config_does_not_know(unet: UNet2DModel, scheduler: DDPMScheduler) -> None:
    unet.conv_in = torch.nn.Sequential(unet.conv_in)
    with pytest.raises(ModelError, match="has other layers than its config says"):
        held_model(unet, scheduler)
