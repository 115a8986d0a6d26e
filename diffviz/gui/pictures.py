"""PictureShelf: reads pictures in a thread, keeps the newest ones, and knows the recent files."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from diffviz.assets import asset

if TYPE_CHECKING:
    from diffviz.images import Picture

KEEP_BYTES = 128 * 2**20
RECENT = 8


class PictureShelf(QObject):
    """Pictures by their source, ``builtin:NAME``, ``path:FILE`` or ``sha256:HEX``.

    Signals (in the GUI thread): ``ready(source, Picture, opening)``; ``refused(source, sentence, opening)``; opening is
    True where the person asked for the picture, False where a scene did.
    """

    ready = Signal(str, object, bool)
    refused = Signal(str, str, bool)
    _read = Signal(str, object, bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[str, Picture] = OrderedDict()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="diffviz-pictures")
        self._waiting = 0
        self.recent: list[str] = []
        self._read.connect(self._arrived, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        return self._waiting > 0

    def fetch(self, source: str, opening: bool = False) -> None:
        """Ask for a picture. ``opening`` reads a file anew: it may have changed."""
        kept = self._kept.get(source)
        if kept is not None and not (opening and source.startswith("path:")):
            self.ready.emit(source, kept, opening)
            return
        self._waiting += 1
        self._pool.submit(self._work, source, None, opening)

    def put_bytes(self, data: bytes, name: str, opening: bool) -> None:
        """A pasted picture, or the embedded one of a scene; its source is made of its content."""
        self._waiting += 1
        self._pool.submit(self._work, "", (data, name), opening)

    def keep(self, source: str, picture: Picture) -> None:
        """Put a picture on the shelf; the oldest ones fall off when it is full."""
        self._kept[source] = picture
        self._kept.move_to_end(source)
        while len(self._kept) > 1 and sum(p.array.nbytes for p in self._kept.values()) > KEEP_BYTES:
            self._kept.popitem(last=False)

    def note_recent(self, path: str) -> None:
        """Put a file at the head of the recent ones."""
        self.recent = [path, *(p for p in self.recent if p != path)][:RECENT]

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, source: str, content: tuple[bytes, str] | None, opening: bool) -> None:
        from diffviz.images import PictureError, picture_from_bytes, picture_hash, read_picture

        result: object
        try:
            if content is not None:
                result = picture_from_bytes(*content)
                source = f"sha256:{picture_hash(result.array)}"
            elif source.startswith("sha256:"):
                result = None  # on the shelf when those before it have arrived, or nowhere
            else:
                result = read_picture(source_path(source))
        except PictureError as error:
            result = str(error)
        except Exception as error:  # a fault of ours must not leave the window waiting
            result = f"{source}: could not be read ({error}); choose another picture."
        self._read.emit(source, result, opening)

    def _arrived(self, source: str, result: object, opening: bool) -> None:
        self._waiting -= 1
        if result is None:
            result = self._kept.get(source, "The pasted picture is no longer kept; paste it again, or open its scene.")
        if isinstance(result, str):
            self.refused.emit(source, result, opening)
            return
        self.keep(source, result)  # type: ignore[arg-type]
        self.ready.emit(source, result, opening)


def source_path(source: str) -> Path:
    """The file of a source."""
    kind, _, rest = source.partition(":")
    if kind == "builtin":
        return asset("images", f"{Path(rest).name}.png")
    return Path(rest)
