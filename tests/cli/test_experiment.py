"""``diffviz experiment``: the sheet in files, with the window's numbers; what cannot be done is one line."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from word_network import write_words

import diffviz
from diffviz import catalog
from diffviz.engine.chain import run_chain
from diffviz.models import load_model
from diffviz.scene import ModelSpec, SamplerSpec, Scene, params

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (12, 20, 3), dtype=np.uint8)).save(path)
    return path


def shows(figure: np.ndarray, picture: np.ndarray, zoom: int) -> bool:
    """Whether the enlarged picture stands somewhere in the figure, pixel for pixel."""
    block = picture.repeat(zoom, axis=0).repeat(zoom, axis=1)
    height, width = block.shape[:2]
    corners = np.argwhere((figure[: 1 - height, : 1 - width] == block[0, 0]).all(axis=-1))
    return any(np.array_equal(figure[y : y + height, x : x + width], block) for y, x in corners)


def test_compare_shows_each_run_as_the_chain_is(run: Run, _tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    rows = ["sampler=ddim steps=4 eta=0.5 class=1", "sampler=euler guidance=2"]
    words = [word for row in rows for word in ("--run", row)]
    common = ("--model", _tiny_model, "--class", "cross", "--steps", 3, "--seed", 5, "--device", "cpu")
    done = run("experiment", "compare", "-o", out, *common, *words, "--set", "reference=none", "--size", 32)
    assert done == (0, "", "")
    figure = np.asarray(Image.open(out))
    for label, guidance, sampler in (
        ("ring", 1.0, SamplerSpec("ddim", 4, params=params(eta=0.5))),
        ("cross", 2.0, SamplerSpec("euler", 3)),
    ):
        scene = Scene(direction="reverse", seed=5, model=ModelSpec(str(_tiny_model), label, guidance), sampler=sampler)
        *_, last = run_chain(load_model(_tiny_model), scene)
        assert shows(figure, last.shown.x_t[0], 4)


def test_the_picture_itself_is_not_written_over(run: Run, _tiny_model: Path, picture: Path) -> None:
    before = picture.read_bytes()
    words = ("experiment", "strength", picture, "-o", picture, "--model", _tiny_model, "--steps", 2)
    code, _, said = run(*words)
    assert code == 2 and "picture.png: is the picture itself; choose another name" in said
    assert picture.read_bytes() == before


def test_a_film_that_cannot_be_played_is_refused_before_anything_is_computed(
    run: Run, picture: Path, tmp_path: Path
) -> None:
    words = ("experiment", "strength", picture, "-o", tmp_path / "a.csv", "-o", tmp_path / "a.gif", "--fps", 60)
    code, _, said = run(*words, "--model", tmp_path / "absent")
    assert code == 2 and "a.gif: 60 frames a second are outside the format's 0.1..50; choose another --fps" in said
    assert not (tmp_path / "a.csv").exists()


def test_one_run_writes_figure_numbers_and_film(run: Run, _tiny_model: Path, picture: Path, tmp_path: Path) -> None:
    outs = [tmp_path / "s.png", tmp_path / "s.csv", tmp_path / "s.gif", tmp_path / "s"]
    words = [word for out in outs for word in ("-o", out)]
    common = ("--model", _tiny_model, "--class", "dot", "--sampler", "ddim", "--steps", 6, "--device", "cpu")
    assert run("experiment", "strength", picture, *words, *common, "--set", "strengths=0.3 0.6") == (0, "", "")
    table = list(csv.reader((tmp_path / "s.csv").read_text(encoding="utf-8").splitlines()))
    assert table[0][0] == "Strength" and [row[0].split(" · ")[0] for row in table[1:3]] == ["0.3", "0.6"]
    with Image.open(tmp_path / "s.gif") as film:
        assert film.n_frames == len(list((tmp_path / "s").glob("*.png"))) > 2


def test_the_list_names_every_experiment_and_parameter(run: Run) -> None:
    code, out, err = run("experiment", "--list")
    assert (code, err) == (0, "")
    for entry in catalog.EXPERIMENTS.values():
        assert f"{entry.name}: {entry.tip}" in out
        for param in entry.params:
            assert f"--set {param.name}=" in out and param.tip in out


@pytest.mark.parametrize(
    "words, said",
    [
        ((), "name an experiment; diffviz experiment --list says what there is"),
        (("nothing", "-o", "OUT.png"), "there is no experiment 'nothing'; choose one of compare, convergence"),
        (("compare",), "writes nothing without -o OUT"),
        (("compare", "-o", "OUT.pdf"), "no known format has the suffix '.pdf'"),
        (("compare", "-o", "OUT.png", "--set", "x=1"), "compare has the parameters reference"),
        (("compare", "-o", "OUT.png", "--set", "reference=some"), "is not one of 1,000 steps, none"),
        (("interpolation", "-o", "OUT.png", "--set", "depth=2.5"), "experiment.depth = 2.5 is outside 0.02..1"),
        (("interpolation", "-o", "OUT.png", "--set", "depth=deep"), "'deep' is no number in 0.02..1"),
        (("strength", "-o", "OUT.png", "--run", "steps=4"), "--run is a row of compare, and strength has none"),
        (("strength", "-o", "OUT.png"), "strength begins with a picture; give IMAGE after the name"),
        (("strength", "none.png", "-o", "OUT.png"), "none.png: "),
        (("compare", "-o", "OUT.png", "--run", "steps=0"), "--run 'steps=0': argument --steps: 0 is outside 1..10000"),
        (("compare", "-o", "OUT.png", "--run", "step=4"), "--run 'step=4': unrecognized arguments: --step 4"),
        (("compare", "-o", "OUT.png", "--run", "class='a"), "no closing quotation; close it"),
        (("compare", "-o", "OUT.png", "--run", "sampler=heun eta=0.5"), "--eta belongs to the sampler ddim"),
        (("compare", "-o", "OUT.png", "--run", "steps=101"), "steps = 101 is outside 1..100"),
        (("compare", "-o", "OUT.png", "--class", "moon"), "knows no class moon; choose one of dot, ring, cross"),
        (("weights", "-o", "OUT.png", "--class", "dot", "--set", "weights=60"), "60 is outside 0..50"),
        (("compare", "-o", "OUT.gif", "--fps", "90"), "outside the format's 0.1..50"),
    ],
)
def test_refusals_are_one_line(run: Run, _tiny_model: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    filled = [str(tmp_path / word) if word.startswith("OUT") else word for word in words]
    steps = () if any(word.startswith("steps") for word in words) else ("--steps", 2)
    code, out, err = run("experiment", *filled, "--model", _tiny_model, "--device", "cpu", *steps)
    assert (code, out) == (2, "")
    assert err.startswith("diffviz: ") and err.count("\n") == 1 and said in err
    assert list(tmp_path.iterdir()) == []


def test_the_window_is_not_needed(_tiny_model: Path, tmp_path: Path) -> None:
    code = f"""
import sys
from diffviz import cli
words = ["experiment", "compare", "-o", r"{tmp_path / "s.png"}", "--model", r"{_tiny_model}", "--steps", "2",
         "--class", "dot", "--device", "cpu"]
assert cli.main(words) == 0
assert "PySide6" not in sys.modules
"""
    root = Path(diffviz.__file__).parent.parent
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


def test_what_was_changed_of_the_picture_is_said(run: Run, _tiny_model: Path, tmp_path: Path) -> None:
    Image.fromarray(np.linspace(0, 900, 192).reshape(12, 16).astype(np.float32)).save(tmp_path / "ct.tif")
    common = ("--model", _tiny_model, "--class", "dot", "--sampler", "ddim", "--steps", 2, "--device", "cpu")
    out = run("experiment", "strength", tmp_path / "ct.tif", "-o", tmp_path / "s.csv", *common)
    assert out == (0, "", "diffviz: ct.tif: grey values 0 to 900 are shown as 0 to 255.\n")


def test_words_that_say_nothing_are_named(run: Run, tmp_path: Path) -> None:
    folder, out = write_words(tmp_path / "told"), tmp_path / "g.png"
    words = ("--model", folder, "--prompt", "zebra | red hair", "--sampler", "ddim", "--steps", 3)
    grid = ("experiment", "words", "-o", out, "--set", "rows=blue hat", "--set", "columns=long hair; red")
    code, _, error = run(*grid, *words)
    assert code == 0 and out.exists() and "told: not known to the model: zebra" in error
    code, _, error = run("export", "reverse", "-o", tmp_path / "f.png", "--filmstrip", 2, *words, "--blend", 0.25)
    assert code == 0 and "not known to the model: zebra" in error
