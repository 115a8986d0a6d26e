"""A film is heard: the sound is decoded again and is x_t of the frames that are seen then."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from diffviz.diffusion import SCHEDULES
from diffviz.engine.noise import held_noise
from diffviz.engine.sources import ForwardSource
from diffviz.export.exporter import export
from diffviz.export.options import Options
from diffviz.kinds import SOUND
from diffviz.kinds.sound import record
from diffviz.kinds.sound_files import GAIN
from diffviz.timeline import Timeline

SCHEDULE = SCHEDULES["linear"](T=100)
RATE, HZ = 16_000, 440.0
WAVE = np.sin(2 * np.pi * HZ / RATE * np.arange(RATE // 2)).astype(np.float32)


def source() -> ForwardSource:
    return ForwardSource(record(WAVE, RATE), SCHEDULE, Timeline((0, 10, 60)), 0, kind=SOUND, size=(64, 64))


def heard(path: Path) -> np.ndarray:
    with av.open(str(path)) as film:
        assert film.streams.audio[0].rate == 48_000
        return np.concatenate([frame.to_ndarray().reshape(-1) for frame in film.decode(audio=0)])


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_x_t_is_heard_while_t_runs(suffix: str, tmp_path: Path) -> None:
    target = tmp_path / f"film{suffix}"
    for _ in export(source(), target, Options(fps=4, hold_s=0.5, size=64)):
        pass
    sound = heard(target)
    assert abs(len(sound) / 48_000 - 1.25) < 0.05, "three quarters of a second, and half a second more"
    first, second, last = sound[2400:9600], sound[12_000:23_000], sound[40_000:56_000]
    spectrum = np.abs(np.fft.rfft(first))
    assert spectrum.argmax() / len(first) * 48_000 == pytest.approx(HZ, abs=8) and first.std() == pytest.approx(
        GAIN * 0.5**0.5, rel=0.05
    )
    alpha_bar = float(SCHEDULE.alpha_bar[60])
    assert last.std() == pytest.approx(GAIN * (alpha_bar / 2 + 1 - alpha_bar) ** 0.5, rel=0.1)
    assert first.std() < 1.05 * second.std() < 1.1 * last.std()


def test_blocks_follow_each_other_without_a_gap() -> None:
    made = source()
    eps = held_noise(0, WAVE.shape)[0].numpy()
    whole = GAIN * (SCHEDULE.alpha_bar[10] ** 0.5 * WAVE + (1 - SCHEDULE.alpha_bar[10]) ** 0.5 * eps)
    parts = np.concatenate([made.hear(1, 1, begin, 1000) for begin in range(0, 10_000, 1000)])
    np.testing.assert_allclose(parts, whole.take(np.arange(10_000), mode="wrap"), atol=1e-5)
    fading = made.hear(0, 1, 500, 1000)
    np.testing.assert_allclose(fading[-1], whole[1499], atol=1e-5)
    np.testing.assert_allclose(fading[0], GAIN * WAVE[500], atol=2e-3)


def test_formats_without_sound_and_pictures_are_as_before(tmp_path: Path) -> None:
    for _ in export(source(), tmp_path / "film.gif", Options(fps=4, size=64)):
        pass
    with av.open(str(tmp_path / "film.gif")) as film:
        assert not film.streams.audio
    picture = np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)
    for _ in export(ForwardSource(picture, SCHEDULE, Timeline((0, 60)), 0), tmp_path / "p.mp4", Options(size=64)):
        pass
    with av.open(str(tmp_path / "p.mp4")) as film:
        assert not film.streams.audio
