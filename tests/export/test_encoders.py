"""Every format is decoded again: size, number, times, colours, tags."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from diffviz.export.encoders import ENCODERS, MARKER, Encoder, Film, grain

LOSSLESS = (".webp", ".apng", "")
VIDEO = (".mp4", ".webm")
ANIMATED = (".gif", ".webp", ".apng")


def blocks(frames: int, height: int = 32, width: int = 48, block: int = 4, seed: int = 0) -> list[np.ndarray]:
    """Frames of colour noise in square blocks."""
    shape = (frames, -(-height // block), -(-width // block), 3)
    cells = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    film = cells.repeat(block, axis=1).repeat(block, axis=2)[:, :height, :width]
    return [np.ascontiguousarray(frame) for frame in film]


def encode(
    suffix: str, folder: Path, pictures: list[np.ndarray], fps: Fraction = Fraction(25), hold_s: float = 0.0
) -> Path:
    path = folder / f"film{suffix}"
    if not suffix:
        path.mkdir()
    height, width = pictures[0].shape[:2]

    def samples(count: int) -> Iterable[np.ndarray]:
        return pictures[:: max(1, len(pictures) // count)]

    encoder: Encoder = ENCODERS[suffix](path, Film(height, width, fps, hold_s, len(pictures), samples))
    try:
        for picture in pictures:
            encoder.add(picture)
        encoder.close()
    finally:
        encoder.abort()
    return path


def decode(path: Path) -> tuple[list[np.ndarray], list[float]]:
    """The frames and how many seconds each of them stays."""
    if path.is_dir():
        files = sorted(path.glob("*.png"))
        return [np.asarray(Image.open(file)) for file in files], [0.0] * len(files)
    if path.suffix in VIDEO:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            frames = list(container.decode(stream))
            assert stream.average_rate is not None
            times = [float(frame.time) for frame in frames]
            ends = [*times[1:], times[-1] + 1 / float(stream.average_rate)]
            return [frame.to_ndarray(format="rgb24") for frame in frames], list(np.subtract(ends, times))
    with Image.open(path) as image:
        frames, times = [], []
        for i in range(image.n_frames):
            image.seek(i)
            frames.append(np.asarray(image.convert("RGB")))
            times.append(image.info["duration"] / 1000)
        return frames, times


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((first.astype(float) - second) ** 2)))


@pytest.mark.parametrize("suffix", ENCODERS)
def test_number_and_size(suffix: str, tmp_path: Path) -> None:
    pictures = blocks(9)
    frames, _ = decode(encode(suffix, tmp_path, pictures))
    assert len(frames) == 9
    assert {frame.shape for frame in frames} == {pictures[0].shape}


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_lossless_formats_keep_every_pixel(suffix: str, tmp_path: Path) -> None:
    pictures = blocks(5, 33, 31, block=1)
    frames, _ = decode(encode(suffix, tmp_path, pictures))
    for picture, frame in zip(pictures, frames, strict=True):
        np.testing.assert_array_equal(frame, picture)


@pytest.mark.parametrize("suffix", VIDEO)
def test_noise_survives_video_only_when_enlarged(suffix: str, tmp_path: Path) -> None:
    quality = {}
    for block in (1, 2, 4):
        pictures = blocks(3, 64, 64, block)
        (tmp_path / str(block)).mkdir()
        frames, _ = decode(encode(suffix, tmp_path / str(block), pictures))
        quality[block] = min(psnr(a, b) for a, b in zip(pictures, frames, strict=True))
    assert quality[1] < 15 < 18 < quality[2] < quality[4]
    assert grain(suffix) == 2


@pytest.mark.parametrize("suffix", VIDEO)
def test_flat_colours_come_back_and_are_tagged_bt709(suffix: str, tmp_path: Path) -> None:
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 180, 84), (21, 23, 28), (255, 255, 255), (0, 0, 0)]
    pictures = [np.full((32, 32, 3), colour, dtype=np.uint8) for colour in colours]
    path = encode(suffix, tmp_path, pictures)
    frames, _ = decode(path)
    for picture, frame in zip(pictures, frames, strict=True):
        assert np.abs(frame.astype(int) - picture).max() <= 4
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        tags = (context.color_primaries, context.color_trc, context.colorspace, context.color_range)
        assert [int(tag) for tag in tags] == [1, 1, 1, 1]
        assert context.pix_fmt == "yuv420p"


def test_mp4_is_h264_with_its_index_first(tmp_path: Path) -> None:
    path = encode(".mp4", tmp_path, blocks(4))
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.name == "h264"


@pytest.mark.parametrize("suffix", VIDEO)
def test_odd_sizes_are_padded_with_the_edge(suffix: str, tmp_path: Path) -> None:
    picture = np.full((31, 33, 3), 40, dtype=np.uint8)
    picture[:, -1] = (230, 30, 30)
    frames, _ = decode(encode(suffix, tmp_path, [picture] * 3))
    assert frames[0].shape == (32, 34, 3)
    assert np.abs(frames[0][:, -1].astype(int) - (230, 30, 30)).max() < 40, "not a black or green border"
    assert np.abs(frames[0][-1, :20].astype(int) - 40).max() < 12


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30), Fraction(12), Fraction(24, 7), Fraction(50)])
@pytest.mark.parametrize("suffix", [s for s in ENCODERS if s])
def test_times_add_up(suffix: str, fps: Fraction, tmp_path: Path) -> None:
    frames, times = decode(encode(suffix, tmp_path, blocks(11), fps, hold_s=1.0))
    assert sum(times) == pytest.approx(11 / fps + 1, abs=max(0.011, 0.51 / fps))
    assert times[:9] == pytest.approx([float(1 / fps)] * 9, abs=0.0101)
    if suffix in ANIMATED:
        assert len(frames) == 11 and times[-1] == pytest.approx(1 + 1 / fps, abs=0.011)
    else:
        assert len(frames) == 11 + round(fps), "players ignore a long last frame, so it is repeated"


def test_hundredths_of_a_second_do_not_drift(tmp_path: Path) -> None:
    _, times = decode(encode(".gif", tmp_path, blocks(61, 8, 8), Fraction(30)))
    assert sorted({round(100 * t) for t in times}) == [3, 4]
    assert sum(times) == pytest.approx(61 / 30, abs=0.006)


@pytest.mark.parametrize("suffix", ANIMATED)
def test_animations_play_for_ever(suffix: str, tmp_path: Path) -> None:
    with Image.open(encode(suffix, tmp_path, blocks(3))) as image:
        assert image.info["loop"] == 0


def test_a_gif_has_one_palette_of_its_whole_film_and_no_dither(tmp_path: Path) -> None:
    # one colour a frame: a palette from the first frame alone would know none of the others
    colours = np.random.default_rng(1).integers(0, 256, (40, 3), dtype=np.uint8)
    pictures = [np.tile(colour, (16, 16, 1)).astype(np.uint8) for colour in colours]
    path = encode(".gif", tmp_path, pictures)
    frames, _ = decode(path)
    assert all(len(np.unique(frame.reshape(-1, 3), axis=0)) == 1 for frame in frames)
    errors = [np.abs(f.astype(int) - p).max() for f, p in zip(frames, pictures, strict=True)]
    assert sum(error <= 8 for error in errors) >= 16, "the sampled frames have their own colour"
    assert not local_palettes(path.read_bytes())


def local_palettes(data: bytes) -> int:
    """How many images of a GIF carry a palette of their own (GIF89a, section 20)."""
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    found = 0
    while data[at] != 0x3B:
        if data[at] == 0x21:
            at += 2
        else:
            flags = data[at + 9]
            found += bool(flags & 0x80)
            at += 11 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
        while data[at]:
            at += data[at] + 1
        at += 1
    return found


def test_webp_says_its_own_length(tmp_path: Path) -> None:
    data = encode(".webp", tmp_path, blocks(3)).read_bytes()
    assert data[:4] == b"RIFF" and struct.unpack("<I", data[4:8])[0] == len(data) - 8


def test_a_folder_is_numbered_in_order_and_marked(tmp_path: Path) -> None:
    path = encode("", tmp_path, blocks(12))
    names = sorted(file.name for file in path.iterdir())
    assert names == [MARKER, *(f"frame_{i:04d}.png" for i in range(12))]


def open_files() -> list[Path]:
    """What this process has open, where the system says so."""
    folder = Path("/proc/self/fd")
    return [Path(os.readlink(link)) for link in folder.iterdir() if link.is_symlink()] if folder.is_dir() else []


@pytest.mark.parametrize("suffix", [s for s in ENCODERS if s])
def test_abort_lets_go_of_an_unfinished_file(suffix: str, tmp_path: Path) -> None:
    pictures = blocks(3)
    path = tmp_path / f"film{suffix}"
    encoder = ENCODERS[suffix](path, Film(32, 48, Fraction(25), 0, 3, lambda count: pictures))
    encoder.add(pictures[0])
    encoder.abort()
    encoder.abort()
    assert path not in open_files()


@pytest.mark.parametrize("suffix, factor", [(".mp4", 2), (".MP4", 2), (".webm", 2), (".gif", 1), (".apng", 1), ("", 1)])
def test_grain(suffix: str, factor: int) -> None:
    assert grain(suffix) == factor


@pytest.mark.parametrize("suffix", [".gif", ".apng"])
def test_ffmpeg_reads_what_pillow_reads(suffix: str, tmp_path: Path) -> None:
    with av.open(str(encode(suffix, tmp_path, blocks(6)))) as container:
        assert len(list(container.decode(video=0))) == 6


def test_every_format_says_what_it_is() -> None:
    labels = [kind.label for kind in ENCODERS.values()]
    assert len(set(labels)) == len(labels) and all(kind.tip.endswith(".") for kind in ENCODERS.values())
    assert [suffix for suffix, kind in ENCODERS.items() if kind.usual] == [".mp4", ".gif", ""]
