"""Decode exported films and check what is in them: decode.py FILE FRAMES [FILE FRAMES]..."""

from __future__ import annotations

import sys

import av
import numpy as np


def check(path: str, frames: int) -> None:
    """At least ``frames`` pictures (the last is held), none flat, and noise at the one end where it belongs."""
    with av.open(path) as film:
        pictures = [frame.to_ndarray(format="rgb24").astype(float) for frame in film.decode(video=0)]
    assert len(pictures) >= frames, f"{path}: {len(pictures)} frames, expected at least {frames}"
    assert max(pictures[0].shape[:2]) == 128, f"{path}: {pictures[0].shape}"
    assert all(picture.std() > 5 for picture in pictures), f"{path}: a flat frame"
    # neighbouring columns differ much in noise and little in a picture; reverse films begin with the noise
    grain = [np.abs(np.diff(picture[:, ::4], axis=1)).mean() for picture in (pictures[0], pictures[-1])]
    clean, noisy = grain if path.startswith("forward") else grain[::-1]
    assert noisy > 1.5 * clean, f"{path}: grain {clean:.1f} in the clean frame, {noisy:.1f} in the noisy one"
    height, width = pictures[0].shape[:2]
    print(f"{path}: {len(pictures)} frames of {width}x{height}, picture and noise at the right ends")


for path, count in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
    check(path, int(count))
