"""SchedulePanel: the curves, the slider under them, and the buttons that play along it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from PySide6.QtCore import QEvent, QRect, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpacerItem,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from diffviz.diffusion import NoiseSchedule
from diffviz.gui.numbers import decibels, fraction
from diffviz.gui.panels.controls import (
    Combo,
    WholeSpin,
    choose,
    fill_combo,
    fill_pacing,
    label,
    name_for,
    named,
    show_value,
)
from diffviz.gui.panels.film_strip import FilmStrip
from diffviz.gui.panels.in_words import in_words
from diffviz.gui.panels.layouts import action_button, filled
from diffviz.gui.panels.lens_card import LensCard
from diffviz.gui.panels.objection import Objection
from diffviz.gui.panels.schedule_plot import SchedulePlot
from diffviz.gui.panels.segments import Segments
from diffviz.gui.panels.still import Still
from diffviz.gui.panels.t_slider import TSlider
from diffviz.gui.runs import Fan
from diffviz.gui.theme import wrapped
from diffviz.lens_catalog import LENSES
from diffviz.palette import Palette
from diffviz.scene import Scene
from diffviz.session.glossary import explain

SPREAD = "How far futures part: the deviation of x̂_0 over them, RMS over the pixels"
NO_SPREAD = "How far futures part; there are none yet: “8 futures” (8) or “When is it decided?” (Ctrl+8)"
NO_FUTURES = "How far futures part: only a chain has futures, in “Remove noise”; adding noise has none"
CURVES = (
    ("coefficients", "√ᾱ, √(1−ᾱ)", f"{explain('signal')}<br>{explain('noise')}"),
    ("alpha_bar", "ᾱ, β", explain("alpha_bar", "β<sub>t</sub> in true units on the right-hand axis")),
    ("alpha", "α", explain("alpha")),
    ("snr", "SNR", explain("snr")),
    ("sigma", "σ", explain("sigma", "The axis is logarithmic")),
    ("spread", "spread", SPREAD),
)
READOUT_PX = (0, 100, 226, 346)  # room for so many numbers, so that they stand still while they change
READOUT_HEIGHT_PX = 22
OWN = "schedule"  # the lens whose curves stand here
ROW_MARGIN = 24
MARGINS_PX = 24  # of the panel, and between the tabs and what stands beside them
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)


class SchedulePanel(QFrame):
    """Signals: ``t_changed(t)``, ``gesture_began``, ``gesture_ended``, ``curves_chosen(kind)``,
    ``speed_chosen(factor)``, ``pacing_chosen(name)``, ``lens_chosen(name)``, ``room_wanted`` for another height,
    ``rows_moved``: what stands in them at the foot."""

    t_changed = Signal(int)
    gesture_began = Signal()
    gesture_ended = Signal()
    curves_chosen = Signal(str)
    speed_chosen = Signal(float)
    pacing_chosen = Signal(str)
    lens_chosen = Signal(str)
    room_wanted = Signal()
    rows_moved = Signal()

    def __init__(self, actions: dict[str, QAction]) -> None:
        super().__init__()
        self.setProperty("look", "card")
        self.plot = SchedulePlot()
        self.lens = LensCard()
        lenses = ((entry.name, entry.label, wrapped(entry.tip)) for entry in LENSES.values())
        self.tabs = named(Segments(lenses, small=True, name="lens"), "lens_tabs")
        self.stack = QStackedWidget()
        self.shown = OWN
        self.slider = TSlider()
        self.strip = FilmStrip()
        self.curves = Segments(CURVES, small=True, name="curves")
        self.name = label("", "small", wraps=True)
        self.name.setTextFormat(Qt.TextFormat.RichText)
        self.name.setToolTip(wrapped("The schedule: β_t as a function of t; ᾱ_t is the product of all 1−β up to t"))
        readout = QLabel(textFormat=Qt.TextFormat.RichText)
        self.readout = named(readout, "schedule_readout", "<br>".join(map(explain, ("alpha_bar", "snr", "beta"))))
        self._readout_room = Still(self.readout)
        self._readout_room.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._why: str | None = None
        self.t_spin = named(WholeSpin(), "t_spin", spoken="timestep t")
        self._left_with = False  # something that is said of its number
        speeds = Combo(((f"{speed:g}×", speed) for speed in SPEEDS), 1.0)
        self.speed = named(speeds, "speed_combo", "Playback speed; at 1× a whole way takes six seconds")
        self.pacing = named(Combo(), "pacing_combo")
        fill_pacing(self.pacing)
        self.place = ""  # in words, for who hears it
        self._buttons: list[QToolButton] = []
        self._numbers: list[str] = []
        self._compact, self._paced, self._scale = False, True, 1.0
        self._lay_out(actions)
        self._connect()

    def _lay_out(self, actions: dict[str, QAction]) -> None:
        self.taken = [self._button(actions[name]) for name in ("copy_numbers", "save_numbers")]
        for button in self.taken:
            button.setProperty("look", "flat")
        # at the foot, where they stay when a lens takes more height
        self._foot, self._said = QHBoxLayout(), QHBoxLayout()
        self._gaps = [QSpacerItem(0, 0, QSizePolicy.Policy.Expanding) for _ in range(2)]
        self.stack.addWidget(self.plot)
        self.stack.addWidget(self.lens)
        steps = [self._button(actions[name], wide=name == "play") for name in ("first", "back", "play", "next", "last")]
        self.loop, self.live = self._button(actions["loop"]), self._button(actions["live"], wide=True)
        self.t_spin.setPrefix("t = ")
        played = self.loop, self.speed, self.pacing, self.live
        row = self._row = filled(QHBoxLayout(), *steps, *played, spacing=4)
        row.insertSpacing(len(steps), 4)
        row.addItem(self._gaps[0])
        row.addWidget(self.t_spin)
        row.addSpacing(10)
        row.addWidget(self._readout_room)
        parts = self._said, (self.stack, 3), (self.strip, 2), self.slider, row, self._foot
        self.column = filled(QVBoxLayout(self), *parts, margins=(10, 6, 10, 8), spacing=2)
        # filled in their place: of what is in a row before, PySide keeps items that are gone when it moves
        filled(self._foot, self.tabs, spacing=4)
        self._foot.addItem(self._gaps[1])
        filled(self._said, (self.name, 1), (self.lens.sentence, 1), *self._beside, spacing=4)
        name_for(self.speed, "playback speed")
        name_for(self.pacing, "playback pacing")

    def _button(self, action: QAction, wide: bool = False) -> QToolButton:
        styles = Qt.ToolButtonStyle
        button = action_button(action, style=styles.ToolButtonTextBesideIcon if wide else styles.ToolButtonIconOnly)
        self._buttons.append(button)
        return button

    def _connect(self) -> None:
        self.slider.valueChanged.connect(self.t_changed)
        self.t_spin.valueChanged.connect(self.t_changed)
        self.plot.dragged.connect(self.slider.setValue)
        self.lens.plot.dragged.connect(self.slider.setValue)
        self.strip.level_chosen.connect(self.t_changed)
        for source in (self.slider, self.plot, self.lens.plot, self.strip):
            source.gesture_began.connect(self.gesture_began)
            source.gesture_ended.connect(self.gesture_ended)
        # what is not seen has another width
        self.plot.axis_moved.connect(lambda *ends: self._align(*ends) if self.shown == OWN else None)
        self.lens.axis_moved.connect(lambda *ends: self._align(*ends) if self.shown != OWN else None)
        self.lens.room_wanted.connect(self.room_wanted)
        self._objection = Objection("t_spin", self.t_spin)
        self.t_spin.objected.connect(self._object)
        QApplication.instance().focusChanged.connect(self._keys_moved)  # type: ignore[union-attr]
        self.curves.chosen.connect(self.curves_chosen)
        self.tabs.chosen.connect(self.lens_chosen)
        self.speed.currentIndexChanged.connect(lambda i: self.speed_chosen.emit(self.speed.itemData(i)))
        self.pacing.currentIndexChanged.connect(lambda i: self.pacing_chosen.emit(self.pacing.itemData(i)))

    # -- what is shown

    def show_scene(self, scene: Scene) -> None:
        """Speed and pacing that a scene asks for."""
        speeds = sorted({*SPEEDS, scene.view.speed})  # a scene's own may be another
        fill_combo(self.speed, ((f"{speed:g}×", speed) for speed in speeds), scene.view.speed)
        choose(self.pacing, scene.view.pacing)
        forward = scene.forward
        self._paced = forward  # removing noise, playback walks through the recorded states, one after the other
        paced = forward and not self._compact
        if self.pacing.isHidden() is paced:
            self.pacing.setVisible(paced)
            self._row.invalidate()  # else it knows of what comes and goes a moment later: the numbers were too few
        self._show_readout()

    def show_lens(self, lens: str, given: Iterable[tuple[str, float | str]], T: int) -> None:
        """Which lens is seen; ``given``: the parameters that were set, of all lenses."""
        self.tabs.show_chosen(lens)
        self.shown = lens
        own = lens == OWN
        self.lens.controls.setVisible(not own)
        self.lens.sentence.setVisible(not own)
        self._show_said()
        wide, high = QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored  # the page that is not seen wants no room
        self.plot.setSizePolicy(wide, wide if own else high)
        self.lens.setSizePolicy(wide, high if own else wide)
        self._share_height()
        self.stack.setCurrentWidget(self.plot if own else self.lens)
        self._align(*(self.plot.track() if own else self.lens.track()))
        if not own:
            self.lens.show_lens(lens, given, T)
        self._place_beside()
        self.room_wanted.emit()

    def show_words(self, seen: bool) -> None:
        """Whether the lens of words can be chosen."""
        self.tabs.buttons["words"].setVisible(seen)
        self._place_beside()

    def _share_height(self) -> None:
        """Between the plot, or a lens, and the strip, which has 2."""
        own = 5 if self._compact else 3
        self.column.setStretchFactor(self.stack, own if self.shown == OWN else 12)

    def _show_said(self) -> None:
        """The line over the plot, whose height a presentation gives to the plot."""
        own, whole = self.shown == OWN, not self._compact
        for widget in (self.curves, self.name):
            widget.setVisible(own and whole)
        for button in self.taken:
            button.setVisible(whole)

    def show_low(self, low: bool, wanted: bool) -> None:
        """In a low window the strip gives its height to a lens, or to pictures that have ``wanted`` it."""
        self.strip.setVisible(not low or (self.shown == OWN and not wanted))

    @property
    def _beside(self) -> tuple[QWidget, ...]:
        """What stands at the right: of the tabs, or of what is said over the plot."""
        return self.curves, self.lens.controls, *self.taken

    def _place_beside(self) -> None:
        """Beside the tabs, where it takes no height, as far as there is room, and the rest over the plot."""
        room, spacing = self.width() - MARGINS_PX - self.tabs.sizeHint().width(), self._foot.spacing()
        rows = []
        for part in self._beside:
            wide = 0 if part.isHidden() else part.sizeHint().width() + spacing
            rows.append(self._foot if wide <= room else self._said)
            room -= wide if wide <= room else 0
        if any(row.indexOf(part) < 0 for part, row in zip(self._beside, rows, strict=True)):
            for part, row in zip(self._beside, rows, strict=True):  # all of them, in their order
                row.addWidget(part)
            self.lens.stand(rows[1] is self._said)
            self.room_wanted.emit()
        self.rows_moved.emit()

    def free(self, least: int) -> QRect:
        """Where nothing stands at the foot: beside the tabs or above them, where there is more; else over the numbers,
        sooner than over what is pressed, for what is at ``least`` so wide."""
        row, foot = (gap.geometry() for gap in self._gaps)
        widest = max(row, foot, key=QRect.width)
        if widest.width() < least:
            row.setRight(self._readout_room.geometry().right())
            return row
        return widest

    @property
    def lens_more(self) -> int:
        """Pixels of height by which a lens's plots are read better than at the least."""
        return 0 if self.shown == "schedule" else self.lens.plot.more

    def show_schedule(
        self,
        schedule: NoiseSchedule,
        kind: str,
        name: str,
        fans: tuple[Fan, ...] | None = None,
        beside: tuple[NoiseSchedule, str] | None = None,
    ) -> None:
        """The schedule in force, its name and the curves wanted; coefficients where there is no spread to show.

        Args:
            beside: the pinned schedule and its name.
            fans: the spread of futures, the newest last; None where there can be none, in Forward.
        """
        self.name.setText(name)
        spread = self.curves.buttons["spread"]
        spread.setEnabled(bool(fans))
        spread.setToolTip(wrapped(SPREAD if fans else NO_FUTURES if fans is None else NO_SPREAD))
        kind = kind if kind != "spread" or fans else "coefficients"
        self.curves.show_chosen(kind)
        self.plot.show_schedule(schedule, kind, fans or (), beside)
        self.strip.show_T(schedule.T)
        blockers = [QSignalBlocker(self.slider), QSignalBlocker(self.t_spin)]
        self.slider.setRange(0, schedule.T)
        self.t_spin.setRange(0, schedule.T)
        del blockers

    def show_t(self, t: float, schedule: NoiseSchedule) -> None:
        """Move slider, cursor and numbers to level t; slider and β, which know whole levels, to the nearest one."""
        whole = round(t)
        if not self.slider.held:
            show_value(self.slider, whole)
        show_value(self.t_spin, whole)
        self.plot.show_t(t)
        self.strip.show_t(t)
        alpha_bar = schedule.alpha_bar_at(t)
        self.place = f"t {t:g}, signal-to-noise {in_words(decibels(alpha_bar))} decibel"
        self._numbers = [
            f"ᾱ = <b>{fraction(alpha_bar, 4)}</b>",
            f"SNR = <b>{decibels(alpha_bar)} dB</b>",
            f"β = <b>{fraction(float(schedule.beta[whole]), 5) if whole else '–'}</b>",  # no step leads to x_0
        ]
        self._show_readout()

    def type_t(self) -> None:
        """Let t be typed; a presentation has no box for it."""
        if self.t_spin.isVisible():
            self.t_spin.setFocus(Qt.FocusReason.MouseFocusReason)  # after which Return gives the keys back
            self.t_spin.selectAll()

    def _object(self, sentence: str) -> None:
        self._objection.say(sentence)
        self._left_with = not self.t_spin.hasFocus()

    def _keys_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        """What is said of t is over the slider: it goes as the keys leave, or when they move on where it came then."""
        if self._left_with:
            self._left_with = False
        elif None not in (old, new) and new is not self.t_spin:
            self.t_spin.forgive()

    def show_compact(self, compact: bool) -> None:
        """Presentation: only what drives and what is read."""
        for widget in (self.loop, self.speed, self.t_spin):
            widget.setVisible(not compact)
        self.pacing.setVisible(self._paced and not compact)
        self._compact = compact
        self._show_said()
        self._share_height()

    def show_walkable(self, why: str) -> None:
        """Why there is nothing to walk through, "" where there is."""
        if why == self._why:  # a chain says it with each state
            return
        self._why = why
        self.strip.setToolTip(why or "The whole way, each state at its t: click one to go there, or drag")
        for widget in (self.slider, self.t_spin):
            widget.setEnabled(not why)
            widget.setToolTip(why or "The level t: 0 is x₀, clean; T is noise  (←, →)")

    def _show_readout(self) -> None:
        # as many numbers as there is room for; the plot has them all
        room = (self.width() - self._row.sizeHint().width() + self._readout_room.minimumWidth()) / self._scale
        room -= ROW_MARGIN + (70 if self._compact else 0)
        count = max(n for n in range(4) if READOUT_PX[n] <= max(0, room))
        t = [f"t = <b>{self.slider.value()}</b>"] if self._compact else []
        # in columns, so that no number moves another
        wide = [70] * len(t) + [b - a for a, b in itertools.pairwise(READOUT_PX)]
        cells = zip(t + self._numbers[:count], wide, strict=False)
        row = "".join(f"<td width={round(px * self._scale)}>{number}</td>" for number, px in cells)
        self.readout.setText(f"<table cellspacing=0 cellpadding=0><tr>{row}</tr></table>" if row else "")
        # of one size, so that the window is not laid out anew at each move
        width = (70 if self._compact else 0) + READOUT_PX[count]
        fixed = QSize(round(width * self._scale), round(READOUT_HEIGHT_PX * self._scale))
        if fixed != self._readout_room.minimumSize():
            self._readout_room.setFixedSize(fixed)
            self._row.invalidate()

    def resizeEvent(self, event: object) -> None:
        self._show_readout()
        self._place_beside()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:  # a chart has other words for what stands beside the tabs
            self._place_beside()
        return done

    def set_look(self, palette: Palette, scale: float) -> None:
        self.plot.set_look(palette, scale)
        self.lens.set_look(palette, scale)
        self.slider.set_look(palette, scale)
        self.strip.set_look(palette, scale)
        for button in self._buttons:
            button.setIconSize(QSize(round(18 * scale), round(18 * scale)))
        self._scale = scale
        self.tabs.setMinimumHeight(self.t_spin.sizeHint().height())  # of the controls that some lenses have beside them
        self.t_spin.setFixedWidth(round(92 * scale))
        self.pacing.setMinimumWidth(round(108 * scale))
        self._show_readout()

    def _align(self, left: float, right: float) -> None:
        offset = self.stack.x() - self.slider.x()
        self.slider.set_track(left + offset, right + offset)
        self.strip.set_track(left + offset, right + offset)
