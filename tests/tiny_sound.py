"""A model of sound that is made in no time."""

from __future__ import annotations

from pathlib import Path

import torch

from diffviz.diffusion import SCHEDULES
from diffviz.kinds import SOUND
from diffviz.models.network import new_network
from diffviz.models.saving import write_outline, write_weights
from diffviz.scene import DataSpec, ModelSpec, SamplerSpec, Scene
from diffviz.train.recipe import Recipe

SHAPE = (16, 4, 4)


def sound_scene(scene: Scene, model: Path, steps: int = 2, count: int = 4) -> Scene:
    """Before a chain of such a model, beside the drum."""
    return scene.replace(
        data=DataSpec("sound", "builtin:drum"), model=ModelSpec(str(model)), sampler=SamplerSpec("ddim", steps),
        count=count, t=100,
    ).on("reverse")  # fmt: skip


def write_tiny_sound(folder: Path) -> Path:
    """A random network of 0.032 s of sound, v, linear, T = 100, in a new folder."""
    torch.manual_seed(0)
    network = new_network(Recipe(kind="sound", size=16, preset="tiny").network_config(0))
    write_outline(folder, network, SCHEDULES["linear"](T=100), "v", kind=SOUND)
    write_weights(folder, network.state_dict())
    return folder
