"""A network that is told words or texts: diffusers' UNet2DConditionModel, whose cross-attention looks at them.

Of words there is no language model and no weights beside the network's own: a phrase is the count of each word in it,
and the network's ``encoder_hid_proj`` makes of that the sum of the words' rows. The mean over the phrases is added to
the time embedding. Of texts it is told what a text encoder makes of each token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from diffviz.vocabulary import MAX_PHRASES, MAX_WORDS, NOTHING, PADDING, nothing

if TYPE_CHECKING:
    from diffusers import UNet2DConditionModel, UNet2DModel


def null_condition() -> Tensor:
    """int64 (1, 12, 6): nothing said."""
    return torch.tensor([nothing()])


def call(unet: UNet2DConditionModel, x: Tensor, timestep: Tensor, labels: Tensor, shuffle: int = 1) -> Tensor:
    """The output of the network for phrases.

    Args:
        x: (B, C, H, W). timestep: (B,).
        labels: int64 (B, 12, 6), see ``Vocabulary.encode``.
        shuffle: pixels of x that are channels of one pixel of the network, a side (space to depth). White noise stays
            white noise: nothing but the order of the numbers changes.
    Returns:
        (B, C', H, W).
    """
    count = unet.config["encoder_hid_dim"]
    counts = functional.one_hot(labels, count + 1)[..., NOTHING:].sum(dim=2).to(x.dtype)
    spoken = labels[:, :, 0] != PADDING
    mean = None
    if unet.config["class_embed_type"] is not None:
        mean = counts.sum(dim=1) / spoken.sum(dim=1, keepdim=True)
    inner = functional.pixel_unshuffle(x, shuffle) if shuffle > 1 else x
    inner = inner.contiguous(memory_format=torch.channels_last)
    out = unet(inner, timestep, counts, mean, encoder_attention_mask=spoken, return_dict=False)[0]
    return functional.pixel_shuffle(out, shuffle) if shuffle > 1 else out


def call_with_text(unet: UNet2DConditionModel, x: Tensor, timestep: Tensor, told: Tensor) -> Tensor:
    """The output of the network for encoded texts.

    Args:
        x: (B, C, H, W). timestep: (B,).
        told: (B, L, D + 1), see ``TextEncoder``.
    """
    inner = x.contiguous(memory_format=torch.channels_last)
    hidden, looked_at = told[..., :-1], told[..., -1] > 0
    return unet(inner, timestep, hidden, encoder_attention_mask=looked_at, return_dict=False)[0]


def bare(network: Any) -> UNet2DModel:
    """A network as diffusers' own class."""
    inner: UNet2DModel = network.unet if isinstance(network, WordedNetwork) else network
    return inner


class WordedNetwork(torch.nn.Module):
    """Stands where a UNet2DModel would; what are labels there are numbers of words here.

    Args:
        unet: with ``encoder_hid_dim`` rows of words.
        shuffle: see ``call``.
    """

    def __init__(self, unet: UNet2DConditionModel, shuffle: int = 1) -> None:
        super().__init__()
        self.unet, self.shuffle = unet, shuffle
        inner = {key: value for key, value in unet.config.items() if not key.startswith("_")}
        deep = shuffle * shuffle
        self.config: dict[str, Any] = {
            **inner,
            "in_channels": unet.config["in_channels"] // deep,
            "out_channels": unet.config["out_channels"] // deep,
            "num_class_embeds": None,
            "num_train_timesteps": None,
            "shuffle": shuffle,
        }

    @property
    def device(self) -> torch.device:
        return self.unet.conv_in.weight.device

    @property
    def dtype(self) -> torch.dtype:
        return torch.float32

    def forward(self, x: Tensor, timestep: Tensor, class_labels: Tensor, return_dict: bool = False) -> tuple[Tensor]:
        """(output,) of x (B, C, H, W)."""
        return (call(self.unet, x, timestep, class_labels, self.shuffle),)

    def objection(self, condition: Tensor) -> str:
        """What a condition should be that it cannot be called with; "" for one that it can."""
        most = self.unet.config["encoder_hid_dim"]
        if (
            condition.shape[1:] == null_condition().shape[1:]
            and 0 <= int(condition.min()) <= int(condition.max()) <= most
        ):
            return ""
        return f"its condition is the numbers of words, (B, 12, 6) in 0..{most}"

    def example_labels(self, batch: int, seed: int) -> Tensor:
        """int64 (batch, 12, 6), of a few words that differ with the seed."""
        generator = torch.Generator().manual_seed(seed)
        labels = torch.zeros((batch, MAX_PHRASES, MAX_WORDS), dtype=torch.long)
        labels[:, :3, :2] = torch.randint(NOTHING, self.unet.config["encoder_hid_dim"] + 1, (3, 2), generator=generator)
        return labels


class TextNetwork(WordedNetwork):
    """What are labels elsewhere are encoded texts here, (B, L, D + 1), see ``TextEncoder``.

    Args:
        length: L, the tokens of a text.
    """

    def __init__(self, unet: UNet2DConditionModel, length: int) -> None:
        super().__init__(unet)
        self.config["length"] = length

    def forward(self, x: Tensor, timestep: Tensor, class_labels: Tensor, return_dict: bool = False) -> tuple[Tensor]:
        """(output,) of x (B, C, H, W)."""
        return (call_with_text(self.unet, x, timestep, class_labels),)

    @property
    def _told(self) -> tuple[int, int]:
        return self.config["length"], self.config["cross_attention_dim"] + 1

    def objection(self, condition: Tensor) -> str:
        """What a condition should be that it cannot be called with; "" for one that it can."""
        length, width = self._told
        fits = condition.shape[1:] == self._told and condition.is_floating_point()
        return "" if fits else f"its condition is what its text encoder says, (B, {length}, {width})"

    def example_labels(self, batch: int, seed: int) -> Tensor:
        """float32 (batch, L, D + 1), of texts that differ with the seed."""
        labels = torch.randn((batch, *self._told), generator=torch.Generator().manual_seed(seed))
        labels[..., -1] = torch.arange(self._told[0]) < 2 + seed
        return labels
