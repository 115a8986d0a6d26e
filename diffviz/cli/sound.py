"""``-o x.wav``: one sound as it is heard, x_t of ``export forward --t N``, or what a chain of ``reverse`` ends in."""

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
    """Whether one sound is written, not a film. Raises UsageError where that does not go with the words."""
    by_itself = arguments.output is not None and arguments.output.lower().endswith(ALONE)
    if by_itself and (arguments.lens or arguments.filmstrip):
        raise UsageError("A .wav holds one sound alone; leave --lens and --filmstrip out.")
    if by_itself and getattr(arguments, "count", 1) > 1:
        raise UsageError("A .wav holds one sound alone; leave --count out, sample k is that of --seed + k.")
    return by_itself


def check(kind: Kind) -> None:
    """Raises UsageError where there is nothing to hear of a kind."""
    if not kind.heard:
        raise UsageError(f"Of {kind.name} there is nothing to hear; end OUT in .mp4, or give a sound.")


def write_x_t(scene: Scene, kind: Kind, datum: np.ndarray, target: Path) -> None:
    """x_t of a scene. Raises UsageError where it is no sound, or cannot be written."""
    from diffviz.engine.lensing import terms_of

    check(kind)
    x_t = terms_of(scene, datum)[0][2]
    write(kind.waves(x_t.numpy())[0], kind.rate(datum), target)


def write(wave: np.ndarray, rate: int, target: Path) -> None:
    """A sound, float32 (n,). Raises UsageError where it cannot be written."""
    from diffviz.export.exporter import in_words
    from diffviz.kinds.sound_files import heard_bytes

    with terminal.border(), in_words(target):
        write_bytes(target, heard_bytes(wave, rate))
