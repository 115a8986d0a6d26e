"""WholeScreen: a window over the whole screen, and back, changed, laid out and painted once each way."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QChildEvent, QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QLayout, QMainWindow, QMenu, QWidget

from diffviz.gui import theme
from diffviz.palette import DARK, Palette

PATIENCE_MS = 50  # for the new size, which a window manager gives when it likes, or not at all


class WholeScreen(QObject):
    """The window stays as it is until it has its new size: what is changed before would be painted once more.

    ``turned()``: parts may come and go, and their letters grow; nothing is laid out meanwhile, since each would move
    all others. ``released()``: everything has its place again.

    Args:
        pages: what is presented. layouts: those in the window whose parts come and go. share: gives the parts that no
            layout holds their places.
    """

    turned = Signal()
    released = Signal()

    def __init__(
        self, window: QMainWindow, pages: QWidget, layouts: tuple[QLayout, ...], share: Callable[[], None]
    ) -> None:
        super().__init__(window)
        outer = window.layout()
        assert outer is not None  # a main window has its own
        self._window, self._layouts, self._share = window, (outer, *layouts), share
        self._pages, self._look = pages, (DARK, 1.0)
        self._was_maximised = False
        self.held = False
        self._patience = QTimer(self, singleShot=True)
        self._patience.timeout.connect(self._lose_patience)
        window.installEventFilter(self)

    def set_look(self, palette: Palette, scale: float) -> None:
        """Pages, and what lies over the window, in letters of that size: a presentation shows nothing else."""
        self._look = palette, scale
        aside = self._window.menuBar(), self._window.centralWidget()
        over = [child for child in self._window.children() if isinstance(child, QWidget) and child not in aside]
        theme.enlarge([self._pages, *(part for part in over if not isinstance(part, QMenu))], palette, scale)

    def show(self, whole: bool) -> None:
        """The whole screen, or as the window was before."""
        self.held = True
        for layout in self._layouts:
            layout.setEnabled(False)
        if whole:
            self._was_maximised = self._window.isMaximized()
            self._window.showFullScreen()
        elif self._was_maximised:
            self._window.showMaximized()
        else:
            self._window.showNormal()
        self._patience.start(PATIENCE_MS)

    def _lose_patience(self) -> None:
        """On a busy machine the new size may have come by now, and be what is told next."""
        if self._patience.interval():
            self._patience.start(0)
        else:
            self._release()

    def _release(self) -> None:
        self._patience.stop()
        self.turned.emit()
        self.held = False
        for layout in self._layouts:
            layout.setEnabled(True)
            layout.invalidate()
        for layout in self._layouts:
            layout.activate()
        self._share()
        self.released.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._patience.isActive() and event.type() == QEvent.Type.Resize:
            self._release()
        if event.type() == QEvent.Type.ChildPolished and self._look[1] != 1.0:  # a dialog
            theme.enlarge([cast(QWidget, cast(QChildEvent, event).child())], *self._look)
        return super().eventFilter(watched, event)
