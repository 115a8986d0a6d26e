"""SoundCard: which of the three panels is heard, and a button to hear it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSizePolicy

from diffviz import catalog
from diffviz.gui.panels.controls import label
from diffviz.gui.panels.layouts import action_button, in_a_row
from diffviz.gui.panels.rows import Card
from diffviz.gui.panels.segments import Segments
from diffviz.gui.theme import X_HAT, drawn
from diffviz.scene import Scene

GAIN = "all is played at ¼ of full scale, at every t"
HEARD = {
    "forward": (("x_t", "xₜ"), ("x_0", "x₀"), ("eps", "ε")),
    "reverse": (("x_t", "xₜ"), ("x_0", f"{X_HAT}₀"), ("eps", "ε̂")),
}
TIP = (
    "Hear it at the slider's t, also while you drag or a chain runs; "
    "a click on a panel goes there in time, and hears that panel, of several samples that one"
)


class SoundCard(Card):
    """Seen where the panels show a sound. ``chosen(name)``: x_t, x_0 or eps."""

    chosen = Signal(str)

    def __init__(self, listen: QAction) -> None:
        super().__init__("Sound")
        self.setObjectName("sound_view")
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        self.button = action_button(listen, "play_sound_button", style, by_tab=True)
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.terms = {
            direction: Segments([(key, words, drawn(TIP)) for key, words in items], True, "what is heard")
            for direction, items in HEARD.items()
        }
        self.add_wide(in_a_row(*self.terms.values(), (self.button, 1), spacing=6))
        words = label(GAIN, "muted", wraps=True)
        self.add_wide(words)
        for segments in self.terms.values():
            segments.chosen.connect(self.chosen)
        self.hide()

    def show_scene(self, scene: Scene, seen_kind: str) -> None:
        """What is heard, where what is seen is a sound."""
        self.setVisible(catalog.KINDS[seen_kind].heard and not scene.laboratory)
        for direction, segments in self.terms.items():
            segments.setVisible(direction == scene.direction)
            segments.show_chosen(scene.view.heard)
