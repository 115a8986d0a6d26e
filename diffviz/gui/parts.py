"""Parts: what a window is made of, before anything sets it in motion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from diffviz.engine.port import Port
from diffviz.files import begin_folder
from diffviz.gui.chains import Chains
from diffviz.gui.forward_view import ForwardView
from diffviz.gui.jobs import Jobs
from diffviz.gui.options import Options
from diffviz.gui.pages import Pages
from diffviz.gui.panels.equation_panel import EquationPanel
from diffviz.gui.panels.message_bar import MessageBar
from diffviz.gui.panels.schedule_panel import SchedulePanel
from diffviz.gui.panels.side_panel import SidePanel
from diffviz.gui.pictures import PictureShelf
from diffviz.gui.playback import Playback
from diffviz.gui.reverse_view import ReverseView
from diffviz.kinds import Datum
from diffviz.session.store import Store


class LastFolder:
    """The folder of the last file; "" before the first one."""

    def __init__(self) -> None:
        self.path = ""

    def note(self, file: str | Path) -> None:
        """A file was opened or saved."""
        self.path = str(Path(file).parent)

    def at(self, name: str) -> Path:
        """Where a new file of that name is proposed."""
        return Path(self.path or begin_folder()) / name


@dataclass(frozen=True)
class Parts:
    """Made once, with the window; what needs some of it is given all of it.

    ``say``: in the line at the foot. ``folder``: of the last file.
    """

    window: QMainWindow
    store: Store
    port: Port
    notices: MessageBar
    actions: Mapping[str, QAction]
    equation: EquationPanel
    curves: SchedulePanel
    side: SidePanel
    shelf: PictureShelf
    playback: Playback
    chains: Chains
    jobs: Jobs
    options: Options
    pages: Pages
    view: ForwardView
    reverse: ReverseView
    say: Callable[[str], None]
    folder: LastFolder = field(default_factory=LastFolder)

    @property
    def steps(self) -> tuple[QAction, QAction]:
        """Undo and redo."""
        return self.actions["undo"], self.actions["redo"]

    def datum(self) -> Datum | None:
        """What is open, or None while it is read, and of an empty plane."""
        data = self.store.scene.data
        return None if data.empty else self.shelf.kept(data)
