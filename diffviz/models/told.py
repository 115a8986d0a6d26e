"""diffviz.json of a network of words: which words its rows stand for, and how its pixels are laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diffviz.bounded import mapping, several, take, text, whole
from diffviz.models.errors import ModelError
from diffviz.models.folder import ModelFolder, read_json, refusing
from diffviz.vocabulary import MAX_EXAMPLES, MAX_KNOWN, Vocabulary, rows

MAX_TEXT = 200
_NAMES = several(text(MAX_TEXT, 1), 0, MAX_KNOWN)


@dataclass(frozen=True)
class Told:
    """``shuffle``: so many pixels a side are the channels of one pixel of the network."""

    vocabulary: Vocabulary
    shuffle: int = 1

    def to_dict(self) -> dict[str, Any]:
        """What diffviz.json holds of it."""
        known = self.vocabulary
        answers: dict[str, Any] = {"answers": dict(known.answers)} if known.answers else {}
        if known.examples:
            answers["examples"] = list(known.examples)
        return {"words": list(known.words), "phrases": list(known.phrases), "shuffle": self.shuffle, **answers}


def read_told(folder: ModelFolder, config: Mapping[str, Any]) -> Told | None:
    """The words of a network that is told words; None of any other.

    Args:
        config: checked arguments of the network.
    Raises:
        ModelError: if the words are missing or do not fit the network.
    """
    count = config.get("encoder_hid_dim")
    if count is None:
        return None
    if folder.classes is None:
        raise ModelError(f"{folder.label}: has no diffviz.json, which names its words; fetch it as well.")
    name = folder.shown(folder.classes)
    value = read_json(folder.classes, name)
    with refusing(name):
        words = tuple(take(value, "words", _NAMES))
        phrases = tuple(take(value, "phrases", _NAMES, []))
        shuffle = take(value, "shuffle", whole(1, 8), 1)
        answers = tuple(take(value, "answers", mapping(text(MAX_TEXT)), {}).items())
        examples = tuple(take(value, "examples", several(text(MAX_TEXT, 1), 0, MAX_EXAMPLES), []))
    if rows(len(words)) != count or len(set(words)) < len(words):
        raise ModelError(f"{name}: names {len(words)} words, the network has {count - 1} of them; correct it.")
    if config.get("in_channels", 3) % shuffle**2 or config.get("out_channels", 3) % shuffle**2:
        raise ModelError(f'{name}: "shuffle" {shuffle} does not divide the network\'s channels; correct it.')
    return Told(Vocabulary(words, phrases, answers, examples), shuffle)
