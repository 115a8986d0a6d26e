"""A training lays its pictures beside the weights: those that were trained on, exactly."""

from __future__ import annotations

import numpy as np

from diffviz.engine.opening import open_model
from diffviz.models.pictures import MAX_COUNT, read_picture_sheet
from diffviz.train import card, held_out, pictures
from diffviz.train.checkpoint import Output


def test_every_trained_model_has_the_pictures_that_it_was_trained_on(train, out, shapes, monkeypatch):
    monkeypatch.setattr(held_out, "HELD_OUT_FROM", 20)
    assert train("--steps", 1, "--flip", "--hold-out", 0.3) == 0
    read = pictures.read_pictures(Output(out).recipe())
    kept = read_picture_sheet(out)
    assert read.held_out.sum() > 0 and len(kept.pixels) == 27 - read.held_out.sum()
    assert np.array_equal(kept.pixels, read.pixels[read.trained])
    assert np.array_equal(kept.labels, read.labels[read.trained])
    assert kept.class_names == read.class_names and kept.flip
    assert "pictures.png" in (out / "README.md").read_text(encoding="utf-8")
    exact = open_model(f"exact:{out}")
    assert exact.sample_shape == (3, 8, 8) and len(next(iter(exact.network.parameters()))) == 2 * len(kept.pixels)


def test_a_large_set_is_left_out_and_the_card_is_silent(train, out, monkeypatch):
    assert MAX_COUNT == 5000
    monkeypatch.setattr("diffviz.models.pictures.MAX_COUNT", 26)
    assert train("--steps", 1) == 0
    assert not (out / "pictures.png").exists() and not (out / "pictures.json").exists()
    assert "pictures.png" not in (out / "README.md").read_text(encoding="utf-8")
    assert card.fits_a_sheet(26, 64) and not card.fits_a_sheet(27, 8)
