"""WholeScreen: a window over the whole screen, and back, laid out once each way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QLayout, QMainWindow

PATIENCE_MS = 50  # for the new size, which a window manager gives when it likes, or not at all


class WholeScreen(QObject):
    """Parts may come and go between ``hold`` and ``show``; the old places stay until the window has its new size.

    ``released()``: everything has its place again.

    Args:
        layouts: those in the window whose parts come and go. share: gives the parts that no layout holds their places.
    """

    released = Signal()

    def __init__(self, window: QMainWindow, layouts: tuple[QLayout, ...], share: Callable[[], None]) -> None:
        super().__init__(window)
        outer = window.layout()
        assert outer is not None  # a main window has its own
        self._window, self._layouts, self._share = window, (outer, *layouts), share
        self._was_maximised = False
        self.held = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._lose_patience)
        window.installEventFilter(self)

    def hold(self) -> None:
        """Lay nothing out: each part that is shown or hidden would move all others.

        Painting goes on: on X a picture that came while it was off was never painted.
        """
        self.held = True
        for layout in self._layouts:
            layout.setEnabled(False)

    def show(self, whole: bool) -> None:
        """The whole screen, or as the window was before."""
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
        self.held = False
        for layout in self._layouts:
            layout.setEnabled(True)
            layout.invalidate()
            layout.activate()
        self._share()
        self.released.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._patience.isActive() and event.type() == QEvent.Type.Resize:
            self._release()
        return super().eventFilter(watched, event)
