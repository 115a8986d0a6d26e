"""The way to the whole screen and back: one layout, and no wait for a size that does not come."""

from __future__ import annotations

import time

from gui_driver import Driver
from PySide6.QtCore import QSize

from diffviz.gui.whole_screen import PATIENCE_MS


def test_both_ways_lay_the_curves_out_once(driver: Driver) -> None:
    window, view, resized = driver.window, driver.plot.getViewBox(), []

    def noted() -> None:
        resized.append(driver.plot.size())

    view.sigResized.connect(noted)
    for _ in range(2):
        resized.clear()
        driver.trigger("presentation")
        assert window.whole_screen.held
        sizes = {(size.width(), size.height()) for size in resized}
        assert len(sizes) <= 1  # where it was: its letters alone have another size
        time.sleep(2 * PATIENCE_MS / 1000)  # a busy machine: the new size comes when patience has ended
        driver.idle()
        assert not window.whole_screen.held
        assert 1 <= len(resized) <= 4, resized
    view.sigResized.disconnect(noted)


def test_a_new_size_that_does_not_come_is_not_waited_for(driver: Driver) -> None:
    window, share = driver.window, driver.window.splitter.sizes()
    window.whole_screen.hold()
    window.whole_screen.show(False)  # as it is
    assert window.whole_screen.held
    driver.idle()
    assert not window.whole_screen.held
    assert window.size() == QSize(1440, 860) and window.splitter.sizes() == share
