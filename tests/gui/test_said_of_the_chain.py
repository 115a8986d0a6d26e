"""What stands beside a chain says what made it, and what is set for the next one, also after other chains."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from gui_driver import Driver
from in_hand import branch_off, generated, go
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QSpinBox
from safetensors.torch import load_file, save_file

from diffviz.gui.panels.changes import SINCE
from diffviz.scene import DataSpec
from diffviz.session.provenance import made_with

Key = Qt.Key
MARK = " •"


def corner(driver: Driver) -> str:
    return made_with(driver.window.controller.chains.run.scene)


def test_futures_do_not_hide_that_another_seed_is_set(driver: Driver) -> None:
    generated(driver)
    driver.set("seed_spin", 7)
    go(driver, 50)
    driver.key(Key.Key_8)
    driver.idle(60)
    side = driver.window.controller.side
    assert "seed 0" in corner(driver) and side.noise_card.seed_name.text() == f"seed{MARK}"
    driver.trigger("take_settings")
    driver.idle()
    assert driver.scene.seed == 0 and side.noise_card.seed_name.text() == "seed"


def test_futures_of_other_settings_are_no_change_for_the_next_chain(driver: Driver) -> None:
    generated(driver, "ddim")
    go(driver, 50)
    driver.choose("class_combo", "ring")
    driver.key(Key.Key_8)
    driver.idle(60)
    assert not driver.window.controller.store.session.changes


def test_a_chain_that_arrived_is_not_called_stopped_after_futures_that_were(driver: Driver) -> None:
    generated(driver)
    go(driver, 100)
    driver.window.controller.options.view(pace="step")
    driver.key(Key.Key_8)
    driver.until(lambda: driver.window.controller.chains.states)
    driver.trigger("cancel")
    driver.idle(60)
    assert driver.words("progress_label").startswith("stopped at step")
    driver.key(Key.Key_Backspace)
    driver.idle()
    assert driver.words("progress_label") == ""


def test_a_changed_setting_under_more_is_marked_there(driver: Driver) -> None:
    generated(driver)
    driver.window.controller.side.open_folds("")
    more = driver.find("more_fold", QPushButton)
    assert MARK not in more.text()
    driver.key(Key.Key_N)
    driver.paint()
    assert more.text() == f"More · changed: seed{MARK} ▸" and "Changed since the chain was made: seed" in more.toolTip()
    driver.trigger("undo")
    driver.paint()
    assert MARK not in more.text()


def test_the_way_back_to_the_chains_settings_is_there_after_a_look_at_the_laboratory(driver: Driver) -> None:
    """It stood in the laboratory, which has none, and was missing beside the chain."""
    generated(driver)
    back = driver.find("take_settings_button")
    driver.key(Key.Key_N)
    assert back.isVisible()
    for page, there in (("laboratory", False), ("direction_reverse", True), ("laboratory", False)):
        driver.trigger(page)
        driver.paint()
        assert back.isVisible() is there


def test_the_tooltip_of_a_changed_row_says_so_whatever_is_changed_next(driver: Driver) -> None:
    generated(driver)
    side = driver.window.controller.side
    driver.choose("sampler_combo", "DPM-Solver++ 2M")
    names = side.chain_card.name_of(side.sampler), side.words.name
    driver.choose("class_combo", "ring")
    for _ in range(3):
        driver.idle()
        assert all(SINCE[False] in name.toolTip() and name.text().endswith(MARK) for name in names)
        driver.set("steps_spin", driver.scene.sampler.steps + 1)


def test_looking_back_at_a_paused_chain_promises_no_step(paused: Driver) -> None:
    assert "→ does one" in paused.words("progress_label")
    paused.key(Key.Key_Left)
    assert "→" not in paused.words("progress_label")
    paused.key(Key.Key_Right)
    assert "→ does one" in paused.words("progress_label")
    for page in ("laboratory", "direction_forward"):
        paused.trigger(page)
        paused.paint()
        assert paused.words("progress_label") == "paused at step 2/10"
    paused.trigger("direction_reverse")
    paused.paint()
    assert "→ does one" in paused.words("progress_label")


def test_the_way_of_a_branch_is_that_of_the_chain_shown(driver: Driver) -> None:
    generated(driver)
    branch_off(driver, 70, "class_combo", "ring")
    assert "dot · DDPM → 70, then ring · DDPM 10" in corner(driver)
    assert driver.words("history_label") == "dot → 70, ring"
    driver.choose("sampler_combo", "Euler")
    driver.paint()
    assert driver.words("history_label") == "dot → 70, ring"
    assert "take the chain's back" in driver.action("repeat").toolTip()


@pytest.mark.parametrize("t", [100, 50, 0])
def test_the_map_of_what_is_open_does_not_stand_beside_a_chain_of_pictures(driver: Driver, t: int) -> None:
    generated(driver)
    driver.window.controller.pictures.open(DataSpec("line", "builtin:two_deltas"))
    driver.idle()
    driver.trigger("direction_reverse")
    driver.idle()
    go(driver, t)
    chart = driver.window.controller.lens.chart
    assert chart is not None and not chart.plots and "press Generate for one of it" in chart.message


def test_paths_of_points_are_not_drawn_over_a_chain_of_pictures(driver: Driver) -> None:
    generated(driver)
    driver.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.idle()
    driver.trigger("direction_reverse")
    driver.idle()
    layer = driver.window.controller.plane._layers[0]
    assert driver.window.controller.chains.state.kind == "picture" and layer.drawn is None
    driver.generate()
    assert driver.window.controller.chains.state.kind == "points" and layer.drawn.ways


def test_the_boxes_of_a_lens_say_what_its_chart_was_made_with(driver: Driver) -> None:
    """The step of the chain, and the last channel where there are fewer; where the paths begin, only on a line."""
    generated(driver)
    go(driver, 50)
    driver.trigger("lens_posterior")
    driver.idle()
    assert driver.find("posterior_back_spin").value() == 10 and "s = 40" in driver.words("lens_sentence")
    driver.set("posterior_channel_spin", 4)
    assert driver.find("posterior_channel_spin").value() == 3
    driver.trigger("lens_map")
    driver.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.idle()
    assert not driver.find("map_start_spin").isVisible()
    driver.window.controller.pictures.open(DataSpec("line", "builtin:two_deltas"))
    driver.idle()
    driver.trigger("direction_reverse")
    driver.window.controller.chains.put_aside()
    driver.idle()
    assert driver.find("map_start_spin").isVisible()


def test_a_chain_can_be_gone_on_with_when_its_model_is_back(driver: Driver, tmp_path: Path) -> None:
    generated(driver)
    go(driver, 50)
    models, chains = driver.window.controller.models, driver.window.controller.chains
    here = driver.scene.model.name
    models.choose(str(shutil.copytree(here, tmp_path / "other")))
    driver.idle()
    assert "made by another model" in driver.action("go_on").toolTip()
    assert driver.words("made_with_label").startswith("tiny · ")
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.model.name == here and driver.action("go_on").isEnabled()
    assert driver.words("made_with_label").startswith("dot · ")
    driver.choose("class_combo", "ring")
    driver.trigger("go_on")
    driver.idle(60)
    assert chains.state.t == 0 and chains.run.scene.history


def test_a_model_that_was_trained_on_meanwhile_is_another_one(driver: Driver, tmp_path: Path) -> None:
    folder = shutil.copytree(driver.scene.model.name, tmp_path / "mine")
    models = driver.window.controller.models
    models.choose(str(folder))
    driver.idle()
    generated(driver)
    models.choose(driver.first_scene.model.name)
    driver.idle()
    file = next(folder.rglob("*.safetensors"))
    save_file({name: value * 1.01 for name, value in load_file(file).items()}, file)
    models.choose(str(folder))
    driver.idle()
    assert not driver.window.controller.store.session.run.own


def test_the_line_of_the_chain_names_the_model_that_is_asked_for_while_it_loads(driver: Driver, tmp_path: Path) -> None:
    folder = shutil.copytree(driver.scene.model.name, tmp_path / "other")
    driver.window.controller.models.choose(str(folder))
    driver.idle()
    line = driver.find("chain_fold", QPushButton)
    assert line.text().startswith("other · dot")
    driver.trigger("undo")
    assert driver.window.controller.models.loading and line.text().startswith("tiny · dot")
    driver.idle()
    assert line.text().startswith("tiny · dot")


def test_a_chain_gone_on_with_as_it_was_is_of_its_own_sampler(driver: Driver) -> None:
    """Beside the way back to the chain before stood the sampler that was chosen next."""
    generated(driver)
    go(driver, 70)
    driver.trigger("go_on")
    driver.idle()
    assert driver.find("return_button").isVisible() and driver.words("history_label") == "DDPM"
    driver.choose("sampler_combo", "Euler")
    assert driver.words("history_label") == "DDPM"


def test_a_long_way_stands_whole_beside_its_buttons(driver: Driver) -> None:
    generated(driver)
    branch_off(driver, 70, "sampler_combo", "DPM-Solver++ 2M")
    history = driver.window.controller.side.run.history
    assert driver.words("history_label") == "DDPM → 70, DPM-Solver++ 2M"
    wide, room = history.fontMetrics().horizontalAdvance(history.text()), history.width()
    assert history.wordWrap() or wide <= room
    assert history.heightForWidth(room) <= history.height()
    for k in range(2, 6):  # parts of its first and last line were outside of the panel's foot
        words = ", ".join([*(f"green hair, monster · w 2 → {1000 - 90 * i}" for i in range(k)), "blue hair · w 2"])
        driver.window.controller.side.run.show_branch(True, (words, words), True, True)
        driver.until(lambda: history.heightForWidth(history.width()) == history.height())
        assert history.text().count("w\u00a02 →\u00a0") == k, "a number stands beside its sign"


def test_a_level_that_no_state_has_is_not_left_in_its_box(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.window.controller.options.view(pace="step")
    driver.trigger("generate")
    driver.until(lambda: driver.window.controller.chains.states)
    driver.trigger("cancel")
    driver.idle()
    assert driver.window.controller.store.session.run.following
    box = driver.find("t_spin", QSpinBox)
    box.setValue(55)
    driver.idle()
    assert box.value() == driver.scene.t == 100


def test_the_signs_of_the_line_are_those_of_its_step(driver: Driver) -> None:
    generated(driver)
    line, seen = driver.find("formula_line", QLabel), []
    for state in (1, 9, 1):  # the last step alone leads to x_0
        driver.window.controller.chains.go_to(state)
        driver.idle()
        seen.append("clean picture" in line.toolTip())
    assert seen == [False, True, False]
