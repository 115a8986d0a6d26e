"""What a folder tells of its training, and the film of it from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from films import frames
from past_trainings import CLASSES, STEPS, make_past

from diffviz.cli import main
from diffviz.files import models_dir
from diffviz.train.layout import MAX_CELLS, layout
from diffviz.train.past import past_training


def test_the_grids_of_a_training_with_their_step_and_time(tmp_path: Path) -> None:
    past = past_training(make_past(tmp_path / "pets"))
    assert past is not None and past.finished and past.columns == past.class_names == CLASSES
    assert [grid.step for grid in past.grids] == list(STEPS)
    assert [grid.seconds for grid in past.grids] == [2.0 * step for step in STEPS]
    assert past.grids[-1].note == "step 40 · after 80 s"
    assert past.steps == 40 and past.losses[-1] == 1 / 40 and past.held_out == ()
    past = past_training(make_past(tmp_path / "more", held_out=True))
    assert past is not None and past.held_out == tuple((step, 2 / step) for step in STEPS)


def test_a_real_training_has_its_last_grid(trained_folder: Path) -> None:
    past = past_training(trained_folder)
    assert past is not None and past.steps == 100
    assert past.grids[-1].step == 100 and past.grids[-1].path.is_file()


def test_what_is_no_grid_of_this_training_is_left_out(tmp_path: Path) -> None:
    folder = make_past(tmp_path / "pets")
    samples = folder / "training" / "samples"
    for name in ("notes.png", "00000099.png", "²5.png", "-3.png"):  # 99: of steps that were lost
        shutil.copy(samples / "00000010.png", samples / name)
    past = past_training(folder)
    assert past is not None and [grid.step for grid in past.grids] == list(STEPS)


@pytest.mark.parametrize("broken", ["training/state.safetensors", "training/losses.csv", "diffviz.json"])
def test_a_folder_without_a_training(tmp_path: Path, broken: str) -> None:
    folder = make_past(tmp_path / "pets")
    (folder / broken).unlink()
    assert past_training(folder) is None


@pytest.mark.parametrize("part, content", [
    ("training/losses.csv", b""), ("training/losses.csv", b"step\n\n1\n"), ("training/losses.csv", b"\xff" * 99),
    ("training/losses.csv", b"step,seconds,lr,loss\n" + b"9" * 5000 + b",1,1,1\n1,nan,1,1\nx,1,1,1\n"),
    ("training/held_out.csv", b"step,loss\n\xff\n" + b"9" * 5000 + b",1\n"), ("diffviz.json", b"[" * 100_000),
    ("diffviz.json", b'{"class_names": 9223372036854775808}'), ("diffviz.json", b'{"class_names": 7}'),
    ("training/state.safetensors", b"\xff" * 99), ("training/samples/99999999999999999999.png", b""),
])  # fmt: skip
def test_where_a_part_is_damaged_the_rest_of_the_training_counts(tmp_path: Path, part: str, content: bytes) -> None:
    folder = make_past(tmp_path / "pets")
    (folder / part).write_bytes(content)
    past = past_training(folder)
    assert past is not None and past.recipe.steps == max(STEPS)
    assert past.class_names == (() if part == "diffviz.json" else CLASSES)
    assert len(past.losses) == (0 if "losses" in part else max(STEPS))


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b'{"format": 1, "steps": ' + b"9" * 400 + b"}", b"\xff"])
def test_without_a_recipe_there_is_none_to_go_on_with(tmp_path: Path, content: bytes) -> None:
    folder = make_past(tmp_path / "pets")
    (folder / "training" / "recipe.json").write_bytes(content)
    assert past_training(folder) is None


def test_the_checkpoint_knows_best_how_far_it_is(tmp_path: Path) -> None:
    """Losses that were written before a kill belong to steps which will come again."""
    folder = make_past(tmp_path / "pets")
    header = json.dumps({"__metadata__": {"diffviz": json.dumps({"step": 25, "seconds": 50.5})}}).encode()
    (folder / "training" / "state.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    past = past_training(folder)
    assert past is not None and (past.steps, past.seconds, past.until_step) == (25, 50.5, 40)


def test_the_classes_above_the_columns_where_only_some_are_shown() -> None:
    names = tuple(map(str, range(95)))
    shown = layout(95)
    assert len(shown.names(names)) == shown.columns == MAX_CELLS
    assert shown.names(names)[0] == "0" and shown.names(names)[-1] == "94"
    assert layout(0).names(()) == ()


# -- diffviz export training


def test_the_film_of_a_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = make_past(tmp_path / "pets"), tmp_path / "film.apng"
    assert main(["export", "training", str(folder), "-o", str(out), "--size", "100"]) == 0
    assert len(frames(out)) == len(STEPS)
    assert main(["export", "training", str(folder), "-o", str(out), "--frames", "2", "--theme", "light"]) == 0
    film = frames(out)
    assert len(film) == 2 and max(film[0].shape) > 1000 and film[0][0, 0].min() > 200
    assert capsys.readouterr().out == ""


def test_the_film_of_a_model_that_was_trained_in_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIFFVIZ_DATA_DIR", str(tmp_path / "data"))
    make_past(models_dir() / "pets")
    assert main(["export", "training", "pets", "-o", str(tmp_path / "film.gif")]) == 0
    assert (tmp_path / "film.gif").is_file()


@pytest.mark.parametrize("words, said", [
    (["{tmp}/nowhere"], "nowhere: holds no training; give a folder that diffviz train made"),
    (["smileys-32"], "smileys-32: holds no training"),
    (["{tmp}/young"], "a film needs the samples of two checkpoints; young has 1 so far"),
    (["{tmp}/pets", "--size", "16"], "size = 16 is smaller than the picture's"),
    (["{tmp}/pets", "--fps", "60"], "frames a second are outside the format's"),
    (["{tmp}/pets", "--filmstrip", "3"], "unrecognized arguments: --filmstrip 3"),
    (["{tmp}/pets", "--seed", "3"], "unrecognized arguments: --seed 3"),
    (["{tmp}/torn"], "00000025.png: is not a picture"),
])  # fmt: skip
def test_what_has_no_film(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    make_past(tmp_path / "pets")
    make_past(tmp_path / "young", (10,))
    torn = make_past(tmp_path / "torn") / "training" / "samples" / "00000025.png"
    torn.write_text("no picture", encoding="utf-8")
    given = [word.format(tmp=tmp_path) for word in words]
    assert main(["export", "training", *given, "-o", str(tmp_path / "film.gif")]) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1
    assert not (tmp_path / "film.gif").exists()
