"""diffviz train as people meet it: what it writes, how it goes on, what it refuses and with which words."""

from __future__ import annotations

import json
import operator
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from train_shapes import CLASSES, COLOURS, draw_folder, read_losses

from diffviz.cli import main
from diffviz.diffusion import SAMPLERS, SCHEDULES
from diffviz.files import log_path
from diffviz.images import load_picture
from diffviz.locks import claim
from diffviz.models import load_model
from diffviz.models.saving import scheduler_config
from diffviz.models.scheduler import process_of
from diffviz.schedule_file import schedule_text
from diffviz.train import checkpoint, command
from diffviz.train.events import Failed, from_line
from diffviz.train.past import past_training

Train = Callable[..., int]
STATE = Path("training", checkpoint.STATE)


def refused(capsys: pytest.CaptureFixture, code: int, *said: str) -> str:
    """Exit code 2 and one line on standard error that says all of this."""
    error = capsys.readouterr().err
    assert code == 2, error
    assert error.startswith("diffviz: ") and error.count("\n") == 1
    for words in said:
        assert words in error
    return error


def events(capsys: pytest.CaptureFixture) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_out_is_a_model_that_diffviz_and_diffusers_open(train, out):
    from diffusers import DDPMPipeline, UNet2DModel

    assert train("--steps", 4, "--T", 50, "--schedule", "cosine") == 0
    model = load_model(out)
    assert model.class_names == CLASSES
    assert model.null_class == 3
    assert model.summary == "8x8 RGB · v · cosine 50 · clip · cpu"
    assert isinstance(UNet2DModel.from_pretrained(out / "unet", local_files_only=True), UNet2DModel)
    pipeline = DDPMPipeline.from_pretrained(out, local_files_only=True)
    assert pipeline.scheduler.config.prediction_type == "v_prediction"
    np.testing.assert_allclose(pipeline.scheduler.alphas_cumprod.numpy(), model.schedule.alpha_bar[1:], rtol=1e-4)
    weights = out / "unet" / "diffusion_pytorch_model.safetensors"
    assert weights.stat().st_size < 2**20
    # what ships is the average, rounded to fp16
    average = load_file(out / STATE)
    for name, value in load_file(weights).items():
        assert value.dtype == torch.float16
        assert torch.equal(value, average[f"average.{name}"].half())


@pytest.mark.parametrize("schedule", ["quadratic", "sigmoid", "exponential"])
def test_a_schedule_without_a_name_in_diffusers_is_written_as_its_betas(schedule):
    from diffusers import DDPMScheduler

    expected = SCHEDULES[schedule](T=20)
    config = scheduler_config(expected, "v")
    np.testing.assert_allclose(process_of(config, "test").schedule.alpha_bar, expected.alpha_bar, rtol=1e-6)
    scheduler = DDPMScheduler.from_config(config)
    np.testing.assert_allclose(scheduler.alphas_cumprod.numpy(), expected.alpha_bar[1:], rtol=1e-4)


@pytest.mark.parametrize("T", [2, 3, 10, 20, 21])
@pytest.mark.parametrize("schedule", [name for name in SCHEDULES if name != "custom"])
def test_what_a_training_of_few_levels_writes_is_read_as_what_was_trained(schedule, T):
    expected = SCHEDULES[schedule](T=T)
    np.testing.assert_allclose(process_of(scheduler_config(expected, "v"), "test").schedule.beta, expected.beta)


def test_a_schedule_out_of_a_file_is_trained(train, out, tmp_path, capsys):
    from diffusers import DDPMScheduler

    betas = [0.01 * k for k in range(1, 13)]
    path, other = tmp_path / "mine.json", tmp_path / "other.json"
    path.write_text(schedule_text(betas), encoding="utf-8")
    other.write_text(schedule_text(betas[::-1]), encoding="utf-8")
    assert train("--steps", 1, "--schedule", path) == 0
    np.testing.assert_allclose(load_model(out).schedule.beta[1:], betas)
    recipe = json.loads((out / "training" / "recipe.json").read_text())
    assert recipe["schedule"] == "custom" and recipe["T"] == 12 and recipe["betas"] == betas
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "β of a file, T = 12" in card and "--schedule OUT/scheduler/scheduler_config.json" in card
    scheduler = DDPMScheduler.from_pretrained(out / "scheduler", local_files_only=True)
    np.testing.assert_allclose(scheduler.betas.numpy(), betas, rtol=1e-6)
    capsys.readouterr()
    refused(capsys, train("--resume", "--steps", 3, "--schedule", other), "was trained with another --schedule")
    refused(capsys, train("--resume", "--steps", 3, "--schedule", "cosine"), "was trained with --schedule custom")
    again = ("--resume", "--steps", 3, "--schedule", str(out / "scheduler" / "scheduler_config.json"), "--seed", 9)
    refused(capsys, train(*again), "was trained with --seed 0")  # its β are those it was trained with


@pytest.mark.parametrize(
    ("held", "words", "said"),
    [
        ([0.1, 0.2], ("--T", 50), "--T 50: s.json holds 2 β, and a network knows no other levels; leave --T out."),
        ([0.1, 1.2], (), "s.json: has β = 1.2 at t = 2"),
        (
            {"trained_betas": [0.1, 0.2], "rescale_betas_zero_snr": True},
            ("--prediction", "epsilon"),
            "choose --predict",
        ),
    ],
)
def test_a_schedules_file_that_cannot_be_trained(train, tmp_path, capsys, held, words, said):
    path = tmp_path / "s.json"
    path.write_text(json.dumps(held), encoding="utf-8")
    refused(capsys, train("--steps", 1, "--schedule", path, *words), said)


def test_the_card_says_what_the_model_was_made_of(train, out):
    assert train("--steps", 3, "--flip") == 0
    card = (out / "README.md").read_text(encoding="utf-8")
    for words in ("27 pictures of the folder `shapes`", "3 steps of 8 pictures", "| ring | 9 |", "--flip", "--steps 3",
                  "![samples](samples.png)", "licences"):  # fmt: skip
        assert words in card
    assert os.fspath(out.parent) not in card


def test_the_grid_has_one_class_a_column_and_changes_with_training_only(train, out):
    assert train("--steps", 4, "--checkpoint", 2) == 0
    grids = sorted((out / "training" / "samples").iterdir())
    assert grids[-1].name == "00000004.png"
    picture = load_picture(out / "samples.png")
    assert picture.shape == (4 * 10 + 2, 3 * 10 + 2, 3)
    assert (picture[:2] == 255).all() and (picture[:, 10:12] == 255).all()
    assert (picture == load_picture(grids[-1])).all()


def test_a_trained_network_draws_the_colour_of_its_class(trained_folder):
    """The whole way: pictures, labels, levels and targets must all be right for this."""
    model = load_model(trained_folder)
    x = torch.randn(8, 3, 8, 8, generator=torch.Generator().manual_seed(5))
    for name in CLASSES:
        *_, last = SAMPLERS["ddim"](model.denoiser(name), x, model.schedule, steps=20)
        middle = last.x_s[:, :, 2:6, 2:6].mean(dim=(0, 2, 3))
        assert int(middle.argmax()) == int(np.argmax(COLOURS[name])), (name, middle)
        assert float(last.x_s[:, :, 0, 0].mean()) > 0.6  # white around it


# -- going on


def test_resumed_losses_and_weights_are_those_of_a_training_in_one_go(train, out, tmp_path):
    whole = tmp_path / "whole"
    assert train("--steps", 9, "--flip", into=whole) == 0
    # stopped after 5 of 9: the same learning rates, since the total is the recipe's
    assert train("--steps", 9, "--flip", "--checkpoint", 5) == 0
    state = load_file(out / STATE)
    assert [step for step, _ in read_losses(out)] == list(range(1, 10))
    assert read_losses(out) == read_losses(whole)
    for name, value in load_file(whole / STATE).items():
        assert torch.equal(value, state[name]), name


def test_a_stop_writes_a_checkpoint_and_resume_goes_on_the_same(train, out, tmp_path, monkeypatch, capsys):
    whole = tmp_path / "whole"
    assert train("--steps", 8, into=whole) == 0
    asked = command.StopRequest.asked
    calls = []

    def third_time(self):
        calls.append(1)
        return len(calls) > 27 + 3 or asked(self)  # asked once for each picture that is read, then once a step

    monkeypatch.setattr(command.StopRequest, "asked", third_time)
    capsys.readouterr()
    assert train("--steps", 8) == command.INTERRUPTED
    assert f"go on with: diffviz train --resume -o {out}" in capsys.readouterr().out
    monkeypatch.undo()
    stopped = len(read_losses(out))
    assert 0 < stopped < 8
    load_model(out)
    assert train("--resume") == 0
    assert read_losses(out) == read_losses(whole)
    unet = Path("unet", "diffusion_pytorch_model.safetensors")
    assert (out / unet).read_bytes() == (whole / unet).read_bytes()


def test_the_running_mean_goes_on_where_the_training_was_stopped(train, out, capsys):
    assert train("--steps", 3) == 0
    capsys.readouterr()
    assert train("--resume", "--steps", 4, "--progress", "json") == 0
    [progress] = (e for e in events(capsys) if e["event"] == "progress")
    losses = [loss for _, loss in read_losses(out)]
    weights = [0.98**k for k in (3, 2, 1, 0)]
    assert progress["step"] == 4 == len(losses)
    assert progress["loss"] == pytest.approx(sum(map(operator.mul, weights, losses)) / sum(weights))
    assert past_training(out).smoothed[-1] == pytest.approx(progress["loss"])


def test_a_stop_while_pictures_are_read_writes_nothing(train, out, monkeypatch, capsys):
    monkeypatch.setattr(command.StopRequest, "asked", lambda self: True)
    assert train("--steps", 2) == command.INTERRUPTED
    assert "nothing was written" in capsys.readouterr().out
    assert not out.exists()


def test_resume_takes_what_is_given_and_the_rest_from_out(train, out):
    assert train("--steps", 3, "--prediction", "epsilon", "--T", 40, "--seed", 4, "--checkpoint", 2) == 0
    assert train("--resume", "--steps", 5, "--lr", "1e-4") == 0
    recipe = json.loads((out / "training" / "recipe.json").read_text(encoding="utf-8"))
    assert {key: recipe[key] for key in ("prediction", "T", "seed", "steps", "lr", "device", "size", "checkpoint")} == {
        "prediction": "epsilon", "T": 40, "seed": 4, "steps": 5, "lr": 1e-4, "device": "cpu", "size": 8,
        "checkpoint": 2,
    }  # fmt: skip
    assert len(read_losses(out)) == 5
    assert train("--resume", "--minutes", 0.01) == 0
    recipe = json.loads((out / "training" / "recipe.json").read_text(encoding="utf-8"))
    assert (recipe["steps"], recipe["minutes"]) == (None, 0.01)


def test_minutes_are_the_total_of_all_runs(train, out, capsys):
    assert train("--minutes", 0.02, "--progress", "json") == 0
    said = events(capsys)
    ended = said[-1]
    assert ended["event"] == "ended" and ended["finished"]
    assert 1.2 <= next(e for e in reversed(said) if e["event"] == "saved")["seconds"] < 10
    steps = ended["step"]
    assert train("--resume", "--progress", "json") == 0
    assert events(capsys)[-1]["step"] == steps  # there was nothing left to do


# -- what it says


def test_progress_as_json(train, out, capsys):
    assert train("--steps", 6, "--checkpoint", 3, "--progress", "json") == 0
    said = events(capsys)
    assert [e["event"] for e in said if e["event"] != "progress"] == [
        "reading", "reading", "pictures", "began", "saved", "saved", "ended",
    ]  # fmt: skip
    pictures = next(e for e in said if e["event"] == "pictures")
    assert pictures == {"event": "pictures", "count": 27, "classes": list(CLASSES), "held_out": 0, "skipped": []}
    progress = next(e for e in said if e["event"] == "progress")
    assert set(progress) == {"event", "step", "steps", "loss", "step_loss", "lr", "pictures_per_s", "seconds", "left_s"}
    assert progress["steps"] == 6 and progress["loss"] > 0
    assert said[-1] == {"event": "ended", "step": 6, "seconds": said[-1]["seconds"], "finished": True}
    assert Path(said[-2]["samples"]).is_file()


def test_what_is_said_without_a_terminal(train, tmp_path, capsys):
    folder = draw_folder(tmp_path / "pictures")
    (folder / "dot" / "torn.png").write_bytes(b"")
    assert train("--steps", 4, data=folder) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    assert lines[0] == "27 pictures in 3 classes"
    assert lines[1:3] == ["skipped 1:", "  torn.png: is empty (0 bytes); choose another file or download it again."]
    assert lines[-2].startswith("step 4/4 · loss ") and lines[-2].endswith("training/samples/00000004.png")
    assert lines[-1].startswith("finished after ")


def test_held_out_pictures_are_measured_and_named(train, out, tmp_path, capsys):
    folder = draw_folder(tmp_path / "many", each=70)
    assert train("--steps", 2, "--hold-out", 0.1, "--progress", "json", data=folder) == 0
    said = events(capsys)
    saved = next(e for e in said if e["event"] == "saved")
    assert saved["held_out_loss"] > 0
    notes = json.loads((out / "diffviz.json").read_text(encoding="utf-8"))["training"]
    assert len(notes["held_out"]) == 21
    assert all((folder / name).is_file() for name in notes["held_out"])
    assert past_training(out).held_out == ((2, saved["held_out_loss"]),)
    assert train("--steps", 4, "--resume", "--progress", "json", data=folder) == 0
    again = next(e for e in events(capsys) if e["event"] == "saved")
    assert past_training(out).held_out == ((2, saved["held_out_loss"]), (4, again["held_out_loss"]))
    said = f"loss {again['held_out_loss']:.4f} at step 4 on pictures that were not trained on"
    assert said in (out / "README.md").read_text()
    assert train("--resume", data=folder) == 0  # nothing is left to do
    assert past_training(out).held_out == ((2, saved["held_out_loss"]), (4, again["held_out_loss"]))


# -- a recipe instead of options


def test_the_recipe_of_another_training_trains_the_same(train, out, tmp_path):
    assert train("--steps", 3, "--flip", "--seed", 5, "--T", 40) == 0
    again = tmp_path / "again"
    assert main(["train", "-o", str(again), "--recipe", str(out / "training" / "recipe.json")]) == 0
    assert read_losses(again) == read_losses(out)
    assert main(["train", "-o", str(tmp_path / "more"), "--recipe", str(again / "training" / "recipe.json"),
                 "--minutes", "0.01", "--seed", "6"]) == 0  # fmt: skip
    recipe = json.loads((tmp_path / "more" / "training" / "recipe.json").read_text(encoding="utf-8"))
    assert (recipe["steps"], recipe["minutes"], recipe["seed"], recipe["flip"]) == (None, 0.01, 6, True)


@pytest.mark.parametrize("line, said", [
    ("", "standard input: is not valid JSON"), ("[]", "standard input: holds a JSON list"),
    ('{"format": 2}', 'standard input: has "format": 2'), ('{"format": 1, "size": 0}', 'has "size": 0'),
    ('{"format": 1, "minutes": 0}', 'has "minutes": 0'), ('{"format": 1}\n{"data": "x"}', "say which folder"),
])  # fmt: skip
def test_what_is_no_recipe_on_standard_input(out, capsys, line, said):
    end, begin = os.pipe()
    os.write(begin, line.encode())
    os.close(begin)
    before = os.dup(0)
    os.dup2(end, 0)
    try:
        code = main(["train", "-o", str(out), "--recipe", "-", "--progress", "json"])
    finally:
        os.dup2(before, 0)
        os.close(before)
        os.close(end)
    failed = failure(capsys, code)
    assert failed.reason == "refused" and said in failed.message


# -- what a program is told when it fails


def failure(capsys: pytest.CaptureFixture, code: int) -> Failed:
    """The last event; what it says is on standard error too."""
    captured = capsys.readouterr()
    event = from_line(captured.out.splitlines()[-1])
    assert code == 2 and isinstance(event, Failed) and captured.err == f"diffviz: {event.message}\n"
    return event


def test_a_refusal_is_an_event(train, out, tmp_path, capsys):
    json_ = ("--progress", "json")
    event = failure(capsys, train("--steps", 1, *json_, data=tmp_path / "nowhere"))
    assert event == Failed("refused", "nowhere: is no folder here; check its name.", event.message[:-1], None)
    event = failure(capsys, train("--steps", 1, "--from", tmp_path / "nothing", *json_))
    assert event.reason == "start" and event.message == f"--from: {event.problem}."
    event = failure(capsys, train("--resume", *json_))
    assert event.reason == "place" and "--" not in event.problem
    event = failure(capsys, train("--steps", 1, "--classes", '{"a": ["b"]}', *json_))
    assert (event.reason, event.problem) == ("classes", "shapes: has no sub-folder 'b'")
    assert not out.exists()
    assert train("--steps", 2) == 0
    event = failure(capsys, train("--steps", 2, *json_))
    assert (event.reason, event.problem) == ("place", "model: holds a training already")
    event = failure(capsys, train("--resume", "--steps", 500, "--lr", 10, "--checkpoint", 1000, *json_))
    assert (event.reason, event.saved_step) == ("diverged", 2) and event.problem.endswith("of step 2 is kept")


@pytest.mark.parametrize("error, reason", [
    (torch.OutOfMemoryError("CUDA out of memory"), "memory"), (OSError(28, "full"), "disk"),
])  # fmt: skip
def test_what_ends_a_training_is_an_event(train, monkeypatch, capsys, error, reason):
    from diffviz.train.trainer import Trainer

    assert train("--steps", 2) == 0
    monkeypatch.setattr(Trainer, "step", lambda *_: (_ for _ in ()).throw(error))
    event = failure(capsys, train("--resume", "--steps", 3, "--progress", "json"))
    assert (event.reason, event.saved_step) == (reason, 2)
    assert "--" not in event.problem and event.problem.endswith("the checkpoint of step 2 is kept")


def test_a_fault_is_an_event_and_in_the_log_once(train, monkeypatch, capsys):
    from diffviz.train.trainer import Trainer

    monkeypatch.setattr(Trainer, "step", lambda *_: {}["planted"])
    before = log_path().read_text(encoding="utf-8").count("KeyError: 'planted'") if log_path().exists() else 0
    assert train("--steps", 1, "--progress", "json") == 1
    captured = capsys.readouterr()
    event = from_line(captured.out.splitlines()[-1])
    assert event == Failed("fault", f"{event.problem}.", "unexpected fault (KeyError: 'planted')", None)
    assert captured.err.startswith(f"diffviz: {event.problem}; the log ")
    assert log_path().read_text(encoding="utf-8").count("KeyError: 'planted'") == before + 1


# -- what it refuses


@pytest.mark.parametrize("words, said", [
    (["--steps", "1"], "say which folder holds the pictures"),
    (["{shapes}"], "say how long to train: --minutes M or --steps N."),
    (["{shapes}/nowhere", "--steps", "1"], "nowhere: is no folder here"),
    (["{shapes}", "--steps", "1", "--minutes", "1"], "not allowed with"),
    (["{shapes}", "--steps", "0"], "0 is outside 1..1000000000"),
    (["{shapes}", "--steps", "1", "--size", "30"], "--size 30 does not divide"),
    (["{shapes}", "--steps", "1", "--prediction", "noise"], "invalid choice: 'noise'"),
    (["{shapes}", "--steps", "1", "--classes", "nowhere.json"], "nowhere.json: is missing"),
    (["--resume"], "is missing, so there is no training to resume"),
])  # fmt: skip
def test_bad_usage_ends_with_one_sentence(shapes, out, capsys, words, said):
    code = main(["train", "-o", str(out), *(word.format(shapes=shapes) for word in words)])
    refused(capsys, code, said)
    assert not out.exists()


def test_without_accelerate_the_extra_is_named(train, out, monkeypatch, capsys):
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    refused(capsys, train("--steps", 1), 'pip install "diffviz[train]"')
    assert not out.exists()


def test_nothing_is_overwritten(train, out, tmp_path, capsys):
    assert train("--steps", 1) == 0
    refused(capsys, train("--steps", 1), "model: holds a training already; add --resume to go on")
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("dear", encoding="utf-8")
    refused(capsys, train("--steps", 1, into=other), "other: is not empty and holds no training")
    refused(capsys, train("--steps", 1, into=other / "letter.txt"), "letter.txt: is a file")
    refused(capsys, train("--steps", 1, into=tmp_path / "a" / "b"), "b: its parent folder does not exist")


def test_an_empty_folder_is_as_good_as_none(train, out):
    out.mkdir()
    assert train("--steps", 1) == 0


def test_what_the_weights_depend_on_cannot_change_halfway(train, out, capsys):
    assert train("--steps", 1) == 0
    for words in (["--size", "16"], ["--preset", "small"], ["--prediction", "x0"], ["--seed", "3"]):
        refused(capsys, train("--resume", *words), "model: was trained with", "leave the option out")


def test_pictures_of_other_classes_are_refused_on_resume(train, out, tmp_path, capsys):
    assert train("--steps", 1) == 0
    folder = draw_folder(tmp_path / "others")
    (folder / "dot").rename(folder / "disc")
    refused(capsys, main(["train", str(folder), "--resume", "-o", str(out)]), "was trained on the classes cross, dot")


def test_a_damaged_checkpoint_is_refused(train, out, capsys):
    assert train("--steps", 1) == 0
    state = out / STATE
    state.write_bytes(state.read_bytes()[:-100])
    refused(capsys, train("--resume", "--steps", 2), "model: its checkpoint cannot be used")


def test_a_loss_that_is_no_number_keeps_the_last_good_checkpoint(train, out, capsys):
    assert train("--steps", 2) == 0
    before = (out / STATE).read_bytes()
    code = train("--resume", "--steps", 500, "--lr", 10, "--checkpoint", 1000)
    refused(capsys, code, "is no number any more at step", "the checkpoint of step 2 is kept", "--resume and a smaller")
    assert (out / STATE).read_bytes() == before
    load_model(out)


def test_a_device_without_memory_ends_in_one_sentence(train, out, monkeypatch, capsys):
    from diffviz.train.trainer import Trainer

    assert train("--steps", 2) == 0

    def step(self, progress):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")

    monkeypatch.setattr(Trainer, "step", step)
    refused(capsys, train("--resume", "--steps", 3), "out of memory; the checkpoint of step 2 is kept", "--batch")


def test_a_full_disk_keeps_the_last_good_checkpoint(train, out, capsys):
    resource = pytest.importorskip("resource")
    assert train("--steps", 2) == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))  # the state has more than 3 MB
    try:
        code = train("--resume", "--steps", 4)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    refused(capsys, code, "model: cannot be written (File too large)", "the checkpoint of step 2 is kept")
    changed = {path.name for path, data in before.items() if path.read_bytes() != data}
    assert changed <= {"recipe.json", "losses.csv"}
    assert {path for path in out.rglob("*") if path.is_file()} == set(before)
    assert train("--resume") == 0
    assert len(read_losses(out)) == 4


@pytest.mark.skipif(os.name == "nt", reason="rights are POSIX")
def test_other_users_can_read_the_model(train, out):
    assert train("--steps", 1) == 0
    (out / "plain").touch()
    modes = {path.name: path.stat().st_mode for path in out.rglob("*") if path.is_file()}
    assert set(modes.values()) == {modes["plain"]}


def test_a_folder_is_locked_while_a_training_writes_it(train, out, capsys):
    assert train("--steps", 2) == 0
    other = claim(out / "training" / checkpoint.LOCK)
    capsys.readouterr()
    refused(capsys, train("--resume", "--steps", 4), "another training is writing it; let it end")
    os.close(other)  # as the end of its process would
    assert train("--resume", "--steps", 4) == 0


def test_the_lock_of_a_killed_training_is_none(train, out):
    assert train("--steps", 2) == 0
    code = "import os, sys; from diffviz.locks import claim; claim(sys.argv[1]); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", code, out / "training" / checkpoint.LOCK]).returncode == -9
    assert train("--resume", "--steps", 4) == 0


def test_what_was_never_begun_leaves_no_folder(train, out, tmp_path, capsys):
    (tmp_path / "few").mkdir()
    refused(capsys, main(["train", str(tmp_path / "few"), "-o", str(out), "--steps", "1"]), "holds 0 pictures")
    assert not out.exists()


def test_halves_of_files_are_swept_and_what_is_a_persons_stays(train, out):
    assert train("--steps", 2) == 0
    dead = [out / ".diffviz-0123456789ab.png", out / "unet" / ".diffviz-0123456789ab.safetensors"]
    for path in dead:
        path.touch()
    (out / ".diffviz-export").mkdir()
    (out / "training" / ".diffviz-export").touch()
    assert train("--resume", "--steps", 4) == 0
    assert not any(path.exists() for path in dead)
    assert (out / ".diffviz-export").is_dir() and (out / "training" / ".diffviz-export").exists()
