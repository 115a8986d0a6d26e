"""Voice: a mix of waves, around and around, that may become another one while it is heard. numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diffviz.kinds.sound_files import GAIN


@dataclass(frozen=True, eq=False)
class Mix:
    """Σ factor · wave: x_t of x_0 and ε, say. ``waves``: float32 (n,) each, of one length."""

    waves: tuple[np.ndarray, ...]
    factors: tuple[float, ...]

    def part(self, begin: int, count: int) -> np.ndarray:
        """So many samples from one on, as if it never ended, float32 (count,)."""
        made = np.zeros(count, np.float32)
        at = np.arange(begin, begin + count)
        for wave, factor in zip(self.waves, self.factors, strict=True):
            if factor:
                made += np.float32(factor) * wave.take(at, mode="wrap")
        return made

    @property
    def length(self) -> int:
        return len(self.waves[0]) if self.waves else 1


SILENCE = Mix((), ())


def passage(before: Mix, now: Mix, begin: int, count: int) -> np.ndarray:
    """So many samples from one on at ``GAIN``, in [-1, 1], while one mix becomes another; float32 (count,)."""
    block = now.part(begin, count)
    if now is not before:
        share = np.arange(1, count + 1, dtype=np.float32) / np.float32(max(1, count))
        block = share * block + (1 - share) * before.part(begin, count)
    block *= np.float32(GAIN)
    return np.clip(block, -1, 1, out=block)


class Voice:
    """What a device is given, block by block, from its own thread.

    Whatever is asked for fades in over the next block while what was heard before fades out: no click, no gap, and the
    place in time stays. ``position``: of the next sample.
    """

    def __init__(self) -> None:
        self.position = 0
        self._wanted = self._heard = SILENCE

    def say(self, mix: Mix) -> None:
        """Let this be heard from the next block on."""
        self._wanted = mix

    def fill(self, count: int) -> np.ndarray:
        """The next samples, float32 (count,) in [-1, 1]."""
        before, now = self._heard, self._wanted
        begin, self._heard = self.position, now
        if now is not SILENCE:
            self.position = (begin + count) % now.length
        return passage(before, now, begin, count)
