"""BlendRow: a second prompt is asked for, and once it is there its share."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSlider, QWidget

from diffviz.gui.panels.controls import RealSpin, named, show_value
from diffviz.gui.panels.layouts import filled

TIP = (
    "What the network predicts of either prompt is mixed at each step, (1 − b) of the first and b of the second: of "
    "the predictions, not of the words (composable diffusion, Liu et al. 2022). b = 0 is the first alone, 1 the second"
)
PARTS = 100


class _Slider(QSlider):
    """The wheel scrolls the column that it stands in."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class BlendRow(QWidget):
    """Signals: ``asked()``: for a second prompt; ``chosen(share)``: of it, in 0..1."""

    asked = Signal()
    chosen = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.ask = named(QPushButton("Blend with…"), "blend_button", by_tab=True)
        spoken = "blend: share of the second prompt"
        self.slider = named(_Slider(Qt.Orientation.Horizontal), "blend_slider", spoken=spoken)
        self.slider.setRange(0, PARTS)
        self.slider.setPageStep(PARTS // 10)
        self.slider.setTracking(False)  # one step of undo for a drag
        self.slider.setMinimumWidth(40)
        self.share = named(RealSpin(), "blend_spin", spoken=spoken)
        self.share.setRange(0, 1)
        self.share.setSingleStep(0.05)
        filled(QHBoxLayout(self), self.ask, (self.slider, 1), self.share, margins=(0, 0, 0, 0), spacing=6)
        self.ask.clicked.connect(self.asked)
        self.slider.sliderMoved.connect(lambda part: show_value(self.share, part / PARTS))
        self.slider.valueChanged.connect(lambda part: self.chosen.emit(part / PARTS))
        self.share.valueChanged.connect(self.chosen)

    def show_blend(self, blended: bool, share: float) -> None:
        """Whether there is a second prompt, and its share."""
        self.ask.setVisible(not blended)
        self.slider.setVisible(blended)
        self.share.setVisible(blended)
        if not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setValue(round(share * PARTS))
            show_value(self.share, share)
