"""Prompts as phrases of known words: what is understood, what is said of the rest, and how it becomes numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffviz.phrasebook import Phrasebook
from diffviz.vocabulary import (
    FIRST,
    MAX_LOOKED_FOR,
    MAX_PHRASES,
    MAX_WORDS,
    NOTHING,
    PADDING,
    Prompt,
    Vocabulary,
    nothing,
    rows,
    sides,
    vocabulary_of,
)

CAPTIONS = (
    *("pixel face, long red hair, glasses, smiling, blue background",) * 3,
    *("ink face, short brown hair, sad, red shirt, white background",) * 2,
    "sketch face, bald, red beard, open mouth, purple shirt",
)
KNOWN, _ = vocabulary_of(CAPTIONS)


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        (None, ("",)),
        ("red hair", ("red hair",)),
        (" red hair | blue hat ", ("red hair", "blue hat")),
        ("red hair |", ("red hair", "")),
        ("a | b | c", ("a", "b | c")),
    ],
)
def test_a_bar_stands_between_two_prompts(prompt, told):
    assert sides(prompt) == told


def test_what_is_not_understood_of_either_prompt_is_said_once():
    assert KNOWN.objection("red hair | smiling") == ""
    assert KNOWN.objection("zebra | zebra").count("zebra") == 1
    assert "two prompts are blended" in KNOWN.objection("red hair | smiling | sad")


@pytest.mark.parametrize("caption", sorted(set(CAPTIONS)))
def test_a_caption_is_understood_as_it_stands(caption):
    assert str(KNOWN.read(caption)) == caption
    assert KNOWN.read(caption).unknown == ()


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("Long RED hair; glasses", "long red hair, glasses"),
        ("red hair glasses smiling", "red hair, glasses, smiling"),
        ("a smiling face with long red hair and a blue background", "smiling, face, long red hair, blue background"),
        ("happy, spectacles, ginger hair", "smiling, glasses, red hair"),
        ("red hair, red hair", "red hair"),
        ("ｒｅｄ　ｈａｉｒ", "red hair"),
        ("purple", "purple"),
    ],
)
def test_people_say_it_otherwise(said, understood):
    assert str(KNOWN.read(said)) == understood


@pytest.mark.parametrize("said", ["", "   ", ",;,", "a the of"])
def test_nothing_said_is_the_null_condition(said):
    assert KNOWN.read(said) == Prompt()
    assert KNOWN.encode(said) == nothing()
    assert nothing()[0][0] == NOTHING and np.count_nonzero(nothing()) == 1


def test_unknown_words_are_named_once_and_the_rest_is_taken():
    known = Vocabulary(KNOWN.words, KNOWN.phrases, (("wizard", "there are no wizards; say a purple hat"),))
    prompt = known.read("a wizard, wizard dragon, 你好, red hair")
    assert prompt.unknown == ("wizard", "dragon", "你好")
    assert str(prompt) == "red hair"
    answer, plain = known.notes(prompt)
    assert answer == "there are no wizards; say a purple hat"
    assert "dragon, 你好" in plain and "wizard" not in plain and "it knows background, glasses" in plain


def test_a_synonym_is_said():
    assert KNOWN.read("grey").unknown == ("grey",)  # gray itself is not known here
    assert KNOWN.read("specs").taken == (("specs", "glasses"),)


def test_phrases_beyond_the_twelfth_are_left_out_and_said():
    many = ", ".join(f"{colour} {thing}" for colour in ("red", "blue", "white") for thing in KNOWN.words[:6])
    prompt = KNOWN.read(many)
    assert len(prompt.phrases) == MAX_PHRASES and prompt.left_out > 0
    assert f"{prompt.left_out} are left out" in KNOWN.notes(prompt)[-1]


def test_numbers_stand_for_words():
    numbers = np.array(KNOWN.encode("long red hair, bald"))
    words = [[KNOWN.words[n - FIRST] for n in row if n] for row in numbers]
    assert words[:2] == [["long", "red", "hair"], ["bald"]]
    assert (numbers[2:] == PADDING).all()
    assert numbers.max() <= rows(len(KNOWN.words))


@given(st.text(max_size=300))
def test_any_text_is_understood_or_named(text):
    prompt = KNOWN.read(text)
    numbers = np.array(KNOWN.encode(prompt))
    assert numbers.shape == (MAX_PHRASES, MAX_WORDS) and numbers.dtype.kind == "i"
    assert numbers.min() >= 0 and numbers.max() <= rows(len(KNOWN.words)) and numbers[0, 0] != PADDING
    assert KNOWN.read(str(prompt)).phrases == prompt.phrases
    assert all("\n" not in note and len(note) < 400 for note in KNOWN.notes(prompt))


def test_ten_thousand_characters_are_looked_at_and_no_more():
    assert str(KNOWN.read("x " * 20_000 + ", red hair")) == ""


def test_rare_words_are_dropped_and_named():
    known, dropped = vocabulary_of(CAPTIONS, least=2)
    assert "beard" in dropped and "beard" not in known.words
    assert "red beard" not in known.phrases and "red shirt" in known.phrases
    assert known.words[0] in ("face", "background")


PLAIN = Vocabulary(
    tuple("hair background glasses hat beard bald smiling red black white short curly long".split()),  # noqa: SIM905
    ("glasses", "smiling", "white background", "red background", "black beard", "bald", "short black hair",
     "curly red hair", "long black hair", "red hat", "black hat"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "understood", "unwanted"),
    [
        ("no glasses", "", "glasses"),
        ("red hair, no glasses", "red hair", "glasses"),
        ("smiling without a hat", "smiling", "hat"),
        ("without glasses and hat, smiling", "smiling", "glasses, hat"),
        ("no glasses and a red hat", "red hat", "glasses"),
        ("no hat or beard", "", "hat, beard"),
        ("not smiling but with a red hat", "red hat", "smiling"),
        ("red hair no glasses smiling", "red hair, smiling", "glasses"),
        ("glasses, no glasses, smiling", "smiling", "glasses"),
        ("short red hair, no red hair", "", "red hair"),
        ("beardless, smiling", "smiling", "beard"),
        ("isn’t smiling", "", "smiling"),
        ("not wearing a red hat, smiling", "smiling", "red hat"),
        ("not very long hair", "", "long hair"),
        ("without a beard and with a hat", "hat", "beard"),
        ("no mustache, red hat", "red hat", ""),
        ("without a mustache with a red hat", "red hat", ""),
        ("no mustache and a red hat", "red hat", ""),
        ("without mustache and beard", "", "beard"),
        ("no mustache or beard", "", "beard"),
        ("no fancy hat", "", "hat"),
        ("no hair", "bald", ""),
        ("no", "", ""),
    ],
)
def test_what_is_not_wanted_is_taken_out(said, understood, unwanted):
    prompt = PLAIN.read(said)
    assert (str(prompt), prompt.unwanted, prompt.unknown) == (understood, unwanted, ())
    assert not PLAIN.loses(said)
    assert ("guidance above 1 leads away from " + unwanted in PLAIN.objection(said)) == bool(unwanted)


def test_a_model_that_has_a_word_for_it_is_told_that():
    told = Vocabulary((*PLAIN.words, "no"), (*PLAIN.phrases, "no glasses"))
    assert str(told.read("no glasses")) == "no glasses" and not told.read("no glasses").absent


def test_words_that_were_never_learnt_together_are_said_with_what_was():
    assert PLAIN.read("white hair, black hat").new == (("white", "hair"),)
    assert PLAIN.loses("white hair") and not PLAIN.loses("red hair, hair, white")
    assert PLAIN.objection("white hair") == (
        "“white hair” is none of the model's phrases: hair is black or red; white is known of background"
    )
    assert PLAIN.objection("curly black hair").endswith("none of the model's phrases; nearest: short black hair, "
        "long black hair, curly red hair")  # fmt: skip
    assert Vocabulary(PLAIN.words).objection("white hair") == "", "nobody knows what it learnt"


@pytest.mark.parametrize(
    ("said", "nearest"),
    [
        ("glases", "glasses"),
        ("fluffy hair", "short black hair, curly red hair, long black hair"),
        ("orange hat", "red hat, black hat, red background"),
        ("mustache", "black beard"),
        ("a helmet", "red hat, black hat"),
    ],
)
def test_the_nearest_phrases_are_named(said, nearest):
    assert PLAIN.objection(said).endswith(f"; nearest: {nearest}")


def test_of_a_long_text_the_first_words_are_looked_for(monkeypatch):
    """Each takes a hundredth of a second where thousands are known, and a page may be pasted."""
    asked = []
    monkeypatch.setattr(Phrasebook, "like", lambda self, word: asked.append(word) or "")
    read = PLAIN.read(" ".join(f"zebra{k}" for k in range(500)))
    assert len(read.unknown) == 500 and asked == [f"zebra{k}" for k in range(MAX_LOOKED_FOR)]


def test_where_nothing_is_near_it_says_what_it_has_words_for():
    assert PLAIN.objection("zebra").endswith("it knows glasses, smiling, background, beard, bald, hair and hat")
