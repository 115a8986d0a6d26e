"""Colours to sRGB: by the profile that a file embeds, or by what else it says of its colours.

LittleCMS (Pillow's ImageCms) does the maths; it is imported when the first picture with a profile comes. What is no
ICC profile (a PNG's cICP or gAMA and cHRM, Adobe RGB by a camera's mark) is written as one first.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

_MOST_BYTES = 16 * 2**20  # of a profile
_NEAR = 2  # levels of 255: a profile that moves no colour further is sRGB, of which many versions are about
_D50 = (0.9642, 1.0, 0.8249)
_D65 = (0.3127, 0.3290)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
# chromaticities (x, y) of red, green and blue
_BT709 = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
_BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
_ADOBE = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
# ICC.1:2022, 10.18: the kind of curve and its parameters
_GAMMA, _LINEAR_BELOW = 0, 3
_SRGB_CURVE = (_LINEAR_BELOW, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_BT709_CURVE = (_LINEAR_BELOW, 1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
# code points of ITU-T H.273
_PRIMARIES = {1: ("BT.709", _BT709), 9: ("BT.2020", _BT2020), 12: ("Display P3", _P3)}
_TRANSFERS = {
    **dict.fromkeys((1, 6, 14, 15), _BT709_CURVE),
    4: (_GAMMA, 2.2),
    5: (_GAMMA, 2.8),
    8: (_GAMMA, 1.0),
    13: _SRGB_CURVE,
}
_EXIF, _INTEROP, _INDEX = 0x8769, 0xA005, 1  # Exif 2.32: where a camera marks Adobe RGB by "R03"
_JPEG = ("JPEG", "MPO")  # MPO: a JPEG with more pictures behind it, as phones write
_NO_INKS = "is CMYK without a colour profile: its colours are about right at best."
_BROKEN = "the colour profile is damaged or does not fit the picture, and was ignored."


@dataclass(frozen=True)
class Colours:
    """What a file says of its colours.

    ``profile``: ICC, or None: sRGB, or nothing is said. ``words``: its name, where it has none itself. ``remark``: what
    the user should know where it cannot be used.
    """

    profile: bytes | None = None
    words: str = ""
    remark: str | None = None


def colours_of(image: Image.Image, chunks: dict[bytes, bytes]) -> Colours:
    """What the file says, the strongest word first. ``chunks``: see ``png.small_chunks``."""
    if len(code := chunks.get(b"cICP", b"")) == 4:
        return _by_code_points(code)
    if "icc_profile" in image.info and (image.info["icc_profile"] or image.format in ("PNG", *_JPEG)):
        profile = image.info["icc_profile"]  # None: Pillow could not put it together
        sound = isinstance(profile, bytes) and 128 < len(profile) <= _MOST_BYTES
        return Colours(profile) if sound else Colours(remark=_BROKEN)
    if image.format in _JPEG:
        return _by_camera(image)
    if image.format == "PNG" and "srgb" not in image.info:
        return _by_gamma(image.info)
    return Colours()


def to_srgb(image: Image.Image, colours: Colours) -> tuple[Image.Image, str | None]:
    """L, LA, RGB, RGBA, CMYK or LAB as L, LA, RGB or RGBA in sRGB, and what was done."""
    if colours.profile is None and image.mode != "LAB":
        return image, colours.remark or (_NO_INKS if image.mode == "CMYK" else None)
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    plain = image.getchannel("L") if image.mode == "LA" else image.convert("RGB") if image.mode == "RGBA" else image
    try:
        change, name = _change(colours.profile, plain.mode)
        if change is None:
            return image, None
        result = plain.point(list(change)) if isinstance(change, np.ndarray) else change.apply(plain)
    except Exception as error:  # a damaged profile raises what it likes
        return image, _ignored(error)
    if alpha is not None:
        result.putalpha(alpha)
    return result, f"colours were converted from {colours.words or name} to sRGB."


def grey_curve(colours: Colours) -> tuple[np.ndarray | None, str | None]:
    """uint8 (65536,): what 16-bit grey becomes, or None where that is sRGB's own; and what is done."""
    if colours.profile is None:
        return None, colours.remark
    try:
        curve, name = _grey_change(colours.profile, 65536)
    except Exception as error:  # as above
        return None, _ignored(error)
    if _is_straight(curve):
        return None, None
    return curve, f"colours were converted from {colours.words or name} to sRGB."


def _ignored(error: Exception) -> str:
    missing = isinstance(error, ImportError)
    return "this Pillow lacks LittleCMS: the colour profile was ignored." if missing else _BROKEN


@lru_cache(maxsize=8)
def _change(profile: bytes | None, mode: str) -> tuple[Any, str]:
    """A table for L, else a transform of ImageCms; None where the picture is sRGB; and the profile's name."""
    from PIL import ImageCms

    if mode == "L" and profile is not None:
        table, name = _grey_change(profile, 256)
        return None if _is_straight(table) else table, name
    source = _opened(profile) if profile and mode != "LAB" else ImageCms.createProfile("LAB")  # Lab says it all
    change = _transform(source, mode)
    if mode == "RGB":
        steps = np.round(np.linspace(0, 255, 17)).astype(np.uint8)
        probe = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(17, -1, 3)
        if _near(np.asarray(change.apply(Image.fromarray(probe))), probe):
            return None, ""
    return change, "Lab" if mode == "LAB" else _name(source)


def _grey_change(profile: bytes, size: int) -> tuple[np.ndarray, str]:
    """What 256 or 65536 values of grey become, and the profile's name, which may be one for colours."""
    source = _opened(profile)
    if source.profile.xcolor_space.strip() == "GRAY":
        ramp = np.arange(size, dtype=np.uint8 if size == 256 else np.uint16).reshape(-1, 256)
        change = _transform(source, "L" if size == 256 else "I;16", exactly=True)
        return np.asarray(change.apply(Image.fromarray(ramp)))[..., 1].reshape(-1).copy(), _name(source)
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    table = np.asarray(_transform(source, "RGB", exactly=True).apply(Image.fromarray(ramp)))[0, :, 1]
    if size != 256:
        table = np.round(np.interp(np.arange(size) / 257, np.arange(256), table)).astype(np.uint8)
    return table.copy(), _name(source)


def _transform(source: Any, mode: str, exactly: bool = False) -> Any:
    from PIL import ImageCms

    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION | (ImageCms.Flags.NOOPTIMIZE if exactly else 0)
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB", intent, flags)


def _opened(profile: bytes) -> Any:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(io.BytesIO(profile))


def _name(source: Any) -> str:
    """The profile's name for itself: one line of at most 40 characters."""
    text = "".join(c for c in str(source.profile.profile_description or "") if c.isprintable())
    text = " ".join(text.split())
    return (text if len(text) <= 40 else text[:39] + "…") or "the embedded profile"


def _near(values: np.ndarray, others: np.ndarray) -> bool:
    return bool(np.abs(values.astype(int) - others).max() <= _NEAR)


def _is_straight(curve: np.ndarray) -> bool:
    return _near(curve, np.round(np.linspace(0, 255, len(curve))))


def _by_code_points(code: bytes) -> Colours:
    primaries, curve = _PRIMARIES.get(code[0]), _TRANSFERS.get(code[1])
    if primaries is None or curve is None or code[2] != 0 or code[3] != 1:
        kind = "HDR colours" if code[1] in (16, 18) else "colours of a rare kind"
        return Colours(remark=f"has {kind} (cICP {code[0]}, {code[1]}), which are shown as they are stored.")
    if (code[0], code[1]) == (1, 13):
        return Colours()
    return Colours(made_profile(primaries[1], _D65, curve), primaries[0])


def _by_camera(image: Image.Image) -> Colours:
    if "exif" not in image.info:
        return Colours()
    try:
        exif = image.getexif()
        exif.get_ifd(_EXIF)
        mark = exif.get_ifd(_INTEROP).get(_INDEX)
    except Exception:  # broken metadata beside sound pixels
        return Colours()
    return Colours(made_profile(_ADOBE, _D65, (_GAMMA, 563 / 256)), "Adobe RGB") if mark == "R03" else Colours()


def _by_gamma(info: dict[Any, Any]) -> Colours:
    """By gAMA and cHRM. A gamma of 1/2.2 means sRGB, as libpng has always taken it."""
    gamma, corners = info.get("gamma"), info.get("chromaticity")
    usual_gamma = gamma is None or abs(gamma - 1 / 2.2) < 0.005
    white, *primaries = np.array(corners or (*_D65, *np.ravel(_BT709)), dtype=float).reshape(4, 2).tolist()
    usual_corners = np.allclose([white, *primaries], [_D65, *_BT709], atol=0.002)
    if usual_gamma and usual_corners:
        return Colours()
    try:
        if gamma is not None and not 0.1 <= gamma <= 10:
            raise ValueError("a gamma that no screen has")
        curve = _SRGB_CURVE if gamma is None or usual_gamma else (_GAMMA, 1 / gamma)
        return Colours(made_profile(primaries, white, curve), "the file's own colours (gAMA, cHRM)")
    except (ValueError, ArithmeticError, struct.error):  # LinAlgError is a ValueError
        return Colours(remark=_BROKEN)


def made_profile(primaries: Any, white: Any, curve: tuple[float, ...]) -> bytes:
    """An ICC profile of three primaries, their white and one curve, which is what most RGB profiles are.

    Args:
        primaries: (x, y) of red, green and blue. white: (x, y).
        curve: kind and parameters, as ICC.1:2022 numbers them.
    Raises:
        ValueError, ArithmeticError: if they make no colours. struct.error: if they leave an ICC number's range.
    """
    corners = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in primaries], dtype=float).T
    x, y = white
    light = np.array((x / y, 1.0, (1 - x - y) / y), dtype=float)
    cones = np.diag((_BRADFORD @ _D50) / (_BRADFORD @ light))
    matrix = np.linalg.inv(_BRADFORD) @ cones @ _BRADFORD @ (corners * np.linalg.solve(corners, light))
    if not np.isfinite(matrix).all():
        raise ValueError("no colours")
    kind, *numbers = curve
    transfer = b"para" + struct.pack(">IHH", 0, int(kind), 0) + _fixed(numbers)
    tags = [(b"wtpt", b"XYZ \0\0\0\0" + _fixed(_D50))]
    for name, column in zip((b"r", b"g", b"b"), matrix.T, strict=True):
        tags += [(name + b"XYZ", b"XYZ \0\0\0\0" + _fixed(column)), (name + b"TRC", transfer)]
    start, table, body = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for signature, data in tags:
        table += signature + struct.pack(">II", start + len(body), len(data))
        body += data
    head = struct.pack(">I4xI12s", start + len(body), 0x04300000, b"mntrRGB XYZ ")
    head += struct.pack(">6H4s28x", 2024, 1, 1, 0, 0, 0, b"acsp") + _fixed(_D50)
    return head.ljust(128, b"\0") + table + body


def _fixed(numbers: Any) -> bytes:
    return b"".join(struct.pack(">i", round(float(number) * 65536)) for number in numbers)
