"""The export dialog may be put away: the writing goes on, and a notice keeps what it would say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from gui_driver import Driver
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton

from diffviz.gui.panels.export_dialog import ExportDialog


def begin(driver: Driver, path: Path, frames: int) -> ExportDialog:
    driver.trigger("export")
    driver.paint()
    dialog = driver.find("export_dialog", ExportDialog)
    dialog.panel_size.setCurrentIndex(0)
    dialog.seconds.setValue(frames / 20)
    dialog.frames.setValue(frames)
    dialog.findChild(QLineEdit, "export_path").setText(str(path))
    dialog.findChild(QPushButton, "export_button").click()
    return dialog


def test_what_is_put_away_ends_in_a_notice_and_is_forgotten_by_the_next(driver: Driver, tmp_path: Path) -> None:
    dialog = begin(driver, tmp_path / "film.mp4", 40)
    fields = [field for field in dialog.findChildren(QComboBox) if field.isVisible()]
    assert fields and not any(field.isEnabled() for field in (*fields, dialog.more))
    dialog.reject()  # Esc
    assert "Writing film.mp4…" in driver.messages()
    driver.idle(60.0)
    assert any(text.startswith("film.mp4 is written") for text in driver.messages())
    assert (tmp_path / "film.mp4").stat().st_size > 0
    driver.trigger("export")
    driver.paint()
    assert dialog.findChild(QLabel, "export_status").text() == "" and dialog.pacing.isEnabled()
    assert not any("film.mp4" in text for text in driver.messages())
    dialog.close()


@pytest.mark.parametrize("way", ["notice", "again"])
def test_what_is_put_away_can_be_cancelled(way: str, driver: Driver, tmp_path: Path) -> None:
    dialog = begin(driver, tmp_path / "film.mp4", 2000)
    dialog.close()
    if way == "notice":
        [cancel] = [button for button in driver.message_buttons() if button.text() == "Cancel"]  # type: ignore[attr-defined]
        cancel.click()  # type: ignore[attr-defined]
    else:
        driver.trigger("export")
        assert "Writing film.mp4…" not in driver.messages()
        dialog.cancel.click()
    driver.idle()
    assert list(tmp_path.iterdir()) == []
    assert "Cancelled; nothing was written." in (*driver.messages(), dialog.status.text())
    dialog.close()


def test_the_laboratory_puts_it_away(driver: Driver, tmp_path: Path) -> None:
    """It went on offering films of the page that had been turned, under the dialog of the sheet."""
    dialog = begin(driver, tmp_path / "film.mp4", 40)
    driver.trigger("laboratory")
    driver.paint()
    assert not dialog.isVisible() and "Writing film.mp4…" in driver.messages()
    driver.idle(60.0)
    assert (tmp_path / "film.mp4").stat().st_size > 0


def test_it_opens_over_its_window(make_driver: Callable[..., Driver]) -> None:
    """Where no window manager places it, it stood in the corner of the screen."""
    driver = make_driver()
    driver.window.move(100, 80)
    driver.paint()
    driver.trigger("export")
    driver.paint()
    dialog = driver.find("export_dialog", ExportDialog)
    assert dialog.x() > 0 and dialog.y() > 0
    dialog.close()
