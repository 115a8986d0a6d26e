"""What ships with diffviz: pictures, fonts, icons, models, each with its licence."""

from __future__ import annotations

import json
import unicodedata
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from diffviz.assets import asset, assets_dir, builtin_images, builtin_models
from diffviz.images import load_picture
from diffviz.kinds import KINDS, PICTURE
from diffviz.scene import Scene

ICONS = sorted(asset("icons").glob("*.svg"))
# the signs of formulas, labels and messages; x̂ and ε̂ are letters with a combining sign
GLYPHS = "√ᾱαβεσηλθμτ·×≈=≠≤≥±−–—…∞∑Σ‖²½→←↑↓₀₁₂₃₄₅₆₇₈₉ₜₛₓ₊₋ₚ\u0302\u0303\u0304“”’°●○◇▶"


def test_the_assets_of_a_checkout_win() -> None:
    assert assets_dir() == Path(__file__).resolve().parents[1] / "assets"


def test_sample_pictures() -> None:
    assert builtin_images() == ["astronaut", "cat", "coffee", "rocket"]
    licences = asset("images", "LICENSES.md").read_text(encoding="utf-8")
    for name in builtin_images():
        picture = load_picture(asset("images", f"{name}.png"))
        assert picture.shape == (256, 256, 3)
        assert picture.std() > 30, "a picture, not a flat colour"
        assert f"`{name}.png`" in licences
    assert Scene().data.source.removeprefix("builtin:") in builtin_images()


@pytest.mark.parametrize("font", ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"])
def test_fonts_have_every_sign(font: str) -> None:
    loaded = ImageFont.truetype(asset("fonts", font), 40, layout_engine=ImageFont.Layout.BASIC)
    # a private-use sign has no glyph: what is drawn for it is what a missing one looks like
    missing = np.asarray(loaded.getmask("\uf8f0"))
    signs = {*GLYPHS, *unicodedata.normalize("NFC", "α\u0304"), *(chr(code) for code in range(0x20, 0x7F))} - {" "}
    for sign in sorted(signs):
        drawn = loaded.getmask(sign)
        assert drawn.getbbox() is not None, f"{sign!r} is invisible"
        assert not np.array_equal(np.asarray(drawn), missing), f"{sign!r} U+{ord(sign):04X} is missing"
    assert "Bitstream" in asset("fonts", "LICENSE.txt").read_text(encoding="utf-8")


def test_icons_are_one_set() -> None:
    names = {path.stem for path in ICONS}
    assert names >= {
        "open", "paste", "image", "save", "undo", "redo", "play", "pause", "step-back", "step-forward", "skip-start",
        "skip-end", "loop", "once", "back-and-forth", "dice", "export", "stop", "generate", "denoise", "live", "fit",
        "one-to-one", "fullscreen", "close", "info", "warning", "error", "chevron-up", "chevron-down", "chevron-right",
        "folder", "more", "grid", "plus", "minus", "check", "copy", "lock", "sun", "moon", "diffviz",
    }  # fmt: skip
    assert asset("icons", "LICENSE.md").is_file()


@pytest.mark.parametrize("path", ICONS, ids=lambda path: path.stem)
def test_an_icon_is_drawn_with_what_qt_draws(path: Path) -> None:
    """SVG Tiny: no style sheets, scripts, pictures, links or text; recolourable unless it has its own colours."""
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    tags = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in root.iter()}
    assert tags <= {"svg", "g", "path", "rect", "circle", "line", "polyline", "polygon", "ellipse"}
    assert root.get("viewBox") is not None
    if root.get("stroke") == "#000":
        assert root.get("viewBox") == "0 0 24 24" and root.get("stroke-width") == "2"
        colours = {element.get(key) for element in root.iter() for key in ("fill", "stroke")} - {None}
        assert colours <= {"#000", "none"}


def test_icons_render(qapp: object) -> None:
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    drawn = {}
    for path in ICONS:
        image = QImage(24, 24, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        QSvgRenderer(str(path)).render(painter)
        painter.end()
        drawn[path.stem] = bytes(image.constBits())
        assert any(drawn[path.stem]), f"{path.stem} is empty"
    own = [name for name in drawn if "#000" in asset("icons", f"{name}.svg").read_text(encoding="utf-8")]
    assert len({drawn[name] for name in own}) == len(own), "two icons look the same"


def test_models_ship_with_a_card() -> None:
    assert Scene().model.name == PICTURE.models[0]
    assert sorted(name for kind in KINDS.values() for name in kind.models) == builtin_models()
    for name in builtin_models():
        folder = asset("models", name)
        assert (folder / "README.md").is_file()
        assert json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
        assert not [path for path in folder.rglob("*") if path.suffix in (".bin", ".pt", ".ckpt", ".pkl")]
