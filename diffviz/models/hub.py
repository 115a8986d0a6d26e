"""A hub id -> a folder on this disk: the hub's cache first, then a download of JSON and safetensors alone."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from diffviz.models.errors import ModelError
from diffviz.models.fields import is_text
from diffviz.models.folder import find_parts, has_text_encoder, pickles_of
from diffviz.models.network import read_config
from diffviz.models.text_encoder import check_installed, read_encoder_config
from diffviz.models.weights import choose_weights, shards_of

ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
TIMEOUT_S = 3.0
CONFIGURATIONS = (
    "model_index.json",
    "config.json",
    "diffviz.json",
    "scheduler_config.json",
    "unet/config.json",
    "scheduler/scheduler_config.json",
    "text_encoder/config.json",
    "tokenizer/tokenizer_config.json",
    "tokenizer/special_tokens_map.json",
)
# of a tokenizer the first that is there whole
TOKENIZERS = (("tokenizer/tokenizer.json",), ("tokenizer/vocab.json", "tokenizer/merges.txt"))


def fetch(name: str) -> Path:
    """The folder of a hub id: as it lies in the hub's cache, else downloaded into it.

    Raises:
        ModelError: if the hub does not know it, it has no safetensors weights of a UNet2DModel, or there is no network.
    """
    cached = _cached(name)
    if cached is None:
        return _download(name)
    if find_parts(cached, name).scheduler is None or _lacks_text(cached):  # another program fetched the network alone
        with contextlib.suppress(ModelError):  # offline: what is there is used, and the schedule asked for
            return _download(name)
    return cached


def _cached(name: str) -> Path | None:
    """The snapshot that has the weights. The library's own look-up wants every file of the repository, pickles too."""
    from huggingface_hub import try_to_load_from_cache

    for part, depth in (("unet/", 1), ("", 0)):
        try:
            found = try_to_load_from_cache(name, f"{part}config.json")
        except ValueError:  # no valid id, which the hub will say again
            return None
        if isinstance(found, str):
            config = Path(found).absolute()
            weights, _ = choose_weights(os.listdir(config.parent))
            if weights is not None and all(map(os.path.exists, _files_of(config.with_name(weights), name))):
                return config.parents[depth]
    return None


def _lacks_text(folder: Path) -> bool:
    """Whether a snapshot has not all of the text encoder and the tokenizer that its index names."""
    if not has_text_encoder(folder):
        return False
    parts = (folder / "text_encoder", folder / "tokenizer")
    names = [set(os.listdir(part)) if part.is_dir() else set() for part in parts]
    whole = any({file.partition("/")[2] for file in files} <= names[1] for files in TOKENIZERS)
    return not whole or choose_weights(names[0])[0] is None


def _files_of(path: Path, name: str) -> list[Path]:
    """The weights' file, or those that an index names."""
    if path.suffix != ".json":
        return [path]
    return [path.with_name(file) for file in sorted(set(shards_of(path, f"{name}/{path.name}").values()))]


def _download(name: str) -> Path:
    """Configurations first, since they may be refused before a large file comes."""
    files = _list_files(name)
    folder = _snapshot(name, [file for file in CONFIGURATIONS if file in files])
    parts = find_parts(folder, name)
    if is_text(read_config(parts)):
        read_encoder_config(parts)
        check_installed(name)
        tokenizer = next((each for each in TOKENIZERS if files.issuperset(each)), None)
        if tokenizer is None:
            raise ModelError(f"{name}: has no tokenizer that diffviz reads (tokenizer/tokenizer.json); choose another.")
        _snapshot(name, list(tokenizer))
        _download_weights(name, files, "text_encoder/")
    return _download_weights(name, files, "unet/", "")


def _download_weights(name: str, files: set[str], *parts: str) -> Path:
    """The snapshot, with the weights of the first of the parts that has some."""
    for part in parts:
        inside = {file.removeprefix(part) for file in files if file.startswith(part)}
        weights, _ = choose_weights(file for file in inside if "/" not in file)
        if weights is not None:
            folder = _snapshot(name, [part + weights])
            if weights.endswith(".json"):
                shards = _files_of(folder / part / weights, name)
                folder = _snapshot(name, [shard.relative_to(folder).as_posix() for shard in shards])
            return folder
    pickles = pickles_of(file for file in files if file.startswith(parts))
    what = f"only pickled weights ({pickles[0]}), which can run code" if pickles else "no safetensors weights"
    raise ModelError(f"{name}: has {what}; ask its author for safetensors, or choose another model.")


def _snapshot(name: str, files: list[str]) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=files, etag_timeout=TIMEOUT_S)).absolute()
    except Exception as error:  # the hub's library passes on those of whatever carries its traffic
        raise ModelError(f"{name}: the download broke off ({type(error).__name__}); try again later.") from error


def _list_files(name: str) -> set[str]:
    """Names of the files that the hub has under an id.

    Asked in a thread: looking up an address can take 20 s without a network, and nothing can stop it.
    """
    answer: list[Any] = []

    def ask() -> None:
        from huggingface_hub import HfApi

        try:
            answer.append(HfApi().model_info(name, timeout=TIMEOUT_S))
        except Exception as error:  # told in words by whoever waits
            answer.append(error)

    thread = threading.Thread(target=ask, name="diffviz-hub", daemon=True)
    thread.start()
    thread.join(TIMEOUT_S)
    if not answer:
        raise ModelError(_offline(name, "no answer"))
    if isinstance(answer[0], Exception):
        raise _in_words(name, answer[0]) from answer[0]
    siblings: Iterable[Any] = answer[0].siblings or ()
    return {entry.rfilename for entry in siblings}


def _in_words(name: str, error: Exception) -> ModelError:
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, HFValidationError, RepositoryNotFoundError

    if isinstance(error, GatedRepoError):
        return ModelError(f"{name}: is open on the hub only to people who were admitted; ask there, then log in.")
    if isinstance(error, RepositoryNotFoundError | HFValidationError):
        return ModelError(f"{name}: is neither a folder here nor a model on the hub; check the spelling.")
    if isinstance(error, HfHubHTTPError):
        return ModelError(f"{name}: the hub answered with an error ({type(error).__name__}); try again later.")
    return ModelError(_offline(name, type(error).__name__))


def _offline(name: str, why: str) -> str:
    return (
        f"{name}: is no folder here and not in the hub's cache, and there is no network to ask the hub ({why}); "
        "connect, or choose a folder."
    )
