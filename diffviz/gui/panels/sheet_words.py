"""SheetWords: the words of a sheet and the room that they want; they give way where the pictures are larger for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil

from PySide6.QtGui import QFont, QTextDocument

from diffviz.gui.panels import set_words
from diffviz.gui.panels.sheet_layout import Measures, SheetLayout
from diffviz.gui.theme import letters
from diffviz.palette import Palette
from diffviz.sheet import Head, Sheet

GAP = 8  # between cells, in pixels at scale 1
LINE, NEXT = 17, 14  # of writing, and of a second line below it
LEAST_PX = 70  # of the heads of rows that break
CLOSE = 16
SMALL = 0.88  # of the font's size: notes, and levels over columns
WAYS = (GAP, False), (GAP, True), (GAP // 2, True)  # gap, and whether the heads of rows break at each word
COLUMNS = -1  # the heads of the columns, among rows


@dataclass(frozen=True)
class SheetWords:
    """Of one sheet, in one font.

    Attributes:
        closable: a × stands at each row. dpr: pixels of the screen in one of the widget. way: one of ``WAYS``.
        spare: pixels that heads which break have beyond the least. doubled: the rows whose notes take two lines.
    """

    sheet: Sheet
    side: tuple[int, int]
    font: QFont
    palette: Palette
    scale: float
    closable: bool
    dpr: float
    way: tuple[int, bool] = WAYS[0]
    spare: int = 0
    doubled: frozenset[int] = frozenset()
    _widths: dict[tuple[str, int], float] = field(default_factory=dict, compare=False, repr=False)  # shared by all ways

    def fitted(self, width: int, height: int) -> SheetWords:
        """As they are written in so much room: small pictures have the room that narrower words leave."""
        best = self
        for way in WAYS[1:]:
            if best.measures.zoom_in(width, height) >= best.measures.least_zoom:
                break
            other = replace(self, way=way)
            if other.measures.zoom_in(width, height) > best.measures.zoom_in(width, height):
                best = other
        if best.way[1]:
            spare = max(0, width - best.measures.width(best.measures.zoom_in(width, height)))
            best = replace(best, spare=spare)
        room = best.measures.laid(width, height).room
        wide = frozenset(row for row, text, font in best._written() if self._wide(text, font) > room + best.over)
        return replace(best, doubled=wide) if wide else best

    def cut(self, layout: SheetLayout) -> bool:
        """Whether a word has no room though its text takes two lines."""
        return any(
            self._wide(line, font) > layout.room + self.over
            for _, text, font in self._written()
            for line in set_words.lines(text, font, layout.room + self.over)
        )

    def _written(self) -> Iterator[tuple[int, str, QFont]]:
        """Everything over and under cells: its row, the text and its font."""
        noted = any(head.note for head in self.sheet.columns)
        for head in self.sheet.columns:
            yield COLUMNS, head.title, self.sized(1.0 if head.t is None else SMALL)
            if noted:
                yield COLUMNS, head.note, self.sized(SMALL)
        for (row, _), cell in self.sheet.cells.items():
            if cell.note and not cell.passing:
                yield row, cell.note, self.sized(SMALL)

    def _wide(self, text: str, font: QFont) -> float:
        key = text, font.pixelSize()
        if key not in self._widths:
            self._widths[key] = set_words.width(text, font)
        return self._widths[key]

    def sized(self, factor: float) -> QFont:
        size = self.font.pixelSize() if self.font.pixelSize() > 0 else round(13 * self.scale)
        return letters(max(9, size * factor), self.font)

    @cached_property
    def gap(self) -> int:
        return round(self.way[0] * self.scale)

    @property
    def over(self) -> int:
        """How much wider than their cell's room words may be: a narrow gap would not tell them from the next ones."""
        return 6 if self.way[0] == GAP else 0

    @property
    def line(self) -> int:
        return round(LINE * self.scale)

    @cached_property
    def left(self) -> int:
        """Room for the heads of the rows."""
        return self._words_width() + 2 * self.gap

    @cached_property
    def head_lines(self) -> int:
        """Over a column: a title of one line or two, or a title and a note."""
        return 2 if COLUMNS in self.doubled or any(head.note for head in self.sheet.columns) else 1

    @cached_property
    def noted(self) -> frozenset[int]:
        """Where there are notes, and where they may still come: else all would shrink with each row that is filled."""
        sheet = self.sheet
        found = frozenset(row for (row, _), cell in sheet.cells.items() if cell.note and not cell.passing)
        filled = Counter(row for row, _ in sheet.cells)
        return found and found | {row for row in range(len(sheet.rows)) if filled[row] < len(sheet.columns)}

    def note_height(self, row: int) -> int:
        return (self.line + round(NEXT * self.scale) * (row in self.doubled)) if row in self.noted else 0

    @cached_property
    def heads(self) -> tuple[QTextDocument, ...]:
        return tuple(map(self._row_head, self.sheet.rows))

    @cached_property
    def measures(self) -> Measures:
        """What the sheet asks for, whatever its room."""
        return Measures(
            len(self.sheet.columns),
            tuple(self.note_height(row) for row in range(len(self.sheet.rows))),
            tuple(ceil(document.size().height()) for document in self.heads),
            self.left,
            round((LINE * self.head_lines + 8) * self.scale),
            self.gap,
            ceil(max((self._wide(text, font) for _, text, font in self._written()), default=0)),
            self.side,
            self.dpr,
        )

    def _row_head(self, head: Head) -> QTextDocument:
        """A row's title and note, wrapped at the left of its cells."""
        document = QTextDocument()
        document.setDocumentMargin(0)
        document.setDefaultFont(self.sized(1.0))
        small = self.sized(SMALL).pixelSize()
        close = round((CLOSE + 4) * self.scale) if self.closable else 0
        title = f'<div style="color:{self.palette.text};margin-right:{close}px">{set_words.as_html(head.title)}</div>'
        note = f'<div style="color:{self.palette.muted};font-size:{small}px">{set_words.as_html(head.note)}</div>'
        document.setHtml(title + (note if head.note else ""))
        document.setTextWidth(self.left - 2 * self.gap)
        return document

    def _words_width(self) -> int:
        whole = self._widest(broken=False)
        if not self.way[1]:
            return whole
        return min(whole, max(round(LEAST_PX * self.scale), self._widest(broken=True)) + self.spare)

    def _widest(self, broken: bool) -> int:
        # two pixels more than the rounded width, which the words may exceed by a fraction
        title, note = (
            max((self._wide(part, font) + 2 for part in parts), default=0.0)
            for parts, font in (
                ([part for head in self.sheet.rows for part in _parts(head.title, broken)], self.sized(1.0)),
                ([part for head in self.sheet.rows for part in _parts(head.note, broken)], self.sized(SMALL)),
            )
        )
        width = max(title + (CLOSE + 4) * self.scale * self.closable, min(note, 150 * self.scale))
        return round(min(width, 170 * self.scale))


def _parts(text: str, broken: bool) -> list[str]:
    return text.split() if broken else [text]
