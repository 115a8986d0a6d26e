"""Schedules of one's own in the window: out of files and back, by name in the combo, and the two switches."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from pixels import from_uint8, to_uint8
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog

from diffviz.diffusion import SCHEDULES, NoiseSchedule, add_noise, zero_terminal_snr
from diffviz.engine.noise import held_noise
from diffviz.gui.file_kinds import kind_of
from diffviz.gui.numbers import fraction
from diffviz.scene import ScheduleSpec
from diffviz.schedule_file import read_schedule, save_own

COSINE = SCHEDULES["cosine"](T=60)
BETAS = COSINE.beta[1:].tolist()


def is_shown(driver: Driver, schedule: NoiseSchedule) -> bool:
    x_0 = driver.shown("x_0")
    eps = held_noise(driver.scene.seed, (3, *x_0.shape[:2]))
    wanted = to_uint8(add_noise(from_uint8(x_0), driver.scene.t, eps, schedule), 1)[0]
    return np.array_equal(driver.shown("x_t"), wanted)


def test_a_file_of_betas_is_opened_exported_and_undone(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, before = tmp_path / "mine.json", driver.scene
    path.write_text(json.dumps(BETAS))
    driver.window.files.open_any(str(path))
    driver.idle()
    assert driver.scene.schedule == ScheduleSpec("custom", 60, betas=tuple(BETAS), title="mine")
    assert driver.scene.t == 24  # the same share of T
    assert is_shown(driver, COSINE) and driver.find("schedule_combo", QComboBox).currentText() == "mine"
    driver.set("T_spin", 120)
    assert driver.scene.schedule.betas == tuple(BETAS)  # nothing of the list is lost by another T
    driver.trigger("undo")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out"), "β schedule (*.json)"))
    driver.trigger("export_schedule")
    assert read_schedule(tmp_path / "out.json").betas == tuple(BETAS)
    assert json.loads((tmp_path / "out.json").read_text())["num_train_timesteps"] == 60
    assert "mine" in driver.action("undo").text()
    driver.trigger("undo")
    assert driver.scene == before


def test_the_numbers_under_the_plot_are_of_the_schedule_that_was_chosen(driver: Driver) -> None:
    driver.choose("schedule_combo", "cosine")
    driver.idle()
    said = driver.words("schedule_readout")
    schedule = SCHEDULES["cosine"](T=100)
    assert fraction(float(schedule.alpha_bar[40]), 4) in said and fraction(float(schedule.beta[40]), 5) in said


def test_a_file_that_is_no_schedule_changes_nothing(driver: Driver, tmp_path: Path) -> None:
    before = driver.scene
    path = tmp_path / "bad.json"
    path.write_text('{"trained_betas": [0.1, 1.5]}')
    driver.window.files.open_any(str(path))
    driver.idle()
    assert driver.scene == before
    (said,) = driver.messages()
    assert said.startswith("bad.json: has β = 1.5 at t = 2, and every β lies between 0 and 1; choose")


@pytest.mark.parametrize(
    "text, kind",
    [
        ("[0.1, 0.2]", "schedule"),
        ("\ufeff \n[ 1e-4, 0.2]", "schedule"),
        ('{"trained_betas": [0.1]}', "schedule"),
        ('{"alphas_cumprod": [0.1]}', "schedule"),
        ('{"_class_name": "DDPMScheduler", "trained_betas": [0.1]}', "model"),
        ('{"format": 1, "schedule": {"betas": [0.1]}}', "scene"),
    ],
)
def test_a_schedule_is_told_by_its_content(text: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "anything.txt"
    path.write_text(text, encoding="utf-8")
    assert kind_of(path) == kind


def test_those_kept_by_name_are_in_the_combo(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIFFVIZ_DATA_DIR", str(tmp_path))
    save_own("slow (start)", BETAS, True)
    driver.window.doors.schedules.show_own()
    driver.choose("schedule_combo", "slow (start)")
    driver.idle()
    assert is_shown(driver, zero_terminal_snr(COSINE)) and driver.scene.schedule.zero_snr
    before = driver.scene
    (tmp_path / "schedules" / "slow (start).json").unlink()
    driver.choose("schedule_combo", "cosine")
    driver.choose("schedule_combo", "slow (start)")  # which is gone meanwhile
    assert "there is no such file" in driver.messages()[0]
    assert driver.find("schedule_combo", QComboBox).currentText() == "cosine"
    driver.trigger("undo")
    assert driver.scene == before  # the scene holds the list itself
    monkeypatch.undo()
    driver.window.doors.schedules.show_own()


def test_the_switches_scale_the_ends_and_empty_the_last_level(driver: Driver) -> None:
    scaled, zero = (driver.find(f"schedule_{name}", QCheckBox) for name in ("scaled", "zero_snr"))
    assert scaled.isChecked() and not zero.isChecked()
    scaled.click()
    driver.idle()
    plain = SCHEDULES["linear"](T=100, beta_start=1e-4, beta_end=0.02)
    assert is_shown(driver, plain)
    assert driver.find("beta_end_spin").value() == pytest.approx(0.02)
    zero.click()
    driver.idle()
    assert is_shown(driver, zero_terminal_snr(plain))
    assert driver.find("beta_end_spin").value() == pytest.approx(0.02)  # what was set, not what became of it
    driver.set_t(100)
    assert driver.coefficients()[1] == 0
    driver.choose("schedule_combo", "cosine")
    assert not scaled.isEnabled() and "nothing to scale" in scaled.toolTip()
    assert "needs v" in zero.toolTip()
