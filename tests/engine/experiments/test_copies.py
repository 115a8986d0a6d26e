"""Copy or new? The exact denoisers end at their own pictures, the network where its chain ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benches import bench, parts, sheet

from diffviz.engine.chain import run_chain
from diffviz.engine.experiments.data_set import data_set
from diffviz.models import ModelError
from diffviz.sheet import Done


def test_exact_chains_end_at_their_pictures_and_the_network_at_its_own(model_folder: Path) -> None:
    work = bench(model_folder, "copies", sizes="1 4 9 100")
    made = sheet(work)
    assert [row.title for row in made.rows] == ["exact, 1 picture", "exact, 4 pictures", "exact, 9 pictures", "network"]
    known = ((data_set(work).x[data_set(work).shuffled(0)].permute(0, 2, 3, 1).numpy() + 1) * 127.5).round()
    for row, count in enumerate((1, 4, 9)):
        end = made.cells[row, 7].picture
        gaps = np.abs(known[:count] - end).reshape(count, -1).mean(axis=1)
        assert gaps.min() < 12 and made.cells[row, 8].note == "a copy"
        assert np.abs(known[:count] - made.cells[row, 8].picture).reshape(count, -1).max(axis=1).min() <= 1
    *_, end = run_chain(work.model, work.scene)
    assert np.array_equal(made.cells[3, 7].picture, end.shown.x_t[0])
    assert made.cells[3, 8].note == "new" and "it is new" in made.remark
    assert len({made.films[row].x_t[0].tobytes() for row in range(4)}) == 1, "one x_T"
    curves = made.plots["x̂_0 to the nearest picture"].curves
    assert len(curves) == 4 and curves[0].y == pytest.approx([0.0] * 5, abs=1e-5)


def test_it_can_be_stopped_and_lacks_pictures_in_words(model_folder: Path, tmp_path: Path) -> None:
    done = [part for part in parts(bench(model_folder, "copies", sizes="2")) if isinstance(part, Done)]
    assert done[-1].done == done[-1].total == 10 == len(done)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError):
        sheet(bench(model_folder, "copies", data=str(tmp_path / "empty")))
    with pytest.raises(ValueError, match="is no whole number"):
        sheet(bench(model_folder, "copies", sizes="2.5"))
