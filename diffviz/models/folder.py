"""Which files of a folder make a model. Reads JSON only, with limits; nothing is executed, torch is not needed."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from diffviz import bounded
from diffviz.bounded import short
from diffviz.files import PICKLE_SUFFIXES, hub_name
from diffviz.models.errors import ModelError
from diffviz.models.fields import PLAIN, WORDED

# of a training, beside its network
_STATES = (
    *("optimizer", "scheduler", "scaler", "random_states"),
    *("rng_state", "sampler", "training_args", "trainer_state"),
)
LATENT_PARTS = ("vae", "vqvae", "vqgan", "movq")
_DECODERS = ("Autoencoder", "AsymmetricAutoencoder", "VQModel", "ConsistencyDecoder")
# a training checkpoint of diffusers' scripts; the averaged weights are the ones to sample from
CHECKPOINT_PARTS = ("unet_ema", "unet")
_NETWORKS = (*CHECKPOINT_PARTS, "")
_LINK_TEXT = re.compile(r"(?:\.\./)+blobs/([0-9a-f]{40,64})\s*")
_CHECKPOINT = re.compile(r"checkpoint[-_](\d{1,18})")
TEXT_ENCODERS = ("CLIPTextModel", "T5EncoderModel")
_TOKENIZERS = ("CLIPTokenizer", "CLIPTokenizerFast", "T5Tokenizer", "T5TokenizerFast")
CODE_KEYS = ("auto_map", "custom_pipeline", "custom_code", "_module", "trust_remote_code")


@dataclass(frozen=True)
class ModelFolder:
    """The parts of a model: ``unet`` holds config.json and weights; ``scheduler`` and ``classes`` are files or None,
    ``text_encoder`` and ``tokenizer`` folders or None.

    ``label`` is what messages call the folder ``root``: its name, or a hub id.
    """

    root: Path
    label: str
    unet: Path
    scheduler: Path | None = None
    classes: Path | None = None
    text_encoder: Path | None = None
    tokenizer: Path | None = None

    def shown(self, path: Path) -> str:
        """A file's name for messages: "my-model/unet/config.json"."""
        if path.is_relative_to(self.root):
            return f"{self.label}/{path.relative_to(self.root).as_posix()}".removesuffix("/.")
        return f"{path.parent.name}/{path.name}"


def find_parts(root: Path, label: str) -> ModelFolder:
    """Recognise a pipeline, a bare network or a training checkpoint.

    Args:
        root: absolute path of a folder.
    Raises:
        ModelError: if the folder is none of them, is a latent or other pipeline, or asks for code.
    """
    try:
        names = sorted(os.listdir(root))
    except OSError as error:
        raise ModelError(f"{label}: cannot be read ({error.strerror}); check the folder and its rights.") from error
    if "model_index.json" in names:
        _check_index(root / "model_index.json", f"{label}/model_index.json")
        return _with_neighbours(root, label, root / "unet" if os.path.isdir(root / "unet") else root)
    unet = (
        root if "config.json" in names else next((root / p for p in CHECKPOINT_PARTS if os.path.isdir(root / p)), None)
    )
    if unet is None:
        _refuse(root, label, names)
    _refuse_latents(unet, label)
    return _with_neighbours(root, label, unet)


def _refuse_latents(unet: Path, label: str) -> None:
    """Refuse a network out of a latent pipeline: what it makes are no pictures, and its own files do not say so."""
    for above in dict.fromkeys((unet.parent, Path(os.path.realpath(unet)).parent)):
        if above.name and _is_checkpoint(above.name) and not os.path.lexists(above / "model_index.json"):
            above = above.parent
        index = above / "model_index.json"
        if os.path.lexists(index):
            part = _latent_part(read_json(index, f"{above.name}/model_index.json"))
        else:
            part = next(
                (p for p in LATENT_PARTS if unet.name in CHECKPOINT_PARTS and os.path.isdir(unet.parent / p)), None
            )
        if part is not None:
            raise ModelError(f"{label}: {_latent(part, 'part of a')}")


def _latent_part(index: Mapping[str, Any]) -> str | None:
    """The key of the part that turns latents into pictures."""
    for key, value in index.items():
        if value and value != [None, None] and isinstance(value, list):
            kind = value[-1] if isinstance(value[-1], str) else ""
            if key in LATENT_PARTS or kind.startswith(_DECODERS):
                return key
    return None


def _latent(part: str, what: str) -> str:
    return (
        f"is {what} latent pipeline ({short(part)}), and diffviz opens models of pixels only; "
        "choose a pipeline of unet and scheduler alone."
    )


def _is_checkpoint(name: str) -> bool:
    return _CHECKPOINT.fullmatch(name) is not None


def last_checkpoint(root: Path) -> tuple[Path | None, int]:
    """The last checkpoint of a training that holds a network, counted by steps, and how many do.

    None where the folder holds a model itself, or no checkpoint.
    """
    try:
        names = os.listdir(root)
    except OSError:  # said by whoever reads the folder
        return None, 0
    if {"model_index.json", "config.json", *CHECKPOINT_PARTS} & set(names):
        return None, 0
    steps = {int(found[1]): root / name for name in names if (found := _CHECKPOINT.fullmatch(name))}
    whole = {k: each for k, each in steps.items() if any(os.path.isfile(each / p / "config.json") for p in _NETWORKS)}
    return (whole[max(whole)], len(whole)) if whole else (None, 0)


def _with_neighbours(root: Path, label: str, unet: Path) -> ModelFolder:
    """Look for the other parts in the folder, and beside and above a part of something larger."""
    places = [unet]
    if unet.name in CHECKPOINT_PARTS:
        places += [unet.parent, unet.parent.parent]
    schedulers = [f for p in places for f in (p / "scheduler_config.json", p / "scheduler" / "scheduler_config.json")]
    classes = [place / "diffviz.json" for place in places]
    told = (next((p / part for p in places if os.path.isdir(p / part)), None) for part in ("text_encoder", "tokenizer"))
    return ModelFolder(root, label, unet, _first(schedulers), _first(classes), *told)


def _first(paths: list[Path]) -> Path | None:
    # lexists: a dangling link or an odd file is there, and is refused in words when read
    return next((path for path in paths if os.path.lexists(path)), None)


def _refuse(root: Path, label: str, names: list[str]) -> NoReturn:
    if pickles := pickles_of(names):
        raise ModelError(f"{label}: {pickle_remedy(root / pickles[0])} Its config.json is missing as well; add it.")
    latent = next((name for name in LATENT_PARTS if name in names), None)
    if latent is not None:
        raise ModelError(f"{label}: {_latent(latent, 'part of a')}")
    if any(_is_checkpoint(name) for name in names):
        raise ModelError(f"{label}: holds training checkpoints without a network; choose a folder with unet/ in it.")
    if any(name.startswith("models--") for name in names):
        raise ModelError(f"{label}: holds the hub's cache; choose one of the models in it, a folder models--...")
    raise ModelError(
        f"{label}: holds neither model_index.json nor config.json; choose a diffusers folder of a UNet2DModel."
    )


def pickles_of(names: Iterable[str]) -> list[str]:
    """The names of pickles that may hold a network's weights; an optimizer's state is none."""
    pickles = (name for name in sorted(names) if name.lower().endswith(PICKLE_SUFFIXES))
    return [name for name in pickles if not name.lower().startswith(_STATES)]


def pickle_remedy(path: Path) -> str:
    """The sentence that refuses a pickle, with the line for a shell that converts it without running its code."""
    target = path.with_name("diffusion_pytorch_model.safetensors")
    # the pieces of large weights are put together
    pattern = re.sub(r"-\d+-of-\d+(?=\.)", "-*-of-*", glob.escape(path.name))
    # JSON's strings are Python's, in double quotes, so that the whole can stand in a shell's single ones
    code = (
        "import torch, pathlib; from safetensors.torch import save_file; s = {}; "
        f'[s.update(torch.load(p, map_location="cpu", weights_only=True)) for p in sorted(pathlib.Path('
        f'{json.dumps(os.fspath(path.parent))}).glob({json.dumps(pattern)}))]; s = s.get("state_dict", s); '
        f"save_file({{k: v.clone() for k, v in s.items() if torch.is_tensor(v)}}, {json.dumps(os.fspath(target))})"
    )
    line = ["python", "-c", code]
    command = subprocess.list2cmdline(line) if os.name == "nt" else shlex.join(line)
    return f"{path.name} is a pickle, which can run code and is never opened; convert it once with: {command}"


def _check_index(path: Path, name: str) -> None:
    """Refuse pipelines that diffviz cannot run or that bring their own code."""
    index = read_json(path, name)
    refuse_code(index, name)
    parts = {key: value for key, value in index.items() if isinstance(value, list) and value not in ([], [None, None])}
    for key, value in parts.items():
        if len(value) != 2 or not all(isinstance(word, str) for word in value):
            raise ModelError(f'{name}: has "{key}": {short(value)}, expected ["library", "class"]; save it again.')
    if (part := _latent_part(parts)) is not None:
        raise ModelError(f"{name}: {_latent(part, 'a')}")
    for key, (library, kind) in parts.items():
        if library not in ("diffusers", "transformers"):
            raise ModelError(
                f"{name}: asks for code of its own ({short(f'{library}.{kind}')} as {short(key)}), which diffviz never "
                "runs; choose a pipeline made of diffusers' classes."
            )
    conditional = parts.get("unet") == ["diffusers", WORDED]
    texts = conditional and "text_encoder" in parts
    if parts.get("unet") != ["diffusers", PLAIN] and not texts and not (conditional and _knows_words(path.parent)):
        kind = f"a {short(parts['unet'][1])}" if "unet" in parts else "no unet"
        raise ModelError(
            f"{name}: has {kind}; diffviz opens pipelines whose unet is a UNet2DModel of diffusers, or a "
            "UNet2DConditionModel with its text encoder."
        )
    for key, kinds in (("text_encoder", TEXT_ENCODERS), ("tokenizer", _TOKENIZERS)) if texts else ():
        if key in parts and parts[key][1] not in kinds:
            said = short(parts[key][1])
            raise ModelError(f"{name}: has a {said} as {key}; diffviz knows {', '.join(kinds)}.")
    foreign = sorted(set(parts) - {"unet", "scheduler", *(("text_encoder", "tokenizer") if texts else ())})
    if foreign:
        raise ModelError(f"{name}: also needs {short(', '.join(foreign))}; choose a pipeline of unet and scheduler.")


def has_text_encoder(root: Path) -> bool:
    """Whether a pipeline's index names a text encoder."""
    path = root / "model_index.json"
    said = read_json(path, path.name).get("text_encoder") if os.path.lexists(path) else None
    return isinstance(said, list) and said not in ([], [None, None])


def _knows_words(root: Path) -> bool:
    """Whether a pipeline's network brings the words that it is told, and needs no text encoder."""
    with contextlib.suppress(bounded.Unreadable):
        config = bounded.read_object(real_file(root / "unet" / "config.json"))
        return config.get("_class_name") == WORDED and config.get("encoder_hid_dim_type") == "text_proj"
    return False


def refuse_code(value: dict[str, Any], name: str) -> None:
    """Refuse JSON that asks for code beside the library's own (custom pipelines, auto_map, module lists).

    Raises:
        ModelError: naming the entry.
    """
    found = next((key for key in CODE_KEYS if key in value), None)
    if isinstance(value.get("_class_name"), list):
        found = "_class_name"
    if found:
        raise ModelError(
            f"{name}: asks for code of its own ({found}: {short(value[found])}), which diffviz never runs; "
            "choose a model made of diffusers' classes."
        )


def read_json(path: Path, name: str, finite: bool = True, most: int = bounded.MAX_BYTES) -> dict[str, Any]:
    """Read a JSON object of at most ``most`` bytes; ``finite`` as in ``bounded.parse_object``.

    Raises:
        ModelError: if the file is no regular file, cannot be read, is huge, an LFS pointer, or broken.
    """
    with refusing(name):
        return bounded.read_object(real_file(path), most, finite)


def real_file(path: Path) -> Path:
    """Where a file's bytes are: of a link in the hub's cache, copying may make a text with the path of its blob."""
    if hub_name(path) is None:
        return path
    try:
        found = _LINK_TEXT.fullmatch(bounded.read_text(path, 200))
    except bounded.Unreadable:
        return path
    root = next(above for above in path.parents if above.name == "snapshots").parent
    return root / "blobs" / found[1] if found else path


@contextlib.contextmanager
def refusing(name: str, remedy: str = "; fetch or save it again.") -> Iterator[None]:
    """Make a ModelError of what cannot be read, with the file's name and what to do."""
    try:
        yield
    except bounded.Unreadable as error:
        raise ModelError(f"{name}: {error}{remedy}") from error
