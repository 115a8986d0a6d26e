"""MessageBar: sentences over a place of the window where nothing is, each with its remedy and a close button.

The newest is seen as far as it fits there; the rest of it and the others are one click away, so that no button lies
under them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from diffviz.gui.icons import icon, pixmap
from diffviz.gui.panels.controls import named
from diffviz.gui.panels.in_words import in_words
from diffviz.gui.panels.layouts import filled
from diffviz.gui.theme import drawn, wrapped
from diffviz.palette import DARK, Palette
from diffviz.session.state import Session

MOST = 3  # older ones give way
MOST_LINES = 4  # of a list; more are counted
EDGE = 12  # free at the window's sides
FRAME = 2  # around a sentence
LEAST = 10  # letters of it that are seen
CLIPBOARD = "clipboard"  # a topic: what is in it
REFUSED = "refused"  # another: files that could not be opened
ENDLESS = 10**6  # pixels and lines: all of it
Holds = Callable[[Session], bool]


class Message(QFrame):
    """One sentence."""

    def __init__(self, text: str, level: str, topic: str, palette: Palette, holds: Holds | None = None) -> None:
        super().__init__()
        self.topic, self._holds = topic, holds
        self._held = False  # its state has begun
        self.items: tuple[str, ...] = ()  # of a list
        self.setAccessibleName(in_words(text))
        self.setProperty("look", "message")
        self.setProperty("level", level)
        self.text = text
        self.level = level
        self._sign = QLabel()
        words = self._words = QLabel(drawn(text), wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        words.setAccessibleName(in_words(text))
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.close_button = named(QToolButton(), "", "Close this message", spoken="close this message", look="flat")
        self.layout_ = filled(QHBoxLayout(self), self._sign, (words, 1), margins=(10, 0, 5, 0))
        self.quiet = False  # of no interest to who is presented to
        self.others = named(QToolButton(), "", look="flat")  # of a stack: shows the rest of it
        self.others.hide()
        self._copy = named(QToolButton(), "", "Copy this message", spoken="copy this message", look="flat")
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
        filled(self.layout_, self.others, self._copy, self.close_button)
        self.setTabOrder(self._copy, self.close_button)
        self._tab_before: QWidget = self.others  # of the next button: Tab goes as the eye does
        self.set_palette(palette)

    def add_button(self, text: str, action: Callable[[], None]) -> None:
        """A remedy; pressing it also closes the message."""
        button = QPushButton(text)
        button.clicked.connect(action)
        button.clicked.connect(self.close_button.click)
        self.layout_.insertWidget(self.layout_.count() - 3, button)
        self.setTabOrder(self._tab_before, button)
        self._tab_before = button

    def show_whole(self) -> None:
        """All of it, and no way to others."""
        self._show(self.text, 0)

    def show_in(self, wide: int, lines: int, more: int) -> None:
        """As much of it as fits there, of a list of the newest; ``more``: other messages that are not seen."""
        text = self._newest
        more += max(0, len(self.items) - 1)
        words = text.split(" ")
        for count in range(len(words), 0, -1):
            self._show(text if count == len(words) else " ".join(words[:count]) + "…", more)
            high = self._words.heightForWidth(wide - self._around)
            if high <= lines * self._words.fontMetrics().lineSpacing() + FRAME:
                break

    def least_width(self, more: int) -> int:
        """Room for some of its words beside all buttons; ``more``: as above."""
        self._show(self._newest, more)
        whole = self.wanted_width()
        self._show("…", more)
        return min(whole, self._around + LEAST * self._words.fontMetrics().averageCharWidth())

    @property
    def _newest(self) -> str:
        """Of a list its last line."""
        return self.items[-1] if self.items else self.text

    def _show(self, text: str, more: int) -> None:
        cut = text.endswith("…") and text != self.text
        self._words.setText(drawn(text))
        self._words.setToolTip(wrapped(self.text) if cut else "")
        self.others.setText(f"+{more}" if more else "…")
        self.others.setVisible(more > 0 or cut)
        tip = "Show all of this message"
        if more:
            tip = "Show the other message" if more == 1 else f"Show the {more} other messages"
        self.others.setToolTip(tip)
        self.others.setAccessibleName(tip)

    def ended(self, session: Session) -> bool:
        """Whether the state that it speaks of has begun and is over."""
        holds = self._holds is None or self._holds(session)
        self._held = self._held or holds
        return self._held and not holds

    def wanted_width(self) -> int:
        """Room for its sentence in one line."""
        metrics = self._words.fontMetrics()
        words = max(metrics.horizontalAdvance(line) for line in self._words.text().split("\n"))
        return self._around + words + 2

    @property
    def _around(self) -> int:
        """Width that is not its sentence's."""
        return self.sizeHint().width() - self._words.sizeHint().width()

    def set_palette(self, palette: Palette) -> None:
        colour = {"error": palette.error, "warning": palette.warning, "info": palette.signal}[self.level]
        self._sign.setPixmap(pixmap(self.level, colour, 20))
        self.close_button.setIcon(icon("close", palette))
        self._copy.setIcon(icon("copy", palette))


class MessageBar(QWidget):
    """A stack of messages over a window (``lie_over``) or in a layout, hidden while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("message_bar")
        self._layout = filled(QVBoxLayout(self), margins=(0, 0, 0, 0), spacing=4)
        self._messages: list[Message] = []
        self._open = False  # all are seen
        self._palette = DARK
        self._session: Session | None = None  # the newest
        self._free: Callable[[int], QRect] | None = None  # where it lies over a window, else a layout places it
        self.hide()

    def lie_over(self, window: QWidget, free: Callable[[int], QRect]) -> None:
        """Lie over a window, where it is ``free`` for what is at least so wide. Nothing of the window is moved."""
        self._free = free
        self.setParent(window)
        window.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.parent():
            self.place()
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.place()

    def place(self) -> None:
        """Anew: the window has another place for it, or messages came or went."""
        window = self.parentWidget()
        loud = [message for message in self._messages if not message.quiet]
        seen = loud if self._open else loud[-1:]
        for message in self._messages:
            message.setVisible(message in seen)
        self.setVisible(bool(seen))
        if window is None or not seen:
            return
        if self._free is None:
            for message in seen:
                message.show_whole() if self._open else message.show_in(ENDLESS, ENDLESS, len(loud) - 1)
            return
        free = self._free(seen[-1].least_width(len(loud) - 1))
        if self._open:  # asked for, they may lie over what is below
            free = QRect(free.left(), 0, window.width() - EDGE - free.left(), 0)
        for message in seen:
            if self._open:
                message.show_whole()
            else:
                lines = max(1, (free.height() - FRAME) // message.fontMetrics().lineSpacing())
                message.show_in(free.width(), lines, len(loud) - 1)
        wide = min(free.width(), max(message.wanted_width() for message in seen))
        high = sum(message.layout_.totalHeightForWidth(wide) for message in seen)
        high += self._layout.spacing() * (len(seen) - 1)
        top = max(0, free.top() + (free.height() - high) // 2)
        self.setGeometry(free.right() + 1 - wide, top, wide, high)
        self.raise_()

    def _open_stack(self) -> None:
        self._open = True
        self.place()

    def present(self, on: bool) -> None:
        """While somebody presents, what was only said along the way is put aside."""
        for message in self._messages:
            message.quiet = on and message.level == "info"
        self.place()

    def show_message(
        self,
        text: str,
        level: str = "error",
        remedy: tuple[str, Callable[[], None]] | None = None,
        topic: str = "",
        other: tuple[str, Callable[[], None]] | None = None,
        holds: Holds | None = None,
    ) -> None:
        """Add a sentence; one that is shown already moves to the end instead of standing twice.

        Args:
            level: error | warning | info.
            remedy: a button's label and what it does.
            topic: what it is about; a newer message about the same takes its place, see ``clear_topic``.
            other: a second remedy, to the right of the first.
            holds: whether the state that it speaks of is there; when that ends the message goes.
        """
        for message in [m for m in self._messages if m.text == text or (topic and m.topic == topic)]:
            self._remove(message)
        message = Message(text, level, topic, self._palette, holds)
        for button in filter(None, (remedy, other)):
            message.add_button(*button)
        message.close_button.clicked.connect(lambda: self._remove(message))
        message.others.clicked.connect(self._open_stack)
        if self._session is not None:
            message.ended(self._session)  # it may have begun
        self._messages.append(message)
        self._open = False
        self._layout.addWidget(message)
        for old in self._messages[:-MOST]:
            self._remove(old)
        self.place()
        QAccessible.updateAccessibility(QAccessibleEvent(message, QAccessible.Event.Alert))

    def show_refused(self, sentence: str, ask_again: Callable[[], None]) -> None:
        """A file could not be opened; several are one message with a list."""
        before = next((message.items for message in self._messages if message.topic == REFUSED), ())
        items = (*(item for item in before if item != sentence), sentence)
        lines = [f"•  {item}" for item in items[-MOST_LINES:]]
        more = f", the last {MOST_LINES} of them" if len(items) > MOST_LINES else ""
        text = sentence if len(items) == 1 else "\n".join([f"{len(items)} files could not be opened{more}:", *lines])
        self.show_message(text, remedy=("Open another…", ask_again), topic=REFUSED)
        self._messages[-1].items = items
        self.place()

    def show_session(self, session: Session) -> None:
        """Take away what the moment has made untrue."""
        self._session = session
        for message in [m for m in self._messages if m.ended(session)]:
            self._remove(message)

    def texts(self) -> list[str]:
        """The sentences shown, oldest first."""
        return [message.text for message in self._messages]

    def clear(self) -> None:
        """Remove all messages."""
        for message in list(self._messages):
            self._remove(message)

    def clear_topic(self, topic: str) -> None:
        """Remove what is no longer true of a topic."""
        for message in [m for m in self._messages if m.topic == topic]:
            self._remove(message)

    def clear_clipboard(self) -> None:
        """Something was copied."""
        self.clear_topic(CLIPBOARD)

    def set_look(self, palette: Palette) -> None:
        self._palette = palette
        for message in self._messages:
            message.set_palette(palette)

    def _remove(self, message: Message) -> None:
        if message in self._messages:
            self._messages.remove(message)
            self._layout.removeWidget(message)
            message.hide()
            message.deleteLater()
        self._open = self._open and len(self._messages) > 1
        self.place()
