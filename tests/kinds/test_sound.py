"""Sound: scaled and said, as a network takes it, seen; and those that ship."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.kinds import KINDS, PICTURE, SOUND, mdct
from diffviz.kinds.sound import MODEL_RATE, SCALE, record
from diffviz.kinds.sound_files import wav_bytes
from diffviz.kinds.spectrogram import picture, waveform

DRUM = SOUND.read("builtin:drum").array


@pytest.mark.parametrize("name", SOUND.samples)
def test_those_that_ship_are_the_same_every_time_and_clean(name: str) -> None:
    sound = SOUND.read(f"builtin:{name}")
    wave, rate = sound.array["wave"], int(sound.array["rate"])
    assert SOUND.digest(sound.array) == SOUND.digest(SOUND.read(f"builtin:{name}").array)
    assert np.abs(wave).max() == 1 and 1.5 < len(wave) / rate < 3 and sound.note is None
    assert max(abs(float(wave[0])), abs(float(wave[-1]))) < 1e-3, "no click at its ends"
    assert abs(float(wave.mean())) < 1e-3, "no offset"


def test_a_file_holds_it_exactly() -> None:
    again = SOUND.decoded(SOUND.encoded(DRUM), "b.wav")
    assert np.array_equal(again.array["wave"], DRUM["wave"]) and again.array["rate"] == 16_000 and again.note is None
    assert SOUND.digest(again.array) == SOUND.digest(DRUM) != SOUND.digest(record(DRUM["wave"], 8000))


def test_its_peak_is_1_and_what_it_was_multiplied_by_is_said() -> None:
    sound = SOUND.decoded(wav_bytes(DRUM["wave"] * 0.25, 16_000), "a.wav")
    np.testing.assert_allclose(sound.array["wave"], DRUM["wave"], rtol=1e-6)
    assert sound.note == "a.wav: multiplied by 4, so that its peak is 1."


def test_as_a_network_takes_it() -> None:
    short = SOUND.x_0(DRUM, (4096,))
    for shape in ((64, 8, 8), (4, 16, 64), (16, 16, 16)):
        x = SOUND.x_0(DRUM, shape)
        coefficients = SCALE * mdct.forward(short, shape[0])
        assert x.shape == shape and x.dtype == np.float32
        np.testing.assert_allclose(SOUND.waves(x[None])[0], short, atol=1e-5)
        for place in ((0.0, 1.0), (0.4, 0.93)):
            index, words = SOUND.looked_at(x, place)
            k, frame = (int(word.split()[1]) - 1 for word in words.split(", "))
            assert x[index].tolist() == [coefficients[k, frame]], words
    assert np.array_equal(SOUND.x_0(DRUM), DRUM["wave"])
    short = SOUND.x_0(record(DRUM["wave"][:4000], MODEL_RATE), (4, 32, 32))
    assert np.abs(SOUND.waves(short[None])[0, 4000:]).max() < 1e-5, "silence behind"
    with pytest.raises(ValueError, match="no sound"):
        SOUND.x_0(DRUM, (3, 32, 32))


def test_words_and_places() -> None:
    assert SOUND.words((64, 8, 8)) == "0.512 s of sound" and SOUND.size_words(DRUM) == "2.00 s · 16 kHz"
    assert SOUND.looked_at(DRUM["wave"], (0.5, 0.3)) == ((slice(16_000, 16_001),), "sample 16,001")
    assert (
        SOUND.fits((64, 8, 8))
        and SOUND.fits((4, 32, 32))
        and SOUND.fits((5,))
        and not SOUND.fits((3, 64, 64))
        and not SOUND.fits((5, 2))
    )
    assert KINDS["sound"] is SOUND


def test_coefficients_are_seen_as_the_sound_that_they_are() -> None:
    wave = SOUND.x_0(DRUM, (4096,))[None]
    seen, same = (
        SOUND.raster(x, 1.0, (120, 90)) for x in (wave, (SCALE * mdct.forward(wave, 64)).reshape(1, 64, 8, 8))
    )
    assert seen.shape == (1, 120, 90, 3) and np.mean(seen != same) < 0.01
    assert SOUND.raster(np.repeat(wave, 2, axis=0)).shape == (2, 256, 256, 3)


@pytest.mark.parametrize(
    ("count", "grid"), [(1, (1, 1)), (4, (4, 1)), (8, (8, 1)), (9, (9, 1)), (16, (8, 2)), (25, (13, 2)), (64, (16, 4))]
)
def test_several_stand_under_each_other_and_of_many_in_columns(count: int, grid: tuple[int, int]) -> None:
    assert SOUND.grid(count) == grid
    rows, columns = grid
    size = SOUND.tile_size((480, 320), count)
    assert size == (480 // rows, 320 // columns)
    rng = np.random.default_rng(0)
    waves = rng.standard_normal((count, 800)).astype(np.float32)
    made = SOUND.arrange(waves, 1.0, size)
    assert made.shape == (rows * size[0], columns * size[1], 3)
    k, height, width = count - 1, *SOUND.raster_size((800,))
    row, column = divmod(k, columns)
    tile = made[row * size[0] : (row + 1) * size[0], column * size[1] : (column + 1) * size[1]]
    assert np.array_equal(tile, (waveform if count > 1 else picture)(waves[k], *size))
    assert SOUND.sample_at((800,), count, column * width + 7, row * height + 5) == (k, 7, 5)
    assert SOUND.sample_at((800,), count, 0, rows * height) is None


def test_where_a_wave_would_be_a_line_several_are_spectrograms() -> None:
    waves = np.random.default_rng(0).standard_normal((4, 800)).astype(np.float32)
    assert np.array_equal(SOUND.arrange(waves, 1.0, (8, 30))[8:16], picture(waves[1], 8, 30))


def test_pictures_stand_in_a_square() -> None:
    assert [PICTURE.grid(count) for count in (1, 4, 9, 16)] == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_a_pixel_is_named_by_its_time() -> None:
    assert SOUND.where((49, 9), (100, 100), seconds=2.0) == "0.990 s"
    assert SOUND.during((0.5, 0.75)).where((50, 9), (100, 100), seconds=2.0) == "1.252 s"
