"""What is dragged is let go when it is hidden: no release comes, and all that follows was one step."""

from __future__ import annotations

import pytest
from gui_driver import Driver
from PySide6.QtWidgets import QWidget

from diffviz.gui.panels.dragged import Dragged
from diffviz.gui.panels.t_slider import TSlider

pytestmark = pytest.mark.display


def test_a_drag_ends_once(qtbot) -> None:
    class Line(Dragged, QWidget): ...

    for widget in (Line(), TSlider()):
        qtbot.addWidget(widget)
        widget.show()
        told: list[str] = []
        widget.gesture_began.connect(lambda told=told: told.append("began"))
        widget.gesture_ended.connect(lambda told=told: told.append("ended"))
        for end in (widget.let_go, widget.hide):
            widget.hold()
            assert widget.held
            end()
            widget.let_go()
        assert told == ["began", "ended"] * 2 and not widget.held


def test_a_slider_that_is_locked_while_it_is_dragged_is_let_go(driver: Driver) -> None:
    """Its release did not come: it stood still from then on, and all that followed was one step of undo."""
    slider = driver.find("t_slider")
    driver.press(slider, slider.width() // 2, slider.height() // 2)
    driver.trigger("direction_reverse")
    assert not slider.isEnabled()
    driver.release(slider, slider.width() // 2, slider.height() // 2)
    driver.trigger("direction_forward")
    driver.find("t_spin").setValue(7)
    assert slider.value() == 7
