"""FolderRow: whether the chain runs as the model's folder says, and the way back to that."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from diffviz.gui.panels.controls import label, named
from diffviz.gui.panels.layouts import filled
from diffviz.gui.theme import wrapped
from diffviz.sampling import Sampling
from diffviz.scene import Scene


class FolderRow(QWidget):
    """Words under the sampler's settings, and one button. ``button.clicked``: the person wants the folder's own."""

    def __init__(self) -> None:
        super().__init__()
        self.words = named(label("", "small", wraps=True), "folder_says_label")
        self.words.setTextFormat(Qt.TextFormat.PlainText)  # some of it was written by a stranger
        self.button = named(QPushButton("As it says"), "folder_says_button", spoken="as the folder says", by_tab=True)
        self._locked, self._said, self._read = "", False, True
        row = filled(QHBoxLayout(self), margins=(0, 0, 0, 0), spacing=6)
        row.addWidget(self.words, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)

    def show_settings(self, scene: Scene, said: Sampling | None) -> None:
        """``said``: of the model that is loaded; None where no folder says anything."""
        self._said = said is not None
        self.setVisible(self._said and self._read)
        if said is None:
            return
        sampler, agrees = scene.sampler, scene.model.clip == "own" and scene.sampler.agrees(said)
        own = said.words(sampler.name)
        lost = "".join(f"\nnot taken: {each}" for each in said.not_taken(sampler.name))
        self.words.setText(("as the folder says" if agrees else f"the folder says {own}") + lost)
        self.words.setToolTip(wrapped(f"The model's scheduler_config.json says {own}, and how x̂_0 is clipped{lost}"))
        self.button.setVisible(not agrees)
        self._show_locked()

    def show_read(self, read: bool) -> None:
        """``read``: whether something that the folder says about sampling is seen; else this row says nothing."""
        self._read = read
        self.setVisible(self._said and read)

    def set_locked(self, reason: str) -> None:
        """Disable with a reason, or enable with ""."""
        self._locked = reason
        self._show_locked()

    def _show_locked(self) -> None:
        self.button.setEnabled(not self._locked)
        self.button.setToolTip(self._locked or "Back to the sampling settings of the model's folder")
