"""A network that a text encoder tells, on the command line: a film, a run, a grid of words, and no training."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from text_model import write_clip

from diffviz.cli import main


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read only."""
    return write_clip(tmp_path_factory.mktemp("texts") / "told")


def test_what_it_is_told_makes_the_film_and_is_kept_in_its_run(made: Path, tmp_path: Path, capsys) -> None:
    run, words = (
        tmp_path / "chain.diffviz-run",
        ("--guidance", "2", "--sampler", "ddim", "--steps", "3", "--size", "64"),
    )
    films = []
    for k, prompt in enumerate(("red hat | cat", "red hat | cat", "blue hat | cat", "red hat " * 9)):
        films.append(tmp_path / f"{k}.png")
        args = ("--model", str(made), "--prompt", prompt, *words, "--filmstrip", "3", "-o", str(films[-1]))
        assert main(["export", "reverse", *args, *(("--save-run", str(run)) if k == 0 else ())]) == 0
    first, again, other, _ = (film.read_bytes() for film in films)
    assert first == again != other and b"red hat | cat" in run.read_bytes()
    assert "at most 16 tokens: its last 4 words are left out" in capsys.readouterr().err


def test_words_against_words(made: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "grid.png"
    given = ["experiment", "words", "--model", str(made), "--steps", "2", "-o", str(out)]
    assert main(given) == 2 and "such as a red hat; a cat" in capsys.readouterr().err
    assert main([*given, "--set", "rows=red; blue", "--set", "columns=hat; cat"]) == 0 and out.exists()


def test_no_training_begins_with_it(made: Path, tmp_path: Path, capsys) -> None:
    pictures = shutil.copytree(Path(__file__).parents[2] / "assets" / "images", tmp_path / "pictures")
    for more in ((), ("--captions", "txt")):
        words = ("train", str(pictures), "-o", str(tmp_path / "out"), "--steps", "1", "--from", str(made), *more)
        assert main(list(words)) == 2
        assert "is told by a text encoder, which diffviz does not train with" in capsys.readouterr().err
