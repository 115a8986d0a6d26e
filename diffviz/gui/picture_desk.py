"""PictureDesk: pictures that were asked for, and what the window shows when they come or are refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from diffviz import catalog
from diffviz.files import display_name
from diffviz.gui.panels.message_bar import CLIPBOARD, REFUSED
from diffviz.gui.parts import Parts
from diffviz.kinds import KINDS, PICTURE, Datum
from diffviz.scene import DataSpec
from diffviz.session.signal import Signal
from diffviz.session.state import Session


@dataclass(frozen=True)
class Expected:
    """What an opened scene says of its picture: the hash of its pixels, a copy or None, and the scene's name."""

    sha256: str
    copy: bytes | None
    scene: str


class PictureDesk:
    """Between the shelf, which reads pictures, and the scene.

    Attributes:
        arrived: emits when the scene's picture is there.
        opened: whether it is there because the person opened it; else the scene is another one, which names its model.
    """

    def __init__(self, parts: Parts) -> None:
        self._store, self._notices = parts.store, parts.notices
        self._shelf, self._pages, self._view = parts.shelf, parts.pages, parts.view
        self._fit, self._ask = parts.equation.viewport.fit, parts.actions["open"]
        self._expected: dict[DataSpec, Expected] = {}  # of the scene opened last
        self._opening: DataSpec | None = None  # what the scene is asking for because the person opened it
        self.arrived, self.opened = Signal(), False
        self._shelf.ready.connect(self._ready)
        self._shelf.refused.connect(self._refused)
        self._store.changed.connect(self._scene_changed)

    def _scene_changed(self, old: Session, new: Session) -> None:
        if old.scene.data != new.scene.data:
            self._shelf.fetch(new.scene.data)

    def open(self, data: DataSpec) -> None:
        """Open a picture; the scene changes when it could be read."""
        self._shelf.fetch(data, opening=True)

    def count_as_opened(self, data: DataSpec) -> None:
        """The scene will ask for something that was made here, which its model does not know of."""
        self._opening = data

    def expect(self, data: DataSpec, expected: Expected) -> None:
        """A scene is being opened whose picture is to have these pixels."""
        self._expected = {data: expected}

    def _other(self, data: DataSpec, fault: str, expected: Expected) -> bool:
        """The picture is not what the scene was saved with: say so; whether the scene's copy takes its place."""
        name = display_name(data.source.partition(":")[2])
        if expected.copy is None:
            if fault:
                self._say(f"{name} {fault} since {expected.scene} was saved; it is shown as it is now.", data)
            return False
        # before the scene asks for it by its content
        self._shelf.put_bytes(data.kind, expected.copy, name, opening=False)
        copy = DataSpec(data.kind, f"sha256:{expected.sha256}")
        self._store.edit(data=copy, undo=False)
        self._say(f"{name} {fault or 'is gone'}; the copy in {expected.scene} is shown.", copy)
        return True

    def _say(self, text: str, data: DataSpec) -> None:
        self._notices.show_message(text, "info", topic="picture", holds=lambda s: s.scene.data == data)

    def open_bytes(self, content: bytes, name: str, kind: str = PICTURE.name) -> None:
        """Open what was pasted or made here."""
        self._shelf.put_bytes(kind, content, name, opening=True)

    def _ready(self, data: DataSpec, picture: Datum, opening: bool) -> None:
        if opening and self._opened(data, picture):
            return  # it comes again, as the scene's
        if data == self._store.scene.data:  # else the scene has moved on
            expected = None if opening else self._expected.pop(data, None)
            changed = expected is not None and KINDS[data.kind].digest(picture.array) != expected.sha256
            if expected is not None and changed and self._other(data, "has changed", expected):
                return
            kind, cloud = KINDS[data.kind], catalog.KINDS[data.kind].cloud
            self._store.update(points=kind.digest(picture.array) if cloud else "")
            self._view.set_picture(data, picture)
            self.opened = opening or self._opening == data
            self._opening = None
            self.arrived.emit()

    def _opened(self, data: DataSpec, picture: Datum) -> bool:
        """A picture that the person asked for; whether the scene changes with it."""
        scene = self._store.scene
        for topic in ("picture", REFUSED, CLIPBOARD):
            self._notices.clear_topic(topic)
        if picture.note:
            self._say(picture.note, data)
        if data.source.startswith("path:"):
            self._shelf.note_recent(data.source.removeprefix("path:"))
        another = data != scene.data
        if not self._wanted_where_it_is():
            scene = self._pages.at(scene, "forward")  # where x_0 is seen
        if another:
            # a chain from the picture before is no chain of this one, and its mask none of this one's
            changes: dict[str, Any] = {"inpaint": replace(scene.inpaint, mask="")}
            if scene.start:
                changes |= {"start": 0, "history": ()}
            if data.kind != scene.data.kind:
                own, lens = KINDS[scene.data.kind].lens, scene.view.lens
                lens = KINDS[data.kind].lens if lens == own else lens
                changes["view"] = replace(scene.view, lens=lens, point="")  # which names nothing of another kind
            scene, self._opening = scene.replace(data=data, **changes), data
        self._store.set(scene)  # which fetches it from the shelf
        self._fit()
        return another

    def _wanted_where_it_is(self) -> bool:
        """Whether the person is at an experiment that begins with the picture."""
        scene = self._store.scene
        spec = scene.experiment
        return scene.laboratory and catalog.begins_with_picture(spec.name, spec.params)

    def _refused(self, data: DataSpec, sentence: str, opening: bool) -> None:
        if not opening and data != self._store.scene.data:
            return  # the scene has moved on, to its own copy for example
        expected = None if opening else self._expected.pop(data, None)
        if expected is not None and self._other(data, "", expected):
            return
        self._notices.show_refused(sentence, self._ask.trigger)
        if not opening:  # a scene's picture is gone: keep the one shown
            self._store.edit(data=self._view.data or DataSpec(), undo=False)
