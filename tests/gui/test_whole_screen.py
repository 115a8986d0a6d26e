"""The way to the whole screen and back: one layout, and no wait for a size that does not come."""

from __future__ import annotations

from gui_driver import Driver
from PySide6.QtCore import QSize


def test_both_ways_lay_the_curves_out_once(driver: Driver) -> None:
    window, view, resized = driver.window, driver.plot.getViewBox(), []

    def noted() -> None:
        resized.append(driver.plot.size())

    view.sigResized.connect(noted)
    for _ in range(2):
        resized.clear()
        driver.trigger("presentation")
        assert window.whole_screen.held
        assert (
            len({(size.width(), size.height()) for size in resized}) <= 1
        )  # where it was: its letters alone have another size
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
