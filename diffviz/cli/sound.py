"""``diffviz export forward SOUND -o x.wav --t N``: x_t as it is heard."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from diffviz.cli import terminal
from diffviz.cli.words import UsageError
from diffviz.files import write_bytes
from diffviz.kinds import Kind
from diffviz.scene import Scene

ALONE = (".wav",)


def alone(arguments: argparse.Namespace) -> bool:
    """Whether one x_t is written as sound, not a film. Raises UsageError where that does not go with the words."""
    by_itself = arguments.output.lower().endswith(ALONE)
    if by_itself and (arguments.lens or arguments.filmstrip):
        raise UsageError("A .wav holds x_t alone; leave --lens and --filmstrip out.")
    return by_itself


def write(scene: Scene, kind: Kind, datum: np.ndarray, target: Path) -> None:
    """x_t of a scene. Raises UsageError where it is no sound, or cannot be written."""
    from diffviz.engine.lensing import terms_of
    from diffviz.export.exporter import in_words
    from diffviz.kinds.sound_files import heard_bytes

    if not kind.heard:
        raise UsageError(f"Of {kind.name} there is nothing to hear; end OUT in .mp4, or give a sound.")
    x_t = terms_of(scene, datum)[0][2]
    with terminal.border(), in_words(target):
        write_bytes(target, heard_bytes(kind.waves(x_t.numpy())[0], kind.rate(datum)))
