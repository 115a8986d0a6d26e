"""How large a picture may be: refused by its header, before memory is spent."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image
from pngs import chunk, head, png

from diffviz.images import PictureError, picture_from_bytes

NOTHING = chunk(b"IDAT", zlib.compress(bytes(10**6), 9)) + chunk(b"IEND", b"")


def icon(content: bytes, side: int = 0) -> bytes:
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, side, side, 0, 0, 1, 32, len(content), 22) + content


def dib(width: int, height: int) -> bytes:
    return struct.pack("<IiiHHIIiiII", 40, width, height, 1, 32, 0, 0, 0, 0, 0, 0) + bytes(64)


def refused(data: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        picture_from_bytes(data, "a")
    message = str(caught.value)
    assert message.startswith("a: ") and "\n" not in message
    return message


@pytest.mark.parametrize("size", [(1, 2**27), (2**27, 1), (1, 65537), (70_000, 3), (1, 2**31 - 1)])
@pytest.mark.parametrize("kind", ["png", "bmp", "ppm", "tiff", "icon", "icon of a bitmap"])
def test_each_side_is_bounded(size: tuple[int, int], kind: str) -> None:
    width, height = size
    long = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: height, 279: width}
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in long.items())
    data = {
        "png": head(width, height, 8, 2) + NOTHING,
        "bmp": b"BM" + struct.pack("<IHHI", 200, 0, 0, 54) + dib(width, height),
        "ppm": b"P6 %d %d 255\n" % size + bytes(100),
        "tiff": b"II*\0\x08\0\0\0" + struct.pack("<H", len(long)) + table + bytes(100),
        "icon": icon(head(width, height, 8, 6) + NOTHING),
        "icon of a bitmap": icon(dib(width, height)),
    }[kind]
    message = refused(data)
    assert "pixels" in message and "save it smaller" in message


def test_the_longest_side_opens() -> None:
    picture = picture_from_bytes(png(np.zeros((65536, 1), np.uint8)), "a")
    assert picture.array.shape == (2048, 1, 3)


def test_an_icon_whose_directory_is_wrong_opens_at_its_own_size() -> None:
    picture = picture_from_bytes(icon(png(np.full((300, 200, 3), 9, np.uint8)), 16), "a")
    assert picture.array.shape == (300, 200, 3)


def solid(kind: str, mode: str, side: int) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (side, side)).save(
        buffer, format=kind, **({"lossless": True, "method": 0} if kind == "WEBP" else {})
    )
    return buffer.getvalue()


@pytest.mark.parametrize("kind, mode", [("PNG", "RGBA"), ("WEBP", "RGB"), ("TIFF", "F")])
def test_a_decoder_that_takes_more_memory_opens_fewer_pixels(kind: str, mode: str) -> None:
    buffer = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        from diffviz.images import bounds

        patch.setattr(bounds, "MAX_DECODED_BYTES", 2**20)
        Image.new(mode, (600, 600)).save(buffer, format=kind)
        assert "million pixels" in refused(buffer.getvalue())
        assert picture_from_bytes(solid("BMP", "L", 400), "a").array.shape == (400, 400, 3)


@pytest.mark.skipif(sys.platform != "linux", reason="measures the peak as Linux counts it")
@pytest.mark.parametrize("data", [
    lambda: head(1, 2**27, 8, 2) + NOTHING,
    lambda: icon(head(1, 2**26, 8, 6) + NOTHING),
    lambda: head(4, 4, 8, 2) + chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(2**26), 9)) + NOTHING,
    lambda: head(4, 4, 8, 2) + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**26), 9)) * 20 + NOTHING,
    lambda: head(4, 4, 8, 2) + chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(bytes(2**26), 9)) * 20 + NOTHING,
], ids=["long", "long in an icon", "profile", "text", "international text"])  # fmt: skip
def test_a_small_file_takes_little_memory(data, tmp_path) -> None:
    (tmp_path / "a.png").write_bytes(data())
    code = (
        "import sys\nfrom diffviz.images import *\n"
        "try: load_picture(sys.argv[1])\nexcept PictureError: pass\n"
        # not getrusage: what it tells begins with the peak of the process that started this one
        "print(int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) // 1024)"
    )
    run = subprocess.run([sys.executable, "-c", code, tmp_path / "a.png"], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 300
