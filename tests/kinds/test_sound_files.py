"""What is decoded: formats by their content, channels, rates, lengths; and one sentence for all else."""

from __future__ import annotations

import io
import wave as wave_module
from pathlib import Path

import av
import numpy as np
import pytest

from diffviz.bounded import Refusal
from diffviz.kinds import SOUND, kind_of, read_file, sound_files
from diffviz.kinds.sound_files import LEAST, wav_bytes

TONE = (0.5 * np.sin(2 * np.pi * 440 / 16_000 * np.arange(8000))).astype(np.float32)


def pcm(samples: np.ndarray, rate: int = 16_000, width: int = 2) -> bytes:
    """WAV of whole numbers, samples float (n,) or (n, channels)."""
    whole = np.rint(np.atleast_2d(samples.T).T * (2 ** (8 * width - 1) - 1)).astype("<i4")
    data = (whole + 128).astype("u1").tobytes() if width == 1 else b""
    if width > 1:
        data = whole[..., None].view("u1").reshape(*whole.shape, 4)[..., :width].tobytes()
    file = io.BytesIO()
    with wave_module.open(file, "wb") as out:
        out.setnchannels(whole.shape[1])
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(data)
    return file.getvalue()


def encoded(kind: str, codec: str, rate: int = 16_000) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(TONE[None], format="fltp", layout="mono")
        frame.sample_rate = 16_000
        resampler = av.AudioResampler(
            format=stream.codec_context.format, layout="mono", rate=rate, frame_size=stream.codec_context.frame_size
        )
        for each in (frame, None):
            for piece in resampler.resample(each):
                container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_wav_of_every_depth(width: int) -> None:
    heard = sound_files.decoded(pcm(TONE, width=width), "a.wav")
    assert (heard.rate, heard.channels, heard.wave.dtype) == (16_000, 1, np.float32)
    np.testing.assert_allclose(heard.wave, TONE, atol=1.01 / 2 ** (8 * width - 1))


def test_floats_come_back_as_they_were_whatever_their_size() -> None:
    wave = np.random.default_rng(0).standard_normal(3000).astype(np.float32) * 4
    assert np.array_equal(sound_files.decoded(wav_bytes(wave, 44_100), "a").wave, wave)


@pytest.mark.parametrize(
    ("kind", "codec", "rate"),
    [("flac", "flac", 16_000), ("mp3", "libmp3lame", 16_000),
     ("aiff", "pcm_s16be", 16_000), ("ogg", "libopus", 48_000), ("ipod", "aac", 16_000), ("au", "pcm_s16be", 16_000)],
)  # fmt: skip
def test_other_formats_are_told_by_their_content(kind: str, codec: str, rate: int, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(kind, codec, rate))
    found, sound = read_file(tmp_path / "a.png")
    assert found is SOUND and int(sound.array["rate"]) == rate
    spectrum = np.abs(np.fft.rfft(sound.array["wave"]))
    assert spectrum.argmax() / len(sound.array["wave"]) * rate == pytest.approx(440, abs=5)


def test_channels_are_one_and_it_is_said() -> None:
    both = np.stack([TONE, np.zeros_like(TONE)], axis=1)
    sound = SOUND.decoded(pcm(both), "a.wav")
    np.testing.assert_allclose(sound.array["wave"], TONE / 0.5, atol=1e-3)
    assert sound.note == "a.wav: the mean of its 2 channels, multiplied by 4, so that its peak is 1."
    eight = SOUND.decoded(pcm(np.repeat(TONE[:, None] * 2, 8, axis=1)), "7.1.wav")
    assert eight.note == "7.1.wav: the mean of its 8 channels."


@pytest.mark.parametrize(("rate", "to"), [(96_000, 48_000), (4_000, 8_000), (44_100, 44_100)])
def test_rates_are_brought_into_their_bounds(rate: int, to: int) -> None:
    tone = (0.9 * np.sin(2 * np.pi * 440 / rate * np.arange(rate))).astype(np.float32)
    sound = SOUND.decoded(wav_bytes(tone, rate), "a.wav")
    assert int(sound.array["rate"]) == to and abs(len(sound.array["wave"]) - to) < 0.01 * to
    assert (f"resampled from {rate:,} to {to:,} Hz" in (sound.note or "")) is (rate != to)
    spectrum = np.abs(np.fft.rfft(sound.array["wave"]))
    assert spectrum.argmax() == pytest.approx(440 * len(sound.array["wave"]) / to, abs=2)


def test_of_a_long_one_the_first_30_seconds_are_taken_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = SOUND.decoded(pcm(np.tile(TONE * 2, 80), rate=8_000), "night.wav")
    assert len(sound.array["wave"]) == 30 * 8_000
    assert (sound.note or "").startswith("night.wav: the first 30 s of 80 s")
    # eight hours are never read whole: a header that promises them, and a beginning
    beginning = pcm(np.tile(TONE, 31), rate=8_000)
    size = (8 * 3600 * 8_000 * 2).to_bytes(4, "little")
    sound = SOUND.decoded(beginning[:40] + size + beginning[44:], "night.wav")
    assert len(sound.array["wave"]) == 30 * 8_000


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (pcm(np.zeros(5000)), "a.wav: is silent; choose a sound that is heard."),
        (pcm(TONE[:0]), f"a.wav: holds 0 samples; a sound has {LEAST} or more."),
        (pcm(TONE[:100]), f"a.wav: holds 100 samples; a sound has {LEAST} or more."),
        (wav_bytes(np.full(500, np.nan), 8000), "a.wav: holds numbers that are not finite; save it again."),
        (b"RIFF\0\0\0\0WAVE" + b"\0" * 60, "a.wav: is damaged, or not the sound that its beginning says"),
        (b"fLaC" + bytes(range(200)), "a.wav: is damaged"),
        (b"OggS" + b"\1" * 300, "a.wav: is damaged"),
        (b"ID3\3" + b"\2" * 300, "a.wav: is damaged"),
        (b"#EXTM3U\nhttp://localhost/\n", "a.wav: is no sound that is known"),
    ],
    ids=["silent", "nothing", "short", "NaN", "WAV", "FLAC", "Ogg", "MP3", "a list of others"],
)
def test_what_is_no_sound_is_refused_in_one_sentence(data: bytes, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        SOUND.decoded(data, "a.wav")
    assert str(refused.value).startswith(why) and "\n" not in str(refused.value)


def test_damage_anywhere_is_heard_or_refused() -> None:
    rng = np.random.default_rng(0)
    for data in (encoded("flac", "flac"), encoded("ogg", "libopus", 48_000), pcm(TONE)):
        for _ in range(12):
            bad = bytearray(data[: rng.integers(len(data) // 2, len(data) + 1)])
            for place in rng.integers(4, len(bad), 6):
                bad[place] = rng.integers(256)
            try:
                sound = SOUND.decoded(bytes(bad), "a")
            except Refusal:
                continue
            assert np.isfinite(sound.array["wave"]).all()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"^a\.wav: is missing; choose a sound\.$"):
        SOUND.read(f"path:{tmp_path / 'a.wav'}")
    assert kind_of(b"") is not SOUND and kind_of(b"\xff\xd8\xff\xe0") is not SOUND
