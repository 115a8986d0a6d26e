"""What a kind of data is: the one place to add one. What menus say of it stands in ``catalog.KINDS``."""

from __future__ import annotations

import os

from diffviz import bounded, catalog
from diffviz.kinds.kind import Datum, Kind
from diffviz.kinds.line import LINE
from diffviz.kinds.picture import PICTURE
from diffviz.kinds.points import POINTS
from diffviz.kinds.sound import SOUND

KINDS: dict[str, Kind] = {kind.name: kind for kind in (PICTURE, POINTS, LINE, SOUND)}
HEAD = 4096  # bytes of a file that are looked at


def kind_of(head: bytes) -> Kind | None:
    """Whose files begin so, or None."""
    return next((kind for kind in KINDS.values() if kind.begins(head)), None)


def kind_named(path: str | os.PathLike[str]) -> Kind:
    """Whose files are called so: for what its content does not tell, and whose reader then says what is wrong."""
    ending = "*" + os.path.splitext(os.fspath(path))[1].lower()
    return next((kind for kind in KINDS.values() if ending in kind.files.rstrip(")").split("(")[-1].split()), PICTURE)


def head_of(path: str | os.PathLike[str]) -> bytes:
    """How a file begins; of what cannot be read nothing."""
    try:
        return bounded.read_head(path, HEAD)
    except bounded.Unreadable:
        return b""


def named(name: str) -> tuple[Kind, str]:
    """What a word of the command line means, its kind and its source: a file, else a sample ("cat", "moons")."""
    shipped = catalog.exact_cloud(name).removeprefix("exact:")
    sample = next((kind for kind in KINDS.values() if shipped in kind.samples), None)
    if sample is not None and not os.path.isfile(name):
        return sample, f"builtin:{shipped}"
    return kind_of(head_of(name)) or kind_named(name), f"path:{os.path.abspath(name)}"


def read_file(path: str | os.PathLike[str]) -> tuple[Kind, Datum]:
    """A file of any kind, told by its content. What none of them knows, its name decides.

    Raises:
        Refusal: whatever is wrong with it, in one sentence.
    """
    kind = kind_of(head_of(path)) or kind_named(path)
    return kind, kind.read(f"path:{os.fspath(path)}")
