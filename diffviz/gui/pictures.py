"""The shelf: what was opened, by where it comes from; files are read in a thread of their own."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, Qt, Signal

from diffviz import catalog
from diffviz.bounded import Refusal
from diffviz.files import display_name
from diffviz.kinds import HEAD, KINDS, Datum, kind_of
from diffviz.kinds.points import EMPTY_PLANE
from diffviz.scene import DataSpec

KEEP_BYTES = 128 * 2**20
RECENT = 8


class PictureShelf(QObject):
    """What was opened, by its kind and source: ``builtin:NAME``, ``path:FILE`` or ``sha256:HEX``.

    Signals (in the GUI thread): ``ready(DataSpec, Datum, opening)``; ``refused(DataSpec, sentence, opening)``; opening
    is True where the person asked for it, False where a scene did.
    """

    ready = Signal(object, object, bool)
    refused = Signal(object, str, bool)
    _read = Signal(object, object, bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[DataSpec, Datum] = OrderedDict()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="diffviz-pictures")
        self._waiting = 0
        self.recent: list[str] = []
        self._read.connect(self._arrived, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        return self._waiting > 0

    def fetch(self, data: DataSpec, opening: bool = False) -> None:
        """Ask for something. ``opening`` reads a file anew: it may have changed."""
        kept = self.kept(data)
        if kept is not None and not (opening and data.source.startswith("path:")):
            self.ready.emit(data, kept, opening)
            return
        self._waiting += 1
        self._pool.submit(self._work, data, None, opening)

    def put_bytes(self, kind: str, content: bytes, name: str, opening: bool) -> None:
        """A pasted file, or the embedded one of a scene; its source is made of what it holds."""
        self._waiting += 1
        self._pool.submit(self._work, DataSpec(kind, ""), (content, name), opening)

    def keep(self, data: DataSpec, datum: Datum) -> None:
        """Put something on the shelf; the oldest fall off when it is full."""
        self._kept[data] = datum
        self._kept.move_to_end(data)
        while len(self._kept) > 1 and sum(each.array.nbytes for each in self._kept.values()) > KEEP_BYTES:
            self._kept.popitem(last=False)

    def kept(self, data: DataSpec) -> Datum | None:
        """What is on the shelf, without asking for it."""
        return EMPTY_PLANE if data.empty else self._kept.get(data)

    def clouds(self, models: Iterable[str]) -> dict[str, Datum]:
        """By the name of a model ("exact:sha256:HEX") what was drawn or pasted that it is of, as far as it is kept."""
        kept = {f"exact:{data.source}": datum for data, datum in self._kept.items() if catalog.KINDS[data.kind].cloud}
        return {name: kept[name] for name in models if name in kept}

    def take_cloud(self, content: bytes) -> None:
        """Points of a model of an opened scene, at once: it is loaded next, and says where they are not kept."""
        kind = kind_of(content[:HEAD])
        if kind is not None and catalog.KINDS[kind.name].cloud:
            with contextlib.suppress(Refusal):
                datum = kind.decoded(content, "points")
                self.keep(DataSpec(kind.name, f"sha256:{kind.digest(datum.array)}"), datum)

    def note_recent(self, path: str) -> None:
        """Put a file at the head of the recent ones."""
        self.recent = [path, *(p for p in self.recent if p != path)][:RECENT]

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, data: DataSpec, content: tuple[bytes, str] | None, opening: bool) -> None:
        kind, result = KINDS[data.kind], None
        try:
            if content is not None:
                result = kind.decoded(*content)
                data = DataSpec(data.kind, f"sha256:{kind.digest(result.array)}")
            elif not data.source.startswith("sha256:"):  # which is on the shelf when those before it are, or nowhere
                result = kind.read(data.source)
        except Refusal as error:
            self._read.emit(data, str(error), opening)
            return
        except Exception as error:  # a fault of ours must not leave the window waiting
            another = f"other {data.kind}" if data.kind.endswith("s") else f"another {data.kind}"
            sentence = f"{display_name(data.source)}: could not be read ({error}); choose {another}."
            self._read.emit(data, sentence, opening)
            return
        self._read.emit(data, result, opening)

    def _arrived(self, data: DataSpec, result: object, opening: bool) -> None:
        self._waiting -= 1
        if result is None:
            many = data.kind.endswith("s")
            lost = (
                f"These {data.kind} are no longer kept; open their scene."
                if many
                else f"This {data.kind} is no longer kept; open its scene, or paste it again."
            )
            result = self._kept.get(data, lost)
        if isinstance(result, str):
            self.refused.emit(data, result, opening)
            return
        self.keep(data, result)  # type: ignore[arg-type]
        self.ready.emit(data, result, opening)
