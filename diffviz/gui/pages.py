"""Pages: "Add noise", "Remove noise" and the laboratory, each with the t at which it was left."""

from __future__ import annotations

from diffviz.gui.chains import Chains
from diffviz.scene import Scene
from diffviz.session.store import Store


class Pages:
    """Goes from page to page: forward | reverse | laboratory."""

    def __init__(self, store: Store, chains: Chains) -> None:
        self._store, self._chains = store, chains

    def go(self, page: str) -> None:
        """Show a page."""
        self._store.set(self.at(self._store.scene, page))

    def at(self, scene: Scene, page: str) -> Scene:
        """The scene on that page."""
        there = scene.on(page)
        if there.forward is scene.forward:
            return there
        level = self._chains.level
        back = min(scene.view.forward_t, scene.schedule.T)
        return there.replace(t=back if there.forward else scene.t if level is None else round(level))
