"""The driver that damages scenes, runs and trainings, for a while; and what has failed once."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from past_trainings import make_past

from diffviz.bounded import Refusal
from diffviz.cli import main
from diffviz.engine.run_file import RunError, load_run
from diffviz.scene_file import SceneError, read_scene
from diffviz.train.checkpoint import Output
from diffviz.train.held_out import read_before
from diffviz.train.past import past_training
from diffviz.train.recipe import TrainError

from .driven import CORPUS, driven

KEPT = CORPUS / "files"


@pytest.mark.skipif(sys.platform != "linux", reason="the drivers count memory as Linux does")
def test_damaged_files_are_opened_or_refused_in_one_line(tmp_path: Path) -> None:
    tried = driven("files", tmp_path, "--n", "150", "--seed", "7")
    assert set(tried) == {"scene tried", "run tried", "train tried"} and min(tried.values()) > 30


@pytest.mark.parametrize("read, name, error", [
    (read_scene, "deep_unknown_key.json", SceneError), (load_run, "gap_1e400.diffviz-run", RunError),
])  # fmt: skip
def test_files_that_have_failed_once(read: Callable[[Path], object], name: str, error: type[Refusal]) -> None:
    with pytest.raises(error, match=f"^{name}: "):
        read(KEPT / name)


class Trainer:
    """Stands for what a checkpoint is restored into."""

    steps_done = 0

    def restore(self, tensors: object, step: int) -> None:
        self.steps_done = step


# what each question says of each damage; "" where the damage is elsewhere and the rest counts
SAID = {
    "class_names_number": {"classes": "its diffviz.json"},
    "held_out_not_utf8": {},
    "losses_cut": {},
    "preset_unknown": {"recipe": 'recipe.json: holds no recipe (it has "preset": '},
    "step_not_finite": {"state": 'its checkpoint cannot be used (has "step": -Infinity'},
}


@pytest.mark.parametrize("name", sorted(SAID))
def test_trainings_that_have_failed_once(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / name
    shutil.copytree(KEPT / "training" / name, folder)
    output, names = Output(folder), () if name == "class_names_number" else ("a", "b")
    past = past_training(folder)
    assert (past is None) == (name == "preset_unknown") and (past is None or past.class_names == names)
    questions: dict[str, Callable[[], object]] = {
        "classes": lambda: output.check_classes(("a", "b")),
        "recipe": lambda: output.recipe().check(),
        "losses": lambda: output.trim_losses(7),
        "state": lambda: output.read_state(Trainer()),  # type: ignore[arg-type]
    }
    for question, ask in questions.items():
        said = SAID[name].get(question)
        if said is None:
            ask()
            continue
        with pytest.raises(TrainError) as caught:
            ask()
        assert said in str(caught.value) and str(caught.value).isprintable()
    assert main(["train", "-o", str(folder), "--resume"]) == 2
    assert main(["export", "training", str(folder), "-o", str(tmp_path / "a.gif")]) in (0, 2)
    assert "unexpected" not in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own files, as Linux has them")
@pytest.mark.parametrize("kind", ["/proc/kmsg", "/proc/self/mem", "/dev/zero", "pipe", "nowhere", "folder"])
def test_an_odd_file_in_the_place_of_any_is_refused_and_never_waited_for(kind: str, tmp_path: Path) -> None:
    def put(path: Path) -> Path:
        path.unlink(missing_ok=True)
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        else:
            path.symlink_to(kind)
        return path

    for read, name in ((read_scene, "a.json"), (load_run, "a.diffviz-run")):
        path = put(tmp_path / name)
        with pytest.raises(Refusal, match=f"^{name}: "):
            read(path)
    for part in ("recipe.json", "state.safetensors", "losses.csv", "held_out.csv", "../diffviz.json", "lock"):
        folder = make_past(tmp_path / part.strip("./"), held_out=True)
        put(folder / "training" / part)
        output = Output(folder)
        past_training(folder)
        read_before(folder, goes_on=True)
        questions = (
            output.recipe,
            partial(output.check_classes, ()),
            partial(output.trim_losses, 3),
            partial(_lock, output),
        )
        for ask in questions:
            with contextlib.suppress(TrainError, OSError):  # which the command makes a sentence of
                ask()


def _lock(output: Output) -> None:
    with output.locked():
        pass
