"""Small building blocks that several panels share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPaintEvent,
    QValidator,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QPushButton,
    QSpinBox,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QWidget,
)

from diffviz import catalog
from diffviz.gui.theme import wrapped

Made = TypeVar("Made", bound=QWidget)

MOST_DECIMALS = 6
MOST_TYPED = 24
MINUS = "−"
TYPED = "0123456789.,+-eE \xa0\u202f\u2212"  # what numbers are typed with
THE_WINDOWS = [Qt.Modifier.CTRL | key for key in (Qt.Key.Key_D, Qt.Key.Key_E)]  # for X11 a text's: delete, end
BACK = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class Modest(QWidget if TYPE_CHECKING else object):  # type: ignore[misc]
    """What every box does: the wheel scrolls the column that it stands in, Return gives the keys back where it was
    clicked, and undo is the window's unless something is being typed."""

    wheel_changes = False  # while it has the focus
    typing = False  # something that is not yet said
    _clicked = False  # the mouse led here, not Tab, which goes on from here

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and (
            event.keyCombination() in THE_WINDOWS or (not self.typing and any(map(event.matches, BACK)))
        ):
            return False
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.wheel_changes and self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finish()
            event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.MouseFocusReason, *BY_KEY):  # else it had the keys before
            self._clicked = event.reason() not in BY_KEY

    def say_typed(self) -> None:
        """Say what is being typed, as when the box is left."""

    def finish(self) -> None:
        """The person has chosen, or said a number."""
        if self._clicked:
            self.leave()

    def leave(self) -> None:
        """Give the keys back: a window where nothing has them gives its first button the focus when it is activated."""
        self.window().setFocus()


def free_keys() -> None:
    """A box that was clicked gives the keys back; what Tab has reached keeps them."""
    box = QApplication.focusWidget()
    if isinstance(box, Modest):
        box.finish()


def say_typed(window: QWidget) -> None:
    """What is being typed is said before it is read: a key, or a button that a click gives no focus, leaves no box."""
    box = window.focusWidget()  # the field's too, while a list of phrases lies over the window
    if isinstance(box, Modest) and box.typing:
        box.say_typed()


MOST_ITEMS = 30  # that a list shows without a bar to roll it, where the screen has the height
WIDEST_LIST = 420  # pixels of a list that opens


class Combo(Modest, QComboBox):
    """A list that was clicked gives the keys back to the window when something was chosen in it or it was left. Reached
    with Tab it keeps them. Its letters are the window's keys; once it is open they search it."""

    _painting = False

    def __init__(self, items: Iterable[tuple[str, object]] = (), current: object = None) -> None:
        """``items``, ``current``: see ``fill_combo``."""
        super().__init__()
        fill_combo(self, items, current)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not the wheel's
        self.setItemDelegate(QStyledItemDelegate(self))  # the theme styles no other
        self.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)  # as in the box below
        self.setMaxVisibleItems(MOST_ITEMS)
        self.activated.connect(self.finish)

    def showPopup(self) -> None:
        """The list is as wide as its names, and comes where the box is once what the click changed is laid out."""
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        view = self.view()
        bar = view.verticalScrollBar().sizeHint().width() if self.count() > self.maxVisibleItems() else 0
        view.setMinimumWidth(min(WIDEST_LIST, view.sizeHintForColumn(0) + bar + 2 * view.frameWidth()))
        super().showPopup()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        if self.sizeAdjustPolicy() == QComboBox.SizeAdjustPolicy.AdjustToContents:
            hint.setWidth(hint.width() + 4)  # Qt counts the ink of the words, and not the pixel left free beside them
        return hint

    def paintEvent(self, event: QPaintEvent) -> None:
        self._painting = True
        super().paintEvent(event)
        self._painting = False

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        super().initStyleOption(option)
        if not self._painting:  # nine times for each change of the theme, to measure
            return
        room = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        # a long name is cut in its middle: its end tells it from others
        words = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideMiddle, room.width() - 2)
        option.currentText = words

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._clicked = False
        if event.text().isprintable() and event.text().strip() and not self.isEditable():
            event.ignore()  # a letter that is no key of the window would choose what nobody has seen
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._clicked = True
        super().mousePressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() == Qt.FocusReason.PopupFocusReason:
            self.finish()


class _NumberBox(Modest, QAbstractSpinBox if TYPE_CHECKING else object):  # type: ignore[misc]
    """A box that speaks when a number is complete, not at each key, and says what is wrong with one that it refuses.

    ``objected(sentence)``: the number that was typed is not taken, the old one stays; "" when a good one is there.
    """

    wheel_changes = True
    objected: SignalInstance  # Qt wants it declared in the classes below
    _objection = ""

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self.own = properties.get("decimals", 2)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not the wheel's
        self.setKeyboardTracking(False)
        self.lineEdit().setTextMargins(6, 0, 0, 0)  # the stylesheet's padding does not reach it
        self.valueChanged.connect(self.forgive)

    @property
    def typing(self) -> bool:  # type: ignore[override]
        spin: Any = self
        special = spin.value() == spin.minimum() and self.specialValueText()
        return bool(spin.cleanText() != (special or spin.textFromValue(spin.value())))

    def validate(self, text: str, at: int, /) -> tuple[QValidator.State, str, int]:
        """Numbers out of range may be typed: what is wrong with them is said when they are complete."""
        state, read, at = super().validate(text.replace(MINUS, "-"), at)
        if read != text.replace(MINUS, "-"):
            text = read
        bare = text.removeprefix(self.prefix()).removesuffix(self.suffix())
        if state == QValidator.State.Invalid and len(bare) < MOST_TYPED and all(sign in TYPED for sign in bare):
            state = QValidator.State.Intermediate
        return state, text, at

    def textFromValue(self, value: Any, /) -> str:
        """With the minus that all other numbers have; who types may write a hyphen."""
        box: Any = super()
        return str(box.textFromValue(value).replace("-", MINUS))

    def valueFromText(self, text: str, /) -> Any:
        box: Any = super()
        return box.valueFromText(text.replace(MINUS, "-"))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            self.interpretText()  # of one that would be refused the old number again
            self.forgive()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._refuses():
            self.interpretText()  # the old number again
            self.selectAll()
            event.accept()
            return
        super().keyPressEvent(event)

    def say_typed(self) -> None:
        self._refuses()
        self.interpretText()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self.lineEdit().isModified():
            self._refuses()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self.forgive()

    def forgive(self) -> None:
        """A good number is there."""
        self._object("")

    def _refuses(self) -> bool:
        spin: Any = self
        good = spin.validate(self.text(), 0)[0] == QValidator.State.Acceptable
        ends = f"{_plain(spin.minimum() + bool(self.specialValueText()))}..{_plain(spin.maximum())}"
        typed = spin.cleanText().strip()
        self._object("" if good else f"{typed} is outside {ends}" if typed else f"A number in {ends} is missing")
        return not good

    def _object(self, sentence: str) -> None:
        if sentence != self._objection:
            self._objection = sentence
            self.setAccessibleDescription(sentence)
            self.objected.emit(sentence)


def _plain(number: float) -> str:
    return f"{number:,.6f}".rstrip("0").rstrip(".").replace("-", MINUS)


class WholeSpin(_NumberBox, QSpinBox):
    """For whole numbers."""

    objected = Signal(str)


class RealSpin(_NumberBox, QDoubleSpinBox):
    """For decimals: ``own`` many, more only while a value that has more is there."""

    objected = Signal(str)


def label(text: str, look: str = "muted", tip: str = "", wraps: bool = False) -> QLabel:
    """A QLabel in one of the stylesheet's looks."""
    made = QLabel(text)
    made.setProperty("look", look)
    made.setToolTip(wrapped(tip))
    made.setWordWrap(wraps)
    return made


def named(widget: Made, name: str, tip: str = "", *, spoken: str = "", look: str = "", by_tab: bool = False) -> Made:
    """The widget with its object name and, where given, its tooltip, what it is called by who hears it, and its look
    in the stylesheet; ``by_tab``: a click leaves the keys where they are."""
    widget.setObjectName(name)
    if tip:
        widget.setToolTip(tip)
    if spoken:
        widget.setAccessibleName(spoken)
    if look:
        widget.setProperty("look", look)
    if by_tab:
        widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return widget


def name_for(widget: QWidget, text: str) -> QLabel:
    """A label that is not seen, for a control that says only its value: assistive technology asks for one."""
    made = QLabel(text, widget.parentWidget())
    made.setBuddy(widget)
    made.hide()
    widget.setAccessibleName(text)
    return made


def show_note(words: QLabel, text: str, wrong: bool) -> None:
    """A text in the colour of what is wrong, or of any note."""
    words.setText(text)
    words.setProperty("look", "wrong" if wrong else "small")
    words.style().unpolish(words)
    words.style().polish(words)


def fill_combo(combo: QComboBox, items: Iterable[tuple[str, object]], current: object) -> None:
    """Put (label, data) pairs into a combo and choose ``current`` by its data, without a signal."""
    with QSignalBlocker(combo):
        items = list(items)
        if [(combo.itemText(i), combo.itemData(i)) for i in range(combo.count())] != items:
            combo.clear()
            for text, data in items:
                combo.addItem(text, data)
        choose(combo, current)


def fill_pacing(combo: QComboBox, why: str = "") -> None:
    """How playback and films go through t; ``why`` it cannot be chosen."""
    entries = catalog.PACINGS.values()
    if not combo.count():
        fill_combo(combo, ((f"even in {entry.label}", entry.name) for entry in entries), "visible")
    combo.setToolTip(why or "\n".join(f"{entry.label}: {entry.tip}" for entry in entries))


def choose(combo: QComboBox, data: object) -> None:
    """Choose an item by its data, without a signal."""
    with QSignalBlocker(combo):
        found = (i for i in range(combo.count()) if combo.itemData(i) == data)
        combo.setCurrentIndex(next(found, combo.currentIndex()))


def show_value(widget: QWidget, value: object) -> None:
    """Set a spin box, a slider or a check box to a value without a signal.

    What a scene holds is what runs: a box with narrower ends or fewer decimals takes wider ones, and shows it.
    """
    if isinstance(widget, WholeSpin | RealSpin) and widget.value() != value:
        widget.forgive()
    with QSignalBlocker(widget):
        if isinstance(widget, RealSpin) and isinstance(value, float):
            wanted = next((n for n in range(widget.own, MOST_DECIMALS) if round(value, n) == value), MOST_DECIMALS)
            if wanted != widget.decimals():
                widget.setDecimals(wanted)
        if isinstance(widget, WholeSpin | RealSpin) and not widget.minimum() <= value <= widget.maximum():  # type: ignore[operator]
            # only then: a box whose ends are set has the whole window laid out, at each move of the slider
            widget.setRange(min(widget.minimum(), value), max(widget.maximum(), value))  # type: ignore[call-overload]
        if isinstance(widget, QCheckBox):
            widget.setChecked(bool(value))
        else:
            widget.setValue(value)  # type: ignore[attr-defined]


def tell_setting(control: QWidget, setting: str, chosen: SignalInstance) -> None:
    """Let a control say ``chosen(setting, value)`` whenever the person has changed it."""
    if isinstance(control, QComboBox):
        control.currentIndexChanged.connect(lambda i: chosen.emit(setting, control.itemData(i)))
    else:
        changed = control.toggled if isinstance(control, QCheckBox) else control.valueChanged  # type: ignore[attr-defined]
        changed.connect(lambda value: chosen.emit(setting, value))


def push_button(name: str, text: str, tip: str) -> QPushButton:
    """A button of a dialog that Return in a field does not press."""
    button = named(QPushButton(text), name, wrapped(tip))
    button.setAutoDefault(False)
    return button
