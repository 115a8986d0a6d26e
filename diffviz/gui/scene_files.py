"""SceneFiles: what is set and what made the chain shown, into a file with or without the picture, and out again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog

from diffviz.catalog import model_name
from diffviz.checks import SceneError
from diffviz.files import display_name, suffix_of
from diffviz.gui.models import leans_on_data, own_model_of
from diffviz.gui.panels.message_bar import REFUSED
from diffviz.gui.picture_desk import Expected
from diffviz.gui.saving import free_to_write, written
from diffviz.gui.shared import Shared
from diffviz.kinds import KINDS, POINTS
from diffviz.scene import DataSpec, Scene
from diffviz.scene_file import Saved, read_scene, save_scene
from diffviz.session.provenance import changed_settings, made_with, settings_of, shortened

WITH, WITHOUT, PLAIN = (
    "diffviz scene, picture included (*.json *.diffviz)",
    "diffviz scene, picture by its path (*.json *.diffviz)",
    "diffviz scene (*.json *.diffviz)",
)
SUFFIXES = (".json", ".diffviz")
SMALL_BYTES = 5_000_000  # pictures below are included unless the person chooses otherwise


class SceneFiles:
    """Saves and opens scenes."""

    def __init__(self, shared: Shared) -> None:
        self._window, self._store, self._notices = shared.window, shared.store, shared.notices
        self._actions, self._chains, self._view = shared.actions, shared.chains, shared.view
        self._pictures, self._shelf, self._folder = shared.pictures, shared.shelf, shared.folder
        self._show = shared.open_scene

    # -- in

    def open(self, path: str) -> bool:
        """Read a scene and show it; the one on screen stays where it is refused. Whether it was read."""
        try:
            saved = read_scene(path)
        except SceneError as error:
            self._notices.show_refused(str(error), self._actions["open_scene"].trigger)
            return False
        self._notices.clear_topic(REFUSED)
        self._folder.note(path)
        self.show(saved, Path(path).name)
        return True

    def show(self, saved: Saved, name: str) -> None:
        """Show what a file of that name held."""
        data = saved.scene.data
        if data.source.startswith("sha256:"):
            if saved.picture is not None:  # the scene asks for it by its content
                self._shelf.put_bytes(data.kind, saved.picture, display_name(saved.name or name), opening=False)
        elif saved.sha256:
            self._pictures.expect(data, Expected(saved.sha256, saved.picture, name))
        for cloud in saved.clouds:
            self._shelf.take_cloud(cloud)
        if saved.mask is not None:
            self._shelf.put_bytes("picture", saved.mask, "the mask", opening=False)
        made = saved.made and saved.made.replace(data=data)
        self._store.update(saved=made)
        self._show(saved.scene)
        if saved.made is not None and not saved.scene.forward:
            self._say_made(saved.made)

    def _say_made(self, made: Scene) -> None:
        """Which settings Generate runs, where they are not those that made the saved chain."""
        bar, words = self._notices, shortened(made_with(made, model_name(made.model.name)))
        opened = self._store.scene

        def shown(scene: Scene) -> bool:
            """Whether this is that scene still, with whatever was set since, and not another by undo."""
            return (scene.data, scene.model.name) == (opened.data, opened.model.name)

        if changed_settings(made, opened):
            bar.show_message(
                f"The chain of this scene was made with {words}; Generate runs what is set now.",
                "info",
                ("The chain's settings", lambda: self._store.edit(**settings_of(made))),
                topic="made",
                holds=lambda s: not s.run.there and shown(s.scene) and bool(changed_settings(made, s.scene)),
            )
        elif made.history or made.start:
            bar.show_message(
                f"The chain of this scene was {words}: its history runs it again, Generate begins with pure noise.",
                "info",
                ("Run the history again", self._actions["repeat"].trigger),
                topic="made",
                holds=lambda s: not s.run.there and s.again is not None and not s.changes,
            )

    # -- out

    def ask_save(self) -> None:
        """A save dialog whose kinds of file say whether the picture is included."""
        start, kinds = str(self._folder.at("scene.json")), self._kinds()
        path, kind = QFileDialog.getSaveFileName(self._window, "Save scene", start, ";;".join(kinds))
        if not path:
            return
        full = path if suffix_of(path) in SUFFIXES else f"{path}.json"
        if free_to_write(path, full, self._notices):
            self.write(full, (kind if kind in kinds else kinds[0]) == self._told(WITH))

    def _kinds(self) -> tuple[str, ...]:
        """What the dialog offers, the usual one first."""
        source, picture = self._store.scene.data.source, self._view.picture
        with_it, without = self._told(WITH), self._told(WITHOUT)
        if picture is None or not source.startswith("path:"):
            return (with_it,) if source.startswith("sha256:") else (PLAIN,)
        small = picture.nbytes < SMALL_BYTES or len(self._encoded() or b"") < SMALL_BYTES
        return (with_it, without) if small else (without, with_it)

    def _told(self, words: str) -> str:
        """Of the kind that is open."""
        return KINDS[self._store.scene.data.kind].told(words)

    def write(self, path: str, include: bool) -> None:
        """Save what is set and what made the chain; say that it is there, or why not."""
        written(self._notices, path, lambda: self.save(path, include))

    def save(self, path: str, include: bool, **more: str) -> None:
        """The same, without a word, with ``more`` keys; OSError where it fails."""
        scene, run = self._store.scene, self._chains.run
        shown = self._view.picture if self._view.data == scene.data else None
        sha256 = "" if shown is None else KINDS[scene.data.kind].digest(shown)
        name = self._view.name if shown is not None and scene.data.source.startswith("sha256:") else ""
        parted = run.parents[-1] if run.fan and run.parents else run  # futures part from a chain, which made them
        made = parted.scene if parted.states and not parted.fan else None
        if made is not None and made.data != scene.data and leans_on_data(made):
            made = None  # of data that are not in the file
        extra = dict(scene.extra)
        if made is None and (run.states or _model_of(extra.get("made")) != scene.model.name):
            extra.pop("made", None)  # of the scene that was opened before
        scene = scene.replace(extra={**extra, **more})
        mask = self._shelf.kept(DataSpec(source=scene.inpaint.mask)) if scene.inpaint.mask else None
        encoded = None if mask is None else KINDS["picture"].encoded(mask.array)
        models = {run.model.name for run in scene.experiment.runs} | {scene.model.name}
        of = self._shelf.clouds(sorted(models - {own_model_of(scene.data)}))
        clouds = [POINTS.encoded(datum.array) for datum in of.values()]
        save_scene(scene, path, self._encoded() if include else None, made, sha256, encoded, name, clouds)

    def _encoded(self) -> bytes | None:
        picture = self._view.picture
        return None if picture is None else KINDS[self._store.scene.data.kind].encoded(picture)


def _model_of(made: Any) -> str:
    """The name of the model that an opened scene says to have been made with."""
    model = made.get("model") if isinstance(made, dict) else None
    return str(model.get("name", "")) if isinstance(model, dict) else ""
