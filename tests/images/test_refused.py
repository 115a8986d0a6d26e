"""Pictures that are refused: one sentence with the name, the cause and the remedy, and nothing else."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from diffviz import images
from diffviz.images import (
    PictureError,
    load_picture,
    opening,
    picture_from_bytes,
    png_bytes,
)

COLOURS = np.random.default_rng(7).integers(0, 256, (24, 40, 3), dtype=np.uint8)
AVIF = ("avif",) if features.check("avif") else ()


def refused(path: Path | str) -> str:
    """The message of a refusal, after the checks that every one of them must pass."""
    with pytest.raises(PictureError) as caught:
        load_picture(path)
    message = str(caught.value)
    assert "\n" not in message and message.endswith(".")
    assert message.count(". ") == 0, "one sentence"
    assert ";" in message, "cause; remedy"
    return message


def png(size: tuple[int, int], body: bytes = b"") -> bytes:
    """A PNG file by hand: its header, and pixel data that need not fit."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def test_missing_and_vanished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(tmp_path / "gone.png").startswith("gone.png: there is no such file")
    assert refused(tmp_path / "no" / "folder" / "a.png").startswith("a.png: there is no such file")
    (tmp_path / "a.png").write_bytes(png_bytes(COLOURS))

    def vanish(path: str, flags: int) -> int:
        raise FileNotFoundError(2, "No such file or directory", path)

    monkeypatch.setattr(opening.os, "open", vanish)
    assert refused(tmp_path / "a.png").startswith("a.png: there is no such file")


def test_a_file_as_folder(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_bytes(COLOURS))
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
    (tmp_path / "a.png").write_bytes(png_bytes(COLOURS))
    regular = os.stat(tmp_path / "a.png")
    os.unlink(tmp_path / "a.png")
    os.mkfifo(tmp_path / "a.png")
    monkeypatch.setattr(opening.os, "stat", lambda path: regular)
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
    (tmp_path / "a.png").write_bytes(png_bytes(COLOURS))
    (tmp_path / "a.png").chmod(0)
    assert "permissions" in refused(tmp_path / "a.png")


def test_errors_of_the_system_are_translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(png_bytes(COLOURS))
    for error, words in (
        (PermissionError(13, "Permission denied"), "may not be read"),
        (OSError(5, "Input/output error"), "Input/output error"),
    ):

        def fail(path: str, flags: int, error: OSError = error) -> int:
            raise error

        monkeypatch.setattr(opening.os, "open", fail)
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
    (tmp_path / "a.png").write_bytes(png_bytes(COLOURS))

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
        (tmp_path / name).write_bytes(png_bytes(COLOURS))
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
    (tmp_path / "a.png").write_bytes(png_bytes(COLOURS))
    before = list(warnings.filters)
    threads = [threading.Thread(target=lambda: [load_picture(tmp_path / "a.png") for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


def test_what_pillow_logs_of_damage_stays_off_the_terminal(tmp_path: Path) -> None:
    Image.fromarray(COLOURS).save(tmp_path / "a.tif")
    data = (tmp_path / "a.tif").read_bytes()
    tag = struct.pack("<HHIH", 277, 3, 1, 3)
    assert data.count(tag) == 1
    (tmp_path / "a.tif").write_bytes(data.replace(tag, struct.pack("<HHIH", 277, 3, 1, 9999)))
    code = (
        "import sys; from diffviz.images import *\ntry: load_picture(sys.argv[1])\nexcept PictureError as e: print(e)"
    )
    run = subprocess.run([sys.executable, "-c", code, tmp_path / "a.tif"], capture_output=True, text=True)
    assert run.stderr == "" and run.stdout.startswith("a.tif: ")
