"""At the next start: one button goes on where the window was left, and nothing of it is forced."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from handing_over import image_of
from in_hand import offered
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QSpinBox
from word_network import write_words

from diffviz.gui.panels.condition_box import ConditionBox
from diffviz.images import Picture, picture_hash
from diffviz.scene import DataSpec, InpaintSpec

pytestmark = pytest.mark.usefixtures("own_models")
MakeDriver = Callable[..., Driver]
BUTTON = "Go on where you were"


@pytest.fixture
def start(make_driver: MakeDriver, tmp_path: Path) -> Callable[[], Driver]:
    """A launch of the program, with the settings of the one before."""
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    return lambda: make_driver(settings=settings)


@pytest.fixture
def begun(module_driver: Driver) -> Driver:
    """The module's window, as if nothing had been done in it yet."""
    module_driver.forget()
    return module_driver


def button(driver: Driver) -> QPushButton | None:
    found = [b for b in driver.message_buttons() if isinstance(b, QPushButton) and b.text() == BUTTON]
    return found[0] if found else None


def press(driver: Driver) -> None:
    found = button(driver)
    assert found is not None
    found.click()
    driver.idle()


def kept(tmp_path: Path) -> Path:
    return tmp_path / "data" / "last.json"


def test_the_first_start_offers_nothing_and_leaves_nothing(start: Callable[[], Driver], tmp_path: Path) -> None:
    first = start()
    assert button(first) is None
    first.window.close()
    assert not kept(tmp_path).exists()
    assert button(start()) is None


def test_picture_page_t_and_settings_come_back(start: Callable[[], Driver], picture_file: Path) -> None:
    first = start()
    first.window.open_picture(picture_file)
    first.idle()
    first.choose("schedule_combo", "cosine")
    first.set("seed_spin", 7)
    first.set_t(33)
    left, shown = first.scene, first.shown("x_t")
    first.window.close()
    second = start()
    assert second.scene == second.first_scene
    assert any("Last time: bunt.png, Add noise, t = 33." in text for text in second.messages())
    press(second)
    assert second.scene == left and np.array_equal(second.shown("x_t"), shown) and button(second) is None
    second.trigger("undo")
    second.idle()
    assert second.scene == second.first_scene


def test_a_touch_takes_the_button_away_and_the_menu_has_it_still(start: Callable[[], Driver]) -> None:
    first = start()
    assert not first.action("last_time").isEnabled()
    first.set("seed_spin", 7)
    first.set_t(33)
    left = first.scene
    first.window.close()
    second = start()
    second.trigger("new_noise")
    assert button(second) is None
    second.trigger("last_time")
    second.idle()
    assert second.scene == left
    second.trigger("undo")
    second.idle()
    assert second.scene == second.first_scene.replace(seed=1)


def test_the_other_page_is_where_it_was_left_too(start: Callable[[], Driver]) -> None:
    """Left at t = 60 and closed beside a chain, Add noise stood at its end."""
    first = start()
    first.set_t(60)
    first.trigger("direction_reverse")
    first.idle()
    first.window.close()
    second = start()
    press(second)
    second.trigger("direction_forward")
    assert second.scene.t == 60


@pytest.mark.parametrize("letters", ["red hair", "red hai"], ids=["a phrase", "while phrases are offered"])
def test_words_and_numbers_that_are_being_typed_come_back(
    letters: str, start: Callable[[], Driver], tmp_path: Path
) -> None:
    """A window that is closed, by a signal or at the end of the desktop's session, asks for no Return."""
    first = start()
    first.window.controller.models.choose(str(write_words(tmp_path / "told")))
    first.idle()
    offered(first, first.find("class_combo", ConditionBox), letters)
    first.window.close()
    second = start()
    press(second)
    assert second.scene.model.class_label == letters
    box = second.find("steps_spin", QSpinBox)
    second.window.controller.side.open_folds("chain_fold")
    box.setFocus(Qt.FocusReason.TabFocusReason)
    box.selectAll()
    QTest.keyClicks(box, "7")
    second.window.close()
    third = start()
    press(third)
    assert third.scene.sampler.steps == 7


def test_it_goes_at_the_first_action_and_the_state_stays_until_something_was_done(
    start: Callable[[], Driver], tmp_path: Path
) -> None:
    first = start()
    first.set_t(33)
    first.window.close()
    written = kept(tmp_path).read_bytes()
    second = start()
    second.window.close()  # only looked at
    assert kept(tmp_path).read_bytes() == written
    third = start()
    assert button(third) is not None
    third.set("seed_spin", 3)
    assert button(third) is None
    third.window.close()
    assert json.loads(kept(tmp_path).read_text())["seed"] == 3


@pytest.mark.parametrize("page", ["direction_reverse", "laboratory"])
def test_the_page_comes_back(page: str, start: Callable[[], Driver]) -> None:
    first = start()
    first.trigger(page)
    first.idle()
    first.window.close()
    second = start()
    press(second)
    assert second.action(page).isChecked()


def test_the_chain_comes_back_where_it_was_saved(start: Callable[[], Driver], tmp_path: Path) -> None:
    first = start()
    first.generate()
    assert first.window.doors.runs.save(str(tmp_path / "mine.diffviz-run"))
    first.idle()
    first.window.controller.walk.step(-2)
    first.idle()
    t, shown = first.scene.t, first.shown("x_t")
    assert t > 0
    first.window.close()
    second = start()
    assert f"Last time: tiny, Remove noise, t = {t}." in second.messages(), "the model: the picture is not seen there"
    press(second)
    second.idle()
    assert second.scene.t == t == second.slider.value() and np.array_equal(second.shown("x_t"), shown)
    label = second.find("made_with_label", QLabel)
    assert label.text().startswith("dot · DDPM 5") and "seed 0" in f"{label.text()} {label.toolTip()}"
    assert "seed 0" in second.window.controller.view.eps.caption
    assert "run" not in second.scene.extra


def test_a_run_that_is_gone_leaves_the_settings(start: Callable[[], Driver], tmp_path: Path) -> None:
    first = start()
    first.generate()
    first.window.doors.runs.save(str(tmp_path / "mine.diffviz-run"))
    first.idle()
    first.window.close()
    os.remove(tmp_path / "mine.diffviz-run")
    second = start()
    assert any(text.endswith(", Remove noise.") for text in second.messages()), "no t of a chain that is gone"
    press(second)
    assert second.scene.direction == "reverse" and not second.window.controller.chains.states
    second.generate()
    assert second.window.controller.chains.states


def test_a_pasted_picture_comes_back(start: Callable[[], Driver]) -> None:
    array = np.random.default_rng(5).integers(0, 256, (10, 10, 3), dtype=np.uint8)
    QGuiApplication.clipboard().setImage(image_of(array))
    first = start()
    first.trigger("paste")
    first.idle()
    first.window.close()
    second = start()
    press(second)
    assert np.array_equal(second.shown("x_0"), array)


def test_a_mask_comes_back_with_its_picture(start: Callable[[], Driver]) -> None:
    first = start()
    shelf, store = first.window.controller.shelf, first.window.controller.store
    mask = np.zeros((10, 10, 3), np.uint8)
    mask[:5] = 255
    source = f"sha256:{picture_hash(mask)}"
    shelf.keep(DataSpec(source=source), Picture(mask, "mask"))
    store.edit(start=40, inpaint=InpaintSpec(source))
    first.window.close()
    second = start()
    press(second)
    kept_of = second.window.controller.generating.mask_of(second.scene)
    assert second.scene.inpaint.mask == source and kept_of is not None and np.array_equal(kept_of, mask)


ODD = ["", "{", "[]", '{"format": 1, "t": -5}', '{"format": 1, "made": 3}', "\x00\x01", '{"format": 99}']


def test_a_damaged_state_is_not_offered(start: Callable[[], Driver], tmp_path: Path) -> None:
    driver = start()
    kept(tmp_path).parent.mkdir(parents=True)
    for content in ODD:
        kept(tmp_path).write_text(content)
        driver.window.doors.last_time.offer()
        assert button(driver) is None and not any("last.json" in text for text in driver.messages()), content


@pytest.mark.parametrize("run", [3, [], "", "/nowhere/a", "a\x00b", 5000 * "x"])
def test_an_odd_run_is_left_out(run: object, begun: Driver, tmp_path: Path) -> None:
    kept(tmp_path).parent.mkdir(parents=True)
    kept(tmp_path).write_text(json.dumps({"format": 1, "direction": "reverse", "run": run}))
    begun.window.doors.last_time.offer()
    press(begun)
    assert begun.scene.direction == "reverse"


def test_without_settings_nothing_is_read_or_written(make_driver: MakeDriver, tmp_path: Path) -> None:
    kept(tmp_path).parent.mkdir(parents=True)
    kept(tmp_path).write_text('{"format": 1, "t": 3}')
    driver = make_driver()
    assert button(driver) is None
    driver.set_t(9)
    driver.window.close()
    assert kept(tmp_path).read_text() == '{"format": 1, "t": 3}'


def test_a_folder_that_cannot_be_written_is_no_fault(start: Callable[[], Driver], tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    first = start()
    first.set_t(9)
    first.window.close()
    assert button(start()) is None
