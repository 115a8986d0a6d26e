"""The tables of losses: whole rows only, trimmed to the checkpoint, and when a loss on held-out pictures has turned."""

from __future__ import annotations

import pytest

from diffviz.train.losses import HELD_OUT, LOSSES, append, read_held_out, read_rows, rises, trim


def test_tables_are_begun_and_trimmed_to_the_checkpoint(tmp_path):
    trim(tmp_path, 0)
    assert read_rows(tmp_path / LOSSES) == [] and read_held_out(tmp_path) == []
    append(tmp_path / LOSSES, ["1,0.5,1e-3,0.9\n", "2,1.0,1e-3,0.8\n", "3,1.5,1e-"])  # cut short by kill -9
    append(tmp_path / HELD_OUT, ["1,0.7\n", "2,0.6\n"])
    assert [row[0] for row in read_rows(tmp_path / LOSSES)] == ["1", "2"]
    assert read_held_out(tmp_path) == [(1, 0.7), (2, 0.6)]
    trim(tmp_path, 1)
    assert (tmp_path / LOSSES).read_text(encoding="utf-8") == "step,seconds,lr,loss\n1,0.5,1e-3,0.9\n"
    assert read_held_out(tmp_path) == [(1, 0.7)]


@pytest.mark.parametrize("text", [None, "", "step,loss\na,b\n", "step,seconds,lr,loss\n1,1,1,1\n"])
def test_a_table_that_tells_nothing(tmp_path, text):
    if text is not None:
        (tmp_path / HELD_OUT).write_text(text, encoding="utf-8")
    assert read_held_out(tmp_path) == []


@pytest.mark.parametrize(("losses", "turned"), [
    ((), False), ((0.5,), False), ((0.5, 0.6), False), ((0.5, 0.6, 0.6), True), ((0.5, 0.4, 0.39), False),
    ((0.5, 0.6, 0.5), False),  # one value may be out of line
    ((0.5, 0.505, 0.51), False), ((0.9, 0.5, 0.52, 0.55), True),
    ((0.5, 0.9, 0.8, 0.7, 0.6, 0.55), False),  # it was higher, and falls
])  # fmt: skip
def test_a_loss_that_has_turned(losses, turned):
    assert rises(losses) is turned
