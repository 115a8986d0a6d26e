"""The phrases that a vocabulary learnt: what goes with what, what is nearest to other words, what each describes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache

Phrase = tuple[str, ...]
ALIKE = 0.75  # of two words' letters
MOST = 16  # that are named of one thing
OTHERS = "others"
REMEMBERED = 256  # words that were looked for
# for a word that a model has not, one that is said of such things
RELATED = {
    **dict.fromkeys(("mustache", "moustache", "goatee", "whiskers", "stubble", "sideburns"), "beard"),
    **dict.fromkeys(("braid", "braids", "pigtail", "pigtails", "plait", "plaits"), "ponytail"),
    **dict.fromkeys(("knot", "topknot", "updo"), "bun"),
    **dict.fromkeys(("helmet", "crown", "hood", "bandana", "beret", "turban", "headscarf"), "hat"),
    **dict.fromkeys(("dress", "jacket", "coat", "hoodie", "suit", "blouse", "clothes"), "shirt"),
    **dict.fromkeys(("old", "elderly", "aged", "grandpa", "grandma", "grandfather", "grandmother"), "gray"),
    **dict.fromkeys(("goggles", "monocle", "lenses"), "glasses"),
    **dict.fromkeys(("angry", "crying", "worried", "tears"), "sad"),
    **dict.fromkeys(("surprised", "shouting", "amazed", "singing"), "open"),
    **dict.fromkeys(("cheerful", "joyful", "friendly", "kind"), "smiling"),
    **dict.fromkeys(("orange", "magenta", "maroon"), "red"),
    **dict.fromkeys(("turquoise", "cyan", "navy", "teal"), "blue"),
    **dict.fromkeys(("tanned", "tan"), "dark"),
    **dict.fromkeys(("painting", "painted", "anime", "comic"), "cartoon"),
    **dict.fromkeys(("pencil", "drawing", "doodle"), "sketch"),
}


class Phrasebook:
    """What can be said of known phrases, which are given the most frequent first."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self.phrases: list[Phrase] = [words for phrase in phrases if (words := tuple(phrase.split()))]
        self._spelt_so = lru_cache(REMEMBERED)(self._spelt)  # of thousands of words it takes a while

    @cached_property
    def heads(self) -> frozenset[str]:
        """Words that end a phrase: "hair", "glasses"."""
        return frozenset(phrase[-1] for phrase in self.phrases)

    @cached_property
    def _where(self) -> dict[str, set[int]]:
        """Of each word the phrases that have it."""
        found: dict[str, set[int]] = {}
        for k, phrase in enumerate(self.phrases):
            for word in phrase:
                found.setdefault(word, set()).add(k)
        return found

    def together(self, words: Iterable[str]) -> list[Phrase]:
        """The phrases that have all of these words."""
        sets = [self._where.get(word, set()) for word in words]
        return [self.phrases[k] for k in sorted(set.intersection(*sets))] if sets else []

    @cached_property
    def _sorts(self) -> dict[str, str]:
        """Of each word one that stands for all of its sort: words of one sort take each other's place in a phrase."""
        of: dict[str, str] = {}

        def found(word: str) -> str:
            while (before := of.setdefault(word, word)) != word:
                word = before
            return word

        places: dict[tuple[Phrase, int], str] = {}
        for phrase in self.phrases:
            for k, word in enumerate(phrase[:-1]):
                first = places.setdefault((phrase[:k] + phrase[k + 1 :], k), word)
                of[found(word)] = found(first)
        return {word: found(word) for word in list(of)}

    def instead(self, word: str, head: str) -> list[str]:
        """What is said of ``head`` in the place of ``word``: words of its sort, or else all that there are."""
        said = list(
            dict.fromkeys(word for phrase in self.together([head]) if phrase[-1] == head for word in phrase[:-1])
        )
        sort = self._sorts.get(word)
        return [other for other in said if sort is not None and self._sorts.get(other) == sort] or said

    def note(self, phrase: Phrase) -> str:
        """That known words were never learnt as one phrase, and what was: "hair is black or red"."""
        *about, head = phrase
        said = f"“{' '.join(phrase)}” is none of the model's phrases"
        odd = [word for word in about if not self.together([word, head])]
        if head not in self.heads or not odd:
            near = self.nearest(phrase)
            return f"{said}; nearest: {', '.join(near)}" if near else said
        parts = []
        if others := self.instead(odd[0], head):
            parts.append(f"{head} is {one_of(others)}")
        if things := list(dict.fromkeys(known[-1] for known in self.together([odd[0]]) if known[-1] != odd[0])):
            parts.append(f"{odd[0]} is known of {one_of(things, 'and')}")
        return f"{said}: {'; '.join(parts)}" if parts else said

    def nearest(self, words: Sequence[str], count: int = 3) -> list[str]:
        """The phrases that share most of these words, the later ones first: they name the thing."""
        scores: dict[int, int] = {}
        for weight, word in enumerate(words, 1):
            for k in self._where.get(word, ()):
                scores[k] = scores.get(k, 0) + 2**weight
        best = sorted(scores, key=lambda k: (-scores[k], k))
        return [" ".join(self.phrases[k]) for k in best[:count]]

    def like(self, word: str) -> str:
        """The known word that is spelt almost so, or said of such things; "" for none."""
        if (related := RELATED.get(word, "")) in self._where:
            return related
        return self._spelt_so(word)

    def _spelt(self, word: str) -> str:
        import difflib  # only for an unknown word: the window opens sooner without

        return next(iter(difflib.get_close_matches(word, self._where, 1, ALIKE)), "")

    @cached_property
    def groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """All phrases by what they describe, the word that ends them; those that are alone with it together."""
        counted: dict[str, list[str]] = {}
        for phrase in self.phrases:
            counted.setdefault(phrase[-1], []).append(" ".join(phrase))
        made: dict[str, list[str]] = {}
        for head, found in counted.items():
            made.setdefault(head if len(found) > 1 else OTHERS, []).extend(found)
        return tuple((name, tuple(found)) for name, found in made.items())


def one_of(words: Sequence[str], last: str = "or") -> str:
    """ "red, green or blue"; of many the first ones."""
    if len(words) > MOST:
        return f"{', '.join(words[:MOST])}, …"
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else words[0]
