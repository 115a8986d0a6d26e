"""What experiments work with: parameters read at the border, a memory with a bound."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from benches import bench, picture

from diffviz.engine.experiments import workbench
from diffviz.engine.experiments.memory import Memory
from diffviz.engine.experiments.workbench import Reel


@pytest.mark.parametrize("given, said", [
    ("", "1 to 16 numbers"),
    ("0.2 x", "'x' is no number"),
    ("0.2, 1.5", "1.5 is outside"),
    ("nan", "nan is outside"),
    (" ".join(["0.5"] * 17), "1 to 16 numbers"),
])  # fmt: skip
def test_a_list_of_numbers_is_read_or_refused_in_words(tiny_model_folder: Path, given: str, said: str) -> None:
    work = bench(tiny_model_folder, "strength", strengths=given)
    with pytest.raises(ValueError, match=said):
        work.numbers("strengths", 0, 1)


def test_numbers_may_be_separated_as_people_do(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "strength", strengths=" 0.2,0.5; 1 ")
    assert work.numbers("strengths", 0, 1) == (0.2, 0.5, 1.0)


def test_memory_is_bounded_and_forgets_the_oldest_unused() -> None:
    memory = Memory(100)
    memory.put("a", 1, 40)
    memory.put("b", 2, 40)
    assert memory.get("a") == 1
    memory.put("c", 3, 40)
    assert memory.get("b") is None and memory.get("a") == 1 and memory.get("c") == 3
    assert memory.used_bytes == 80
    memory.put("a", 5, 10)
    assert memory.get("a") == 5 and memory.used_bytes == 50
    memory.put("huge", 4, 101)
    assert memory.get("huge") == 4 and memory.get("a") is None, "a large model is not read again for each question"
    memory.put("b", 6, 1)
    assert memory.get("huge") is None and memory.used_bytes == 1


def test_a_film_is_thinned_to_its_bound_with_both_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (21, 2, 2, 3), dtype=np.uint8)
    levels = tuple(float(t) for t in range(20, -1, -1))
    for limit, count in ((24 * 21, 21), (24 * 5 + 23, 5), (1, 2)):
        monkeypatch.setattr(workbench, "FILM_BYTES", limit)
        reel = Reel(3, levels)
        for i in reversed(range(21)):
            reel.add(i, frames[i], 255 - frames[i])
        film = reel.film()
        assert film.row == 3 and len(film.levels) == count and film.levels[0] == 20 and film.levels[-1] == 0
        kept = [20 - int(t) for t in film.levels]
        assert np.array_equal(film.x_t, frames[kept])
        assert film.x0_hat is not None and np.array_equal(film.x0_hat, 255 - frames[kept])


def test_a_picture_of_any_size_becomes_the_models(tiny_model_folder: Path) -> None:
    work = dataclasses.replace(bench(tiny_model_folder, "strength"), picture=picture(31)[:20])
    assert work.picture_x_0().shape == (1, 3, 8, 8)
