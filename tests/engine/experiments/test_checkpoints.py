"""Checkpoints: a row each in the order of their steps, the same seeds, each the chain itself."""

from __future__ import annotations

import dataclasses
import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from benches import bench, parts, sheet
from safetensors.torch import load_file, save_file

from diffviz.engine.chain import run_chain
from diffviz.models import load_model
from diffviz.sheet import Cell


def training(folder: Path, names: tuple[str, ...]) -> Path:
    """A folder of checkpoints as training scripts leave it, each with other weights; the scheduler above them."""
    out = folder.parent / "training"
    for k, name in enumerate(names):
        shutil.copytree(folder / "unet", out / name / "unet")
        (weights,) = (out / name / "unet").glob("*.safetensors")
        save_file({key: tensor * (1 + 0.02 * k) for key, tensor in load_file(weights).items()}, weights)
    shutil.copytree(folder / "scheduler", out / "scheduler")
    shutil.copy(folder / "diffviz.json", out)
    (out / "logs").mkdir()
    return out


def test_rows_are_the_checkpoints_by_step(tiny_model_folder: Path) -> None:
    out = training(tiny_model_folder, ("checkpoint-1000", "checkpoint-500", "checkpoint-20000"))
    work = bench(tiny_model_folder, "checkpoints", folder=str(out), samples=3)
    made = sheet(dataclasses.replace(work, scene=work.scene.replace(seed=7)))
    assert [row.title for row in made.rows] == ["step 500", "step 1,000", "step 20,000"]
    assert [head.title for head in made.columns] == ["seed 7", "seed 8", "seed 9"]
    assert made.remark.startswith("DDIM 5 · any class · seeds 7 to 9: the models (3)"), "not of the one that is loaded"
    assert made.remark.endswith(" Moved: from the row above.")
    ends = []
    for row, name in enumerate(("checkpoint-500", "checkpoint-1000", "checkpoint-20000")):
        model = load_model(str(out / name), "cpu")
        *_, last = run_chain(model, work.scene.replace(seed=7, count=3))
        assert last.values is not None
        ends.append(last.values[0])
        for k in range(3):
            assert np.array_equal(made.cells[row, k].picture, last.shown.x_t[k])
    (curve,) = made.plots["change from the checkpoint before"].curves
    assert curve.x == (1000, 20000)
    assert curve.y == pytest.approx([np.sqrt(np.mean((b - a) ** 2)) for a, b in pairwise(ends)])
    assert made.rows[0].note == "5 network calls" and made.rows[1].note.endswith(f"moved RMS {curve.y[0]:.3g}")


def test_the_network_itself_is_the_last_row(tiny_model_folder: Path) -> None:
    shutil.copytree(tiny_model_folder, tiny_model_folder / "step-10", ignore=lambda *_: {"step-10"})
    made = sheet(bench(tiny_model_folder, "checkpoints", folder=str(tiny_model_folder), samples=1))
    assert [row.title for row in made.rows] == ["step 10", "tiny"]
    assert np.array_equal(made.cells[0, 0].picture, made.cells[1, 0].picture)


def test_a_checkpoint_is_sampled_once(tiny_model_folder: Path) -> None:
    out = training(tiny_model_folder, ("checkpoint-1", "checkpoint-2"))
    work = bench(tiny_model_folder, "checkpoints", folder=str(out))
    loaded: list[str] = []

    def read(name: str):  # type: ignore[no-untyped-def]
        loaded.append(Path(name).name)
        model = load_model(name, "cpu")
        model.network.register_forward_hook(lambda *_: loaded.append("call"))
        return model

    work = dataclasses.replace(work, read=read)
    first = sheet(work)
    assert loaded.count("call") == 10
    loaded.clear()
    again = sheet(work)
    assert loaded == []
    assert np.array_equal(first.cells[1, 3].picture, again.cells[1, 3].picture)


def test_one_that_cannot_be_read_leaves_the_others(tiny_model_folder: Path) -> None:
    out = training(tiny_model_folder, ("checkpoint-1", "checkpoint-2", "checkpoint-3"))
    (weights,) = (out / "checkpoint-2" / "unet").glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:1000])
    made = sheet(bench(tiny_model_folder, "checkpoints", folder=str(out), samples=1))
    assert "checkpoint-2" in made.rows[1].note and (1, 0) not in made.cells
    assert (0, 0) in made.cells and (2, 0) in made.cells
    assert "moved" not in made.rows[2].note


def test_what_does_not_fit_is_refused_before_weights_are_read(tiny_model_folder: Path) -> None:
    out = training(tiny_model_folder, ("checkpoint-1", "checkpoint-2"))
    work = bench(tiny_model_folder, "checkpoints", folder=str(out))

    def read(name: str) -> None:
        raise AssertionError(f"{name} was read")

    def refused(**changes: object) -> str:
        model = dataclasses.replace(work.scene.model, **changes)
        changed = dataclasses.replace(work, read=read, scene=work.scene.replace(model=model))
        with pytest.raises(ValueError) as error:
            parts(changed)
        return str(error.value)

    assert "checkpoint-1: knows no class cube" in refused(class_label="cube")
    config = out / "checkpoint-2" / "unet" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"sample_size": 16}))
    assert "checkpoint-2: has samples of another shape" in refused()


@pytest.mark.parametrize("folder, said", [
    ("", "Choose a folder"), ("/nowhere/at/all", "all: is no folder"), ("{tmp}", "holds no checkpoints"),
])  # fmt: skip
def test_a_folder_without_models_is_refused(tiny_model_folder: Path, tmp_path: Path, folder: str, said: str) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ValueError, match=said):
        parts(bench(tiny_model_folder, "checkpoints", folder=folder.format(tmp=empty)))


def test_cells_say_their_t_until_they_are_done(tiny_model_folder: Path) -> None:
    out = training(tiny_model_folder, ("checkpoint-500",))
    made = [part for part in parts(bench(tiny_model_folder, "checkpoints", folder=str(out))) if isinstance(part, Cell)]
    notes = [cell.note for cell in made if cell.column == 3]
    assert notes[0] == "t = 100" and notes[-1] == "" and len(set(notes)) == len(notes) == 6
