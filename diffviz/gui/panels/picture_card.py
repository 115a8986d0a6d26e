"""PictureCard: a PictureView with its name and a caption."""

from __future__ import annotations

import html
import re

import numpy as np
from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QLabel, QToolButton

from diffviz.gui.icons import icon
from diffviz.gui.panels.controls import named
from diffviz.gui.panels.in_words import in_words
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.picture_view import PictureView
from diffviz.gui.panels.still import Still
from diffviz.gui.panels.viewport import Viewport
from diffviz.gui.theme import drawn, wrapped
from diffviz.palette import Palette

MARGINS = (4, 6, 4, 4)  # left, top, right, bottom; the frame is one of them
SPACING = 5
# what a caption can do without, the least needed first: the seed stands over the noise too, the sampler at the right
SPARE = tuple(
    (re.compile(pattern), kept)
    for pattern, kept in (
        (r" · seed \d+|\bstate (?=\d)| · [\d,]+ points", ""),
        (r" · \d+ of \d+(?= · [\d,]+ outside)", ""),  # t says it too
        (r"from your [^·,]*, (?=in-painted)", ""),
        (r"^(\d+ futures[^·]*) · .*, then ([^·]*) · .*", r"\1 · \2"),  # how the chain came there
        (r"^(\d+ futures.*?) · [^·,]* → .*", r"\1"),
        (r" · [^·,]*?(?= → |$)", ""),
        (r"^(\d+ futures) from .*", r"\1"),
    )
)


class PictureCard(QFrame):
    """One panel of the equation. ``hovered`` and ``clicked`` are in picture pixels, see PictureView.

    ``enlarge``: a button that makes this panel the large one, where it is shown.
    """

    hovered = Signal(int, int)
    clicked = Signal(int, int)

    def __init__(self, name: str, title: str, viewport: Viewport) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(name.removesuffix("_panel").replace("_", " "))
        self.setProperty("look", "card")
        self.view = PictureView(viewport)
        self.view.setAccessibleName(self.accessibleName())  # until it has a title
        self._title = QLabel(title, textFormat=Qt.TextFormat.RichText)
        self._title.setProperty("look", "title")
        self._caption = named(QLabel(), "made_with_label" if name == "x_t_panel" else f"{name}_caption", look="small")
        self._caption.setTextFormat(Qt.TextFormat.PlainText)  # a file's name may look like markup
        self._caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.caption = self._caption_tip = ""
        self._room = Still(self._caption)
        self._room.installEventFilter(self)
        self.enlarge = named(QToolButton(), name.replace("_panel", "_enlarge_button"), look="flat", by_tab=True)
        self.enlarge.setCheckable(True)
        self.enlarge.hide()
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        filled(self._head, self._title, (self._room, 1), self.enlarge, margins=(5, 0, 5, 0), spacing=4)
        self._head.addStretch(0)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        filled(self._box, self._head, (self.view, 1), margins=MARGINS, spacing=SPACING)
        self.view.hovered.connect(self.hovered)
        self.view.clicked.connect(self.clicked)

    def let_title_be_cut(self) -> None:
        """A long title does not widen the card."""
        self._title.setMinimumWidth(1)

    def set_title(self, title: str, tip: str = "") -> None:
        self._title.setText(title)
        self.view.setAccessibleName(in_words(title) or self.accessibleName())  # until more is known of what it shows
        self._title.setToolTip(wrapped(tip))

    @property
    def title(self) -> str:
        """What it is called, without markup: "x₀"."""
        marked = re.sub(r"<sub>(.*?)</sub>", r"_{\1}", self._title.text())
        return html.unescape(drawn(re.sub(r"<[^>]*>", "", marked)))

    def set_look(self, palette: Palette, scale: float) -> None:
        self.view.set_palette(palette, scale)
        self.enlarge.setIcon(icon("fullscreen", palette))
        side = max(12, self._caption.sizeHint().height())
        self.enlarge.setFixedSize(side + 4, side)
        self.enlarge.setIconSize(QSize(side - 2, side - 2))

    def set_caption(self, text: str, tip: str | None = None) -> None:
        """The words at the right of the title; long ones lose what is not needed, or are cut in the middle.

        They are whole in the tooltip, before the ``tip`` (rich text) that says what they are; None: as before.
        """
        self.caption = text
        self._caption_tip = self._caption_tip if tip is None else tip
        metrics, room = self._caption.fontMetrics(), max(60, self._room.width())
        words = text
        for spare, kept in SPARE:
            if metrics.horizontalAdvance(words) <= room:
                break
            words = spare.sub(kept, words)
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, room)
        self._caption.setText(shown)
        whole = html.escape(text) if shown != text else ""
        tip = "<br>".join(filter(None, (whole, self._caption_tip)))
        if tip != self._caption.toolTip():
            self._caption.setToolTip(tip)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:  # of the caption's room: the card or the title has another width
            self.set_caption(self.caption)
        return super().eventFilter(watched, event)

    def lay_head(self, aside: bool) -> None:
        """Put the words above the picture, or beside it, where height is scarce."""
        ways = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        if self._head.direction() != ways[aside]:
            self._head.setDirection(ways[aside])
            self._box.setDirection(ways[not aside])
            self._title.setMinimumWidth(self._aside_px() if aside else 0)
            side = Qt.AlignmentFlag.AlignLeft if aside else Qt.AlignmentFlag.AlignRight
            self._caption.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self._head.setStretch(1, int(not aside))
            self._head.setStretch(3, int(aside))

    def _aside_px(self) -> int:
        return 11 * self._caption.sizeHint().height()

    def around(self, aside: bool = False) -> tuple[int, int]:
        """How much wider and higher the card is than the picture in it."""
        inner, (left, top, right, bottom) = self.contentsMargins(), MARGINS
        wide, high = left + right + inner.left() + inner.right(), top + bottom + inner.top() + inner.bottom()
        if aside:
            return wide + self._aside_px() + 10 + SPACING, high
        return wide, high + SPACING + max(self._title.sizeHint().height(), self._caption.sizeHint().height())

    def displayed_array(self) -> np.ndarray:
        """The picture shown, uint8 (H, W, 3), whatever the zoom; (0, 0, 3) while there is none."""
        array = self.view.array()
        return np.zeros((0, 0, 3), np.uint8) if array is None else array.copy()
