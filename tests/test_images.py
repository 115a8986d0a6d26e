"""Pictures: whatever the file, an array or one sentence."""

from __future__ import annotations

import io
import os
import socket
import struct
import subprocess
import sys
import threading
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from diffviz import images
from diffviz.images import (
    PictureError,
    load_picture,
    picture_from_bytes,
    picture_hash,
    png_bytes,
    read_picture,
    resized,
    save_png,
)

RNG = np.random.default_rng(7)
COLOURS = RNG.integers(0, 256, (24, 40, 3), dtype=np.uint8)
RAMP = np.linspace(0, 65535, 24 * 40).reshape(24, 40)  # grey, over the 16-bit range
RAMP_8 = np.round(RAMP / 257).astype(np.uint8)
LOSSLESS = ("png", "bmp", "tif", "ppm", "webp", "ico")
AVIF = ("avif",) if features.check("avif") else ()


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def refused(path: Path | str) -> str:
    """The message of a refusal, after the checks that every one of them must pass."""
    with pytest.raises(PictureError) as caught:
        load_picture(path)
    message = str(caught.value)
    assert "\n" not in message and message.endswith(".")
    assert message.count(". ") == 0, "one sentence"
    assert ";" in message, "cause; remedy"
    return message


def png(size: tuple[int, int], body: bytes = b"", colour_type: int = 2) -> bytes:
    """A PNG file by hand: its header, and pixel data that need not fit."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", *size, 8, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


# ---------------------------------------------------------------------------------------------- what must open


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
    save_png(tmp_path / "a.png", COLOURS)
    first = load_picture(tmp_path / "a.png")
    first[:] = 0
    assert np.array_equal(load_picture(tmp_path / "a.png"), COLOURS)


def test_the_suffix_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(png_bytes(COLOURS))
    assert np.array_equal(load_picture(tmp_path / "a.jpg"), COLOURS)


@pytest.mark.parametrize("kind", [str, Path, os.fsencode])
def test_any_kind_of_path(tmp_path: Path, kind: type) -> None:
    save_png(tmp_path / "a.png", COLOURS)
    assert load_picture(kind(tmp_path / "a.png")).shape == (24, 40, 3)


def test_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_png(tmp_path / "a.png", COLOURS)
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
    samples = COLOURS.astype(">u2") * 257
    lines = b"".join(b"\0" + line.tobytes() for line in samples)
    body = png((40, 24), lines)
    body = body.replace(struct.pack(">IIBB", 40, 24, 8, 2), struct.pack(">IIBB", 40, 24, 16, 2))
    crc = zlib.crc32(body[12:29])
    (tmp_path / "a.png").write_bytes(body[:29] + struct.pack(">I", crc) + body[33:])
    assert np.array_equal(load_picture(tmp_path / "a.png"), COLOURS)


def test_values_outside_every_usual_range_are_stretched_and_said(tmp_path: Path) -> None:
    Image.fromarray((RAMP - 30000).astype(np.float32)).save(tmp_path / "ct.tif")
    picture = read_picture(tmp_path / "ct.tif")
    assert picture.array.min() == 0 and picture.array.max() == 255
    assert picture.note is not None and picture.note.startswith("ct.tif") and "-3e+04" in picture.note


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
        assert np.abs(load_picture(tmp_path / name)[4, 4].astype(int) - (255, 0, 0)).max() <= 4


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
    assert picture.original_size == (64, 32)
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
    assert picture.original_size == size and picture.reduced
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
    assert picture.original_size == (1024, 4096) and picture.array.shape == (2048, 512, 3)
    assert picture.note == "a.jpg was 1024x4096; opened at 512x2048."


def test_the_longest_side_that_is_kept(tmp_path: Path) -> None:
    Image.new("RGB", (2048, 3)).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png")
    assert picture.array.shape == (3, 2048, 3) and not picture.reduced and picture.note is None


# --------------------------------------------------------------------------------------------- what is refused


def test_missing_and_vanished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(tmp_path / "gone.png").startswith("gone.png: there is no such file")
    assert refused(tmp_path / "no" / "folder" / "a.png").startswith("a.png: there is no such file")
    save_png(tmp_path / "a.png", COLOURS)

    def vanish(path: str, flags: int) -> int:
        raise FileNotFoundError(2, "No such file or directory", path)

    monkeypatch.setattr(images.os, "open", vanish)
    assert refused(tmp_path / "a.png").startswith("a.png: there is no such file")


def test_a_file_as_folder(tmp_path: Path) -> None:
    save_png(tmp_path / "a.png", COLOURS)
    assert refused(tmp_path / "a.png" / "b.png").startswith("b.png: ")


def test_a_directory(tmp_path: Path) -> None:
    (tmp_path / "holiday.png").mkdir()
    assert "is a folder" in refused(tmp_path / "holiday.png")
    assert refused("/").startswith("/: is a folder")
    assert "is a folder" in refused(".")


@pytest.mark.parametrize("path", ["", "a\0b.png", "\udcff.png", "x" * 5000])
def test_paths_that_are_none(path: str) -> None:
    message = refused(path)
    assert len(message) < 200
    message.encode("utf-8")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert "is a pipe" in refused(tmp_path / "pipe.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_a_pipe_that_takes_the_files_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_png(tmp_path / "a.png", COLOURS)
    regular = os.stat(tmp_path / "a.png")
    os.unlink(tmp_path / "a.png")
    os.mkfifo(tmp_path / "a.png")
    monkeypatch.setattr(images.os, "stat", lambda path: regular)
    assert "is a pipe" in refused(tmp_path / "a.png")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no device files on this system")
def test_devices_and_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "is a device" in refused("/dev/zero")
    assert "is a device" in refused("/dev/null")
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.png")
        assert refused("s.png").startswith("s.png: is a device")


def test_a_file_of_the_system_without_end() -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("no /proc on this system")
    assert "is empty" in refused("/proc/self/status")


def test_empty(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    assert refused(tmp_path / "a.png").startswith("a.png: is empty")


def test_too_large_a_file(tmp_path: Path) -> None:
    with (tmp_path / "a.webp").open("wb") as file:
        file.write(b"RIFF\0\0\0\0WEBPVP8 ")
        file.truncate(images.MAX_FILE_BYTES + 1)  # sparse: takes no room
    assert "larger than 1 GiB" in refused(tmp_path / "a.webp")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tmp_path: Path) -> None:
    save_png(tmp_path / "a.png", COLOURS)
    (tmp_path / "a.png").chmod(0)
    assert "permissions" in refused(tmp_path / "a.png")


def test_errors_of_the_system_are_translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_png(tmp_path / "a.png", COLOURS)
    for error, words in (
        (PermissionError(13, "Permission denied"), "may not be read"),
        (OSError(5, "Input/output error"), "Input/output error"),
    ):

        def fail(path: str, flags: int, error: OSError = error) -> int:
            raise error

        monkeypatch.setattr(images.os, "open", fail)
        assert words in refused(tmp_path / "a.png")


@pytest.mark.parametrize("content", [
    b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"II*\0", b"\xff\xd8\xff", b"P6\n4 4\n99999\n", b"P6\n-4 4\n255\n",
    b"\0" * 4096, b"%PDF-1.4", b"RIFF\x24\0\0\0WEBPVP8 ", b"\0\0\1\0\1\0", b"\0\0\0\x20ftypavif",
])  # fmt: skip
def test_what_is_no_picture(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    assert refused(tmp_path / "a.png").startswith("a.png: ")


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "tif", "webp", "ppm", *AVIF])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.9])
def test_truncated(tmp_path: Path, suffix: str, kept: float) -> None:
    buffer = tmp_path / f"whole.{suffix}"
    Image.fromarray(COLOURS).save(buffer)
    data = buffer.read_bytes()
    (tmp_path / f"cut.{suffix}").write_bytes(data[: int(kept * len(data))])
    assert refused(tmp_path / f"cut.{suffix}").startswith(f"cut.{suffix}: ")


def test_truncation_is_said(tmp_path: Path) -> None:
    data = png_bytes(COLOURS)
    (tmp_path / "a.png").write_bytes(data[: len(data) // 2])
    assert "ends too early" in refused(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "tif", "webp", "ppm", "ico", *AVIF])
def test_damage_gives_a_picture_or_a_refusal(tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]) -> None:
    whole = tmp_path / f"whole.{suffix}"
    options = {"compression": "tiff_lzw"} if suffix == "tif" else {}
    Image.fromarray(COLOURS).save(whole, **options)
    data = whole.read_bytes()
    rng = np.random.default_rng(1)
    opened = 0
    for _ in range(150):
        damaged = bytearray(data)
        where = rng.integers(0, min(len(data), 400), 4)  # mostly the header: that is where decoders trip
        for position in where:
            damaged[position] = rng.integers(0, 256)
        try:
            picture = picture_from_bytes(bytes(damaged), "a").array
        except PictureError as error:
            assert str(error).startswith("a: ")
            continue
        opened += 1
        assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
    assert opened < 150
    assert capfd.readouterr().err == "", "decoders must not write to the terminal"


@pytest.mark.parametrize("size", [(50_000, 50_000), (20_000, 10_000), (12_000, 12_000), (2**31 - 1, 2**31 - 1)])
def test_decompression_bombs_are_refused_by_their_header(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "bomb.png").write_bytes(png(size, bytes(1000)))
    assert refused(tmp_path / "bomb.png").startswith("bomb.png: ")
    assert "million pixels" in refused(tmp_path / "bomb.png")


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bomb.png").write_bytes(png((20_000, 10_000)))
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    assert "million pixels" in refused(tmp_path / "bomb.png")


def test_a_text_bomb(tmp_path: Path) -> None:
    text = zlib.compress(bytes(50_000_000))
    data = b"note\0\0" + text
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    whole = png_bytes(COLOURS)
    (tmp_path / "a.png").write_bytes(whole[:33] + chunk + whole[33:])
    refused(tmp_path / "a.png")


def test_memory_runs_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_png(tmp_path / "a.png", COLOURS)

    def fail(self: Image.Image) -> None:
        raise MemoryError

    monkeypatch.setattr(Image.Image, "load", fail)
    assert "memory" in refused(tmp_path / "a.png")


def test_names_in_messages(tmp_path: Path) -> None:
    for name in ("猫 ñandú 🐈.png", "combining e\u0301.png", "it's “quoted”.png"):
        (tmp_path / name).touch()
        assert refused(tmp_path / name).startswith(f"{name}: ")
    long = "long" * 60 + ".png"
    (tmp_path / long).touch()
    message = refused(tmp_path / long)
    assert message.startswith("longlonglong") and "…" in message and ".png: " in message
    assert len(message) < 200
    (tmp_path / "line\nbreak\x1b[31m.png").touch()
    message = refused(tmp_path / "line\nbreak\x1b[31m.png")
    assert message.startswith("line\ufffdbreak\ufffd[31m.png: ") and message.isprintable()


def test_non_ascii_and_long_names_open(tmp_path: Path) -> None:
    for name in ("猫 ñ 🐈.png", "x" * 240 + ".png"):
        save_png(tmp_path / name, COLOURS)
        assert np.array_equal(load_picture(tmp_path / name), COLOURS)


def test_under_error_warnings_in_a_fresh_process(tmp_path: Path) -> None:
    """Pillow warns of files between its limit and ours, and of palettes; no file may be left open."""
    Image.new("1", (9_500, 9_500)).save(tmp_path / "big.png")
    palette = Image.new("P", (2, 1))
    palette.save(tmp_path / "palette.png", transparency=bytes([255, 0]))
    (tmp_path / "bad.png").write_bytes(png_bytes(COLOURS)[:80])
    code = (
        "import sys; from diffviz.images import load_picture, PictureError\n"
        "print(load_picture(sys.argv[1]).shape, load_picture(sys.argv[2]).shape)\n"
        "try: load_picture(sys.argv[3])\n"
        "except PictureError as error: print(error)"
    )
    files = [str(tmp_path / name) for name in ("big.png", "palette.png", "bad.png")]
    run = subprocess.run([sys.executable, "-W", "error", "-c", code, *files], capture_output=True, text=True)
    assert run.returncode == 0 and run.stderr == ""
    assert run.stdout.splitlines()[0] == "(2048, 2048, 3) (1, 2, 3)"
    assert run.stdout.splitlines()[1].startswith("bad.png: ")


def test_threads_leave_the_warning_filters_alone(tmp_path: Path) -> None:
    save_png(tmp_path / "a.png", COLOURS)
    before = list(warnings.filters)
    threads = [threading.Thread(target=lambda: [load_picture(tmp_path / "a.png") for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


# --------------------------------------------------------------------------------- bytes, saving, resizing, hashes


def test_bytes() -> None:
    picture = picture_from_bytes(png_bytes(COLOURS), "clipboard")
    assert np.array_equal(picture.array, COLOURS)
    assert picture.name == "clipboard" and picture.original_size == (40, 24) and picture.note is None
    for data in (b"", b"nonsense", png_bytes(COLOURS)[:60]):
        with pytest.raises(PictureError, match=r"^clipboard: .*\.$"):
            picture_from_bytes(data, "clipboard")


def test_saved_png_is_lossless_and_whatever_the_memory_order(tmp_path: Path) -> None:
    for array in (COLOURS, COLOURS[::-1, ::2], np.asfortranarray(COLOURS)):
        save_png(tmp_path / "a.png", array)
        assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), array)
    assert Image.open(io.BytesIO(png_bytes(COLOURS))).format == "PNG"
    assert os.listdir(tmp_path) == ["a.png"]


def test_saving_where_it_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"^a\.png: cannot be written \(.+\); choose"):
        save_png(tmp_path / "none" / "a.png", COLOURS)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(PictureError, match=r"^folder\.png: cannot be written"):
        save_png(tmp_path / "folder.png", COLOURS)


@pytest.mark.parametrize("side, shape", [(20, (12, 20, 3)), (400, (240, 400, 3)), (40, (24, 40, 3)), (1, (1, 1, 3))])
def test_resizing_keeps_the_aspect(side: int, shape: tuple[int, ...]) -> None:
    picture = resized(COLOURS, side)
    assert picture.shape == shape and picture.dtype == np.uint8 and picture.flags.c_contiguous


def test_resizing_keeps_a_constant_and_copies() -> None:
    flat = np.full((9, 13, 3), 77, dtype=np.uint8)
    assert np.all(resized(flat, 50) == 77)
    same = resized(COLOURS, 40)
    assert np.array_equal(same, COLOURS) and not np.shares_memory(same, COLOURS)


def test_hashes(tmp_path: Path) -> None:
    save_png(tmp_path / "a.png", COLOURS)
    Image.fromarray(COLOURS).save(tmp_path / "a.bmp")
    digest = picture_hash(COLOURS)
    assert len(digest) == 64 and set(digest) <= set("0123456789abcdef")
    assert picture_hash(load_picture(tmp_path / "a.png")) == picture_hash(load_picture(tmp_path / "a.bmp")) == digest
    assert picture_hash(COLOURS.reshape(40, 24, 3)) != digest
    assert picture_hash(COLOURS[:, ::-1]) != digest
    assert picture_hash(np.asfortranarray(COLOURS)) == digest
