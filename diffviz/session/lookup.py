"""Looking up the glossary's entries by whatever of their words was typed."""

from __future__ import annotations

import re
import unicodedata

from diffviz.session.terms import TERMS


def found(words: str) -> list[str]:
    """The entries that hold all of these words, by key.

    First that of this sign, then those that begin so, then those that hold them as whole words, or as their beginnings.
    """
    wanted, sign = _typed(words).split(), _bare(words.strip())
    texts = {key: " ".join((_typed(key), *map(_typed, term[:5]))) for key, term in TERMS.items()}
    holding = [key for key, text in texts.items() if all(word in text for word in wanted)]

    def late(key: str) -> tuple[bool, bool, bool, bool]:
        term = TERMS[key]
        begins = any(_typed(part).startswith(_typed(words)) for part in term[:2])
        whole, beginnings = (
            all(re.search(rf"(?<!\w){re.escape(word)}{end}", texts[key]) for word in wanted) for end in (r"(?!\w)", "")
        )
        return _bare(term.sign) != sign, not begins, not whole, not beginnings

    return sorted(holding, key=late)


def _bare(text: str) -> str:
    """Without markup."""
    return re.sub(r"<[^>]*>|_", "", unicodedata.normalize("NFKD", text.replace("<br>", " ")))


def _typed(text: str) -> str:
    """A sign as a keyboard has it, without marks: x̂<sub>0</sub>, x̂_0 and x₀ are "x0"."""
    plain = _bare(text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
