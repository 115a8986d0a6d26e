"""Between picture files and uint8 arrays (H, W, 3): the one door for pictures."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import io
import os
import stat
import threading
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from diffviz.files import display_name, write_bytes

MAX_SIDE = 2048  # longer side, in pixels, of what is opened; larger pictures are reduced to it
MAX_PIXELS = 128 * 2**20  # read from the header; decoded they take 4 bytes each
MAX_FILE_BYTES = 2**30  # some decoders read the whole file into memory

# Pillow's plugins that only decode: EPS, for one, would start another program.
_PLUGINS = {
    "PNG": "PngImagePlugin",
    "JPEG": "JpegImagePlugin",
    "WEBP": "WebPImagePlugin",
    "GIF": "GifImagePlugin",
    "BMP": "BmpImagePlugin",
    "TIFF": "TiffImagePlugin",
    "PPM": "PpmImagePlugin",
    "ICO": "IcoImagePlugin",
    "AVIF": "AvifImagePlugin",
}
_OPENABLE = "PNG, JPEG, WebP, GIF, BMP, TIFF, PPM, ICO or AVIF"

# Exif orientation to the turn that undoes it (Exif 2.32, tag 0x0112).
_ORIENTATION = 0x0112
_STRIP = 2**20  # pixels that are scaled at a time
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_warnings_lock = threading.Lock()


class PictureError(ValueError):
    """A picture that cannot be read or written: one sentence with the file's name, the cause and the remedy."""


@dataclass(frozen=True, eq=False)
class Picture:
    """An opened picture.

    ``array``: uint8 (H, W, 3). ``name``: the file's name. ``original_size``: (width, height) in pixels before any
    reduction, upright. ``reduced``: whether ``array`` is smaller. ``note``: what the user should know, or None.
    """

    array: np.ndarray = field(repr=False)
    name: str
    original_size: tuple[int, int]
    reduced: bool = False
    note: str | None = None


def load_picture(path: str | os.PathLike[str]) -> np.ndarray:
    """Open a picture file.

    Returns:
        A new C-contiguous uint8 array (H, W, 3): RGB, upright, on white where it was transparent, the first frame of
        an animation, its longer side at most 2048 pixels.
    Raises:
        PictureError: whatever is wrong with the file; nothing else, also where warnings are errors.
    """
    return read_picture(path).array


def read_picture(path: str | os.PathLike[str]) -> Picture:
    """``load_picture`` with the picture's name, its original size and a note on what was changed.

    Raises:
        PictureError: as ``load_picture``.
    """
    return _read(path)


def load_exactly(path: str | os.PathLike[str], width: int, height: int) -> np.ndarray:
    """``load_picture`` of a file that must have this size, which may be above 2048 pixels: nothing is reduced.

    Raises:
        PictureError: as ``load_picture``, and before anything is decoded if the size is another.
    """
    return _read(path, (width, height)).array


def _read(path: str | os.PathLike[str], size: tuple[int, int] | None = None) -> Picture:
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


def save_png(path: str | os.PathLike[str], array: np.ndarray) -> None:
    """Write uint8 (H, W, 3) as PNG; the file appears whole or not at all.

    Raises:
        PictureError: if the file cannot be written.
    """
    try:
        write_bytes(path, png_bytes(array))
    except OSError as error:
        name = display_name(path)
        raise PictureError(f"{name}: cannot be written ({error.strerror}); choose another name or folder.") from error


def png_bytes(array: np.ndarray) -> bytes:
    """uint8 (H, W, 3) as the bytes of a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(array)).save(buffer, format="PNG")
    return buffer.getvalue()


def resized(array: np.ndarray, longer_side: int) -> np.ndarray:
    """A new uint8 (H, W, 3) whose longer side is ``longer_side`` pixels, by Lanczos; the aspect is kept."""
    image = Image.fromarray(np.ascontiguousarray(array))
    return np.array(image.resize(_fitted(image.size, longer_side), Image.Resampling.LANCZOS))


def picture_hash(array: np.ndarray) -> str:
    """SHA-256 of shape and pixels, in hexadecimal: equal pictures have equal hashes, whatever file they came from."""
    shape = "x".join(str(side) for side in array.shape)
    return hashlib.sha256(f"{shape}:".encode() + np.ascontiguousarray(array).tobytes()).hexdigest()


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
    raise PictureError(f"{name}: is {kind}, not a picture; choose a file ({_OPENABLE}).")


def _decode(file: BinaryIO, name: str, size: tuple[int, int] | None = None) -> Picture:
    # Pillow warns of what we handle (large pictures, odd metadata). The filters belong to the process, hence the lock.
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(file, formats=_formats()) as image:
                return _to_picture(image, name, size)
        except PictureError:
            raise
        except UnidentifiedImageError as error:
            raise PictureError(f"{name}: is not a picture, or is damaged; choose {_OPENABLE}.") from error
        except Image.DecompressionBombError as error:
            raise PictureError(_too_large(name, "it")) from error
        except MemoryError as error:
            raise PictureError(f"{name}: does not fit into memory; save it smaller.") from error
        except Exception as error:  # decoders raise what they like: struct.error, SyntaxError, zlib.error, KeyError...
            cause = "ends too early" if "truncated" in str(error).lower() else "is damaged"
            raise PictureError(f"{name}: {cause}; save it again or get another copy.") from error


def _too_large(name: str, what: str) -> str:
    return f"{name}: {what} has more than {MAX_PIXELS / 1e6:.0f} million pixels; save it smaller and open that."


@cache
def _formats() -> tuple[str, ...]:
    """Names of the formats that this Pillow can open; their plugins are imported here, once."""
    found = []
    for name, module in _PLUGINS.items():
        try:
            importlib.import_module(f"PIL.{module}")
        except ImportError:  # AVIF came with Pillow 11.3
            continue
        found.append(name)
    return tuple(found)


def _to_picture(image: Image.Image, name: str, size: tuple[int, int] | None) -> Picture:
    """``size``: (width, height) that it must have; None: any, reduced to ``MAX_SIDE``."""
    width, height = image.size
    if size not in (None, image.size):
        raise PictureError(f"{name}: is {_size_text(image.size)}, not {_size_text(size)}; get another copy.")
    if width * height > MAX_PIXELS:
        raise PictureError(_too_large(name, _size_text(image.size)))
    notes = []
    if getattr(image, "is_animated", False) and image.format != "MPO":  # MPO: previews and depth maps beside a photo
        what = "has several pages" if image.format == "TIFF" else "is animated"
        notes.append(f"{name} {what}; the first {'page' if image.format == 'TIFF' else 'frame'} was opened.")
    reduced = size is None and max(width, height) > MAX_SIDE
    target = _fitted(image.size, MAX_SIDE) if reduced else image.size
    if reduced:
        image.draft(None, (2 * target[0], 2 * target[1]))  # a JPEG is then decoded at 1/2, 1/4 or 1/8
    with _silent_stderr() if image.format == "TIFF" else contextlib.nullcontext():
        image.load()
    orientation = _orientation(image)  # only now: the TIFF plugin turns the picture itself, while loading
    eight_bit, remark = _to_eight_bit(image, name)
    notes += [remark] if remark else []
    if reduced:
        eight_bit = eight_bit.resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if orientation in _TURNS:
        eight_bit = eight_bit.transpose(_TURNS[orientation])
    original = (height, width) if orientation >= 5 else (width, height)
    if reduced:
        notes.append(f"{name} was {_size_text(original)}; opened at {_size_text(eight_bit.size)}.")
    return Picture(np.array(_on_white(eight_bit)), name, original, reduced, " ".join(notes) or None)


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


def _to_eight_bit(image: Image.Image, name: str) -> tuple[Image.Image, str | None]:
    """As L, RGB, or RGBA where something is transparent, and a remark if values were stretched."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        grey, remark = _scaled(np.asarray(image), image)
        return Image.fromarray(grey), remark and f"{name}: {remark}"
    opaque = "L" if image.mode in ("1", "L") else "RGB"  # grey stays grey until it is small: a quarter of the memory
    try:
        return image.convert("RGBA" if image.has_transparency_data else opaque), None
    except ValueError as error:
        raise PictureError(f"{name}: has {image.mode} colours, which cannot be shown; save it as RGB.") from error


def _scaled(values: np.ndarray, image: Image.Image) -> tuple[np.ndarray, str | None]:
    """Grey values of more than 8 bits to uint8 (H, W): scaled, never cut.

    16-bit files have the range 0..65535. Where the file does not say its range (32-bit integers, floats) the smallest
    usual one that holds all values is taken, or else they are stretched.
    """
    rows = max(1, _STRIP // max(1, values.shape[1]))  # in strips: a float copy of it all would be many times the file
    strips = [slice(top, top + rows) for top in range(0, len(values), rows)]
    low, high = _range(values[strip] for strip in strips)
    usual: tuple[float, ...] = (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
    if image.mode != "F" and (image.mode != "I" or image.format in ("PNG", "PPM")):
        usual = (65535.0,)
    full = next((full for full in usual if low >= 0 and high <= full), None)
    remark = None
    if full is None:
        remark = f"grey values {low:.4g} to {high:.4g} are shown as 0 to 255."
    else:
        low, high = 0.0, full
    grey = np.empty(values.shape, np.uint8)
    for strip in strips:
        scaled = (values[strip].astype(np.float32) - low) * (255.0 / ((high - low) or 1.0))
        grey[strip] = np.clip(np.round(np.nan_to_num(scaled, nan=0.0)), 0, 255)
    return grey, remark


def _range(strips: Iterable[np.ndarray]) -> tuple[float, float]:
    """The least and the largest number that is finite; twice 0 where there is none."""
    low, high = np.inf, -np.inf
    for strip in strips:
        values = strip.astype(np.float32)
        finite = values[np.isfinite(values)]
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    return (low, high) if low <= high else (0.0, 0.0)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _fitted(size: tuple[int, int], longer_side: int) -> tuple[int, int]:
    scale = longer_side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _size_text(size: tuple[int, int]) -> str:
    """Width x height; a comma from five digits on."""
    return "x".join(f"{side:,}" if side >= 10_000 else str(side) for side in size)
