"""Words against words: a cell is the chain of its prompt, and what says nothing is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from benches import bench, parts, sheet

from diffviz.catalog import EXPERIMENTS
from diffviz.engine.chain import run_chain
from diffviz.engine.experiments.words import prompt
from diffviz.sheet import Cell, Done

GIVEN = {"rows": "red hair; blue hat", "columns": "long hair ; zebra, hat; blue hair"}


def test_each_cell_is_the_chain_of_its_words_from_one_x_T(told_folder: Path) -> None:
    work = bench(told_folder, "words", **GIVEN)
    spec = dataclasses.replace(work.scene.model, class_label="long | red hat")
    made = sheet(dataclasses.replace(work, scene=work.scene.replace(model=spec)))
    assert [head.title for head in made.rows] == ["red hair", "blue hat"]
    assert [head.title for head in made.columns] == ["long hair", "zebra, hat", "blue hair"]
    assert [head.note for head in made.columns] == ["", "not known: zebra", ""]
    for place, told in (
        ((0, 0), "long, red hair, long hair | red hat, red hair, long hair"),
        ((1, 1), "long, blue hat, zebra, hat | red hat, blue hat, zebra, hat"),
    ):
        own = dataclasses.replace(spec, class_label=told)
        *_, last = run_chain(work.model, work.scene.replace(model=own))
        assert np.array_equal(made.cells[place].picture, last.frames()[0])
    assert "long | red hat" in made.remark and made.title == EXPERIMENTS["words"].label


def test_it_is_counted_and_computed_once(told_folder: Path) -> None:
    work = bench(told_folder, "words", **GIVEN)
    done = [part for part in parts(work) if isinstance(part, Done)]
    assert done[-1] == Done(30, 30)
    seen: list[int] = []
    hook = work.model.network.register_forward_hook(lambda *_: seen.append(1))
    sheet(work)
    hook.remove()
    assert not seen


def test_without_words_some_of_the_models_own_are_taken(told_folder: Path) -> None:
    made = sheet(bench(told_folder, "words"))
    assert [head.title for head in made.rows] == ["long red hair", "blue hat"]
    assert [head.title for head in made.columns] == ["blue hat"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rows": "zebra"}, "rows: 'zebra' says nothing to the model, which knows words such as long red hair"),
        ({"columns": ";".join(f"red hat, {k}" for k in range(9))}, "columns: give 1 to 8, a semicolon between them"),
    ],
)
def test_what_cannot_be_is_said(told_folder: Path, given: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parts(bench(told_folder, "words", **given))


def test_a_model_of_classes_is_refused(tiny_model_folder: Path) -> None:
    with pytest.raises(ValueError, match="is told no words"):
        parts(bench(tiny_model_folder, "words", **GIVEN))


@pytest.mark.parametrize(
    ("base", "whole"),
    [(None, "a, b"), ("c, d", "c, d, a, b"), ("c | d", "c, a, b | d, a, b"), ("c |", "c, a, b | a, b")],
)
def test_a_prompt_grows(base: str | None, whole: str) -> None:
    assert prompt(base, "a", "b") == whole


def test_a_cell_says_its_t_until_its_chain_is_done(told_folder: Path) -> None:
    made = [part for part in parts(bench(told_folder, "words", **GIVEN)) if isinstance(part, Cell)]
    first = [cell.note for cell in made if (cell.row, cell.column) == (0, 0)]
    assert first[0] == "t = 100" and first[-1] == "" and len(set(first)) == len(first) == 6
    assert all(cell.passing == bool(cell.note) for cell in made)
    ends = [cell for cell in made if not cell.note]
    assert [(cell.row, cell.column) for cell in ends] == [(row, column) for row in range(2) for column in range(3)]
