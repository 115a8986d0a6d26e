"""``python -m tests.bench --model``: every figure comes out for a model and the pictures that it was trained on."""

from __future__ import annotations

import json
import shutil

from bench.__main__ import main

from diffviz.images import load_picture


def bench(*words: object) -> int:
    return main([str(word) for word in words])


def test_figures_of_a_small_model(trained_folder, tmp_path, capsys):
    sheet, out = tmp_path / "sheet.png", tmp_path / "figures.json"
    code = bench("--model", trained_folder, "--samples", 120, "--steps", 4, "--grid", sheet, "--json", out)
    assert "27 training pictures, 0 held out" in capsys.readouterr().out
    value = json.loads(out.read_text(encoding="utf-8"))
    losses = [row["training"] for row in value["losses"]]
    assert len(losses) == 10 and min(losses) > 0 and max(losses) < 1.5  # 1: a network that always says 0
    figures = {figure["row"]: figure for figure in value["figures"]}
    for name in ("Fréchet distance", "precision", "recall", "nearest training picture", "steps/s of one sample"):
        assert figures[name]["measured"] >= 0
    copying = figures["nearest training picture"]
    assert copying["ok"] is (copying["ratio"] >= 0.7)
    assert code == (0 if copying["ok"] else 1)
    # three classes of 40, 24 a row
    assert load_picture(sheet).shape == (6 * 10, 24 * 10, 3)


def test_the_pictures_beside_the_weights_are_enough(trained_folder, tmp_path, capsys):
    given_away = tmp_path / "given-away"
    shutil.copytree(trained_folder, given_away, ignore=shutil.ignore_patterns("training"))
    out = (tmp_path / "a.json", tmp_path / "b.json")
    for folder, file in zip((trained_folder, given_away), out, strict=True):
        assert bench("--model", folder, "--samples", 100, "--steps", 2, "--json", file) in (0, 1)
        assert "27 training pictures, 0 held out" in capsys.readouterr().out
    first, second = (json.loads(file.read_text(encoding="utf-8")) for file in out)
    assert first["losses"] == second["losses"] and first["figures"][:4] == second["figures"][:4]


def test_what_it_cannot_measure_is_said_in_words(tiny_model_folder, capsys):
    assert bench("--model", tiny_model_folder) == 2
    assert "give --data FOLDER" in capsys.readouterr().err
