"""What a model understands of a prompt: a prompt -> phrases -> numbers. Standard library only.

A caption is phrases of words, "long red hair, glasses". A word means something within its phrase alone ("red shirt,
blue hat"), phrases have no order: so the network is told phrases, each as the words that it is made of.
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from diffviz.bounded import short
from diffviz.phrasebook import Phrase, Phrasebook, one_of

MAX_PHRASES = 12  # of a prompt
MAX_WORDS = 6  # of a phrase
MAX_PROMPT = 10_000  # characters that are looked at
MAX_KNOWN = 5_000
MAX_EXAMPLES = 100
MAX_NEAR = 6  # phrases that are named for unknown words
MAX_LOOKED_FOR = 12  # unknown words for which they are: each takes a while where thousands are known
MAX_NEW = 2  # phrases of which is said that they are new
ANY_WORDS = ("a red hat", "a cat", "the sea at night")  # where a model knows every word
BLENDED = "|"  # stands between two prompts
PADDING, NOTHING, FIRST = 0, 1, 2  # numbers of what is no word; the words follow
_BREAKS = re.compile(r"[,;.:!?/|\n\r\t()\[\]\"]+|\s[-–—]\s")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# they stand between phrases and say nothing
_FILLERS = frozenset(
    "a an and any at but by for has have having her his in is it of on or the their to very wearing who with".split()  # noqa: SIM905
)
# the phrase behind them is not wanted, where the model has no word for that
_NEGATIONS = frozenset("no not non never without lacking minus neither nor isn't aren't doesn't don't".split())  # noqa: SIM905
ABSENCES = {"hair": "bald"}  # a word that says that a thing is not there
# what people say for a word that captions use, where the model knows that one
SYNONYMS = {
    **dict.fromkeys(("grey", "silver"), "gray"),
    **dict.fromkeys(("blond", "golden"), "blonde"),
    **dict.fromkeys(("ginger", "scarlet", "crimson"), "red"),
    **dict.fromkeys(("violet", "lilac"), "purple"),
    **dict.fromkeys(("brunette", "chestnut"), "brown"),
    **dict.fromkeys(("spectacles", "eyeglasses", "specs"), "glasses"),
    **dict.fromkeys(("shades",), "sunglasses"),
    **dict.fromkeys(("happy", "smile", "smiles"), "smiling"),
    **dict.fromkeys(("unhappy", "frowning", "frown", "sadly"), "sad"),
    **dict.fromkeys(("grin", "grins", "laughing", "teeth"), "grinning"),
    **dict.fromkeys(("curls", "afro", "wavy"), "curly"),
    **dict.fromkeys(("hairless",), "bald"),
    **dict.fromkeys(("bearded",), "beard"),
    **dict.fromkeys(("cap", "beanie"), "hat"),
    **dict.fromkeys(("shirts", "sweater", "jumper", "tshirt", "t-shirt"), "shirt"),
    **dict.fromkeys(("backdrop",), "background"),
    **dict.fromkeys(("pixelated", "pixels"), "pixel"),
    **dict.fromkeys(("drawn", "sketched"), "sketch"),
    **dict.fromkeys(("pale", "white-skinned"), "light"),
}

Numbers = list[list[int]]


@dataclass(frozen=True)
class Prompt:
    """What was understood.

    ``phrases``: of known words; ``unknown``: words that the model does not know, each once, in order; ``taken``: pairs
    (said, taken as) of synonyms; ``left_out``: phrases beyond the first twelve; ``absent``: phrases that
    are not wanted, each behind the word that says so, ("no", "glasses"); ``new``: phrases whose words were never learnt
    together; ``near``: known phrases that are nearest to the unknown words.
    """

    phrases: tuple[Phrase, ...] = ()
    unknown: tuple[str, ...] = ()
    taken: tuple[tuple[str, str], ...] = ()
    left_out: int = 0
    absent: tuple[Phrase, ...] = ()
    new: tuple[Phrase, ...] = ()
    near: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ", ".join(" ".join(phrase) for phrase in self.phrases)

    @property
    def says(self) -> bool:
        """Whether anything of it was understood."""
        return bool(self.phrases or self.absent)

    @property
    def unwanted(self) -> str:
        """What is not wanted, as a prompt of its own."""
        return ", ".join(" ".join(phrase) for _, *phrase in self.absent)


class Wording(ABC):
    """What a network understands of a prompt: words of its own, or any, through a text encoder.

    ``phrases``: some that it knows, for who types; ``answers``: of words that it has not, what a person should know;
    ``examples``: captions of its training.
    """

    phrases: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    examples: tuple[str, ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()  # the phrases by what they describe

    @abstractmethod
    def read(self, prompt: str) -> Prompt:
        """The phrases of a prompt, each of which can be left out."""

    @abstractmethod
    def encode(self, prompt: Prompt | str) -> Numbers:
        """The rows of numbers that the network is given; of "" those of the null condition."""

    @abstractmethod
    def places(self, prompt: str) -> tuple[tuple[int, ...], ...]:
        """Where each phrase stands among what the network's cross-attention looks at."""

    @abstractmethod
    def without(self, prompt: str, k: int) -> str:
        """The prompt without its phrase k."""

    @abstractmethod
    def notes(self, prompt: Prompt) -> tuple[str, ...]:
        """What a person should know of their prompt."""

    def such_as(self, count: int = 3, between: str = ", ") -> str:
        """What could be said."""
        return between.join((self.phrases or ANY_WORDS)[:count])

    def objection(self, prompt: str, between: str = "; ") -> str:
        """The notes of a prompt, or of both that are blended, one after the other; "" for none."""
        told = sides(prompt)
        notes = [note for side in told for note in self.notes(self.read(side))]
        if BLENDED in told[-1]:
            notes.append(f"two prompts are blended: what stands behind another “{BLENDED}” belongs to the second one")
        return between.join(dict.fromkeys(notes))

    def loses(self, prompt: str) -> bool:
        """Whether something of a prompt is not taken for which the model has no answer: an unknown word, words that it
        never learnt together, a phrase too many."""
        read = [self.read(side) for side in sides(prompt)]
        known = dict(self.answers)
        return any(side.left_out or side.new or any(word not in known for word in side.unknown) for side in read)


@dataclass(frozen=True)
class Vocabulary(Wording):
    """``words``: those that the network has a row for, in its order; ``phrases``: whole ones, the most frequent first,
    for who types; ``answers``: of words that it has not, what a person should know: {"man": "..."}; ``examples``: some
    of the captions."""

    words: tuple[str, ...]
    phrases: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    examples: tuple[str, ...] = field(default=(), repr=False)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: k for k, word in enumerate(self.words, FIRST)}

    @cached_property
    def _book(self) -> Phrasebook:
        return Phrasebook(self.phrases)

    @property
    def groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:  # type: ignore[override]
        """The phrases by what they describe."""
        return self._book.groups

    def read(self, prompt: str) -> Prompt:
        """The phrases of a prompt, between commas or, without them, each up to the word that names the thing."""
        reader = _Reader(self._numbers, self._book)
        for part in _BREAKS.split(unicodedata.normalize("NFKC", prompt[:MAX_PROMPT]).lower()):
            reader.take(_WORD.findall(part.replace("’", "'")))
        phrases = [phrase for phrase in dict.fromkeys(reader.phrases) if not reader.unwanted(phrase)]
        more = max(0, len(phrases) - MAX_PHRASES)
        phrases = phrases[:MAX_PHRASES]
        all_known = 0 < len(self.phrases) < MAX_KNOWN  # else there may have been others
        new = [phrase for phrase in phrases if all_known and not self._book.together(phrase)]
        said = tuple(reader.unknown), tuple(reader.taken.items())
        near = tuple(dict.fromkeys(reader.near))[:MAX_NEAR]
        return Prompt(tuple(phrases), *said, more, tuple(dict.fromkeys(reader.absent)), tuple(new), near)

    def encode(self, prompt: Prompt | str) -> Numbers:
        """12 rows of 6: the numbers of each phrase's words, 0 where there is none; without a phrase ``nothing``."""
        read = self.read(prompt) if isinstance(prompt, str) else prompt
        numbers = nothing()
        for row, phrase in zip(numbers, read.phrases, strict=False):
            row[: len(phrase)] = [self._numbers[word] for word in phrase]
        return numbers

    def notes(self, prompt: Prompt) -> tuple[str, ...]:
        """What a person should know of their prompt: words that say nothing to the model, and what to say instead."""
        said = dict(self.answers)
        notes = [said[word] for word in prompt.unknown if word in said]
        plain = [word for word in prompt.unknown if word not in said]
        if plain:
            near = f"nearest: {', '.join(prompt.near)}" if prompt.near else f"it knows {self._things()}"
            notes.append(f"not known to the model: {short(', '.join(plain), 120)}; {near}")
        notes += [self._book.note(phrase) for phrase in prompt.new[:MAX_NEW]]
        if prompt.absent:
            gone = ", ".join(" ".join(phrase) for phrase in prompt.absent)
            notes.append(f"“{short(gone, 60)}”: guidance above 1 leads away from {short(prompt.unwanted, 60)}")
        if prompt.left_out:
            notes.append(f"only the first {MAX_PHRASES} phrases are taken, {prompt.left_out} are left out")
        return tuple(notes)

    def _things(self) -> str:
        """What it knows phrases of."""
        return one_of(list(dict.fromkeys(phrase[-1] for phrase in self._book.phrases)) or list(self.words), "and")

    def places(self, prompt: str) -> tuple[tuple[int, ...], ...]:
        """A row for each phrase."""
        return tuple((k,) for k in range(len(self.read(prompt).phrases)))

    def without(self, prompt: str, k: int) -> str:
        """What was understood, without its phrase k."""
        phrases = self.read(prompt).phrases
        return str(Prompt(phrases[:k] + phrases[k + 1 :]))


class _Reader:
    """Takes the parts of a prompt, word by word."""

    def __init__(self, known: Mapping[str, int], book: Phrasebook) -> None:
        self._known, self._book = known, book
        self.phrases: list[Phrase] = []
        self.absent: list[Phrase] = []
        self.near: list[str] = []
        self.unknown: dict[str, None] = {}
        self.taken: dict[str, str] = {}
        self._not_there: list[set[str]] = []

    def take(self, words: Sequence[str]) -> None:
        """What stands between two commas."""
        phrase: list[str] = []
        strange: list[str] = []
        negation = ended = carried = ""  # of the phrase, of the one before, and whether it goes on from there
        passed = False  # an unknown word that is not wanted: "no mustache"

        def close() -> None:
            nonlocal negation, ended, carried, passed
            if phrase:
                self._close(tuple(phrase), strange, negation)
                phrase.clear()
                strange.clear()
            elif not passed:
                return
            negation, ended, carried, passed = "", negation, "", False

        for said in words:
            if said in _NEGATIONS and said not in self._known:
                close()
                negation = said
                continue
            word = self._word(said)
            if not word and self._word(stem := said.removesuffix("less")) and said != stem:
                close()
                negation, word = "no", self._word(stem)
            if word:
                phrase.append(word)
            elif negation:
                passed = passed or said not in _FILLERS
            elif said not in _FILLERS:
                self.unknown[said] = None
                if len(self.unknown) <= MAX_LOOKED_FOR:
                    strange.append(said)
            if said in _FILLERS or word in self._book.heads or len(phrase) == MAX_WORDS:
                close()
                if said == "or" or (said == "and" and ended == "without"):
                    negation = carried = ended
                elif said in _FILLERS and said not in ("a", "an", "any", "the", "and"):  # something else begins
                    negation, ended, carried = "" if carried else negation, "", ""
                self._guess(strange if said in _FILLERS else [])
        close()
        self._guess(strange)

    def unwanted(self, phrase: Phrase) -> bool:
        """Whether it is said somewhere else that this is not there."""
        return any(words.issubset(phrase) for words in self._not_there)

    def _word(self, said: str) -> str:
        word = said if said in self._known else SYNONYMS.get(said, said)
        if word not in self._known:
            return ""
        if word != said:
            self.taken[said] = word
        return word

    def _close(self, phrase: Phrase, strange: Sequence[str], negation: str) -> None:
        instead = ABSENCES.get(phrase[0], "") if negation and len(phrase) == 1 else ""
        if instead in self._known:
            self.taken[f"{negation} {phrase[0]}"] = instead
            self.phrases.append((instead,))
        elif negation:
            self.absent.append((negation, *phrase))
            self._not_there.append(set(phrase))
        else:
            self.phrases.append(phrase)
            if strange:  # the unknown word says something of a thing that is known
                self.near += self._book.nearest([*filter(None, map(self._book.like, strange)), *phrase])

    def _guess(self, strange: list[str]) -> None:
        """Of words that stand alone those that are spelt so, or mean such things."""
        for said in strange:
            if like := self._book.like(said):
                self.near += self._book.nearest([like], 2)
        strange.clear()


def sides(prompt: str | None) -> tuple[str, ...]:
    """The prompts that are blended, what stands before the first bar and after it; without a bar the one prompt."""
    first, bar, second = (prompt or "").partition(BLENDED)
    return (first.strip(), second.strip()) if bar else (first.strip(),)


def rows(words: int) -> int:
    """Rows that a network of so many words has: one for "nothing said", then theirs."""
    return words + NOTHING


def nothing() -> Numbers:
    """12 rows of 6: the null condition, "any picture"."""
    numbers = [[PADDING] * MAX_WORDS for _ in range(MAX_PHRASES)]
    numbers[0][0] = NOTHING
    return numbers


def vocabulary_of(captions: Iterable[str], least: int = 1) -> tuple[Vocabulary, tuple[str, ...]]:
    """The words of captions, the most frequent first, and those that were dropped because they are too rare.

    Args:
        captions: phrases between commas.
        least: how often a word must stand there to be kept.
    """
    captions = list(captions)
    words: Counter[str] = Counter()
    phrases: Counter[str] = Counter()
    for caption in captions:
        for part in _BREAKS.split(unicodedata.normalize("NFKC", caption[:MAX_PROMPT]).lower()):
            found = [word for word in _WORD.findall(part) if word not in _FILLERS]
            words.update(found)
            if found:
                phrases[" ".join(found[:MAX_WORDS])] += 1
    ordered = _by_count(words)
    kept = [word for word in ordered if words[word] >= least][:MAX_KNOWN]
    known = set(kept)
    whole = [phrase for phrase in _by_count(phrases) if known.issuperset(phrase.split())]
    told = [caption for caption in captions if 0 < len(caption.strip()) <= 200]
    some = dict.fromkeys(told[:: max(1, len(told) // MAX_EXAMPLES)][:MAX_EXAMPLES])
    return Vocabulary(tuple(kept), tuple(whole[:MAX_KNOWN]), examples=tuple(some)), tuple(
        word for word in ordered if word not in known
    )


def _by_count(counted: Counter[str]) -> Sequence[str]:
    return sorted(counted, key=lambda each: (-counted[each], each))
