"""The classifier of what captions say: which facts it has, how it is judged, and that it learns."""

from __future__ import annotations

import pytest
import torch

from .words import accuracy, facts, found_facts, known_facts, table_of, train_classifier


def test_a_phrase_says_a_thing_and_what_it_is_like() -> None:
    assert facts("long red hair, glasses") == {"hair", "long hair", "red hair", "glasses"}
    assert facts("") == set()


def test_what_is_rare_or_always_said_cannot_be_learnt() -> None:
    captions = ["red face"] * 60 + ["blue face"] * 39 + ["green face"]
    assert known_facts(captions) == ("blue face", "red face")


def test_accuracy_is_the_mean_over_facts_of_what_is_said() -> None:
    said = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    seen = torch.tensor([[True, False], [True, False], [True, True], [False, False]])
    there, unsaid, each = accuracy(seen, said)
    assert there == pytest.approx(0.5)  # three of three, none of one
    assert unsaid == pytest.approx(0.25) and each == [(1.0, 3), (0.0, 1)]


def test_it_learns_what_is_there_and_where() -> None:
    generator = torch.Generator().manual_seed(0)
    captions = ["red hair", "red shirt", "blue hair", "blue shirt"] * 60
    x = 0.1 * torch.randn(240, 3, 16, 16, generator=generator)
    for k, caption in enumerate(captions):
        colour, thing = caption.split()
        rows = slice(0, 6) if thing == "hair" else slice(10, 16)
        x[k, 0 if colour == "red" else 2, rows] += 1.0
    names = known_facts(captions)
    wanted = table_of(captions, names)
    classifier = train_classifier(x[:200], wanted[:200], epochs=6)
    there, unsaid, _ = accuracy(found_facts(classifier, x[200:]), wanted[200:])
    assert there > 0.95 and unsaid < 0.05
