"""What a training knows of each picture in words: a file of captions, or NAME.txt beside each picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from diffviz.bounded import Unreadable, parse_object, read_text, short, take, text
from diffviz.files import display_name
from diffviz.train.recipe import TrainError
from diffviz.vocabulary import MAX_PROMPT, NOTHING, PADDING, Vocabulary, vocabulary_of

BESIDE = "txt"  # --captions txt: NAME.txt beside each picture
MAX_BYTES = 2**28
RARE = 1000  # a word that fewer than one caption of so many has is dropped
_NAMES = ("file_name", "file", "image")
_TEXTS = ("caption", "text", "prompt")
_WHOLE = 0.5  # of the pictures are shown with their whole caption
_PHRASE = 0.3  # of the phrases is left unsaid in the others, so that short prompts are known too
_WORD = 0.15  # of the phrases of several words lose one that is not the last


@dataclass(frozen=True, eq=False)
class Captions:
    """``numbers``: int64 (N, 12, 6) of N pictures, see ``Vocabulary.encode``; ``texts``: the captions themselves."""

    vocabulary: Vocabulary
    numbers: np.ndarray = field(repr=False)
    texts: tuple[str, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()


def read_captions(source: str, root: Path, names: Sequence[str], known: Vocabulary | None = None) -> Captions:
    """The captions of pictures.

    Args:
        source: a file of JSON lines, {"file_name": "a.png", "caption": "..."}, the name left out where each line is of
            the next picture by name; or "txt": NAME.txt beside each picture.
        names: of the pictures, relative to ``root``.
        known: the words of a network that is trained on; else those of the captions, but for rare ones.
    Raises:
        TrainError: if they cannot be read, or do not match the pictures.
    """
    found = _beside(root, names) if source == BESIDE else _lines(source, names)
    texts = tuple(found.get(name, "") for name in names)
    without = sum(not caption.strip() for caption in texts)
    if without == len(texts):
        raise TrainError(
            f"{display_name(root)}: none of its {len(texts)} pictures has a caption in {_shown(source)}", _ADVICE
        )
    notes = [f"{_many(without, 'picture has', 'pictures have')} no caption, shown without words"] if without else []
    known_names = set(names)
    if strays := [name for name in found if name not in known_names]:
        whose = f"{_many(len(strays), 'caption is', 'captions are')} of no picture that is there"
        notes.append(f"{whose}: {short(', '.join(strays), 120)}")
    vocabulary, dropped = vocabulary_of(texts, max(2, len(texts) // RARE) if len(texts) >= RARE else 1)
    if not vocabulary.words:
        raise TrainError(f"{display_name(root)}: the captions in {_shown(source)} hold no word", _ADVICE)
    if known is not None:
        dropped = tuple(word for word in vocabulary.words if word not in known.words)
        vocabulary = known
    if dropped:
        why = "too rare" if known is None else "not known"
        notes.append(f"{_many(len(dropped), 'word is', 'words are')} {why}: {short(', '.join(dropped), 120)}")
    numbers = np.array([vocabulary.encode(caption) for caption in texts], dtype=np.int64)
    return Captions(vocabulary, numbers, texts, tuple(notes))


def said(numbers: Tensor, drop: float, generator: torch.Generator) -> Tensor:
    """Captions as a step tells them: whole, in part, or not at all, so that short prompts and guidance are learnt.

    Args:
        numbers: int64 (B, 12, 6).
        drop: share that nothing is said of.
    """
    size, count, length = numbers.shape
    told = numbers.clone()
    words = (told != PADDING).sum(dim=2)  # (B, 12)
    # a word that is not the last gives its place to the last: their order means nothing
    thinned = (torch.rand((size, count), generator=generator) < _WORD) & (words > 1)
    lost = (torch.rand((size, count), generator=generator) * (words - 1)).long().clamp(0, length - 1)
    last = (words - 1).clamp(min=0)
    rows = thinned.nonzero(as_tuple=True)
    told[(*rows, lost[rows])] = told[(*rows, last[rows])]
    told[(*rows, last[rows])] = PADDING
    partly = torch.rand(size, generator=generator) >= _WHOLE
    unsaid = partly[:, None] & (torch.rand((size, count), generator=generator) < _PHRASE)
    unsaid |= (torch.rand(size, generator=generator) < drop)[:, None]
    told[unsaid] = PADDING
    silent = (told == PADDING).flatten(1).all(dim=1)
    told[silent, 0, 0] = NOTHING
    return told


_ADVICE = 'give lines such as {"file_name": "a.png", "caption": "long red hair"}, or --captions txt for NAME.txt'


def _many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def _shown(source: str) -> str:
    return "NAME.txt" if source == BESIDE else display_name(source)


def _beside(root: Path, names: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = read_text((root / name).with_suffix(".txt"), MAX_PROMPT * 4)[:MAX_PROMPT]
        except Unreadable:  # a picture without one is told of without words
            continue
    return found


def _lines(source: str, names: Sequence[str]) -> dict[str, str]:
    shown = _shown(source)
    try:
        rows = [line for line in read_text(source, MAX_BYTES).splitlines() if line.strip()]
    except Unreadable as error:
        raise TrainError(f"--captions {shown}: {error}", _ADVICE) from error
    found: dict[str, str] = {}
    nameless = []
    for number, row in enumerate(rows, 1):
        try:
            value = parse_object(row)
            key = next((key for key in _TEXTS if key in value), _TEXTS[0])
            caption = take(value, key, text(2**20))[:MAX_PROMPT]
        except Unreadable as error:
            raise TrainError(f"--captions {shown}: line {number} {error}", _ADVICE) from error
        name = next((value[key] for key in _NAMES if isinstance(value.get(key), str)), None)
        if name is None:
            nameless.append(caption)
        else:
            found[os.path.normpath(name).replace(os.sep, "/")] = caption
    if not nameless:
        return found
    if found or len(nameless) != len(names):
        raise TrainError(
            f"--captions {shown}: has {len(nameless)} lines without a file_name for {len(names)} pictures",
            "name each line's picture, or give one line for each picture in the order of their names",
        )
    return dict(zip(names, nameless, strict=True))
