"""What a network's config.json may say: each argument of diffusers' classes within its bounds. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diffviz.bounded import FLAG, Kind, among, number, optional, several, whole

MAX_SIDE = 2048
MAX_CHANNELS = 8192
MAX_BLOCKS = 12
MAX_LAYERS = 32
PLAIN, WORDED = "UNet2DModel", "UNet2DConditionModel"

_DOWN = ("DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D", "SkipDownBlock2D", "AttnSkipDownBlock2D")
_UP = ("UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D", "SkipUpBlock2D", "AttnSkipUpBlock2D")
_SIDE = whole(1, MAX_SIDE)
_SIDES = Kind(lambda value: _SIDE.fits(value) or several(_SIDE, 2, 2).fits(value), f"{_SIDE.words} or two")
_CHANNELS = whole(1, MAX_CHANNELS)
_RESAMPLE = among("conv", "resnet")


def _blocks(kind: Kind) -> Kind:
    return several(kind, 1, MAX_BLOCKS)


# What both classes take.
_COMMON: Mapping[str, Kind] = {
    "sample_size": optional(_SIDES),
    "in_channels": whole(1, 64),
    "out_channels": whole(1, 128),
    "center_input_sample": FLAG,
    "time_embedding_dim": optional(_CHANNELS),
    "freq_shift": whole(0, 1),
    "flip_sin_to_cos": FLAG,
    "block_out_channels": _blocks(_CHANNELS),
    "layers_per_block": whole(1, MAX_LAYERS),
    "mid_block_scale_factor": number(1e-3, 1e3),
    "downsample_padding": whole(0, 1),
    "dropout": number(0, 1),
    "norm_num_groups": optional(_CHANNELS),
    "norm_eps": number(1e-12, 1),
    "resnet_time_scale_shift": among("default", "scale_shift"),
}

# Every argument of UNet2DModel. What a config has besides (bookkeeping of EMA, of newer versions) is not passed on.
FIELDS: Mapping[str, Kind] = {
    **_COMMON,
    "time_embedding_type": among("positional", "learned"),
    "down_block_types": _blocks(among(*_DOWN)),
    "mid_block_type": optional(among("UNetMidBlock2D")),
    "up_block_types": _blocks(among(*_UP)),
    "downsample_type": _RESAMPLE,
    "upsample_type": _RESAMPLE,
    "act_fn": among("silu", "swish", "mish", "gelu", "relu"),
    "attention_head_dim": optional(_CHANNELS),
    "attn_norm_num_groups": optional(_CHANNELS),
    "add_attention": FLAG,
    "class_embed_type": Kind(lambda value: value is None, "null (a table of classes, num_class_embeds)"),
    "num_class_embeds": optional(whole(1, 100_000)),
    "num_train_timesteps": optional(whole(1, 100_000)),
}

# Of UNet2DConditionModel what a network of words has: see ``worded``.
WORDED_FIELDS: Mapping[str, Kind] = {
    **_COMMON,
    "time_embedding_type": among("positional"),
    "down_block_types": _blocks(among("DownBlock2D", "CrossAttnDownBlock2D")),
    "mid_block_type": among("UNetMidBlock2DCrossAttn"),
    "up_block_types": _blocks(among("UpBlock2D", "CrossAttnUpBlock2D")),
    "act_fn": among("silu", "swish", "mish", "gelu"),
    "attention_head_dim": whole(1, 256),  # which is the number of heads: diffusers calls it so
    "cross_attention_dim": _CHANNELS,
    "encoder_hid_dim": whole(2, 10_000),
    "encoder_hid_dim_type": among("text_proj"),
    "class_embed_type": optional(among("projection")),
    "projection_class_embeddings_input_dim": optional(whole(2, 10_000)),
    "transformer_layers_per_block": whole(1, 8),
    "use_linear_projection": FLAG,
    "upcast_attention": FLAG,
}


_NULL = Kind(lambda value: value is None, "null")
_OFF = Kind(lambda value: value is False, "false")
_ACTIVATION = among("silu", "swish", "mish", "gelu", "relu")


def _each(kind: Kind) -> Kind:
    """One for all blocks, or one for each."""
    return Kind(lambda value: kind.fits(value) or _blocks(kind).fits(value), f"{kind.words}, or a list of such")


# Of UNet2DConditionModel what a network has that a text encoder tells. What changes numbers and is none of these is
# refused, since weights alone do not show it.
TEXT_FIELDS: Mapping[str, Kind] = {
    **WORDED_FIELDS,
    "in_channels": Kind(lambda value: value in (1, 3), "1 or 3, as pictures have; diffviz opens models of pixels only"),
    "mid_block_type": optional(among("UNetMidBlock2DCrossAttn", "UNetMidBlock2D")),
    "act_fn": _ACTIVATION,
    "time_embedding_act_fn": optional(_ACTIVATION),
    "timestep_post_act": optional(_ACTIVATION),
    "attention_head_dim": _each(whole(1, 256)),
    "transformer_layers_per_block": _each(whole(1, 12)),
    "only_cross_attention": _each(FLAG),
    "mid_block_only_cross_attention": optional(FLAG),
    "resnet_skip_time_act": FLAG,
    "resnet_out_scale_factor": number(1e-3, 1e3),
    "conv_in_kernel": whole(3, 3),
    "conv_out_kernel": whole(3, 3),
    "attention_type": among("default"),
    **dict.fromkeys(("dual_cross_attention", "class_embeddings_concat"), _OFF),
    **dict.fromkeys(("class_embed_type", "num_class_embeds", "addition_embed_type", "time_cond_proj_dim"), _NULL),
    **dict.fromkeys(("cross_attention_norm", "num_attention_heads", "reverse_transformer_layers_per_block"), _NULL),
    **dict.fromkeys(("encoder_hid_dim", "encoder_hid_dim_type", "projection_class_embeddings_input_dim"), _NULL),
}


def class_of(config: Mapping[str, Any]) -> str:
    """Which of diffusers' classes checked arguments are for."""
    return WORDED if config.get("cross_attention_dim") is not None else PLAIN


def is_text(config: Mapping[str, Any]) -> bool:
    """Whether checked arguments are of a network that a text encoder tells."""
    return class_of(config) == WORDED and config.get("encoder_hid_dim") is None
