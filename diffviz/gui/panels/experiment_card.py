"""ExperimentCard: which experiment the laboratory runs, its parameters, and the runs that are compared."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from diffviz import catalog, experiment_catalog
from diffviz.entries import Entry
from diffviz.gui.panels.changes import RowName
from diffviz.gui.panels.controls import Combo, choose, label, name_for, named
from diffviz.gui.panels.groups import fill_groups
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.rows import Card, ParamRows
from diffviz.gui.panels.segments import Segments
from diffviz.gui.panels.set_words import as_html
from diffviz.gui.theme import rich, wrapped
from diffviz.kinds import PICTURE, Kind
from diffviz.scene import MAX_RUNS, ExperimentSpec
from diffviz.session.glossary import signs_of

PICTURE_WIDTH = 118  # of its name, in pixels
BEGIN = "picture that the experiment begins with"
BEGINS = {
    "known": "A picture that the model was trained on, of the class below",
    "open": "The picture that is open",
}
_MIDDLE = Qt.TextElideMode.ElideMiddle


class ExperimentCard(Card):
    """Signals: what the person chose."""

    experiment_chosen = Signal(str)
    param_chosen = Signal(str, object)
    picture_asked = Signal()
    run_added = Signal()
    runs_cleared = Signal()

    def __init__(self) -> None:
        super().__init__("Experiment")
        self.experiment = named(Combo(), "experiment_combo")
        fill_groups(self.experiment, _groups())
        self.about = label("", "small", wraps=True)
        self.about.setTextFormat(Qt.TextFormat.RichText)
        self.add_wide(self.experiment)
        name_for(self.experiment, "experiment")
        self.add_wide(self.about)
        begins = tuple((name, words, BEGINS[name]) for name, words in experiment_catalog.BEGINNINGS.items())
        self.begin = named(Segments(begins, small=True, name=BEGIN), "experiment_begin")
        self._begin_row = (self.add_row("begins with", self.begin), self.begin)
        self.begin.chosen.connect(lambda key: self.param_chosen.emit("begin", key))
        self.picture = named(QPushButton(), "experiment_picture_button")
        self._own_tip = BEGINS["known"]
        self._kind: Kind = PICTURE
        self._picture_row = (self.add_row("picture", self.picture), self.picture)
        self.picture.clicked.connect(self.picture_asked)
        self._params = ParamRows(self, self.param_chosen, map(_without_begin, catalog.EXPERIMENTS.values()))
        self.add_run = named(QPushButton("Add this run"), "add_run_button")
        self.clear_runs = named(QPushButton("Clear"), "clear_runs_button")
        self._runs = QWidget()
        filled(QHBoxLayout(self._runs), (self.add_run, 1), self.clear_runs, margins=(0, 2, 0, 0), spacing=6)
        self.add_wide(self._runs)
        self.experiment.currentIndexChanged.connect(lambda i: self.experiment_chosen.emit(self.experiment.itemData(i)))
        self.add_run.clicked.connect(self.run_added)
        self.clear_runs.clicked.connect(self.runs_cleared)

    @property
    def names(self) -> dict[str, RowName]:
        """What stands at the left of its parameters, by setting."""
        rows = {**self._params.names, "begin": self._begin_row[0], "picture": self._picture_row[0]}
        return {f"experiment.{name}": row for name, row in rows.items()}

    def show_kind(self, kind: Kind) -> None:
        """What the experiments are of, in whose words they are told."""
        if kind is self._kind:
            return
        self._kind = kind
        for i in range(self.experiment.count()):
            entry = experiment_catalog.EXPERIMENTS.get(self.experiment.itemData(i) or "")
            if entry is not None:
                self.experiment.setItemData(i, rich(kind.told(entry.tip)), Qt.ItemDataRole.ToolTipRole)
        self._picture_row[0].setText(kind.told("picture"))
        self.begin.setAccessibleName(kind.told(BEGIN))
        for key, tip in BEGINS.items():
            self.begin.buttons[key].setToolTip(wrapped(kind.told(tip)))
        self._own_tip = kind.told(BEGINS["known"])
        self._params.tell(kind.told)

    def show_experiment(self, spec: ExperimentSpec, running: bool, picture: str, no_own: str = "") -> None:
        """All of it; nothing can be changed while one runs.

        Args:
            picture: the name of the one that is open, or "". no_own: why there is none that the model knows, or "".
        """
        entry = catalog.EXPERIMENTS[spec.name]
        choose(self.experiment, spec.name)
        about = as_html(self._kind.told(entry.tip))
        self.about.setText(about)
        self.about.setToolTip(signs_of(about))
        given = dict(spec.params)
        values = {param.name: given.get(param.name, param.default) for param in entry.params}
        self._params.show_params(entry.params, values)  # type: ignore[arg-type]
        begins_with_picture = catalog.begins_with_picture(spec.name, spec.params)
        begin = "open" if no_own else str(values.get("begin", "open"))
        for row, seen in ((self._begin_row, True), (self._picture_row, begin == "open")):
            for part in row:
                part.setVisible(begins_with_picture and seen)
        own = self.begin.buttons["known"]
        self.begin.show_chosen(begin)
        self.begin.setEnabled(not running)
        own.setEnabled(not no_own)
        own.setToolTip(wrapped(no_own or self._own_tip))
        self.picture.setText(self.picture.fontMetrics().elidedText(picture or "open one…", _MIDDLE, PICTURE_WIDTH))
        begins = f"It begins with {picture}, {self._kind.told('the picture that is open')}. " if picture else ""
        self.picture.setToolTip(wrapped(f"{begins}Open, drop or paste another, or take a sample"))
        why = "Stop the experiment first: it runs with the value shown" if running else ""
        self._params.set_locked(why)
        self.experiment.setEnabled(not running)
        self.experiment.setToolTip(why or "What the laboratory runs")
        self._runs.setVisible(spec.name == "compare")
        full = len(spec.runs) >= MAX_RUNS
        self.add_run.setEnabled(not running and not full)
        add = "Model, class, guidance, sampler and steps as set below become a row"
        self.add_run.setToolTip(why or (f"{MAX_RUNS} rows are all that there is room for" if full else add))
        self.clear_runs.setEnabled(not running and bool(spec.runs))
        self.clear_runs.setToolTip(why or ("Take all rows out" if spec.runs else "There are no rows yet"))


def _groups() -> Iterator[tuple[str, list[tuple[str, object, str]]]]:
    """The experiments under what they are about."""
    for group in experiment_catalog.GROUPS:
        entries = [entry for entry in experiment_catalog.EXPERIMENTS.values() if entry.group == group]
        yield group, [(entry.label, entry.name, rich(entry.tip)) for entry in entries]


def _without_begin(entry: Entry) -> Entry:
    """Its parameters but the one that stands beside the picture."""
    return dataclasses.replace(entry, params=tuple(param for param in entry.params if param.name != "begin"))
