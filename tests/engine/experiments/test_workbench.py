"""What experiments work with: parameters read at the border, a memory with a bound."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path

import numpy as np
import pytest
from benches import bench, picture, sheet

from diffviz import catalog
from diffviz.engine.experiments import EXPERIMENTS, parts_of, workbench
from diffviz.engine.experiments.memory import Memory
from diffviz.engine.experiments.workbench import Reel
from diffviz.scene import ModelSpec, SamplerSpec
from diffviz.sheet import Sheet


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


def test_a_sheet_says_the_settings_that_it_reads_and_no_others(tiny_model_folder: Path) -> None:
    """Convergence named no w, Guidance neither sampler nor steps: beside other settings nobody knew whose it was."""
    model = ModelSpec(str(tiny_model_folder), "ring", guidance=3.0, clip="static", rederive_eps=True)
    said = {"sampler": "DDIM", "steps": "5", "class": "ring", "guidance": "w = 3", "w": "w = 3", "seed": "seed 7"}
    said |= {"noise": "noise 9", "clip": "clip static", "rederive": "derived again", "spacing": "leading"}
    for name in EXPERIMENTS:
        work = bench(tiny_model_folder, name)
        sampler = SamplerSpec("ddim", 5, "leading")
        work = dataclasses.replace(work, scene=work.scene.replace(model=model, sampler=sampler, seed=7, noise=9))
        unread = catalog.unread(name, ())
        unread |= {"w", "guidance"} if unread & {"w", "guidance"} else set()
        asked = work.asked.replace("seeds", "seed")  # of several: "seeds 7 to 10"
        for setting, words in said.items():
            assert (words in asked) == (setting not in unread), (name, setting, work.asked)


@pytest.mark.parametrize("name", ["convergence", "guidance", "weights", "translator", "strength", "mistakes"])
def test_a_sentence_begins_with_them(tiny_model_folder: Path, name: str) -> None:
    work = bench(tiny_model_folder, name, **({"steps": "2 3"} if name == "convergence" else {}))
    model = dataclasses.replace(work.scene.model, class_label="ring", guidance=3.0)
    work = dataclasses.replace(work, scene=work.scene.replace(model=model))
    assert sheet(work).remark.startswith(f"{work.asked}: ")


@pytest.mark.parametrize("name", ["guidance", "step_counts"])
def test_they_are_said_from_the_beginning(tiny_model_folder: Path, name: str) -> None:
    """A sheet that was stopped before its sentence came said nothing of them."""
    work = bench(tiny_model_folder, name)
    work = dataclasses.replace(
        work, scene=work.scene.replace(model=dataclasses.replace(work.scene.model, class_label="ring"))
    )
    with contextlib.closing(parts_of(work)) as made:
        begun = Sheet().with_part(next(made)).with_part(next(made))
    assert begun.rows and begun.remark == f"{work.asked}."


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
