"""Lenses from the command line: alone as numbers or a figure, and under the equation of a film."""

from __future__ import annotations

import csv
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from films import frames
from PIL import Image
from word_network import write_words

from diffviz.diffusion import SCHEDULES
from diffviz.engine.run_file import load_run
from diffviz.lens_catalog import LENSES
from diffviz.lenses import Said
from diffviz.lenses.lens import Moment

Run = Callable[..., tuple[int, str, str]]


def test_numbers_as_csv(run: Run, picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "n.csv"
    words = ("--lens", "numbers", "--set", "from=100", "--set", "to=300", "--set", "step=100", "--schedule", "cosine")
    assert run("export", "forward", picture, "-o", out, *words) == (0, "", "")
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    schedule = SCHEDULES["cosine"]()
    assert [float(row["t"]) for row in rows] == [100, 200, 300]
    assert [float(row["ᾱ"]) for row in rows] == [schedule.alpha_bar[t] for t in (100, 200, 300)]


FORWARD = [name for name, entry in LENSES.items() if not entry.of_chains]


@pytest.mark.parametrize("lens", FORWARD)
def test_every_lens_as_figure(run: Run, picture: Path, tmp_path: Path, lens: str) -> None:
    out = tmp_path / "f.png"
    assert run("export", "forward", picture, "-o", out, "--lens", lens, "--t", 50, "--T", 100) == (0, "", "")
    with Image.open(out) as figure:
        assert len(np.unique(np.asarray(figure.convert("L")))) > 20  # something is drawn


def test_another_schedule_is_pinned_beside_it(run: Run, picture: Path, tmp_path: Path) -> None:
    made = []
    for name, words in (("alone", ()), ("pinned", ("--pin", "cosine"))):
        out, figure = tmp_path / name, tmp_path / f"{name}.png"
        options = ("--frames", 3, "--size", 64, "--hold", 0, "--T", 50, "--layout", "curves")
        assert run("export", "forward", picture, "-o", out, *options, *words) == (0, "", "")
        assert run("export", "forward", picture, "-o", figure, "--lens", "schedule", *words) == (0, "", "")
        made.append((frames(out)[1], np.asarray(Image.open(figure))))
    assert all(a.shape == b.shape and not np.array_equal(a, b) for a, b in zip(*made, strict=True))
    code, _, err = run("export", "forward", picture, "-o", tmp_path / "a.gif", "--pin", "cosinus")
    assert code == 2 and "cosinus" in err and err.count("\n") == 1


def test_a_film_has_the_lens_in_the_place_of_the_curves(run: Run, picture: Path, tmp_path: Path) -> None:
    films = []
    for name, words in (("curves", ("--layout", "curves")), ("lens", ("--lens", "posterior", "--pixel", "0.1,0.9"))):
        out = tmp_path / name
        options = ("--frames", 3, "--size", 64, "--hold", 0, "--T", 50, *words)
        assert run("export", "forward", picture, "-o", out, *options) == (0, "", "")
        films.append(frames(out))
    curves, lens = films
    assert lens[0].shape[1] == curves[0].shape[1] and lens[0].shape[0] > curves[0].shape[0]
    assert not np.array_equal(lens[1][-100:], lens[2][-100:])  # it moves


def test_the_film_of_a_chain_has_the_lens_of_each_state(run: Run, tiny_model_folder: Path, tmp_path: Path) -> None:
    films = []
    for name in ("posterior", "schedule"):
        out, kept = tmp_path / name, tmp_path / f"{name}.diffviz-run"
        words = ("--model", tiny_model_folder, "--steps", 3, "--size", 64, "--hold", 0, "--layout", "strip")
        assert run("export", "reverse", "-o", out, "--lens", name, "--save-run", kept, *words)[0] == 0
        films.append(frames(out))
        assert all(state.values is not None for state in load_run(kept).states)
    lens, curves = films
    assert len(lens) == 4 and lens[0].shape[1] == curves[0].shape[1] and lens[0].shape[0] > curves[0].shape[0]
    assert all(not np.array_equal(a, b) for a, b in pairwise(lens))


def test_the_last_frame_tells_of_words_what_they_did_in_the_last_step(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[float, float]] = []

    def noted(moment: Moment, said: Said, *_: object) -> str:
        told.append((moment.t, said.t))
        return "noted"

    monkeypatch.setattr("diffviz.lenses.words._sentence", noted)
    options = ("--class", "blue hat", "--steps", 3, "--size", 64, "--hold", 0, "--lens", "words")
    model = write_words(tmp_path / "told")
    assert run("export", "reverse", "-o", tmp_path / "film", "--model", model, *options)[0] == 0
    *others, last = told
    assert last == (0, others[-1][0]) and all(t == asked for t, asked in others)


def test_a_lens_of_a_chain_wants_a_film_with_room(run: Run, tmp_path: Path) -> None:
    for words, said in (
        (("--save-run", tmp_path / "a.diffviz-run"), "add -o OUT"),
        (("-o", tmp_path / "a.png", "--filmstrip", 3), "under the equation"),
        (("-o", tmp_path / "a.gif", "--layout", "pair"), "under the equation"),
    ):
        code, _, err = run("export", "reverse", "--lens", "chain", *words)
        assert code == 2 and said in err and err.count("\n") == 1
    code, _, err = run("export", "reverse", "-o", tmp_path / "a.gif", "--set", "back=3")
    assert code == 2 and "--set is of a lens" in err


@pytest.mark.parametrize(
    "words, said",
    [
        (("-o", "a.csv"), "no known format"),
        (("-o", "a.gif", "--t", "5"), "--t is the level of a lens by itself"),
        (("-o", "a.gif", "--set", "step=5"), "--set is of a lens"),
        (("-o", "a.csv", "--lens", "numbers", "--set", "stop=5"), "numbers has the parameters from, to, step"),
        (("-o", "a.csv", "--lens", "numbers", "--set", "step=0"), "step = 0 is outside 1..10000"),
        (("-o", "a.csv", "--lens", "numbers", "--t", "2000"), "t = 2000 is outside 0..1000"),
        (("-o", "a.gif", "--lens", "numbers", "--layout", "pair"), "--lens has its place under the equation"),
        (("-o", "a.csv", "--lens", "posterior", "--pixel", "2,0"), "2 is outside 0..1"),
        (("-o", "a.csv", "--lens", "colour"), "invalid choice: 'colour'"),
        (("-o", "a.csv", "--lens", "words"), "--lens words looks at a chain"),
    ],
)
def test_what_does_not_go_together_is_said_in_one_sentence(
    run: Run, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run("export", "forward", picture, *words)
    assert (code, out) == (2, "") and err.count("\n") == 1
    assert said in err
    assert not list(tmp_path.glob("a.*"))
