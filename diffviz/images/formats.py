"""Which formats open, and what is said of a file of another kind: its content is judged, never its suffix."""

from __future__ import annotations

import contextlib
import importlib
import zlib
from functools import cache

from PIL import Image

HEAD = 2**16  # bytes that tell a format: a drawing may begin with a long comment

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
OPENABLE = "PNG, JPEG, WebP, GIF, BMP, TIFF, PPM, ICO or AVIF"
_AS_PNG = "save it as PNG or JPEG"
_RAW = "a camera's raw file", "develop it with a raw converter and save it as JPEG or TIFF"
_VIDEO = "a video", "save one of its frames as PNG"
_SOUND = "a sound", "choose a picture"
_PACKED = "a packed archive", "unpack it and open a picture of it"
_JPEG_2000 = "a JPEG 2000 picture", _AS_PNG
_JPEG_XL = "a JPEG XL picture", _AS_PNG
_POSTSCRIPT = "a PostScript drawing", "export it as PNG"
_PAGE = "a web page", "save the picture itself from it"
_SVG = "an SVG drawing", "export it as PNG"
_EXR = "an OpenEXR picture", "save it as 16-bit PNG or float TIFF"

# First bytes to (what it is, what would be right).
_KINDS = {
    b"\0\0\0\x0cjP  ": _JPEG_2000,
    b"\xff\x4f\xff\x51": _JPEG_2000,
    b"\0\0\0\x0cJXL ": _JPEG_XL,
    b"\xff\x0a": _JPEG_XL,
    b"%PDF": ("a PDF document", "save the page or its picture as PNG"),
    b"%!PS": _POSTSCRIPT,
    b"\xc5\xd0\xd3\xc6": _POSTSCRIPT,
    b"8BPS": ("a Photoshop document", "export it as PNG"),
    b"8BPB": ("a Photoshop document", "export it as PNG"),
    b"gimp xcf": ("a GIMP document", "export it as PNG"),
    b"FUJIFILMCCD-RAW": _RAW,
    b"IIRO": _RAW,
    b"IIRS": _RAW,
    b"MMOR": _RAW,
    b"IIU\0": _RAW,
    b"FOVb": _RAW,
    b"\0MRM": _RAW,
    b"II\xbc": ("a JPEG XR picture", _AS_PNG),
    b"v/1\x01": _EXR,
    b"#?RADIANCE": ("a Radiance HDR picture", "save it as 16-bit PNG or float TIFF"),
    b"#?RGBE": ("a Radiance HDR picture", "save it as 16-bit PNG or float TIFF"),
    b"SIMPLE  =": ("a FITS file", "save its picture as float TIFF or 16-bit PNG"),
    b"\x93NUMPY": ("a NumPy array", "save it as PNG or TIFF"),
    b"\x89HDF": ("an HDF5 file", "save its picture as PNG or TIFF"),
    b"DDS ": ("a DDS texture", "save it as PNG"),
    b"qoif": ("a QOI picture", "save it as PNG"),
    b"BPG\xfb": ("a BPG picture", _AS_PNG),
    b"PF\n": ("a PFM picture of colours", "save it as 16-bit PNG"),
    b"P7\n": ("a PAM picture", "save it as PNG"),
    b"\x01\xda\x00\x01": ("an SGI picture", "save it as PNG"),
    b"\x01\xda\x01\x01": ("an SGI picture", "save it as PNG"),
    b"\x0a\x05\x01\x08": ("a PCX picture", "save it as PNG"),
    b"\x59\xa6\x6a\x95": ("a Sun raster picture", "save it as PNG"),
    b"/* XPM */": ("an XPM picture", "save it as PNG"),
    b"\0\0\2\0": ("a mouse pointer, or a TGA picture", "save it as PNG"),
    b"\xabKTX": ("a KTX texture", "save it as PNG"),
    b"icns": ("a macOS icon", "save it as PNG"),
    b"\x8aMNG": ("an MNG animation", "save one of its frames as PNG"),
    b"\xd7\xcd\xc6\x9a": ("a Windows metafile", "save it as PNG"),
    b"\x1aE\xdf\xa3": _VIDEO,
    b"\0\0\x01\xba": _VIDEO,
    b"\0\0\x01\xb3": _VIDEO,
    b"FLV\x01": _VIDEO,
    b"\x30\x26\xb2\x75": _VIDEO,
    b"OggS": ("a video or a sound", "choose a picture"),
    b"ID3": _SOUND,
    b"fLaC": _SOUND,
    b"PK\3\4": _PACKED,
    b"7z\xbc\xaf": _PACKED,
    b"Rar!": _PACKED,
    b"version https://git-lfs": ("a pointer of Git LFS", "fetch the file itself with git lfs pull"),
}
# Brands of the ISO media format, in which pictures and videos are kept alike
_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
_AVIF = {b"avif", b"avis"}
# Bytes that begin a format that opens, with its name
_OPENING = {
    b"\x89PNG": "PNG",
    b"\xff\xd8": "JPEG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"\0\0\1\0": "ICO",
    **{b"P%d" % kind: "PPM" for kind in range(1, 7)},
}
_NEW_SUBFILE, _SUB_PICTURES, _DNG_VERSION = 254, 330, 50706  # TIFF tags


def formats(head: bytes) -> tuple[str, ...]:
    """Names of the formats that a file with this beginning is tried as."""
    return (*_shipped(), "HEIF") if _is_heic(head) and _heif_opens() else _shipped()


@cache
def _shipped() -> tuple[str, ...]:
    """Names of the formats that this Pillow can open; their plugins are imported here, once."""
    found = []
    for name, module in _PLUGINS.items():
        try:
            importlib.import_module(f"PIL.{module}")
        except ImportError:  # AVIF came with Pillow 11.3
            continue
        found.append(name)
    return tuple(found)


@cache
def _heif_opens() -> bool:
    """Whether pillow-heif is installed, which is optional; it is then made known to Pillow."""
    with contextlib.suppress(ImportError, OSError):  # OSError: its library does not load
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
        return True
    return False


def refusal(head: bytes, name: str) -> str:
    """The sentence about a file that Pillow does not take for a picture."""
    if _is_heic(head) and not _heif_opens():
        return f"{name}: is a HEIC picture, which needs pillow-heif; install that with pip, or save it as JPEG or PNG."
    if _brands(head) & _AVIF and "AVIF" not in _shipped():
        return f"{name}: is an AVIF picture, which this Pillow does not open; update Pillow or {_AS_PNG}."
    if found := _opening(head):
        return f"{name}: is damaged, or {found} of a kind that is not read; save it again as 8- or 16-bit PNG."
    return f"{name}: is not a picture, or is damaged; choose {OPENABLE}."


def other_kind(head: bytes, name: str) -> str | None:
    """The sentence about a file that is plainly of a kind that does not open; None: it may be a picture that does."""
    kind = _kind(head)
    return kind and f"{name}: is {kind[0]}, which does not open here; {kind[1]}."


def is_raw_photo(image: Image.Image) -> bool:
    """Whether a TIFF keeps a camera's raw data, before which it shows a small preview (DNG, NEF, ARW, PEF, CR2)."""
    tags = getattr(image, "tag_v2", {})
    preview = tags.get(_NEW_SUBFILE) == 1 and _SUB_PICTURES in tags
    return image.format == "TIFF" and (_DNG_VERSION in tags or preview)


def raw_refusal(name: str) -> str:
    """The sentence about a camera's raw file."""
    return f"{name}: is {_RAW[0]}, which does not open here; {_RAW[1]}."


def _opening(head: bytes) -> str | None:
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP"
    if _brands(head) & (_AVIF | _HEIC):
        return "AVIF" if _brands(head) & _AVIF else "HEIC"
    return next((name for magic, name in _OPENING.items() if head.startswith(magic)), None)


def _kind(head: bytes) -> tuple[str, str] | None:
    if head[8:11] == b"CR\x02" and head[:2] == b"II":
        return _RAW
    if brands := _brands(head):
        return _RAW if b"crx " in brands else None if brands & (_HEIC | _AVIF) else _VIDEO
    if head.startswith(b"RIFF") and head[8:12] != b"WEBP":
        return _VIDEO if head[8:12] == b"AVI " else _SOUND if head[8:12] == b"WAVE" else None
    if head[128:132] == b"DICM":
        return "a DICOM file", "save its picture as 16-bit PNG or TIFF"
    if head.startswith(b"\x1f\x8b"):
        return _SVG if _written(_unpacked(head)) == _SVG else _PACKED
    found = next((kind for magic, kind in _KINDS.items() if head.startswith(magic)), None)
    return found or _written(head)


def _unpacked(head: bytes) -> bytes:
    """What the beginning of a gzip file holds, as far as it goes."""
    with contextlib.suppress(zlib.error):
        return zlib.decompressobj(wbits=31).decompress(head, HEAD)
    return b""


def _written(head: bytes) -> tuple[str, str] | None:
    """What begins as a text with marks does."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace")
    elif (plain := head.removeprefix(b"\xef\xbb\xbf").lstrip()).startswith(b"<"):
        text = plain.decode("utf-8", "replace")
    else:
        return None
    text = text.lstrip().lower()
    if "<svg" in text and text.startswith(("<svg", "<?xml", "<!")):
        return _SVG
    if text.startswith(("<!doctype html", "<html")):
        return _PAGE
    return None


def _brands(head: bytes) -> set[bytes]:
    """The brands that a file of the ISO media format names."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4], "big") or len(head), len(head), 256)
    return {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}


def _is_heic(head: bytes) -> bool:
    brands = _brands(head)
    # AVIF names mif1 as well
    return bool(brands & _HEIC) and not brands & _AVIF and head[8:12] not in (b"isom", b"mp42", b"qt  ")
