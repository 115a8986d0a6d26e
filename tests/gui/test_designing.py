"""The designer: points are dragged or stepped, the picture follows, each gesture is one step of undo."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from pixels import from_uint8, to_uint8
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

from diffviz.diffusion import SCHEDULES, add_noise
from diffviz.engine.noise import held_noise
from diffviz.gui.panels.design_dialog import DesignDialog
from diffviz.scene import ScheduleSpec

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def dialog(driver: Driver) -> Iterator[DesignDialog]:
    driver.trigger("design")
    driver.window.doors.designing.dialog.choose(0)
    yield driver.window.doors.designing.dialog
    driver.window.doors.designing.dialog.close()


def drag(dialog: DesignDialog, key: str, k: int, up: int) -> None:
    plot = dialog.plots[key]
    at = plot.place(k).toPoint()
    QTest.mousePress(plot, LEFT, NONE, at)
    for share in (1, 2, 3):
        QTest.mouseMove(plot, at - QPoint(0, up * share // 3))
    QTest.mouseRelease(plot, LEFT, NONE, at - QPoint(0, up))


def test_it_begins_with_the_schedule_in_force_and_changes_nothing(driver: Driver, dialog: DesignDialog) -> None:
    assert driver.scene.schedule.name == "linear"
    schedule = SCHEDULES["linear"](T=100)
    assert f"{schedule.alpha_bar[1]:.4f}" in driver.words("design_alpha_bar_number")
    assert "T" in driver.words("design_consequence")


def test_a_drag_beside_a_chain_leads_to_add_noise_where_the_picture_follows(
    driver: Driver, dialog: DesignDialog
) -> None:
    """It changed the schedule of a page that nobody saw. One step of undo leads back."""
    driver.trigger("direction_reverse")
    driver.idle()
    before = driver.scene
    drag(dialog, "alpha_bar", 3, 30)
    driver.idle()
    assert driver.scene.way == "forward" and driver.scene.schedule.title == "drawn"
    assert driver.scene.t == 40, "where that page was left: at T nothing is seen of the picture"
    driver.trigger("undo")
    driver.idle()
    assert driver.scene == before
    dialog.zero_snr_chosen.emit(True)
    driver.idle()
    assert driver.scene.way == "forward" and driver.scene.schedule.zero_snr
    driver.trigger("undo")
    driver.idle()
    assert driver.scene == before


@pytest.mark.parametrize("key", ["beta", "alpha_bar", "snr_db", "sigma"])
def test_a_drag_moves_the_others_and_the_picture_and_is_one_step(
    key: str, driver: Driver, dialog: DesignDialog
) -> None:
    before, words = driver.scene, {name: driver.words(f"design_{name}_number") for name in dialog.plots}
    drag(dialog, key, 3, 30)
    driver.idle()
    spec = driver.scene.schedule
    assert (spec.name, spec.T, spec.title) == ("custom", 100, "drawn") and len(spec.betas) == 100
    for name, said in words.items():
        assert driver.words(f"design_{name}_number") != said
    x_0 = driver.shown("x_0")
    noisy = add_noise(from_uint8(x_0), 40, held_noise(0, (3, *x_0.shape[:2])), SCHEDULES["custom"](spec.betas))
    assert np.array_equal(driver.shown("x_t"), to_uint8(noisy, 1)[0])
    driver.trigger("undo")
    assert driver.scene == before


def test_the_keys_choose_and_move_a_point(driver: Driver, dialog: DesignDialog) -> None:
    plot, before = dialog.plots["snr_db"], driver.scene
    for _ in range(2):
        QTest.keyClick(plot, Qt.Key.Key_Right)
    assert dialog.chosen == 2 and driver.scene == before
    assert "point 3 of 9" in plot.accessibleName()
    level = int(np.rint(np.linspace(1, 100, 9))[2])
    old = float(SCHEDULES["linear"](T=100).snr_db[level])
    QTest.keyClick(plot, Qt.Key.Key_Down)
    new = float(SCHEDULES["custom"](driver.scene.schedule.betas).snr_db[level])
    assert new < old and driver.scene.t == 40  # the arrows are not the slider's here
    driver.trigger("undo")
    assert driver.scene == before


def test_it_is_kept_by_name_and_never_over_another(
    driver: Driver, dialog: DesignDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIFFVIZ_DATA_DIR", str(tmp_path))
    drag(dialog, "alpha_bar", 3, 20)
    dialog.name.setText("mine")
    dialog.save.click()
    assert driver.scene.schedule.title == "mine" and "Kept" in driver.words("design_saved")
    assert driver.find("schedule_combo", QComboBox).currentText() == "mine"
    content = (tmp_path / "schedules" / "mine.json").read_bytes()
    drag(dialog, "alpha_bar", 3, -10)
    assert driver.scene.schedule.title == "drawn"
    dialog.name.setText("mine")
    dialog.save.click()
    assert "is there already" in driver.words("design_saved")
    dialog.name.setText("a/b")
    dialog.save.click()
    assert "is no name for a schedule" in driver.words("design_saved")
    assert (tmp_path / "schedules" / "mine.json").read_bytes() == content
    width = dialog.width()
    monkeypatch.setenv("DIFFVIZ_DATA_DIR", str(tmp_path / "schedules" / "mine.json"))  # where no folder can be made
    dialog.name.setText("other")
    dialog.save.click()
    driver.paint()
    assert "check its rights" in driver.words("design_saved") and dialog.width() == width
    monkeypatch.undo()
    driver.window.doors.schedules.show_own()


def test_zero_terminal_snr_says_what_follows(driver: Driver, dialog: DesignDialog) -> None:
    dialog.zero_snr.click()
    assert driver.scene.schedule.zero_snr and "must predict v" in driver.words("design_consequence")
    drag(dialog, "sigma", 4, 20)
    assert driver.scene.schedule.zero_snr and driver.window.controller.options.in_force.alpha_bar[-1] == 0


@pytest.mark.parametrize(("name", "seen"), [("linear", True), ("flow", False), ("cosine", False)])
def test_a_dashed_curve_is_told_of_where_one_is_seen(
    name: str, seen: bool, driver: Driver, dialog: DesignDialog
) -> None:
    """Flow matching and cosine end where zero SNR would move them, as far as a plot shows it."""
    driver.window.controller.store.edit(schedule=ScheduleSpec(name, 1000, zero_snr=True))
    words = driver.words("design_consequence")
    assert ("Dashed" in words) is seen and "must predict v" in words


def test_out_of_remove_noise_the_models_schedule_is_copied(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    own = driver.window.controller.chains.schedule
    driver.trigger("design")
    driver.idle()
    assert driver.scene.forward and driver.scene.schedule.betas == tuple(own.beta[1:].tolist())
    assert driver.scene.t == 40
    driver.window.doors.designing.dialog.close()
    driver.trigger("undo")
    assert not driver.scene.forward


@pytest.mark.parametrize("there", [ScheduleSpec("cosine", 100), ScheduleSpec("linear", 100, (("beta_end", 0.02),))])
def test_a_schedule_of_the_model_that_has_a_name_is_taken_by_it(driver: Driver, there: ScheduleSpec) -> None:
    """It stood in the combo as a second one of that name, a list without its formula."""
    driver.window.controller.store.edit(schedule=there, direction="reverse")
    driver.idle()
    own = SCHEDULES["linear"](T=100) if there.name == "cosine" else SCHEDULES["linear"](T=100, beta_end=0.02)
    chains = driver.window.controller.chains
    chains.model = dataclasses.replace(chains.model, schedule=own)
    driver.trigger("design")
    driver.window.doors.designing.dialog.close()
    assert driver.scene.forward and not driver.scene.schedule.betas
    assert driver.scene.schedule == (ScheduleSpec("linear", 100) if there.name == "cosine" else there)
