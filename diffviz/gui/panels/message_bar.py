"""MessageBar: sentences over the window's first row, each with its remedy and a close button.

Over a window the newest is seen and the others are one click away, so that no button lies under them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from diffviz.gui.icons import icon, pixmap
from diffviz.gui.panels.controls import named
from diffviz.gui.panels.in_words import in_words
from diffviz.gui.panels.layouts import filled
from diffviz.gui.theme import drawn
from diffviz.palette import DARK, Palette
from diffviz.session.state import Session

MOST = 3  # older ones give way
MOST_LINES = 4  # of a list; more are counted
EDGE = 12  # free at the window's sides
CLIPBOARD = "clipboard"  # a topic: what is in it
REFUSED = "refused"  # another: files that could not be opened
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
        self.text = self._seen = text
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

    def show_others(self, count: int, whole: bool) -> None:
        """How many more there are, 0 for none that are hidden; of a list the newest alone where it is not ``whole``."""
        self._seen = self.text if whole or not self.items else self.items[-1]
        self._words.setText(drawn(self._seen))
        count += 0 if whole or not self.items else len(self.items) - 1
        self.others.setText(f"+{count}")
        self.others.setVisible(count > 0)
        tip = "Show the other message" if count == 1 else f"Show the {count} other messages"
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
        words = max(metrics.horizontalAdvance(line) for line in self._seen.split("\n"))
        return self.sizeHint().width() - self._words.sizeHint().width() + words + 2

    def set_palette(self, palette: Palette) -> None:
        colour = {"error": palette.error, "warning": palette.warning, "info": palette.signal}[self.level]
        self._sign.setPixmap(pixmap(self.level, colour, 20))
        self.close_button.setIcon(icon("close", palette))
        self._copy.setIcon(icon("copy", palette))


class MessageBar(QWidget):
    """A stack of messages, hidden while there is none; in a layout, or over a window (``lie_over``).

    ``placed(height)``: how high it lies over the window's top, 0 for not at all.
    """

    placed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("message_bar")
        self._layout = filled(QVBoxLayout(self), margins=(0, 0, 0, 0), spacing=4)
        self._messages: list[Message] = []
        self._open = False  # all are seen
        self._palette = DARK
        self._session: Session | None = None  # the newest
        self._left: Callable[[], int] | None = None  # over a window: where it may begin
        self._free: Callable[[], QRect] = QRect
        self.hide()

    def lie_over(self, window: QWidget, left: Callable[[], int], free: Callable[[], QRect]) -> None:
        """Lie over the top of a window, from ``left()`` on, or where it fits into what is ``free()``: there nothing is.

        Neither moves anything of the window.
        """
        self._left, self._free = left, free
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
        """Anew: the window has moved what it lies over, or messages came or went."""
        window = self.parentWidget()
        seen = self._choose_seen()
        self.setVisible(bool(seen))
        if self._left is None or window is None or not seen:
            self.placed.emit(0)
            return
        free, right = self._free(), window.width() - EDGE
        size = self._sized(seen, free.width())
        if size.height() <= free.height():
            top, lies = free.center().y() - size.height() // 2, 0
            right = free.right() + 1
        else:
            size = self._sized(seen, right - self._left())
            top, lies = 0, size.height()
        self.setGeometry(right - size.width(), top, size.width(), size.height())
        self.raise_()
        self.placed.emit(lies)

    def _sized(self, seen: list[Message], room: int) -> QSize:
        """In so much width."""
        wide = min(room, max(message.wanted_width() for message in seen))
        high = sum(message.layout_.totalHeightForWidth(wide) for message in seen)
        return QSize(wide, high + self._layout.spacing() * (len(seen) - 1))

    def _choose_seen(self) -> list[Message]:
        """The messages that are shown, where they lie over a window the newest and how many more there are."""
        loud = [message for message in self._messages if not message.quiet]
        whole = self._open or self._left is None
        seen = loud if whole else loud[-1:]
        for message in self._messages:
            message.setVisible(message in seen)
            message.show_others(len(loud) - len(seen) if message in seen else 0, whole)
        return seen

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
