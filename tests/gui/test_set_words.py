"""Indices and powers of the laboratory's words, for every kind of widget that draws them."""

from __future__ import annotations

from diffviz.gui.panels.set_words import as_html, pieces


def test_indices_and_powers_are_found_and_names_are_left_alone() -> None:
    assert [words for words, level in pieces("x_T of steps^−1.2, dpmpp_2m, x_0.") if level] == ["T", "−1.2", "0"]
    assert len(pieces("x_0.png")) == 1
    assert all(not level for _, level in pieces("a_file_2.png"))


def test_html_sets_them_and_escapes_the_rest() -> None:
    assert as_html("x̂_0 < x_T, steps^−2") == "<b>x̂</b><sub>0</sub> &lt; x<sub>T</sub>, steps<sup>−2</sup>"
