"""Files of other kinds: the sentence names what it is and says what would be right."""

from __future__ import annotations

import gzip
import struct
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from diffviz.images import PictureError, formats, load_picture

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='4' height='4'/>"
UTF_16 = b"\xff\xfe" + '<?xml version="1.0"?><svg/>'.encode("utf-16-le")


def iso(*brands: bytes) -> bytes:
    return struct.pack(">I4s4sI", 16 + 4 * len(brands[1:]), b"ftyp", brands[0], 0) + b"".join(brands[1:]) + bytes(200)


def refused(path: Path) -> str:
    with pytest.raises(PictureError) as caught:
        load_picture(path)
    message = str(caught.value)
    assert message.startswith(f"{path.name}: ") and "\n" not in message and message.endswith(".")
    assert message.count(". ") == 0 and message.count(";") == 1
    return message


@pytest.mark.parametrize("data, word", [
    (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40), "JPEG 2000"),
    (b"\xff\x4f\xff\x51" + bytes(40), "JPEG 2000"),
    (SVG, "SVG"),
    (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!--" + b" made by a program" * 99 + b"-->\n" + SVG, "SVG"),
    (b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x.dtd'>\n" + SVG, "SVG"),
    (UTF_16, "SVG"),
    (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(40), "JPEG XL"),
    (b"\xff\x0a" + bytes(40), "JPEG XL"),
    (b"%PDF-1.4\n", "PDF"),
    (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
    (b"8BPS\0\1" + bytes(40), "Photoshop"),
    (b"gimp xcf v011\0", "GIMP"),
    (iso(b"crx ", b"crx ", b"isom"), "raw file"),
    (b"II*\0\x10\0\0\0CR\x02\0" + bytes(60), "raw file"),
    (b"FUJIFILMCCD-RAW 0201", "raw file"),
    (b"IIRO\x08\0\0\0", "raw file"),
    (b"IIU\0\x18\0\0\0", "raw file"),
    (iso(b"isom", b"isom", b"mp41"), "video"),
    (iso(b"qt  "), "video"),
    (b"\x1aE\xdf\xa3" + bytes(40), "video"),
    (b"RIFF\0\1\0\0AVI LIST", "video"),
    (b"RIFF\0\1\0\0WAVEfmt ", "sound"),
    (b"v/1\x01" + bytes(40), "OpenEXR"),
    (b"SIMPLE  =                    T", "FITS"),
    (bytes(128) + b"DICM", "DICOM"),
    (b"\x93NUMPY\1\0", "NumPy"),
    (b"PK\3\4" + bytes(40), "archive"),
    (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
    (b"<!-- " + b"x" * 9000 + b" -->" + SVG, "SVG"),
    (gzip.compress(SVG, mtime=0), "SVG"),
    (gzip.compress(b"x,y", mtime=0), "archive"),
    (b"PF\n2 2\n-1.0\n" + bytes(48), "PFM"),
    (b"P7\nWIDTH 2\n", "PAM"),
    (b"x,y\n0.5,0.25\n0.1,0.9\n", "is not a picture"),
])  # fmt: skip
def test_the_sentence_names_the_format_whatever_the_suffix(tmp_path: Path, data: bytes, word: str) -> None:
    (tmp_path / "a.png").write_bytes(data)
    assert word in refused(tmp_path / "a.png")


@pytest.mark.parametrize("mode, bits", [("JPEG2000", 8)])
def test_a_real_jpeg_2000(tmp_path: Path, mode: str, bits: int) -> None:
    try:
        Image.new("RGB", (16, 16)).save(tmp_path / "a.jp2", format=mode)
    except OSError:
        pytest.skip("this Pillow writes none")
    assert "JPEG 2000" in refused(tmp_path / "a.jp2")


HEICS = [(b"heic", b"mif1", b"heic"), (b"mif1", b"mif1", b"heic"), (b"heix",), (b"msf1", b"hevc")]


@pytest.mark.parametrize("brands", HEICS)
def test_heic_needs_a_package_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brands: tuple[bytes, ...]
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # not installed
    formats._heif_opens.cache_clear()
    (tmp_path / "IMG_1.heic").write_bytes(iso(*brands))
    message = refused(tmp_path / "IMG_1.heic")
    assert "HEIC" in message and "pillow-heif" in message and "JPEG" in message
    formats._heif_opens.cache_clear()


def test_heic_opens_where_the_package_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for pillow-heif, which need not be installed: it registers a plugin for the format HEIF."""
    from PIL import ImageFile

    class Plugin(ImageFile.ImageFile):
        format = "HEIF"

        def _open(self) -> None:
            self._mode, self._size = "RGB", (2, 2)
            self.tile = []

        def load(self) -> object:
            self.im = Image.new("RGB", (2, 2), (9, 8, 7)).im
            return super(ImageFile.ImageFile, self).load()

    def register_heif_opener(thumbnails: bool) -> None:
        Image.register_open("HEIF", Plugin, lambda head: head[4:8] == b"ftyp")

    package = types.ModuleType("pillow_heif")
    package.register_heif_opener = register_heif_opener  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pillow_heif", package)
    monkeypatch.setattr(Image, "ID", list(Image.ID))
    monkeypatch.setattr(Image, "OPEN", dict(Image.OPEN))
    formats._heif_opens.cache_clear()
    (tmp_path / "a.heic").write_bytes(iso(b"heic", b"mif1"))
    assert np.all(load_picture(tmp_path / "a.heic") == (9, 8, 7))
    formats._heif_opens.cache_clear()


def test_a_real_heic(tmp_path: Path) -> None:
    package = pytest.importorskip("pillow_heif")
    package.from_pillow(Image.new("RGB", (64, 48), (200, 30, 30))).save(tmp_path / "a.heic", quality=90)
    picture = load_picture(tmp_path / "a.heic")
    assert picture.shape == (48, 64, 3) and np.abs(picture[20, 20].astype(int) - (200, 30, 30)).max() < 12


def test_avif_where_pillow_lacks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_shipped", lambda: ("PNG", "JPEG"))
    (tmp_path / "a.avif").write_bytes(iso(b"avif", b"mif1", b"miaf"))
    message = refused(tmp_path / "a.avif")
    assert "AVIF" in message and "update Pillow" in message


@pytest.mark.parametrize("tags", [{50706: b"\1\4\0\0"}, {254: 1, 330: 8}])
def test_a_raw_file_that_begins_as_a_tiff_does_not_pass_its_preview_off(tmp_path: Path, tags: dict) -> None:
    from PIL import TiffImagePlugin

    kinds = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in tags.items():
        kinds[tag] = value
        kinds.tagtype[tag] = 1 if tag == 50706 else 4
    Image.new("RGB", (16, 16)).save(tmp_path / "a.dng", format="TIFF", tiffinfo=kinds)
    assert "raw file" in refused(tmp_path / "a.dng")


def test_a_kind_of_tiff_that_is_not_read_is_not_called_another_format(tmp_path: Path) -> None:
    Image.new("F", (4, 4)).save(tmp_path / "a.tif")
    data = (tmp_path / "a.tif").read_bytes()
    tag = struct.pack("<HHIH", 258, 3, 1, 32)
    assert data.count(tag) == 1
    (tmp_path / "a.tif").write_bytes(data.replace(tag, struct.pack("<HHIH", 258, 3, 1, 24)))
    assert "TIFF of a kind" in refused(tmp_path / "a.tif")
