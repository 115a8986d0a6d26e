"""The lens of words: one panel a phrase, on scales that can be compared, and why there is nothing to see."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from moments import LINEAR, chart_of, moment

from diffviz.lens_catalog import LENSES
from diffviz.lenses import Said
from diffviz.lenses.words import heat


def said(t: float = 300) -> Said:
    shares = torch.zeros(2, 8, 8)
    shares[0, :4], shares[1, :4] = 0.75, 0.25
    shares[0, 4:], shares[1, 4:] = 0.5, 0.5
    x0_hat = torch.linspace(-1, 1, 3 * 8 * 8).reshape(3, 8, 8)
    return Said(("red hair", "sad"), shares, torch.stack([x0_hat, x0_hat + 0.5]), x0_hat, t)


def seen(answer=None):
    return chart_of("words", replace(moment(LINEAR, 300, guessed=True), words=answer))


def test_each_phrase_has_its_map_and_the_picture_without_it():
    chart = seen(said)
    assert [panel.name for panel in chart.panels] == ["red hair", "sad"]
    assert all(len(panel.pictures) == 2 for panel in chart.panels)
    assert all(picture.shape == (8, 8, 3) for panel in chart.panels for picture in panel.pictures)
    first, second = (dict(panel.numbers) for panel in chart.panels)
    assert first["change of x̂_0, RMS"] == 0 and second["change of x̂_0, RMS"] == pytest.approx(0.5)
    assert first["most"] == pytest.approx(0.75) and second["mean share"] == pytest.approx(0.375)
    assert "most without “sad”, by 0.5000 RMS" in chart.sentence and "from 0 to 0.7500" in chart.sentence


def test_a_map_that_is_even_as_there_is_one_phrase_says_why():
    one = replace(said(), phrases=("sad",), shares=torch.ones(1, 8, 8), without=said().without[1:])
    assert "from 0 to 1.000, even as no other phrase takes any of it;" in seen(lambda: one).sentence
    assert "even" not in seen(said).sentence


def test_at_the_end_it_says_of_which_step_it_tells():
    assert seen(said).sentence.startswith("At t = 300 x̂_0 changes")
    assert seen(lambda: said(350)).sentence.startswith("In the last step, from t = 350, x̂_0 changes")


def test_more_attention_is_brighter_on_one_scale():
    chart = seen(said)
    first, second = (panel.pictures[0].astype(int).sum(axis=2) for panel in chart.panels)
    assert (first[:4] > second[:4]).all()  # 0.75 beside 0.25
    grey = np.full((1, 50), 100.0)
    row = heat(np.linspace(0, 1, 50)[None], grey).astype(int)[0]
    lightness = row @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > 0).all()


def test_the_picture_shines_through_where_nothing_looks():
    dark, light = heat(np.zeros((1, 2)), np.array([[0.0, 255.0]]))[0].astype(int)
    assert light.sum() > dark.sum() + 200


def test_the_numbers_can_be_taken_along():
    rows = list(csv.reader(io.StringIO(seen(said).to_csv())))
    assert rows[0] == ["", "change of x̂_0, RMS", "mean share", "most"]
    assert [row[0] for row in rows[1:]] == ["red hair", "sad"] and float(rows[2][1]) == pytest.approx(0.5)


def test_without_words_it_says_what_to_do():
    assert seen(None).message == LENSES["words"].only
    assert seen(lambda: "nothing was said").message == "Nothing was said."
