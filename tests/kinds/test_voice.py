"""What a device is given: a mix that never ends, and changes without a click."""

from __future__ import annotations

import numpy as np

from diffviz.kinds.sound_files import GAIN
from diffviz.kinds.voice import SILENCE, Mix, Voice

N = 1000
X_0 = np.sin(2 * np.pi * 20 / N * np.arange(N)).astype(np.float32)
EPS = np.random.default_rng(0).standard_normal(N).astype(np.float32)


def heard(voice: Voice, blocks: int, count: int = 160) -> np.ndarray:
    return np.concatenate([voice.fill(count) for _ in range(blocks)])


def test_it_goes_around_at_one_gain() -> None:
    voice = Voice()
    voice.say(Mix((X_0, EPS), (0.8, 0.6)))
    voice.fill(160)
    assert voice.position == 160
    sound = heard(voice, 10)
    expected = GAIN * (0.8 * X_0 + 0.6 * EPS).take(np.arange(160, 160 + 1600), mode="wrap")
    np.testing.assert_allclose(sound, expected, atol=1e-6)
    assert voice.position == (11 * 160) % N


def test_another_mix_comes_without_a_click_and_at_the_same_place() -> None:
    voice = Voice()
    smooth = Mix((X_0,), (1.0,))
    voice.say(smooth)
    first = heard(voice, 3)
    voice.say(Mix((X_0,), (-1.0,)))
    turned = heard(voice, 2)
    step = np.abs(np.diff(np.concatenate([first, turned]))).max()
    assert step < 0.06, "a sine of 20 periods in 1000 samples moves by 0.032 of full scale a sample"
    np.testing.assert_allclose(turned[160:], -GAIN * X_0.take(np.arange(640, 800)), atol=1e-6)
    voice.say(SILENCE)
    faded = heard(voice, 2)
    assert abs(float(faded[0] - turned[-1])) < 0.06 and not faded[160:].any()
    assert voice.position == 800, "where it goes on"


def test_it_begins_from_silence_and_never_leaves_full_scale() -> None:
    voice = Voice()
    voice.say(Mix((np.full(N, 30, np.float32),), (1.0,)))
    block = voice.fill(200)
    assert block[0] < 0.05 and block[-1] == 1 and np.all(np.diff(block) >= 0)


def test_a_sound_of_another_length_is_entered_inside() -> None:
    voice = Voice()
    voice.position = 900
    voice.say(Mix((X_0[:300],), (1.0,)))
    voice.fill(160)
    assert voice.position == (900 + 160) % 300


def test_nothing_asked_is_nothing_heard() -> None:
    voice = Voice()
    assert not voice.fill(64).any() and voice.position == 0
