"""Where a network of words or texts looks: the cross-attention of its picture's pixels to each phrase or token."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from diffviz.models.worded import WordedNetwork


@torch.no_grad()
def word_attention(network: WordedNetwork, x: Tensor, timestep: Tensor, labels: Tensor) -> Tensor:
    """Each place's share of the cross-attention at each pixel, mean over heads and layers (Tang et al. 2022, DAAM,
    arXiv 2210.04885, sec. 3): the softmax's own weights, so that the shares of a pixel add up to 1.

    A layer of fewer pixels says the same of all that one of its pixels stands for: nothing is smoothed.

    Args:
        x: float32 (B, C, H, W). timestep: (B,). labels: (B, P, ...), see ``Model.condition``.
    Returns:
        float32 (B, P, H, W), of the P places that are looked at, see ``Wording.places``.
    """
    count = labels.shape[1]
    height, width = x.shape[-2:]
    looking, kept = _looking(network)
    looking(x, timestep, labels)
    total = torch.zeros((len(x), count, height, width), device=x.device)
    for shares in kept:
        pixels = shares.shape[1]
        side = math.sqrt(height * width / pixels)
        inner = round(height / side), round(width / side)
        grid = shares.transpose(1, 2).reshape(len(x), count, *inner).float()
        total += functional.interpolate(grid, size=(height, width), mode="nearest")
    return total / max(1, len(kept))


def _looking(network: WordedNetwork) -> tuple[WordedNetwork, list[Tensor]]:
    """The same network, of the same weights, whose cross-attention runs in steps and keeps its weights in the list,
    the mean over each layer's heads, (B, pixels, P).

    A network of its own: a chain may run the other one meanwhile.
    """
    from diffusers.models.attention_processor import AttnProcessor

    kept: list[Tensor] = []
    shared = {id(each): each for each in (*network.parameters(), *network.buffers())}
    copied = copy.deepcopy(network, shared)
    for name, layer in copied.unet.named_modules():
        if name.endswith(".attn2"):
            layer.set_processor(AttnProcessor())
            layer.get_attention_scores = _keeping(layer.get_attention_scores, layer.heads, kept)
    return copied, kept


def _keeping(scores: Callable[..., Tensor], heads: int, kept: list[Tensor]) -> Callable[..., Tensor]:
    def keeping(*given: Any, **named: Any) -> Tensor:
        weights = scores(*given, **named)  # (B * heads, pixels, P); of 256 tokens those of all layers would fill memory
        kept.append(weights.unflatten(0, (-1, heads)).mean(dim=1))
        return weights

    return keeping
