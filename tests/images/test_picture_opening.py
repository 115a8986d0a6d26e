"""Pictures: what must open, and what is written."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from diffviz.images import (
    PictureError,
    depth,
    load_picture,
    picture_from_bytes,
    picture_hash,
    png_bytes,
    read_picture,
)

COLOURS = np.random.default_rng(7).integers(0, 256, (24, 40, 3), dtype=np.uint8)
RAMP = np.linspace(0, 65535, 24 * 40).reshape(24, 40)  # grey, over the 16-bit range
RAMP_8 = np.round(RAMP / 257).astype(np.uint8)
LOSSLESS = ("png", "bmp", "tif", "ppm", "webp", "ico")
AVIF = ("avif",) if features.check("avif") else ()


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_lossless_formats_give_the_pixels_that_were_saved(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    options = {"lossless": True} if suffix == "webp" else {"sizes": [(40, 24)]} if suffix == "ico" else {}
    Image.fromarray(COLOURS).save(path, **options)
    picture = load_picture(path)
    assert np.array_equal(picture, COLOURS)
    assert picture.dtype == np.uint8 and picture.flags.c_contiguous and picture.flags.owndata


@pytest.mark.parametrize("suffix", ["jpg", "gif", *AVIF])
def test_lossy_formats_are_near(tmp_path: Path, suffix: str) -> None:
    smooth = np.repeat(RAMP_8[..., None], 3, axis=2)
    Image.fromarray(smooth).save(tmp_path / f"a.{suffix}")
    assert np.abs(load_picture(tmp_path / f"a.{suffix}").astype(int) - smooth).max() <= 12


def test_a_new_array_each_time(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_bytes(COLOURS))
    first = load_picture(tmp_path / "a.png")
    first[:] = 0
    assert np.array_equal(load_picture(tmp_path / "a.png"), COLOURS)


def test_the_suffix_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(png_bytes(COLOURS))
    assert np.array_equal(load_picture(tmp_path / "a.jpg"), COLOURS)


@pytest.mark.parametrize("kind", [str, Path, os.fsencode])
def test_any_kind_of_path(tmp_path: Path, kind: type) -> None:
    (tmp_path / "a.png").write_bytes(png_bytes(COLOURS))
    assert load_picture(kind(tmp_path / "a.png")).shape == (24, 40, 3)


def test_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(png_bytes(COLOURS))
    monkeypatch.chdir(tmp_path)
    assert load_picture("a.png").shape == (24, 40, 3)


@pytest.mark.parametrize(
    "values",
    [
        RAMP.astype(np.uint16),
        RAMP.astype(">u2"),
        RAMP.astype(np.int32),
        RAMP.astype(np.float32),
        (RAMP / 65535).astype(np.float32),
        (RAMP / 257).astype(np.float32),
    ],
    ids=["uint16", "uint16 big endian", "int32", "float to 65535", "float to 1", "float to 255"],
)
def test_deep_grey_is_scaled_not_cut(tmp_path: Path, values: np.ndarray) -> None:
    Image.fromarray(values).save(tmp_path / "a.tif")
    picture = read_picture(tmp_path / "a.tif")
    assert np.abs(picture.array.astype(int) - RAMP_8[..., None]).max() <= 1
    assert len(np.unique(picture.array)) == 256
    assert picture.note is None


def test_a_dark_16_bit_png_stays_dark(tmp_path: Path) -> None:
    dark = np.full((4, 4), 514, dtype=np.uint16)  # 2/255: its own largest value is not its range
    Image.fromarray(dark).save(tmp_path / "a.png")
    assert np.all(load_picture(tmp_path / "a.png") == 2)


def test_16_bit_colour(tmp_path: Path) -> None:
    """Pillow cannot write it: a PNG by hand."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 40, 24, 16, 2, 0, 0, 0)
    lines = b"".join(b"\0" + line.tobytes() for line in COLOURS.astype(">u2") * 257)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    assert np.array_equal(load_picture(tmp_path / "a.png"), COLOURS)


def test_values_outside_every_usual_range_are_stretched_and_said(tmp_path: Path) -> None:
    Image.fromarray((RAMP - 30000).astype(np.float32)).save(tmp_path / "ct.tif")
    picture = read_picture(tmp_path / "ct.tif")
    assert picture.array.min() == 0 and picture.array.max() == 255
    assert picture.note is not None and picture.note.startswith("ct.tif") and "−30,000" in picture.note


def test_floats_that_are_no_numbers(tmp_path: Path) -> None:
    values = (RAMP / 65535).astype(np.float32)
    values[0, :3] = np.nan, np.inf, -np.inf
    Image.fromarray(values).save(tmp_path / "a.tif")
    picture = load_picture(tmp_path / "a.tif")
    assert picture[0, :3, 0].tolist() == [0, 255, 0]
    assert np.array_equal(picture[1:, :, 0], RAMP_8[1:])


def test_cmyk(tmp_path: Path) -> None:
    cmyk = Image.new("CMYK", (8, 8), (0, 255, 255, 0))  # magenta and yellow: red
    for name in ("a.jpg", "a.tif"):
        cmyk.save(tmp_path / name)
        picture = read_picture(tmp_path / name)
        assert np.abs(picture.array[4, 4].astype(int) - (255, 0, 0)).max() <= 4
        assert picture.note is not None and "CMYK" in picture.note


def test_lab_is_refused_or_right(tmp_path: Path) -> None:
    Image.new("LAB", (8, 8), (255, 128, 128)).save(tmp_path / "a.tif")
    try:
        assert load_picture(tmp_path / "a.tif").min() > 240
    except PictureError as error:
        assert "LAB" in str(error)


@pytest.mark.parametrize("mode, value, expected", [
    ("RGBA", (200, 0, 0, 0), (255, 255, 255)),
    ("RGBA", (200, 0, 0, 255), (200, 0, 0)),
    ("RGBA", (200, 0, 0, 128), (227, 127, 127)),
    ("LA", (100, 0), (255, 255, 255)),
    ("LA", (100, 255), (100, 100, 100)),
])  # fmt: skip
def test_alpha_lies_on_white(tmp_path: Path, mode: str, value: tuple, expected: tuple) -> None:
    Image.new(mode, (5, 5), value).save(tmp_path / "a.png")
    assert np.abs(load_picture(tmp_path / "a.png")[2, 2].astype(int) - expected).max() <= 1


def test_palettes(tmp_path: Path) -> None:
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putdata([0, 1])
    palette.save(tmp_path / "plain.png")
    assert load_picture(tmp_path / "plain.png")[0].tolist() == [[10, 20, 30], [40, 50, 60]]
    palette.save(tmp_path / "index.gif", transparency=0)
    assert load_picture(tmp_path / "index.gif")[0].tolist() == [[255, 255, 255], [40, 50, 60]]
    palette.save(tmp_path / "bytes.png", transparency=bytes([255, 0]))
    assert load_picture(tmp_path / "bytes.png")[0].tolist() == [[10, 20, 30], [255, 255, 255]]


def test_a_transparent_colour(tmp_path: Path) -> None:
    Image.fromarray(COLOURS).save(tmp_path / "a.png", transparency=tuple(int(v) for v in COLOURS[0, 0]))
    assert load_picture(tmp_path / "a.png")[0, 0].tolist() == [255, 255, 255]


def test_one_bit(tmp_path: Path) -> None:
    bits = RAMP_8 > 128
    Image.fromarray(bits).save(tmp_path / "a.png")
    assert np.array_equal(load_picture(tmp_path / "a.png"), np.repeat(bits[..., None] * np.uint8(255), 3, axis=2))


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path: Path, suffix: str, orientation: int) -> None:
    # corners of the upright picture: red, green / blue, white; each orientation stores it turned otherwise
    upright = np.zeros((32, 64, 3), dtype=np.uint8)
    upright[:16, :32], upright[:16, 32:] = (255, 0, 0), (0, 255, 0)
    upright[16:, :32], upright[16:, 32:] = (0, 0, 255), (255, 255, 255)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(np.ascontiguousarray(stored)).save(path, exif=exif, quality=95)
    picture = read_picture(path)
    assert picture.array.shape == (32, 64, 3)
    assert np.abs(picture.array[8::16, 16::32].astype(int) - upright[8::16, 16::32]).max() < 40


def test_broken_exif_beside_sound_pixels(tmp_path: Path) -> None:
    Image.fromarray(COLOURS).save(tmp_path / "a.png", exif=b"Exif\0\0MM\0\x2a\xff\xff\xff\xff")
    assert np.array_equal(load_picture(tmp_path / "a.png"), COLOURS)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tif"])
def test_animations_open_at_their_first_frame(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (16, 8), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if suffix == "webp" else {}
    frames[0].save(tmp_path / f"film.{suffix}", save_all=True, append_images=frames[1:], **options)
    picture = read_picture(tmp_path / f"film.{suffix}")
    assert np.all(picture.array == (255, 0, 0))
    assert picture.note is not None and "first" in picture.note and picture.note.startswith(f"film.{suffix}")


@pytest.mark.parametrize("suffix", ["png", "bmp", "jpg", "gif", "webp"])
def test_one_pixel(tmp_path: Path, suffix: str) -> None:
    Image.new("RGB", (1, 1), (255, 255, 255)).save(tmp_path / f"a.{suffix}")
    assert load_picture(tmp_path / f"a.{suffix}").tolist() == [[[255, 255, 255]]]


@pytest.mark.parametrize(
    "suffix, mode", [("png", "RGB"), ("jpg", "RGB"), ("png", "RGBA"), ("png", "1"), ("tif", "I;16")]
)
@pytest.mark.parametrize("size, opened", [((30_000, 200), (2048, 14)), ((20, 30_000), (1, 2048))])
def test_a_huge_side_is_reduced_and_said(
    tmp_path: Path, suffix: str, mode: str, size: tuple[int, int], opened: tuple[int, int]
) -> None:
    Image.new(mode, size).save(tmp_path / f"wide.{suffix}")
    picture = read_picture(tmp_path / f"wide.{suffix}")
    assert picture.array.shape == (opened[1], opened[0], 3)
    assert (
        picture.note is not None and "30,000" in picture.note and f"opened at {opened[0]}x{opened[1]}" in picture.note
    )


def test_a_reduced_picture_still_shows_the_same(tmp_path: Path) -> None:
    smooth = np.repeat(np.linspace(0, 255, 5000)[None, :, None], 100, axis=0).repeat(3, axis=2).astype(np.uint8)
    for name in ("a.png", "a.jpg"):
        Image.fromarray(smooth).save(tmp_path / name)
        expected = np.linspace(0, 255, 2048)
        assert np.abs(load_picture(tmp_path / name)[20, :, 1] - expected).max() < 4


def test_reduced_and_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (4096, 1024)).save(tmp_path / "a.jpg", exif=exif)
    picture = read_picture(tmp_path / "a.jpg")
    assert picture.array.shape == (2048, 512, 3)
    assert picture.note == "a.jpg was 1024x4096; opened at 512x2048."


def test_the_longest_side_that_is_kept(tmp_path: Path) -> None:
    Image.new("RGB", (2048, 3)).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png")
    assert picture.array.shape == (3, 2048, 3) and picture.note is None


def test_bytes() -> None:
    picture = picture_from_bytes(png_bytes(COLOURS), "clipboard")
    assert np.array_equal(picture.array, COLOURS)
    assert picture.name == "clipboard" and picture.note is None
    for data in (b"", b"nonsense", png_bytes(COLOURS)[:60]):
        with pytest.raises(PictureError, match=r"^clipboard: .*\.$"):
            picture_from_bytes(data, "clipboard")


def test_saved_png_is_lossless_and_whatever_the_memory_order(tmp_path: Path) -> None:
    for array in (COLOURS, COLOURS[::-1, ::2], np.asfortranarray(COLOURS)):
        (tmp_path / "a.png").write_bytes(png_bytes(array))
        assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), array)
    assert Image.open(io.BytesIO(png_bytes(COLOURS))).format == "PNG"


def test_hashes(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_bytes(COLOURS))
    Image.fromarray(COLOURS).save(tmp_path / "a.bmp")
    digest = picture_hash(COLOURS)
    assert len(digest) == 64 and set(digest) <= set("0123456789abcdef")
    assert picture_hash(load_picture(tmp_path / "a.png")) == picture_hash(load_picture(tmp_path / "a.bmp")) == digest
    assert picture_hash(COLOURS.reshape(40, 24, 3)) != digest
    assert picture_hash(COLOURS[:, ::-1]) != digest
    assert picture_hash(np.asfortranarray(COLOURS)) == digest


@pytest.mark.parametrize("strip", [1, 7, 50, 10**6])
def test_grey_values_are_scaled_alike_in_strips(tmp_path, monkeypatch, strip):
    values = np.random.default_rng(0).normal(0, 300, (31, 7)).astype(np.float32)
    values[3, 2], values[9, 0] = np.nan, np.inf
    Image.fromarray(values).save(tmp_path / "float.tiff")
    monkeypatch.setattr(depth, "_STRIP", strip)
    shown = load_picture(tmp_path / "float.tiff")[..., 0].astype(float)
    finite = values[np.isfinite(values)]
    expected = (values - finite.min()) / (finite.max() - finite.min()) * 255
    sound = np.isfinite(values)
    assert np.abs(shown - expected)[sound].max() <= 0.5 + 1e-3
    assert shown[3, 2] == 0 and shown[9, 0] == 255


def test_grey_values_of_16_bits_take_little_memory(tmp_path):
    side = 2000
    Image.fromarray(np.full((side, side), 30_000, np.uint16)).save(tmp_path / "grey.png")
    tracemalloc.start()
    try:
        load_picture(tmp_path / "grey.png")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 * side**2 + 20 * 2**20
