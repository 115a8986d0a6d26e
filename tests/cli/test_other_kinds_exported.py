"""The command line tells by its content what a file holds, and exports what is no picture as well."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from films import frames
from pairs import ONE, Pairs
from PIL import Image
from tiny_sound import write_tiny_sound

from diffviz import catalog, kinds
from diffviz.diffusion import SAMPLERS, SCHEDULES
from diffviz.engine.noise import ChainNoise, held_noise
from diffviz.kinds import SOUND, sound_files
from diffviz.models import load_model
from diffviz.train.small import SmallTraining

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.KINDS, "pairs", Pairs())
    listed = {**catalog.KINDS, "pairs": catalog.KINDS["picture"]}  # what a scene may be of
    monkeypatch.setattr(catalog, "KINDS", listed)


def test_forward(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(Pairs().encoded(np.array(ONE)))
    words = ("export", "forward", tmp_path / "a.png", "-o", tmp_path / "film", "--frames", 3, "--size", 40)
    assert run(*words) == (0, "", "")
    film = frames(tmp_path / "film")
    assert {frame.shape for frame in film} == {(40, 40, 3)}
    assert film[0][5, [5, 35], 0].tolist() == [int(v * 127.5 + 127.5) for v in ONE]


def test_points_on_a_line_with_their_map(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1\n-1\n" * 50)
    words = ("export", "forward", tmp_path / "a.csv", "--lens", "map", "--T", 20)
    assert run(*words, "--t", 5, "-o", tmp_path / "a.png")[0] == 0
    with Image.open(tmp_path / "a.png") as figure:
        assert figure.size == (1920, 920)
    film = ("--layout", "curves", "--frames", 2, "--size", 64)
    assert run(*words, *film, "-o", tmp_path / "film")[0] == 0 and len(frames(tmp_path / "film")) == 2


def test_a_broken_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.pairs").write_bytes(b"pairs 1")
    code, out, err = run("export", "forward", tmp_path / "a.pairs", "-o", tmp_path / "film")
    assert (code, out) == (2, "") and "a.pairs: is no pair; choose another one." in err


def test_a_cloud_that_ships_is_a_model(run: Run, tmp_path: Path) -> None:
    chain = ("--sampler", "ddim", "--steps", 6, "--class", "upper", "--guidance", 2)
    words = ("export", "reverse", "--model", "moons", *chain, "-o", tmp_path / "film", "--frames", 3, "--size", 256)
    code, _, err = run(*words)
    assert code == 0 and err.count("\n") <= 1
    film = frames(tmp_path / "film")
    assert [frame.shape for frame in film] == [(256, 256, 3)] * 3
    upper = film[-1][:128].min(axis=2) < 200
    assert upper.sum() > 20 * (film[-1][160:].min(axis=2) < 200).sum(), "the upper moon, and not the lower"


def test_points_are_learnt_by_a_small_network(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1\n-1\n" * 50)
    few = ("--steps", 20, "--width", 8, "--layers", 1)
    code, _, err = run("train", tmp_path / "a.csv", "-o", tmp_path / "m", *few, "--prediction", "flow", "--T", 50)
    assert code == 0 and not err
    chain = ("--model", tmp_path / "m", "--sampler", "ddim", "--steps", 3)
    assert run("export", "reverse", *chain, "-o", tmp_path / "film", "--size", 256)[0] == 0
    (tmp_path / "s.json").write_text("[0.1, 0.2, 0.3]")
    own = ("-o", tmp_path / "own", "--schedule", tmp_path / "s.json")
    assert run("train", tmp_path / "a.csv", *own, *few)[0] == 0
    assert load_model(str(tmp_path / "own"), "cpu").schedule.beta.tolist() == pytest.approx([0, 0.1, 0.2, 0.3])
    for words, why in (
        (("train", "moons", "-o", tmp_path / "n", *own[2:], "--T", 9), "leave --T out"),
        (("train", "moons", "-o", tmp_path / "m", *few), "m: is there already"),
        (("train", "moons", "-o", tmp_path / "n", "--size", 32), "--size is of trainings on pictures"),
        (("train", "moons", "-o", tmp_path / "n", "--word-weight", 1), "--word-weight is of trainings on pictures"),
        (("train", "moons", "-o", tmp_path / "n", "--quiet-weight", 1), "is of trainings on pictures or sounds"),
        (("train", "moons", "-o", tmp_path / "n", "--resume"), "n: holds no training of points that could go on"),
        (("train", tmp_path, "-o", tmp_path / "n", "--prediction", "flow"), "--prediction flow is of points"),
    ):
        code, _, err = run(*words)
        assert code == 2 and why in err and err.count("\n") == 1


def test_a_training_of_points_goes_on_as_if_it_had_never_been_left(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n" + "1,2\n-1,0\n0,3\n" * 30)
    few = ("--width", 8, "--layers", 1, "--T", 50)
    assert run("train", tmp_path / "a.csv", "-o", tmp_path / "whole", *few, "--steps", 60)[0] == 0
    parts = ("train", tmp_path / "a.csv", "-o", tmp_path / "parts")
    with interrupted_after(30):
        assert run(*parts, *few, "--steps", 60)[0] == 130
    assert run("train", "-o", tmp_path / "parts", "--resume")[0] == 0
    one, other = (load_model(str(tmp_path / name), "cpu").network.state_dict() for name in ("whole", "parts"))
    assert all((one[key] == other[key]).all() for key in one)
    assert run("train", "-o", tmp_path / "parts", "--resume", "--steps", 70)[0] == 0
    (tmp_path / "b.csv").write_text("1,2\n-1,0\n")
    for words, why in (
        (parts, "parts: is there already; choose a new name for -o OUT, or add --resume to go on."),
        (("train", "-o", tmp_path / "parts", "--resume"), "has been trained, 70 steps in"),
        ((*parts, "--resume", "--width", 9), "--width was chosen when the training began"),
        (("train", tmp_path / "b.csv", *parts[2:], "--resume", "--steps", 80), "parts: learnt other points than b.csv"),
    ):
        code, _, err = run(*words)
        assert code == 2 and why in err and err.count("\n") == 1, err
    (tmp_path / "a.csv").unlink()
    code, _, err = run("train", "-o", tmp_path / "parts", "--resume", "--steps", 80)
    assert code == 2 and "the points that it learnt are gone; name them" in err
    (tmp_path / "a.csv").write_text("1,2\n-1,0\n")
    state = tmp_path / "parts" / "training" / "small.safetensors"
    state.write_bytes(state.read_bytes()[:200])
    code, _, err = run(*parts, "--resume", "--steps", 80)
    assert code == 2 and "parts: holds no training of points that could go on" in err


def test_a_training_of_points_that_diverges_leaves_what_was_saved(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = ("train", "moons", "-o", tmp_path / "m", "--width", 8, "--layers", 1, "--T", 50)
    assert run(*few, "--steps", 20)[0] == 0
    state = (tmp_path / "m" / "training" / "small.safetensors").read_bytes()

    def burst(training: SmallTraining, *given: Any) -> None:
        training.step += 1
        training.network.first.weight.data.fill_(float("nan"))

    monkeypatch.setattr(SmallTraining, "_update", burst)
    code, _, err = run("train", "-o", tmp_path / "m", "--resume", "--steps", 40)
    assert code == 2 and err.count("\n") == 1, err
    assert (tmp_path / "m" / "training" / "small.safetensors").read_bytes() == state


@contextlib.contextmanager
def interrupted_after(most: int) -> Iterator[None]:
    """A person's Ctrl+C after so many steps of a training."""
    update, done = SmallTraining._update, 0

    def interrupted(training: SmallTraining, *given: Any) -> None:
        nonlocal done
        done += 1
        if done > most:
            raise KeyboardInterrupt
        update(training, *given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SmallTraining, "_update", interrupted)
        yield


def test_a_sound_as_film_and_as_wav(run: Run, tmp_path: Path) -> None:
    sound = SOUND.read("builtin:drum").array
    (tmp_path / "drum").write_bytes(SOUND.encoded(sound))
    (tmp_path / "a.csv").write_text("1,2\n3,4\n")
    words = ("export", "forward", tmp_path / "drum", "-o")
    assert run(*words, tmp_path / "film", "--frames", 2, "--size", 64) == (0, "", "")
    film = frames(tmp_path / "film")
    x_0 = sound["wave"]
    assert np.mean(film[0] != SOUND.raster(x_0[None], 1.0, film[0].shape[:2])[0]) < 1e-3
    assert run(*words, tmp_path / "x.wav", "--t", 100, "--seed", 3) == (0, "", "")
    alpha_bar, eps = SCHEDULES["linear"]().alpha_bar[100], held_noise(3, x_0.shape)[0].numpy()
    found = sound_files.decoded((tmp_path / "x.wav").read_bytes(), "x.wav")
    expected = sound_files.GAIN * (alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * eps)
    np.testing.assert_allclose(found.wave, expected, atol=1e-5)
    code, _, err = run("export", "forward", tmp_path / "a.csv", "-o", tmp_path / "b.wav")
    assert code == 2 and "Of points there is nothing to hear; end OUT in .mp4, or give a sound." in err
    code, _, err = run(*words, tmp_path / "b.wav", "--lens", "chain")
    assert code == 2 and "A .wav holds one sound alone" in err


def test_a_chain_of_sound_is_heard_in_its_film_and_ends_in_a_wav(run: Run, tmp_path: Path) -> None:
    model = write_tiny_sound(tmp_path / "m")
    chain = ("export", "reverse", "--model", model, "--sampler", "ddim", "--steps", 3, "--seed", 4, "-o")
    assert run(*chain, tmp_path / "x.wav")[0] == 0
    network, noise = load_model(str(model), "cpu"), ChainNoise(4, 1)
    x_T = noise.start(network.sample_shape)
    *_, last = SAMPLERS["ddim"](network.denoiser(), x_T, network.schedule, steps=3)
    ends = SOUND.waves(last.x_s.numpy())[0]
    found = sound_files.decoded((tmp_path / "x.wav").read_bytes(), "x.wav")
    assert found.rate == 8000
    np.testing.assert_allclose(found.wave, sound_files.GAIN * ends, atol=1e-5)
    assert run(*chain, tmp_path / "x.mp4", "--fps", 2, "--hold", 1, "--size", 64)[0] == 0
    with av.open(str(tmp_path / "x.mp4")) as film:
        heard = np.concatenate([frame.to_ndarray().reshape(-1) for frame in film.decode(audio=0)])
    assert len(heard) / 48_000 == pytest.approx(3, abs=0.05), "four states of half a second, and one second more"
    begins, stays = heard[2400:21_600], heard[84_000:140_000]
    for wave, part in ((SOUND.waves(x_T.numpy())[0], begins), (ends, stays)):
        assert part.std() == pytest.approx(sound_files.GAIN * wave.std(), rel=0.15)
    code, _, err = run(*chain, tmp_path / "y.wav", "--count", 4)
    assert code == 2 and "A .wav holds one sound alone; leave --count out" in err and err.count("\n") == 1
    code, _, err = run("export", "reverse", "--model", "moons", "-o", tmp_path / "y.wav")
    assert code == 2 and "Of points there is nothing to hear" in err.splitlines()[-1]


def test_a_sample_is_named_as_a_file_is(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ships, unless a file of that name lies there."""
    monkeypatch.chdir(tmp_path)
    few = ("--frames", 2, "--size", 64, "--T", 20)
    (tmp_path / "moons").mkdir()  # as a training may have left it
    for name in ("cat", "moons", "drum"):
        assert run("export", "forward", name, "-o", tmp_path / f"{name}-film", *few)[0] == 0
        assert len(frames(tmp_path / f"{name}-film")) == 2
    Image.new("RGB", (40, 40), (255, 0, 0)).save(tmp_path / "astronaut", "PNG")
    assert run("export", "forward", "astronaut", "-o", tmp_path / "own", *few)[0] == 0
    assert frames(tmp_path / "own")[0].reshape(-1, 3).mean(0).tolist() == pytest.approx([255, 0, 0], abs=3)
    code, _, err = run("export", "forward", "dog", "-o", tmp_path / "f", *few)
    assert code == 2 and "dog: there is no such file" in err


@pytest.mark.parametrize(
    ("image", "model", "why"),
    [
        ("drum", "smileys-32", "drum: holds sound, and this model makes pictures; choose one of those."),
        ("cat", "moons", "cat: holds picture, and this model makes points; choose one of those."),
        ("two_deltas", "drums-8k", "two_deltas: holds points on a line, and this model makes sounds;"),
    ],
)
@pytest.mark.parametrize("command", ["reverse", "experiment"])
def test_what_the_model_makes_nothing_of_is_refused(
    command: str, image: str, model: str, why: str, run: Run, tmp_path: Path
) -> None:
    begins = ("experiment", "strength", image) if command == "experiment" else ("export", command, "--picture", image)
    code, _, err = run(*begins, "--model", model, "--steps", 2, "-o", tmp_path / "a.gif")
    assert code == 2 and why in err.splitlines()[-1]
