"""Words: a grid of pictures, rows of words against columns of words, all from the same x_T."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Generator

import torch

from diffviz.checks import shown
from diffviz.engine.experiments.runs import (
    Progress,
    check_runs,
    is_known,
    network_calls,
    on_its_way,
    run_levels,
    run_states,
)
from diffviz.engine.experiments.workbench import Workbench
from diffviz.scene import RunSpec
from diffviz.sheet import Cell, Head, Outline, Part, Remark
from diffviz.vocabulary import BLENDED, Wording, sides

MOST = 8
OWN = {"rows": slice(0, 3), "columns": slice(3, 7)}  # of the model's phrases, where none are given


@torch.no_grad()
def words(bench: Workbench) -> Generator[Part, None, None]:
    """A cell a chain of the scene: its prompt with the row's words and the column's."""
    scene, vocabulary = bench.scene, bench.model.words
    if vocabulary is None:
        raise ValueError(f"{bench.model.name}: is told no words; choose a model that is, such as faces-64.")
    rows, columns = (_said(bench, vocabulary, name) for name in OWN)
    base = scene.model.class_label
    prompts = [prompt(base, row, column) for row in rows for column in columns]
    runs = [RunSpec(dataclasses.replace(scene.model, class_label=each), scene.sampler) for each in prompts]
    check_runs(bench, runs)
    pair = (0, 0), (0, min(1, len(columns) - 1))
    left, above = (tuple(_head(vocabulary, each) for each in found) for found in (rows, columns))
    yield Outline("Words against words", left, above, pair=pair)
    with_base = f", each with “{scene.model.asked}”" if base else ""
    yield Remark(f"{bench.asked}: rows of words against columns of words{with_base}, all from the same x_T.")
    costs = [network_calls(run, run_levels(bench, run)) for run in runs]
    progress = Progress(sum(map(sum, costs)))
    for k, run in enumerate(runs):
        known = is_known(bench, run)
        for state in run_states(bench, run):
            yield progress.add(costs[k][state.i - 1] if state.i else 0, known)
            x_t, x0_hat, _ = state.frames()
            note = on_its_way(state)
            yield Cell(*divmod(k, len(columns)), x_t, note, x0_hat=x0_hat, passing=bool(note))


def prompt(base: str | None, *more: str) -> str:
    """A prompt, or both that are blended, with more phrases."""
    return f" {BLENDED} ".join(", ".join(filter(None, (side, *more))) for side in sides(base))


def _head(vocabulary: Wording, said: str) -> Head:
    """With the words that say nothing to the model, beside others that do."""
    unknown = vocabulary.read(said).unknown
    return Head(said, f"not known: {', '.join(unknown)}" if unknown else "")


def _said(bench: Workbench, vocabulary: Wording, name: str) -> tuple[str, ...]:
    """The words of the rows or columns.

    Raises:
        ValueError: for too many, and for words that say nothing to the model.
    """
    given = tuple(dict.fromkeys(filter(None, map(str.strip, re.split(r"[;\n]", str(bench.param(name)))))))
    found = given or vocabulary.phrases[OWN[name]] or vocabulary.phrases[-1:]
    some = vocabulary.such_as(between="; ")
    if not 1 <= len(found) <= MOST:
        raise ValueError(f"{name}: give 1 to {MOST}, a semicolon between them, such as {some}.")
    for each in found:
        if not vocabulary.read(each).says:
            raise ValueError(f"{name}: {shown(each)} says nothing to the model, which knows words such as {some}.")
    return found
