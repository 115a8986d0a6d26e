"""GuidanceRows: how guidance acts, shown where there is some, and how x̂_0 is clipped."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSignalBlocker, Signal

from diffviz import catalog
from diffviz.gui.panels.controls import Combo, RealSpin, WholeSpin, choose, named, show_value, tell_setting
from diffviz.gui.panels.rows import Card
from diffviz.gui.theme import X_HAT, wrapped
from diffviz.scene import MAX_T, ModelSpec

RESCALE_TIP = (
    "φ of guidance rescale (Lin et al. 2024): 0 is off, 1 gives the guided prediction the deviation of the "
    "conditional one; guidance makes pictures too bright, 0.7 is usual"
)
BETWEEN_TIP = (
    "Guidance acts at these t alone; elsewhere the conditional prediction stands, at half the work "
    "(Kynkäänniemi et al. 2024)"
)


class GuidanceRows(QObject):
    """Rows of the chain's card. ``setting_chosen``: see Options.take."""

    setting_chosen = Signal(str, object)

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        self._T, self._spec, self._clip_tip = 0, ModelSpec(), ""  # T: 0 until there is a model
        self._guides: bool | None = None
        self.rescale = named(RealSpin(minimum=0, maximum=1, singleStep=0.1), "rescale_spin")
        self.low, self.high = named(WholeSpin(), "guidance_low_spin"), named(WholeSpin(), "guidance_high_spin")
        self.clip = named(Combo(((entry.label, entry.name) for entry in catalog.CLIPS.values()), "own"), "clip_combo")
        self._guided = [card.add_row("rescale φ", self.rescale, RESCALE_TIP), self.rescale]
        self._between = [
            *(card.add_row("between t =", self.low, BETWEEN_TIP), self.low),
            *(card.add_row("and t =", self.high, BETWEEN_TIP), self.high),
        ]
        self._clip_name = card.add_row("clipping", self.clip)
        for control, name in ((self.rescale, "rescale"), (self.low, "guidance_low"), (self.clip, "clip")):
            tell_setting(control, f"model.{name}", self.setting_chosen)
        self.high.valueChanged.connect(self._say_high)

    def _say_high(self, t: int) -> None:
        """Up to T is up to the last level of any model."""
        self.setting_chosen.emit("model.guidance_high", MAX_T if t >= self._T else t)

    def show_spec(self, spec: ModelSpec, guides: bool | None = None) -> None:
        """The values of a scene; what belongs to guidance where w is not 1, or as ``guides`` says."""
        self._spec, self._guides = spec, guides
        guided = spec.guidance != 1 if guides is None else guides
        for widget in self._guided:
            widget.setVisible(guided)
        for widget in self._between:
            widget.setVisible(guided and self._T > 0)
        show_value(self.rescale, spec.rescale)
        high = min(spec.guidance_high, self._T)
        for spin, ends, value in (
            (self.low, (0, max(high - 1, spec.guidance_low)), spec.guidance_low),
            (self.high, (spec.guidance_low + 1, self._T), high),
        ):
            with QSignalBlocker(spin):
                spin.setRange(*ends)
                spin.setValue(value)
        choose(self.clip, spec.clip)
        self._clip_tip = f"How {X_HAT}_0 is kept in the pictures' range. {catalog.CLIPS[spec.clip].tip}"

    def set_T(self, T: int) -> None:
        """The levels of the model."""
        self._T = T
        self.show_spec(self._spec, self._guides)

    def set_locked(self, guidance: str, clip: str) -> None:
        """Disable with a reason, or enable with ""."""
        tips = {self.rescale: RESCALE_TIP, self.low: BETWEEN_TIP, self.high: BETWEEN_TIP}
        for widget, tip in tips.items():
            widget.setEnabled(not guidance)
            widget.setToolTip(wrapped(guidance or tip))
        self.clip.setEnabled(not clip)
        self.clip.setToolTip(wrapped(clip or self._clip_tip))
        self._clip_name.setToolTip(wrapped(self._clip_tip))
