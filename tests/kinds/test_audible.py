"""Pictures of a sound know what is heard of them, one by one, and lose it when they become something else."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.kinds import KINDS, PICTURE, POINTS, SOUND
from diffviz.kinds.audible import wave_of

WAVES = np.random.default_rng(0).normal(0, 0.2, (3, 4096)).astype(np.float32)


def test_each_of_several_has_its_own_wave() -> None:
    pictures = SOUND.raster(WAVES)
    assert pictures.shape == (3, 256, 256, 3)
    assert all(np.array_equal(wave_of(picture), wave) for picture, wave in zip(pictures, WAVES, strict=True))
    assert np.array_equal(wave_of(pictures[2]), WAVES[2]) and np.array_equal(
        wave_of(SOUND.arrange(WAVES[1:2])), WAVES[1]
    )
    for other in (pictures[1:], pictures[0] + 1, pictures[0].copy(), pictures[0][:5]):
        assert wave_of(other) is None
    film = np.stack([pictures[2], pictures[0]])
    assert np.array_equal(wave_of(film[1]), WAVES[0]), "states of a row"
    assert wave_of(np.stack([pictures[2], pictures[0].copy()])) is None
    assert wave_of(SOUND.arrange(WAVES)) is None, "a column of them is no single sound"
    assert wave_of(PICTURE.raster(np.zeros((1, 3, 4, 4), np.float32))[0]) is None is wave_of(None)


def test_the_difference_of_two_is_heard_and_measured() -> None:
    a, b = SOUND.raster(WAVES[:2])
    gap, rms = SOUND.difference(a, b)
    assert np.allclose(wave_of(gap), 4 * (WAVES[0] - WAVES[1])) and gap.shape == a.shape
    assert rms == pytest.approx(float(np.sqrt(np.mean((WAVES[0] - WAVES[1]) ** 2))))
    bare = SOUND.difference(a.copy(), b)
    assert bare[1] is None and np.array_equal(bare[0], PICTURE.difference(np.array(a), np.array(b))[0])
    points = POINTS.raster(np.zeros((1, 5, 2), np.float32))[0]
    assert POINTS.difference(points, points)[1] is None and PICTURE.difference(points, points)[1] == 0.0


def test_words_about_pictures_are_said_of_each_kind() -> None:
    text = "Your picture and 3 pictures, by their pixels; RMS in the range −1..1. Pictures of my-pictures/picture.png"
    assert PICTURE.told(text) == text
    assert POINTS.told(text) == (
        "Your cloud and 3 clouds, by their points; RMS in deviations of the data. Clouds of my-pictures/picture.png"
    )
    assert SOUND.told("a picture, a pixel") == "a sound, a sample"
    assert all(kind.told("x_t, noise") == "x_t, noise" for kind in KINDS.values())
