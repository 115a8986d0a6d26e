"""Changing the files of a model's folder, and reading what its refusal says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from diffusers import UNet2DModel
from safetensors.torch import load_file, save_file

from diffviz.models import ModelError, load_model

WEIGHTS = Path("unet/diffusion_pytorch_model.safetensors")
CONFIG = Path("unet/config.json")
INDEX = Path("model_index.json")
SCHEDULER = Path("scheduler/scheduler_config.json")
LFS_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 9086054\n"


def plain_unet(channels=(8, 8), down="DownBlock2D", up="UpBlock2D", **more):
    """A network of one kind of block, as many levels as ``channels``; of 8x8 RGB unless more is said."""
    said = {"sample_size": 8, "norm_num_groups": 4, "attention_head_dim": 4} | more
    blocks = {"down_block_types": (down,) * len(channels), "up_block_types": (up,) * len(channels)}
    return UNet2DModel(block_out_channels=channels, **blocks, **said)


def refused(folder, *said):
    """The message of the ModelError; checks that it is one line that begins with the folder's name."""
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(Path(folder).name)
    assert message.endswith((".", "'"))
    for words in said:
        assert words in message, message
    return message


def edit(path, **changes):
    """Set keys of a JSON file; a value of ... removes the key."""
    value = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps({key: item for key, item in value.items() if item is not ...}), encoding="utf-8")


def edit_weights(folder, change):
    """Write what ``change`` makes of the folder's tensors; it may return others, or change the given dict."""
    tensors = load_file(folder / WEIGHTS)
    changed = change(tensors)
    save_file(changed if isinstance(changed, dict) else tensors, folder / WEIGHTS)
