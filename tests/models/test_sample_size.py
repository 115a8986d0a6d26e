"""Sizes: what the folder says, none at all, two that differ, and the one that is asked for behind the name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from diffusers import DDPMScheduler, UNet2DModel
from model_files import CONFIG, edit, plain_unet, refused

from diffviz.models import ModelError, load_model
from diffviz.models.held import held_model
from diffviz.models.loading import read_outline


@pytest.fixture(params=[None, ...], ids=["null", "missing"])
def sizeless(tiny_model_folder: Path, request: pytest.FixtureRequest) -> Path:
    edit(tiny_model_folder / CONFIG, sample_size=request.param)
    return tiny_model_folder


def check(folder: Path, name: str, height: int, width: int) -> None:
    """The network gives diffusers' numbers at that size."""
    model = load_model(name)
    theirs = UNet2DModel.from_pretrained(folder / "unet", low_cpu_mem_usage=False)
    x = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(1))
    timestep, labels = torch.tensor([7, 93]), torch.tensor([0, 3])
    assert model.sample_shape == (3, height, width) == read_outline(name).sample_shape
    assert model.summary.startswith(f"{width}x{height} RGB")
    torch.testing.assert_close(
        model.run_network(x, timestep, labels), theirs(x, timestep, labels).sample, atol=1e-5, rtol=1e-5
    )


def test_none_is_32_and_said(sizeless):
    check(sizeless, str(sizeless), 32, 32)
    model = load_model(sizeless)
    assert model.any_size
    assert model.notes == ("names no sample_size: opened at 32x32; @64 behind the name takes another",)


@pytest.mark.parametrize(("behind", "height", "width"), [("@16", 16, 16), ("@24x16", 16, 24), ("@10x32", 32, 10)])
def test_another_is_said_behind_the_name(sizeless, behind, height, width):
    check(sizeless, f"{sizeless}{behind}", height, width)
    model = load_model(f"{sizeless}{behind}")
    assert model.name == f"tiny@{width}x{height}" and model.notes == () and not model.any_size


def test_it_wins_over_the_folders_own(tiny_model_folder):
    check(tiny_model_folder, f"{tiny_model_folder}@12", 12, 12)


def test_a_folder_that_is_called_so_is_the_folder(tiny_model_folder):
    shutil.copytree(tiny_model_folder, f"{tiny_model_folder}@16")
    assert load_model(f"{tiny_model_folder}@16").sample_shape == (3, 8, 8)


def test_the_halvings_decide_what_none_is(tmp_path):
    plain_unet((4,) * 7, sample_size=None, norm_num_groups=2, layers_per_block=1).save_pretrained(tmp_path / "deep")
    DDPMScheduler().save_pretrained(tmp_path / "deep")
    assert load_model(tmp_path / "deep").sample_shape == (3, 64, 64)


@pytest.mark.parametrize(
    ("behind", "said"),
    [
        (
            "@33",
            "tiny/unet/config.json: a picture of 33x33 does not pass through the network; height and width must be",
        ),
        ("@16x15", "a picture of 15x16 does not pass"),
        ("@0", "0x0 is no size; give sides in 1..2048 pixels"),
        ("@64x9999", "64x9999 is no size"),
        ("@512", "at most 16,384 can be computed; choose smaller pictures"),
    ],
)
def test_what_cannot_be_is_refused(sizeless, behind, said):
    with pytest.raises(ModelError) as caught:
        load_model(f"{sizeless}{behind}")
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("size", [[8], [], "8", 8.5, True, [8, None], {"height": 8}])
def test_no_size_at_all(tiny_model_folder, size):
    edit(tiny_model_folder / CONFIG, sample_size=size)
    refused(tiny_model_folder, '"sample_size": ', "expected a whole number in 1..2048 or two, or null")


def test_of_a_network_in_memory_the_shape_is_taken():
    network = plain_unet((8,), sample_size=None, layers_per_block=1)
    model = held_model(network, DDPMScheduler())
    assert model.sample_shape == (3, 32, 32)
    assert model.notes == ("names no sample_size: opened at 32x32; sample_shape=(C, H, W) takes another",)
    model = held_model(network, DDPMScheduler(), sample_shape=(3, 12, 20))
    assert model.sample_shape == (3, 12, 20) and model.notes == ()
