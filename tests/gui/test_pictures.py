"""The shelf of pictures: the newest are kept, the oldest fall off when it is full."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QObject

from diffviz.gui import pictures
from diffviz.gui.pictures import PictureShelf
from diffviz.images import Picture
from diffviz.scene import DataSpec

SIDE = 10
BYTES = SIDE * SIDE * 3


def picture(value: int, side: int = SIDE) -> Picture:
    return Picture(np.full((side, side, 3), value, np.uint8), "")


def pasted(name: str) -> DataSpec:
    return DataSpec(source=f"sha256:{name}")


@pytest.fixture
def shelf(qapp: QCoreApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[PictureShelf]:
    """A shelf with room for three pictures of 10x10."""
    monkeypatch.setattr(pictures, "KEEP_BYTES", 3 * BYTES)
    owner = QObject()
    shelf = PictureShelf(owner)
    yield shelf
    shelf.close()


def kept(shelf: PictureShelf) -> str:
    """Those of "abcd" that the shelf has; of others it says later that they must be pasted again."""
    heard: list[str] = []
    connection = shelf.ready.connect(lambda data, *_: heard.append(data.source))
    for name in "abcd":
        shelf.fetch(pasted(name))
    shelf.ready.disconnect(connection)
    return "".join(source[-1] for source in heard)


def test_the_oldest_falls_off_when_it_is_full(shelf: PictureShelf) -> None:
    for k, name in enumerate("abc"):
        shelf.keep(pasted(name), picture(k))
    assert kept(shelf) == "abc"
    shelf.keep(pasted("d"), picture(3))
    assert kept(shelf) == "bcd"


def test_what_is_put_there_again_is_the_newest(shelf: PictureShelf) -> None:
    for k, name in enumerate("abcad"):
        shelf.keep(pasted(name), picture(k))
    assert kept(shelf) == "acd"


def test_one_that_is_too_large_is_kept_alone(shelf: PictureShelf) -> None:
    shelf.keep(pasted("a"), picture(0))
    shelf.keep(pasted("b"), picture(1, 4 * SIDE))
    assert kept(shelf) == "b"
