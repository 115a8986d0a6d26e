"""A text encoder of transformers: a prompt's tokens -> what a UNet2DConditionModel's cross-attention looks at.

Its config is checked and compared with the headers of its weights before memory is taken, as a network's is; nothing of
the folder is given to transformers but checked numbers and tensors.
"""

from __future__ import annotations

import importlib.metadata
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from diffviz.bounded import FLAG, Kind, among, number, take, whole
from diffviz.models.errors import ModelError
from diffviz.models.folder import TEXT_ENCODERS, ModelFolder, read_json, refuse_code, refusing, short
from diffviz.models.network import check_memory, check_tensor, read_tensors, settle
from diffviz.models.tokens import MAX_KNOWN, MAX_TOKENS, Tokens, read_tokens
from diffviz.models.weights import Weights, read_weights

KEPT = 32  # prompts: with CLIP 0.2 MiB each, with the largest T5 4 MiB
EXTRA = 'pip install "diffviz[text]"'
OLDEST = 5  # of transformers
_SIZE = whole(1, 16_384)
_OFF = Kind(lambda value: not value, "false")
_CLIP: Mapping[str, Kind] = {
    "vocab_size": whole(3, MAX_KNOWN),
    "hidden_size": _SIZE,
    "intermediate_size": whole(1, 65_536),
    "num_hidden_layers": whole(1, 64),
    "num_attention_heads": whole(1, 256),
    "max_position_embeddings": whole(2, 4096),
    "hidden_act": among("quick_gelu", "gelu", "gelu_new", "relu", "silu"),
    "layer_norm_eps": number(1e-12, 1),
    "use_attention_mask": _OFF,
}
_T5: Mapping[str, Kind] = {
    "vocab_size": whole(3, MAX_KNOWN),
    "d_model": _SIZE,
    "d_kv": whole(1, 1024),
    "d_ff": whole(1, 131_072),
    "num_layers": whole(1, 64),
    "num_heads": whole(1, 256),
    "relative_attention_num_buckets": whole(4, 1024),
    "relative_attention_max_distance": whole(2, 4096),
    "feed_forward_proj": among("relu", "gated-gelu"),
    "layer_norm_epsilon": number(1e-12, 1),
    "scale_decoder_outputs": FLAG,
}
FIELDS = {"CLIPTextModel": _CLIP, "T5EncoderModel": _T5}
_REQUIRED = {
    "CLIPTextModel": ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"),
    "T5EncoderModel": ("vocab_size", "d_model", "d_kv", "d_ff", "num_layers", "num_heads"),
}


class TextEncoder:
    """Remembers what it made of the last prompts.

    Args:
        module: the encoder, on the CPU, where it stays: it is asked once for a prompt.
    """

    def __init__(self, module: torch.nn.Module) -> None:
        self.module = module
        self._made: OrderedDict[bytes, Tensor] = OrderedDict()
        self._lock = threading.Lock()

    @torch.no_grad()
    def __call__(self, numbers: Tensor) -> Tensor:
        """What the network is told.

        Args:
            numbers: int64 (2, L), see ``Tokens.encode``.
        Returns:
            float32 (1, L, D + 1): the encoder's last layer; behind each token 1 if it is looked at, else 0.
        """
        key = numbers.numpy().tobytes()
        with self._lock:
            if key not in self._made:
                ids, looked_at = numbers[None, 0], numbers[None, 1]
                hidden = self.module(input_ids=ids, attention_mask=looked_at)[0]
                self._made[key] = torch.cat([hidden, looked_at[..., None].to(hidden.dtype)], dim=2)
                while len(self._made) > KEPT:
                    self._made.popitem(last=False)
            self._made.move_to_end(key)
            return self._made[key]


def load_text(folder: ModelFolder, width: int, unet: str) -> tuple[Tokens, TextEncoder]:
    """The tokenizer and the text encoder of a pipeline.

    Args:
        width: of the encodings that the network looks at. unet: the name of its file, for messages.
    Raises:
        ModelError: if transformers is not there, or a file is missing, broken, of another kind or too large.
    """
    assert folder.text_encoder is not None
    kind, config, name = read_encoder_config(folder)
    check_installed(folder.label)
    made = config["hidden_size" if kind == "CLIPTextModel" else "d_model"]
    if made != width:
        raise ModelError(
            f"{name}: makes encodings of {made} numbers, {unet} reads {width}; the two files do not belong together."
        )
    tokens = read_tokens(folder, kind, config.get("max_position_embeddings", MAX_TOKENS))
    largest = max(tokens.tokenizer.get_vocab().values())
    if largest >= config["vocab_size"]:
        raise ModelError(
            f"{name}: knows {config['vocab_size']:,} tokens, its tokenizer has {largest + 1:,}; "
            "the two do not belong together."
        )
    weights = read_weights(folder, folder.text_encoder)
    check_memory(weights.tensors.values(), weights.name)
    return tokens, TextEncoder(_built(kind, config, weights, name))


def check_installed(label: str) -> None:
    """Raises ModelError without transformers, or with one that makes its tokenizers in another way."""
    try:
        version = importlib.metadata.version("transformers")
    except importlib.metadata.PackageNotFoundError:
        version = ""
    if int(version.partition(".")[0] or 0) < OLDEST:
        what = f"{version} is too old" if version else "is missing"
        raise ModelError(f"{label}: is told texts, and the package transformers {what}; run {EXTRA}, then try again.")


def read_encoder_config(folder: ModelFolder) -> tuple[str, dict[str, Any], str]:
    """The encoder's class, its checked arguments and the file's name. Raises ModelError."""
    assert folder.text_encoder is not None
    path = folder.text_encoder / "config.json"
    name = folder.shown(path)
    value = read_json(path, name)
    refuse_code(value, name)
    said = value.get("architectures")
    kind = said[0] if isinstance(said, list) and len(said) == 1 and isinstance(said[0], str) else None
    if kind not in FIELDS:
        known = " and ".join(TEXT_ENCODERS)
        raise ModelError(f"{name}: describes {short(said)}; the text encoders that diffviz knows are {known}.")
    if "quantization_config" in value:
        raise ModelError(f"{name}: describes quantized weights; save the text encoder again as fp16 or fp32.")
    config = {key: each for key, each in value.items() if key in FIELDS[kind]}
    with refusing(name, "; correct it or save it again."):
        for key in (*_REQUIRED[kind], *config):
            take(config, key, FIELDS[kind][key])
    if kind == "CLIPTextModel" and config["hidden_size"] % config["num_attention_heads"]:
        raise ModelError(f"{name}: hidden_size is no multiple of num_attention_heads; correct it or save it again.")
    # a quarter of the buckets are of single distances, the others share what is left up to the largest one
    single = config.get("relative_attention_num_buckets", 32) // 4
    if config.get("relative_attention_max_distance", 128) <= single:
        raise ModelError(
            f"{name}: relative_attention_max_distance is not above {single}, a quarter of "
            "relative_attention_num_buckets; correct it or save it again."
        )
    return kind, config, name


def _built(kind: str, config: Mapping[str, Any], weights: Weights, name: str) -> torch.nn.Module:
    """The encoder with its weights, float32 in eval mode: first without memory, to compare every tensor."""
    try:
        with torch.device("meta"):
            outline = _made(kind, config)
    except Exception as error:  # whatever a library says to a config that passed every check of ours
        raise ModelError(f"{name}: makes no working {kind} ({short(str(error))}); save it again.") from error
    have = {_bare(key): key for key in weights.tensors}
    places: dict[str, str] = {}
    same: dict[int, list[str]] = {}  # of T5 two names are one tensor, of which the file has either
    for key, tensor in outline.state_dict(keep_vars=True).items():
        same.setdefault(id(tensor), []).append(key)
    for keys in same.values():
        found = next((have[_bare(key)] for key in keys if _bare(key) in have), None)
        if found is None:
            raise ModelError(f"{weights.name}: lacks {keys[0]}; it and {name} do not belong together.")
        check_tensor(found, tuple(outline.state_dict()[keys[0]].shape), weights, name)
        places |= dict.fromkeys(keys, found)
    tensors = read_tensors({key: weights.tensors[key] for key in set(places.values())}, weights.name)
    module = _made(kind, config)
    module.load_state_dict({key: tensors[place] for key, place in places.items()})
    return settle(module, weights.name)


def _made(kind: str, config: Mapping[str, Any]) -> torch.nn.Module:
    import transformers

    signs = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}  # no part of the last layer
    if kind == "CLIPTextModel":
        clip: torch.nn.Module = transformers.CLIPTextModel(transformers.CLIPTextConfig(**{**signs, **config}))
        return clip
    t5: torch.nn.Module = transformers.T5EncoderModel(
        transformers.T5Config(**{**config, "is_encoder_decoder": False, "use_cache": False, "dropout_rate": 0.0})
    )
    return t5


def _bare(key: str) -> str:
    """A tensor's name in any version of transformers."""
    return key.removeprefix("text_model.")
