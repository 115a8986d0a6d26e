"""Where in a picture words show, so that small things that are said weigh as much as large ones.

A mouth is 1.5 % of a picture: in the mean over all pixels its word explains half a percent of the loss, and a network
learns it last. Here each phrase has an equal share of the loss, spread where it shows. What is best does not move: the
weights depend on what the network is told, and the mean given that is the least of every weighted square.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from diffviz.train.pictures import Pictures, as_noised
from diffviz.vocabulary import FIRST

SIDE = 64  # maps of larger pictures have so many pixels a side
MAX_PICTURES = 20_000  # looked at
MAX_PHRASES = 120  # the most frequent ones
MAX_GROUPS = 8
LEAST = 24  # pictures with a phrase, and without it
_SURE = 9.0  # times the square that chance makes: three standard errors
_ROUNDED = (2 / 255) ** 2 / 12  # variance of 8 bits: where all pictures are alike no less is taken for chance
_CHUNK = 512

Key = tuple[int, ...]


class WordMaps:
    """Weights of pixels, from the pictures that are trained on.

    A phrase shows where the mean picture with it differs from that without it, beyond chance: the square over colours,
    with mean 1. A map is the mean over what captions say. A frequent first phrase ("ink face") has a map of its own
    pictures, as its mouths may lie elsewhere, which holds where it is said; else that of all pictures does.

    Args:
        pictures: with captions.
        share: of the weight that phrases lay; the rest lies on all pixels alike. In 0..1.
        flip: pictures are mirrored now and then: what shows at the left does at the right too.
    """

    def __init__(self, pictures: Pictures, share: float, flip: bool = False) -> None:
        assert pictures.captions is not None
        chosen = pictures.trained[:MAX_PICTURES]
        said = [_phrases(rows) for rows in pictures.captions.numbers[chosen].tolist()]
        counted = Counter(key for phrases in said for key in phrases)
        known = [key for key, count in counted.most_common(MAX_PHRASES) if count >= LEAST]
        firsts = Counter(phrases[0] for phrases in said if phrases)
        groups = [key for key, count in firsts.most_common(MAX_GROUPS) if 8 * LEAST < count < 0.9 * len(said)]
        maps = []
        for group in ((), *groups):
            own = [k for k, phrases in enumerate(said) if not group or group in phrases]
            told = np.array([[key in said[k] for key in known] for k in own], dtype=np.float32)
            maps.append(share * _shown(pictures.pixels, chosen[own], told) + 1 - share)
        self._place = {group: k for k, group in enumerate(groups, 1)}
        found = torch.stack(maps)
        self._maps = (found + found.flip(2)) / 2 if flip else found

    def weights(self, labels: Tensor, side: int) -> Tensor:
        """float32 (B, side, side) with mean 1 in each picture, of what is told: int64 (B, 12, 6)."""
        places = [
            next((self._place[key] for key in _phrases(rows) if key in self._place), 0) for rows in labels.tolist()
        ]
        maps = self._maps[places]
        if maps.shape[-1] == side:
            return maps
        maps = functional.interpolate(maps[:, None], size=(side, side))[:, 0]
        return maps / maps.mean(dim=(1, 2), keepdim=True)  # a side that is no multiple repeats some more often


def _phrases(rows: list[list[int]]) -> list[Key]:
    """The phrases of a caption, each its words' numbers in order; "nothing said" is none."""
    keys = (tuple(sorted(number for number in row if number >= FIRST)) for row in rows)
    return [key for key in keys if key]


def _shown(pixels: np.ndarray, own: np.ndarray, told: np.ndarray) -> Tensor:
    """float32 (h, w) with mean 1: where phrases show, each as often as it is said; all ones where none does.

    Args:
        pixels: uint8 (N, 3, S, S). own: the M of them that are meant. told: (M, P), 0 or 1.
    """
    told = told[:, (told.sum(axis=0) >= LEAST) & ((1 - told).sum(axis=0) >= LEAST)]
    explained = _explained(pixels, own, torch.from_numpy(told))
    means = explained.mean(dim=(1, 2))
    seen = means > 0
    if not seen.any():
        return torch.ones(explained.shape[1:])
    often = torch.from_numpy(told).mean(dim=0)[seen]
    return torch.einsum("p,phw->hw", often / often.sum() / means[seen], explained[seen])


def _explained(pixels: np.ndarray, own: np.ndarray, told: Tensor) -> Tensor:
    """float32 (P, h, w): the square of the difference that each phrase makes, 0 where chance could make it."""
    side = min(SIDE, pixels.shape[-1])
    totals: list[Tensor] = []
    for begin in range(0, len(own), _CHUNK):
        x_0 = as_noised(torch.from_numpy(pixels[own[begin : begin + _CHUNK]]))
        x_0 = functional.adaptive_avg_pool2d(x_0, side).flatten(1)
        with_phrase = told[begin : begin + _CHUNK].T
        here = [with_phrase @ x_0, with_phrase @ x_0.square(), x_0.sum(0), x_0.square().sum(0)]
        totals = [old + new for old, new in zip(totals, here, strict=True)] if totals else here
    sums, squares, all_sums, all_squares = totals
    count = told.sum(0)[:, None]
    rest = len(own) - count
    mean, other = sums / count, (all_sums - sums) / rest
    spread = (squares / count - mean.square()).clamp(min=_ROUNDED)
    other_spread = ((all_squares - squares) / rest - other.square()).clamp(min=_ROUNDED)
    by_chance = spread / count + other_spread / rest
    square = (mean - other).square()
    explained = square.where(square > _SURE * by_chance, 0.0)
    return explained.unflatten(1, (-1, side, side)).mean(dim=1)
