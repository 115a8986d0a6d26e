"""What is said of known phrases: what goes together, what takes whose place, what each describes."""

from __future__ import annotations

import pytest

from diffviz.phrasebook import MOST, OTHERS, Phrasebook, one_of
from diffviz.vocabulary import Vocabulary

BOOK = Phrasebook(
    ("dark skin", "light skin", "glasses", "white background", "red background", "smiling", "short black hair",
     "curly red hair", "curly black hair", "red hat", "black hat", "red beard")
)  # fmt: skip


@pytest.mark.parametrize(
    ("word", "head", "said"),
    [
        ("white", "hair", ["black", "red"]),
        ("short", "hair", ["short", "curly"]),
        ("red", "skin", ["dark", "light"]),
        ("purple", "hat", ["red", "black"]),
    ],
)
def test_words_of_one_sort_take_each_others_place(word: str, head: str, said: list[str]) -> None:
    assert BOOK.instead(word, head) == said


def test_what_goes_together() -> None:
    assert BOOK.together(["black", "hair"]) == [("short", "black", "hair"), ("curly", "black", "hair")]
    assert BOOK.together(["white", "hair"]) == [] == BOOK.together(["zebra"])


def test_the_thing_counts_more_than_what_is_said_of_it() -> None:
    assert BOOK.nearest(("red", "hair")) == ["curly red hair", "short black hair", "curly black hair"]
    assert BOOK.nearest(("zebra",)) == []


@pytest.mark.parametrize(("word", "like"), [("glases", "glasses"), ("goatee", "beard"), ("coat", ""), ("xyz", "")])
def test_what_a_word_is_like(word: str, like: str) -> None:
    assert BOOK.like(word) == like


def test_phrases_stand_by_what_they_describe_the_most_frequent_first() -> None:
    assert BOOK.groups == (
        ("skin", ("dark skin", "light skin")),
        (OTHERS, ("glasses", "smiling", "red beard")),
        ("background", ("white background", "red background")),
        ("hair", ("short black hair", "curly red hair", "curly black hair")),
        ("hat", ("red hat", "black hat")),
    )


def test_a_list_of_many_ends_somewhere() -> None:
    assert one_of(["a"]) == "a" and one_of(["a", "b", "c"]) == "a, b or c"
    assert one_of([str(k) for k in range(MOST + 1)]).endswith(f"{MOST - 1}, …")


def test_a_folder_may_name_blanks() -> None:
    assert Phrasebook(["", " ", "red hat"]).phrases == [("red", "hat")]
    assert Vocabulary(("hat",), (" ",)).objection("zebra").endswith("it knows hat")
