"""The way to the whole screen and back: one layout, and no wait for a size that does not come."""

from __future__ import annotations

import time

import pytest
from gui_driver import Driver
from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtWidgets import QApplication, QDialog, QLabel

from diffviz.gui import theme
from diffviz.gui.whole_screen import PATIENCE_MS


def test_both_ways_lay_the_curves_out_once(driver: Driver) -> None:
    window, plot, resized = driver.window, driver.plot, []

    def noted() -> None:
        resized.append(plot.size())

    plot.axis_moved.connect(noted)
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
    plot.axis_moved.disconnect(noted)


def test_a_new_size_that_does_not_come_is_not_waited_for(driver: Driver) -> None:
    window, share = driver.window, driver.window.splitter.sizes()
    window.whole_screen.show(False)  # as it is
    assert window.whole_screen.held
    driver.idle()
    assert not window.whole_screen.held
    assert window.size() == QSize(1440, 860) and window.splitter.sizes() == share


def test_the_window_stays_as_it_is_until_it_has_its_new_size(driver: Driver) -> None:
    window, side = driver.window, driver.window.controller.side
    driver.trigger("presentation")
    assert window.whole_screen.held and side.isVisible() and window.scale == 1.0
    driver.idle()
    assert not side.isVisible()
    driver.trigger("presentation")
    assert window.whole_screen.held and not side.isVisible()
    driver.idle()
    assert side.isVisible() and window.scale == 1.0


def test_who_turns_back_at_once_has_the_window_as_it_was(driver: Driver) -> None:
    window = driver.window
    driver.trigger("presentation")
    driver.trigger("presentation")
    driver.idle()
    assert window.controller.side.isVisible() and window.menuBar().isVisible() and not window.isFullScreen()


class Dressings(QObject):
    """Counts how often a widget is dressed anew."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.StyleChange
        return False


def test_what_a_presentation_hides_is_not_dressed_for_it(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theme, "presentation_scale", lambda height: 2.0)
    hidden, seen = driver.generate_button, driver.window.controller.schedule_panel.tabs.buttons["map"]
    counts = {}
    for widget in (hidden, seen):
        counts[widget] = Dressings(widget)
        widget.installEventFilter(counts[widget])
    small = seen.font().pixelSize()
    driver.trigger("presentation")
    driver.idle()
    assert seen.font().pixelSize() == 2 * small and counts[seen].count
    driver.trigger("presentation")
    driver.idle()
    assert seen.font().pixelSize() == small
    assert counts[hidden].count == 0


class Letters(QObject):
    """The size that a widget would be dressed in whenever it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self.sizes.append(QApplication.font().pixelSize())
        return False


def test_what_comes_back_is_dressed_in_the_letters_of_the_window(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The box of classes, which had been one of words, came back with those of the presentation."""
    monkeypatch.setattr(theme, "presentation_scale", lambda height: 2.0)
    small, letters = QApplication.font().pixelSize(), Letters()
    driver.window.controller.side.installEventFilter(letters)
    for size in (2 * small, small):
        driver.trigger("presentation")
        driver.idle()
        assert QApplication.font().pixelSize() == size
    assert letters.sizes and set(letters.sizes) == {small}


def test_a_dialog_has_the_letters_of_the_window_that_it_opens_over(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(theme, "presentation_scale", lambda height: 2.0)
    sizes = []
    for _ in range(3):
        driver.trigger("about")
        driver.paint()
        dialog = driver.find("about_dialog", QDialog)
        sizes.append({label.font().pixelSize() for label in dialog.findChildren(QLabel)})
        dialog.close()
        dialog.deleteLater()
        driver.trigger("presentation")
        driver.idle()
    driver.trigger("presentation")
    driver.idle()
    assert sizes[1] == {2 * size for size in sizes[0]} and sizes[2] == sizes[0]


def test_a_lens_has_its_height_in_a_presentation_and_after_it(driver: Driver) -> None:
    """The strip took as much as beside the schedule's own curves, until another lens was chosen."""
    strip, heights = driver.window.controller.schedule_panel.strip, []

    def note() -> None:
        driver.idle()
        heights.append(strip.height())

    for lens in ("lens_distribution", "lens_chain"):
        driver.trigger(lens)
    note()
    for _ in range(2):
        driver.trigger("presentation")
        note()
        driver.trigger("lens_distribution")
        driver.idle()
        driver.trigger("lens_chain")
        note()
    before, entered, chosen, back, after = heights
    assert entered == chosen and back == after == before


def test_an_empty_sheet_speaks_of_no_button_that_a_presentation_hides(driver: Driver) -> None:
    """Where nothing stands at the right it said: set one at the right."""
    driver.trigger("laboratory")
    driver.idle()
    room = driver.window.controller.laboratory

    def said() -> str:
        return room.page.sheet._message[1]

    before = said()
    assert "at the right" in before and "Add this run" in before
    driver.trigger("presentation")
    driver.idle()
    assert said().endswith(" Ctrl+G compares four samplers.") and "at the right" not in said()
    driver.choose("experiment_combo", "Convergence")
    assert said().endswith(" Press Ctrl+G.")
    driver.trigger("presentation")
    driver.idle()
    assert said().endswith(" Press Run.")
