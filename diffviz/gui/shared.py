"""Shared: what the desks of the window work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from diffviz.gui.folder import LastFolder

if TYPE_CHECKING:
    from diffviz.engine.port import Port
    from diffviz.gui.chains import Chains
    from diffviz.gui.forward_view import ForwardView
    from diffviz.gui.generating import ChainDesk
    from diffviz.gui.jobs import Jobs
    from diffviz.gui.lens_view import LensView
    from diffviz.gui.models import ModelDesk
    from diffviz.gui.options import Options
    from diffviz.gui.pages import Pages
    from diffviz.gui.panels.message_bar import MessageBar
    from diffviz.gui.panels.picture_card import PictureCard
    from diffviz.gui.panels.side_panel import SidePanel
    from diffviz.gui.picture_desk import PictureDesk
    from diffviz.gui.pictures import PictureShelf
    from diffviz.gui.plane_view import PlaneView
    from diffviz.scene import Scene
    from diffviz.session.store import Store


@dataclass(frozen=True)
class Shared:
    """Made once, with the window.

    ``panel``: the card of x_t. ``open_scene``: puts another one in the place of that on screen. ``say``: in the line at
    the foot. ``folder``: of the last file.
    """

    window: QWidget
    store: Store
    port: Port
    notices: MessageBar
    actions: Mapping[str, QAction]
    jobs: Jobs
    chains: Chains
    models: ModelDesk
    pages: Pages
    generating: ChainDesk
    view: ForwardView
    panel: PictureCard
    pictures: PictureDesk
    shelf: PictureShelf
    open_scene: Callable[[Scene], None]
    options: Options
    side: SidePanel
    say: Callable[[str], None]
    lens: LensView
    plane: PlaneView
    folder: LastFolder = field(default_factory=LastFolder)

    @property
    def steps(self) -> tuple[QAction, QAction]:
        """Undo and redo."""
        return self.actions["undo"], self.actions["redo"]
