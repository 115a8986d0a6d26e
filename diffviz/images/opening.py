"""Opening pictures: from a file or bytes to an array, with a note on what was changed."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import stat
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from diffviz.files import display_name
from diffviz.images.background import opaque
from diffviz.images.bounds import check_icons, check_size, size_text, too_large
from diffviz.images.colour import colours_of, grey_curve, to_srgb
from diffviz.images.depth import declared_white, deep_layout, is_deep_grey, scaled_colours, scaled_grey, signed
from diffviz.images.errors import PictureError
from diffviz.images.formats import HEAD, OPENABLE, formats, is_raw_photo, other_kind, raw_refusal, refusal
from diffviz.images.pixels import fitted
from diffviz.images.png import small_chunks, without_profile

MAX_SIDE = 2048  # longer side, in pixels, of what is opened; larger pictures are reduced to it
MAX_FILE_BYTES = 2**30  # some decoders read the whole file into memory

# Exif orientation to the turn that undoes it (Exif 2.32, tag 0x0112).
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SCALABLE = ("L", "LA", "RGB", "RGBA", "CMYK", "LAB")  # others become one of these before they are reduced

_warnings_lock = threading.Lock()
# without a handler Python would write what Pillow logs of damaged files to the terminal
logging.getLogger("PIL").addHandler(logging.NullHandler())


@dataclass(frozen=True, eq=False)
class Picture:
    """An opened picture: ``array``, uint8 (H, W, 3), the file's name, and what the user should know, or None."""

    array: np.ndarray = field(repr=False)
    name: str
    note: str | None = None


def load_picture(path: str | os.PathLike[str]) -> np.ndarray:
    """Open a picture file.

    Returns:
        A new C-contiguous uint8 array (H, W, 3): sRGB, upright, on white where it was transparent (on black where all
        of it would vanish), the first frame of an animation, its longer side at most 2048 pixels.
    Raises:
        PictureError: whatever is wrong with the file; nothing else, also where warnings are errors.
    """
    return read_picture(path).array


def read_picture(path: str | os.PathLike[str], size: tuple[int, int] | None = None) -> Picture:
    """``load_picture`` with the picture's name and a note on what was changed.

    ``size``: (width, height) that it must have, which may be above 2048 pixels: then nothing is reduced.

    Raises:
        PictureError: as ``load_picture``, and before anything is decoded if the size is another.
    """
    name = display_name(path)
    try:
        with _open_regular(path, name) as file:
            return _decode(file, name, size)
    except FileNotFoundError as error:
        raise PictureError(f"{name}: there is no such file; check its name and folder.") from error
    except PermissionError as error:
        raise PictureError(f"{name}: may not be read; change its permissions or choose another file.") from error
    except (OSError, ValueError) as error:
        if isinstance(error, PictureError):
            raise
        cause = getattr(error, "strerror", None) or error
        raise PictureError(f"{name}: cannot be opened ({cause}); choose another file.") from error


def picture_from_bytes(data: bytes, name: str) -> Picture:
    """Decode an encoded picture, e.g. a pasted one or one embedded in a scene. ``name`` begins the messages.

    Raises:
        PictureError: as ``load_picture``.
    """
    if not data:
        raise PictureError(f"{name}: is empty; choose another picture.")
    return _decode(io.BytesIO(data), name)


def _open_regular(path: str | os.PathLike[str], name: str) -> BinaryIO:
    """Open a regular file that is neither empty nor huge. Never waits: a pipe without a writer would for ever."""
    _check_kind(os.stat(path).st_mode, name)  # first, because opening a device can already act on it
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags), "rb")
    try:
        status = os.fstat(file.fileno())
        _check_kind(status.st_mode, name)  # again: the name may stand for another file by now
        if status.st_size == 0:
            raise PictureError(f"{name}: is empty (0 bytes); choose another file or download it again.")
        if status.st_size > MAX_FILE_BYTES:
            raise PictureError(f"{name}: is larger than 1 GiB; save it smaller, for example as JPEG.")
    except BaseException:
        file.close()
        raise
    return file


def _check_kind(mode: int, name: str) -> None:
    if stat.S_ISREG(mode):
        return
    kind = "a folder" if stat.S_ISDIR(mode) else "a pipe" if stat.S_ISFIFO(mode) else "a device"
    raise PictureError(f"{name}: is {kind}, not a picture; choose a file ({OPENABLE}).")


def _decode(file: BinaryIO, name: str, size: tuple[int, int] | None = None) -> Picture:
    head = file.read(HEAD)
    if sentence := other_kind(head, name):  # before Pillow sees it: it would take a raw file's preview for the picture
        raise PictureError(sentence)
    # Pillow warns of what we handle (large pictures, odd metadata). The filters belong to the process, hence the lock.
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _opened(file, head, name, size)
        except PictureError:
            raise
        except UnidentifiedImageError as error:
            raise PictureError(refusal(head, name)) from error
        except Image.DecompressionBombError as error:
            raise PictureError(too_large(name, "it")) from error
        except MemoryError as error:
            raise PictureError(f"{name}: does not fit into memory; save it smaller.") from error
        except Exception as error:  # decoders raise what they like: struct.error, SyntaxError, zlib.error, KeyError...
            cause = (
                "ends too early" if "truncated" in str(error).lower() else "is damaged, or of a kind that is not read"
            )
            raise PictureError(f"{name}: {cause}; save it again or get another copy.") from error


def _opened(file: BinaryIO, head: bytes, name: str, size: tuple[int, int] | None) -> Picture:
    chunks = small_chunks(file)
    if head.startswith(b"\0\0\1\0"):
        check_icons(file, name)
    file.seek(0)
    try:
        image = Image.open(file, formats=formats(head))
    except ValueError:  # Pillow gives a picture up whose profile unpacks to more than a MB
        bare = without_profile(file)
        if bare is None:
            raise
        with Image.open(bare, formats=formats(head)) as image:
            image.info["icc_profile"] = None
            return _to_picture(image, bare, name, size, chunks)
    with image:
        return _to_picture(image, file, name, size, chunks)


def _to_picture(
    image: Image.Image, file: BinaryIO, name: str, size: tuple[int, int] | None, chunks: dict[bytes, bytes]
) -> Picture:
    """``size``: (width, height) that it must have; None: any, reduced to ``MAX_SIDE``."""
    if image.format == "ICO":
        image.load()  # only then it tells its size, which the directory may have wrong
    width, height = image.size
    if size not in (None, image.size):
        raise PictureError(f"{name}: is {size_text(image.size)}, not {size_text(size)}; get another copy.")
    check_size(image, name)
    if is_raw_photo(image):
        raise PictureError(raw_refusal(name))
    notes = [f"{name} {remark}" for remark in _further_frames(image)]
    reduced = size is None and max(width, height) > MAX_SIDE
    target = fitted(image.size, MAX_SIDE) if reduced else image.size
    if reduced:
        image.draft(None, (2 * target[0], 2 * target[1]))  # a JPEG is then decoded at 1/2, 1/4 or 1/8
    shown, orientation, remarks = _in_eight_bits(image, file, name, chunks, target)
    shown, remark = opaque(shown)
    notes += [f"{name}: {text}" for text in (*remarks, remark) if text]
    if orientation in _TURNS:
        shown = shown.transpose(_TURNS[orientation])
    if reduced:
        original = (height, width) if orientation >= 5 else (width, height)
        notes.append(f"{name} was {size_text(original)}; opened at {size_text(shown.size)}.")
    return Picture(np.array(shown), name, " ".join(notes) or None)


def _further_frames(image: Image.Image) -> list[str]:
    if not getattr(image, "is_animated", False) or image.format == "MPO":  # previews and depth maps beside a photo
        return []
    kind = {"TIFF": "has several pages; the first page", "HEIF": "has several pictures; the main one"}
    return [f"{kind.get(str(image.format), 'is animated; the first frame')} was opened."]


def _in_eight_bits(
    image: Image.Image, file: BinaryIO, name: str, chunks: dict[bytes, bytes], target: tuple[int, int]
) -> tuple[Image.Image, int, list[str | None]]:
    """Decode: L, LA, RGB or RGBA of the ``target`` size in sRGB, the orientation, and what was changed."""
    white, layout = declared_white(image, chunks.get(b"sBIT")), deep_layout(image)
    with _silent_stderr() if image.format == "TIFF" else contextlib.nullcontext():
        image.load()
    image = signed(image)
    orientation = _orientation(image)  # only now: the TIFF plugin turns the picture itself, while loading
    colours = colours_of(image, chunks)
    remarks: list[str | None] = []
    if deep := is_deep_grey(image):
        curve, remark = grey_curve(colours)
        shown, found = scaled_grey(image, curve, white)
        remarks += [*found, remark]
    else:
        shown = image
        if layout:
            shown, found = scaled_colours(image, layout, file, white)
            remarks += found
        shown = _scalable(shown, name, deep_colours=layout is not None)
    if shown.size != target:
        shown = shown.resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if not deep:
        shown, remark = to_srgb(shown, colours)
        remarks.append(remark)
    return shown, orientation, remarks


def _scalable(image: Image.Image, name: str, deep_colours: bool) -> Image.Image:
    """In one of the modes that can be reduced and converted."""
    key = image.info.get("transparency")
    if deep_colours and isinstance(key, tuple):  # of 16 bits, where the pixels have 8 by now
        image.info["transparency"] = tuple(value >> 8 for value in key)
    if image.mode in _SCALABLE and not (image.mode in ("L", "RGB") and image.has_transparency_data):
        return image
    opaque_mode = (
        "L" if image.mode in ("1", "L") else "RGB"
    )  # grey stays grey until it is small: a quarter of the memory
    try:
        return image.convert("RGBA" if image.has_transparency_data else opaque_mode)
    except ValueError as error:
        raise PictureError(f"{name}: has {image.mode} colours, which cannot be shown; save it as RGB.") from error


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Keep libtiff from writing to the terminal: it reports damage there, past Python, besides failing."""
    try:
        kept = os.dup(2)
    except OSError:  # no standard error, as under pythonw
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # broken metadata beside sound pixels: shown as stored
        return 1
