"""WordsDesk: W, and what is typed then, also while a chain runs or the model that will read it is on its way."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QMenuBar, QWidget

from diffviz.gui.models import WORDED
from diffviz.gui.panels.condition_box import ConditionBox
from diffviz.gui.shared import Shared
from diffviz.scene import SamplerSpec
from diffviz.session.permits import words_wait
from diffviz.session.state import Session

_ENDED_BY = (QEvent.Type.MouseButtonPress, QEvent.Type.ApplicationDeactivate)
_OTHERS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class TypedAhead(QObject):
    """From its making on letters are kept, until ``give``, a click or Escape.

    Args:
        waits: whether the field is still on its way.
        kept: called with the letters, when one was added or taken away.
        ended: called when no more letters are kept.
        spared: a click on one of these leaves them, as one on a menu does: they end what is waited for.

    Attributes:
        over: whether no more letters are kept.
    """

    def __init__(
        self,
        field: ConditionBox,
        waits: Callable[[], bool],
        kept: Callable[[str], object],
        ended: Callable[[], object],
        spared: tuple[QWidget, ...],
    ) -> None:
        super().__init__(field)
        self._field, self._waits, self._kept, self._ended, self._spared = field, waits, kept, ended, spared
        self.over = False
        self._text, self._entered = "", False
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def give(self) -> None:
        """Put what was typed into the field, as if it had been typed there; nothing where it was left meanwhile."""
        if self.over:
            return
        self._end()
        self._field.begin()
        if self._field.told_words and self._text:
            self._field.type_in(self._text, self._entered)

    def _end(self) -> None:
        self.over = True
        self._ended()
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        other = QApplication.activePopupWidget() is not None  # a menu has the keys, or a dialog, Esc among them
        if other or QApplication.activeWindow() not in (None, self._field.window()):
            return False
        if isinstance(event, QMouseEvent) and self._is_spared(watched, event):
            return False
        if event.type() in _ENDED_BY or (isinstance(event, QKeyEvent) and not self._waits()):
            self._end()
            return False
        if not isinstance(event, QKeyEvent) or event.modifiers() & _OTHERS:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # it comes again as a key, and as no shortcut
            return True
        return event.type() == QEvent.Type.KeyPress and self._keep(event)

    def _is_spared(self, watched: QObject, event: QMouseEvent) -> bool:
        """The window hears of a click before the button under it does."""
        clicked = watched, QApplication.widgetAt(event.globalPosition().toPoint())
        return any(widget in self._spared or isinstance(widget, QMenuBar) for widget in clicked)

    def _keep(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self._end()
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._entered = True
        elif event.key() == Qt.Key.Key_Backspace:
            self._text = self._text[:-1]
        elif event.text().isprintable():
            self._text += event.text()
        self._kept(self._text)
        return True


TOPIC = "typed"
SEEN = 40  # letters of what is kept, the last ones


class WordsDesk:
    """Gives the keys to the field for words; where it has to wait for something that runs, letters are kept for it."""

    def __init__(self, shared: Shared) -> None:
        self._store, self._models, self._notices = shared.store, shared.models, shared.notices
        self._field, self._pages = shared.side.label_, shared.pages
        self._spared = (shared.side.run.generate, shared.side.run.pause)
        self._ahead: TypedAhead | None = None  # what is typed while something else runs
        shared.actions["say_words"].triggered.connect(self.say_words)
        self._store.changed.connect(self._changed)

    def say_words(self) -> None:
        """Where words are typed: with the model shown, or the one that ships and is told some, at settings for it."""
        why = words_wait(self._store.session)
        if not why and self._field.told_words and self._models.state.ready:
            self._pages.go("reverse")
            self._field.begin()
            return
        kept, ended = partial(self._say_kept, why), partial(self._notices.clear_topic, TOPIC)
        ahead = TypedAhead(self._field, self._waits, kept, ended, self._spared)
        if not why:
            self._load(ahead)
            return
        self._ahead = ahead
        self._say_kept(why, "")

    def _say_kept(self, why: str, letters: str) -> None:
        """What is waited for, and what was typed meanwhile; a model is waited for in words of its own."""
        if why:
            end = letters if len(letters) <= SEEN else f"…{letters[-SEEN:]}"
            text = f"{why}. What you type now is kept for the words{f': “{end}”' if letters else ''}; Esc drops it."
            self._notices.show_message(text, "info", topic=TOPIC, holds=lambda s: words_wait(s) == why)

    def _waits(self) -> bool:
        return self._models.loading or bool(words_wait(self._store.session))

    def _load(self, ahead: TypedAhead) -> None:
        own = self._store.scene.replace(model=WORDED, sampler=SamplerSpec("dpmpp_2m", 20))
        self._store.set(self._pages.at(own, "reverse"))
        on_its_way = self._models.loading and self._models.wanted == WORDED.name
        if not on_its_way:  # an opened run is of that model, or the change of the scene is still to be told
            self._models.load(WORDED.name)
        self._models.when_loaded(ahead.give, chain=False)

    def _changed(self, old: Session, new: Session) -> None:
        ahead = self._ahead
        if ahead is None or words_wait(new):
            return
        self._ahead = None
        if ahead.over:
            return
        if self._field.told_words and self._models.state.ready:
            self._pages.go("reverse")
            ahead.give()
        else:
            self._load(ahead)
