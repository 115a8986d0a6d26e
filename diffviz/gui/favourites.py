"""FavouriteDesk: samples that were marked, to be found again as chains of their own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from PySide6.QtWidgets import QMenu

from diffviz import catalog
from diffviz.gui.shared import Shared
from diffviz.gui.theme import literal
from diffviz.scene import MAX_FAVOURITES, DataSpec, Favourite
from diffviz.session.provenance import sampler_of


class FavouriteDesk:
    """Marks samples, lists them, and runs the chain of one again."""

    def __init__(self, shared: Shared, pointed: Callable[[], int | None]) -> None:
        self._store, self._notices, self._mark = shared.store, shared.notices, shared.actions["favourite"]
        self._jobs, self._chains, self._pointed = shared.jobs, shared.chains, pointed
        self._run_again, self._models, self._shelf = shared.generating.run_again, shared.models, shared.shelf
        self._reading: tuple[DataSpec, Favourite, int] | None = None  # what one began with, that one, and ``loaded``
        self._shelf.ready.connect(self._read)
        self._shelf.refused.connect(self._refused)
        self.menu = QMenu("Favourites", shared.side, toolTipsVisible=True)
        self.menu.aboutToShow.connect(self.fill)
        self.fill()
        self._mark.triggered.connect(lambda _=False: self.mark())

    def mark(self) -> None:
        """Mark the sample shown, or the one under the cursor; once more takes the mark away."""
        run, scene = self._chains.run, self._store.scene
        k = run.chosen if run.chosen is not None else self._pointed()
        if not run.states or k is None:
            text = (
                "Point at a sample, or open it, and mark it then." if run.states else "There is no sample to mark yet."
            )
            then = self._store.session
            self._notices.show_message(
                text,
                "info",
                holds=lambda s: (s.run, s.scene.favourites, s.page) == (then.run, scene.favourites, then.page),
            )
            return
        favourite = run.favourite(k)
        kept = tuple(known for known in scene.favourites if known != favourite)
        if len(kept) == len(scene.favourites):
            if len(kept) >= MAX_FAVOURITES:
                text = f"There are {MAX_FAVOURITES} favourites already; take a mark away first."
                self._notices.show_message(text, holds=lambda s: len(s.scene.favourites) >= MAX_FAVOURITES)
                return
            kept = (*kept, favourite)
        self._store.edit(favourites=kept)

    def open(self, favourite: Favourite, loaded: int = -1) -> None:
        """Run the chain of a favourite, a single sample, with all that it went through and what it began with.

        ``loaded``: of undo's steps the one that its network was loaded for it: both are one, if none came after it.
        """
        scene = self._store.scene
        if self._jobs.refused():
            return
        models, name = self._models, favourite.model.name
        if not models.state.ready or name != scene.model.name:
            asked = models.wanted == name  # by the person, who chose it: a step of its own
            (models.want if models.loading else models.load)(name)
            models.when_loaded(lambda: self._open_of(name, favourite, asked))
            return
        data = scene.data
        if favourite.picture not in ("", data.source):
            data = DataSpec(models.state.kind, favourite.picture)
            if self._shelf.kept(data) is None:
                self._reading = data, favourite, loaded
                self._shelf.fetch(data)
                return
        names = [item.name for item in dataclasses.fields(favourite) if item.name != "picture"]
        fields = {name: getattr(favourite, name) for name in names}
        steps = self._store.steps
        self._run_again(scene.replace(direction="reverse", count=1, class_rows=False, data=data, **fields))
        if loaded == steps < self._store.steps:
            self._store.join()

    def _read(self, data: DataSpec, *_: object) -> None:
        reading, self._reading = self._reading, None
        if reading is not None and reading[0] == data:
            self.open(*reading[1:])

    def _refused(self, data: DataSpec, sentence: str, opening: bool) -> None:
        reading, self._reading = self._reading, None
        if reading is not None and reading[0] == data:
            text, scene = f"The favourite cannot begin as it did. {sentence}", self._store.scene
            self._notices.show_message(text, topic="chain", holds=lambda s: s.scene == scene)

    def _open_of(self, name: str, favourite: Favourite, asked: bool) -> None:
        if self._store.scene.model.name == name:  # else its folder is called otherwise now
            led = not asked and self._store.led_from().model.name != name
            self.open(favourite, self._store.steps if led else -1)

    def fill(self) -> None:
        """The list, when the menu opens."""
        self.menu.clear()
        self.menu.addAction(self._mark)
        self.menu.addSeparator()
        for favourite in self._store.scene.favourites:
            action = self.menu.addAction(literal(name_of(favourite, self._store.scene.model.name)))
            action.setToolTip("Run this sample's chain again")
            action.triggered.connect(lambda _=False, favourite=favourite: self.open(favourite))
        if not self._store.scene.favourites:
            self.menu.addAction("No favourites yet").setEnabled(False)
            return
        self.menu.addSeparator()
        self.menu.addAction("Forget all favourites").triggered.connect(lambda _=False: self._store.edit(favourites=()))


def name_of(favourite: Favourite, model: str) -> str:
    """A favourite in a menu; it says its network where that is another one than ``model``."""
    own = favourite.model.name
    parts = [] if own == model else [catalog.model_name(own)]
    parts += [f"seed {favourite.seed}", favourite.model.asked]
    parts.append(f"{sampler_of(favourite)} {favourite.sampler.steps}")
    if favourite.model.guidance != 1:
        parts.append(f"w {favourite.model.guidance:g}")
    if favourite.noise >= 0:
        parts.append(f"noise {favourite.noise}")
    if favourite.start:
        parts.append(f"from the picture at t = {favourite.start}")
    if favourite.history:
        changes = len(favourite.history)
        parts.append(f"{changes} change{'s' if changes > 1 else ''} on its way")
    return "★  " + "  ·  ".join(parts)
