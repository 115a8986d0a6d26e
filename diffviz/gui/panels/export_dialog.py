"""ExportDialog: format, length, size and layout of a film, and how far its writing has come. Not modal."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import chain, count
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from diffviz import catalog
from diffviz.export.encoders import ENCODERS
from diffviz.export.options import Options
from diffviz.files import display_name
from diffviz.gui.numbers import byte_text, size_text
from diffviz.gui.panels.controls import (
    Combo,
    RealSpin,
    WholeSpin,
    choose,
    fill_pacing,
    label,
    named,
    show_note,
)
from diffviz.gui.panels.dialog import Dialog
from diffviz.gui.panels.export_names import FILMSTRIP, FIRST, MORE, USUAL, USUAL_SIZE, kind_of, suffix_for, with_suffix
from diffviz.gui.panels.export_order import MOST, TIPS, Order, Shown
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.objection import Objection
from diffviz.gui.panels.segments import Segments
from diffviz.gui.theme import drawn, palette_of

SIZES = (256, 384, 512, 768, 1024)


class ExportDialog(Dialog):
    """What is to be written: the film of the picture in "Add noise", the recorded chain in "Remove noise".

    Signals: ``wanted(Order)``; ``cancel_wanted()``; ``looked()`` when it is opened and wants to know what is shown;
    ``watched(bool)`` when it is opened and put away, while the writing goes on.
    """

    wanted = Signal(object)
    cancel_wanted = Signal()
    looked = Signal()
    watched = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "export_dialog", "Export")
        self._shown = Shown()
        self._writing = False
        self._format = ".mp4"
        self._written = ""
        self._typed = False
        self._wanted: dict[tuple[bool, bool], int] = {}  # frames, where a person has chosen them
        self._sizes = dict(USUAL_SIZE)
        self._build()
        for name, tip in TIPS.items():
            getattr(self, name).setToolTip(tip)
        self._connect()
        self._show_format(".mp4")

    # -- building

    def _build(self) -> None:
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(14)
        self.form.setVerticalSpacing(8)
        self._build_formats()
        self._build_options()
        self.estimate = label("", "small", wraps=True)
        self.progress = named(QProgressBar(textVisible=False), "export_progress")
        self.progress.hide()
        parts = self.form, self.estimate, self.progress, self._build_buttons()
        filled(QVBoxLayout(self), *parts, margins=(20, 18, 20, 16), spacing=12)

    def _build_formats(self) -> None:
        choices = {suffix: (suffix, kind.label, kind.tip) for suffix, kind in ENCODERS.items()}
        choices[FILMSTRIP] = FILMSTRIP, "Filmstrip", "K states in a row as one PNG, for papers."
        self.formats = Segments([choices[key] for key in FIRST], name="format")
        self.more_formats = Segments([choices[key] for key in MORE], name="more formats")
        self.more = QPushButton("More…")
        self.more.setCheckable(True)
        self.more_formats.hide()
        name = QLabel("format")
        name.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)  # else above the middle
        self.form.addRow(name, _row(self.formats, self.more, None))
        self.form.addRow("", self.more_formats)

    def _build_options(self) -> None:
        layouts = Combo(((drawn(e.label), e.name) for e in catalog.LAYOUTS.values()), "equation")
        self.layout_combo, self.pacing = named(layouts, "export_layout_combo"), Combo()
        self.panel_size = named(Combo(((f"{size} px", size) for size in SIZES), 512), "export_size_combo")
        fill_pacing(self.pacing)
        frames = WholeSpin(minimum=2, maximum=MOST, value=60)
        seconds = RealSpin(minimum=0.2, maximum=600, value=3, suffix=" s")
        hold = RealSpin(minimum=0, maximum=60, value=1, suffix=" s")
        self.frames = named(frames, "export_frames_spin", spoken="frames")
        self.seconds = named(seconds, "export_seconds_spin", spoken="seconds")
        self.hold = named(hold, "export_hold_spin", spoken="hold the last, seconds")
        self.path = named(QLineEdit(), "export_path", spoken="file")
        self.path.setMinimumWidth(300)
        self.browse = QPushButton("Choose…")
        self.form.addRow("layout", self.layout_combo)
        length = _row((self.seconds, 1), label("frames"), (self.frames, 1), label("hold"), (self.hold, 1))
        self.form.addRow("length", length)
        wrong = Objection("export_length")
        self.form.addRow("", wrong)
        for spin in (self.seconds, self.frames, self.hold):
            spin.objected.connect(wrong.say)
        self.form.addRow("pacing", self.pacing)
        self.form.addRow("size", self.panel_size)
        self.form.addRow("file", _row(self.path, self.browse))

    def _build_buttons(self) -> QHBoxLayout:
        self.status = named(label("", "muted", wraps=True), "export_status")
        self.status.setTextFormat(Qt.TextFormat.PlainText)  # a file's name may look like markup
        self.status.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.export = named(QPushButton("Export", default=True), "export_button", look="primary")
        self.cancel = named(QPushButton("Cancel"), "export_cancel_button")
        self.show_folder = QPushButton("Show in folder")
        self.show_folder.hide()
        return _row(self.status, self.show_folder, self.cancel, self.export)

    def _connect(self) -> None:
        self.formats.chosen.connect(self._show_format)
        self.more_formats.chosen.connect(self._show_format)
        self.more.toggled.connect(self.more_formats.setVisible)
        self.panel_size.currentIndexChanged.connect(self._size_chosen)
        self.frames.valueChanged.connect(self._frames_chosen)
        self.seconds.valueChanged.connect(self._show_frames)
        combos = (combo.currentIndexChanged for combo in (self.layout_combo, self.pacing))
        for changed in (*combos, self.seconds.valueChanged, self.hold.valueChanged):
            changed.connect(self._show_estimate)
        self.path.textChanged.connect(self._path_edited)
        self.browse.clicked.connect(self._browse)
        self.export.clicked.connect(self._start)
        self.cancel.clicked.connect(self._cancel)
        self.show_folder.clicked.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self._written).parent)))
        )

    # -- what is shown

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._writing:  # what was written before is another film
            self.status.setText("")
            self._show_running(False)
        self.looked.emit()
        self.watched.emit(True)

    def hideEvent(self, event: object) -> None:
        self.watched.emit(False)

    def show_shown(self, shown: Shown) -> None:
        """What the window shows has changed."""
        if shown == self._shown:
            return
        self._shown = shown
        for k, entry in enumerate(catalog.LAYOUTS.values()):
            words = entry.label.replace("curves", "lens") if shown.lens else entry.label
            self.layout_combo.setItemText(k, drawn(words if shown.forward else words.replace("x_0", "x̂_0")))
        self._show_frames()
        self._show_pacing()
        fill_pacing(self.pacing, "" if shown.forward else "A recorded chain is shown state by state")
        if not self._typed and not self._writing:
            self._suggest()
        self._show_estimate()

    def _show_pacing(self) -> None:
        self.pacing.setEnabled(self._shown.forward and not self._writing)

    def _show_frames(self) -> None:
        """The number of frames that is wanted of such a film or strip, as far as there are so many states.

        Unless a person has chosen it, no more than the format plays.
        """
        most = self._shown.most
        kind = self._shown.forward, self._format == FILMSTRIP
        shown = min(self._wanted[kind], most) if kind in self._wanted else min(self._usual(), self._playable())
        if (self.frames.maximum(), self.frames.value()) == (most, shown):
            return  # a number that is being typed stays
        with QSignalBlocker(self.frames):
            self.frames.setMaximum(most)
            self.frames.setValue(shown)

    def _usual(self) -> int:
        """The frames that such a film or strip has where nobody has chosen a number."""
        most = self._shown.most
        return min(USUAL[self._shown.forward, self._format == FILMSTRIP] or most, most)

    def _playable(self) -> int:
        """The most frames that the format plays in the film's seconds."""
        from diffviz.export.exporter import playable

        return 64 if self._format == FILMSTRIP else playable(self._format, self.seconds.value())

    def _frames_chosen(self, frames: int) -> None:
        forward, strip = self._shown.forward, self._format == FILMSTRIP
        self._wanted[forward, strip] = frames
        if not forward and not strip and frames == self.frames.maximum():
            del self._wanted[forward, strip]  # every state, also of a longer chain
        self._show_estimate()

    def _size_chosen(self) -> None:
        self._sizes[self._format == FILMSTRIP] = self.panel_size.currentData()
        self._show_estimate()

    def _show_format(self, key: str) -> None:
        self._format = key
        chosen, other = (self.formats, self.more_formats) if key in FIRST else (self.more_formats, self.formats)
        other.show_none()
        chosen.show_chosen(key)
        if key in MORE:
            self.more.setChecked(True)
        self._enable_fields()
        choose(self.panel_size, self._sizes[key == FILMSTRIP])
        self._show_frames()
        if Path(self.path.text()).name:
            self._set_path(with_suffix(self.path.text(), self._format))
        self._suggest() if not self._typed else None
        self._show_estimate()

    @property
    def _timed(self) -> bool:
        """Whether what is written has a time: neither a strip nor numbered pictures have one."""
        return self._format != FILMSTRIP and ENCODERS[self._format].timed

    def _enable_fields(self, running: bool = False) -> None:
        self.layout_combo.setEnabled(self._format != FILMSTRIP and not running)
        for field in (self.seconds, self.hold):
            field.setEnabled(self._timed and not running)

    def _suggest(self) -> None:
        """A name that nothing has yet: Return is soon pressed."""
        name, suffix = f"diffviz-{'forward' if self._shown.forward else 'reverse'}", suffix_for(self._format)
        ends = chain([""], (f"-{n}" for n in count(2)))
        paths = (Path(self._shown.folder) / f"{name}{end}{suffix}" for end in ends)
        self._set_path(str(next(path for path in paths if not os.path.lexists(path))))

    def _set_path(self, path: str) -> None:
        """Show a path that nobody has typed."""
        with QSignalBlocker(self.path):
            self.path.setText(path)

    def _path_edited(self, path: str) -> None:
        """A name that ends in a format's suffix chooses the format, for everyone to see."""
        self._typed = True
        kind = kind_of(path) or self._format
        if kind != self._format:
            self._show_format(kind)
        self._show_estimate()

    def _show_estimate(self) -> None:
        from diffviz.export.estimate import estimate
        from diffviz.export.exporter import rate_refused

        frames, fps = self.frames.value(), self.frames.value() / self.seconds.value()
        if self._format == FILMSTRIP:
            rows = f", {self._shown.rows}" if self._shown.rows else ""
            size = self.panel_size.currentData()
            self.estimate.setText(f"{self.frames.value()} states in a row{rows}, {size} pixels each")
        else:
            layout, size = self.layout_combo.currentData(), self.panel_size.currentData()
            shape = self._shown.size or (size, size)
            noise = self._shown.forward, self._shown.lens, self._shown.fresh
            guess = estimate(self._format, layout, shape, size, frames, *noise)
            about = f"about {byte_text(guess.bytes)}  ·  " if self._shown.size else ""
            rate = f", {fps:.3g} a second" if self._timed else ""
            words = f"{about}{guess.width}x{guess.height} pixels  ·  {frames} frames{rate}{self._thinned(frames)}"
            self.estimate.setText(words)
        if not self._writing:
            self.export.setText("Replace" if self._exists() else "Export")
            rate = "" if self._format == FILMSTRIP else rate_refused(self._format, round(fps, 3))
            refused = self._shown.busy or (rate and f"{rate}: choose fewer frames or more seconds")
            self.export.setEnabled(not refused)
            self.export.setToolTip(refused or TIPS["export"])
            show_note(self.estimate, refused or self.estimate.text(), bool(refused))

    def _thinned(self, frames: int) -> str:
        """What is said where there are more states than the format plays."""
        from diffviz.export.exporter import thinned_note

        chosen = (self._shown.forward, False) in self._wanted
        note = "" if chosen else thinned_note(self._format, frames, self._usual())
        return f"\n{note}" if note else ""

    def _target(self) -> Path:
        """The file that would be written."""
        # Path's own raises for an unknown user
        return Path(os.path.expanduser(with_suffix(self.path.text(), self._format)))

    def _exists(self) -> bool:
        return bool(self.path.text()) and os.path.lexists(self._target())

    # -- doing it

    def _browse(self) -> None:
        suffix = suffix_for(self._format)
        kinds = f"{suffix[1:].upper()} (*{suffix})" if suffix else "All files (*)"
        path, _ = QFileDialog.getSaveFileName(
            self, "Export to", self.path.text(), kinds, options=QFileDialog.Option.DontConfirmOverwrite
        )
        if path:
            self.path.setText(path)
            self._set_path(with_suffix(path, self._format))
            self._show_estimate()

    def _start(self) -> None:
        if not self.path.text().strip():
            self.status.setText("The export needs a name; type one or choose a file.")
            return
        path = self._target()
        self._set_path(with_suffix(self.path.text(), self._format))
        known = self.export.text() == "Replace"
        self._show_estimate()
        if self._exists() and not known:
            self.status.setText(f"{display_name(path)} is there already; press Replace, or choose another name.")
            return
        options = Options(frames=self.frames.value(), size=self.panel_size.currentData(), theme=palette_of(self).name)
        if not (strip := self._format == FILMSTRIP):
            layout = self.layout_combo.currentData()
            options = replace(options, duration_s=self.seconds.value(), hold_s=self.hold.value(), layout=layout)
        self._written, self._writing = str(path), True
        self.progress.setRange(0, 0)
        self._show_running(True)
        self.status.setText("starting…")
        self.wanted.emit(Order(str(path), options, strip, self.pacing.currentData()))

    def _cancel(self) -> None:
        if self._writing:
            self.status.setText("cancelling…")
            self.cancel_wanted.emit()
        else:
            self.close()

    def _show_running(self, running: bool) -> None:
        self.progress.setVisible(running)
        self.export.setEnabled(not running)
        self.show_folder.setVisible(False)
        self.cancel.setText("Cancel" if running else "Close")
        self._enable_fields(running)
        others = self.formats, self.more_formats, self.more, self.frames, self.panel_size, self.path, self.browse
        for widget in others:
            widget.setEnabled(not running)
        self._show_pacing()

    def show_progress(self, done: int, total: int, seconds: float) -> None:
        """Frames written, and the time left at the speed so far."""
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        left = f", {seconds / done * (total - done):.0f} s left" if done else ""
        self.status.setText(f"frame {done} of {total}{left}")

    def show_end(self, how: str, detail: str) -> None:
        """How the export ended: done, failed with a sentence, or cancelled."""
        self._writing = False
        self._show_running(False)
        path = Path(self._written)
        if how == "done":
            self.status.setText(f"{path.name} is written, {size_text(path)}.")
            self.show_folder.show()
        else:
            self.status.setText("Cancelled; nothing was written." if how == "cancelled" else detail)
        self._show_estimate()


def _row(*widgets: QWidget | tuple[QWidget, int] | None) -> QHBoxLayout:
    return filled(QHBoxLayout(), *widgets, spacing=8)
