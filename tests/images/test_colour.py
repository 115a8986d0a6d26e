"""Colours: whatever a file says of them, sRGB is shown, and a note says what was done."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms, features
from pngs import embedded, png

from diffviz.images import Picture, picture_from_bytes
from diffviz.images.colour import made_profile

D65 = (0.3127, 0.3290)
BT709 = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
P3_PRIMARIES = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
SRGB_CURVE = (3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
P3 = made_profile(P3_PRIMARIES, D65, SRGB_CURVE)
ADOBE = made_profile(((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), D65, (0, 563 / 256))
LINEAR = made_profile(BT709, D65, (0, 1.0))
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
COLOURS = np.random.default_rng(3).integers(0, 256, (40, 56, 3), dtype=np.uint8)
RED_IN_P3 = (234, 51, 35)


def opened(image: Image.Image, kind: str = "PNG", **options: object) -> Picture:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return picture_from_bytes(buffer.getvalue(), "a")


def decoded(light: np.ndarray) -> np.ndarray:
    """Linear light in 0..1 as sRGB (IEC 61966-2-1), uint8."""
    light = np.clip(light, 0, 1)
    return np.round(255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055))


def near(picture: Picture, expected: object, most: float = 1) -> None:
    assert np.abs(picture.array.astype(float) - expected).max() <= most


KINDS = [("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True}), ("JPEG", {"quality": 100, "subsampling": 0})]
KINDS += [("AVIF", {"quality": 100, "subsampling": "4:4:4"})] if features.check("avif") else []


@pytest.mark.parametrize("kind, options", KINDS, ids=[kind for kind, _ in KINDS])
def test_red_of_display_p3_is_red(kind: str, options: dict) -> None:
    picture = opened(Image.new("RGB", (16, 16), RED_IN_P3), kind, icc_profile=P3, **options)
    near(picture, (255, 0, 0), 1 if kind in ("PNG", "TIFF", "WEBP") else 9)
    assert picture.note is not None and picture.note.startswith("a: colours were converted from ")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colours_of_adobe_rgb_by_the_formula(mode: str) -> None:
    steps = np.linspace(60, 190, 12).astype(np.uint8)  # within sRGB: none is cut
    pixels = np.stack(np.meshgrid(steps, steps[::-1]), axis=-1)
    pixels = np.concatenate([pixels, np.full((12, 12, 1), 128, np.uint8)], axis=2)
    image = Image.fromarray(pixels)
    image = image.convert("P", palette=Image.Palette.ADAPTIVE, colors=256) if mode == "P" else image.convert(mode)
    to_xyz = np.array([[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]])
    from_xyz = np.array([[3.24045, -1.53714, -0.49853], [-0.96927, 1.87601, 0.04156], [0.05564, -0.20403, 1.05723]])
    light = (np.asarray(image.convert("RGB")) / 255.0) ** (563 / 256)
    near(opened(image, icc_profile=ADOBE), decoded(light @ (from_xyz @ to_xyz).T))


@pytest.mark.parametrize("kind, options", KINDS[:3], ids=[kind for kind, _ in KINDS[:3]])
@pytest.mark.parametrize("profile", [SRGB, made_profile(BT709, D65, SRGB_CURVE)], ids=["lcms", "made"])
def test_a_profile_that_is_srgb_leaves_every_byte(kind: str, options: dict, profile: bytes) -> None:
    for image in (Image.fromarray(COLOURS), Image.fromarray(COLOURS[..., 0]), Image.fromarray(COLOURS).convert("P")):
        picture = opened(image, kind, icc_profile=profile, **options)
        assert np.array_equal(picture.array, np.asarray(image.convert("RGB"))) and picture.note is None


def test_alpha_stays_and_lies_on_white_after_the_colours_are_right() -> None:
    pixels = np.full((4, 4, 4), (*RED_IN_P3, 255), np.uint8)
    pixels[0, 0, 3], pixels[1, 1, 3] = 0, 128
    picture = opened(Image.fromarray(pixels), icc_profile=P3)
    assert picture.array[2, 2].tolist() == [255, 0, 0] and picture.array[0, 0].tolist() == [255, 255, 255]
    assert np.abs(picture.array[1, 1].astype(int) - (255, 127, 127)).max() <= 1


def grey_profile(gamma: float) -> bytes:
    """The smallest ICC profile of a grey of that gamma."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in (0.9642, 1, 0.8249)))
    curve = b"para\0\0\0\0" + struct.pack(">HHi", 0, 0, round(gamma * 65536))
    tags = struct.pack(">I4sII4sII", 2, b"wtpt", 156, len(white), b"kTRC", 156 + len(white), len(curve))
    size = 156 + len(white) + len(curve)
    start = struct.pack(">I4xI12s", size, 0x04300000, b"mntrGRAYXYZ ") + struct.pack(
        ">6H4s", 2024, 1, 1, 0, 0, 0, b"acsp"
    )
    illuminant = struct.pack(">3i", *(round(v * 65536) for v in (0.9642, 1, 0.8249)))
    return (start.ljust(68, b"\0") + illuminant).ljust(128, b"\0") + tags + white + curve


@pytest.mark.parametrize("profile", [grey_profile(1.0), LINEAR], ids=["of grey", "of colours"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_grey(profile: bytes, kind: str) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for image in (Image.fromarray(ramp), Image.merge("LA", [Image.fromarray(ramp), Image.new("L", (16, 16), 255)])):
        picture = opened(image, kind, icc_profile=profile)
        near(picture, decoded(ramp / 255.0)[..., None])
        assert picture.note is not None and "sRGB" in picture.note


def test_sixteen_bits_of_linear_grey_keep_their_shadows() -> None:
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    picture = opened(Image.fromarray(ramp), icc_profile=grey_profile(1.0))
    near(picture, decoded(ramp / 65535.0)[..., None])
    assert len(np.unique(picture.array)) == 256


def test_sixteen_bits_of_colour() -> None:
    picture = picture_from_bytes(png(np.full((8, 8, 3), RED_IN_P3, np.uint16) * 257, embedded(P3)), "a")
    near(picture, (255, 0, 0))


def test_lab() -> None:
    red = Image.new("LAB", (8, 8), (138, 208, 198))  # L = 54.3, a = 80.8, b = 69.9 (D50), as near as 8 bits come
    picture = opened(red, "TIFF")
    near(picture, (255, 0, 0), 12)
    assert picture.note == "a: colours were converted from Lab to sRGB."


def test_a_profile_of_another_kind_than_the_picture_is_ignored_and_said() -> None:
    for image, profile in (
        (Image.fromarray(COLOURS), grey_profile(1.8)),
        (Image.fromarray(COLOURS).convert("CMYK"), P3),
    ):
        kind = "TIFF" if image.mode == "CMYK" else "PNG"
        picture = opened(image, kind, icc_profile=profile)
        assert np.array_equal(picture.array, np.asarray(image.convert("RGB")))
        assert picture.note is not None and "ignored" in picture.note


@pytest.mark.parametrize("profile", [b"x", b"\0" * 128, P3[:200], bytes(4000), P3[:128] + b"\xff" * 400, SRGB[:-200]])
@pytest.mark.parametrize("kind, options", KINDS[:3], ids=[kind for kind, _ in KINDS[:3]])
def test_a_broken_profile_is_ignored_and_said(profile: bytes, kind: str, options: dict) -> None:
    picture = opened(Image.fromarray(COLOURS), kind, icc_profile=profile, **options)
    assert np.array_equal(picture.array, COLOURS)
    assert picture.note == "a: the colour profile is damaged or does not fit the picture, and was ignored."


@pytest.mark.parametrize("data", [
    b"p\0\0broken", b"p\0\0" + b"", embedded(b"\0" * (2 * 2**20))[1], embedded(bytes(2**26))[1],
], ids=["no zlib", "empty", "2 MB", "64 MB"])  # fmt: skip
def test_a_profile_that_does_not_unpack_is_ignored_and_said(data: bytes) -> None:
    picture = picture_from_bytes(png(COLOURS, (b"iCCP", data)), "a")
    assert np.array_equal(picture.array, COLOURS)
    assert picture.note is not None and "was ignored" in picture.note


def test_damaged_profiles_give_a_picture() -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        profile = bytearray(P3 if rng.random() < 0.5 else SRGB)
        for at in rng.integers(0, len(profile), 4):
            profile[at] = rng.integers(0, 256)
        picture = picture_from_bytes(png(COLOURS, embedded(bytes(profile))), "a")
        assert picture.array.shape == COLOURS.shape and "\n" not in (picture.note or "")


def test_a_part_of_a_jpegs_profile_is_missing() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), (200, 30, 30)).save(buffer, format="JPEG", icc_profile=P3)
    data = buffer.getvalue().replace(b"ICC_PROFILE\0\1\1", b"ICC_PROFILE\0\1\2")
    picture = picture_from_bytes(data, "a")
    assert picture.note is not None and "ignored" in picture.note


def test_a_pillow_without_littlecms_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from diffviz.images import colour

    def missing(profile: bytes) -> None:
        raise ImportError("The _imagingcms C module is not installed")

    monkeypatch.setattr(colour, "_opened", missing)
    profile = made_profile(P3_PRIMARIES, D65, (0, 1.7))  # asked for here alone: conversions are kept
    for image in (Image.fromarray(COLOURS), Image.fromarray(COLOURS[..., 0].astype(np.uint16) * 257)):
        picture = opened(image, icc_profile=profile)
        assert picture.note == "a: this Pillow lacks LittleCMS: the colour profile was ignored."


def test_a_phones_jpeg_with_more_pictures_behind_it() -> None:
    red = Image.new("RGB", (16, 16), RED_IN_P3)
    options = {"save_all": True, "append_images": [red.resize((8, 8))], "quality": 100, "subsampling": 0}
    near(opened(red, "MPO", icc_profile=P3, **options), (255, 0, 0), 9)
    broken = opened(red, "MPO", icc_profile=P3[:200], **options)
    assert broken.note is not None and "ignored" in broken.note


def test_the_profiles_name_is_one_short_line() -> None:
    for text in ("Two\nlines\x1b[31m of " + "words " * 30, ""):
        encoded = text.encode("utf-16-be")
        tag = b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(encoded), 28) + encoded
        count = struct.unpack(">I", P3[128:132])[0]
        entries = [struct.unpack(">4sII", P3[132 + 12 * k : 144 + 12 * k]) for k in range(count)]
        table = b"".join(struct.pack(">4sII", name, at + 12, length) for name, at, length in entries)
        table += struct.pack(">4sII", b"desc", len(P3) + 12, len(tag))
        named = struct.pack(">I", len(P3) + 12 + len(tag)) + P3[4:128] + struct.pack(">I", count + 1) + table
        picture = opened(Image.new("RGB", (4, 4), RED_IN_P3), icc_profile=named + P3[132 + 12 * count :] + tag)
        near(picture, (255, 0, 0))
        assert picture.note is not None and picture.note.isprintable() and len(picture.note) < 100


GAMMA_1 = b"gAMA", struct.pack(">I", 100000)
GAMMA_22 = b"gAMA", struct.pack(">I", 45455)


def corners(white: tuple, primaries: tuple) -> tuple[bytes, bytes]:
    return b"cHRM", struct.pack(">8I", *(round(v * 100000) for v in np.ravel([white, *primaries])))


def test_a_png_that_tells_its_gamma_and_primaries() -> None:
    red = np.full((4, 4, 3), RED_IN_P3, np.uint8)
    near(picture_from_bytes(png(red, GAMMA_22, corners(D65, P3_PRIMARIES)), "a"), (255, 0, 0))
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    picture = picture_from_bytes(png(ramp, GAMMA_1), "a")
    near(picture, decoded(ramp / 255.0)[..., None])
    assert picture.note is not None and "gAMA" in picture.note
    for chunks in ([GAMMA_22], [GAMMA_22, corners(D65, BT709)], [GAMMA_1, (b"sRGB", b"\0")]):
        plain = picture_from_bytes(png(COLOURS, *chunks), "a")
        assert np.array_equal(plain.array, COLOURS) and plain.note is None


@pytest.mark.parametrize("wrong", [
    (b"gAMA", bytes(4)), (b"gAMA", b"\xff" * 4), (b"cHRM", bytes(32)), (b"cHRM", b"\xff" * 32),
    corners(D65, ((0.3, 0.3), (0.3, 0.3), (0.3, 0.3))), corners((0.3, 0.0), BT709),
])  # fmt: skip
def test_a_gamma_or_primaries_that_cannot_be_are_ignored(wrong: tuple[bytes, bytes]) -> None:
    picture = picture_from_bytes(png(COLOURS, wrong), "a")
    assert np.array_equal(picture.array, COLOURS) and "ignored" in (picture.note or "")


def test_a_png_that_tells_its_colours_by_code_points() -> None:
    red = np.full((4, 4, 3), RED_IN_P3, np.uint8)
    picture = picture_from_bytes(png(red, (b"cICP", bytes((12, 13, 0, 1))), embedded(ADOBE)), "a")  # it goes first
    near(picture, (255, 0, 0))
    assert picture.note == "a: colours were converted from Display P3 to sRGB."
    plain = picture_from_bytes(png(COLOURS, (b"cICP", bytes((1, 13, 0, 1)))), "a")
    assert np.array_equal(plain.array, COLOURS) and plain.note is None
    hdr = picture_from_bytes(png(COLOURS, (b"cICP", bytes((9, 16, 0, 1)))), "a")
    assert np.array_equal(hdr.array, COLOURS) and "HDR" in (hdr.note or "")


def test_a_camera_that_marks_adobe_rgb() -> None:
    exif = Image.Exif()
    exif[0xA005] = {1: "R03"}
    exif[0x8769] = {0xA001: 0xFFFF, 0xA005: {1: "R03"}}
    picture = opened(Image.new("RGB", (16, 16), (60, 200, 60)), "JPEG", exif=exif, quality=100)
    light = (np.array([60, 200, 60]) / 255) ** (563 / 256)
    red, green = 1.3984 * light[0] - 0.3984 * light[1], light[1]
    assert np.abs(picture.array[8, 8, :2] - decoded(np.array([red, green]))).max() <= 3
    assert picture.note == "a: colours were converted from Adobe RGB to sRGB."
