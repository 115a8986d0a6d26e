"""A safetensors file, judged by its header before a byte of it becomes a tensor. No torch here.

Format: 8 bytes little-endian N, N bytes of JSON {name: {dtype, shape, data_offsets}}, then the data, without gaps.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from diffviz.bounded import LFS_MARK, parse_object, read_head, short
from diffviz.models.errors import ModelError
from diffviz.models.folder import PICKLE_SUFFIXES, ModelFolder, pickle_remedy, refusing

WEIGHTS = "diffusion_pytorch_model.safetensors"
VARIANTS = (WEIGHTS, "diffusion_pytorch_model.fp16.safetensors")
INDEX = "diffusion_pytorch_model.safetensors.index.json"
MAX_HEADER_BYTES = 8 * 2**20
MAX_TENSORS = 20_000  # the largest published UNet2DModels have about a thousand
ITEM_BYTES = {"F16": 2, "BF16": 2, "F32": 4, "F64": 8}
_PICKLE_MARKS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


@dataclass(frozen=True)
class Weights:
    """A checked file: ``shapes`` has every tensor's shape by its name."""

    path: Path
    name: str
    shapes: Mapping[str, tuple[int, ...]]

    @property
    def parameters(self) -> int:
        """Numbers in the file."""
        return sum(math.prod(shape) for shape in self.shapes.values())


def find_weights(folder: ModelFolder) -> Path:
    """The weights file of a network folder.

    Raises:
        ModelError: if there is none; pickles are refused with the line that converts them.
    """
    for variant in VARIANTS:
        if os.path.lexists(folder.unet / variant):
            return folder.unet / variant
    name = folder.shown(folder.unet)
    if os.path.lexists(folder.unet / INDEX):
        raise ModelError(f'{name}: its weights are split; save them again with max_shard_size="100GB" as one file.')
    pickles = [entry for entry in sorted(os.listdir(folder.unet)) if entry.lower().endswith(PICKLE_SUFFIXES)]
    if pickles:
        raise ModelError(f"{name}: {pickle_remedy(folder.unet / pickles[0])}")
    raise ModelError(f"{name}: has no weights; expected {WEIGHTS}. Fetch or save the model again.")


def read_weights(path: Path, name: str) -> Weights:
    """Read and check the header of a safetensors file.

    Raises:
        ModelError: if it is no safetensors file, is truncated, or its header does not agree with its length.
    """
    with refusing(name):
        head = read_head(path, 8 + MAX_HEADER_BYTES)
    _refuse_other_formats(head, path, name)
    length = int.from_bytes(head[:8], "little")
    size = path.stat().st_size
    if len(head) < 8 or length > size - 8:
        raise ModelError(f"{name}: is truncated or no safetensors file ({size} bytes); fetch or save it again.")
    if length > MAX_HEADER_BYTES:
        raise ModelError(f"{name}: its header claims {length} bytes, more than a network needs; fetch it again.")
    with refusing(f"{name} (header)"):
        header = parse_object(head[8 : 8 + length].rstrip(b" "))
    header.pop("__metadata__", None)
    if not 0 < len(header) <= MAX_TENSORS:
        raise ModelError(f"{name}: holds {len(header)} tensors, expected 1..{MAX_TENSORS}; fetch or save it again.")
    spans = {key: _check_entry(key, entry, name) for key, entry in header.items()}
    _check_layout([span for _, span in spans.values()], size - 8 - length, name)
    return Weights(path, name, {key: shape for key, (shape, _) in spans.items()})


def _refuse_other_formats(head: bytes, path: Path, name: str) -> None:
    if head.startswith(LFS_MARK):
        raise ModelError(f"{name}: is a Git LFS pointer, not the weights; run `git lfs pull` in its folder.")
    if head.startswith(_PICKLE_MARKS):
        raise ModelError(
            f"{name}: is a pickle under a wrong name; rename it to .bin, and: {pickle_remedy(path.with_suffix('.bin'))}"
        )


def _check_entry(key: str, entry: Any, name: str) -> tuple[tuple[int, ...], tuple[int, int]]:
    """Shape and span of one tensor of the header."""
    entry = entry if isinstance(entry, dict) else {}
    dtype, shape, span = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not _whole_numbers(shape) or not _whole_numbers(span) or len(shape) > 8 or len(span) != 2:
        raise ModelError(f"{name}: has a broken header at {short(key)}; fetch or save it again.")
    if not isinstance(dtype, str) or dtype not in ITEM_BYTES:
        raise ModelError(f"{name}: {short(key)} is stored as {short(dtype)}; save the weights as fp16, bf16 or fp32.")
    if span[1] - span[0] != math.prod(shape) * ITEM_BYTES[dtype]:
        raise ModelError(f"{name}: {short(key)} does not have the size that its header says; fetch or save it again.")
    return tuple(shape), (span[0], span[1])


def _whole_numbers(value: Any) -> TypeGuard[list[int]]:
    # above 2**48 bytes nothing exists, and products of honest sizes stay quick to compute
    return isinstance(value, list) and all(type(n) is int and 0 <= n <= 2**48 for n in value)


def _check_layout(spans: list[tuple[int, int]], size: int, name: str) -> None:
    """The tensors must fill the data without gap or overlap; a file cut short fails here."""
    end = 0
    for start, stop in sorted(spans):
        if start != end:
            raise ModelError(f"{name}: its tensors overlap or leave gaps; fetch or save it again.")
        end = stop
    if end != size:
        what = "is truncated" if end > size else "is longer than its header says"
        raise ModelError(f"{name}: {what} ({size} bytes of data, {end} expected); fetch or save it again.")
