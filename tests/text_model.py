"""A small random pipeline that is told texts, for tests: tokenizer, text encoder and network at 16x16, as saved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

pytest.importorskip("transformers")
from diffusers import DDPMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer, T5Config, T5EncoderModel, T5Tokenizer

LENGTH, WIDTH = 16, 24
SIGNS = [chr(code) for code in range(33, 127)]
MERGES = (("r", "e"), ("re", "d</w>"), ("h", "a"), ("ha", "t</w>"))
WORDS = ("red</w>", "hat</w>", "re", "ha")
INDEX = {
    "_class_name": "DiffusionPipeline",
    "_diffusers_version": "0.35.0",
    "scheduler": ["diffusers", "DDPMScheduler"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
}


def network() -> UNet2DConditionModel:
    made = UNet2DConditionModel(
        sample_size=16,
        in_channels=3,
        out_channels=3,
        block_out_channels=(16, 32),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        attention_head_dim=2,
        norm_num_groups=8,
        cross_attention_dim=WIDTH,
    )
    with torch.no_grad():
        for name, weight in made.named_parameters():
            if ".attn2." in name:
                weight.mul_(4)  # what is said shows
    return made


def clip_tokenizer() -> CLIPTokenizer:
    known = [*SIGNS, *(sign + "</w>" for sign in SIGNS), *WORDS, "<|startoftext|>", "<|endoftext|>"]
    vocab = {token: k for k, token in enumerate(known)}
    return CLIPTokenizer(vocab=vocab, merges=list(MERGES), model_max_length=LENGTH)


def write_clip(folder: Path) -> Path:
    """With CLIP, of which the tokenizer is vocab.json and merges.txt, as they were saved for years."""
    torch.manual_seed(0)
    config = CLIPTextConfig(
        vocab_size=200,
        hidden_size=WIDTH,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=LENGTH,
        **{"bos_token_id": 192, "eos_token_id": 193, "pad_token_id": 193},
    )
    _write(folder, CLIPTextModel(config), INDEX)
    tokenizer = clip_tokenizer()
    place = folder / "tokenizer"
    place.mkdir()
    (place / "vocab.json").write_text(json.dumps(tokenizer.get_vocab()))
    (place / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in MERGES))
    said = {"model_max_length": LENGTH, "pad_token": "<|endoftext|>", "tokenizer_class": "CLIPTokenizer"}
    (place / "tokenizer_config.json").write_text(json.dumps(said))
    return folder


def write_t5(folder: Path) -> Path:
    """With T5, as transformers saves it; its tokenizer names no length."""
    torch.manual_seed(0)
    config = T5Config(vocab_size=150, d_model=WIDTH, d_kv=8, d_ff=32, num_layers=2, num_heads=2)
    told = {"text_encoder": ["transformers", "T5EncoderModel"], "tokenizer": ["transformers", "T5Tokenizer"]}
    _write(folder, T5EncoderModel(config), {**INDEX, **told})
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), ("▁red", -3.0), ("▁hat", -3.0)]
    tokenizer = T5Tokenizer(vocab=[*pieces, *((chr(code), -5.0) for code in range(97, 123))], extra_ids=0)
    tokenizer.save_pretrained(folder / "tokenizer")
    return folder


def _write(folder: Path, encoder: torch.nn.Module, index: dict[str, object]) -> None:
    network().save_pretrained(folder / "unet")
    encoder.save_pretrained(folder / "text_encoder")
    DDPMScheduler(num_train_timesteps=100).save_pretrained(folder / "scheduler")
    (folder / "model_index.json").write_text(json.dumps(index))
