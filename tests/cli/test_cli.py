"""The command line as people and scripts meet it: what it writes, what it says, how it ends."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from films import frames
from PIL import Image
from safetensors.numpy import load_file, save_file

import diffviz
from diffviz import catalog, cli
from diffviz.cli import commands
from diffviz.engine import chain
from diffviz.engine.run_file import load_run
from diffviz.files import log_path

ROOT = Path(diffviz.__file__).parent.parent
Run = Callable[..., tuple[int, str, str]]


# -- forward


@pytest.mark.parametrize("suffix", [".gif", ".mp4", ".webm", ".webp", ".apng", ""])
def test_forward_in_every_format(run: Run, picture: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"film{suffix}"
    assert run("export", "forward", picture, "-o", out, "--frames", 5, "--size", 64, "--hold", 0) == (0, "", "")
    film = frames(out)
    assert len(film) == 5
    # 40x24 in a panel of 64: 64x38
    assert {frame.shape for frame in film} == {(38, 64, 3)}


def test_forward_begins_with_the_picture_and_ends_in_the_seeds_noise(run: Run, picture: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        assert (
            run("export", "forward", picture, "-o", tmp_path / name, "--frames", 3, "--size", 40, "--seed", seed)[0]
            == 0
        )
    a, b, c = (frames(tmp_path / name) for name in "abc")
    np.testing.assert_array_equal(a[0], np.asarray(Image.open(picture)))
    for first, second in zip(a, b, strict=True):
        np.testing.assert_array_equal(first, second)
    assert (a[-1] != c[-1]).mean() > 0.5
    from pixels import to_uint8

    from diffviz.engine.noise import held_noise

    noise = to_uint8(held_noise(3, (3, 24, 40)))[0].astype(int)
    assert np.abs(a[-1].astype(int) - noise).max() <= 2, "x_T is the held noise but for what is left of the picture"


def test_fresh_noise_makes_another_film_with_the_same_ends(run: Run, picture: Path, tmp_path: Path) -> None:
    for name in ("held", "fresh"):
        options = ("--frames", 5, "--size", 40, "--noise", name)
        assert run("export", "forward", picture, "-o", tmp_path / name, *options)[0] == 0
    held, fresh = (frames(tmp_path / name) for name in ("held", "fresh"))
    assert [np.array_equal(a, b) for a, b in zip(held, fresh, strict=True)] == [True, False, False, False, True]


def test_what_was_changed_of_the_picture_is_said_though_nobody_watches(run: Run, tmp_path: Path) -> None:
    values = np.linspace(0, 1000, 24 * 40).reshape(24, 40).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "ct.png")
    code, out, err = run("export", "forward", tmp_path / "ct.png", "-o", tmp_path / "film", "--frames", 2, "--size", 40)
    assert (code, out) == (0, "")
    assert err == "diffviz: ct.png: grey values 0 to 1,000 are shown as 0 to 255.\n"


@pytest.mark.parametrize("pacing, middle", [("t", 500), ("visible", None)])
def test_pacing(run: Run, picture: Path, tmp_path: Path, pacing: str, middle: int | None) -> None:
    from diffviz.diffusion import SCHEDULES
    from diffviz.engine.sources import ForwardSource
    from diffviz.images import load_picture
    from diffviz.timeline import Timeline

    options = ("--pacing", pacing, "--frames", 3, "--size", 40)
    assert run("export", "forward", picture, "-o", tmp_path / "film", *options)[0] == 0
    schedule = SCHEDULES["linear"](T=1000)
    if middle is None:  # half of the signal is gone
        ends = np.sqrt(schedule.alpha_bar[[0, -1]])
        middle = int(np.argmin(np.abs(np.sqrt(schedule.alpha_bar) - ends.mean())))
    expected = ForwardSource(load_picture(picture), schedule, Timeline((middle,)), seed=0).frame(0).x_t
    np.testing.assert_array_equal(frames(tmp_path / "film")[1], expected)


def test_a_file_of_betas_as_schedule(run: Run, picture: Path, tmp_path: Path) -> None:
    from diffviz.diffusion import SCHEDULES
    from diffviz.engine.sources import ForwardSource
    from diffviz.images import load_picture
    from diffviz.timeline import Timeline

    schedule = SCHEDULES["cosine"](T=40)
    (tmp_path / "mine.json").write_text(json.dumps(schedule.beta[1:].tolist()))
    options = ("--pacing", "t", "--frames", 3, "--size", 40, "--schedule", tmp_path / "mine.json")
    assert run("export", "forward", picture, "-o", tmp_path / "film", *options) == (0, "", "")
    expected = ForwardSource(load_picture(picture), schedule, Timeline((20,)), seed=0).frame(0).x_t
    np.testing.assert_array_equal(frames(tmp_path / "film")[1], expected)


@pytest.mark.parametrize(
    "name, text, said",
    [
        ("bad.json", "[0.1, 0]", "bad.json: has β = 0 at t = 2, and every β lies between 0 and 1; choose"),
        ("gone.json", None, "gone.json: there is no such file; choose"),
        ("bent", None, "invalid choice: 'bent' (choose from linear, "),
    ],
)
def test_a_schedule_that_is_none(
    run: Run, picture: Path, tmp_path: Path, name: str, text: str | None, said: str
) -> None:
    path = tmp_path / name if name.endswith("json") else Path(name)
    if text is not None:
        path.write_text(text)
    code, _, err = run("export", "forward", picture, "-o", tmp_path / "film.gif", "--schedule", path)
    assert code == 2 and said in err and len(err.splitlines()) == 1
    assert not (tmp_path / "film.gif").exists()


def test_video_gets_noise_in_blocks_of_two(run: Run, picture: Path, tmp_path: Path) -> None:
    run("export", "forward", picture, "-o", tmp_path / "film.mp4", "--frames", 2, "--size", 64, "--hold", 0)
    last = frames(tmp_path / "film.mp4")[-1].astype(float)
    inside = np.abs(last[:, ::2] - last[:, 1::2]).mean()
    across = np.abs(last[:, 1:-1:2] - last[:, 2::2]).mean()
    assert across > 3 * inside


def test_duration_and_hold(run: Run, picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    options = ("--frames", 10, "--duration", 2, "--hold", 0.6, "--size", 32)
    assert run("export", "forward", picture, "-o", out, *options)[0] == 0
    assert len(frames(out)) == 13
    with av.open(str(out)) as container:
        assert container.streams.video[0].average_rate == 5


def test_an_existing_file_is_replaced(run: Run, picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.gif"
    out.write_bytes(b"old")
    assert run("export", "forward", picture, "-o", out, "--frames", 2, "--size", 32)[0] == 0
    assert len(frames(out)) == 2


# -- reverse


def test_reverse_has_one_frame_more_than_steps_and_begins_with_the_noise(
    run: Run, tiny_model_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "film"
    options = ("--model", tiny_model_folder, "--steps", 6, "--size", 32, "--seed", 5)
    assert run("export", "reverse", "-o", out, *options) == (0, "", "")
    film = frames(out)
    assert len(film) == 7
    from pixels import to_uint8

    from diffviz.engine.noise import held_noise

    x_T = to_uint8(held_noise(5, (3, 8, 8)))[0].repeat(4, axis=0).repeat(4, axis=1)
    np.testing.assert_array_equal(film[0], x_T)


def test_rows_of_classes_are_named_in_a_film(run: Run, tiny_model_folder: Path, tmp_path: Path) -> None:
    options = ("--model", tiny_model_folder, "--steps", 2, "--size", 128, "--count", 4)
    classes = ("--class", "dot"), ("--class", "dot", "--one-class-per-row")
    for name, more in zip("ab", classes, strict=True):
        assert run("export", "reverse", "-o", tmp_path / name, *options, *more)[0] == 0
    plain, named = frames(tmp_path / "a")[0], frames(tmp_path / "b")[0]
    changed = (plain != named).any(axis=-1)
    assert changed[:64, :64].any() and changed[64:, :64].any()


def test_reverse_keeps_what_a_mask_keeps_of_a_picture(run: Run, tiny_model_folder: Path, tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    mask = np.zeros((8, 8, 3), np.uint8)
    mask[:, :4] = 255
    for name, array in (("own.png", picture), ("mask.png", mask), ("small.png", mask[:4])):
        Image.fromarray(array).save(tmp_path / name)
    own = ("--picture", tmp_path / "own.png")
    words = ("export", "reverse", "-o", tmp_path / "film", "--model", tiny_model_folder, "--steps", 4, "--size", 16)
    assert run(*words, *own, "--mask", tmp_path / "mask.png", "--times", 2, "--jump", 2) == (0, "", "")
    last = frames(tmp_path / "film")[-1][::2, ::2]
    assert np.array_equal(last[:, :4], picture[:, :4]) and not np.array_equal(last[:, 4:], picture[:, 4:])
    assert run(*words, *own, "--strength", "0.3") == (0, "", "")
    assert not np.array_equal(frames(tmp_path / "film")[0][::2, ::2], picture)
    for options, words_said in (
        (("--mask", tmp_path / "mask.png"), "--mask is of a picture; add --picture IMAGE."),
        (("--strength", "0.5"), "--strength is of a picture; add --picture IMAGE."),
        ((*own, "--times", 3), "--times belongs to in-painting; add --mask IMAGE."),
        ((*own, "--mask", tmp_path / "small.png"), "mask and picture are 8x4 and 8x8; give a mask of its size."),
        ((*own, "--mask", tmp_path / "none.png"), "none.png"),
    ):
        code, _, err = run(*words, *options)
        assert code == 2 and words_said in err and err.count("\n") == 1


@pytest.mark.parametrize("pacing", [(), ("--pacing", "t"), ("--pacing", "visible")])
def test_frames_of_a_chain_are_picked_with_both_ends(
    run: Run, tiny_model_folder: Path, tmp_path: Path, pacing: tuple[str, ...]
) -> None:
    options = ("--model", tiny_model_folder, "--steps", 20, "--size", 16)
    run("export", "reverse", "-o", tmp_path / "all", *options)
    assert run("export", "reverse", "-o", tmp_path / "some", *options, "--frames", 5, *pacing)[0] == 0
    whole, some = frames(tmp_path / "all"), frames(tmp_path / "some")
    places = [next(i for i, frame in enumerate(whole) if np.array_equal(frame, picked)) for picked in some]
    assert len(places) == 5 and places[0] == 0 and places[-1] == 20 and places == sorted(places)
    if "visible" not in pacing:
        assert places == [0, 5, 10, 15, 20]


def test_a_pacing_keeps_the_number_of_frames_by_repeating_states(
    run: Run, tiny_model_folder: Path, tmp_path: Path
) -> None:
    options = ("--model", tiny_model_folder, "--steps", 4, "--size", 16, "--frames", 12)
    assert run("export", "reverse", "-o", tmp_path / "paced", *options, "--pacing", "visible")[0] == 0
    assert run("export", "reverse", "-o", tmp_path / "plain", *options)[0] == 0
    assert (len(frames(tmp_path / "paced")), len(frames(tmp_path / "plain"))) == (12, 5)


def test_one_class_per_row_compares_classes(run: Run, tiny_model_folder: Path, tmp_path: Path) -> None:
    options = ("--model", tiny_model_folder, "--steps", 3, "--size", 24, "--seed", 1)
    rows = ("--count", 9, "--one-class-per-row", "--class", "ring")
    assert run("export", "reverse", "-o", tmp_path / "rows", *options, *rows)[0] == 0
    grid = frames(tmp_path / "rows")
    first = grid[0].reshape(3, 8, 24, 3)
    assert np.array_equal(first[0], first[1]) and np.array_equal(first[0], first[2]), "x_T: the same noises in each row"
    assert not np.array_equal(first[0][:, :8], first[0][:, 8:16])
    for row, name in enumerate(("ring", "cross", "dot")):
        run("export", "reverse", "-o", tmp_path / name, *options, "--class", name, "--count", 1, "--size", 16)
        alone = frames(tmp_path / name)[-1].astype(int)[::2, ::2]
        assert np.abs(grid[-1][8 * row : 8 * row + 8, :8].astype(int) - alone).max() <= 1, (
            "column 0 has the seed itself"
        )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--one-class-per-row",), "has one row; add --count 4 or more"),
        (("--one-class-per-row", "--count", 16), "needs 4 classes, and this model has 3 classes; take fewer samples"),
    ],
)
def test_rows_of_classes_that_are_none_are_refused(
    run: Run, tiny_model_folder: Path, tmp_path: Path, options: tuple[object, ...], words: str
) -> None:
    code, _, error = run(
        "export", "reverse", "-o", tmp_path / "no", "--model", tiny_model_folder, "--steps", 2, *options
    )
    assert code == 2 and words in error and error.count("\n") == 1
    assert not (tmp_path / "no").exists()


def test_count_tiles_samples_and_changes_none(run: Run, tiny_model_folder: Path, tmp_path: Path) -> None:
    options = ("--model", tiny_model_folder, "--steps", 3, "--size", 16)
    run("export", "reverse", "-o", tmp_path / "four", *options, "--count", 4, "--seed", 1)
    run("export", "reverse", "-o", tmp_path / "one", *options, "--count", 1, "--seed", 2)
    four, one = frames(tmp_path / "four"), frames(tmp_path / "one")
    assert four[0].shape == (16, 16, 3)
    second = four[-1][:8, 8:].astype(int)
    assert np.abs(second - one[-1][::2, ::2]).max() <= 1, "sample k of seed 1 is sample 0 of seed 1 + k"


@pytest.mark.parametrize(
    "options",
    [
        ("--sampler", "ddim", "--eta", "0.5"),
        ("--variance", "fixed_large"),
        ("--class", "ring", "--guidance", "3"),
        ("--class", "ring", "--guidance", "3", "--guidance-rescale", "0.7", "--guidance-between", "20", "80"),
        ("--clip", "none"),
        ("--spacing", "leading"),
        ("--layout", "curves", "--theme", "light"),
    ],
)
def test_options_of_a_chain(run: Run, tiny_model_folder: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    base = ("--model", tiny_model_folder, "--steps", 4, "--size", 16)
    assert run("export", "reverse", "-o", tmp_path / "plain", *base)[0] == 0
    assert run("export", "reverse", "-o", tmp_path / "film", *base, *options) == (0, "", "")
    plain, film = frames(tmp_path / "plain"), frames(tmp_path / "film")
    assert len(film) == 5
    assert film[-1].shape != plain[-1].shape or not np.array_equal(film[-2], plain[-2]), "the option did nothing"


@pytest.mark.parametrize(
    "options",
    [(name,) for name in catalog.SAMPLERS]
    + [
        ("euler_ancestral", "--eta", "0.5", "--grid", "exponential"),
        ("heun", "--grid", "karras", "--layout", "curves"),
        ("dpmpp_2m", "--grid", "karras", "--pacing", "visible", "--frames", "6"),
    ],
    ids=" ".join,
)
def test_every_sampler_writes_its_chain(
    run: Run, tiny_model_folder: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    base = ("--model", tiny_model_folder, "--steps", 5, "--size", 16)
    assert run("export", "reverse", "-o", tmp_path / "film", *base, "--sampler", *options) == (0, "", "")
    film = frames(tmp_path / "film")
    assert len(film) == 6
    repeated = any(np.array_equal(a, b) for a, b in itertools.pairwise(film))
    assert not repeated or "--pacing" in options


def test_zero_terminal_snr_is_refused_by_samplers_in_sigma(run: Run, tiny_model_folder: Path, tmp_path: Path) -> None:
    path = tiny_model_folder / "scheduler" / "scheduler_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"rescale_betas_zero_snr": True}))
    options = ("-o", tmp_path / "film", "--model", tiny_model_folder, "--steps", 5, "--size", 16)
    for more in (("--sampler", "heun"), ("--sampler", "euler", "--grid", "karras")):
        code, out, err = run("export", "reverse", *options, *more)
        assert (code, out) == (2, "") and err.count("\n") == 1
        assert "σ is infinite at t = 100" in err and "use ddpm or ddim" in err
    assert not (tmp_path / "film").exists()
    assert run("export", "reverse", *options) == (0, "", "")


def test_a_missing_scheduler_is_assumed_aloud(run: Run, tiny_model_folder: Path, tmp_path: Path) -> None:
    shutil.rmtree(tiny_model_folder / "scheduler")
    code, out, err = run("export", "reverse", "-o", tmp_path / "f.gif", "--model", tiny_model_folder, "--steps", 2)
    assert (code, out) == (0, "")
    assert re.fullmatch(r"diffviz: .*no scheduler; assuming linear, T = 1000, ε-prediction\.\n", err)


@pytest.mark.parametrize(
    ("options", "assumed", "summary"),
    [
        (("--schedule", "cosine", "--T", "60", "--prediction", "v"), "", "v · cosine 60 · clip"),
        (("--T", "60"), "linear, ε-prediction", "ε · linear 60 · clip"),
        (("--prediction", "x0"), "linear, T = 1000", "x_0 · linear 1000 · clip"),
    ],
)
def test_the_scheduler_of_a_network_without_one_is_given(
    run: Run, tiny_model_folder: Path, tmp_path: Path, options: tuple[str, ...], assumed: str, summary: str
) -> None:
    shutil.rmtree(tiny_model_folder / "scheduler")
    words = ("--model", tiny_model_folder, "--steps", 2, *options)
    target = tmp_path / "chain.diffviz-run"
    code, out, err = run("export", "reverse", "--save-run", target, *words)
    said = f"diffviz: {tiny_model_folder}: has no scheduler; assuming {assumed}.\n" if assumed else ""
    assert (code, out, err) == (0, "", said)
    assert summary in load_run(target).info.summary
    sheet = ("experiment", "weights", "-o", tmp_path / "s.csv", "--class", "dot", "--set", "weights=1")
    assert run(*sheet, *words) == (0, "", said)


def test_the_scheduler_of_a_network_without_one_may_be_a_list_of_beta(
    run: Run, tiny_model_folder: Path, tmp_path: Path
) -> None:
    shutil.rmtree(tiny_model_folder / "scheduler")
    path, target = tmp_path / "s.json", tmp_path / "chain.diffviz-run"
    path.write_text(json.dumps([0.1, 0.2, 0.3, 0.4]), encoding="utf-8")
    words = ("--save-run", target, "--model", tiny_model_folder, "--steps", 2, "--schedule", path, "--prediction", "v")
    assert run("export", "reverse", *words) == (0, "", "")
    info = load_run(target).info
    assert "v · custom 4 · clip" in info.summary and info.schedule.beta.tolist() == [0, 0.1, 0.2, 0.3, 0.4]
    code, _, err = run("export", "reverse", *words, "--T", 9)
    assert code == 2 and "leave --T out" in err and err.count("\n") == 1


def test_a_scheduler_that_is_there_is_kept_aloud(run: Run, tiny_model_folder: Path, tmp_path: Path) -> None:
    words = ("-o", tmp_path / "f.gif", "--model", tiny_model_folder, "--steps", 2, "--schedule", "cosine")
    said = "diffviz: tiny: brings its own schedule, T and prediction, which are used.\n"
    assert run("export", "reverse", *words) == (0, "", said)
    code, _, err = run("export", "reverse", *words, "--prediction", "noise")
    assert code == 2 and "--prediction" in err and "'epsilon', 'v', 'x0'" in err


def test_guided_ddim_that_keeps_eps_is_warned_of(run: Run, tiny_model_folder: Path, tmp_path: Path) -> None:
    words = ("--model", tiny_model_folder, "--steps", 2, "--class", "dot", "--guidance", 3, "--sampler", "ddim")
    said = (
        "diffviz: Guidance pushes x̂_0 out of [-1, 1]; after clipping, DDIM steps along an ε̂ that no longer fits, "
        "and colours drift; add --rederive-eps.\n"
    )
    for command in (
        ("export", "reverse", "-o", tmp_path / "f.gif"),
        ("experiment", "compare", "-o", tmp_path / "c.csv"),
    ):
        assert run(*command, *words) == (0, "", said)
        assert run(*command, *words, "--rederive-eps") == (0, "", "")


def test_what_was_left_out_of_a_models_weights_is_said(run: Run, tiny_model_folder: Path, tmp_path: Path) -> None:
    path = tiny_model_folder / "unet" / "diffusion_pytorch_model.safetensors"
    save_file({**load_file(path), "num_updates": np.array([5])}, path)
    code, out, err = run("export", "reverse", "-o", tmp_path / "f.gif", "--model", tiny_model_folder, "--steps", 2)
    assert (code, out, err) == (0, "", "diffviz: tiny: left out of the weights: num_updates.\n")


def test_filmstrips(run: Run, picture: Path, tiny_model_folder: Path, tmp_path: Path) -> None:
    forward = ("export", "forward", picture, "-o", tmp_path / "f.png", "--filmstrip", 4, "--size", 40)
    reverse = ("export", "reverse", "-o", tmp_path / "r.png", "--filmstrip", 4, "--size", 40, "--steps", 9)
    assert run(*forward) == (0, "", "")
    assert run(*reverse, "--model", tiny_model_folder) == (0, "", "")
    for name in "fr":
        with Image.open(tmp_path / f"{name}.png") as image:
            assert image.width > 160


def test_a_grid_larger_than_the_usual_panel_gets_a_larger_one(
    run: Run, tiny_model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffviz.export.exporter import Options

    monkeypatch.setattr(Options, "size", 16)
    options = ("--model", tiny_model_folder, "--steps", 1, "--count", 9)
    assert run("export", "reverse", "-o", tmp_path / "film", *options)[0] == 0
    assert frames(tmp_path / "film")[0].shape == (24, 24, 3)


# -- bad usage and bad input


FORWARD, REVERSE = "export forward {picture} -o {out}", "export reverse -o {out} --model {model} --steps 2"


@pytest.mark.parametrize(
    "words, message",
    [
        ("export", "required: forward|reverse"),
        ("export sideways", "choose from"),
        ("export forward {picture}", "required: -o/--output"),
        ("export forward -o {out}", "required: IMAGE"),
        (FORWARD + " --frames 1", "--frames: 1 is outside 2..10000"),
        (FORWARD + " --frames 3.5", "'3.5' is no whole number in 2..10000"),
        (FORWARD + " --fps 0", "--fps: 0 is outside 0.1..120"),
        (FORWARD + " --fps nan", "--fps: nan is outside"),
        (FORWARD + " --fps 60", "frames a second are outside the format's 0.1..50"),
        (FORWARD + " --fps 10 --duration 3", "not allowed with"),
        (FORWARD + " --size 8", "--size: 8 is outside 16..4096"),
        (FORWARD + " --T 1", "--T: 1 is outside 2..10000"),
        (FORWARD + " --hold -1", "--hold: -1 is outside 0..60"),
        (FORWARD + " --seed -1", "--seed: -1 is outside"),
        (FORWARD + " --schedule sinus", "invalid choice: 'sinus'"),
        (FORWARD + " --layout circle", "invalid choice: 'circle'"),
        (FORWARD + " --steps 3", "unrecognized arguments: --steps 3"),
        (FORWARD + " --filmstrip 3", "suffix '.gif'; choose .png"),
        ("export forward {tmp}/absent.png -o {out}", "absent.png: there is no such file"),
        ("export forward {tmp}/text.txt -o {out}", "text.txt: is not a picture"),
        ("export forward {tmp} -o {out}", "is a folder"),
        ("export forward {picture} -o {tmp}/no/film.gif", "film.gif: the folder"),
        ("export forward {picture} -o {tmp}/film.avi", "film.avi: no known format"),
        ("export forward {tmp}/self.gif -o {tmp}/self.gif", "self.gif: is the picture itself"),
        (REVERSE + " --fps 60", "60 frames a second are outside the format's 0.1..50"),
        (REVERSE.replace("2", "100") + " --duration 1 --frames 80", "80 frames a second are outside the format's"),
        (REVERSE + " --steps 101", "--steps 101 is outside 1..100"),
        (REVERSE + " --steps 0", "--steps: 0 is outside 1..10000"),
        (REVERSE + " --eta 0.5", "--eta belongs to the sampler ddim"),
        (REVERSE + " --sampler ddim --eta 1.5", "--eta: 1.5 is outside 0..1"),
        (REVERSE + " --sampler ddim --variance fixed_large", "--variance belongs to the sampler ddpm"),
        (REVERSE + " --sampler ddim --grid karras", "--grid belongs to the sampler euler, euler_ancestral, heun"),
        (REVERSE + " --sampler heun --grid even", "--grid: invalid choice: 'even'"),
        (REVERSE + " --variance learned_range", "needs a network that learns it; use fixed_small or fixed_large"),
        (REVERSE + " --class cube", "cube"),
        (REVERSE + " --class 17", "17"),
        (REVERSE + " --prompt red --blend 0.5", 'write --prompt "A | B"'),
        (REVERSE + f" --prompt {'red' * 2000}", "--prompt has 6,000 letters, at most 4,096 are read"),
        (REVERSE + " --guidance 51", "--guidance: 51 is outside 0..50"),
        (REVERSE + " --guidance-rescale 2", "--guidance-rescale: 2 is outside 0..1"),
        (REVERSE + " --guidance-between 50 50", "--guidance-between 50 50 acts nowhere"),
        (REVERSE + " --guidance-between 200 300", "acts nowhere: the model's levels are 1..100"),
        (REVERSE + " --clip hard", "--clip: invalid choice: 'hard'"),
        (REVERSE + " --count 0", "--count: 0 is outside 1..64"),
        (REVERSE + " --count 9 --size 16", "--size 16 is smaller than the samples; choose 24 or more"),
        (REVERSE + " --device tpu", "invalid choice: 'tpu'"),
        ("export reverse -o {out} --model {tmp}/absent", "is no folder; choose"),
        ("exprot", "did you mean 'export'"),
        ("--frames 3", "unrecognized arguments: --frames"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    run: Run, picture: Path, tiny_model_folder: Path, tmp_path: Path, words: str, message: str
) -> None:
    (tmp_path / "text.txt").write_text("not a picture")
    Image.open(picture).save(tmp_path / "self.gif")
    places = {"picture": picture, "out": tmp_path / "out.gif", "tmp": tmp_path, "model": tiny_model_folder}
    before = sorted(tmp_path.iterdir())
    code, out, err = run(*(word.format(**places) for word in words.split()))
    assert code == 2 and out == ""
    assert err.startswith("diffviz: ") and err.endswith("\n") and err.count("\n") == 1, err
    assert message in err and "Traceback" not in err
    assert sorted(tmp_path.iterdir()) == before, "nothing is left behind"


def test_a_word_of_two_lines_is_quoted_in_one(run: Run) -> None:
    code, _, err = run("export", "forward", "a", "-o", "b.gif", "--no\nsuch")
    assert code == 2 and err.count("\n") == 1 and "--no such" in err


def test_a_chain_that_breaks_is_bad_input_said_in_one_line(
    run: Run, tiny_model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = chain.run_chain

    def broken(*args: object, **keywords: object) -> Iterator[object]:
        yield from itertools.islice(whole(*args, **keywords), 2)
        raise ValueError("The chain broke at step 2 of 4. Lower the guidance.")

    monkeypatch.setattr(chain, "run_chain", broken)
    words = ("--model", tiny_model_folder, "--class", "dot", "--steps", 4, "--device", "cpu")
    code, out, err = run("export", "reverse", "-o", tmp_path / "f.gif", *words)
    assert (code, out, err) == (2, "", "diffviz: The chain broke at step 2 of 4. Lower the guidance.\n")
    assert list(tmp_path.glob("*.gif")) == []


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_a_device_that_is_not_there(run: Run, tmp_path: Path, kind: str) -> None:
    from diffviz.engine.device import available

    if available(kind):
        pytest.skip(f"there is a {kind} device here")
    code, _, err = run("export", "reverse", "-o", tmp_path / "f.gif", "--device", kind)
    assert code == 2
    assert err == f"diffviz: there is no {kind.upper()} device here; choose --device auto or cpu.\n"


def test_a_number_is_a_class_where_no_name_is(run: Run, tiny_model_folder: Path, tmp_path: Path) -> None:
    options = ("--model", tiny_model_folder, "--steps", 2, "--size", 16, "--class")
    for name in ("1", "ring", "dot"):
        assert run("export", "reverse", "-o", tmp_path / name, *options, name)[0] == 0
    by_number, by_name, other = (frames(tmp_path / name)[-1] for name in ("1", "ring", "dot"))
    np.testing.assert_array_equal(by_number, by_name)
    assert not np.array_equal(by_name, other)


def test_guidance_without_a_null_class(run: Run, tiny_model_folder: Path, tmp_path: Path) -> None:
    (tiny_model_folder / "diffviz.json").write_text('{"class_names": ["a", "b", "c", "d"], "null_class": null}')
    options = ("--model", tiny_model_folder, "--steps", 2, "--class", "a", "--guidance", 2)
    code, _, err = run("export", "reverse", "-o", tmp_path / "f.gif", *options)
    assert code == 2 and "null class" in err and err.count("\n") == 1


# -- the window's words


@pytest.mark.parametrize(
    "words, expected",
    [
        ("", {}),
        ("cat.png", {"path": "cat.png"}),
        ("gui cat.png", {"path": "cat.png"}),
        ("--scene s.json --seed 3", {"scene": "s.json", "seed": 3}),
        ("s.json --model m --device cpu", {"path": "s.json", "model": "m", "device": "cpu"}),
        ("--schedule b.json", {"schedule": "b.json"}),
        ("--model m --T 50 --prediction v", {"model": "m", "scheduler": (None, 50, "v")}),
    ],
)
def test_what_is_no_command_opens_the_window(
    monkeypatch: pytest.MonkeyPatch, words: str, expected: dict[str, object]
) -> None:
    import types

    asked: list[dict[str, object]] = []
    window = types.ModuleType("diffviz.gui.app")
    window.run = lambda **given: asked.append(given) or 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "diffviz.gui.app", window)
    assert cli.main(words.split()) == 0
    none = {"path": None, "scene": None, "model": None, "device": "auto", "seed": None}
    assert asked == [{**none, **expected}]


def test_a_file_called_like_a_command_mistyped_is_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exprot").touch()
    monkeypatch.setattr(commands, "run", lambda arguments: 0 if arguments.path == "exprot" else 1)
    assert run("exprot")[0] == 0


# -- help, info, faults


@pytest.mark.parametrize("words", ["--help", "-h", "export --help", "export forward --help", "export reverse -h"])
def test_help(run: Run, words: str) -> None:
    code, out, err = run(*words.split())
    assert code == 0 and err == "" and "diffviz" in out


def test_help_names_every_option_of_the_catalog(run: Run) -> None:
    _, out, _ = run("export", "reverse", "--help")
    for option in ("--eta", "--variance", "--sampler", "--spacing", "--count", "--filmstrip", "--theme"):
        assert option in out


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"diffviz {diffviz.__version__}\n", "")


def test_info(run: Run) -> None:
    code, out, err = run("info")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[-1] == "ready"
    for word in ("torch", "PySide6", "cpu: works", "smileys-32", str(log_path())):
        assert word in out


def test_info_names_the_models_trained_here(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_model_folder: Path
) -> None:
    monkeypatch.setenv("DIFFVIZ_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data" / "models").mkdir(parents=True)
    tiny_model_folder.rename(tmp_path / "data" / "models" / "my cats")
    _, out, _ = run("info")
    assert f"  my cats: {tmp_path / 'data' / 'models' / 'my cats'}" in out.splitlines()
    assert f"  trained models: {tmp_path / 'data' / 'models'}" in out.splitlines()


def test_info_says_what_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from diffviz.cli import info

    monkeypatch.setattr(info, "PACKAGES", ("numpy", "no-such-package"))
    code, out, _ = run("info")
    assert code == 1
    assert out.splitlines()[-1] == "missing: the package no-such-package (pip install no-such-package)"


def test_a_fault_of_ours_is_one_line_with_the_log(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(arguments: object) -> int:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(commands, "run", broken)
    code, out, err = run("info")
    assert (code, out) == (1, "")
    assert err == f"diffviz: unexpected fault (RuntimeError: first line); the log {log_path()} has the details.\n"
    text = log_path().read_text(encoding="utf-8")
    assert "Traceback" in text and "second line" in text and "in broken" in text


def test_the_log_stays_small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from diffviz import faults

    monkeypatch.setenv("DIFFVIZ_STATE_DIR", str(tmp_path / "new" / "state"))
    monkeypatch.setattr(faults, "MAX_LOG_BYTES", 1000)
    for i in range(30):
        assert faults.record_fault(ValueError(f"fault {i}")) == log_path()
    assert log_path().stat().st_size < 2000
    assert "fault 29" in log_path().read_text() and len(list(log_path().parent.iterdir())) == 2


def test_a_log_that_cannot_be_written_is_no_second_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from diffviz import faults

    (tmp_path / "file").touch()
    monkeypatch.setenv("DIFFVIZ_STATE_DIR", str(tmp_path / "file"))
    assert faults.sentence(ValueError("x")) == "unexpected fault (ValueError: x); and the log cannot be written."


def test_progress_is_shown_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, run: Run, picture: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    code, out, err = run("export", "forward", picture, "-o", tmp_path / "f.gif", "--frames", 3, "--size", 32)
    assert (code, out) == (0, "")
    assert "frame 3/3" in err and err.endswith(f"diffviz: wrote {tmp_path / 'f.gif'}\n")


# -- other processes


def child(*words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "diffviz", *(str(word) for word in words)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    # a shell lets what runs in its background ignore the interrupt, and children inherit that
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.fixture
def long_export(picture: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """An export that takes minutes, in the middle of its frames, over a file that is already there."""
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / "film.apng"
    target.write_bytes(b"old")
    process = child("export", "forward", picture, "-o", target, "--frames", 10_000, "--size", 512)
    deadline = time.monotonic() + 60
    while not any(file.stat().st_size > 10_000 for file in folder.glob(".diffviz-*")):
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.02)
    yield process, target
    process.kill()
    process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM"])
def test_an_interrupted_export_leaves_only_the_old_file(
    long_export: tuple[subprocess.Popen[str], Path], sent: str
) -> None:
    process, target = long_export
    process.send_signal(getattr(signal, sent))
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert (out, err) == ("", "diffviz: interrupted; nothing was written.\n")
    assert target.read_bytes() == b"old"
    assert [file.name for file in target.parent.iterdir()] == [target.name]


def test_a_killed_export_leaves_the_old_file(long_export: tuple[subprocess.Popen[str], Path]) -> None:
    process, target = long_export
    process.kill()
    process.communicate(timeout=30)
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_export_imports_no_qt_and_forward_no_diffusers(
    direction: str, picture: Path, tiny_model_folder: Path, tmp_path: Path
) -> None:
    words = ["export", direction, "-o", str(tmp_path / "f.gif"), "--size", "32"]
    words += [str(picture), "--frames", "2"] if direction == "forward" else ["--model", str(tiny_model_folder)]
    code = (
        "import sys; from diffviz.cli import main; code = main(sys.argv[1:]); "
        "print(code, *sorted({'PySide6', 'diffusers', 'pyqtgraph'} & set(sys.modules)))"
    )
    words += [] if direction == "forward" else ["--steps", "2"]
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", code, *words], capture_output=True, text=True, cwd=ROOT
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["0"] + (["diffusers"] if direction == "reverse" else [])


def test_help_and_version_import_nothing_heavy() -> None:
    code = (
        "import sys; from diffviz.cli import main; main(['--help']); main(['--version']); "
        "print(sorted({'torch', 'numpy', 'PIL', 'av', 'PySide6'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_end_does_not_look_through_all_that_was_loaded() -> None:
    code = """
import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 1000))  # the last to come is called first
import diffviz.cli
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "True\n"


def test_python_m_diffviz_is_the_same_program() -> None:
    process = child("export", "forward")
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2 and err.count("\n") == 1


# -- run files


@pytest.mark.parametrize(
    "words, said",
    [
        ((), "reverse writes nothing without -o OUT or --save-run RUN; give one of them."),
        (("--save-run", "OUT.run"), "no known format has the suffix '.run'; choose .diffviz-run."),
        (("--save-run", "OUT.diffviz-run", "--count", "5"), "with --count 5: the window shows 1, 4, 9"),
        (("--save-run", "none/OUT.diffviz-run"), "does not exist; create it or choose another"),
    ],
)
def test_run_files_are_refused_in_words(run: Run, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    filled = [str(tmp_path / word) if "OUT" in word else word for word in words]
    code, out, err = run("export", "reverse", *filled, "--steps", 2)
    assert (code, out) == (2, "") and err.count("\n") == 1 and said in err
    assert list(tmp_path.iterdir()) == []


def test_a_film_and_a_run_at_once(run: Run, tiny_model_folder: Path, tmp_path: Path) -> None:

    film, kept = tmp_path / "film", tmp_path / "a.diffviz-run"
    words = ("--model", tiny_model_folder, "--steps", 6, "--frames", 3, "--size", 16, "--device", "cpu")
    assert run("export", "reverse", "-o", film, "--save-run", kept, *words) == (0, "", "")
    states = load_run(kept).states
    assert len(frames(film)) == 3 and len(states) == 7
    assert np.array_equal(frames(film)[-1][::2, ::2], states[-1].shown.x_t[0])
