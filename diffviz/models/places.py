"""A name -> the folder of a model: shipped, trained here, given by its path, out of the hub's cache or from the hub."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from diffviz import bounded
from diffviz.assets import asset, builtin_models
from diffviz.bounded import short
from diffviz.files import PICKLE_SUFFIXES, display_name, hub_name, own_model
from diffviz.models import hub
from diffviz.models.errors import ModelError
from diffviz.models.fields import MAX_SIDE
from diffviz.models.folder import (
    CHECKPOINT_PARTS,
    ModelFolder,
    find_parts,
    last_checkpoint,
    pickle_remedy,
    refusing,
)

_SIZED = re.compile(r"([^\0]+)@(\d{1,5})(?:x(\d{1,5}))?")


@dataclass(frozen=True)
class Place:
    """``folder``: absolute; ``label``: what to call it; ``notes``: what was chosen among several.

    ``size``: (height, width) to work at, if it was asked for.
    """

    folder: Path
    label: str
    notes: tuple[str, ...] = ()
    size: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The label, and behind it the size."""
        return self.label if self.size is None else f"{self.label}@{self.size[1]}x{self.size[0]}"

    def parts(self) -> ModelFolder:
        """The files that make the model. Raises ModelError."""
        return find_parts(self.folder, self.label)


def locate(wanted: str) -> Place:
    """Find the folder of a model.

    Args:
        wanted: a shipped model's name, a path, the name of a model that was trained here, or a hub id. Of the hub's
            cache the snapshot is taken, of a folder of checkpoints the last one. "@64" or "@64x48" (width, height)
            behind any of them is the size to work at.
    Raises:
        ModelError: if there is none, or it cannot be fetched.
    """
    found = _SIZED.fullmatch(wanted)
    if found is None or os.path.lexists(wanted):
        return _locate(wanted)
    width, height = int(found[2]), int(found[3] or found[2])
    if not 1 <= min(width, height) <= max(width, height) <= MAX_SIDE:
        raise ModelError(f"{display_name(wanted)}: {width}x{height} is no size; give sides in 1..{MAX_SIDE} pixels.")
    return replace(_locate(found[1]), size=(height, width))


def _locate(wanted: str) -> Place:
    if wanted in builtin_models():
        return Place(asset("models", wanted), wanted)
    # neither the empty name nor a zero byte can be asked the file system about
    path = Path(os.path.abspath(wanted)) if wanted and "\0" not in wanted else None
    if path is not None and os.path.isdir(path):
        return _inside(path)
    if path is not None and os.path.lexists(path):
        if path.suffix.lower() in PICKLE_SUFFIXES:
            raise ModelError(f"{path.parent.name}/{pickle_remedy(path)}")
        raise ModelError(f"{path.name}: is not a folder; choose the one that holds the weights and config.json.")
    own = own_model(wanted)
    if own is not None:
        return Place(own, wanted)
    if hub.ID.fullmatch(wanted):
        return Place(hub.fetch(wanted), wanted)
    shipped = ", ".join(builtin_models())
    name = display_name(wanted) if path else short(wanted)
    raise ModelError(f"{name}: is no folder; choose a model's folder, a hub id or a shipped model ({shipped}).")


def _inside(path: Path) -> Place:
    """A folder that is a model, or the one in it that is meant."""
    root = path.parent if path.name == "snapshots" else path
    if hub_name(root) and os.path.isdir(root / "snapshots"):
        return _snapshot(root)
    label = hub_name(path) or (f"{path.parent.name}/{path.name}" if path.name in CHECKPOINT_PARTS else path.name)
    last, count = last_checkpoint(path)
    if last is None:
        return Place(path, label or str(path))
    return Place(last, f"{label}/{last.name}", (f"{last.name} is read, the last of {count} checkpoints",))


def _snapshot(root: Path) -> Place:
    """What refs/main names among the snapshots in the cache of one repository."""
    label = hub_name(root) or root.name
    try:
        snapshots = sorted(
            (each for each in (root / "snapshots").iterdir() if os.path.isdir(each)), key=os.path.getmtime
        )
    except OSError as error:
        raise ModelError(f"{label}: cannot be read ({error.strerror}); check the folder and its rights.") from error
    try:
        with refusing(f"{label}/refs/main"):
            main = bounded.read_text(root / "refs" / "main", 200).strip()
    except ModelError as error:
        if not isinstance(error.__cause__, bounded.Missing):
            raise
        main = ""
    chosen = next((each for each in snapshots if each.name == main), None)
    notes: tuple[str, ...] = ()
    if chosen is None and snapshots:
        chosen = snapshots[-1]
        notes = (f"refs/main names no snapshot that is here; {short(chosen.name, 12)} is read",)
    if chosen is None or not any(chosen.iterdir()):
        raise ModelError(
            f"{label}: its snapshot holds no files, since links were lost when the cache was copied; copy it again "
            "with its links (cp -a, or a tar archive)."
        )
    return Place(chosen, label, notes)
