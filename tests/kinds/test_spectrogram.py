"""Waveform over spectrogram: decibels as torch's STFT has them, one time for both."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diffviz.kinds import spectrogram

RATE = 16_000


def tone(frequency: float, n: int = 16_000, amplitude: float = 1.0) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * frequency / RATE * np.arange(n))).astype(np.float32)


def test_its_power_is_that_of_torchs_stft() -> None:
    wave = np.random.default_rng(0).standard_normal(6400).astype(np.float32)
    size, columns, rows = spectrogram.window_of(6400), 40, 90
    found = spectrogram.decibels(wave, rows, columns)
    window = torch.hann_window(size)
    # the middle of column c is sample 80 + 160 c
    stft = torch.stft(
        torch.from_numpy(wave[80:]), size, 160, window=window, pad_mode="constant", return_complex=True
    ).numpy()
    bins, shares = spectrogram._bands(rows, size)
    assert shares.sum(axis=0) == pytest.approx(np.ones(rows), rel=1e-6)
    power = (np.square(np.abs(stft[:, :columns]) * 2 / window.sum().numpy())[bins] * shares[..., None]).sum(axis=0)
    np.testing.assert_allclose(found[:, 2:], 10 * np.log10(power[:, 2:]), atol=2e-3)


@pytest.mark.parametrize("frequency", [250.0, 1000.0, 5000.0])
def test_a_tone_of_amplitude_1_has_0_db_at_its_height(frequency: float) -> None:
    rows = 200
    found = spectrogram.decibels(tone(frequency), rows, 50)[:, 25]
    share = frequency / (RATE / 2)
    height = np.log1p(share * np.expm1(spectrogram.STRETCH)) / spectrogram.STRETCH
    assert abs(int(found.argmax()) - (1 - height) * rows) < 6
    assert -4 < found.max() < 0.5, "a row is a mean of some bins"
    assert spectrogram.frequency_at(np.array([height]))[0] == pytest.approx(share)


def test_white_noise_has_one_level_at_every_height() -> None:
    wave = np.random.default_rng(1).standard_normal(160_000).astype(np.float32)
    found = 10 ** (spectrogram.decibels(wave, 60, 400) / 10)
    expected = 6 / spectrogram.window_of(len(wave))
    np.testing.assert_allclose(found[2:-2].mean(axis=1) / expected, 1, atol=0.35)


def test_time_runs_to_the_right_in_both_halves() -> None:
    wave = np.zeros(16_000, np.float32)
    wave[12_000:] = tone(1000, 4000)
    shown = spectrogram.picture(wave, 120, 80).astype(int).sum(axis=2)
    top = round(spectrogram.WAVE_SHARE * 120)
    loud = shown.max(axis=0), shown[:top].std(axis=0), shown[top:].max(axis=0)
    for part in loud:
        assert part[:55].max() < part[65:78].min(), "silent until three quarters"


def test_values_beyond_its_range_and_wider_ranges() -> None:
    wave = 50 * np.random.default_rng(2).standard_normal(3000).astype(np.float32)
    assert spectrogram.picture(wave, 100, 64).shape == (100, 64, 3)
    one, three = (spectrogram.picture(tone(500, amplitude=0.5), 100, 64, r).astype(int).sum() for r in (1.0, 3.0))
    assert three < one, "darker: the same values over a wider range"


def test_80_decibels_are_seen_the_same_ones_whatever_is_shown() -> None:
    """From 6 dB, where all values are 1, down to -74 dB; a tone of amplitude 1 has 0 dB."""
    silent = spectrogram.picture(np.zeros(3000, np.float32), 100, 64)
    seen = {
        db: spectrogram.picture(tone(500, amplitude=10 ** (db / 20)), 100, 64).astype(int) for db in (-78, -66, -20)
    }
    assert np.array_equal(seen[-78], silent)
    assert seen[-66].sum() > silent.sum() and seen[-20].sum() > seen[-66].sum()


@pytest.mark.parametrize("n", [256, 300, 5000])
@pytest.mark.parametrize("size", [(1, 1), (20, 30), (71, 9), (300, 700)])
def test_any_length_in_any_size(n: int, size: tuple[int, int]) -> None:
    shown = spectrogram.picture(tone(1000, n), *size)
    assert shown.shape == (*size, 3) and shown.dtype == np.uint8 and shown.flags.c_contiguous


def test_a_part_is_what_stands_there_in_the_whole() -> None:
    """Also at its ends: the window looks over them."""
    wave = np.random.default_rng(0).standard_normal(100_000).astype(np.float32)
    whole, part = spectrogram.decibels(wave, 40, 100), spectrogram.decibels(wave, 40, 80, (0.1, 0.9))
    np.testing.assert_allclose(part, whole[:, 10:90], atol=1e-3)
    one, two = spectrogram.picture(wave, 120, 100), spectrogram.picture(wave, 120, 80, span=(0.1, 0.9))
    assert np.array_equal(two[:, 1:], one[:, 11:90])
