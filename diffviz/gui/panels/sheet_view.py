"""SheetView: an experiment's rows and columns of pictures, at one whole-number zoom, with words at their heads."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QTextDocument,
)
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QToolTip, QWidget

from diffviz.gui.icons import image_of
from diffviz.gui.panels import set_words
from diffviz.gui.panels.sheet_keys import SheetKeys
from diffviz.gui.panels.sheet_layout import Place, SheetLayout
from diffviz.gui.panels.sheet_words import CLOSE, NEXT, SMALL, WAYS, SheetWords
from diffviz.gui.theme import drawn, letters
from diffviz.palette import DARK, Palette
from diffviz.sheet import Cell, Sheet

SHARES = (1.0, 0.75, 0.5, 0.375)  # of a picture's size, the largest at which all of a sheet is seen
LESS = (0.3125, 0.25)  # where else not all columns would be


class SheetArea(QScrollArea):
    """The scrolled room of a SheetView, which asks it for the zoom when its size changes."""

    def __init__(self, view: SheetView) -> None:
        super().__init__()
        self.view = view
        self.setWidget(view)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumSize(320, 160)

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.view.fit(self.viewport().size())


class SheetView(QWidget):
    """Signals: ``cell_clicked(row, column)``; ``row_closed(row)`` for the × of a row that can be taken out."""

    cell_clicked = Signal(int, int)
    row_closed = Signal(int)
    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sheet_view")
        self.setAccessibleName("results of the experiment")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.keys = SheetKeys(self)
        self._sheet = Sheet()
        self._images: dict[Place, tuple[Cell, QImage]] = {}
        self._chosen: tuple[Place | None, Place | None] = (None, None)
        self._closable = False
        self._message = ("", "")
        self._palette, self._scale = DARK, 1.0
        self._room = QSize(400, 300)
        self._side = 32, 32
        self.free = False  # whether pictures have no pixels that mean anything: they may be shrunk
        self._words: SheetWords
        self._layout: SheetLayout
        self.fresh = False

    # -- what is shown

    def show_sheet(self, sheet: Sheet) -> None:
        """Draw a sheet; cells that it shares with the one before are kept."""
        old, self._sheet = self._sheet, sheet
        if shape(old) != shape(sheet):
            self.fresh = True
            self._images.clear()
            self.fit(self._room)
            self.update()
            return
        changed = QRegion()
        for place, cell in sheet.cells.items():
            if old.cells.get(place) is not cell:
                changed += self._around_cell(place)
        self.fresh |= not self.isVisible() or self.visibleRegion().intersects(changed)  # else nothing will be painted
        self.update(changed)

    def show_chosen(self, first: Place | None, second: Place | None) -> None:
        """Outline the two cells that are looked at."""
        if self._chosen != (first, second):
            self._chosen = (first, second)
            self.update()

    def show_message(self, title: str, text: str) -> None:
        """Words in place of a sheet, shown while there are no rows."""
        self._message = (title, text)
        self.update()

    @property
    def filled(self) -> bool:
        """Whether there are rows, not words in their place."""
        return bool(self._sheet.rows)

    def set_closable(self, closable: bool) -> None:
        """Whether rows can be taken out."""
        if closable != self._closable:
            self._closable = self.keys.closes = closable
            self.fit(self._room)
            self.update()

    def set_look(self, palette: Palette, scale: float) -> None:
        self._palette, self._scale = palette, scale
        self.fit(self._room)
        self.update()

    # -- geometry, in this widget's pixels

    def fit(self, room: QSize) -> None:
        """Take the largest zoom at which all columns, and if it can be all rows, fit the room."""
        self._room = room
        if not self._sheet.rows:
            self.setMinimumSize(0, 0)
            return
        self._words = self.words_in(room.width(), room.height())
        self._layout = self._words.measures.laid(room.width(), room.height())
        self.setMinimumSize(*self._layout.size)
        self.update()

    def words_in(self, width: int, height: int) -> SheetWords:
        """The sheet's words, and what it asks for, in so much room."""
        some = next(iter(self._sheet.cells.values()), None)
        if some is not None:
            self._side = (some.picture.shape[1], some.picture.shape[0])
        if not self.free:
            return self._words_of(1.0).fitted(width, height)
        ways = [self._words_of(share, way) for share in (*SHARES, *LESS) for way in WAYS]
        across = [words for words in ways if words.measures.width(1) <= width] or ways[-1:]
        whole = [words for words in across if words.measures.height(1) <= height and words.way == WAYS[0]]
        large = [words for words in whole if words.side[0] >= round(SHARES[-1] * self._side[0])]
        return (large or across)[0].fitted(width, height)

    def _words_of(self, share: float, way: tuple[int, bool] = WAYS[0]) -> SheetWords:
        """The words beside pictures of a share of their size."""
        return SheetWords(
            self._sheet,
            (round(share * self._side[0]), round(share * self._side[1])),
            self.font(),
            self._palette,
            self._scale,
            self._closable,
            self.devicePixelRatioF(),
            way,
        )

    def frame(self, place: Place) -> QRect:
        """Where a cell lies, its note included."""
        return self._layout.frame(place)

    def _around_cell(self, place: Place) -> QRect:
        """With its outlines and its badge."""
        return self.frame(place).adjusted(-4, -4, 4, 4)

    def place_at(self, point: QPoint) -> Place | None:
        """The cell under a point."""
        return next((place for place in self._sheet.cells if self.frame(place).contains(point)), None)

    def head_frame(self, row: int) -> QRect:
        """Where a row's words stand: in the middle of its pictures' height."""
        words, frame = self._words, self.frame((row, 0))
        height = ceil(words.heads[row].size().height())
        below = max(0, frame.height() - words.note_height(row) - height) // 2
        return QRect(words.gap, frame.top() + below, words.left - 2 * words.gap, height)

    def close_at(self, point: QPoint) -> int | None:
        """The row whose × lies under a point."""
        rows = range(len(self._sheet.rows)) if self._closable else range(0)
        return next((row for row in rows if self._close_rect(row).contains(point)), None)

    def _close_rect(self, row: int) -> QRect:
        size, head = round(CLOSE * self._scale), self.head_frame(row)
        return QRect(head.right() + 1 - size, head.top(), size, size)

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._palette.card))
        if not self._sheet.rows:
            self._paint_message(painter)
        else:
            self._paint_heads(painter)
            for place in self._places():
                if self._around_cell(place).intersects(event.rect()):
                    self._paint_cell(painter, place)
        if self.hasFocus() and self.keys.walks:
            painter.setPen(QPen(QColor(self._palette.focus), 2))
            painter.drawRect(self.visibleRegion().boundingRect().adjusted(1, 1, -1, -1))
        painter.end()
        if self.fresh:
            self.fresh = False
            self.painted.emit()

    def _places(self) -> Iterator[Place]:
        return ((i, j) for i in range(len(self._sheet.rows)) for j in range(len(self._sheet.columns)))

    def _paint_message(self, painter: QPainter) -> None:
        title, text = self._message
        area = self.rect().adjusted(40, 20, -40, -20)
        middle = area.center().y()
        bold = painter.font()
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(self._palette.text))
        upper = QRect(area.left(), middle - round(60 * self._scale), area.width(), round(52 * self._scale))
        painter.drawText(upper, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, title)
        painter.setFont(self.font())
        painter.setPen(QColor(self._palette.muted))
        lower = QRect(area.left(), middle, area.width(), area.bottom() - middle)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(lower, flags, text)

    def _paint_heads(self, painter: QPainter) -> None:
        words = self._words
        for j, head in enumerate(self._sheet.columns):
            lines = 1 if head.note else words.head_lines
            area = self._around((0, j), round(4 * self._scale), lines * words.line)
            self._write(painter, area, head.title, muted=head.t is not None)
            if head.note:
                self._write(painter, area.translated(0, words.line), head.note, small=True)
        for i, document in enumerate(words.heads):
            self._paint_row_head(painter, i, document)

    def _around(self, place: Place, top: int, height: int) -> QRect:
        """The room for the words over or under a cell."""
        frame = self.frame(place)
        wide = max(0, (self._layout.room - frame.width()) // 2) + self._words.over // 2
        return QRect(frame.left() - wide, top, frame.width() + 2 * wide, height)

    def _paint_row_head(self, painter: QPainter, row: int, document: QTextDocument) -> None:
        if self._closable:
            close = self._close_rect(row)
            painter.setPen(QPen(QColor(self._palette.muted), 1.4 * self._scale))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            cross = close.adjusted(*(round(v * self._scale) for v in (5, 5, -4, -4)))
            painter.drawLine(cross.topLeft(), cross.bottomRight())
            painter.drawLine(cross.topRight(), cross.bottomLeft())
        painter.save()
        painter.translate(self.head_frame(row).topLeft())
        document.drawContents(painter)
        painter.restore()

    def _write(self, painter: QPainter, area: QRect, text: str, muted: bool = False, small: bool = False) -> None:
        """Words in the middle of an area, in as many lines as it has."""
        painter.setPen(QColor(self._palette.muted if muted or small else self._palette.text))
        font, high = self._words.sized(SMALL if small or muted else 1.0), self._words.line
        lines = set_words.lines(text, font, area.width()) if area.height() > high else [text]
        apart = round(NEXT * self._scale) if small else high
        top = area.top() if small else area.bottom() + 1 - len(lines) * high  # heads stand on their columns
        for k, line in enumerate(lines):
            place = QRect(area.left(), top + k * apart, area.width(), high)
            set_words.paint(painter, place, line, font, Qt.AlignmentFlag.AlignHCenter)

    def _paint_cell(self, painter: QPainter, place: Place) -> None:
        frame, cell = self.frame(place), self._sheet.cells.get(place)
        area = frame.adjusted(0, 0, 0, -self._words.note_height(place[0]))
        if cell is None:
            painter.fillRect(area, QColor(self._palette.empty))
            painter.setPen(QColor(self._palette.border))
            painter.drawRect(area.adjusted(0, 0, -1, -1))
            return
        zoom = self._layout.zoom / self.devicePixelRatioF()  # whole pixels of the screen, which the frame need not be
        wide, high = self._words.measures.side
        exact = QRectF(area.left(), area.top(), wide * zoom, high * zoom)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.free)
        painter.drawImage(exact, self._image(place, cell))
        painter.setPen(QColor(self._palette.border))
        painter.drawRect(area.adjusted(-1, -1, 0, 0))
        number = {self._chosen[0]: 1, self._chosen[1]: 2}.get(place, 0)
        if number or cell.strong:
            painter.setPen(QPen(QColor(self._palette.text), 2 * self._scale if number else 1))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.drawRect(area.adjusted(-2, -2, 1, 1))
        if number:
            paint_badge(painter, QPointF(area.topLeft()), number, self._palette, self._scale)
        if place == self.keys.at and self.hasFocus():
            painter.setPen(QPen(QColor(self._palette.focus), 2 * self._scale, Qt.PenStyle.DashLine))
            painter.drawRect(area.adjusted(-4, -4, 3, 3))
        if cell.note:
            under = self._around(place, area.bottom() + 1, self._words.note_height(place[0]))
            if not under.height():  # passing
                under = QRect(area.left(), area.bottom() + 1 - self._words.line, area.width(), self._words.line)
                painter.fillRect(under, QColor(self._palette.card))
            self._write(painter, under, cell.note, small=True)

    def _image(self, place: Place, cell: Cell) -> QImage:
        known = self._images.get(place)
        if known is None or known[0] is not cell:
            seen = cell.seen
            image = image_of(seen)
            known = self._images[place] = (cell, image if cell.edge is None else image.copy())
            # the cell keeps the memory that QImage borrows
        return known[1]

    # -- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        point = event.position().toPoint()
        closed, place = self.close_at(point), self.place_at(point)
        if closed is not None:
            self.row_closed.emit(closed)
        elif place is not None:
            self.cell_clicked.emit(*place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.keys.takes(event):
            self.keys.press(event, self._sheet)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.keys.begin(event)
        super().focusInEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        over = self.place_at(point) is not None or self.close_at(point) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self.keys.takes(event):
            event.accept()
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._tip(event.pos()), self)
            return True
        return super().event(event)

    def _tip(self, point: QPoint) -> str:
        sheet, place = self._sheet, self.place_at(point)
        if self.close_at(point) is not None:
            return "Take this run out; what it computed is kept"
        if place is not None:
            row, column = sheet.rows[place[0]], sheet.columns[place[1]]
            words = (row.title, row.note, column.title, column.note, sheet.cells[place].note)
            return drawn("\n".join(filter(None, words))) + "\nClick two to see them side by side"
        rows = range(len(sheet.rows))
        heads = [sheet.rows[i] for i in rows if self.head_frame(i).contains(point)]
        return drawn("\n".join(filter(None, (heads[0].title, heads[0].note)))) if heads else ""


def shape(sheet: Sheet) -> tuple[object, ...]:
    """What decides where its cells stand: with the heads, the longest note of each row."""
    longest: dict[int, int] = {}
    for (row, _), cell in sheet.cells.items():
        if cell.note and not cell.passing:
            longest[row] = max(len(cell.note), longest.get(row, 0))
    return sheet.rows, sheet.columns, bool(sheet.cells), longest


SIDE = 16  # pixels at scale 1


def paint_badge(painter: QPainter, corner: QPointF, number: int, palette: Palette, scale: float) -> None:
    """A number in a disc at the corner of a picture."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    disc = QRectF(corner.x() - 3 * scale, corner.y() - 3 * scale, SIDE * scale, SIDE * scale)
    painter.setPen(QColor(palette.card))
    painter.setBrush(QColor(palette.text))
    painter.drawEllipse(disc)
    painter.setFont(letters(11 * scale, painter.font(), bold=True))
    painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(number))
    painter.restore()
