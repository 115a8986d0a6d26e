"""A small random network of words for tests: at 48x48, its pixels shuffled to 24x24."""

from __future__ import annotations

from pathlib import Path

import torch

from diffviz.diffusion import SCHEDULES
from diffviz.models.network import new_network
from diffviz.models.saving import write_outline, write_weights
from diffviz.models.told import Told
from diffviz.train.recipe import Recipe
from diffviz.vocabulary import Vocabulary

KNOWN = Vocabulary(("hair", "hat", "red", "blue", "long"), ("long red hair", "blue hat"), (("man", "say a beard"),))
RECIPE = Recipe(captions="txt", size=48, preset="tiny")


def write_words(folder: Path) -> Path:
    torch.manual_seed(0)
    network = new_network(RECIPE.worded_config(len(KNOWN.words)))
    with torch.no_grad():
        network.conv_out.weight.normal_(0, 0.05)
    write_outline(folder, network, SCHEDULES["linear"](T=100), "v", notes=Told(KNOWN, RECIPE.shuffle).to_dict())
    write_weights(folder, network.state_dict())
    return folder
