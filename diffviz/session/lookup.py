"""Looking up the glossary's entries by whatever of their words was typed."""

from __future__ import annotations

import re
import unicodedata

from diffviz.session.glossary import TERMS


def found(words: str) -> list[str]:
    """The entries that hold all of these words, by key; first that of this sign, then those that begin so."""
    wanted, sign = _typed(words).split(), _bare(words.strip())
    texts = {key: " ".join((_typed(key), *map(_typed, term[:5]))) for key, term in TERMS.items()}
    holding = [key for key, text in texts.items() if all(word in text for word in wanted)]

    def late(key: str) -> tuple[bool, bool]:
        term = TERMS[key]
        return _bare(term.sign) != sign, not any(_typed(part).startswith(_typed(words)) for part in term[:2])

    return sorted(holding, key=late)


def _bare(text: str) -> str:
    """Without markup."""
    return re.sub(r"<[^>]*>|_", "", unicodedata.normalize("NFKD", text))


def _typed(text: str) -> str:
    """A sign as a keyboard has it, without marks: x̂<sub>0</sub>, x̂_0 and x₀ are "x0"."""
    plain = _bare(text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
