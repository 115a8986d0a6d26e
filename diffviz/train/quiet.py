"""When in a sound all is quiet, so that what must not be heard weighs as much as what is.

Silence before a stroke is a hundredth of a sound and has no energy: in the mean over all its error explains nothing,
and a network leaves a hiss there. Here a share of the loss lies on each moment as that moment is quiet. What is best
does not move: the weights depend on time alone, and the mean given what the network sees is the least of every weighted
square, also of one that mixes the coefficients of neighbouring frames.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from diffviz.kinds import SOUND, mdct
from diffviz.train.pictures import Pictures

FLOOR = 1e-6  # of the loudest: what is 60 dB below it is silent
MOST = 100.0  # times the mean weight: a few silent samples would take all of it
_CHUNK = 256


class QuietWeights:
    """Weights of a sound's moments, from the sounds that are trained on.

    A moment's weight is the reciprocal of their mean power then, ``FLOOR`` added.

    Args:
        pictures: of sounds, float32 (N, bands, H, W).
        share: of the weight that lies so; the rest, and what is above ``MOST``, lies on all moments alike. In 0..1.
    """

    def __init__(self, pictures: Pictures, share: float) -> None:
        bands = pictures.pixels.shape[1]
        parts = np.array_split(pictures.trained, -(-len(pictures.trained) // _CHUNK))
        power = sum(np.square(SOUND.waves(pictures.pixels[part]), dtype=np.float64).sum(0) for part in parts)
        weights = 1 / (power / len(pictures.trained) + FLOOR)
        weights = share * np.minimum(weights / weights.mean(), MOST)
        self.weights = torch.from_numpy(weights + 1 - weights.mean()).float()
        self._to_wave = _ToWave(bands)

    def squares(self, error: Tensor) -> Tensor:
        """The weighted square of an error of coefficients (B, bands, H, W) at each sample of the wave: (B, n)."""
        return self._to_wave(error.flatten(2)).square() * self.weights.to(error.device)


class _ToWave:
    """``mdct.inverse`` for torch, with gradients: a frame sounds in its own block and in half of both neighbours."""

    def __init__(self, bands: int) -> None:
        self._half = half = bands // 2
        single = np.zeros((3, bands, bands, 3))  # one coefficient of one of three frames
        for frame in range(3):
            single[frame, range(bands), range(bands), frame] = 1.0
        first, inner, last = torch.from_numpy(mdct.inverse(single)).float()
        self._inner, self._first, self._last = inner[:, None, half:-half], first[:, :half], last[:, -half:]

    def __call__(self, coefficients: Tensor) -> Tensor:
        """(B, bands * frames) of (B, bands, frames)."""
        half, x = self._half, coefficients
        inner, first, last = (part.to(x) for part in (self._inner, self._first, self._last))
        wave = functional.conv_transpose1d(x, inner, stride=2 * half, padding=half)[:, 0]
        # the two ends are not folded
        return torch.cat([x[..., 0] @ first, wave[:, half:-half], x[..., -1] @ last], dim=1)
