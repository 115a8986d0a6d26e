"""Pixels: the value under the cursor, and looking into one sample of a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffviz.gui.numbers import signed

if TYPE_CHECKING:
    from diffviz.gui.controller import Controller


class Pixels:
    """What the mouse does on the pictures."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._place = (-1, -1)

    def refresh(self) -> None:
        """The picture has changed under a resting cursor."""
        if self._place[0] >= 0:
            self.hovered(*self._place)

    def hovered(self, x: int, y: int) -> None:
        """Say the unclipped values of the pixel under the cursor."""
        controller = self._controller
        self._place = (x, y)
        if x < 0:
            controller.values_changed.emit("")
            return
        if controller.scene.direction == "forward":
            values = controller.forward.values_at(x, y, controller.schedule)
            place = f"x = {x}, y = {y}"
        else:
            values = controller.reverse.values_at(x, y)
            tile = controller.reverse.tile_at(x, y)
            place = f"x = {tile[1]}, y = {tile[2]}" if tile else ""
            count = controller.reverse.run.count if controller.reverse.states else controller.scene.count
            if tile and count > 1:
                place += f", {controller.reverse.tile_name(tile[0])}"
        words = [f"{name}   ({', '.join(signed(f'{v:+.3f}') for v in numbers)})" for name, numbers in values]
        controller.values_changed.emit("     ".join([place, *words]))

    def clicked(self, x: int, y: int) -> None:
        """Open the sample under the cursor."""
        if (
            self._controller.scene.direction == "reverse"
            and self._controller.reverse.states
            and self._controller.reverse.run.count > 1
            and self._controller.reverse.open_tile is None
        ):
            place = self._controller.reverse.tile_at(x, y)
            if place is not None:
                self._controller.reverse.open_tile = place[0]
                self._controller.view.viewport.fit()
                self._controller.show_now()

    @property
    def tile(self) -> int | None:
        """The sample under the cursor."""
        place = self._controller.reverse.tile_at(*self._place) if self._place[0] >= 0 else None
        return place[0] if place else None

    def leave_tile(self) -> bool:
        """Esc: back to the grid, from futures to their chain; whether there was anything to leave."""
        reverse = self._controller.reverse
        if reverse.open_tile is None:
            return bool(reverse.run.fan) and self._controller.branches.back()
        self._controller.reverse.open_tile = None
        self._controller.view.viewport.fit()
        self._controller.show_now()
        return True
