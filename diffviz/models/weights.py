"""The weights of a network: safetensors, judged by their headers before a byte becomes a tensor. No torch here.

Format: 8 bytes little-endian N, N bytes of JSON {name: {dtype, shape, data_offsets}}, then the data, without gaps.
Large networks lie in several such files ("shards") beside an index, whose weight_map says which tensor is in which.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from diffviz.bounded import LFS_MARK, parse_object, read_head, short
from diffviz.models.errors import ModelError
from diffviz.models.folder import ModelFolder, pickle_remedy, pickles_of, read_json, real_file, refusing

WEIGHTS = "diffusion_pytorch_model.safetensors"
MAX_HEADER_BYTES = 8 * 2**20
MAX_INDEX_BYTES = 8 * 2**20
MAX_TENSORS = 20_000  # the largest published UNet2DModels have about a thousand
MAX_SHARDS = 1000
FLOATS = ("F16", "BF16", "F32", "F64")
_BITS = {"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "C64": 64}
_BITS |= dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8)
_BITS |= dict.fromkeys(("U16", "I16", "F16", "BF16"), 16) | dict.fromkeys(("U32", "I32", "F32"), 32)
_BITS |= dict.fromkeys(("U64", "I64", "F64"), 64)
_PICKLE_MARKS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")

_SHARD = re.compile(r"[\w. +=-]{1,200}\.safetensors")  # a plain name: no path, no pattern for the hub
_PIECE = re.compile(r"-\d+-of-\d+(\.|$)")
_WHOLE = re.compile(r"(?P<base>diffusion_pytorch_model|model)(?:\.(?P<variant>.+))?\.safetensors")
_INDEX = re.compile(r"(?P<base>.+)\.safetensors\.index(?:\.(?P<variant>.+))?\.json")
# of several variants, the averaged weights are the ones to sample from, then those with the most digits
_VARIANTS = ("", "ema", "fp32", "fp16", "bf16")

# What training wraps around a network or its parts: their names are no part of a tensor's.
_WRAPPERS = {"_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"}
_FIRST = "conv_in.weight"
# Names that diffusers gave its attention layers before 0.15; google/ddpm-* still have them.
_OLD_ATTENTION = re.compile(r"(\.attentions\.\d+\.)(query|key|value|proj_attn)(\.(?:weight|bias))$")
_NEW_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}


@dataclass(frozen=True)
class Tensor:
    """Where a tensor lies and what it is stored as; ``key``: its name in the file."""

    path: Path
    key: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Weights:
    """Checked files. ``tensors``: by their names in the network; ``name``: of the file or the index, for messages."""

    name: str
    tensors: Mapping[str, Tensor]
    notes: tuple[str, ...] = ()


def choose_weights(names: Iterable[str]) -> tuple[str | None, tuple[str, ...]]:
    """The file of weights, or the index, among the names in a folder, and a note where there are several."""
    found = sorted((_rank(name), name) for name in names if _is_weights(name))
    if not found:
        return None, ()
    (family, *_), chosen = found[0]
    rivals = [name for rank, name in found if rank[0] <= max(family, 1)]
    return chosen, (f"{chosen} is read, of {len(rivals)} files of weights",) if len(rivals) > 1 else ()


def _is_weights(name: str) -> bool:
    # macOS leaves "._model.safetensors" in archives, which is none
    return not name.startswith(".") and bool(
        _INDEX.fullmatch(name) or (name.endswith(".safetensors") and not _PIECE.search(name))
    )


def _rank(name: str) -> tuple[int, int, bool, str]:
    """Lower is better: the names that libraries give, then the variant, then one file before several."""
    index = _INDEX.fullmatch(name)
    found = index or _WHOLE.fullmatch(name)
    base, variant = (found["base"], found["variant"] or "") if found else ("", "")
    family = {"diffusion_pytorch_model": 0, "model": 1}.get(base, 2)
    return family, (*_VARIANTS, variant).index(variant), index is not None, name


def read_weights(folder: ModelFolder, place: Path | None = None) -> Weights:
    """Find the weights of a network folder, and read and check the headers of their files.

    Args:
        place: the part of the folder that has them; its network where nothing is said.
    Raises:
        ModelError: if there are none, only pickles, a file is missing or broken, or an index leads elsewhere.
    """
    place = place or folder.unet
    name = folder.shown(place)
    try:
        names = os.listdir(place)
    except OSError as error:
        raise ModelError(f"{name}: cannot be read ({error.strerror}); check the folder and its rights.") from error
    chosen, notes = choose_weights(names)
    if chosen is None:
        if pickles := pickles_of(names):
            raise ModelError(f"{name}: {pickle_remedy(place / pickles[0])}")
        if pieces := sorted(entry for entry in names if entry.endswith(".safetensors") and _PIECE.search(entry)):
            index = _PIECE.sub(r"\1", pieces[0]) + ".index.json"
            raise ModelError(f"{name}: has pieces of weights without {short(index)}; fetch or save the model again.")
        raise ModelError(f"{name}: has no weights; expected {WEIGHTS}. Fetch or save the model again.")
    path, name = place / chosen, folder.shown(place / chosen)
    tensors = _read_shards(folder, path, name) if chosen.endswith(".json") else _read_file(real_file(path), name)
    return Weights(name, _by_network_name(tensors, name), notes)


def shards_of(path: Path, name: str) -> dict[str, str]:
    """The file of each tensor, out of an index.

    Raises:
        ModelError: if it is broken, or leads to anything but files beside it.
    """
    table = read_json(path, name, most=MAX_INDEX_BYTES).get("weight_map")
    if not isinstance(table, dict) or not 0 < len(table) <= MAX_TENSORS:
        raise ModelError(f'{name}: has no "weight_map" of 1..{MAX_TENSORS} tensors; fetch or save the model again.')
    for file in table.values():
        if not isinstance(file, str) or not _SHARD.fullmatch(file):
            raise ModelError(f"{name}: leads to {short(file)}, no safetensors file beside it; save the model again.")
    if len(set(table.values())) > MAX_SHARDS:
        raise ModelError(f"{name}: names more than {MAX_SHARDS} files; save the model again in fewer.")
    return table


def _read_shards(folder: ModelFolder, index: Path, index_name: str) -> dict[str, Tensor]:
    table = shards_of(index, index_name)
    tensors: dict[str, Tensor] = {}
    room = MAX_HEADER_BYTES
    for file in sorted(set(table.values())):
        name = folder.shown(index.with_name(file))
        path = _beside(index, file, name)
        room = max(room, 0)
        found = _read_file(path, name, room)
        room -= sum(len(key) for key in found)
        named = {key for key, place in table.items() if place == file}
        if lost := sorted(named - found.keys()):
            raise ModelError(f"{name}: lacks {short(lost[0])}, which {index_name} looks for in it; fetch it again.")
        # a tensor that the index does not name, or looks for elsewhere, is none of the network's
        tensors |= {key: tensor for key, tensor in found.items() if key in named or key not in table}
    return tensors


def _beside(index: Path, file: str, name: str) -> Path:
    """A shard beside its index, or where the hub's cache keeps what such names link to."""
    path = real_file(index.with_name(file))
    real, here = Path(os.path.realpath(path)), Path(os.path.realpath(index.parent))
    blobs = [above.parent / "blobs" for above in here.parents if above.name == "snapshots"]
    if real.parent not in (here, *blobs):
        raise ModelError(f"{name}: is a link that leads out of the model's folder; put the file itself there.")
    return path


def _read_file(path: Path, name: str, room: int = MAX_HEADER_BYTES) -> dict[str, Tensor]:
    """Read and check the header of one file.

    Raises:
        ModelError: if it is no safetensors file, is truncated, or its header does not agree with its length.
    """
    with refusing(name):
        head = read_head(path, 64)
    _refuse_other_formats(head, path, name)
    length = int.from_bytes(head[:8], "little")
    size = path.stat().st_size
    if len(head) < 8 or length > size - 8:
        raise ModelError(f"{name}: is truncated or no safetensors file ({size} bytes); fetch or save it again.")
    if length > room:
        raise ModelError(f"{name}: its header claims {length} bytes, more than a network needs; fetch it again.")
    with refusing(f"{name} (header)"):
        header = parse_object(read_head(path, 8 + length)[8:].rstrip(b" "))
    header.pop("__metadata__", None)
    if not 0 < len(header) <= MAX_TENSORS:
        raise ModelError(f"{name}: holds {len(header)} tensors, expected 1..{MAX_TENSORS}; fetch or save it again.")
    spans: list[tuple[int, int]] = []
    tensors = {}
    for key, entry in header.items():
        dtype, shape, span = _check_entry(key, entry, name)
        spans.append(span)
        tensors[key] = Tensor(path, key, dtype, shape)
    _check_layout(spans, size - 8 - length, name)
    return tensors


def _refuse_other_formats(head: bytes, path: Path, name: str) -> None:
    if head.startswith(LFS_MARK):
        raise ModelError(f"{name}: is a Git LFS pointer, not the weights; run `git lfs pull` in its folder.")
    if head.startswith(_PICKLE_MARKS):
        raise ModelError(
            f"{name}: is a pickle under a wrong name; rename it to .bin, and: {pickle_remedy(path.with_suffix('.bin'))}"
        )


def _check_entry(key: str, entry: Any, name: str) -> tuple[str, tuple[int, ...], tuple[int, int]]:
    """Type, shape and span of one tensor of the header."""
    entry = entry if isinstance(entry, dict) else {}
    dtype, shape, span = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not _whole_numbers(shape) or not _whole_numbers(span) or len(shape) > 8 or len(span) != 2:
        raise ModelError(f"{name}: has a broken header at {short(key)}; fetch or save it again.")
    if not isinstance(dtype, str) or dtype not in _BITS:
        raise ModelError(f"{name}: {short(key)} is stored as {short(dtype)}; save the weights as fp16, bf16 or fp32.")
    if (span[1] - span[0]) * 8 != math.prod(shape) * _BITS[dtype]:
        raise ModelError(f"{name}: {short(key)} does not have the size that its header says; fetch or save it again.")
    return dtype, tuple(shape), (span[0], span[1])


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


def _by_network_name(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The tensors by their names in the network, of which wrappers and what stands before all of them are no part."""
    bare = {key: ".".join(word for word in key.split(".") if word not in _WRAPPERS) for key in tensors}
    before = [key.removesuffix(_FIRST) for key in bare.values() if key == _FIRST or key.endswith(f".{_FIRST}")]
    # of several networks in one file the averaged one; an autoencoder's conv_in lies a level deeper
    prefix = min(before, key=lambda text: (text.count("."), "ema" not in text, text), default="")
    named: dict[str, Tensor] = {}
    for key, plain in bare.items():
        own = _OLD_ATTENTION.sub(lambda old: old[1] + _NEW_ATTENTION[old[2]] + old[3], plain.removeprefix(prefix))
        if own in named:
            raise ModelError(f"{name}: holds {short(own)} twice; save the weights of one network.")
        named[own] = tensors[key]
    return named
