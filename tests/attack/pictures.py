"""Malformed pictures: mutations of good files in some twenty formats and modes, and bombs that declare huge sizes.

Only PictureError may come out, in one line of at most 400 characters, within 5 s of processor time and 900 MB; what
opens is a new uint8 array (H, W, 3) of at most 2048 a side. Warnings count as errors.
"""

import io
import os
import random
import struct
import warnings
import zlib

from .common import Arena, Tally, foreign, mutate_bytes, watched  # first: it sets the environment

import numpy as np  # isort: skip
from PIL import Image  # isort: skip
from PIL.ImageCms import ImageCmsProfile, createProfile  # isort: skip

from diffviz.images import PictureError, load_picture, picture_from_bytes  # isort: skip

arena = Arena(__doc__, n=2000, seed=101)
generator = np.random.default_rng(0)
smooth = np.linspace(0, 255, 40 * 56 * 3).reshape(40, 56, 3).astype(np.uint8)
normal = Image.fromarray(generator.normal(size=(40, 56)).astype(np.float32))
deep = Image.fromarray((np.arange(2240).reshape(40, 56) * 29).astype(np.uint16))
image = Image.fromarray(smooth)
first, *more = [Image.fromarray(np.roll(smooth, i, 1)) for i in range(3)]
turned = Image.Exif()
turned[0x0112] = 6


def encoded(picture, kind, **options):
    out = io.BytesIO()
    picture.save(out, format=kind, **options)
    return out.getvalue()


profile = ImageCmsProfile(createProfile("sRGB")).tobytes().replace(b"XYZ \0\0\0\0\0\0", b"XYZ \0\0\0\0\0\1", 2)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def by_hand(channels, *chunks):
    """A PNG of 16 bits a value, of which ten are used, with chunks that say how to read it."""
    values = generator.integers(0, 1000, (40, 56, channels))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 56, 40, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0))
    body = b"".join(chunk(*pair) for pair in (*chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")))
    return b"\x89PNG\r\n\x1a\n" + head + body


CORNERS = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
FILM = {"save_all": True, "append_images": more}
MAKERS = {
    "png": lambda: encoded(image, "PNG"),
    "png16": lambda: encoded(deep, "PNG"),
    "pngpal": lambda: encoded(image.convert("P"), "PNG", transparency=0),
    "pngrgba": lambda: encoded(image.convert("RGBA"), "PNG", exif=turned),
    "pngten": lambda: by_hand(3, (b"sBIT", b"\x0a\x0a\x0a"), (b"gAMA", b"\0\1\x86\xa0"), (b"cHRM", CORNERS)),
    "pngkey": lambda: by_hand(1, (b"sBIT", b"\x0a"), (b"cICP", b"\x0c\x0d\0\1"), (b"tRNS", b"\0\7")),
    "pngla": lambda: by_hand(2),
    "pngicc": lambda: encoded(image.convert("RGBA"), "PNG", icc_profile=profile),
    "jpgicc": lambda: encoded(image, "JPEG", icc_profile=profile),
    "tificc": lambda: encoded(image, "TIFF", icc_profile=profile),
    "webpicc": lambda: encoded(image, "WEBP", icc_profile=profile),
    "greyicc": lambda: encoded(deep, "PNG", icc_profile=profile),
    "tif16": lambda: encoded(deep, "TIFF"),
    "apng": lambda: encoded(first, "PNG", **FILM),
    "jpg": lambda: encoded(image, "JPEG", exif=turned),
    "jpgprog": lambda: encoded(image, "JPEG", progressive=True),
    "cmyk": lambda: encoded(image.convert("CMYK"), "JPEG"),
    "gif": lambda: encoded(first, "GIF", **FILM),
    "webp": lambda: encoded(image, "WEBP"),
    "webpll": lambda: encoded(image.convert("RGBA"), "WEBP", lossless=True),
    "webpanim": lambda: encoded(first, "WEBP", **FILM),
    "tif": lambda: encoded(image, "TIFF"),
    "tiflzw": lambda: encoded(image, "TIFF", compression="tiff_lzw"),
    "tifdefl": lambda: encoded(image, "TIFF", compression="tiff_adobe_deflate"),
    "tifjpg": lambda: encoded(image, "TIFF", compression="jpeg"),
    "tiff32": lambda: encoded(normal, "TIFF"),
    "tifg4": lambda: encoded(image.convert("1"), "TIFF", compression="group4"),
    "bmp": lambda: encoded(image, "BMP"),
    "bmppal": lambda: encoded(image.convert("P"), "BMP"),
    "ico": lambda: encoded(image, "ICO"),
    "ppm": lambda: encoded(image, "PPM"),
    "pgm": lambda: encoded(image.convert("L"), "PPM"),
    "pfm": lambda: encoded(normal, "PPM"),
    "avif": lambda: encoded(image, "AVIF"),
    "avifanim": lambda: encoded(first, "AVIF", **FILM),
}
base, missing = {}, []
for name, maker in MAKERS.items():
    try:
        base[name] = maker()
    except Exception:  # this Pillow has no such encoder
        missing.append(name)
names = sorted(base)


def with_checksums(data):
    """A PNG whose checksums are right again: the decoder gets to see what was mutated."""
    out, i = bytearray(data[:8]), 8
    while i + 8 <= len(data):
        n = struct.unpack(">I", data[i : i + 4])[0]
        if n > len(data):
            break
        out += chunk(bytes(data[i + 4 : i + 8]), bytes(data[i + 8 : i + 8 + n]))
        i += 12 + n
    return bytes(out)


def bombs():
    """Small files that declare, or unpack to, much."""
    signature, end = b"\x89PNG\r\n\x1a\n", chunk(b"IEND", b"")

    def head(width, height, depth=8, colour=2):
        return signature + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))

    row = chunk(b"IDAT", zlib.compress(bytes(10**6), 9))
    most = 2**31 - 1
    sizes = [
        (most, most, 8, 2),
        (60000, 60000, 8, 0),
        (11585, 11585, 8, 6),
        (11585, 11585, 16, 6),
        (11585, 11585, 16, 0),
    ]
    sizes += [(2**27, 1, 8, 2), (1, 2**27, 8, 2), (2**27, 1, 1, 0), (1, 2**16, 8, 6)]
    for size in sizes:
        yield "png{}x{}_{}_{}".format(*size), head(*size) + row + end
    zeros, small = zlib.compress(bytes(2**26), 9), chunk(b"IDAT", zlib.compress(bytes(52)))
    yield "ztxt", head(4, 4) + chunk(b"zTXt", b"a\0\0" + zeros) * 20 + small + end
    yield "iccp", head(4, 4) + chunk(b"iCCP", b"a\0\0" + zeros) + small + end
    for side, flags, table, frame in ((65535, 0, b"", 1), (11000, 0x80, bytes(6), 11000)):
        screen = b"GIF89a" + struct.pack("<HHBBB", side, side, flags, 0, 0) + table
        yield f"gif{side}", screen + b",\0\0\0\0" + struct.pack("<HHB", frame, frame, 0) + b"\x02\x02\x44\x01\0;"
    for size in [(1, 2**27), (2**27, 1), (20000, 20000), (9000, 9000)]:
        inside = head(*size, 8, 6) + chunk(b"IDAT", zlib.compress(bytes(10**7), 9)) + end
        yield "ico{}x{}".format(*size), struct.pack("<3H4B2H2I", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(inside), 22) + inside
    whole = zlib.compress(bytes(8000 * (8000 * 4 + 1)), 1)
    yield "pngrgbawhole", head(8000, 8000, 8, 6) + chunk(b"IDAT", whole) + end
    yield "pngdeepwhole", head(8000, 8000, 16, 0) + chunk(b"IDAT", zlib.compress(bytes(8000 * 16001), 1)) + end
    yield "ppm", b"P6 11000 11000 255\n" + bytes(100)
    yield "ppmtext", b"P3 3000 3000 255\n" + b"1 " * 100
    yield "ppmtoken", b"P6 " + b"9" * 10**6 + b" 1 255\n"
    yield "pgmtext", b"P2 2000 2000 65535\n" + b"7 " * 4000000
    yield "pbm", b"P1 11000 11000\n" + b"1" * 1000
    yield "tifloop", b"II*\0\x08\0\0\0" + struct.pack("<H", 0) + struct.pack("<I", 8)
    many, offset = bytearray(b"II*\0" + struct.pack("<I", 8)), 8
    for _ in range(20000):
        offset += 18
        many += struct.pack("<H", 1) + struct.pack("<HHII", 256, 4, 1, 1) + struct.pack("<I", offset)
    yield "tifmany", bytes(many)
    for kind in ("webp", "avif"):
        if kind in base:
            yield kind + "head", base[kind][:60]
    jpeg = bytearray(base["jpg"])
    at = jpeg.find(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 11500, 11500)
    yield "jpgsize", bytes(jpeg)
    jpeg = bytearray(base["jpgprog"])
    at = jpeg.find(b"\xff\xc2")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 11500, 11500)
    yield "jpgscans", bytes(jpeg[:-2] + jpeg[jpeg.find(b"\xff\xda") :] * 300)


BOMBS = list(bombs())


def data_of(seed):
    if seed < 0:
        return BOMBS[-seed - 1]
    rng = random.Random(seed)
    name = rng.choice(names)
    data = mutate_bytes(rng, base[name])
    if name.startswith(("png", "apng")) and rng.random() < 0.6:
        data = with_checksums(data)
    if rng.random() < 0.02:
        data += rng.choice(list(base.values()))
    return name, data


def trial(seed):
    name, data = data_of(seed)
    try:
        if seed % 2:
            path = arena.work / f"x{os.getpid()}.{name}"
            path.write_bytes(data)
            array = load_picture(path)
        else:
            array = picture_from_bytes(data, "pasted").array
    except PictureError as error:
        text = str(error)
        return ("bad", "message " + repr(text[:200])) if "\n" in text or len(text) > 400 else ("refused", "")
    except Exception as error:
        return foreign(error, f"[{name}] ")
    good = array.dtype == np.uint8 and array.ndim == 3 and array.shape[2] == 3 and array.flags.c_contiguous
    if not good or max(array.shape[:2]) > 2048 or min(array.shape[:2]) < 1:
        return "bad", f"[{name}] array {array.shape} {array.dtype}"
    return "opened", ""


warnings.simplefilter("error")
load = arena.work / "first.png"
load.write_bytes(base["png"])
load_picture(load)  # what is imported late is imported once, before the forks
tally = Tally()
start = arena.seed * 10**6
groups = [([-(i + 1) for i in range(len(BOMBS))], 30, 1), (range(start, start + arena.n), 15, 250)]
for seeds, limit, batch in groups:
    for seed, verdict, detail, seconds, megabytes in watched(trial, seeds, limit, arena, batch):
        name, data = data_of(seed)
        if verdict in ("opened", "refused") and seconds > 5:
            verdict, detail = "slow", f"[{name}] {verdict}"
        if verdict in ("opened", "refused") and megabytes > 900:
            verdict, detail = "memory", f"[{name}] {verdict} with {megabytes:.0f} MB"
        if tally.add(seed, verdict, detail, seconds, megabytes) and tally.failed < 30:
            arena.keep(f"{verdict}{seed}.{name}", data)
tally.tell()
if missing:
    print("  not tried, this Pillow cannot write them:", *missing)
arena.finish(tally.failed, tally.figures())
