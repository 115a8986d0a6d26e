"""PictureDesk: pictures that were asked for, and what the window shows when they come or are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diffviz import catalog
from diffviz.gui.panels.message_bar import CLIPBOARD
from diffviz.scene import DataSpec

if TYPE_CHECKING:
    from diffviz.gui.controller import Controller
    from diffviz.images import Picture

REFUSED = "refused"  # the topic of files that could not be opened


class PictureDesk:
    """Between the shelf, which reads pictures, and the scene."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        controller.shelf.ready.connect(self._ready)
        controller.shelf.refused.connect(self._refused)

    def open_source(self, source: str) -> None:
        """Open a picture; the scene changes when it could be read."""
        self._controller.shelf.fetch(source, opening=True)
        self._controller.state_changed.emit()

    def open_bytes(self, data: bytes, name: str) -> None:
        """Open a pasted picture."""
        self._controller.shelf.put_bytes(data, name, opening=True)
        self._controller.state_changed.emit()

    def _ready(self, source: str, picture: Picture, opening: bool) -> None:
        controller = self._controller
        if opening:
            for topic in ("picture", REFUSED, CLIPBOARD):
                controller.bar.clear_topic(topic)
            if picture.note:
                controller.bar.show_message(
                    picture.note, "info", topic="picture", holds=lambda s: s.scene.data.source == source
                )
            controller.store.begin_gesture()  # the way there and the picture are one step of undo
            if not self._wanted_in_laboratory():
                controller.set_direction("forward")  # where x_0 is seen
            if source.startswith("path:"):
                controller.shelf.note_recent(source.removeprefix("path:"))
            controller.view.viewport.fit()
            if source != controller.scene.data.source:
                # a chain from the picture before is no chain of this one
                changes: dict[str, Any] = {"start": 0, "history": ()} if controller.scene.start else {}
                controller.store.edit(data=DataSpec(source=source), **changes)  # which fetches it from the shelf
                controller.store.end_gesture()
                return
            controller.store.end_gesture()
        if source != controller.scene.data.source:
            return  # the scene has moved on
        controller.forward.set_picture(source, picture)
        if controller.scene.direction == "forward":
            controller.forward.show(controller.scene)
        elif controller.in_laboratory:
            controller.laboratory.show_card()
        controller.show_now()

    def _wanted_in_laboratory(self) -> bool:
        """Whether the person is at an experiment that begins with the picture."""
        spec = self._controller.scene.experiment
        return self._controller.in_laboratory and catalog.begins_with_picture(spec.name, spec.params)

    def _refused(self, source: str, sentence: str, opening: bool) -> None:
        controller = self._controller
        controller.bar.show_refused(sentence, ("Open another…", controller.actions["open"].trigger), REFUSED)
        if not opening and source == controller.scene.data.source:  # a scene's picture is gone: keep the one shown
            kept = controller.forward.source or DataSpec().source
            controller.store.edit(data=DataSpec(source=kept), undo=False)
        controller.state_changed.emit()
