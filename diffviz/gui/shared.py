"""Shared: what the desks of the window work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from diffviz.gui.generating import ChainDesk
from diffviz.gui.lens_view import LensView
from diffviz.gui.models import ModelDesk
from diffviz.gui.parts import Parts
from diffviz.gui.picture_desk import PictureDesk
from diffviz.gui.plane_view import PlaneView
from diffviz.scene import Scene


@dataclass(frozen=True, kw_only=True)
class Shared(Parts):
    """The parts, and those desks and views that others lean on.

    ``open_scene``: puts another one in the place of that on screen.
    """

    models: ModelDesk
    generating: ChainDesk
    pictures: PictureDesk
    lens: LensView
    plane: PlaneView
    open_scene: Callable[[Scene], None]
