"""More than 8 bits: shown over the range that is used, and never without a word where that is not the file's own."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image
from pngs import png

from diffviz.images import Picture, PictureError, depth, picture_from_bytes

SIDE = 64
RAMP = np.linspace(0, 1, SIDE * SIDE).reshape(SIDE, SIDE)
FULL_16 = np.round(RAMP * 65535).astype(np.uint16)


def tiff(values: np.ndarray, sample_format: int = 1, photometric: int = 1, **tags: tuple[int, bytes]) -> bytes:
    """An uncompressed TIFF by hand, little endian; ``tags``: t341=(type, four bytes or fewer)."""
    height, width = values.shape
    entries = {
        256: (4, struct.pack("<I", width)),
        257: (4, struct.pack("<I", height)),
        258: (3, struct.pack("<H", 8 * values.dtype.itemsize)),
        259: (3, b"\1\0"),
        262: (3, struct.pack("<H", photometric)),
        277: (3, b"\1\0"),
        278: (4, struct.pack("<I", height)),
        279: (4, struct.pack("<I", values.nbytes)),
        339: (3, struct.pack("<H", sample_format)),
        **{int(name[1:]): value for name, value in tags.items()},
    }
    entries[273] = (4, struct.pack("<I", 8 + 2 + 12 * (len(entries) + 1) + 4))
    table = b"".join(
        struct.pack("<HHI", tag, kind, 1) + data.ljust(4, b"\0") for tag, (kind, data) in sorted(entries.items())
    )
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + table + bytes(4) + values.tobytes()


def opened(data: bytes | np.ndarray) -> Picture:
    if isinstance(data, np.ndarray):
        buffer = io.BytesIO()
        Image.fromarray(data).save(buffer, format="TIFF")
        data = buffer.getvalue()
    return picture_from_bytes(data, "a")


def shows(picture: Picture, share: np.ndarray) -> None:
    """That the grey picture is ``share`` of the way from black to white."""
    assert np.abs(picture.array.astype(float) - np.round(255 * np.clip(share, 0, 1))[..., None]).max() <= 1


@pytest.mark.parametrize("bits", [10, 12, 14])
@pytest.mark.parametrize("kind", ["png", "tiff", "big endian", "pgm"])
def test_few_bits_in_sixteen_are_shown_up_to_their_largest(bits: int, kind: str) -> None:
    values = np.round(RAMP * (0.9 * 2**bits)).astype(np.uint16)
    picture = opened({
        "png": lambda: png(values),
        "tiff": lambda: tiff(values),
        "big endian": lambda: values.astype(">u2"),
        "pgm": lambda: b"P5 %d %d 65535\n" % (SIDE, SIDE) + values.astype(">u2").tobytes(),
    }[kind]())  # fmt: skip
    shows(picture, RAMP)
    assert picture.note == f"a: grey values 0 to {int(values.max()):,} are shown as 0 to 255."


@pytest.mark.parametrize("data", [png(FULL_16), tiff(FULL_16), png(FULL_16, (b"sBIT", b"\x0c"))])
def test_a_full_ramp_of_sixteen_bits_stays_as_it_is(data: bytes) -> None:
    picture = opened(data)
    shows(picture, RAMP)
    assert picture.note is None


def test_what_the_file_declares_as_white_is_white() -> None:
    values = np.round(RAMP * 1500).astype(np.uint16)
    for data, white in (
        (png(values, (b"sBIT", b"\x0c")), 4095),
        (tiff(values, t341=(3, struct.pack("<H", 4095))), 4095),
        (tiff(values, t281=(3, struct.pack("<H", 3000))), 3000),
        (tiff(values.astype(np.float32), 3, t341=(11, struct.pack("<f", 2000))), 2000),
    ):
        picture = opened(data)
        shows(picture, values / white)
        assert picture.note is not None and f"{white:,}" in picture.note.replace("2000", "2,000")


def test_a_declared_white_that_is_none_is_not_believed() -> None:
    values = np.round(RAMP * 1500).astype(np.uint16)
    for tags in (
        {"t341": (3, b"\0\0")},
        {"t341": (3, struct.pack("<H", 900))},
        {"t341": (3, b"\xff\xff")},
        {"t341": (11, b"\0\0\xc0\x7f")},
        {"t281": (2, b"abc\0")},
    ):
        shows(opened(tiff(values, **tags)), RAMP)


def test_a_pgm_of_few_bits_says_its_white_and_is_shown_by_it() -> None:
    values = np.round(RAMP * 500).astype(">u2")
    picture = opened(b"P5 %d %d 1023\n" % (SIDE, SIDE) + values.tobytes())
    shows(picture, values / 1023)
    assert picture.note is None


def test_twelve_bits_a_value() -> None:
    values = np.round(RAMP * 3000).astype(np.uint16).ravel()
    packed = np.empty((values.size // 2, 3), np.uint8)  # TIFF 6: two values in three bytes
    packed[:, 0], packed[:, 2] = values[::2] >> 4, values[1::2] & 255
    packed[:, 1] = (values[::2] & 15) << 4 | values[1::2] >> 8
    data = tiff(np.zeros((SIDE, SIDE), np.uint16), t258=(3, b"\x0c\0"), t279=(4, struct.pack("<I", packed.nbytes)))
    picture = opened(data[: -2 * SIDE * SIDE] + packed.tobytes())
    shows(picture, values.reshape(SIDE, SIDE) / 4095)
    assert picture.note is not None and "4,095" in picture.note


@pytest.mark.parametrize("values, share", [
    ((RAMP * 900).astype(np.float32), RAMP),
    ((RAMP * 1.5).astype(np.float32), RAMP),
    ((RAMP * 200).astype(np.float32), RAMP),
    ((RAMP * 0.002).astype(np.float32), RAMP),
    ((RAMP - 0.25).astype(np.float32), RAMP),
    ((RAMP * 3e38 - 1e38).astype(np.float32), RAMP),
    (np.round(RAMP * 4000 - 1000).astype(np.int16), RAMP),
    (np.round(RAMP * 200 - 100).astype(np.int8), np.round(RAMP * 200) / 200),
    (np.round(RAMP * 4000 - 1000).astype(np.int32), RAMP),
    (np.round(RAMP * 3000).astype(np.int32), RAMP),
])  # fmt: skip
def test_floats_and_negative_numbers_are_shown_over_their_range(values: np.ndarray, share: np.ndarray) -> None:
    data = tiff(values, 2) if values.dtype in (np.int8, np.int16) else values
    picture = opened(data)
    shows(picture, share)
    assert picture.note is not None and picture.note.endswith("are shown as 0 to 255.")
    assert ("−" in picture.note) == (values.min() < 0) and "-" not in picture.note.replace("e-", "")


@pytest.mark.parametrize("high", [1.0, 0.4, 0.01])
def test_floats_within_0_to_1_stay_as_they_are(high: float) -> None:
    picture = opened((RAMP * high).astype(np.float32))
    shows(picture, RAMP * high)
    assert picture.note is None


def test_a_pfm_is_a_picture_of_floats() -> None:
    height, width = RAMP.shape
    picture = opened(b"Pf\n%d %d\n-1.0\n" % (width, height) + np.flipud(RAMP.astype("<f4")).tobytes())
    shows(picture, RAMP)
    assert picture.note is None


def test_unsigned_numbers_of_32_bits() -> None:
    picture = opened(tiff(np.round(RAMP * 4e9).astype(np.uint32)))
    shows(picture, RAMP)
    assert picture.note is not None and "4,000,000,000" in picture.note


@pytest.mark.parametrize("data", [tiff(FULL_16, photometric=0), tiff(RAMP.astype(np.float32), 3, 0)])
def test_where_white_is_zero(data: bytes) -> None:
    shows(opened(data), 1 - RAMP)


def test_numbers_that_are_none_are_counted() -> None:
    values = RAMP.astype(np.float32)
    values[0, :3] = np.nan, np.inf, -np.inf
    picture = opened(values)
    assert picture.note == "a: 3 values are no finite numbers, and are shown black or white."
    nothing = opened(np.full((4, 4), np.nan, np.float32))
    assert nothing.array.max() == 0 and nothing.note is not None and "16 values" in nothing.note


def test_a_transparent_value_of_sixteen_bits() -> None:
    values = np.array([[0, 30000], [30001, 65535]], np.uint16)
    picture = opened(png(values, (b"tRNS", struct.pack(">H", 30000))))
    assert picture.array[..., 0].tolist() == [[0, 255], [117, 255]]


@pytest.mark.parametrize("channels", [2, 3, 4])
@pytest.mark.parametrize("bits", [10, 12, 14])
def test_colours_of_few_bits_in_sixteen(channels: int, bits: int) -> None:
    most = int(0.9 * 2**bits)
    values = np.random.default_rng(bits).integers(0, most, (20, 30, channels)).astype(np.uint16)
    values[0, 0] = most
    if channels in (2, 4):
        values[..., -1] = 65535
    picture = opened(png(values))
    colours = values[..., : 1 if channels == 2 else 3]
    assert np.abs(picture.array - np.round(255.0 * colours / most)).max() <= 1
    assert picture.note == f"a: colour values 0 to {most:,} are shown as 0 to 255."


def test_colours_of_few_bits_with_a_declared_white() -> None:
    values = np.random.default_rng(1).integers(0, 900, (20, 30, 3)).astype(np.uint16)
    picture = opened(png(values, (b"sBIT", b"\x0a\x0a\x0a")))
    assert np.abs(picture.array - np.round(255.0 * values / 1023)).max() <= 1


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("declared", [None, 1023])
def test_colours_of_few_bits_in_a_tiff(order: str, compressed: bool, declared: int | None) -> None:
    import zlib

    values = np.random.default_rng(1).integers(0, 900, (20, 30, 3)).astype(f"{order}u2")
    body = zlib.compress(values.tobytes()) if compressed else values.tobytes()
    numbers = [(256, 4, 30), (257, 4, 20), (258, 3, 16), (259, 3, 8 if compressed else 1), (262, 3, 2), (273, 4, 0)]
    numbers += [(277, 3, 3), (278, 4, 20), (279, 4, len(body))]
    numbers += [(341, 3, declared)] if declared else []
    start = 8 + 2 + 12 * len(numbers) + 4
    table = b""
    for tag, kind, value in numbers:
        threes = {258: start, 341: start + 6}  # one number a colour, which stand behind the table
        count, value = (3, threes[tag]) if tag in threes else (1, start + 12 if tag == 273 else value)
        number = struct.pack(order + ("H2x" if kind == 3 and count == 1 else "I"), value)
        table += struct.pack(order + "HHI", tag, kind, count) + number
    mark = b"MM\0*\0\0\0\x08" if order == ">" else b"II*\0\x08\0\0\0"
    behind = struct.pack(order + "6H", *[16] * 3, *[declared or 0] * 3)
    data = mark + struct.pack(order + "H", len(numbers)) + table + bytes(4) + behind + body
    picture = opened(data)
    white = declared or values.max()
    assert np.abs(picture.array - np.round(255.0 * values / white)).max() <= 1
    assert picture.note == f"a: colour values 0 to {white:,} are shown as 0 to 255."


def planes(values: np.ndarray, photometric: int = 2) -> bytes:
    """A TIFF of 16 bits a colour in which all of the red stands before all of the green."""
    order = values.dtype.str[0]
    height, width, count = values.shape
    numbers = [(256, width), (257, height), (258, 0), (259, 1), (262, photometric), (273, 0), (277, count)]
    numbers += [(278, height), (279, 0), (284, 2)] + [(338, 2)] * (photometric == 2 and count == 4)
    start = 8 + 2 + 12 * len(numbers) + 4  # of what stands behind the table, all of it as long as the bits
    size = 2 * height * width
    several = {258: [16] * count, 279: [size] * count, 273: [start + 12 * count + size * k for k in range(count)]}
    table = behind = b""
    for tag, value in numbers:
        many = several.get(tag)
        table += struct.pack(order + "HHI", tag, 4, count if many else 1)
        table += struct.pack(order + "I", start + len(behind) if many else value)
        behind += struct.pack(order + f"{count}I", *many) if many else b""
    mark = b"MM\0*\0\0\0\x08" if order == ">" else b"II*\0\x08\0\0\0"
    body = np.ascontiguousarray(values.transpose(2, 0, 1)).tobytes()
    return mark + struct.pack(order + "H", len(numbers)) + table + bytes(4) + behind + body


@pytest.mark.parametrize("order", ["<u2", ">u2"])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("most", [900, 65535])
def test_colours_of_sixteen_bits_in_planes(order: str, channels: int, most: int) -> None:
    values = np.random.default_rng(1).integers(0, most + 1, (20, 30, channels)).astype(order)
    values[..., 3:] = 65535
    values[0, 0, :3] = most
    picture = opened(planes(values))
    assert np.abs(picture.array - np.round(255.0 * values[..., :3] / most)).max() <= 1
    assert picture.note == ("a: colour values 0 to 900 are shown as 0 to 255." if most == 900 else None)


def test_planes_of_other_colours_are_refused() -> None:
    with pytest.raises(PictureError, match="save it"):
        opened(planes(np.zeros((20, 30, 4), "<u2"), photometric=5))


def test_colours_of_few_bits_in_a_ppm() -> None:
    values = np.random.default_rng(1).integers(0, 900, (20, 30, 3)).astype(">u2")
    picture = opened(b"P6 30 20 65535\n" + values.tobytes())
    assert np.abs(picture.array - np.round(255.0 * values / values.max())).max() <= 1
    assert picture.note is not None and "colour values" in picture.note


def test_colours_of_sixteen_bits_stay_as_they_are() -> None:
    values = np.random.default_rng(1).integers(0, 65536, (20, 30, 3)).astype(np.uint16)
    picture = opened(png(values))
    assert np.array_equal(picture.array, values >> 8) and picture.note is None


def test_large_dark_colours_are_not_decoded_twice_but_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depth, "_MOST_TWICE", 100)
    picture = opened(png(np.random.default_rng(1).integers(0, 900, (20, 30, 3)).astype(np.uint16)))
    assert picture.note == "a: colour values stay below 1,024 of 65,535; shown as they are."
