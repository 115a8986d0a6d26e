"""ConditionBox: what a network is asked for, one of its classes or, where it is told words, a prompt."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QCompleter, QLineEdit, QWidget

from diffviz.checks import MAX_TEXT
from diffviz.gui.panels.controls import Combo, fill_combo
from diffviz.gui.panels.groups import fill_groups
from diffviz.gui.panels.words_edit import WordsEdit
from diffviz.vocabulary import BLENDED, Wording, sides

PLACEHOLDER = "anything; or words, as “{}”"
_PLACED = (QEvent.Type.Show, QEvent.Type.Move, QEvent.Type.Resize)
_ARROWS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
KEPT = "kept"  # the group of the prompts that were
_BETWEEN = (",", BLENDED)  # phrases
SHOWN = 8  # phrases that are offered at a time


class _Completer(QCompleter):
    """Completes the phrase at the cursor, between commas or bars."""

    def __init__(self, phrases: Iterable[str], edit: QLineEdit) -> None:
        super().__init__(list(phrases), edit)
        self._edit = edit  # its widget may be the box around it
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setMaxVisibleItems(SHOWN)
        self._around = "", ""  # the phrase

    def splitPath(self, path: str) -> list[str]:
        if path != self._edit.text():
            return [path]  # a phrase already
        cursor = self._edit.cursorPosition()
        begin = max(path.rfind(sign, 0, cursor) for sign in _BETWEEN) + 1
        end = min((k for sign in _BETWEEN if (k := path.find(sign, cursor)) >= 0), default=len(path))
        self._around = path[:begin], path[end:]
        return [path[begin:cursor].strip()]

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        before, after = self._around  # as it was typed: what is offered is shown in the field before it is taken
        return f"{before} {index.data()}".strip() + after


class ConditionBox(Combo):
    """Signals: ``asked_for(class, prompt or None)``, ``entered``: a prompt with Return, ``prompt_changed()``,
    ``objected(sentence, wrong)``: what should be known of it, "" for nothing, and whether something of it is not taken.
    """

    asked_for = Signal(object)
    entered = Signal()
    prompt_changed = Signal()
    objected = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("class_combo")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.note: QWidget | None = None  # what is said of the words, below them
        self.read = True  # else nothing is said of them
        self._watches = False  # whether the list of phrases that are offered has been made
        self._vocabulary: Wording | None = None
        self._said: str | None = None
        self._prompts: tuple[str, ...] = ()
        self._classes: tuple[tuple[str, str | None], ...] = ()
        self.currentIndexChanged.connect(self._chosen)
        self._listed = QTimer(self, singleShot=True)
        self.activated.connect(self._picked)
        self._enter = QTimer(self, singleShot=True)  # Return is told once, though the list of phrases tells it again
        self._enter.timeout.connect(self.entered)
        self._left = QTimer(self, singleShot=True)  # Tab leaves the field before the list of completions goes
        self._left.timeout.connect(self._leave_typed)

    @property
    def _edit(self) -> QLineEdit:
        edit = self.lineEdit()
        assert edit is not None  # asked for where words are told alone
        return edit

    @property
    def told_words(self) -> bool:
        return self._vocabulary is not None

    @property
    def prompt(self) -> str | None:
        """The prompt that is taken."""
        return self._said if self.told_words else None

    def show_known(
        self,
        class_names: tuple[str, ...],
        words: Wording | None,
        guides: bool,
        chosen: str | None,
        prompts: tuple[str, ...] = (),
    ) -> None:
        """What a model can be asked for; ``guides``: for nothing in particular too; ``prompts``: that were kept."""
        self._prompts = prompts
        if words is None:
            self.show_classes(class_names, guides or not class_names, chosen)
        else:
            self.show_words(words, chosen)

    def show_prompts(self, prompts: tuple[str, ...]) -> None:
        """The prompts that were kept stand first in the list."""
        self._prompts = prompts
        if self._vocabulary is not None:
            said = self._said
            self._list(self._vocabulary)
            self._edit.setText(said or "")
            self._edit.setCursorPosition(0)

    def _list(self, vocabulary: Wording) -> None:
        kept = (KEPT, tuple((f"★ {prompt}", prompt, "") for prompt in self._prompts))
        known = ((name, tuple((phrase, phrase, "") for phrase in phrases)) for name, phrases in vocabulary.groups)
        groups = [group for group in (kept, *known) if group[1]]
        if len(groups) > 1:
            fill_groups(self, groups)
        else:  # a name over all of them would say nothing
            fill_combo(self, ((text, data) for _, items in groups for text, data, _ in items), None)
        with QSignalBlocker(self):
            self.setCurrentIndex(-1)

    def say(self, prompt: str) -> None:
        """Ask for a prompt as if it had been typed."""
        self._edit.setText(prompt)
        self._typed()
        self._edit.setCursorPosition(0)

    def begin(self) -> None:
        """Let a prompt be typed."""
        if self.told_words:
            self._edit.setFocus()
            self._edit.selectAll()

    def type_in(self, text: str, entered: bool) -> None:
        """What was typed before the field was there; ``entered``: with Return."""
        if entered:
            self.say(text)
            self._entered()
        else:
            self._edit.setText(text)
            self._edit.setModified(True)

    def ask_second(self) -> None:
        """Begin another prompt behind the one that is said, to be typed."""
        self.say_typed()
        self.say(f"{self._said or ''} {BLENDED}")
        self._edit.setText(f"{self._edit.text()} ")  # its end is where the cursor is
        self._edit.setModified(True)
        self._edit.setFocus()

    def show_classes(self, names: Iterable[str], any_too: bool, chosen: str | None) -> None:
        """Classes by name; ``any_too``: and the null class."""
        self._vocabulary, self._watches = None, False
        self.say_of_it()
        self.setEditable(False)
        null = [("any", None)] if any_too else []
        self._classes = (*null, *((name, name) for name in names))
        fill_combo(self, self._classes, chosen)

    def show_words(self, vocabulary: Wording, chosen: str | None) -> None:
        """A field for words, with the model's phrases to choose from."""
        if self._vocabulary != vocabulary:
            self._vocabulary = vocabulary
            if not self.isEditable():
                self._edit_words()
            self._list(vocabulary)
            edit = self._edit
            edit.setPlaceholderText(PLACEHOLDER.format(vocabulary.such_as(1)))
            edit.setCompleter(_Completer(vocabulary.phrases, edit))
            self._watches = False
        self.show_said(chosen)

    def _edit_words(self) -> None:
        edit = WordsEdit()
        self.setLineEdit(edit)
        edit.setMaxLength(MAX_TEXT)  # a longer one could be saved and not read again
        edit.editingFinished.connect(self._typed)
        edit.returnPressed.connect(self._entered)
        edit.lines_changed.connect(self.updateGeometry)
        edit.textEdited.connect(self._watch_offered)

    def sizeHint(self) -> QSize:
        return self._with_lines(super().sizeHint())

    def minimumSizeHint(self) -> QSize:
        return self._with_lines(super().minimumSizeHint())

    def _with_lines(self, size: QSize) -> QSize:
        """Higher by the lines of the words beyond the first."""
        edit = self.lineEdit()
        more = edit.lines - 1 if isinstance(edit, WordsEdit) else 0
        return size + QSize(0, more * self.fontMetrics().lineSpacing())

    def show_said(self, said: str | None) -> None:
        """What the scene says."""
        if self._vocabulary is None:
            known = (said or "any", said) in self._classes
            fill_combo(self, [*self._classes, *(() if known else ((said or "any", said),))], said)  # of a model to come
            return
        edit = self._edit
        if not (edit.hasFocus() and edit.isModified()):  # who types goes on
            if edit.text() != (said or ""):
                edit.setText(said or "")
            if not edit.hasFocus():
                edit.setCursorPosition(0)  # its beginning is seen
        if said != self._said:
            self._said = said
            self.prompt_changed.emit()
        self.say_of_it()

    def say_of_it(self) -> None:
        """What should be known of the words, if they are read."""
        words, said = self._vocabulary, self._said or ""
        if words is None or not self.read:
            self.objected.emit("", False)
        else:
            self.objected.emit(words.objection(said, "\n"), words.loses(said))

    @property
    def _offered(self) -> QAbstractItemView | None:
        """The list of phrases that are offered."""
        completer = self._edit.completer()
        return None if completer is None else completer.popup()

    @property
    def _completing(self) -> bool:
        """Whether phrases are offered, for whose list the field gives up its focus."""
        return self._offered is not None and self._offered.isVisible()

    def _watch_offered(self) -> None:
        """Once its list is made, which only typing needs; a second time changes nothing."""
        if self._offered is not None:
            self._offered.installEventFilter(self)
            self._watches = True

    def _place_offered(self) -> None:
        """Their list, whole rows of it, under the field and what is said below it; above it where there is no room."""
        offered, last = self._offered, self if self.note is None or self.note.isHidden() else self.note
        assert offered is not None
        rows = min(SHOWN, offered.model().rowCount())
        height = rows * offered.sizeHintForRow(0) + 2 * offered.frameWidth()
        corner = QPoint(self.mapToGlobal(QPoint()).x(), last.mapToGlobal(QPoint(0, last.height())).y())
        if corner.y() + height > self.screen().availableGeometry().bottom():
            corner.setY(self.mapToGlobal(QPoint()).y() - height)
        place = QRect(corner, QSize(self.width(), height))
        if offered.geometry() != place:
            offered.setGeometry(place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _PLACED and self._vocabulary is not None and self._completing:
            self._place_offered()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._watches and self._completing:
            QTimer.singleShot(0, self, self._place_offered)  # what stands below is moved next

    @property
    def typing(self) -> bool:  # type: ignore[override]
        return self._vocabulary is not None and self._edit.isModified()

    def _chosen(self, index: int) -> None:
        if self._vocabulary is None:
            self.asked_for.emit(self.itemData(index))

    def _picked(self, index: int) -> None:
        """Told of the list, and of a word that was typed as it stands there."""
        if self._vocabulary is not None and self._listed.isActive() and index >= 0:
            self._listed.stop()
            self._take(str(self.itemData(index)))

    def hidePopup(self) -> None:
        super().hidePopup()
        self._listed.start(0)  # Qt tells what was picked next

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows would put other words in the place of the prompt: Down opens the list."""
        if self._vocabulary is None or event.key() not in _ARROWS:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Down:
            self.showPopup()

    def _take(self, chosen: str) -> None:
        """A phrase joins what is said; a kept prompt stands alone, or as the second one where that is asked for."""
        said = self._said or ""
        second = said.endswith(BLENDED)
        if chosen in self._prompts and not second:
            said = ""
        if chosen not in sides(said)[-1].split(", "):
            said = f"{said}{' ' if second else ', ' if said else ''}{chosen}"
        self.say(said)

    def say_typed(self) -> None:
        if self._offered is not None:
            self._offered.hide()
        self._typed()

    def _entered(self) -> None:
        self.say_typed()
        self.leave()
        self._enter.start(0)

    def _leave_typed(self) -> None:
        """The field was left, and not for its list."""
        if self._vocabulary is not None and not self._edit.hasFocus() and not self._completing:
            self._typed()

    def _typed(self) -> None:
        if self._vocabulary is None or not self.isEditable() or self._listed.isActive():
            return
        if self._completing:
            self._left.start(0)
            return
        said = " ".join(self._edit.text().split()) or None
        self._edit.setModified(False)
        if said != self._said:
            self._said = said
            self.prompt_changed.emit()
            self.asked_for.emit(said)
