"""Permissions: what can be done now, shown by every action: enabled, or with the reason in its tooltip."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QAction

from diffviz.gui.actions import set_enabled
from diffviz.session.permits import permits
from diffviz.session.state import Session


class Permissions:
    """Enables and disables the actions of a window."""

    def __init__(self, actions: Mapping[str, QAction]) -> None:
        self._actions = actions
        self._session: Session | None = None
        self._shown: dict[str, str] = {}

    def show(self, session: Session) -> bool:
        """Show what a session permits; whether anything in it is new."""
        if session == self._session:
            return False
        self._session = session
        for name, why in permits(session).items():
            if self._shown.get(name) != why:  # the slider moves far more often than any of these
                self._shown[name] = why
                set_enabled(self._actions[name], not why, why)
        return True
